//! What the person has set, what an administrator has laid down, routes, and what could be wrong.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Said;

/// One thing that can be set.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct SettingView {
    /// Its name, e.g. `lock.idle_minutes`; the part before the dot is its group.
    pub key: String,
    /// What it does, in a sentence.
    pub words: String,
    /// What it can be.
    pub kind: SettingKind,
    /// What it is. A private text is told to the native window only; elsewhere it is empty.
    pub value: String,
    /// What it is until the person sets it.
    pub default: String,
    /// Whether the person has set it.
    pub set: bool,
    /// Which changes take presence.
    pub guard: SettingGuard,
    /// Why it cannot be loosened: the policy's sentence; empty if it can.
    pub fixed: String,
    /// The same by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub fixed_said: Option<Said>,
}

/// What a setting can be.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(tag = "is", rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum SettingKind {
    /// `on` or `off`.
    Switch,
    /// A whole number.
    Number {
        /// The least.
        least: u32,
        /// The most.
        most: u32,
        /// Of what, e.g. `minutes`.
        unit: String,
    },
    /// One of these words.
    Choice {
        /// The words.
        words: Vec<String>,
    },
    /// Text that only the native window shows.
    Private {
        /// At most so many characters.
        most: u32,
    },
}

/// Which changes of a setting take presence.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum SettingGuard {
    /// None.
    Free,
    /// Those that loosen it.
    Loosening,
    /// All.
    Any,
}

/// What an administrator has laid down.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct PolicyView {
    /// The file it comes from.
    pub file: String,
    /// Whether there is one.
    pub present: bool,
    /// Who laid it down, as the file says.
    pub set_by: String,
    /// Whom to ask about it.
    pub contact: String,
    /// Why it cannot be followed, in a sentence: then nothing is handed out. Empty if it can.
    pub broken: String,
    /// The same by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub broken_said: Option<Said>,
    /// What it lays down, line by line.
    pub rules: Vec<String>,
    /// Each of these lines by its name; `None`: words of others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Option<Said>>>", optional)]
    pub rules_said: Vec<Option<Said>>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct Finding {
    /// What.
    pub what: String,
    /// The same by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub what_said: Option<Said>,
    /// Whether it is as it should be.
    pub fine: bool,
    /// How it is, and what to do if it is not fine.
    pub sentence: String,
    /// The same by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub said: Option<Said>,
}

/// What a route looks at; what is left out does not matter. At least one part must be there.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(default)]
#[ts(export, export_to = "control.ts")]
pub struct RouteWhen {
    /// The tool works in this directory, or below it.
    pub directory: Option<String>,
    /// The repository it works on: `host/owner/name`, with `*` for any part.
    pub repository: Option<String>,
    /// The host it speaks to; a leading `*.` stands for any name below.
    pub host: Option<String>,
    /// The program: its file, or the last part of it.
    pub program: Option<String>,
}

/// Which account a tool gets when it names none.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct RouteView {
    /// Its id.
    pub id: String,
    /// The account's id.
    pub account: String,
    /// The account's label; empty if it is gone.
    pub account_label: String,
    /// The provider's id.
    pub provider: String,
    /// What must fit.
    pub when: RouteWhen,
    /// The person's own words.
    pub note: String,
}

/// What the routes say to a place.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct RouteExplained {
    /// The route that leads, if one does.
    pub leads: Option<String>,
    /// The outcome, in a sentence.
    pub sentence: String,
    /// The same by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub said: Option<Said>,
    /// Every route with what it says.
    pub routes: Vec<RouteSays>,
}

/// What one route says to a place.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct RouteSays {
    /// The route.
    pub route: RouteView,
    /// Whether it fits.
    pub fits: bool,
    /// Why it fits; empty if it does not.
    pub why: String,
    /// The same by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub why_said: Option<Said>,
}

/// What a look at the whole trail found.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct AuditVerified {
    /// So many events were looked at.
    pub events: u32,
    /// So many of them are older than the chain and cannot be checked.
    pub unchained: u32,
    /// The number of the first event that does not fit; `None`: all do.
    pub broken_at: Option<u32>,
    /// The outcome, in a sentence.
    pub sentence: String,
}

/// Whether Keylodge starts with the session.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct AutostartView {
    /// Whether it does.
    pub on: bool,
    /// By what: a file of the system's; empty while it is off.
    pub file: String,
}
