//! `AuditEvent`: a fact that happened, appended before its effect leaves the process; never a secret.

use serde::{Deserialize, Serialize};

use crate::{AccountId, AppId, FailureId, Said, ScopeSet, Sentence, Timestamp};

/// One fact.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// What kind.
    pub kind: AuditKind,
    /// In a sentence, for the person. Names of scopes, ids and programs; never a path of a request, never a token.
    pub sentence: String,
    /// The same by its name, for windows in other languages. Events of older versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// The program involved.
    pub app: Option<AppId>,
    /// Its name then.
    pub app_name: Option<String>,
    /// The account involved.
    pub account: Option<AccountId>,
    /// Its label then.
    pub account_label: Option<String>,
    /// The failure's id, if it is one.
    pub failure: Option<FailureId>,
    /// The scopes it is about.
    #[serde(default)]
    pub scopes: ScopeSet,
    /// Which consent, policy or rule decided, in a sentence; empty where nothing was decided.
    #[serde(default)]
    pub because: String,
    /// The same by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because_said: Option<Said>,
}

impl AuditEvent {
    /// The same, about these scopes.
    #[must_use]
    pub fn about(mut self, scopes: &ScopeSet) -> Self {
        self.scopes = scopes.clone();
        self
    }

    /// The same, with what decided.
    #[must_use]
    pub fn because(mut self, because: Sentence) -> Self {
        (self.because, self.because_said) = because.parts();
        self
    }
}

/// An event with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Later events have higher numbers.
    pub number: u32,
    /// The event.
    pub event: AuditEvent,
}

/// Kinds of fact.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum AuditKind {
    /// The vault was made, opened or closed.
    Vault,
    /// An account was added, renewed or removed.
    Account,
    /// A program was registered or removed.
    App,
    /// The person allowed something.
    Allowed,
    /// The person, a rule or the countdown refused something.
    Denied,
    /// A consent was withdrawn.
    Withdrawn,
    /// A token was handed out.
    Issued,
    /// A hand-out was ended.
    Ended,
    /// The provider's token was renewed.
    Refreshed,
    /// A token, code or secret was refused.
    Refused,
    /// Something failed.
    Failed,
    /// A setting, a route or the policy changed.
    Settings,
}

impl AuditKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Vault,
        Self::Account,
        Self::App,
        Self::Allowed,
        Self::Denied,
        Self::Withdrawn,
        Self::Issued,
        Self::Ended,
        Self::Refreshed,
        Self::Refused,
        Self::Failed,
        Self::Settings,
    ];
}

impl AuditKind {
    /// The word for it in lists.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Vault => "vault",
            Self::Account => "account",
            Self::App => "program",
            Self::Allowed => "consent.allowed",
            Self::Denied => "consent.denied",
            Self::Withdrawn => "consent.withdrawn",
            Self::Issued => "token.issued",
            Self::Ended => "token.ended",
            Self::Refreshed => "account.refreshed",
            Self::Refused => "token.refused",
            Self::Failed => "failed",
            Self::Settings => "settings",
        }
    }

    /// `good`, `refused` or `info`.
    #[must_use]
    pub const fn tone(self) -> &'static str {
        match self {
            Self::Allowed | Self::Issued => "good",
            Self::Denied | Self::Refused | Self::Failed => "refused",
            _ => "info",
        }
    }
}
