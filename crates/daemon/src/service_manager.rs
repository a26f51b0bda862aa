//! Starting under a service manager: sockets that it opened for us, and word to it that we are ready (`sd_listen_fds(3)`,
//! `sd_notify(3)`). Without one, nothing of this does anything.

use std::{
    env, io,
    net::TcpListener,
    os::{
        fd::AsFd,
        linux::net::SocketAddrExt,
        unix::{
            ffi::OsStrExt,
            net::{SocketAddr, UnixDatagram, UnixListener},
        },
    },
};

use listenfd::ListenFd;
use rustix::net::sockopt::socket_acceptconn;

/// What says which sockets were passed on; it is for us alone and not for what we start.
pub const OURS: [&str; 4] = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET"];

/// Listening sockets that were opened for us, in no order.
#[derive(Debug, Default)]
pub struct Inherited {
    /// On loopback addresses.
    pub tcp: Vec<TcpListener>,
    /// In the file system.
    pub unix: Vec<UnixListener>,
}

impl Inherited {
    /// Takes them, if this very process was meant. Call it once, before there are other threads.
    ///
    /// # Errors
    /// If one of them is no socket that listens on TCP or in the file system.
    pub fn take() -> io::Result<Self> {
        let own = std::process::id().to_string();
        if env::var_os("LISTEN_PID").is_none_or(|pid| pid != *own) {
            return Ok(Self::default());
        }
        let (mut passed, mut inherited) = (ListenFd::from_env(), Self::default());
        for at in 0..passed.len() {
            if let Ok(Some(unix)) = passed.take_unix_listener(at) {
                listens(&unix)?;
                inherited.unix.push(unix);
            } else if let Some(tcp) = passed.take_tcp_listener(at)? {
                listens(&tcp)?;
                inherited.tcp.push(tcp);
            }
        }
        Ok(inherited)
    }

    /// The socket with this path.
    pub fn unix_at(&mut self, path: &std::path::Path) -> Option<UnixListener> {
        let here = |socket: &UnixListener| {
            socket.local_addr().is_ok_and(|address| address.as_pathname() == Some(path))
        };
        let at = self.unix.iter().position(here)?;
        Some(self.unix.swap_remove(at))
    }
}

/// Says that everything is up.
pub fn ready() {
    tell("READY=1");
}

/// Says that we are about to end.
pub fn stopping() {
    tell("STOPPING=1");
}

fn listens(socket: impl AsFd) -> io::Result<()> {
    if socket_acceptconn(socket)? {
        Ok(())
    } else {
        Err(io::Error::other("a socket that was passed on does not listen"))
    }
}

/// A manager that does not hear it cannot be helped: it is logged, and we go on.
fn tell(word: &str) {
    let Some(address) = env::var_os("NOTIFY_SOCKET").filter(|address| !address.is_empty()) else { return };
    let bytes = address.as_bytes();
    let address = match bytes.strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&address),
    };
    let told = address.and_then(|address| UnixDatagram::unbound()?.send_to_addr(word.as_bytes(), &address));
    if let Err(error) = told {
        tracing::warn!(%error, "the service manager could not be told");
    }
}
