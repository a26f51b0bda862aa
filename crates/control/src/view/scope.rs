//! Scopes in words.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Said;

/// A scope in words.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct ScopeView {
    /// As the provider writes it.
    pub scope: String,
    /// What it allows, in words; the scope itself where it is unknown.
    pub words: String,
    /// The same by its name, where the words are Keylodge's and not the catalogue's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub said: Option<Said>,
    /// The service it belongs to, e.g. `Calendar`.
    pub service: String,
    /// Read, write, or who one is.
    pub access: ScopeAccess,
    /// How bad misuse would be.
    pub risk: Risk,
    /// Part of the provider's preset.
    pub preset: bool,
    /// In the catalogue.
    pub known: bool,
}

/// Read and write told apart.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum ScopeAccess {
    /// Who the person is.
    Identity,
    /// Look.
    Read,
    /// Change.
    Write,
    /// Not known.
    Unknown,
}

/// How bad misuse would be.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum Risk {
    /// A nuisance.
    Low,
    /// Private things become known.
    Medium,
    /// Things can be destroyed or sent in the person's name.
    High,
}
