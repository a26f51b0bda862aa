//! The provider's own tokens: one refresh at a time for each grant, shared by all who wait, durable before it is used.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::{
    AccountId, AuditKind, Broker, Change, ClientCredential, Error, GrantId, GrantState, Narrowing, Provider,
    Scope, ScopeSet, SecretOf, UpstreamError, UpstreamGrant, UpstreamTokens,
    broker::About,
    flow::hand_out::provider_of,
    house::{House, UpstreamAccess},
};

/// A token with less life than this, or with less than half of its own, is renewed before it is used.
const LEAST_SECONDS: u32 = 60;

impl Broker {
    /// An access token of the provider's for the gateway: whatever the widest grant that covers `scopes` gives.
    pub(crate) async fn upstream_for_gateway(
        &self,
        account: &AccountId,
        scopes: &ScopeSet,
    ) -> Result<UpstreamAccess, Error> {
        let grant = self.look(|house| covering_grant(house, account, scopes))??;
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

    /// An access token that may leave: one that can do no more than was consented to (OAU-15).
    pub(crate) async fn upstream_for_release(
        &self,
        account: &AccountId,
        scopes: &ScopeSet,
    ) -> Result<UpstreamAccess, Error> {
        let (grant, provider) = self.look(|house| {
            covering_grant(house, account, scopes).and_then(|grant| Ok((grant, provider_of(house, account)?)))
        })??;
        let narrow = !within(&grant.scopes, scopes);
        let access = if narrow && provider.narrowing.contains(&Narrowing::Refresh) {
            self.renewed(&grant.id, Some(scopes.clone())).await?
        } else {
            self.fresh(&grant.id, None).await?
        };
        if within(&access.scopes, scopes) {
            return Ok(access);
        }
        Err(Error::InvalidScope(format!(
            "{} gives no token with only {scopes}: it would also carry {}. Use the gateway, or ask for all of it.",
            provider.name,
            access.scopes.without(scopes)
        )))
    }

    /// The grant's token if it has life left and is not the `spent` one, else a renewed one.
    async fn fresh(&self, grant: &GrantId, spent: Option<&UpstreamAccess>) -> Result<UpstreamAccess, Error> {
        if let Some(access) = self.cached(grant, spent)? {
            return Ok(access);
        }
        let turn = self.refresh_lock(grant);
        let _turn = turn.lock().await;
        // Whoever held the turn before may have renewed it.
        if let Some(access) = self.cached(grant, spent)? {
            return Ok(access);
        }
        self.renew(grant, None).await
    }

    async fn renewed(&self, grant: &GrantId, narrower: Option<ScopeSet>) -> Result<UpstreamAccess, Error> {
        let turn = self.refresh_lock(grant);
        let _turn = turn.lock().await;
        self.renew(grant, narrower).await
    }

    fn cached(
        &self,
        grant: &GrantId,
        spent: Option<&UpstreamAccess>,
    ) -> Result<Option<UpstreamAccess>, Error> {
        let now = self.now();
        self.look(|house| {
            let access = house.upstream.get(grant)?;
            let lives = access.renew_at.is_none_or(|renew_at| now < renew_at);
            // Exposed to be compared with the token that the provider refused.
            let refused = spent.is_some_and(|spent| spent.token.expose() == access.token.expose());
            (lives && !refused).then(|| access.clone())
        })
    }

    /// Redeems the refresh token, to the end even if whoever asked has gone: a rotated token must not be lost. The
    /// caller holds the grant's turn.
    async fn renew(&self, grant: &GrantId, narrower: Option<ScopeSet>) -> Result<UpstreamAccess, Error> {
        let (broker, grant) = (self.clone(), grant.clone());
        let (done, outcome) = oneshot::channel();
        self.0.ports.surroundings.run(Box::pin(async move {
            let _ = done.send(broker.renew_now(&grant, narrower).await);
        }));
        outcome.await.unwrap_or_else(|_| Err(Error::Bug("a refresh ended without an outcome".to_owned())))
    }

    async fn renew_now(&self, id: &GrantId, narrower: Option<ScopeSet>) -> Result<UpstreamAccess, Error> {
        let (grant, provider) = self.look(|house| {
            let grant = house
                .grants
                .get(id)
                .cloned()
                .ok_or_else(|| Error::NotFound("That account is gone.".to_owned()))?;
            let provider = provider_of(house, &grant.account)?;
            Ok::<_, Error>((grant, provider))
        })??;
        let Some(refresh_token) = self.0.ports.vault.secret(&SecretOf::Grant(id.clone())).await? else {
            let why = format!("{} gave no refresh token, and its access token has run out.", provider.name);
            return Err(self.needs_sign_in(grant, why).await);
        };
        let client = self.client_credential(&provider).await?;
        let upstream = &self.0.ports.upstream;
        match upstream.refresh(&provider, &client, &refresh_token, narrower.as_ref()).await {
            Ok(tokens) => self.keep_renewed(grant, &provider, tokens, narrower).await,
            Err(UpstreamError::Refused { code, detail, .. }) if code == "invalid_grant" => {
                let why = format!("{} no longer accepts the sign-in ({detail}).", provider.name);
                Err(self.needs_sign_in(grant, why).await)
            }
            Err(error) => {
                let now = self.now();
                self.touch(|house| house.away.insert(id.clone(), now))?;
                tracing::warn!(%error, grant = %id, "a refresh failed");
                Err(error.into())
            }
        }
    }

    /// Makes a rotated refresh token durable, then keeps the access token in memory (UC-20).
    async fn keep_renewed(
        &self,
        grant: UpstreamGrant,
        provider: &Provider,
        tokens: UpstreamTokens,
        narrower: Option<ScopeSet>,
    ) -> Result<UpstreamAccess, Error> {
        let asked = narrower.as_ref().unwrap_or(&grant.scopes);
        let scopes =
            tokens.scopes.as_ref().map_or_else(|| asked.clone(), |scopes| provider.canonical(scopes));
        if let Some(rotated) = tokens.refresh_token.clone() {
            let (broker, id, version) = (self.clone(), grant.id.clone(), grant.version);
            self.change(move |house| {
                // A newer sign-in has put another token in its place: this one is late.
                let current = house.grants.get(&id).filter(|current| current.version == version);
                let Some(current) = current else { return Ok((Vec::new(), ())) };
                let renewed = UpstreamGrant { version: version + 1, refreshable: true, ..current.clone() };
                let about = About::account(&current.account);
                let fact =
                    broker.event(house, AuditKind::Refreshed, about, "The sign-in was renewed.".to_owned());
                Ok((vec![Change::PutGrant(renewed, Some(rotated)), Change::Audit(fact)], ()))
            })
            .await?;
        }
        let access = self.access_of(provider, &tokens, scopes);
        self.touch(|house| {
            house.away.remove(&grant.id);
            if narrower.is_none() {
                house.upstream.insert(grant.id.clone(), access.clone());
            }
        })?;
        Ok(access)
    }

    /// A provider's answer as it is kept in memory.
    pub(crate) fn access_of(
        &self,
        provider: &Provider,
        tokens: &UpstreamTokens,
        scopes: ScopeSet,
    ) -> UpstreamAccess {
        let seconds = tokens.expires_in.or(provider.access_token_seconds);
        let after = |seconds: u32| self.now().plus(seconds.into());
        UpstreamAccess {
            token: tokens.access_token.clone(),
            scopes,
            expires_at: seconds.map(after),
            renew_at: seconds.map(|seconds| after(seconds - LEAST_SECONDS.min(seconds / 2))),
        }
    }

    /// Our credential at a provider.
    pub(crate) async fn client_credential(
        &self,
        provider: &Arc<Provider>,
    ) -> Result<ClientCredential, Error> {
        let client = self.look(|house| house.clients.get(&provider.id).cloned())?.ok_or_else(|| {
            Error::InvalidRequest(format!(
                "{} needs a client id of your own. `keylodge account add {} --client-id …` stores it.",
                provider.name, provider.id
            ))
        })?;
        let client_secret = if client.has_secret {
            self.0.ports.vault.secret(&SecretOf::Client(provider.id.clone())).await?
        } else {
            None
        };
        Ok(ClientCredential { client_id: client.client_id, client_secret })
    }

    /// Notes durably that the person must sign in again, and says so.
    async fn needs_sign_in(&self, grant: UpstreamGrant, why: String) -> Error {
        let (broker, reason, id, version) = (self.clone(), why.clone(), grant.id.clone(), grant.version);
        let noted = self.change(move |house| {
            let current = house.grants.get(&id).filter(|current| current.version == version);
            let Some(current) = current else { return Ok((Vec::new(), ())) };
            let state = GrantState::ReauthRequired { why: reason.clone() };
            let fact = broker.event(house, AuditKind::Failed, About::account(&current.account), reason);
            Ok((
                vec![Change::PutGrant(UpstreamGrant { state, ..current.clone() }, None), Change::Audit(fact)],
                (),
            ))
        });
        if let Err(error) = noted.await {
            return error;
        }
        let label =
            self.look(|house| house.accounts.get(&grant.account).map(|account| account.label.clone()));
        Error::ReauthRequired { account: grant.account, label: label.ok().flatten().unwrap_or_default(), why }
    }
}

/// The grant that covers the scopes and holds least; a dead one only if there is no other, and then with its reason.
fn covering_grant(house: &House, account: &AccountId, scopes: &ScopeSet) -> Result<UpstreamGrant, Error> {
    let covers = |grant: &&&UpstreamGrant| within(scopes, &grant.scopes);
    let grants = house.grants_of(account);
    let mut covering = grants.iter().rev().filter(covers);
    if let Some(grant) = covering.clone().find(|grant| grant.state == GrantState::Active) {
        return Ok((**grant).clone());
    }
    let label = house.accounts.get(account).map(|a| a.label.clone()).unwrap_or_default();
    let why = match covering.next().map(|grant| &grant.state) {
        Some(GrantState::ReauthRequired { why }) => why.clone(),
        Some(_) => "its sign-in was withdrawn.".to_owned(),
        None => format!("its sign-in does not allow {scopes}."),
    };
    Err(Error::ReauthRequired { account: account.clone(), label, why })
}

/// Subset, but for `offline_access`, which opens nothing.
fn within(scopes: &ScopeSet, all: &ScopeSet) -> bool {
    let offline: ScopeSet = Scope::parse("offline_access").into_iter().collect();
    scopes.without(&offline).is_subset(all)
}
