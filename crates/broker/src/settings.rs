//! What whoever starts Keylodge decides: where it answers, and how long things last.

use crate::Locale;

/// What can be set. Times in seconds.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address of the loopback API without a path, e.g. `http://127.0.0.1:5395`.
    pub base_url: String,
    /// Life of our access tokens (TK-01).
    pub token_seconds: u32,
    /// How long a prompt waits before it ends in *deny*.
    pub prompt_seconds: u32,
    /// How long a sign-in waits for the browser.
    pub sign_in_seconds: u32,
    /// The language that the system speaks.
    pub locale: Locale,
}

impl Settings {
    /// The defaults, for a loopback API at this address.
    #[must_use]
    pub fn at(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            token_seconds: 300,
            prompt_seconds: 120,
            sign_in_seconds: 600,
            locale: Locale::default(),
        }
    }
}
