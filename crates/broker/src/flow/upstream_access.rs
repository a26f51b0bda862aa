//! The provider's own tokens: which one serves a request, from memory, from the vault, or renewed.

use std::sync::Arc;

use crate::{
    AccountId, Broker, ClientCredential, Error, GrantId, GrantState, Narrowing, Provider, Scope, ScopeSet,
    Secret, SecretOf, Sentence, TokenHash, UpstreamGrant,
    flow::{
        hand_out::provider_of,
        release::{Releasable, ends_alone},
        renewal::For,
    },
    house::{House, UpstreamAccess},
    messages::refusals,
};

impl Broker {
    /// An access token of the provider's for the gateway: whatever the widest grant that covers `scopes` gives.
    pub(crate) async fn upstream_for_gateway(
        &self,
        account: &AccountId,
        scopes: &ScopeSet,
    ) -> Result<UpstreamAccess, Error> {
        let grant = self.look(|house| {
            check_gateway_keeps(house, account, scopes)?;
            covering_grant(house, account, scopes)
        })??;
        self.fresh(&grant.id, None).await
    }

    /// A new token after the provider has refused `spent` (RG-09).
    pub(crate) async fn upstream_after_refusal(
        &self,
        account: &AccountId,
        scopes: &ScopeSet,
        spent: &UpstreamAccess,
    ) -> Result<UpstreamAccess, Error> {
        let grant = self.look(|house| covering_grant(house, account, scopes))??;
        self.fresh(&grant.id, Some(spent)).await
    }

    /// An access token that may leave: one that can do no more than was consented to (OAU-15), and of its own where it
    /// can be ended by itself.
    pub(crate) async fn upstream_for_release(
        &self,
        account: &AccountId,
        scopes: &ScopeSet,
    ) -> Result<Releasable, Error> {
        let (grant, provider, alone, separate) = self.look(|house| {
            let (grant, provider) = (covering_grant(house, account, scopes)?, provider_of(house, account)?);
            let alone = house.accounts.get(account).is_some_and(|a| ends_alone(&provider, &grant, a));
            let separate = grant.separate;
            Ok::<_, Error>((grant, provider, alone, separate))
        })??;
        let (access, by) = if !within(&provider, &grant.scopes, scopes) {
            let narrowed = self.narrowed(&grant, &provider, scopes).await?;
            let (access, way) = narrowed.ok_or_else(|| too_wide(&provider, scopes, &grant.scopes))?;
            (access, Some(way))
        } else if alone {
            (self.renewed(&grant.id, For::OneRelease(None)).await?, None)
        } else {
            (self.fresh(&grant.id, None).await?, None)
        };
        if access.proof_key.is_some() {
            return Err(bound(&provider));
        }
        if !within(&provider, &access.scopes, scopes) {
            return Err(too_wide(&provider, scopes, &access.scopes));
        }
        let alone = alone && !self.is_shared(&grant.id, &access).await?;
        Ok(Releasable { access, alone, by: by.or_else(|| separate.then_some(Narrowing::SeparateGrant)) })
    }

    /// Whether the gateway uses the same token: some providers answer a refresh with the token that is there already,
    /// and one that does not end may be the sign-in itself.
    async fn is_shared(&self, grant: &GrantId, access: &UpstreamAccess) -> Result<bool, Error> {
        let shared = match access.expires_at {
            Some(_) => self.look(|house| house.upstream.get(grant).cloned())?,
            None => Some(self.fresh(grant, None).await?),
        };
        Ok(shared.is_some_and(|shared| TokenHash::of(&shared.token).matches(&access.token)))
    }

