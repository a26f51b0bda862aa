//! Providers: the shipped catalogue and the person's own.

use std::sync::Arc;

use crate::{
    AuditKind, Broker, Change, Error, Presence, Provider, ProviderId, broker::About, provider::Group,
};

/// A provider and whether we have a client id there.
#[derive(Clone, Debug)]
pub struct ProviderInfo {
    /// The entry.
    pub provider: Arc<Provider>,
    /// Whether a client registration is stored.
    pub has_client: bool,
}

impl Broker {
    /// All providers; the person's own only while the vault is open.
    #[must_use]
    pub fn providers(&self) -> Vec<ProviderInfo> {
        let open = self.look(|house| {
            let has_client = |p: &Arc<Provider>| house.clients.contains_key(&p.id);
            house
                .providers
                .values()
                .map(|p| ProviderInfo { provider: Arc::clone(p), has_client: has_client(p) })
                .collect()
        });
        open.unwrap_or_else(|_| {
            self.catalogue()
                .into_iter()
                .map(|provider| ProviderInfo { provider, has_client: false })
                .collect()
        })
    }

    /// One provider by id.
    pub fn provider(&self, id: &str) -> Result<ProviderInfo, Error> {
        let found = self.providers().into_iter().find(|info| info.provider.id.as_str() == id);
        found.ok_or_else(|| {
            Error::NotFound(format!("There is no provider {id:?}. `keylodge provider list` shows all."))
        })
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

    /// Adds a provider of the person's own, after looking at its metadata.
    pub async fn add_provider(
        &self,
        mut provider: Provider,
        presence: &Presence,
    ) -> Result<ProviderInfo, Error> {
        check_own_id(&provider.id)?;
        if let Some(policy) = self.policy().policy().filter(|policy| policy.forbid_own_providers) {
            let sentence = format!("{} does not allow providers of one's own.", policy.who());
            return Err(Error::ConsentDenied(sentence));
        }
        if self.provider(provider.id.as_str()).is_ok_and(|known| known.provider.group != Group::Own) {
            return Err(Error::InvalidRequest(format!(
                "The id {} is taken. Choose another one.",
                provider.id
            )));
        }
        provider.group = Group::Own;
        let examined = self.0.ports.upstream.examine(provider).await?;
        let (broker, how, id) = (self.clone(), presence.how(), examined.id.clone());
        self.change(move |house| {
            let sentence = format!("The provider {} was added {how}.", examined.name);
            let fact = broker.event(house, AuditKind::Account, About::default(), sentence);
            // An own client id belongs to the issuer it was made for (UC-16).
            let mut changes = vec![Change::PutProvider(examined.clone()), Change::Audit(fact)];
            if house.providers.get(&examined.id).is_some_and(|old| old.issuer != examined.issuer) {
                changes.push(Change::DeleteClient(examined.id.clone()));
            }
            Ok((changes, ()))
        })
        .await?;
        self.provider(id.as_str())
    }

    /// Removes a provider of the person's own that has no account any more.
    pub async fn remove_provider(&self, id: &str) -> Result<(), Error> {
        let (broker, id) = (self.clone(), ProviderId::from_text(id));
        self.change(move |house| {
            let own = house.providers.get(&id).filter(|p| p.group == Group::Own);
            let provider =
                own.ok_or_else(|| Error::NotFound(format!("There is no provider of your own called {id}.")))?;
            if house.accounts.values().any(|account| account.provider == id) {
                return Err(Error::InvalidRequest(format!(
                    "{} still has accounts. Remove them first.",
                    provider.name
                )));
            }
            let sentence = format!("The provider {} was removed.", provider.name);
            let fact = broker.event(house, AuditKind::Account, About::default(), sentence);
            Ok((vec![Change::DeleteProvider(id.clone()), Change::DeleteClient(id), Change::Audit(fact)], ()))
        })
        .await
    }
}

/// An own id is also a path of the loopback API: short, lower case, and no word that stands for something else there.
fn check_own_id(id: &ProviderId) -> Result<(), Error> {
    const TAKEN: [&str; 6] = ["gateway", "demo", "access", "docs", "health", "v1"];
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let text = id.as_str();
    let fits = (1..=40).contains(&text.len()) && text.bytes().all(legal) && !text.starts_with('-');
    if fits && !TAKEN.contains(&text) {
        return Ok(());
    }
    Err(Error::InvalidRequest(
        "A provider's id is up to 40 lower-case letters, digits and hyphens, e.g. `work-sso`. Choose another one.".to_owned(),
    ))
}
