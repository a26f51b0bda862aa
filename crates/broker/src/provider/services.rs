//! Providers whose tokens are each for one of several services (Microsoft): which scope is for which.

use std::collections::BTreeSet;

use super::Provider;
use crate::{Scope, ScopeSet};

impl Provider {
    /// The services that these scopes are for, where each token is for one; empty where the provider has no such thing.
    #[must_use]
    pub fn services(&self, scopes: &ScopeSet) -> BTreeSet<String> {
        scopes.iter().filter_map(|scope| self.service_of(scope)).collect()
    }

    /// What of these is for one service, with what is for none of them.
    #[must_use]
    pub fn of_service(&self, scopes: &ScopeSet, service: &str) -> ScopeSet {
        let fits = |scope: &&Scope| self.service_of(scope).is_none_or(|of| of == service);
        scopes.iter().filter(fits).cloned().collect()
    }

    /// Where scopes reach several services: the one that tokens for the gateway are for. That of scopes without a prefix, if
    /// it is among them.
    #[must_use]
    pub fn main_service(&self, scopes: &ScopeSet) -> Option<String> {
        let services = self.services(scopes);
        let usual = self.scope_service.clone().filter(|usual| services.contains(usual));
        if services.len() < 2 { None } else { usual.or_else(|| services.into_iter().next()) }
    }

    /// What a sign-in has: what its token can do, and what was asked for services that this token is not for.
    #[must_use]
    pub fn granted_of(&self, asked: &ScopeSet, granted: &ScopeSet) -> ScopeSet {
        let granted = self.canonical(granted);
        let here = self.services(&granted);
        let elsewhere = |scope: &&Scope| self.service_of(scope).is_some_and(|of| !here.contains(&of));
        let more = if here.is_empty() {
            ScopeSet::default()
        } else {
            asked.iter().filter(elsewhere).cloned().collect()
        };
        granted.union(&more)
    }

    /// The service of a scope: what stands before its last `/` where it is an address, and else the usual one. Who the
    /// person is can be asked of all.
    fn service_of(&self, scope: &Scope) -> Option<String> {
        let usual = self.scope_service.as_ref()?;
        let of_none = ["openid", "profile", "email", "offline_access"].contains(&scope.as_str());
        if of_none || scope.limit().is_some() {
            return None;
        }
        let address = scope.as_str().contains("://").then(|| scope.as_str().rsplit_once('/')).flatten();
        Some(address.map_or_else(|| usual.clone(), |(service, _)| service.trim_end_matches('/').to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> ScopeSet {
        ScopeSet::parse(text).expect("legal")
    }

    #[test]
    fn a_scope_is_for_the_service_that_it_names_and_else_for_the_usual_one() {
        let usual = "https://graph.example".to_owned();
        let provider = Provider { scope_service: Some(usual.clone()), ..Provider::named("acme", "Acme") };
        let mixed = set("openid Mail.Read https://graph.example/Files.Read https://mail.example/IMAP");
        assert_eq!(provider.services(&mixed), [usual.clone(), "https://mail.example".to_owned()].into());
        assert_eq!(provider.main_service(&mixed), Some(usual.clone()));
        assert_eq!(
            provider.of_service(&mixed, "https://mail.example"),
            set("openid https://mail.example/IMAP")
        );
        assert_eq!(provider.main_service(&set("openid Mail.Read")), None, "one service only");
        assert_eq!(provider.services(&set("openid offline_access only:x")).len(), 0);
        assert!(Provider::named("acme", "Acme").services(&mixed).is_empty(), "most have no such thing");
    }

    #[test]
    fn a_sign_in_has_what_it_asked_for_services_that_its_first_token_is_not_for() {
        let provider = Provider {
            scope_service: Some("https://graph.example".to_owned()),
            ..Provider::named("acme", "Acme")
        };
        let asked = set("Mail.Read Mail.Send https://mail.example/IMAP");
        assert_eq!(
            provider.granted_of(&asked, &set("Mail.Read")),
            set("Mail.Read https://mail.example/IMAP")
        );
        assert_eq!(
            provider.granted_of(&asked, &set("openid")),
            set("openid"),
            "a token for nothing proves nothing"
        );
        let other = Provider::named("acme", "Acme");
        assert_eq!(other.granted_of(&asked, &set("Mail.Read")), set("Mail.Read"));
    }
}
