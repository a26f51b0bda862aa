//! Waits for something outside this process to happen, for a bounded time.

use std::{
    thread,
    time::{Duration, Instant},
};

/// So long is waited for anything, at the most.
pub const PATIENCE: Duration = Duration::from_secs(20);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Looks again and again until there is something to see.
pub fn until_some<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    until_some_within(PATIENCE, what, look)
}

/// The same for something that takes longer.
pub fn until_some_within<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + patience;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < end, "waited {patience:?} in vain: {what}");
        pause();
    }
}

/// A moment between two looks at something outside this process.
#[expect(clippy::disallowed_methods, reason = "another process tells nobody when it has done its part")]
pub(crate) fn pause() {
    thread::sleep(BETWEEN_LOOKS);
}

/// Looks again and again until it is so.
pub fn until(what: &str, mut look: impl FnMut() -> bool) {
    until_some(what, || look().then_some(()));
}
