//! The ladder of narrowing: a token that can do less than the sign-in, by the first way of the entry that works. What the
//! provider answered decides, and not what it was asked.

use crate::{
    Broker, Error, Narrowing, Provider, ScopeSet, UpstreamError, UpstreamGrant,
    flow::{hand_out::provider_of, renewal::For, upstream_access::within},
    house::UpstreamAccess,
};

impl Broker {
    /// A token that carries no more than `scopes`, got by exchange or at refresh. `None`: no way of the entry leads there.
    pub(crate) async fn narrowed(
        &self,
        grant: &UpstreamGrant,
        provider: &Provider,
        scopes: &ScopeSet,
    ) -> Result<Option<UpstreamAccess>, Error> {
        for way in &provider.narrowing {
            match way {
                Narrowing::Exchange => match self.by_exchange(grant, scopes).await {
                    Ok(access) if within(provider, &access.scopes, scopes) => return Ok(Some(access)),
                    // As wide as before: it stays here, and the next way is tried.
                    Ok(_) => {}
                    Err(Error::Provider(error)) if !matches!(error, UpstreamError::Away { .. }) => {
                        tracing::info!(%error, grant = %grant.id, "a token was not exchanged");
                    }
                    Err(error) => return Err(error),
                },
                Narrowing::Refresh if may_narrow_at_refresh(grant, provider, scopes) => {
                    return self.renewed(&grant.id, For::OneRelease(Some(scopes.clone()))).await.map(Some);
                }
                _ => {}
            }
        }
        Ok(None)
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
}

/// A scope that the provider does not know cannot be asked of it at refresh; and some shrink the sign-in itself.
fn may_narrow_at_refresh(grant: &UpstreamGrant, provider: &Provider, scopes: &ScopeSet) -> bool {
    let known = !scopes.iter().any(|scope| provider.is_derived(scope));
    known && !provider.refresh.shrinks_grant && !grant.upkeep.shrinks
}
