//! `Released`: a provider's own token that has left, and what is still to be done about it.

use serde::{Deserialize, Serialize};

use crate::{AccountId, AppId, Attempts, LeaseId, ProviderId, ScopeSet, Timestamp, TokenHash};

/// Written in one transaction with its lease, the token sealed beside it, before the token leaves. Whatever ends the
/// lease, by time or by hand, makes the token due to be ended at the provider; no other mark is needed for that.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Released {
    /// The lease under which it left.
    pub lease: LeaseId,
    /// Whose it is.
    pub provider: ProviderId,
    /// Who has it.
    pub app: AppId,
    /// What the program was called.
    pub app_name: String,
    /// For which account.
    pub account: AccountId,
    /// What the account was called.
    pub account_label: String,
    /// What it can do.
    pub scopes: ScopeSet,
    /// Its hash.
    pub token: TokenHash,
    /// When it runs out by itself; `None`: never, or nobody knows.
    pub runs_out: Option<Timestamp>,
    /// Keylodge can end it, and nothing else ends with it. Else it is ended only when the person panics.
    pub alone: bool,
    /// To be ended whatever ends with it: the person has panicked.
    #[serde(default)]
    pub at_any_price: bool,
    /// What the provider did not answer so far.
    #[serde(default)]
    pub attempts: Option<Attempts>,
}

impl Released {
    /// Whether it has run out by itself, so that nothing is to be done any more.
    #[must_use]
    pub fn has_run_out(&self, now: Timestamp) -> bool {
        self.runs_out.is_some_and(|end| end <= now)
    }

    /// Whether Keylodge is to end it at the provider, once its lease has ended.
    #[must_use]
    pub const fn is_to_be_ended(&self) -> bool {
        self.alone || self.at_any_price
    }

    /// Whether there is something to do about it now, once its lease has ended.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        let may_try = self.attempts.is_none_or(|attempts| attempts.are_due(now));
        self.has_run_out(now) || (self.is_to_be_ended() && may_try)
    }
}
