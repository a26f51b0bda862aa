//! Who is at the other end of a connection: the user is checked, the program is only described.
//!
//! A connection of another user of this machine is refused before anything is read (LOC-01, LOC-02). Of the program
//! itself nothing is proven: file, script, ancestors and terminal are evidence that the person sees and that consents
//! are tied to, so that a change is noticed. What decisions need ([`Peer::identity`]) is looked at for each connection,
//! the rest ([`Peer::evidence`]) when the person is asked. On systems other than Linux every connection is refused for
//! now.

#[cfg(target_os = "linux")]
mod command_line;
#[cfg(target_os = "linux")]
mod evidence;
#[cfg(target_os = "linux")]
mod executable;
#[cfg(target_os = "linux")]
mod file_hash;
#[cfg(target_os = "linux")]
pub(crate) mod fuzzing;
#[cfg(target_os = "linux")]
mod holders;
#[cfg(target_os = "linux")]
mod identity;
#[cfg(target_os = "linux")]
mod lineage;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod peer_pidfd;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod recent;
#[cfg(target_os = "linux")]
mod script;
#[cfg(target_os = "linux")]
mod search;
#[cfg(target_os = "linux")]
mod sock_diag;
#[cfg(target_os = "linux")]
mod socket_table;
#[cfg(target_os = "linux")]
mod warnings;

#[cfg(not(target_os = "linux"))]
mod elsewhere;

#[cfg(not(target_os = "linux"))]
use elsewhere as system;
#[cfg(target_os = "linux")]
use linux as system;

#[cfg(all(test, target_os = "linux"))]
mod tests;

use std::{net::SocketAddr, os::fd::AsFd, path::Path, sync::Arc};

/// Why a connection is closed before anything is read from it.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    /// It comes from another user of this machine.
    #[error("the connection comes from another user (uid {0})")]
    OtherUser(u32),
    /// Whose it is could not be found out.
    #[error("it could not be found out whose connection this is: {0}")]
    Unknown(String),
}

/// The other end of one connection, of our own user. Cheap to make and to clone; what it takes longer to find out is
/// found out when it is asked for.
#[derive(Clone, Debug)]
pub struct Peer(Arc<system::Peer>);

/// The process at the other end of a Unix connection.
///
/// # Errors
/// A [`Refusal`]; the connection must be closed at once.
pub fn of_unix(connection: impl AsFd) -> Result<Peer, Refusal> {
    system::Peer::of_unix(connection.as_fd()).map(Peer::new)
}

/// The process at the other end of a loopback TCP connection, from its two addresses as the accepting side sees
/// them.
///
/// # Errors
/// A [`Refusal`]; the connection must be closed at once.
pub fn of_tcp(peer: SocketAddr, local: SocketAddr) -> Result<Peer, Refusal> {
    system::Peer::of_tcp(peer, local).map(Peer::new)
}

/// The process of our own user that listens on this port of 127.0.0.1 or `[::1]`. Blocks: it looks through `/proc`.
#[must_use]
pub fn listener_on(port: u16) -> Option<broker::Caller> {
    system::listener_on(port)
}

/// Names another file that is a helper and not the program itself, such as a `keylodge` beside this one: whoever
/// started it is described in its place. Our own executable always is one. The file counts as it is now: one that is put in
/// its place later is no helper.
pub fn set_helper_executable(path: &Path) {
    system::set_helper_executable(path);
}

impl Peer {
    fn new(peer: system::Peer) -> Self {
        Self(Arc::new(peer))
    }

    /// Its user id: always our own.
    #[must_use]
    pub fn uid(&self) -> u32 {
        self.0.uid()
    }

    /// Whether its process has been found, so that [`Peer::process`] answers at once. A TCP connection of a process that
    /// has not connected lately takes a search through all processes.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.0.is_known()
    }

    /// The pid of the process that connected; `None` if it has ended or hides. Blocks unless [`Peer::is_known`]. Call it
    /// soon after the accept: what changes from then on is noticed (LOC-04).
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.0.process()
    }

    /// [`Peer::identity`] where it can be had at once: the process was looked at lately and nothing has changed.
    #[must_use]
    pub fn known_identity(&self) -> Option<broker::Caller> {
        self.0.known_identity()
    }

    /// What decisions need to know of the program: its file, script and terminal session. Blocks (it reads and hashes
    /// files): call it on a blocking thread.
    #[must_use]
    pub fn identity(&self) -> broker::Caller {
        self.0.identity()
    }

    /// Everything that can be seen of the program, for the person. Blocks like [`Peer::identity`].
    #[must_use]
    pub fn evidence(&self) -> broker::Caller {
        self.0.evidence()
    }

    /// Whether the same program in the same process is still there: false once it has ended or executed another file
    /// (LOC-04). The comparison is with the moment of the accept, or for a TCP connection with that of
    /// [`Peer::process`]. Blocks shortly.
    #[must_use]
    pub fn still_same(&self) -> bool {
        self.0.still_same()
    }
}
