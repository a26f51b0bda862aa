//! Values nobody can guess, and the digests under which they are remembered.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Bytes from the operating system.
pub fn bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    // Nothing can be issued safely without randomness, and every system that Keylodge runs on has it.
    #[expect(
        clippy::disallowed_methods,
        reason = "the demo stands alone: no rule depends on its randomness"
    )]
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A token of 256 random bits (RFC 6749 §10.10), marked with what it is.
pub fn token(prefix: &str) -> String {
    format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes()))
}

/// SHA-256 in base64url: how tokens are remembered, and the S256 of PKCE (RFC 7636 §4.2).
pub fn digest(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    #[test]
    fn uc_02_digest_agrees_with_rfc_7636_appendix_b() {
        let challenge = super::digest("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn tk_03_tokens_carry_256_bits_and_differ() {
        let (one, two) = (super::token(""), super::token(""));
        assert_eq!(one.len(), 43);
        assert_ne!(one, two);
    }
}
