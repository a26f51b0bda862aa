//! The real clock and the operating system's randomness.

use std::time::{SystemTime, UNIX_EPOCH};

use broker::{Clock, Entropy, Timestamp};

/// The machine's wall clock.
pub struct MachineClock;

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    }
}

/// The operating system's generator.
pub struct MachineEntropy;

impl Entropy for MachineEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place where randomness is drawn for the rules")]
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness nothing that follows would be secret: ending is the only safe answer.
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}
