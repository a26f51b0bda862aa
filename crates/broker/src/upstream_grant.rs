//! `UpstreamGrant`: what the provider gave us for an account. (Wider than the RFC's "authorization grant", which is
//! only the credential that is exchanged.)

use std::{cmp::Reverse, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use crate::{AccountId, Attempts, Cause, GrantId, Narrowing, ProviderId, ScopeSet, Timestamp};

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
    /// A second, smaller sign-in beside the account's own.
    #[serde(default)]
    pub separate: bool,
    /// What keeps it working across restarts.
    #[serde(default)]
    pub upkeep: Upkeep,
}

/// Marks second sign-ins that were kept before there was a mark for them: of several unmarked ones of an account, the one
/// that holds most is its own. Gives those that were marked.
pub fn mark_second(grants: &mut [UpstreamGrant]) -> Vec<UpstreamGrant> {
    let unmarked = |grant: &UpstreamGrant| !grant.separate && grant.upkeep.withdrawal.is_none();
    let order = |grant: &UpstreamGrant| (grant.scopes.iter().count(), Reverse(grant.id.clone()));
    let mut own: BTreeMap<AccountId, (usize, Reverse<GrantId>)> = BTreeMap::new();
    for grant in grants.iter().filter(|grant| unmarked(grant)) {
        let most = own.entry(grant.account.clone()).or_insert_with(|| order(grant));
        *most = order(grant).max(most.clone());
    }
    let second =
        |grant: &&mut UpstreamGrant| unmarked(grant) && own.get(&grant.account) != Some(&order(grant));
    grants
        .iter_mut()
        .filter(second)
        .map(|grant| {
            grant.separate = true;
            grant.clone()
        })
        .collect()
}

/// What must be remembered so that neither a restart nor a kill costs the sign-in.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(default)]
pub struct Upkeep {
    /// The access token that is sealed beside the grant while it lives: a restart needs no refresh.
    pub access: Option<KeptAccess>,
    /// Set, durably, before a refresh token is sent, and cleared with its answer. Found set at start, the provider may
    /// have spent the token without our having seen the new one.
    pub in_doubt_since: Option<Timestamp>,
    /// Whether a refresh brings a new refresh token (RFC 6749 §6); `None` until one was seen.
    pub rotates: Option<bool>,
    /// The provider was seen to shrink the sign-in after a narrower refresh: it is not narrowed that way again (OAU-16).
    pub shrinks: bool,
    /// Ways of narrowing that the entry is unsure of, and what the first answer to this sign-in showed: whether they narrow.
    pub narrows: BTreeMap<Narrowing, bool>,
    /// Set where the account is gone and the provider has not been told yet.
    pub withdrawal: Option<Withdrawal>,
}

/// A sign-in that is over here and is still to be given back at the provider.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Withdrawal {
    /// Where.
    pub provider: ProviderId,
    /// What the account was called.
    pub label: String,
    /// What the provider did not answer so far.
    #[serde(flatten)]
    pub attempts: Attempts,
}

/// What an access token can do and how long; the token itself is sealed.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct KeptAccess {
    /// Its scopes, in catalogue spelling.
    pub scopes: ScopeSet,
    /// When it came.
    pub since: Timestamp,
    /// When it ends.
    pub until: Timestamp,
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
        /// What it was.
        #[serde(default)]
        cause: Cause,
    },
    /// It was withdrawn.
    Revoked,
}
