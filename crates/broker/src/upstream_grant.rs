//! `UpstreamGrant`: what the provider gave us for an account. (Wider than the RFC's "authorization grant", which is
//! only the credential that is exchanged.)

use serde::{Deserialize, Serialize};

use crate::{AccountId, GrantId, ScopeSet, Timestamp};

/// Scopes and, sealed in the vault, a refresh token. An account may have several.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct UpstreamGrant {
    /// Its id.
    pub id: GrantId,
    /// Whose.
    pub account: AccountId,
    /// What the provider granted, in catalogue spelling.
    pub scopes: ScopeSet,
    /// How it is.
    pub state: GrantState,
    /// Whether a refresh token is sealed beside it.
    pub refreshable: bool,
    /// Since when.
    pub since: Timestamp,
    /// Counts sign-ins and refreshes, so that a late answer cannot overwrite a newer state.
    pub version: u64,
}

/// How a grant is.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum GrantState {
    /// It works.
    Active,
    /// The person must sign in again.
    ReauthRequired {
        /// Why, in a sentence.
        why: String,
    },
    /// It was withdrawn.
    Revoked,
}
