//! With which client registration a sign-in is made.

use std::sync::Arc;

use super::Errand;
use crate::{
    AccountId, Broker, Change, ClientFacts, ClientRegistration, Error, Provider, RegisteredClient, Secret,
    SecretOf, Timestamp, house::House, messages::refusals, provider::SignInWay,
};

impl Broker {
    pub(super) fn client_change(
        &self,
        errand: &Errand,
        registered: Option<RegisteredClient>,
    ) -> Option<Change> {
        if let Some(client) = registered {
            let registration = ClientRegistration {
                provider: errand.provider.id.clone(),
                issuer: client.issuer,
                client_id: client.credential.client_id,
                has_secret: client.credential.client_secret.is_some(),
                dynamic: true,
                redirect_uri: client.redirect_uri.map(String::from),
                since: self.now(),
                known: ClientFacts::default(),
            };
            return Some(Change::PutClient(registration, client.credential.client_secret));
        }
        // A company's credential is sealed with its own grant: another account's client stays as it is.
        let client = errand.client.clone().filter(|_| !needs_no_client(errand.way));
        client.map(|client| Change::PutClient(client, errand.secret.clone()))
    }

    /// Our client registration for a sign-in: the one just entered, the stored one, or none (register dynamically).
    pub(super) async fn client_for(
        &self,
        provider: &Arc<Provider>,
        client_id: Option<String>,
        client_secret: Option<Secret<String>>,
    ) -> Result<(Option<ClientRegistration>, Option<Secret<String>>), Error> {
        let stored = self.look(|house| house.clients.get(&provider.id).cloned())?;
        // A client id that was made for another issuer, or for a demo that has ended, is not sent to this one (UC-16).
        let stored = stored.filter(|client| client.issuer == issuer_of(provider));
        if let (Some(client), secret) = entered(provider, self.now(), client_id, client_secret) {
            let made = stored.is_some_and(|stored| stored.client_id.is_empty());
            if secret.is_some() || !made {
                return Ok((Some(client), secret));
            }
            // The key that was made ahead of the client id.
            let key = self.0.ports.vault.secret(&SecretOf::Client(provider.id.clone())).await?;
            return Ok((Some(ClientRegistration { has_secret: key.is_some(), ..client }), key));
        }
        match stored.filter(|stored| !stored.client_id.is_empty()) {
            Some(client) => {
                let credential = self.client_credential(provider).await?;
                Ok((Some(client), credential.client_secret))
            }
            None if provider.client.own_id => {
                Err(Error::InvalidRequest(refusals::NEEDS_CLIENT.with([("provider", &provider.name)])))
            }
            None => Ok((None, None)),
        }
    }
}

/// A client registration from what was just entered, if it was.
pub(super) fn entered(
    provider: &Provider,
    since: Timestamp,
    client_id: Option<String>,
    client_secret: Option<Secret<String>>,
) -> (Option<ClientRegistration>, Option<Secret<String>>) {
    let client_id = client_id.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
    let registration = |client_id| ClientRegistration {
        provider: provider.id.clone(),
        issuer: issuer_of(provider),
        client_id,
        has_secret: client_secret.is_some(),
        dynamic: false,
        redirect_uri: None,
        since,
        known: ClientFacts::default(),
    };
    (client_id.map(registration), client_secret)
}

/// Ways whose credential is not our client registration at the provider.
pub(super) const fn needs_no_client(way: SignInWay) -> bool {
    !matches!(way, SignInWay::Code | SignInWay::Device)
}

/// The issuer a client registration belongs to.
pub fn issuer_of(provider: &Provider) -> String {
    let endpoints = || provider.endpoints.as_ref().map(|endpoints| endpoints.token.clone());
    provider.issuer.clone().or_else(endpoints).unwrap_or_default()
}

/// Whether we registered ourselves at another issuer than the provider has now, as at a demo that has ended: what was got
/// there is not sent to this one (UC-16). A company's account needs no client.
pub fn is_registered_elsewhere(house: &House, account: &AccountId, provider: &Provider) -> bool {
    let company = house.accounts.get(account).is_some_and(|account| account.company().is_some());
    let elsewhere = |client: &ClientRegistration| client.dynamic && client.issuer != issuer_of(provider);
    !company && house.clients.get(&provider.id).is_some_and(elsewhere)
}
