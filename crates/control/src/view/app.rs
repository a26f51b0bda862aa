//! Programs, and the evidence of who they are.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ConsentView, Said, Timestamp};

/// A local program.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct AppView {
    /// Its id.
    pub id: String,
    /// Its client id on the loopback API.
    pub client_id: String,
    /// The name it gave itself.
    pub name: String,
    /// Registered over OAuth (true) or known only by its file (false).
    pub registered: bool,
    /// What it registered; `None` if it is known by its file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub registration: Option<RegistrationView>,
    /// What was seen of its process when it last asked.
    pub evidence: Option<EvidenceView>,
    /// Since when.
    pub registered_at: Timestamp,
    /// When it last got a token.
    pub last_used: Option<Timestamp>,
    /// Its consents.
    pub consents: Vec<ConsentView>,
}

/// What a program registered, or what was registered for it.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct RegistrationView {
    /// By the person, and not by itself.
    pub by_hand: bool,
    /// Address of the issuer that it uses.
    pub issuer: String,
    /// Where it waits for codes.
    pub redirect_uris: Vec<String>,
    /// `grant_types` (RFC 7591 §2).
    pub grants: Vec<String>,
    /// Resource identifiers that it answers to.
    pub resources: Vec<String>,
    /// It proves itself by a secret or a key.
    pub confidential: bool,
}

/// What was seen of a program's process. Evidence for the person, not authentication.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct EvidenceView {
    /// The file that runs.
    pub file: String,
    /// The script, where `file` is an interpreter.
    pub script: Option<String>,
    /// The command line, shortened.
    pub command_line: String,
    /// First sixteen hex digits of the file's SHA-256.
    pub hash: String,
    /// Whether the person's own programs can replace the file.
    pub user_writable: bool,
    /// Whether the file differs from the one seen before.
    pub changed: bool,
    /// Who started it, nearest first, e.g. `bash`, `gnome-terminal`.
    pub started_by: Vec<String>,
    /// Its terminal, if it has one.
    pub terminal: Option<String>,
    /// Why it may not be what it seems (forwarded, another namespace, unknown); empty if nothing.
    pub warning: String,
    /// The same by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub warning_said: Option<Said>,
}
