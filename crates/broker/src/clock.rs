//! Time, passed in so that tests can turn the clock.

use serde::{Deserialize, Serialize};

use crate::{Sentence, messages::trail};

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// So many seconds later; saturates at the ends of time.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to `self`, negative if it is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A span of time in words, rounded up: `1 minute`, `43 minutes`, `8 hours`.
#[must_use]
pub fn span(seconds: i64) -> String {
    spanned(seconds).to_string()
}

/// The same as [`span`], under its name.
#[must_use]
pub fn spanned(seconds: i64) -> Sentence {
    let minutes = seconds.max(1).saturating_add(59) / 60;
    match minutes {
        1 => trail::ONE_MINUTE.sentence(),
        2..=120 => trail::MINUTES.with([("count", &minutes)]),
        _ => trail::HOURS.with([("count", &((minutes + 59) / 60))]),
    }
}

/// Tells what time it is.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_never_told_too_short() {
        let told = [
            (0, "1 minute"),
            (61, "2 minutes"),
            (7200, "120 minutes"),
            (7201, "3 hours"),
            (86_400, "24 hours"),
        ];
        for (seconds, words) in told {
            assert_eq!(span(seconds), words);
        }
    }
}
