//! `Said`: a sentence of ours by its name in the catalogues of words, so that a window can say it in its person's language.

use serde::Serialize;

/// The name of a message, and what fills its places.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Said {
    /// Its name, e.g. `cause.unused`.
    pub message: &'static str,
    /// What fills its places, each by its name.
    pub with: Vec<(&'static str, String)>,
}

impl Said {
    /// A message with its places filled.
    #[must_use]
    pub fn new<const PLACES: usize>(message: &'static str, with: [(&'static str, &str); PLACES]) -> Self {
        Self { message, with: with.map(|(name, value)| (name, value.to_owned())).to_vec() }
    }
}
