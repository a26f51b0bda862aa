//! Client credentials (RFC 6749 §4.4): a program with a credential of its own gets a token where a consent stands. The
//! person is never asked: there may be nobody there.

use std::collections::BTreeSet;

use crate::{
    AccessRequest, AccountId, Authority, Broker, Consent, Delivery, Error, HandOut, KeyThumbprint, ScopeSet,
    flow::{hand_out::Along, weighing::Weighed},
    house::House,
};

impl Broker {
    /// Hands out what a standing consent covers. Without an account, the only one that the program was allowed; without
    /// scopes, all that it was allowed there. `key` is the key that was proven (RFC 9449 §5).
    ///
    /// # Errors
    /// [`Error::ConsentNeeded`] where no consent covers it, [`Error::InvalidRequest`] where it must name an account.
    pub async fn access_without_asking(
        &self,
        request: AccessRequest,
        key: Option<KeyThumbprint>,
    ) -> Result<HandOut, Error> {
        if !request.or_gateway {
            return self.access_as_wanted(request, key).await;
        }
        let gateway = AccessRequest { delivery: Delivery::Gateway, or_gateway: false, ..request.clone() };
        match self.access_as_wanted(request, key.clone()).await {
            // Nobody is asked: what was allowed for the gateway will do.
            Err(Error::ConsentNeeded(why)) => {
                Ok(self.access_as_wanted(gateway, key).await?.instead(Some(&why)))
            }
            outcome => outcome,
        }
    }

    async fn access_as_wanted(
        &self,
        request: AccessRequest,
        key: Option<KeyThumbprint>,
    ) -> Result<HandOut, Error> {
        let request = self.look(|house| self.completed(house, request))??;
        match self.look(|house| self.weigh(house, &request))?? {
            Weighed::Allowed(authority) => {
                self.hand_out_or_again(Authority { key, ..authority }, request.min_ttl).await
            }
            Weighed::PreApproved(authority, path) => {
                let given = self.pre_approved(authority, path, request.caller.fingerprint()).await?;
                self.hand_out(Authority { key, ..given }, Along::Nothing).await
            }
            Weighed::Ask(_) => Err(consent_needed(request.delivery)),
        }
    }

    fn completed(&self, house: &House, mut request: AccessRequest) -> Result<AccessRequest, Error> {
        let now = self.now();
        let account = match &request.account {
            Some(word) => house.account(word, Some(&request.provider)).map(|account| account.id.clone()),
            None => None,
        };
        let standing = |consent: &&Consent| {
            consent.app == request.app
                && consent.allows
                && consent.stands(now)
                && !consent.spent()
                && consent.delivery.covers(request.delivery)
                && account.as_ref().is_none_or(|account| consent.account == *account)
        };
        let consents: Vec<&Consent> = house.consents_of(&request.app).filter(standing).collect();
        if request.account.is_none() {
            request.account = Some(the_only_account(&consents, request.delivery)?.to_string());
        }
        if request.scopes.is_empty() {
            // One consent's and not the union: a token rests on one.
            let widest = consents.iter().max_by_key(|consent| consent.scopes.iter().count());
            request.scopes = widest.map_or_else(ScopeSet::default, |consent| consent.scopes.clone());
        }
        if request.scopes.is_empty() {
            return Err(consent_needed(request.delivery));
        }
        Ok(request)
    }
}

fn the_only_account<'a>(consents: &[&'a Consent], delivery: Delivery) -> Result<&'a AccountId, Error> {
    let accounts: BTreeSet<&AccountId> = consents.iter().map(|consent| &consent.account).collect();
    match accounts.first() {
        None => Err(consent_needed(delivery)),
        Some(only) if accounts.len() == 1 => Ok(only),
        Some(_) => {
            let names: Vec<&str> = accounts.into_iter().map(AccountId::as_str).collect();
            Err(Error::InvalidRequest(
                format!(
                    "Several accounts were allowed: name one of them as `account`: {}.",
                    names.join(", ")
                )
                .into(),
            ))
        }
    }
}

/// What a program does that may not go on without the person.
pub fn consent_needed(delivery: Delivery) -> Error {
    let what = match delivery {
        Delivery::Gateway => "this",
        Delivery::Release => "the release of the provider's token",
    };
    Error::ConsentNeeded(format!(
        "No standing consent of the person covers {what}. Ask them first, with POST /access, the device flow or the authorization endpoint, and let them allow it for longer than once."
    ).into())
}
