//! Release: the provider's own token leaves Keylodge.

use crate::{
    AppId, Broker, Error, LeaseId,
    flow::hand_out::{Along, Authority, HandOut, lease, provider_of},
    house::House,
};

impl Broker {
    /// Hands the provider's own token out under an authority.
    pub(crate) async fn release(&self, authority: Authority, along: Along) -> Result<HandOut, Error> {
        if self.look(|house| takes_bound_only(house, &authority.app))? {
            return Err(Error::InvalidTarget(
                "A provider's own token is bound to no key, and this program takes no other. Use the gateway."
                    .to_owned(),
            ));
        }
        let authority = Authority { key: None, ..authority };
        let access = self.upstream_for_release(&authority.account, &authority.scopes).await?;
        let now = self.now();
        let until = access.expires_at.ok_or_else(|| {
            Error::InvalidTarget(
                "This provider's tokens do not end by themselves, so they are not released. Use the gateway."
                    .to_owned(),
            )
        })?;
        let provider = self.look(|house| provider_of(house, &authority.account))??;
        let audience = provider.api.first().map_or_else(|| provider.name.clone(), |api| api.base.clone());
        let id = LeaseId::generate(self.entropy());
        let mut lease = lease(&authority, id, audience, &access.token, (now, until));
        lease.scopes = access.scopes;
        self.lend(authority, lease, access.token, along).await
    }
}

/// Whether a program takes no token that anybody could use (RFC 9449 §5.2).
fn takes_bound_only(house: &House, app: &AppId) -> bool {
    house.apps.get(app).is_some_and(|app| app.terms.dpop_bound)
}
