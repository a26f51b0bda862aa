//! The other end of a connection, on Linux.

use std::{
    net::SocketAddr,
    os::fd::{AsFd, BorrowedFd},
    path::PathBuf,
    sync::{Mutex, OnceLock, PoisonError},
};

use broker::Caller;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    net::sockopt,
    process::{Pid, PidfdFlags, geteuid, pidfd_open},
};

use super::{
    Refusal, evidence, holders, lineage, peer_pidfd,
    process::{Image, Process},
    sock_diag::{self, Owner},
    socket_table,
};

/// One end of a connection, held by a process of our own user.
#[derive(Debug)]
pub struct Peer {
    uid: u32,
    connection: Connection,
    /// The program that evidence is given of, as it was then; `None` if there was nothing to be seen.
    subject: Mutex<Option<Seen>>,
}

#[derive(Debug)]
enum Connection {
    /// The process that connected; `None` if it was gone at once.
    Unix(Option<Seen>),
    /// Found when it is asked for: that takes a walk through `/proc`.
    Tcp { inode: u64, holder: OnceLock<Option<Seen>> },
}

/// A process, and what it ran when it was looked at.
#[derive(Debug)]
struct Seen {
    process: Process,
    image: Option<Image>,
    /// Other programs hold the same connection.
    shared: bool,
}

impl Peer {
    pub fn of_unix(connection: BorrowedFd<'_>) -> Result<Self, Refusal> {
        let peer =
            sockopt::socket_peercred(connection).map_err(|error| Refusal::Unknown(error.to_string()))?;
        let uid = own_user(peer.uid.as_raw())?;
        let process = bound_process(connection, peer.pid);
        Ok(Self::new(uid, Connection::Unix(process.map(Seen::alone))))
    }

    pub fn of_tcp(peer: SocketAddr, local: SocketAddr) -> Result<Self, Refusal> {
        let canonical = |a: SocketAddr| SocketAddr::new(a.ip().to_canonical(), a.port());
        let owner = owner(canonical(peer), canonical(local))?;
        let uid = own_user(owner.uid)?;
        Ok(Self::new(uid, Connection::Tcp { inode: owner.inode, holder: OnceLock::new() }))
    }

    fn new(uid: u32, connection: Connection) -> Self {
        Self { uid, connection, subject: Mutex::new(None) }
    }

    pub fn uid(&self) -> u32 {
        self.uid
    }

    pub fn evidence(&self) -> Caller {
        let unseen = |why: &str| Caller { uid: self.uid, warning: why.to_owned(), ..Caller::default() };
        let Some(seen) = self.holder() else {
            return unseen("The program that opened this connection has ended.");
        };
        let subject = match lineage::program_behind(&seen.process) {
            Ok(None) => None,
            Ok(Some(program)) => Some(Seen::alone(program)),
            Err(why) => return unseen(why),
        };
        let mut caller = evidence::of(subject.as_ref().map_or(&seen.process, |subject| &subject.process));
        caller.uid = self.uid;
        if !seen.unchanged() {
            evidence::warn(&mut caller, "It has changed itself into another program since it connected.");
        }
        if seen.shared {
            evidence::warn(&mut caller, "Several programs hold this connection.");
        }
        *self.subject.lock().unwrap_or_else(PoisonError::into_inner) = subject;
        caller
    }

    pub fn still_same(&self) -> bool {
        let subject = self.subject.lock().unwrap_or_else(PoisonError::into_inner);
        self.holder().is_some_and(Seen::unchanged) && subject.as_ref().is_none_or(Seen::unchanged)
    }

    fn holder(&self) -> Option<&Seen> {
        match &self.connection {
            Connection::Unix(seen) => seen.as_ref(),
            Connection::Tcp { inode, holder } => {
                holder.get_or_init(|| Seen::first(holders::of_socket(*inode, self.uid))).as_ref()
            }
        }
    }
}

impl Seen {
    fn alone(process: Process) -> Self {
        Self { image: process.image(), process, shared: false }
    }

    /// The oldest of several holders: whoever else has the connection got it from there.
    fn first(holders: Vec<Process>) -> Option<Self> {
        let mut holders = holders.into_iter();
        let first = holders.next()?;
        let own = first.executable_id();
        let shared = holders.any(|other| other.executable_id() != own);
        Some(Self { shared, ..Self::alone(first) })
    }

    fn unchanged(&self) -> bool {
        let now = self.process.image();
        now.is_some() && now == self.image
    }
}

pub fn listener_on(port: u16) -> Option<Caller> {
    let owner = socket_table::listener(port)?;
    let uid = own_user(owner.uid).ok()?;
    let process = holders::of_socket(owner.inode, uid).into_iter().next()?;
    Some(Caller { uid, ..evidence::of(&process) })
}

pub fn set_helper_executable(path: PathBuf) {
    lineage::add_helper(path);
}

fn own_user(uid: u32) -> Result<u32, Refusal> {
    if uid == geteuid().as_raw() { Ok(uid) } else { Err(Refusal::OtherUser(uid)) }
}

fn owner(near: SocketAddr, far: SocketAddr) -> Result<Owner, Refusal> {
    sock_diag::owner(near, far)
        .or_else(|error| socket_table::owner(near, far).ok_or_else(|| Refusal::Unknown(error.to_string())))
}

/// The process at the other end of a Unix connection, and no later one with its pid (LOC-03): its directory is opened
/// first, and then the pidfd tells that it has not ended, so that its pid was not free meanwhile.
fn bound_process(connection: BorrowedFd<'_>, pid: Pid) -> Option<Process> {
    let number = u32::try_from(pid.as_raw_nonzero().get()).ok()?;
    let pidfd = match peer_pidfd::of(connection) {
        Ok(pidfd) => pidfd,
        // Kernels before 6.5: the pid is all there is, and a pidfd at least keeps it from here on.
        Err(error) if error.raw_os_error() == Some(Errno::NOPROTOOPT.raw_os_error()) => {
            pidfd_open(pid, PidfdFlags::empty()).ok()?
        }
        Err(_) => return None,
    };
    let process = Process::open(number)?;
    let lives = !has_ended(pidfd.as_fd()) && Process::open(number)?.started == process.started;
    lives.then_some(process)
}

/// A pidfd becomes readable when its process ends.
fn has_ended(pidfd: BorrowedFd<'_>) -> bool {
    let mut fds = [PollFd::from_borrowed_fd(pidfd, PollFlags::IN)];
    !matches!(poll(&mut fds, Some(&Timespec::default())), Ok(0))
}
