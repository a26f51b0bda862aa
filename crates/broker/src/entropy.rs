//! Randomness, passed in so that tests can choose it and release code cannot seed it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::Secret;

/// The operating system's generator in the program; a counter in tests.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with unpredictable values.
    fn fill(&self, bytes: &mut [u8]);
}

/// A fresh secret of 256 bits, base64url without padding (43 characters). Used for codes, tokens and client
/// secrets (RFC 6749 §10.10).
pub fn secret_text(entropy: &dyn Entropy) -> Secret<String> {
    let mut bytes = [0u8; 32];
    entropy.fill(&mut bytes);
    Secret::new(URL_SAFE_NO_PAD.encode(bytes))
}
