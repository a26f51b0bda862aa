//! Providers: the shipped catalogue and the person's own.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    AuditKind, Broker, Cause, Change, ClientFacts, ClientRegistration, Error, GrantId, GrantState, Presence,
    Provider, ProviderId, SecretOf, Sentence, Upkeep, UpstreamGrant,
    broker::About,
    house::House,
    messages::{refusals, sign_in, trail},
    provider::Group,
};

/// The embedded demo's id: known while the demo runs, and nobody's else.
const DEMO: &str = "demo";

/// A provider and what we are to it.
#[derive(Clone, Debug)]
pub struct ProviderInfo {
    /// The entry.
    pub provider: Arc<Provider>,
    /// The client registration that is stored. One without a client id, for which only a key was made, does not count.
    pub client: Option<ClientRegistration>,
}

impl Broker {
    /// All providers; the person's own only while the vault is open.
    #[must_use]
    pub fn providers(&self) -> Vec<ProviderInfo> {
        let open = self.look(|house| {
            let client = |p: &Arc<Provider>| {
                house.clients.get(&p.id).filter(|client| !client.client_id.is_empty()).cloned()
            };
            let info = |p: &Arc<Provider>| ProviderInfo { provider: Arc::clone(p), client: client(p) };
            house.providers.values().map(info).collect()
        });
        open.unwrap_or_else(|_| {
            self.catalogue().into_iter().map(|provider| ProviderInfo { provider, client: None }).collect()
        })
    }

    /// One provider by id.
    pub fn provider(&self, id: &str) -> Result<ProviderInfo, Error> {
        let found = self.providers().into_iter().find(|info| info.provider.id.as_str() == id);
        found.ok_or_else(|| self.no_such_provider(id))
    }

    fn no_such_provider(&self, id: &str) -> Error {
        Error::NotFound(match self.offer(id) {
            Ok((offer, _)) => refusals::NOT_ACCEPTED.with([("provider", &id), ("file", &offer.file)]),
            Err(_) if id == DEMO => refusals::DEMO_STOPPED.sentence(),
            Err(_) => refusals::NO_PROVIDER.with([("provider", &id)]),
        })
    }

    /// The entry of the shipped catalogue with its blanks, for whoever fills them in otherwise than it stands in the list.
    #[must_use]
    pub fn provider_form(&self, id: &str) -> Option<Provider> {
        self.0.ports.upstream.form(&ProviderId::from_text(id))
    }

    /// A provider from a form of the catalogue and what the person entered.
    pub fn filled_form(&self, form: &str, entered: &BTreeMap<String, String>) -> Result<Provider, Error> {
        let blank = self.provider_form(form).filter(|form| !form.inputs.is_empty()).ok_or_else(|| {
            Error::NotFound(
                format!("There is no form {form:?}. `keylodge provider list` shows all providers.").into(),
            )
        })?;
        Ok(Provider { form: Some(blank.id.clone()), private: true, ..blank.filled(entered)? })
    }

    /// A provider from the text of a catalogue file.
    pub fn read_provider(&self, text: &str) -> Result<Provider, Error> {
        Ok(self.0.ports.upstream.read_entry(text)?)
    }

    /// Makes a provider known until the broker stops (the embedded demo).
    pub fn lend_provider(&self, provider: Provider) {
        let provider = Arc::new(provider);
        let mut catalogue = self.catalogue_mut();
        catalogue.retain(|known| known.id != provider.id);
        catalogue.push(Arc::clone(&provider));
        drop(catalogue);
        let _ = self.touch(|house| house.providers.insert(provider.id.clone(), provider));
    }

    /// Adds a provider of the person's own, after looking at its metadata. Where one of that id is there and secrets kept
    /// for it would go elsewhere, they are destroyed: its client id must be entered and its accounts signed in again
    /// (UC-16).
    pub async fn add_provider(
        &self,
        mut provider: Provider,
        presence: &Presence,
    ) -> Result<ProviderInfo, Error> {
        provider.check_own_id()?;
        if let Some(policy) = self.policy().policy().filter(|policy| policy.forbid_own_providers) {
            let sentence = refusals::FORBIDS_OWN_PROVIDERS.with([("policy", &policy.who())]);
            return Err(Error::ConsentDenied(sentence));
        }
        if self.provider(provider.id.as_str()).is_ok_and(|known| known.provider.group != Group::Own) {
            return Err(Error::InvalidRequest(refusals::PROVIDER_TAKEN.with([("provider", &provider.id)])));
        }
        provider.group = Group::Own;
        let examined = self.0.ports.upstream.examine(provider).await?;
        let (broker, how, id) = (self.clone(), presence.how(), examined.id.clone());
        self.change(move |house| {
            let sentence = trail::PROVIDER_ADDED.with([("provider", &examined.name), ("how", &how)]);
            let fact = broker.event(house, AuditKind::Account, About::default(), sentence);
            let mut changes = vec![Change::PutProvider(examined.clone()), Change::Audit(fact)];
            let old = house.providers.get(&examined.id);
            // Where none is known any more, nobody can say where its secrets went.
            if old.is_none_or(|old| examined.takes_secrets_elsewhere(old)) {
                changes.extend(broker.without_secrets(house, &examined));
            }
            Ok((changes, ()))
        })
        .await?;
        self.provider(id.as_str())
    }

