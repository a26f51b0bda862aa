//! Accounts, and how they are.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{NarrowingView, Said, ScopeView, Timestamp};

/// An account.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct AccountView {
    /// Its id.
    pub id: String,
    /// The provider's id.
    pub provider: String,
    /// The provider's name.
    pub provider_name: String,
    /// Letters for the provider's mark.
    pub mark: String,
    /// Colour of the mark.
    pub colour: String,
    /// The person's own name for it.
    pub label: String,
    /// What the provider calls it (e-mail address or user name).
    pub name: String,
    /// How it is.
    pub health: Health,
    /// What the sign-in allows Keylodge to hand out.
    pub scopes: Vec<ScopeView>,
    /// Since when.
    pub added_at: Timestamp,
    /// Base address of its gateway; empty where there is none.
    pub gateway_url: String,
    /// Programs that hold a consent for it.
    pub apps: Vec<String>,
    /// Set for an account that belongs to a company and not to a person: what it is, e.g. `service account`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub company: Option<String>,
    /// Ways to get less than the sign-in has, best first: as the provider's documents say, or as the first answer showed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<NarrowingView>>", optional)]
    pub narrowing: Vec<NarrowingView>,
    /// Its sign-ins, its own first. A program that asks for just what a second one holds can get a token with no more.
    pub sign_ins: Vec<SignInView>,
    /// What a second sign-in can be for; empty where it would be no way to less.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<ScopeView>>", optional)]
    pub parts: Vec<ScopeView>,
}

/// A sign-in of an account, as it stands.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct SignInView {
    /// Its id.
    pub id: String,
    /// A second, smaller one beside the account's own; it can be ended alone.
    pub separate: bool,
    /// What the provider granted with it.
    pub scopes: Vec<ScopeView>,
    /// Since when.
    pub since: Timestamp,
    /// Whether it works.
    pub works: bool,
    /// Programs that it serves.
    pub apps: Vec<String>,
    /// Those of them that get the provider's own token by it: without it they go without, or get one that can do more.
    pub released_to: Vec<String>,
}

/// How an account is, and what mends it.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct Health {
    /// What to show.
    pub state: HealthState,
    /// Why, in a sentence; empty when it works.
    pub reason: String,
    /// The same by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub said: Option<Said>,
    /// What mends it, or keeps what will hurt soon from hurting: the one button to show. `None` when nothing is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub mend: Option<Mend>,
    /// What will hurt soon, told before it does, in a sentence with the day; `None` when nothing is in sight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub notice: Option<String>,
    /// The same by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub notice_said: Option<Said>,
}

/// What mends an account.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum Mend {
    /// Sign in again: `AccountReauth`.
    SignInAgain,
    /// Enter the client id or its secret again: `AccountAdd` with both.
    CheckClient,
    /// Make a new client secret at the provider and enter it: `ClientSecret`.
    EnterSecret,
    /// Set this machine's clock.
    SetClock,
    /// Ask whoever administers the account.
    AskAdministrator,
    /// Nothing but time: Keylodge tries again when a program asks.
    Wait,
}

/// The four states an account can be in.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum HealthState {
    /// It works.
    Working,
    /// The person must sign in again.
    NeedsSignIn,
    /// The provider does not answer.
    ProviderAway,
    /// The vault is locked.
    Locked,
}
