//! Statements that are good once: which were seen already (RFC 9449 §11.1, RFC 7523 §3).

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, PoisonError},
};

use broker::Timestamp;
use sha2::{Digest, Sha256};

/// The ids of statements seen in the last while, bounded.
pub struct Replays {
    /// In seconds; no statement is good for longer.
    kept: i64,
    max: usize,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    ids: HashSet<[u8; 32]>,
    /// The same in the order in which they came, with the end of each.
    ends: VecDeque<(Timestamp, [u8; 32])>,
}

/// How a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeing {
    /// Seen for the first time.
    New,
    /// Seen before.
    Again,
    /// Too many were seen lately to tell: it must not count.
    Full,
}

impl Replays {
    /// Keeps at most so many, each for so many seconds.
    pub fn new(max: usize, kept: i64) -> Self {
        Self { kept, max, seen: Mutex::default() }
    }

    /// Notes the statement `id` of `whom`.
    pub fn see(&self, whom: &str, id: &str, now: Timestamp) -> Seeing {
        let mut hash = Sha256::new();
        hash.update(whom.len().to_be_bytes());
        hash.update(whom);
        hash.update(id);
        let id: [u8; 32] = hash.finalize().into();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.forget(now);
        if seen.ids.contains(&id) {
            return Seeing::Again;
        }
        if seen.ids.len() >= self.max {
            return Seeing::Full;
        }
        seen.ids.insert(id);
        seen.ends.push_back((now.plus(self.kept), id));
        Seeing::New
    }
}

impl Seen {
    fn forget(&mut self, now: Timestamp) {
        while self.ends.front().is_some_and(|(end, _)| *end < now) {
            let Some((_, id)) = self.ends.pop_front() else { return };
            self.ids.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_39_a_statement_is_new_once_while_it_could_be_good() {
        let replays = Replays::new(10, 60);
        assert_eq!(replays.see("key", "one", Timestamp(0)), Seeing::New);
        assert_eq!(replays.see("key", "one", Timestamp(60)), Seeing::Again);
        assert_eq!(replays.see("other key", "one", Timestamp(60)), Seeing::New);
        assert_eq!(replays.see("ke", "yone", Timestamp(60)), Seeing::New);
        assert_eq!(replays.see("key", "one", Timestamp(61)), Seeing::New, "forgotten: it has run out");
    }

    #[test]
    fn dos_02_the_memory_of_statements_is_bounded_and_fails_closed() {
        let replays = Replays::new(100, 60);
        let news = (0..1000).filter(|n| replays.see("key", &n.to_string(), Timestamp(0)) == Seeing::New);
        assert_eq!(news.count(), 100);
        assert_eq!(replays.see("key", "0", Timestamp(0)), Seeing::Again);
        assert_eq!(replays.see("key", "1000", Timestamp(61)), Seeing::New);
    }
}
