//! Asks the kernel for a handle on the process that connected, which no later process can take over (LOC-03).

#![expect(unsafe_code, reason = "SO_PEERPIDFD (Linux 6.5) has no safe wrapper yet")]

use std::{
    io, mem,
    os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd},
};

/// A pidfd of the peer of a Unix connection. Fails with `ENOPROTOOPT` on kernels before 6.5.
pub fn of(connection: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let mut pidfd: RawFd = -1;
    let mut length: libc::socklen_t = mem::size_of::<RawFd>().try_into().map_err(io::Error::other)?;
    // SAFETY: the descriptor is open, and both pointers are to live values of the length that is told.
    let outcome = unsafe {
        libc::getsockopt(
            connection.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERPIDFD,
            (&raw mut pidfd).cast(),
            &raw mut length,
        )
    };
    if outcome != 0 {
        return Err(io::Error::last_os_error());
    }
    if pidfd < 0 {
        return Err(io::ErrorKind::NotFound.into());
    }
    // SAFETY: the kernel has just opened it for us, and nobody else knows of it.
    Ok(unsafe { OwnedFd::from_raw_fd(pidfd) })
}
