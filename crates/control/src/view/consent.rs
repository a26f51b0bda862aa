//! What the person allowed, and the tokens that are out.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ScopeView, Timestamp};

/// A person's decision that still stands.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct ConsentView {
    /// Its id.
    pub id: String,
    /// The program's id.
    pub app: String,
    /// The program's name.
    pub app_name: String,
    /// The account's id.
    pub account: String,
    /// The account's label.
    pub account_label: String,
    /// The provider's id.
    pub provider: String,
    /// What it may; empty for a standing refusal.
    pub scopes: Vec<ScopeView>,
    /// `false` for a standing refusal ("do not ask again").
    pub allows: bool,
    /// How tokens are handed over.
    pub delivery: Delivery,
    /// For how long it was given.
    pub duration: Duration,
    /// Given at.
    pub since: Timestamp,
    /// Ends at; `None`: no end, or until lock.
    pub until: Option<Timestamp>,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
    /// How often it was used.
    pub uses: u32,
    /// The person's own words.
    pub note: String,
    /// Where it holds.
    pub conditions: Conditions,
    /// The person wants to be asked each time.
    pub asks_each_time: bool,
    /// The administrator's policy gave it.
    pub by_policy: bool,
    /// When it lapses if it stays unused; `None`: it does not.
    pub lapses: Option<Timestamp>,
}

/// Where a consent holds; what is left out does not matter.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(default)]
#[ts(export, export_to = "control.ts")]
pub struct Conditions {
    /// Only in this terminal session.
    pub session: Option<String>,
    /// Only in this directory, or below it.
    pub directory: Option<String>,
    /// Only to speak to this host.
    pub host: Option<String>,
    /// Holds for programs that speak through a forwarder, and for those only. Cannot be changed.
    pub forwarded: bool,
}

/// One hand-out of access.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct LeaseView {
    /// Its id.
    pub id: String,
    /// The program's id.
    pub app: String,
    /// The program's name.
    pub app_name: String,
    /// The account's id.
    pub account: String,
    /// The account's label.
    pub account_label: String,
    /// What it may.
    pub scopes: Vec<ScopeView>,
    /// How it was handed over.
    pub delivery: Delivery,
    /// How the provider's own token ends; none where it was not handed over.
    pub release: Option<ReleaseEnd>,
    /// Handed out at.
    pub since: Timestamp,
    /// Good until.
    pub until: Timestamp,
}

/// How a provider's own token ends that is out.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum ReleaseEnd {
    /// Keylodge ends it at the provider with its lease.
    WithLease,
    /// It runs out by itself; Keylodge cannot end it sooner.
    ByItself,
}

/// How a token is handed over.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum Delivery {
    /// A token of Keylodge's own, good at the gateway only. The provider's token stays here.
    Gateway,
    /// The provider's own access token.
    Release,
}

/// For how long a consent is given.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(tag = "for", rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum Duration {
    /// This one time.
    Once,
    /// So many seconds.
    Seconds {
        /// How many.
        seconds: u32,
    },
    /// Until the vault is locked or the broker stops.
    UntilLock,
    /// Until it is withdrawn.
    Always,
}
