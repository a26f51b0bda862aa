//! What we keep of our own tokens, codes and client secrets: never more than a hash (RFC 6819 §5.1.4.1; TK-17).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{Secret, caller::hex};

/// SHA-256 of a value with 256 bits of randomness; such values need no slow hash.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(transparent)]
pub struct TokenHash(String);

impl TokenHash {
    /// Hashes a presented value.
    #[must_use]
    pub fn of(value: &Secret<String>) -> Self {
        // Exposed to be hashed.
        Self::of_text(value.expose())
    }

    /// Hashes a presented value that is not wrapped yet.
    #[must_use]
    pub fn of_text(value: &str) -> Self {
        Self(hex(&Sha256::digest(value.as_bytes())))
    }

    /// Compares in constant time (OAU-20).
    #[must_use]
    pub fn matches(&self, value: &Secret<String>) -> bool {
        Self::of(value).0.as_bytes().ct_eq(self.0.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oau_20_a_value_is_compared_by_its_whole_hash() {
        let hash = TokenHash::of(&Secret::from("correct horse"));
        assert!(hash.matches(&Secret::from("correct horse")));
        for wrong in ["", "correct hors", "correct horsf", "dorrect horse", "correct horse "] {
            assert!(!hash.matches(&Secret::from(wrong)), "{wrong}");
        }
        assert!(!format!("{hash:?}").contains("horse"));
    }
}
