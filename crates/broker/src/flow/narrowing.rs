//! The ladder of narrowing: a token that can do less than the sign-in, by the first way of the entry that works. What the
//! provider answered decides, and not what it was asked.

use crate::{
    Account, AccountId, Broker, Change, Error, GrantId, Narrowing, Provider, ScopeSet, Upkeep, UpstreamError,
    UpstreamGrant,
    flow::{
        hand_out::provider_of,
        renewal::{For, Less},
        upstream_access::{covering_grant, within},
    },
    house::{House, UpstreamAccess},
    provider::{SignInWay, Sureness},
};

impl Broker {
    /// A token that carries no more than `scopes`, and the way it was got. `None`: no way of the entry leads there.
    pub(crate) async fn narrowed(
        &self,
        grant: &UpstreamGrant,
        provider: &Provider,
        scopes: &ScopeSet,
    ) -> Result<Option<(UpstreamAccess, Narrowing)>, Error> {
        let account = self.look(|house| house.accounts.get(&grant.account).cloned())?;
        let Some(account) = account else { return Ok(None) };
        for way in provider.narrowing.iter().copied() {
            if !may_be_tried(way, grant, provider, &account, scopes) {
                continue;
            }
            match self.by(way, grant, scopes).await {
                Ok(access) if within(provider, &access.scopes, scopes) => {
                    self.learn(&grant.id, provider, way, true).await?;
                    return Ok(Some((access, way)));
                }
                // As wide as before: it stays here, and the next way is tried.
                Ok(_) => self.learn(&grant.id, provider, way, false).await?,
                Err(Error::Provider(error)) if !matches!(error, UpstreamError::Away { .. }) => {
                    tracing::info!(%error, ?way, grant = %grant.id, "a token was not narrowed");
                    if rules_out(&error) {
                        self.learn(&grant.id, provider, way, false).await?;
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    async fn by(
        &self,
        way: Narrowing,
        grant: &UpstreamGrant,
        scopes: &ScopeSet,
    ) -> Result<UpstreamAccess, Error> {
        if way == Narrowing::Exchange {
            return self.by_exchange(grant, scopes).await;
        }
        let less = Less { way, scopes: scopes.clone() };
        self.renewed(&grant.id, For::OneRelease(Some(less))).await
    }

    /// Exchanges the grant's own token for a narrower one (RFC 8693). The sign-in stays as it is.
    async fn by_exchange(&self, grant: &UpstreamGrant, scopes: &ScopeSet) -> Result<UpstreamAccess, Error> {
        let provider = self.look(|house| provider_of(house, &grant.account))??;
        let subject = self.fresh(&grant.id, None).await?;
        let client = self.credential_of(grant, &provider).await?;
        let upstream = &self.0.ports.upstream;
        let tokens = upstream.exchange(&provider, &client, &subject.token, scopes).await?;
        let proven = tokens.scopes.as_ref().map(|scopes| provider.canonical(scopes));
        let access = self.access_of(&provider, &tokens, proven.unwrap_or_else(|| subject.scopes.clone()));
        // It cannot outlive what it came from, where it does not say.
        Ok(UpstreamAccess {
            expires_at: tokens.expires_in.map_or(subject.expires_at, |_| access.expires_at),
            ..access
        })
    }

    /// Remembers, for as long as this sign-in lasts, what the first answer showed of a way that the entry is unsure of.
    async fn learn(
        &self,
        grant: &GrantId,
        provider: &Provider,
        way: Narrowing,
        narrows: bool,
    ) -> Result<(), Error> {
        if provider.narrows_by(way) == Some(Sureness::High) {
            return Ok(());
        }
        let id = grant.clone();
        self.change(move |house| {
            let grant =
                house.grants.get(&id).filter(|grant| grant.upkeep.narrows.get(&way) != Some(&narrows));
            let Some(grant) = grant else { return Ok((Vec::new(), ())) };
            let mut known = grant.upkeep.narrows.clone();
            known.insert(way, narrows);
            let upkeep = Upkeep { narrows: known, ..grant.upkeep.clone() };
            Ok((vec![Change::PutGrant(UpstreamGrant { upkeep, ..grant.clone() }, None)], ()))
        })
        .await
    }
}

/// The ways that will be tried for a token with just these scopes; `None` where the sign-in has no more than that.
pub fn ways_to_less(
    house: &House,
    account: &AccountId,
    provider: &Provider,
    scopes: &ScopeSet,
) -> Option<Vec<Narrowing>> {
    let grant = covering_grant(house, account, scopes).ok()?;
    let owner = house.accounts.get(account)?;
    if within(provider, &grant.scopes, scopes) {
        return None;
    }
    let open = |way: &Narrowing| may_be_tried(*way, &grant, provider, owner, scopes);
    Some(provider.narrowing.iter().copied().filter(open).collect())
}

/// Whether a way can lead to these scopes, as far as that is known before anything is asked.
fn may_be_tried(
    way: Narrowing,
    grant: &UpstreamGrant,
    provider: &Provider,
    account: &Account,
    scopes: &ScopeSet,
) -> bool {
    // It was tried for this sign-in before, and the answer was as wide as ever.
    if grant.upkeep.narrows.get(&way) == Some(&false) {
        return false;
    }
    match way {
        Narrowing::Exchange => true,
        Narrowing::Refresh => may_narrow_at_refresh(grant, provider, scopes),
        Narrowing::ScopedApi => account.way == SignInWay::GithubApp,
        Narrowing::PerResource => {
            scopes.is_subset(&grant.scopes) && provider.services(scopes).len() == 1 && !scopes.is_limited()
        }
        // The one is a sign-in, which was looked for before; the other is no token of the provider's.
        Narrowing::SeparateGrant | Narrowing::GatewayRules => false,
    }
}

/// Only what was granted can be asked for at refresh (RFC 6749 §6; UC-22), and nothing that the provider does not know; and
/// some shrink the sign-in itself.
fn may_narrow_at_refresh(grant: &UpstreamGrant, provider: &Provider, scopes: &ScopeSet) -> bool {
    let known = !scopes.iter().any(|scope| provider.is_derived(scope));
    known && scopes.is_subset(&grant.scopes) && !provider.refresh.shrinks_grant && !grant.upkeep.shrinks
}

/// Whether a refusal says that this way cannot be had here at all, and not just for these scopes or for now.
fn rules_out(error: &UpstreamError) -> bool {
    let UpstreamError::Refused { code, .. } = error else { return false };
    matches!(code.as_str(), "unsupported_grant_type" | "unauthorized_client")
}
