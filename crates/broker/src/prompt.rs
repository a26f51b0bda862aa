//! Prompt: a question to the person. What it says cannot change while it is open (UI-08).

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    AccountId, AppId, Caller, Delivery, Narrowing, PassphraseRule, PromptId, ProviderId, Said, ScopeSet,
    Sentence, Timestamp, UserCode,
    caller::hex,
    consent::{Conditions, Duration},
};

/// A question that waits.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Prompt {
    /// Its id.
    pub id: PromptId,
    /// Came at.
    pub asked_at: Timestamp,
    /// Ends in *deny* at.
    pub expires_at: Timestamp,
    /// What it asks.
    pub asks: Asks,
}

/// What a prompt asks.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "prompts are few and short-lived")]
pub enum Asks {
    /// A program wants access.
    Access(AccessQuestion),
    /// A command at a terminal wants to widen access.
    Action {
        /// What, as a question.
        question: Sentence,
        /// Details, line by line.
        details: Vec<Sentence>,
        /// What was seen of the process.
        caller: Option<Caller>,
    },
}

/// A program's wish, as it is shown.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, shown by itself")]
pub struct AccessQuestion {
    /// Who.
    pub app: AppId,
    /// The name it gave itself, or its file's.
    pub app_name: String,
    /// It registered, and so gave itself its name. Else it is known by its file.
    pub registered: bool,
    /// What runs behind its file cannot be told, so nothing can be remembered of it (LOC-05).
    pub nameless: bool,
    /// What was seen of its process; for the authorization endpoint, of the process that waits at the redirect
    /// address, or else of the one that registered.
    pub caller: Option<Caller>,
    /// A browser brought the request.
    pub from_browser: bool,
    /// Where the code will go; empty if the program itself waits.
    pub redirect_host: String,
    /// At which provider.
    pub provider: ProviderId,
    /// The accounts it could be for.
    pub accounts: Vec<AccountId>,
    /// For what.
    pub scopes: ScopeSet,
    /// What of it was allowed before.
    pub allowed_before: ScopeSet,
    /// The program has changed since it was allowed.
    pub changed: bool,
    /// How.
    pub delivery: Delivery,
    /// Where the provider's own token is asked for: how it would end.
    pub release: Option<ReleaseEnd>,
    /// Where the account's sign-in has more than is asked for: the ways in which a token with just this will be tried for;
    /// `None`: it has no more.
    pub narrowing: Option<Vec<Narrowing>>,
    /// Why, in its own words.
    pub purpose: String,
    /// Durations offered; the first is preset.
    pub durations: Vec<Duration>,
    /// Why no consent answers, in a sentence.
    pub because: String,
    /// The same by its name, where it has one.
    pub because_said: Option<Said>,
    /// When allowing takes the passphrase.
    pub passphrase: PassphraseRule,
    /// Where it could be allowed to hold only; the person may keep any of these.
    pub conditions: Conditions,
    /// The account was chosen by a route, and why; empty if not.
    pub route: Sentence,
    /// Where the program signs in as a device: the code that it shows, and that the person must type to allow.
    pub user_code: Option<UserCode>,
}

/// A provider's own token that Keylodge cannot end must run out by itself within a day (in seconds): nobody can take it
/// back until then.
pub const LONGEST_RELEASE: u32 = 24 * 3600;

/// How a provider's own token ends once it is out.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[serde(tag = "ends", rename_all = "snake_case")]
pub enum ReleaseEnd {
    /// Keylodge ends it at the provider when the consent ends, by time or by hand.
    WithConsent,
    /// It runs out by itself; Keylodge cannot end it sooner.
    ByItself {
        /// After so many seconds; `None`: nobody knows yet, but within a day.
        seconds: Option<u32>,
    },
}

impl ReleaseEnd {
    /// How long a token may outlive its consent, in seconds, for comparing.
    pub(crate) fn reach(self) -> u64 {
        match self {
            Self::WithConsent => 0,
            Self::ByItself { seconds } => seconds.map_or(u64::MAX, |seconds| u64::from(seconds) + 1),
        }
    }

    /// Whether a consent so long could see such a token's end.
    pub(crate) fn fits(self, duration: Duration) -> bool {
        match (self, duration) {
            (Self::ByItself { seconds: life }, Duration::Seconds { seconds }) => {
                life.unwrap_or(LONGEST_RELEASE) < seconds
            }
            _ => true,
        }
    }
}

/// What the person chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Yes, to this much.
    Allow {
        /// The account; `None` for an action.
        account: Option<AccountId>,
        /// The scopes.
        scopes: ScopeSet,
        /// How.
        delivery: Delivery,
        /// For how long.
        duration: Duration,
        /// Where only: as offered, or less of it.
        conditions: Conditions,
        /// What the person typed where the question demands a code.
        user_code: Option<String>,
    },
    /// No.
    Deny {
        /// Refuse from now on.
        remember: bool,
    },
}

impl Prompt {
    /// The hash of all that is shown; a decision carries it back.
    #[must_use]
    pub fn shown(&self) -> String {
        let text = serde_json::to_vec(self).unwrap_or_default();
        hex(&Sha256::digest(&text))
    }

    /// The program that asks, if it is one.
    #[must_use]
    pub fn app(&self) -> Option<&AppId> {
        match &self.asks {
            Asks::Access(question) => Some(&question.app),
            Asks::Action { .. } => None,
        }
    }
}
