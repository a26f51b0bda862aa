//! Lease: one hand-out of access; ended by time or by hand.

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, AppId, ConsentId, Delivery, FamilyId, KeyThumbprint, LeaseId, ScopeSet, Timestamp, TokenHash,
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
}
