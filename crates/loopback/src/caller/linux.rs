//! The other end of a connection, on Linux.

use std::{
    net::SocketAddr,
    os::fd::{AsFd, BorrowedFd},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use broker::{Caller, Message, messages::questions};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    net::sockopt,
    process::{Pid, PidfdFlags, geteuid, pidfd_open},
};

use super::{
    Refusal, evidence,
    holders::{self, Holder},
    lineage, peer_pidfd,
    process::{Look, Process},
    recent::{self, Known},
    search::Wanted,
    sock_diag::{self, Owner},
    socket_table,
};

/// One end of a connection, held by a process of our own user.
#[derive(Debug)]
pub struct Peer {
    uid: u32,
    connection: Connection,
    /// The program that evidence is given of, where it is another than the one that connected.
    subject: Mutex<Option<Seen>>,
}

#[derive(Debug)]
enum Connection {
    /// The process that connected; `None` if it was gone at once.
    Unix(Option<Seen>),
    Tcp(Arc<Wanted>),
}

/// A process as it was when it was looked at.
#[derive(Debug)]
pub struct Seen {
    who: Arc<Known>,
    look: Look,
    /// Other programs hold the same connection.
    shared: bool,
}

impl Peer {
    pub fn of_unix(connection: BorrowedFd<'_>) -> Result<Self, Refusal> {
        let peer =
            sockopt::socket_peercred(connection).map_err(|error| Refusal::Unknown(error.to_string()))?;
        let uid = own_user(peer.uid.as_raw())?;
        Ok(Self::new(uid, Connection::Unix(bound_process(connection, peer.pid))))
    }

    pub fn of_tcp(peer: SocketAddr, local: SocketAddr) -> Result<Self, Refusal> {
        let canonical = |a: SocketAddr| SocketAddr::new(a.ip().to_canonical(), a.port());
        let owner = owner(canonical(peer), canonical(local))?;
        let uid = own_user(owner.uid)?;
        Ok(Self::new(uid, Connection::Tcp(Wanted::new(owner.inode, uid))))
    }

    fn new(uid: u32, connection: Connection) -> Self {
        Self { uid, connection, subject: Mutex::new(None) }
    }

    pub fn uid(&self) -> u32 {
        self.uid
    }

    pub fn is_known(&self) -> bool {
        match &self.connection {
            Connection::Unix(_) => true,
            Connection::Tcp(wanted) => wanted.is_found(),
        }
    }

    pub fn process(&self) -> Option<u32> {
        self.holder().map(|seen| seen.who.process.pid)
    }

    pub fn known_identity(&self) -> Option<Caller> {
        if !self.is_known() {
            return None;
        }
        let seen = self.holder()?;
        let Ok(None) = lineage::program_behind(&seen.who.process) else { return None };
        Some(Caller { uid: self.uid, ..seen.who.identity(&seen.look)? })
    }

    pub fn identity(&self) -> Caller {
        self.described(|seen| Caller { uid: self.uid, ..seen.who.identify(&seen.look) })
    }

    pub fn evidence(&self) -> Caller {
        let shared = self.is_shared();
        self.described(|seen| {
            let mut caller = Caller { uid: self.uid, ..evidence::of(&seen.who.process) };
            if self.holder().is_some_and(|holder| !holder.unchanged()) {
                caller.warn(&questions::CHANGED_ITSELF.sentence());
            }
            if shared {
                caller.warn(&questions::SHARED.sentence());
            }
            caller
        })
    }

    pub fn still_same(&self) -> bool {
        let subject = self.subject.lock().unwrap_or_else(PoisonError::into_inner);
        self.holder().is_some_and(Seen::unchanged) && subject.as_ref().is_none_or(Seen::unchanged)
    }

    /// Describes the program behind the connection: the one that connected, or whoever used our own command line.
    fn described(&self, describe: impl FnOnce(&Seen) -> Caller) -> Caller {
        let unseen = |why: Message| {
            let mut caller = Caller { uid: self.uid, ..Caller::default() };
            caller.warn(&why.sentence());
            caller
        };
        let Some(seen) = self.holder() else { return unseen(questions::ENDED) };
        let subject = match lineage::program_behind(&seen.who.process) {
            Ok(None) => None,
            Ok(Some(program)) => match Seen::of(recent::meet(program)) {
                Some(subject) => Some(subject),
                None => return unseen(questions::ENDED),
            },
            Err(why) => return unseen(why),
        };
        let caller = describe(subject.as_ref().unwrap_or(seen));
        *self.subject.lock().unwrap_or_else(PoisonError::into_inner) = subject;
        caller
    }

    fn holder(&self) -> Option<&Seen> {
        match &self.connection {
            Connection::Unix(seen) => seen.as_ref(),
            Connection::Tcp(wanted) => wanted.holder(),
        }
    }

    /// Whether another program holds the connection, too. All processes are searched for it, also where the holder was
    /// found without: so whoever had it before the one that was found is noticed.
    fn is_shared(&self) -> bool {
        let (Some(seen), Connection::Tcp(wanted)) = (self.holder(), &self.connection) else {
            return false;
        };
        let own = seen.who.process.executable_id();
        let others = holders::of_socket(wanted.inode(), self.uid);
        seen.shared || others.iter().any(|other| other.process.executable_id() != own)
    }
}

impl Seen {
    pub fn of(who: Arc<Known>) -> Option<Self> {
        Some(Self { look: who.process.look()?, who, shared: false })
    }

    /// The oldest of several holders: whoever else has the connection got it from there.
    pub fn first(holders: Vec<Holder>) -> Option<Self> {
        let mut holders = holders.into_iter();
        let Holder { process, descriptor } = holders.next()?;
        let own = process.executable_id();
        let shared = holders.any(|other| other.process.executable_id() != own);
        let who = recent::meet(process);
        if !shared {
            who.found_at(descriptor);
        }
        Some(Self { shared, ..Self::of(who)? })
    }

    fn unchanged(&self) -> bool {
        self.who.process.look().is_some_and(|now| now.image() == self.look.image())
    }
}

pub fn listener_on(port: u16) -> Option<Caller> {
    let owner = socket_table::listener(port)?;
    let uid = own_user(owner.uid).ok()?;
    let holder = holders::of_socket(owner.inode, uid).into_iter().next()?;
    Some(Caller { uid, ..evidence::of(&holder.process) })
}

pub fn set_helper_executable(path: &Path) {
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
fn bound_process(connection: BorrowedFd<'_>, pid: Pid) -> Option<Seen> {
    let number = u32::try_from(pid.as_raw_nonzero().get()).ok()?;
    let pidfd = match peer_pidfd::of(connection) {
        Ok(pidfd) => pidfd,
        // Kernels before 6.5: the pid is all there is, and a pidfd at least keeps it from here on.
        Err(error) if error.raw_os_error() == Some(Errno::NOPROTOOPT.raw_os_error()) => {
            pidfd_open(pid, PidfdFlags::empty()).ok()?
        }
        Err(_) => return None,
    };
    let seen = match recent::living(number) {
        Some((who, look)) => Seen { who, look, shared: false },
        None => Seen::of(recent::meet(Process::open(number)?))?,
    };
    (!has_ended(pidfd.as_fd())).then_some(seen)
}

/// A pidfd becomes readable when its process ends.
fn has_ended(pidfd: BorrowedFd<'_>) -> bool {
    let mut fds = [PollFd::from_borrowed_fd(pidfd, PollFlags::IN)];
    !matches!(poll(&mut fds, Some(&Timespec::default())), Ok(0))
}
