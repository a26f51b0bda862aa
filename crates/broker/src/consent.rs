//! Consent: the person's decision: app × account × scopes × delivery × duration × conditions.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{AccountId, AppId, ConsentId, Delivery, ScopeSet, Timestamp};

/// A decision that stands until it ends or is withdrawn.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// Who.
    pub app: AppId,
    /// Which account.
    pub account: AccountId,
    /// What; empty for a refusal.
    pub scopes: ScopeSet,
    /// How.
    pub delivery: Delivery,
    /// For how long it was given.
    pub duration: Duration,
    /// `false`: "do not ask again", refuse.
    pub allows: bool,
    /// The very bytes it was given to ([`crate::Caller::fingerprint`]); `None` for programs that prove themselves by
    /// a credential.
    pub fingerprint: Option<Arc<str>>,
    /// Given at.
    pub since: Timestamp,
    /// Ends at.
    pub until: Option<Timestamp>,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
    /// How often it was used.
    pub uses: u32,
}

/// For how long.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Duration {
    /// This one hand-out.
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

impl Duration {
    /// When a consent given at `since` ends by the clock.
    #[must_use]
    pub fn end(self, since: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Seconds { seconds } => Some(since.plus(seconds.into())),
            Self::Once | Self::UntilLock | Self::Always => None,
        }
    }
}

impl Consent {
    /// Whether it still stands.
    #[must_use]
    pub fn stands(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// Whether it was given for one hand-out and that has been. It is kept until that hand-out ends.
    #[must_use]
    pub fn spent(&self) -> bool {
        self.duration == Duration::Once && self.uses > 0
    }

    /// The same consent after one more use, which keeps it standing until `lease_end` at the least if it was for once.
    #[must_use]
    pub fn used(mut self, now: Timestamp, lease_end: Timestamp) -> Self {
        self.uses = self.uses.saturating_add(1);
        self.last_used = Some(now);
        if self.duration == Duration::Once {
            self.until = Some(lease_end);
        }
        self
    }
}
