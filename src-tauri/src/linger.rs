//! Ends the process a minute after its last window closed.
//!
//! Opening a window again within that minute is quick; after it the memory is worth more.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How long the process stays without a window. A test build stays until its driver ends it.
pub const PATIENCE: Option<Duration> =
    if cfg!(feature = "webdriver") { None } else { Some(Duration::from_secs(60)) };

/// Counts openings and closings, so that a wait can tell whether anything happened meanwhile.
#[derive(Debug, Default)]
pub struct Linger {
    changes: AtomicU64,
}

/// One wait; worth nothing after the next change.
#[derive(Clone, Copy, Debug)]
pub struct Ticket(u64);

impl Linger {
    /// A window opened or closed: begins a new wait and ends the others.
    pub fn change(&self) -> Ticket {
        Ticket(self.changes.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Whether nothing opened or closed since `ticket` was given.
    pub fn unchanged(&self, ticket: Ticket) -> bool {
        self.changes.load(Ordering::Relaxed) == ticket.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_that_opens_ends_the_wait() {
        let linger = Linger::default();
        let closed = linger.change();
        assert!(linger.unchanged(closed));
        linger.change();
        assert!(!linger.unchanged(closed));
    }
}
