//! `RefreshFamily`: the chain of refresh tokens that descends from one authorization of a program (RFC 9700 §4.14.2).

use serde::{Deserialize, Serialize};

use crate::{AccountId, AppId, ConsentId, Delivery, FamilyId, KeyThumbprint, ScopeSet, Timestamp, TokenHash};

/// One chain. Only its newest token is good; an older one ends the chain.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct RefreshFamily {
    /// Its id.
    pub id: FamilyId,
    /// To whom.
    pub app: AppId,
    /// For which account.
    pub account: AccountId,
    /// Under which consent.
    pub consent: ConsentId,
    /// What was granted; a refresh may ask for less, never for more (TK-07).
    pub scopes: ScopeSet,
    /// How tokens are handed over.
    pub delivery: Delivery,
    /// A gateway token will do where the provider's own cannot be released.
    #[serde(default)]
    pub or_gateway: bool,
    /// Where they are good, if not at the gateway.
    pub resource: Option<String>,
    /// The key that a public program must prove to use it (RFC 9449 §5); `None` where none was proven at first.
    #[serde(default)]
    pub key: Option<KeyThumbprint>,
    /// It was asked for by `authorization_details` (RFC 9396).
    #[serde(default)]
    pub by_details: bool,
    /// Hash of the token that is good now.
    pub current: TokenHash,
    /// Hashes of its predecessors, newest last; bounded.
    pub spent: Vec<TokenHash>,
    /// When the current one was issued; it lapses after thirty days unused.
    pub renewed_at: Timestamp,
    /// When the chain began; it lapses after half a year.
    pub since: Timestamp,
}

/// Unused for so long, a chain lapses (TK-06): 30 days.
pub const IDLE_SECONDS: i64 = 30 * 24 * 3600;
/// A chain's life at the most (TK-06): 180 days.
pub const LIFE_SECONDS: i64 = 180 * 24 * 3600;
/// So many predecessors are remembered.
const MAX_SPENT: usize = 64;

impl RefreshFamily {
    /// Whether it has lapsed.
    #[must_use]
    pub fn lapsed(&self, now: Timestamp) -> bool {
        now.since(self.renewed_at) >= IDLE_SECONDS || now.since(self.since) >= LIFE_SECONDS
    }

    /// The chain with `next` in place of its current token.
    #[must_use]
    pub fn rotated(mut self, next: TokenHash, now: Timestamp) -> Self {
        if self.spent.len() == MAX_SPENT {
            self.spent.remove(0);
        }
        self.spent.push(std::mem::replace(&mut self.current, next));
        self.renewed_at = now;
        self
    }
}
