//! What happened.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Said, Timestamp};

/// One event of the activity list.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct ActivityView {
    /// Its number; later events have higher ones.
    pub id: u32,
    /// When.
    pub at: Timestamp,
    /// A word for it, e.g. `token.issued`.
    pub kind: String,
    /// What happened, in a sentence.
    pub sentence: String,
    /// The same by its name; events of older versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub said: Option<Said>,
    /// `info`, `good` or `refused`.
    pub tone: String,
    /// The program, if one was involved.
    pub app_name: Option<String>,
    /// The account, if one was involved.
    pub account_label: Option<String>,
    /// Id of the failure, if it was one.
    pub failure: Option<String>,
    /// The program's id, if one was involved.
    pub app: Option<String>,
    /// The account's id, if one was involved.
    pub account: Option<String>,
    /// The scopes it is about, as the provider writes them.
    pub scopes: Vec<String>,
    /// Which consent, policy or rule decided, in a sentence; empty where nothing was decided.
    pub because: String,
    /// The same by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub because_said: Option<Said>,
}

/// A page of events.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct ActivityPage {
    /// Newest first.
    pub events: Vec<ActivityView>,
    /// Ask with this as `before` for the next page; `None`: there is none.
    pub next: Option<u32>,
}

/// How many events of a kind fell into one stretch of time.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct ActivityCount {
    /// When the stretch begins.
    pub from: Timestamp,
    /// The kind's word.
    pub kind: String,
    /// `info`, `good` or `refused`.
    pub tone: String,
    /// How many.
    pub count: u32,
}
