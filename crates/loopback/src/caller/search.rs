//! The search for the processes behind TCP connections that nobody knows yet: one walk through all processes for all
//! connections that wait for it, however many these are (DOS-01).

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
};

use super::{holders, linux::Seen, recent};

/// Connections whose process is not known yet.
static WAITING: Mutex<Vec<Weak<Wanted>>> = Mutex::new(Vec::new());
/// With so many those are dropped that have ended or were found meanwhile.
const MANY: usize = 256;
/// One search at a time: whoever waits for the turn mostly finds its own found.
static TURN: Mutex<()> = Mutex::new(());

/// The process at the other end of a TCP connection, found when it is needed.
#[derive(Debug)]
pub struct Wanted {
    inode: u64,
    uid: u32,
    /// `None`: nobody holds it any more.
    found: OnceLock<Option<Seen>>,
}

impl Wanted {
    /// Found at once among the processes that connected lately; else by the next search after now.
    pub fn new(inode: u64, uid: u32) -> Arc<Self> {
        let wanted = Arc::new(Self { inode, uid, found: OnceLock::new() });
        if !wanted.found_lately() {
            let mut waiting = lock(&WAITING);
            if waiting.len() >= MANY {
                waiting.retain(|other| other.upgrade().is_some_and(|other| !other.is_found()));
            }
            waiting.push(Arc::downgrade(&wanted));
        }
        wanted
    }

    pub fn inode(&self) -> u64 {
        self.inode
    }

    pub fn is_found(&self) -> bool {
        self.found.get().is_some()
    }

    /// Searches, unless it was found before. Blocks.
    pub fn holder(&self) -> Option<&Seen> {
        if !self.is_found() {
            let _turn = lock(&TURN);
            // While this waited for its turn, it may have been found.
            if !self.is_found() && !self.found_lately() {
                self.search();
            }
        }
        self.found.get()?.as_ref()
    }

    fn found_lately(&self) -> bool {
        let Some(seen) = recent::holder_of(self.inode).and_then(Seen::of) else { return false };
        self.found.set(Some(seen)).is_ok()
    }

    /// For itself, and for all others that wait.
    fn search(&self) {
        let others: Vec<_> = lock(&WAITING).drain(..).filter_map(|wanted| wanted.upgrade()).collect();
        let others = others.iter().map(Arc::as_ref).filter(|wanted| !wanted.is_found());
        let all: Vec<&Self> = others.filter(|other| !std::ptr::eq(*other, self)).chain([self]).collect();
        let inodes: HashSet<u64> = all.iter().map(|wanted| wanted.inode).collect();
        let mut held = holders::of_sockets(&inodes, self.uid);
        for wanted in all {
            let holders = held.remove(&wanted.inode).unwrap_or_default();
            // Nobody else sets it: whoever could holds no turn.
            let _ = wanted.found.set(Seen::first(holders));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
