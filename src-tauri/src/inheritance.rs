//! Takes over the socket that the broker left open for this process.
//!
//! The broker starts the desktop process with one end of a socket pair and puts its number into
//! [`CHANNEL_VARIABLE`]. Only a child of the broker can have it, so whoever holds it speaks for the
//! person. It is taken once: the variable goes, and no child (the web view's processes) inherits it.

#![expect(unsafe_code, reason = "an inherited descriptor is a bare number, and the environment is shared")]

use std::{
    env,
    fs::File,
    io,
    os::{
        fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd},
        unix::net::UnixStream,
    },
    path::Path,
};

use rustix::{
    io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd},
    net::{AddressFamily, SocketType, sockopt},
};

/// Names the number of the inherited descriptor.
pub const CHANNEL_VARIABLE: &str = "KEYLODGE_CHANNEL_FD";

/// Variables with which another program could steer or watch the web view.
#[cfg(not(feature = "webdriver"))]
const UNWANTED: &[&str] =
    &["TAURI_WEBVIEW_AUTOMATION", "WEBKIT_INSPECTOR_SERVER", "WEBKIT_INSPECTOR_HTTP_SERVER"];
/// In test builds the driver needs them.
#[cfg(feature = "webdriver")]
const UNWANTED: &[&str] = &[];

/// The broker's channel, if there is one. Call it once, before any other thread exists.
///
/// # Errors
/// The variable is there but names no Unix stream socket.
pub fn take_channel() -> io::Result<Option<UnixStream>> {
    let Some(number) = env::var_os(CHANNEL_VARIABLE) else { return Ok(None) };
    clean_environment();
    match number.to_str().and_then(|text| text.parse().ok()) {
        Some(0) => own_standard_input().map(Some),
        Some(number) if number > 2 => own(number).map(Some),
        _ => Err(no_channel()),
    }
}

/// The broker hands the channel over as standard input: so no other child of its can inherit it by mistake. It moves
/// to a number of its own, and standard input becomes empty.
fn own_standard_input() -> io::Result<UnixStream> {
    require_unix_stream(rustix::stdio::stdin())?;
    let channel = fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    Ok(channel.into())
}

fn clean_environment() {
    for name in UNWANTED.iter().chain([&CHANNEL_VARIABLE]) {
        // SAFETY: `main` calls this before it starts any thread.
        unsafe { env::remove_var(name) };
    }
}

fn own(number: RawFd) -> io::Result<UnixStream> {
    if !Path::new(&format!("/proc/self/fd/{number}")).exists() {
        return Err(no_channel());
    }
    // SAFETY: it is open, as the line above found, and nothing else in this process closes it.
    let lent = unsafe { BorrowedFd::borrow_raw(number) };
    require_unix_stream(lent)?;
    fcntl_setfd(lent, FdFlags::CLOEXEC)?;
    // SAFETY: it is open, and the variable that named it is gone, so nobody owns it a second time.
    Ok(unsafe { OwnedFd::from_raw_fd(number) }.into())
}

fn require_unix_stream(fd: BorrowedFd<'_>) -> io::Result<()> {
    let is_channel =
        sockopt::socket_domain(fd)? == AddressFamily::UNIX && sockopt::socket_type(fd)? == SocketType::STREAM;
    is_channel.then_some(()).ok_or_else(no_channel)
}

fn no_channel() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "KEYLODGE_CHANNEL_FD names no Unix stream socket")
}

#[cfg(test)]
mod tests {
    use std::os::fd::IntoRawFd;

    use rustix::io::fcntl_getfd;

    use super::*;

    #[test]
    fn owns_a_socket_and_hides_it_from_children() {
        let (near, _far) = UnixStream::pair().expect("pair");
        fcntl_setfd(&near, FdFlags::empty()).expect("clear");
        let socket = own(near.into_raw_fd()).expect("own");
        assert!(fcntl_getfd(&socket).expect("flags").contains(FdFlags::CLOEXEC));
    }

    #[test]
    fn refuses_what_is_no_unix_stream_socket() {
        let file = File::open("/dev/null").expect("open").into_raw_fd();
        assert!(own(file).is_err());
        assert!(own(9999).is_err());
        let tcp = std::net::TcpListener::bind("127.0.0.1:0").expect("bind").into_raw_fd();
        assert!(own(tcp).is_err());
    }
}