    /// The grant's token if it has life enough left and is not the `spent` one, else a renewed one. A refresh that
    /// fails does not throw away a token that still lives.
    pub(crate) async fn fresh(
        &self,
        grant: &GrantId,
        spent: Option<&UpstreamAccess>,
    ) -> Result<UpstreamAccess, Error> {
        if let Some(access) = self.at_hand(grant, spent, UpstreamAccess::is_fresh).await? {
            return Ok(access);
        }
        let turn = self.refresh_lock(grant);
        let _turn = turn.lock().await;
        // Whoever held the turn before may have renewed it.
        if let Some(access) = self.at_hand(grant, spent, UpstreamAccess::is_fresh).await? {
            return Ok(access);
        }
        match self.renew(grant, For::All).await {
            Err(error @ (Error::Provider(_) | Error::ReauthRequired { .. })) => {
                self.at_hand(grant, spent, UpstreamAccess::lives).await?.ok_or(error)
            }
            outcome => outcome,
        }
    }

    pub(crate) async fn renewed(&self, grant: &GrantId, whose: For) -> Result<UpstreamAccess, Error> {
        let turn = self.refresh_lock(grant);
        let _turn = turn.lock().await;
        self.renew(grant, whose).await
    }

    /// The token in memory, or after a restart the one in the vault, if it is `good` and not the `spent` one.
    async fn at_hand(
        &self,
        grant: &GrantId,
        spent: Option<&UpstreamAccess>,
        good: fn(&UpstreamAccess, crate::Timestamp) -> bool,
    ) -> Result<Option<UpstreamAccess>, Error> {
        if !self.look(|house| house.upstream.contains_key(grant))? {
            self.recall(grant).await?;
        }
        let now = self.now();
        self.look(|house| {
            let access = house.upstream.get(grant)?;
            let refused = spent.is_some_and(|spent| TokenHash::of(&spent.token).matches(&access.token));
            (good(access, now) && !refused).then(|| access.clone())
        })
    }

    /// Takes the access token that was sealed before a restart back into memory.
    async fn recall(&self, id: &GrantId) -> Result<(), Error> {
        let now = self.now();
        let kept = self.look(|house| {
            let grant = house.grants.get(id)?;
            let access = grant.upkeep.access.clone().filter(|access| now < access.until)?;
            Some((grant.version, access))
        })?;
        let Some((version, kept)) = kept else { return Ok(()) };
        let Some(token) = self.0.ports.vault.secret(&SecretOf::Access(id.clone())).await? else {
            return Ok(());
        };
        let proof_key = self.proof_key(id).await?;
        self.touch(|house| {
            // Meanwhile a sign-in or a refresh may have brought a newer one.
            if house.grants.get(id).is_some_and(|grant| grant.version == version) {
                let (scopes, since, expires_at) = (kept.scopes, kept.since, Some(kept.until));
                let access = UpstreamAccess { token, proof_key, scopes, since, expires_at };
                house.upstream.entry(id.clone()).or_insert(access);
            }
        })
    }

    /// The private key that a grant's tokens are bound to, if they are.
    async fn proof_key(&self, grant: &GrantId) -> Result<Option<Secret<String>>, Error> {
        Ok(self.0.ports.vault.secret(&SecretOf::ProofKey(grant.clone())).await?)
    }

    /// Our credential for a sign-in, with the key that its tokens are bound to. A company's account brings its own, sealed
    /// with its key.
    pub(crate) async fn credential_of(
        &self,
        grant: &UpstreamGrant,
        provider: &Arc<Provider>,
    ) -> Result<ClientCredential, Error> {
        let owner = &grant.account;
        if self.look(|house| house.accounts.get(owner).is_some_and(|a| a.company().is_some()))? {
            return Ok(ClientCredential::default());
        }
        let client = self.client_credential(provider).await?;
        Ok(ClientCredential { proof_key: self.proof_key(&grant.id).await?, ..client })
    }

    /// Our credential at a provider.
    pub(crate) async fn client_credential(
        &self,
        provider: &Arc<Provider>,
    ) -> Result<ClientCredential, Error> {
        let known = self.look(|house| house.clients.get(&provider.id).cloned())?;
        let client =
            known.filter(|client| !client.client_id.is_empty()).ok_or_else(|| {
                Error::InvalidRequest(format!(
                "{} needs a client id of your own. `keylodge account add {} --client-id …` stores it.",
                provider.name, provider.id
            ).into())
            })?;
        let client_secret = if client.has_secret {
            self.0.ports.vault.secret(&SecretOf::Client(provider.id.clone())).await?
        } else {
            None
        };
        Ok(ClientCredential { client_id: client.client_id, client_secret, proof_key: None })
    }
}

