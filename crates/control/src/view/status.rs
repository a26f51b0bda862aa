//! How the broker is, in a few numbers.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Said, Timestamp};

/// How the broker is.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct Status {
    /// Keylodge's version.
    pub version: String,
    /// How the vault is.
    pub vault: VaultState,
    /// Whether a system keyring can be used.
    pub keyring: KeyringState,
    /// Whether the open vault also has a passphrase (so that a terminal can prove presence).
    pub has_passphrase: bool,
    /// Address of the loopback API, e.g. `http://127.0.0.1:5395`.
    pub url: String,
    /// Path of the loopback API's Unix socket.
    pub socket: String,
    /// How many prompts wait.
    pub waiting: u32,
    /// Whether a desktop process can be shown (a display is there).
    pub display: bool,
    /// Numbers for the head of the window.
    pub accounts: u32,
    /// Programs known.
    pub apps: u32,
    /// Leases that are still good.
    pub leases: u32,
    /// Whether the demo provider runs.
    pub demo: bool,
    /// Until when Keylodge is paused, if it is.
    pub paused_until: Option<Timestamp>,
    /// The language that the person is spoken to in, as a tag (BCP 47): what they set, or else the system's.
    #[serde(default)]
    pub language: String,
    /// How many programs wait for the vault to be unlocked.
    pub waiting_for_unlock: u32,
}

/// How the vault is.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum VaultState {
    /// There is none yet.
    Absent,
    /// It is there and closed; opens with the keyring.
    LockedByKeyring,
    /// It is there and closed; opens with the passphrase.
    LockedByPassphrase,
    /// It is open.
    Open,
}

/// Whether the system keyring can be used.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(tag = "is", rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum KeyringState {
    /// It answers.
    Available,
    /// It does not, and why.
    Unavailable {
        /// In a sentence.
        why: String,
        /// The same by its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        said: Option<Said>,
    },
}
