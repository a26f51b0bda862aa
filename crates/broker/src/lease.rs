//! Lease: one hand-out of access; ended by time or by hand, and with the lease that it was exchanged for.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, AppId, ConsentId, Delivery, FamilyId, KeyThumbprint, LeaseId, Narrowing, ScopeSet, Timestamp,
    TokenHash,
};

/// A token that is out. Of the token itself only the hash is kept.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Lease {
    /// Its id, and the token's `jti`.
    pub id: LeaseId,
    /// To whom.
    pub app: AppId,
    /// For which account.
    pub account: AccountId,
    /// Under which consent.
    pub consent: ConsentId,
    /// The refresh family it belongs to, if it came through the token endpoint.
    pub family: Option<FamilyId>,
    /// What it may.
    pub scopes: ScopeSet,
    /// How it was handed over.
    pub delivery: Delivery,
    /// The one place where it is good.
    pub audience: String,
    /// Hash of the token.
    pub token: TokenHash,
    /// The key that its holder must prove with each use (RFC 9449); `None` for a bearer token.
    #[serde(default)]
    pub key: Option<KeyThumbprint>,
    /// It was asked for by `authorization_details` (RFC 9396), so that these are told with it.
    #[serde(default)]
    pub by_details: bool,
    /// Handed out at.
    pub since: Timestamp,
    /// Good until.
    pub until: Timestamp,
    /// Whence it came, if by token exchange (RFC 8693).
    #[serde(default)]
    pub exchanged: Option<Exchanged>,
    /// How the provider's own token came to carry less than the sign-in; `None`: it is ours, or carries all of it.
    #[serde(default)]
    pub narrowed_by: Option<Narrowing>,
}

/// Whence an exchanged token came.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Exchanged {
    /// The lease of the token that was presented. The new one ends with it.
    pub subject: LeaseId,
    /// Who acts for whom, the one that acts now first, the program that the person's token was given to last; empty
    /// where a program has narrowed its own token (RFC 8693 §4.1 `act`).
    pub actors: Vec<AppId>,
}

impl Lease {
    /// The program that the person's token was first given to.
    #[must_use]
    pub fn first_app(&self) -> &AppId {
        Exchanged::first_app(self.exchanged.as_ref()).unwrap_or(&self.app)
    }
}

impl Exchanged {
    /// The program at the beginning of a chain; `None` where nobody acts for another.
    pub(crate) fn first_app(exchanged: Option<&Self>) -> Option<&AppId> {
        exchanged.and_then(|exchanged| exchanged.actors.last())
    }
}

/// These leases, and all that were exchanged for one of them, at whatever remove.
pub fn with_descendants<'a>(
    leases: impl Iterator<Item = &'a Lease>,
    ended: BTreeSet<LeaseId>,
) -> BTreeSet<LeaseId> {
    if ended.is_empty() {
        return ended;
    }
    let mut children: BTreeMap<&LeaseId, Vec<&LeaseId>> = BTreeMap::new();
    for lease in leases {
        if let Some(exchanged) = &lease.exchanged {
            children.entry(&exchanged.subject).or_default().push(&lease.id);
        }
    }
    let mut all = BTreeSet::new();
    let mut left: Vec<LeaseId> = ended.into_iter().collect();
    while let Some(id) = left.pop() {
        left.extend(children.remove(&id).into_iter().flatten().cloned());
        all.insert(id);
    }
    all
}
