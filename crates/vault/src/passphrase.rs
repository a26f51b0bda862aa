//! Turns a passphrase into a key, slowly, and makes guessing slower with each wrong guess.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use broker::{Secret, Timestamp, VaultError};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::{sealing::Key, sentences};

/// Shorter ones are refused.
const MIN_CHARACTERS: usize = 8;
/// The longest wait after a wrong guess, in seconds.
const MAX_WAIT: i64 = 300;
/// Bounds for what a key file may ask of this machine: 1 GiB.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
const MAX_PASSES: u32 = 64;
const MAX_LANES: u32 = 16;

/// What one guess costs: the parameters of Argon2id (RFC 9106 §3.1).
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct PassphraseCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl PassphraseCost {
    /// For people: 64 MiB, three passes (the second recommendation of RFC 9106 §4, with one lane).
    pub const STRONG: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// For tests alone: it protects nothing.
    pub const FOR_TESTS: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    fn params(self) -> Option<Params> {
        let sane = self.memory_kib <= MAX_MEMORY_KIB && self.passes <= MAX_PASSES && self.lanes <= MAX_LANES;
        Params::new(self.memory_kib, self.passes, self.lanes, None).ok().filter(|_| sane)
    }
}

/// Whether a new passphrase is good enough.
pub(crate) fn check(new: &Secret<String>) -> Result<(), VaultError> {
    // Exposed to be counted.
    if new.expose().chars().count() >= MIN_CHARACTERS {
        return Ok(());
    }
    Err(VaultError::Unusable(
        format!("The passphrase must have at least {MIN_CHARACTERS} characters.").into(),
    ))
}

/// The key of a passphrase. Slow on purpose; not for an async thread.
pub(crate) fn derive(
    passphrase: &Secret<String>,
    salt: &[u8],
    cost: PassphraseCost,
) -> Result<Key, VaultError> {
    let params = cost.params().ok_or_else(|| sentences::damaged("its key file asks for too much work"))?;
    let mut memory = vec![Block::new(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    // Exposed to be hashed.
    let password = passphrase.expose().as_bytes();
    let key = Key::filled(|out| {
        argon2
            .hash_password_into_with_memory(password, salt, out, &mut memory)
            .map_err(|_| sentences::damaged("its key file cannot be used"))
    });
    memory.iter_mut().for_each(Zeroize::zeroize);
    key
}

/// Counts wrong guesses. Kept in a file, so that a restart does not forgive.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Guesses {
    wrong: u32,
    last: Timestamp,
}

impl Guesses {
    /// The one of two counts that makes the next guess wait longer.
    pub(crate) fn more(self, other: Self) -> Self {
        if (other.wrong, other.last) > (self.wrong, self.last) { other } else { self }
    }

    /// Whether there is a wrong guess to remember.
    pub(crate) const fn counts(&self) -> bool {
        self.wrong > 0
    }

    /// Whether another guess may be made now; if not, says when.
    pub(crate) fn admit(&self, now: Timestamp) -> Result<(), VaultError> {
        // A clock that was set back must not lock the person out for longer than the wait itself.
        let left = (self.wait() - now.since(self.last).max(0)).min(self.wait());
        if left <= 0 {
            return Ok(());
        }
        Err(VaultError::TooSoon { seconds: left })
    }

    /// Notes how a guess went.
    pub(crate) fn note(&mut self, right: bool, now: Timestamp) {
        self.wrong = if right { 0 } else { self.wrong.saturating_add(1) };
        self.last = now;
    }

    /// 1, 2, 4, … seconds after the first, second, third wrong guess.
    fn wait(&self) -> i64 {
        match self.wrong {
            0 => 0,
            wrong => {
                1i64.checked_shl(wrong - 1).filter(|wait| (1..MAX_WAIT).contains(wait)).unwrap_or(MAX_WAIT)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end_at_five_minutes() {
        let mut guesses = Guesses::default();
        let waits: Vec<i64> = (0..12)
            .map(|_| {
                guesses.note(false, Timestamp(0));
                guesses.wait()
            })
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        guesses.wrong = u32::MAX;
        assert_eq!(guesses.wait(), MAX_WAIT);
    }

    #[test]
    fn a_right_guess_forgives() {
        let mut guesses = Guesses::default();
        guesses.note(false, Timestamp(100));
        assert!(guesses.admit(Timestamp(100)).is_err());
        assert!(guesses.admit(Timestamp(101)).is_ok());
        guesses.note(true, Timestamp(101));
        assert!(guesses.admit(Timestamp(101)).is_ok());
    }

    #[test]
    fn sto_09_a_clock_set_back_does_not_lengthen_the_wait() {
        let mut guesses = Guesses::default();
        guesses.note(false, Timestamp(1_000_000));
        guesses.note(false, Timestamp(1_000_000));
        assert_eq!(guesses.admit(Timestamp(5)), Err(VaultError::TooSoon { seconds: 2 }));
    }

    #[test]
    fn parameters_that_would_exhaust_the_machine_are_refused() {
        let greedy = PassphraseCost { memory_kib: u32::MAX, passes: 1, lanes: 1 };
        assert!(derive(&Secret::from("x"), &[0; 16], greedy).is_err());
    }

    #[test]
    fn the_key_is_argon2id_of_passphrase_and_salt() {
        let key = |text: &str, salt: u8| {
            derive(&Secret::from(text), &[salt; 16], PassphraseCost::FOR_TESTS).unwrap().bytes().to_vec()
        };
        assert_eq!(key("correct horse", 1), key("correct horse", 1));
        assert_ne!(key("correct horse", 1), key("correct horse", 2));
        assert_ne!(key("correct horse", 1), key("correct horsf", 1));
    }
}
