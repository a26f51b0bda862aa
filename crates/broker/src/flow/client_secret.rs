//! Another client secret in the place of one that ends: tried before the old one is given up.

use std::sync::Arc;

use crate::{
    AuditKind, Broker, Cause, Change, ClientFacts, ClientRegistration, Error, GrantId, GrantState, Presence,
    Provider, ProviderId, Secret, SecretOf, Sentence, Timestamp, UpstreamGrant,
    broker::About,
    flow::renewal::For,
    house::House,
    messages::{refusals, trail},
};

impl Broker {
    /// Keeps another secret of our client at a provider, and until when it is good, if that is known. A sign-in that rests
    /// on it is renewed with it at once, where there is one.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] where the provider does not take it: then the old one stays. [`Error::NotFound`] where
    /// the person has entered no client id.
    pub async fn replace_client_secret(
        &self,
        provider: &str,
        secret: Secret<String>,
        ends: Option<Timestamp>,
        presence: &Presence,
    ) -> Result<(), Error> {
        let provider = self.provider(provider)?.provider;
        let id = provider.id.clone();
        let old = self.look(|house| entered_by_hand(house, &id))?.ok_or_else(|| {
            Error::NotFound(refusals::NO_OWN_CLIENT.with([("provider", &provider.name), ("id", &id)]))
        })?;
        let old_secret = self.0.ports.vault.secret(&SecretOf::Client(id)).await?;
        let known = ClientFacts { secret_ends: ends, ..old.known.clone() };
        let new = ClientRegistration { has_secret: true, since: self.now(), known, ..old.clone() };
        let told = trail::SECRET_ENTERED.with([("provider", &provider.name), ("how", &presence.how())]);
        self.put_client(old.clone(), new.clone(), Some(secret), told).await?;
        if self.is_taken(&provider).await? {
            return Ok(());
        }
        let told = trail::SECRET_PUT_BACK.with([("provider", &provider.name)]);
        self.put_client(new, old, old_secret, told).await?;
        self.forget_client_troubles(&provider.id)?;
        Err(Error::InvalidRequest(refusals::SECRET_REFUSED.with([("provider", &provider.name)])))
    }

    /// In the place of `before`, if that is still there.
    async fn put_client(
        &self,
        before: ClientRegistration,
        after: ClientRegistration,
        secret: Option<Secret<String>>,
        told: Sentence,
    ) -> Result<(), Error> {
        let broker = self.clone();
        self.change(move |house| {
            if house.clients.get(&before.provider) != Some(&before) {
                return Err(Error::Stale);
            }
            let fact = broker.event(house, AuditKind::Account, About::default(), told);
            Ok((vec![Change::PutClient(after, secret), Change::Audit(fact)], ()))
        })
        .await
    }

    /// Whether the provider takes our client as it is now, or does not say.
    async fn is_taken(&self, provider: &Arc<Provider>) -> Result<bool, Error> {
        self.forget_client_troubles(&provider.id)?;
        let Some(grant) =
            self.look(|house| resting_on(house, &provider.id).next().map(|grant| grant.id.clone()))?
        else {
            return Ok(true);
        };
        // What else may have gone wrong says nothing of the secret.
        let _ = self.renewed(&grant, For::All).await;
        self.look(|house| !is_client_refused(house, &grant))
    }

    /// Lets each sign-in be tried again at once that failed for our client's sake.
    fn forget_client_troubles(&self, provider: &ProviderId) -> Result<(), Error> {
        self.touch(|house| {
            let refused = |grant: &&UpstreamGrant| is_client_refused(house, &grant.id);
            let refused: Vec<GrantId> =
                resting_on(house, provider).filter(refused).map(|grant| grant.id.clone()).collect();
            house.troubles.retain(|grant, _| !refused.contains(grant));
        })
    }
}

/// A client that registered itself gets its secrets itself.
fn entered_by_hand(house: &House, provider: &ProviderId) -> Option<ClientRegistration> {
    let client = house.clients.get(provider)?;
    (!client.dynamic && !client.client_id.is_empty()).then(|| client.clone())
}

/// Sign-ins of people, which rest on our client.
fn resting_on<'a>(house: &'a House, provider: &'a ProviderId) -> impl Iterator<Item = &'a UpstreamGrant> {
    let people = house.accounts.values().filter(move |a| a.provider == *provider && a.company().is_none());
    let rests = |grant: &&UpstreamGrant| grant.state == GrantState::Active && grant.refreshable;
    people.flat_map(|account| house.grants_of(&account.id)).filter(rests)
}

fn is_client_refused(house: &House, grant: &GrantId) -> bool {
    let reason = house.troubles.get(grant).and_then(|trouble| trouble.reason.as_ref());
    reason.is_some_and(|reason| matches!(reason.cause, Cause::ClientGone | Cause::SecretEnded))
}
