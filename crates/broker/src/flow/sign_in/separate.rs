//! A second, smaller sign-in beside an account's own, so that a program can be given the provider's own token with just that
//! much ([`Narrowing::SeparateGrant`]). Whether the provider plays along, its answer shows.

use std::sync::Arc;

use super::{Errand, SignInBegun};
use crate::{
    Account, Broker, Change, ClientCredential, Error, GrantId, Narrowing, Presence, Provider, Scope,
    ScopeSet, SignedIn, Upkeep, UpstreamError, UpstreamGrant, UpstreamTokens, flow::upstream_access::within,
    house::House, messages::sign_in, provider::Ends,
};

impl Broker {
    /// Signs an account in once more, for just these scopes of it.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] where that is no way to a narrower token, and why.
    pub async fn begin_separate(
        &self,
        account: &str,
        scopes: ScopeSet,
        open_browser: bool,
        _presence: &Presence,
    ) -> Result<SignInBegun, Error> {
        let (account, main) = self
            .look(|house| {
                let account = house.account(account, None).cloned()?;
                let main = house.own_grant(&account.id).cloned()?;
                Some((account, main))
            })?
            .ok_or_else(|| Error::NotFound(sign_in::NO_SIGN_IN_THERE.sentence()))?;
        let provider = self.provider(account.provider.as_str())?.provider;
        check_separable(&provider, &account, &main)?;
        let scopes = provider.askable(&scopes);
        if scopes.opens_nothing()
            || !within(&provider, &scopes, &main.scopes)
            || within(&provider, &main.scopes, &scopes)
        {
            return Err(Error::InvalidRequest(
                sign_in::NAME_A_PART.with([("account", &account.label), ("scopes", &main.scopes)]),
            ));
        }
        let renewing: ScopeSet =
            main.scopes.iter().filter(|scope| only_renews(&provider, scope)).cloned().collect();
        let errand = self.errand_for(account, provider, scopes.union(&renewing)).await?;
        self.begin(Errand { separate: true, ..errand }, open_browser).await
    }

    /// Whether a second sign-in came back with no more than was asked for. If not, it is given back as far as that ends
    /// nothing else, and remembered.
    pub(super) async fn check_separated(
        &self,
        errand: &Errand,
        granted: &ScopeSet,
        signed_in: &SignedIn,
    ) -> Result<(), Error> {
        if !errand.separate || within(&errand.provider, granted, &errand.scopes) {
            return Ok(());
        }
        let provider = &errand.provider;
        if ends_alone(provider) {
            self.give_back(provider, &signed_in.tokens).await;
        }
        let account = errand.renews.as_ref().map(|account| account.id.clone());
        self.change(move |house| Ok((account.and_then(|id| merged(house, &id)).into_iter().collect(), ())))
            .await?;
        Err(Error::Provider(UpstreamError::Ended(
            sign_in::GAVE_MORE.with([("provider", &provider.name), ("scopes", granted)]),
        )))
    }

    async fn give_back(&self, provider: &Arc<Provider>, tokens: &UpstreamTokens) {
        let Some(token) = &tokens.refresh_token else { return };
        let Ok(client) = self.client_credential(provider).await else { return };
        let client = ClientCredential { proof_key: tokens.proof_key.clone(), ..client };
        if let Err(error) = self.0.ports.upstream.revoke(provider, &client, token).await {
            tracing::info!(%error, "a second sign-in that was no use could not be given back");
        }
    }
}

/// The grant that a sign-in replaces: the account's own, or the second one for the same scopes. `None`: it is a new one.
pub(super) fn replaced(
    house: &House,
    errand: &Errand,
    account: &Account,
    scopes: &ScopeSet,
) -> Option<(GrantId, u64)> {
    let grant = if errand.separate {
        house.second_grants(&account.id).find(|grant| grant.scopes == *scopes)
    } else {
        house.own_grant(&account.id)
    };
    grant.map(|grant| (grant.id.clone(), grant.version))
}

/// Second sign-ins that have died go with the account's next own one: that is what mends it.
pub(super) fn dead_ones(house: &House, errand: &Errand, account: &Account) -> Vec<Change> {
    let dead = |grant: &&UpstreamGrant| grant.state != crate::GrantState::Active && !errand.separate;
    house.second_grants(&account.id).filter(dead).map(|grant| Change::DeleteGrant(grant.id.clone())).collect()
}

/// Whether a scope opens nothing, and is asked for so that the sign-in can be renewed.
pub(super) fn only_renews(provider: &Provider, scope: &Scope) -> bool {
    scope.as_str() == "offline_access" || provider.offline.scope.as_ref() == Some(scope)
}

/// Whether a second sign-in to the account is a way to less, as far as that is known before it is tried.
pub(super) fn check_separable(
    provider: &Provider,
    account: &Account,
    main: &UpstreamGrant,
) -> Result<(), Error> {
    let name = &provider.name;
    let no = |why: String| {
        Err(Error::InvalidRequest(
            format!("{why} Use the gateway, which keeps each program to its part.").into(),
        ))
    };
    if let Some(what) = account.company() {
        return no(format!(
            "{} is a {what}: there is nobody who could sign in a second time.",
            account.label
        ));
    }
    if provider.merges_consent {
        return no(format!("{name} adds up what was ever allowed: a second sign-in would carry no less."));
    }
    if provider.narrows_by(Narrowing::SeparateGrant).is_none() {
        return no(format!("{name} is not known to give a second sign-in with less."));
    }
    if main.upkeep.narrows.get(&Narrowing::SeparateGrant) == Some(&false) {
        return no(format!("It was tried: {name} gave the second sign-in as much as the first."));
    }
    Ok(())
}

/// Whether ending one sign-in leaves the others of the same client alone.
pub(super) fn ends_alone(provider: &Provider) -> bool {
    provider.revocation.ends == Ends::Token
}

/// Remembers with the account's own sign-in that a second one is no smaller.
fn merged(house: &House, account: &crate::AccountId) -> Option<Change> {
    let main = house.own_grant(account)?.clone();
    let mut narrows = main.upkeep.narrows.clone();
    narrows.insert(Narrowing::SeparateGrant, false);
    let upkeep = Upkeep { narrows, ..main.upkeep.clone() };
    Some(Change::PutGrant(UpstreamGrant { upkeep, ..main }, None))
}