    /// Changes that destroy what is kept for a provider whose addresses have changed, tokens that were to be ended there
    /// included: what ends them now is somebody else. Each sign-in makes room for one of
    /// the same scopes without a token, which asks the person to sign in again.
    fn without_secrets(&self, house: &House, provider: &Provider) -> Vec<Change> {
        let id = &provider.id;
        let mut changes = vec![Change::DeleteClient(id.clone())];
        let waiting = |grant: &&UpstreamGrant| {
            grant.upkeep.withdrawal.as_ref().is_some_and(|waiting| waiting.provider == *id)
        };
        changes
            .extend(house.grants.values().filter(waiting).map(|grant| Change::DeleteGrant(grant.id.clone())));
        changes.extend(self.let_go_of_all(house, provider));
        for account in house.accounts.values().filter(|account| account.provider == *id) {
            changes.extend(house.end_leases(|lease| lease.account == account.id));
            let why = trail::ADDRESSES_CHANGED.with([("provider", &provider.name)]);
            let fact = self.event(
                house,
                AuditKind::Account,
                About::account(&account.id),
                why.clone().then(&trail::SIGN_IN_ENDED.with([("account", &account.label)])),
            );
            changes.push(Change::Audit(fact));
            for old in house.grants_of(&account.id) {
                changes.push(Change::DeleteGrant(old.id.clone()));
                changes.push(Change::PutGrant(self.signed_out(old, &why), None));
            }
        }
        changes
    }

    fn signed_out(&self, old: &UpstreamGrant, why: &Sentence) -> UpstreamGrant {
        UpstreamGrant {
            // An answer that is still under way belongs to the old one.
            id: GrantId::generate(self.entropy()),
            state: GrantState::ReauthRequired { why: why.to_string(), cause: Cause::AddressesChanged },
            refreshable: false,
            upkeep: Upkeep::default(),
            ..old.clone()
        }
    }

    /// Keeps what the person knows of their client id there, so that what will end is told before it does.
    pub async fn know_client(&self, provider: &str, known: ClientFacts) -> Result<(), Error> {
        let id = ProviderId::from_text(provider);
        let client = self
            .look(|house| house.clients.get(&id).cloned())?
            .ok_or_else(|| Error::NotFound(sign_in::NO_CLIENT_KEPT.with([("provider", &provider)])))?;
        // Putting a client puts its secret, too.
        let secret = self.0.ports.vault.secret(&SecretOf::Client(id.clone())).await?;
        self.change(move |house| {
            if house.clients.get(&id) != Some(&client) {
                return Err(Error::Stale);
            }
            Ok((vec![Change::PutClient(ClientRegistration { known, ..client }, secret)], ()))
        })
        .await
    }

    /// Removes a provider of the person's own that has no account any more.
    pub async fn remove_provider(&self, id: &str) -> Result<(), Error> {
        let (broker, id) = (self.clone(), ProviderId::from_text(id));
        self.change(move |house| {
            let own = house.providers.get(&id).filter(|p| p.group == Group::Own);
            let provider =
                own.ok_or_else(|| Error::NotFound(refusals::NO_OWN_PROVIDER.with([("provider", &id)])))?;
            if house.accounts.values().any(|account| account.provider == id) {
                return Err(Error::InvalidRequest(
                    refusals::PROVIDER_IN_USE.with([("provider", &provider.name)]),
                ));
            }
            let sentence = trail::PROVIDER_REMOVED.with([("provider", &provider.name)]);
            let fact = broker.event(house, AuditKind::Account, About::default(), sentence);
            Ok((vec![Change::DeleteProvider(id.clone()), Change::DeleteClient(id), Change::Audit(fact)], ()))
        })
        .await
    }
}
