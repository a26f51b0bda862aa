//! Attempts: how often something was tried at a provider that did not answer, and when it is tried next.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The first pause; it doubles with each attempt.
const FIRST_PAUSE: i64 = 60;
const LONGEST_PAUSE: i64 = 24 * 3600;
/// After so long it is given up.
const GIVEN_UP: i64 = 30 * 24 * 3600;

/// What has become of something that must reach a provider. Kept with it, so that it outlives a restart.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Attempts {
    /// Since when.
    pub since: Timestamp,
    /// How often the provider did not answer.
    pub times: u32,
    /// When it is tried next.
    pub next_at: Timestamp,
}

impl Attempts {
    /// Whoever begins tries at once; after a kill the next start does.
    #[must_use]
    pub const fn begun(now: Timestamp) -> Self {
        Self { since: now, times: 0, next_at: now.plus(FIRST_PAUSE) }
    }

    /// Whether it is time to try again.
    #[must_use]
    pub fn are_due(&self, now: Timestamp) -> bool {
        self.next_at <= now
    }

    /// After one more without an answer: twice the pause, and as long as the provider said, in seconds. `None`: it was
    /// tried long enough.
    #[must_use]
    pub fn failed(self, now: Timestamp, asked_for: Option<u32>) -> Option<Self> {
        if now.since(self.since) >= GIVEN_UP {
            return None;
        }
        let pause = (FIRST_PAUSE << self.times.min(16)).min(LONGEST_PAUSE).max(asked_for.unwrap_or(0).into());
        Some(Self { times: self.times.saturating_add(1), next_at: now.plus(pause), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uc_23_the_pauses_grow_and_end() {
        let (mut attempts, mut pauses) = (Attempts::begun(Timestamp(0)), Vec::new());
        let mut now = Timestamp(0);
        while let Some(next) = attempts.failed(now, None) {
            pauses.push(next.next_at.since(now));
            (attempts, now) = (next, next.next_at);
            assert!(attempts.are_due(now) && !attempts.are_due(now.plus(-1)));
        }
        assert_eq!(pauses[..4], [60, 120, 240, 480]);
        assert_eq!(pauses.last(), Some(&LONGEST_PAUSE));
        assert!((35..60).contains(&pauses.len()), "{}", pauses.len());
    }

    #[test]
    fn uc_23_no_sooner_than_the_provider_said() {
        let next = Attempts::begun(Timestamp(0)).failed(Timestamp(10), Some(3600)).expect("goes on");
        assert_eq!(next.next_at, Timestamp(3610));
    }
}
