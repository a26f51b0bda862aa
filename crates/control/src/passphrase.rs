//! A passphrase on its way to the broker.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use zeroize::Zeroize;

/// What the person typed to prove presence or to open the vault. It travels towards the broker only.
///
/// Unlike every other secret it can be serialised, because carrying it to the broker is its purpose;
/// its memory is wiped on drop and `Debug` prints nothing of it.
#[derive(Clone, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(transparent)]
#[ts(export, export_to = "control.ts", type = "string")]
pub struct Passphrase(String);

impl Passphrase {
    /// Takes over what was typed.
    #[must_use]
    pub fn new(typed: String) -> Self {
        Self(typed)
    }

    /// The text itself, for the key derivation and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

impl Drop for Passphrase {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_tells_nothing() {
        let shown = format!("{:?}", Passphrase::new("hunter2-hunter2".into()));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
