//! Processes that connected lately. What was seen of one is used again while it is the same process and runs the same
//! file, for a short time: a program that asks for a token each second is looked at once a minute, not each time.
//!
//! Nothing here is believed without a new look: the start time is fixed by the process's own directory (LOC-03), and
//! file, layout, times of the file and of the script are compared each time (LOC-04, LOC-06).

use std::{
    collections::{HashMap, VecDeque},
    ops::ControlFlow,
    os::unix::ffi::OsStrExt,
    path::Path,
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use broker::Caller;

use super::{
    file_hash::FileKey,
    holders, identity,
    process::{Look, Process},
};

/// So many processes are remembered; each keeps one descriptor open.
const MAX_REMEMBERED: usize = 64;
/// What was seen is used again for so long.
const FRESH: Duration = Duration::from_secs(60);
/// So many of those that hold a TCP connection are tried before all processes are searched, and so many descriptors of
/// each.
const MAX_TRIED: usize = 4;
const MAX_DESCRIPTORS: usize = 256;
/// So many numbers are tried before all descriptors are.
const NEAR: u32 = 4;
/// No TCP connection of it was ever seen.
const NO_DESCRIPTOR: u32 = u32::MAX;

static RECENT: LazyLock<Mutex<VecDeque<Arc<Known>>>> = LazyLock::new(Mutex::default);

/// A process that connected, with what was seen of it.
#[derive(Debug)]
pub struct Known {
    pub process: Arc<Process>,
    /// Who started it, for a connection could have come from there.
    parent: Option<Process>,
    /// The number of its last TCP connection: the next mostly has the same.
    descriptor: AtomicU32,
    /// The numbers of its sockets by their inodes, when all of them were last looked at: connections that come together
    /// are found by one look.
    numbers: Mutex<HashMap<u64, u32>>,
    /// When all processes were searched and this was found to hold a connection.
    searched: Mutex<Option<Instant>>,
    seen: Mutex<Option<Seen>>,
}

#[derive(Debug)]
struct Seen {
    at: Instant,
    look: Look,
    script: Option<FileKey>,
    caller: Caller,
}

/// The process as it is remembered, or as it is remembered from now on.
pub fn meet(process: impl Into<Arc<Process>>) -> Arc<Known> {
    let process = process.into();
    let same =
        |known: &Arc<Known>| known.process.pid == process.pid && known.process.started == process.started;
    let mut recent = recent();
    if let Some(at) = recent.iter().position(same)
        && let Some(known) = recent.remove(at)
    {
        recent.push_front(Arc::clone(&known));
        return known;
    }
    drop(recent);
    remember(Known::of(process))
}

/// The process that is remembered under this pid, if it lives, and what it is now.
pub fn living(pid: u32) -> Option<(Arc<Known>, Look)> {
    let known = recent().iter().find(|known| known.process.pid == pid).cloned()?;
    let look = known.process.look()?;
    Some((known, look))
}

/// Finds the holder of a TCP connection among those that held one lately. `None`: all processes must be searched.
///
/// Another process could hold the connection, too. What is handed down is held by the parent under the same number:
/// then all are searched. Whatever else is passed on, on purpose, nobody can see in time (LOC-04); before the person is
/// asked, all are searched.
pub fn holder_of(inode: u64) -> Option<Arc<Known>> {
    let wanted = holders::link(inode);
    let tried: Vec<_> =
        recent().iter().filter(|known| known.may_be_tried()).take(MAX_TRIED).cloned().collect();
    let find = |number_in: &dyn Fn(&Known) -> Option<u32>| {
        tried.iter().find_map(|known| Some((known, number_in(known)?)))
    };
    let (known, number) =
        find(&|known| known.guess(inode, &wanted)).or_else(|| find(&|known| known.look_up(inode)))?;
    let handed_down = known.parent.as_ref().is_some_and(|parent| parent.holds(&wanted, number));
    (!handed_down).then(|| Arc::clone(known))
}

impl Known {
    fn of(process: Arc<Process>) -> Self {
        Self {
            parent: process.parent(),
            process,
            descriptor: AtomicU32::new(NO_DESCRIPTOR),
            numbers: Mutex::default(),
            searched: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    /// Notes that all processes were searched and this one holds a TCP connection under this number.
    pub fn found_at(&self, descriptor: u32) {
        self.descriptor.store(descriptor, Ordering::Relaxed);
        *lock(&self.searched) = Some(Instant::now());
    }

    /// What decisions need to know of it, if that was seen lately and nothing has changed. Quick.
    pub fn identity(&self, now: &Look) -> Option<Caller> {
        let seen = lock(&self.seen);
        let seen = seen.as_ref().filter(|seen| seen.holds(now))?;
        Some(seen.caller.clone())
    }

    /// The same, looked at anew where it must be. Reads and hashes files.
    pub fn identify(&self, now: &Look) -> Caller {
        if let Some(caller) = self.identity(now) {
            return caller;
        }
        let (caller, script) = identity::of(&self.process);
        self.keep(now, caller.clone(), script);
        caller
    }

    fn keep(&self, look: &Look, caller: Caller, script: Option<FileKey>) {
        // In a tree of its own the script's path says nothing to us.
        let findable = caller.script.is_none() || (script.is_some() && !self.process.is_elsewhere("mnt"));
        let settled = [look.file, script].iter().flatten().all(FileKey::is_settled);
        if findable && settled && look.file.is_some() {
            *lock(&self.seen) = Some(Seen { at: Instant::now(), look: look.clone(), script, caller });
        }
    }

    /// The number under which it holds the socket, if that is where it was seen before, or the one of its last
    /// connection, or one near it.
    fn guess(&self, inode: u64, link: &str) -> Option<u32> {
        let seen = lock(&self.numbers).get(&inode).copied();
        let last = self.descriptor.load(Ordering::Relaxed);
        let near = (last..last.saturating_add(NEAR)).take_while(|_| last != NO_DESCRIPTOR);
        let number = seen.into_iter().chain(near).find(|number| self.process.holds(link, *number));
        number.inspect(|number| self.descriptor.store(*number, Ordering::Relaxed))
    }

    /// The same by a look at all of its sockets, whose numbers are noted for those that come next.
    fn look_up(&self, inode: u64) -> Option<u32> {
        let mut numbers = HashMap::new();
        self.process.each_socket(MAX_DESCRIPTORS, |held, number| {
            numbers.insert(held, number);
            ControlFlow::<()>::Continue(())
        });
        let number = numbers.get(&inode).copied();
        *lock(&self.numbers) = numbers;
        number.inspect(|number| self.descriptor.store(*number, Ordering::Relaxed))
    }

    fn may_be_tried(&self) -> bool {
        lock(&self.searched).is_some_and(|at| at.elapsed() < FRESH)
    }
}

impl Seen {
    fn holds(&self, now: &Look) -> bool {
        let same = self.look.file == now.file && self.look.image() == now.image();
        let terminal = |look: &Look| (look.stat.terminal, look.stat.session);
        let script = self.caller.script.as_deref().is_none_or(|path| key_at(path) == self.script);
        same && terminal(&self.look) == terminal(now) && self.at.elapsed() < FRESH && script
    }
}

fn key_at(path: &str) -> Option<FileKey> {
    FileKey::of(&rustix::fs::stat(Path::new(std::ffi::OsStr::from_bytes(path.as_bytes()))).ok()?)
}

fn remember(known: Known) -> Arc<Known> {
    let known = Arc::new(known);
    let mut recent = recent();
    recent.retain(|other| other.process.pid != known.process.pid);
    recent.push_front(Arc::clone(&known));
    recent.truncate(MAX_REMEMBERED);
    known
}

fn recent() -> MutexGuard<'static, VecDeque<Arc<Known>>> {
    lock(&RECENT)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