/// The grant that covers the scopes and holds least; a dead one only if there is no other: its last access token may
/// still live.
pub fn covering_grant(house: &House, account: &AccountId, scopes: &ScopeSet) -> Result<UpstreamGrant, Error> {
    let provider = provider_of(house, account)?;
    let covers = |grant: &&&UpstreamGrant| within(&provider, scopes, &grant.scopes);
    let grants = house.grants_of(account);
    let covering = || grants.iter().rev().filter(covers);
    let active = covering().find(|grant| grant.state == GrantState::Active);
    if let Some(grant) = active.or_else(|| covering().next()) {
        return Ok((**grant).clone());
    }
    Err(reauth(house, account, refusals::ITS_SIGN_IN_LACKS.with([("scopes", scopes)])))
}

/// Says why a token that is bound to a key is not released: without the key it is good for nothing, and the key stays here.
pub fn bound(provider: &Provider) -> Error {
    Error::NotReleased(refusals::BOUND_TO_KEY.with([("provider", &provider.name)]))
}

/// The gateway knows methods and paths. What a path has to do with a limit (one repository, one folder) only the provider
/// can tell, and does where the sign-in itself is limited so.
///
/// # Errors
/// [`Error::InvalidTarget`] for scopes with a limit that the account's sign-in has not.
pub fn check_gateway_keeps(house: &House, account: &AccountId, scopes: &ScopeSet) -> Result<(), Error> {
    if !scopes.is_limited() || covering_grant(house, account, scopes)?.scopes.is_kept_to(scopes) {
        return Ok(());
    }
    let limits: ScopeSet = scopes.limits().cloned().collect();
    Err(Error::InvalidTarget(format!(
        "The gateway cannot keep a program to {limits}: it sees paths, and not what they lead to. Ask for release, or leave the limit out."
    ).into()))
}

/// Says why a token that would carry more than was allowed is not released, and what else can be done.
fn too_wide(provider: &Provider, scopes: &ScopeSet, has: &ScopeSet) -> Error {
    let separately = if provider.narrows_by(Narrowing::SeparateGrant).is_some() {
        ", or let the person sign in a second time for just this (`keylodge account reauth ACCOUNT --separate --scope …`)"
    } else {
        ""
    };
    let limited = if has.is_subset(scopes) {
        String::new()
    } else {
        format!(": it would also carry {}", beyond(has, scopes))
    };
    Error::NotReleased(format!(
        "{} gives no token with only {scopes}{limited}. Use the gateway, or ask for all of it{separately}.",
        provider.name,
    ).into())
}

/// What a token would carry besides; where it is not limited as was wished, everything outside of the limit.
fn beyond(has: &ScopeSet, scopes: &ScopeSet) -> String {
    let more = has.powers().cloned().collect::<ScopeSet>().without(scopes);
    let outside = if has.is_kept_to(scopes) { "" } else { "the same outside of the limit" };
    match (more.is_empty(), outside.is_empty()) {
        (true, _) => outside.to_owned(),
        (false, true) => more.to_string(),
        (false, false) => format!("{more}, and {outside}"),
    }
}

/// The account must be signed in again, and why.
pub fn reauth(house: &House, account: &AccountId, why: Sentence) -> Error {
    let label = house.accounts.get(account).map(|account| account.label.clone()).unwrap_or_default();
    Error::ReauthRequired { account: account.clone(), label, why }
}

/// Subset with what the catalogue says is included, but for `offline_access`, which opens nothing.
pub fn within(provider: &Provider, scopes: &ScopeSet, all: &ScopeSet) -> bool {
    let offline: ScopeSet = Scope::parse("offline_access").into_iter().collect();
    provider.contains(all, &scopes.without(&offline))
}
