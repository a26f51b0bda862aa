//! Sentences by their name (decision 0011).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A sentence of the broker's by its name, for a window that speaks another language than English. It stands beside the
/// English sentence, which holds where the window knows no such name.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct Said {
    /// The message's name in the window's catalogue, e.g. `cause.unused`.
    pub message: String,
    /// What fills its places.
    #[serde(default)]
    pub with: BTreeMap<String, Filling>,
}

impl Said {
    /// A message with words to fill its places.
    #[must_use]
    pub fn new<const PLACES: usize>(message: &str, with: [(&str, String); PLACES]) -> Self {
        let with = with.map(|(place, words)| (place.to_owned(), Filling::Text(words)));
        Self { message: message.to_owned(), with: with.into() }
    }
}

/// What fills one place of a message.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(untagged)]
#[ts(export, export_to = "control.ts")]
pub enum Filling {
    /// A name, a number, scopes, or words of others: shown as they are.
    Text(String),
    /// Words of the broker's, again by their name.
    Said(Said),
}
