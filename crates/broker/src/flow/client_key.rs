//! The key by which Keylodge proves itself at a provider, made before there is a client id: its public half is what the
//! provider wants when the client is registered there.

use std::sync::Arc;

use crate::{
    AuditKind, Broker, Change, ClientFacts, ClientRegistration, Error, Presence, Provider, Secret, SecretOf,
    broker::About,
    flow::sign_in::issuer_of,
    messages::{sign_in, trail},
};

impl Broker {
    /// The public half (a JWK, RFC 7517) of our key at a provider. Makes the key if there is none.
    ///
    /// # Errors
    /// Where accounts rest on a client that proves itself otherwise.
    pub async fn client_key(&self, provider: &str, _presence: &Presence) -> Result<String, Error> {
        let provider = self.provider(provider)?.provider;
        self.check_provider(&provider)?;
        if let Some(key) = self.0.ports.vault.secret(&SecretOf::Client(provider.id.clone())).await?
            && let Some(public) = self.0.ports.upstream.public_key(&key)
        {
            return Ok(public);
        }
        let key = self.0.ports.upstream.make_key()?;
        let none = || Error::Bug("a key was made and has no public half".to_owned());
        let public = self.0.ports.upstream.public_key(&key).ok_or_else(none)?;
        self.keep_client_key(&provider, key).await?;
        Ok(public)
    }

    async fn keep_client_key(&self, provider: &Arc<Provider>, key: Secret<String>) -> Result<(), Error> {
        let (broker, provider) = (self.clone(), Arc::clone(provider));
        self.change(move |house| {
            if house.accounts.values().any(|account| account.provider == provider.id) {
                let why = sign_in::OTHER_PROOF.with([("provider", &provider.name)]);
                return Err(Error::InvalidRequest(why));
            }
            let client = ClientRegistration {
                provider: provider.id.clone(),
                issuer: issuer_of(&provider),
                // Entered once the provider has given one.
                client_id: String::new(),
                has_secret: true,
                dynamic: false,
                redirect_uri: None,
                since: broker.now(),
                known: ClientFacts::default(),
            };
            let sentence = trail::CLIENT_KEY_MADE.with([("provider", &provider.name)]);
            let fact = broker.event(house, AuditKind::Account, About::default(), sentence);
            Ok((vec![Change::PutClient(client, Some(key)), Change::Audit(fact)], ()))
        })
        .await
    }
}
