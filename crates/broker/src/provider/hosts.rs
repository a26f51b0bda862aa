//! Where an entry leads: what the person looks at before they sign in to one that is not shipped.

use std::collections::BTreeSet;

use url::Url;

use super::{Endpoints, Provider};

/// The places of an entry, by what goes there: `host`, or `host:port` where the port is not the usual one. An address
/// that is not https keeps its scheme.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    /// Where the browser goes.
    pub sign_in: BTreeSet<String>,
    /// Where codes, tokens and client secrets go, or what vouches for them.
    pub secrets: BTreeSet<String>,
    /// What the gateway reaches with the person's access.
    pub api: BTreeSet<String>,
}

impl Provider {
    /// Where it leads.
    #[must_use]
    pub fn hosts(&self) -> Hosts {
        let issuer = self.issuer.as_deref();
        let authorization = self.endpoints.iter().map(|endpoints| endpoints.authorization.as_str());
        let own = [
            &self.redirect.address,
            &self.revocation.address,
            &self.exchange.endpoint,
            &self.exchange.scoped_api,
        ];
        let own = own.into_iter().flatten().map(String::as_str);
        let with_secrets = self.endpoints.iter().flat_map(Endpoints::taking_secrets).chain(own).chain(issuer);
        // Without endpoints they are discovered at the issuer.
        let discovered = issuer.filter(|_| self.endpoints.is_none());
        Hosts {
            sign_in: places(authorization.chain(discovered)),
            secrets: places(with_secrets),
            api: places(self.api.iter().map(|route| route.base.as_str())),
        }
    }

    /// Whether what is kept for `old` (client secrets, sign-ins) would go to places that it did not go to before.
    #[must_use]
    pub fn takes_secrets_elsewhere(&self, old: &Self) -> bool {
        self.issuer != old.issuer || !self.hosts().secrets.is_subset(&old.hosts().secrets)
    }
}

impl Endpoints {
    /// Every address among them.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.authorization.as_str()).chain(self.taking_secrets())
    }

    /// All but the one that the browser goes to.
    fn taking_secrets(&self) -> impl Iterator<Item = &str> {
        let optional = [
            &self.revocation,
            &self.userinfo,
            &self.jwks,
            &self.registration,
            &self.device_authorization,
            &self.introspection,
            &self.pushed_authorization_request,
        ];
        std::iter::once(self.token.as_str()).chain(optional.into_iter().filter_map(Option::as_deref))
    }
}

/// What is no address is named as it stands, so that it is seen.
fn places<'a>(addresses: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let place = |address: &str| {
        let origin = Url::parse(address).map(|url| url.origin().ascii_serialization());
        let origin = origin.unwrap_or_else(|_| address.to_owned());
        origin.strip_prefix("https://").unwrap_or(&origin).to_owned()
    };
    addresses.filter(|address| !address.is_empty()).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::ApiRoute;

    fn acme() -> Provider {
        Provider {
            endpoints: Some(Endpoints {
                authorization: "https://login.acme.example/authorize".to_owned(),
                token: "https://acme.example:8443/token".to_owned(),
                ..Endpoints::default()
            }),
            api: vec![ApiRoute::plain("/", "http://127.0.0.1:9/")],
            ..Provider::named("acme", "Acme")
        }
    }

    fn words(places: &BTreeSet<String>) -> Vec<&str> {
        places.iter().map(String::as_str).collect()
    }

    #[test]
    fn an_entry_says_where_it_leads() {
        let hosts = acme().hosts();
        assert_eq!(words(&hosts.sign_in), ["login.acme.example"]);
        assert_eq!(words(&hosts.secrets), ["acme.example:8443"]);
        assert_eq!(words(&hosts.api), ["http://127.0.0.1:9"]);
        let issuer = Provider { issuer: Some("https://id.example/t".to_owned()), endpoints: None, ..acme() };
        assert_eq!(words(&issuer.hosts().sign_in), ["id.example"]);
        assert_eq!(words(&issuer.hosts().secrets), ["id.example"]);
    }

    #[test]
    fn ups_10_any_further_place_for_secrets_is_told() {
        let with = |change: fn(&mut Endpoints)| {
            let mut entry = acme();
            entry.endpoints.iter_mut().for_each(change);
            entry
        };
        assert!(!acme().takes_secrets_elsewhere(&acme()));
        assert!(
            !with(|to| to.token = "https://acme.example:8443/v2/token".into())
                .takes_secrets_elsewhere(&acme())
        );
        assert!(with(|to| to.token = "https://acme.example/token".into()).takes_secrets_elsewhere(&acme()));
        assert!(
            with(|to| to.token = "http://acme.example:8443/token".into()).takes_secrets_elsewhere(&acme())
        );
        assert!(
            with(|to| to.revocation = Some("https://evil.example/".into())).takes_secrets_elsewhere(&acme())
        );
        assert!(
            with(|to| to.userinfo = Some("https://evil.example/".into())).takes_secrets_elsewhere(&acme())
        );
        let mut exchange = acme();
        exchange.exchange.endpoint = Some("https://evil.example/".to_owned());
        assert!(exchange.takes_secrets_elsewhere(&acme()));
        let issuer = Provider { issuer: Some("https://acme.example:8443/other".to_owned()), ..acme() };
        assert!(issuer.takes_secrets_elsewhere(&acme()));
    }
}
