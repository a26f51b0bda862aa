//! The name of a program's own public key: its thumbprint (RFC 7638), as `jkt` in tokens that are bound to it (RFC 9449).

use serde::{Deserialize, Serialize};

/// SHA-256 of a public key in its canonical form, base64url without padding.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(transparent)]
pub struct KeyThumbprint(String);

impl KeyThumbprint {
    /// Reads a thumbprint: 43 base64url characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits =
            text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        fits.then(|| Self(text.to_owned()))
    }

    /// The thumbprint as text. It is no secret.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_39_a_thumbprint_has_one_form() {
        let text = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
        assert_eq!(KeyThumbprint::parse(text).expect("legal").as_str(), text);
        for wrong in ["", &text[1..], &format!("{text}A"), &text.replace('-', "+")] {
            assert_eq!(KeyThumbprint::parse(wrong), None, "{wrong}");
        }
    }
}
