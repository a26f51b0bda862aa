//! The embedded demo provider as an entry of the catalogue.

use broker::{
    Narrowing, Provider, Scope,
    provider::{Access, AccessRevocation, ApiRoute, ClientNeeds, Group, Revocation, Risk, ScopeEntry},
};

/// The demo provider's id.
pub const DEMO_PROVIDER: &str = "demo";

/// The catalogue entry of a demo provider that listens at `issuer`.
#[must_use]
pub fn demo_provider(issuer: &str) -> Provider {
    let issuer = issuer.trim_end_matches('/');
    Provider {
        mark: "De".to_owned(),
        colour: "#7a5af8".to_owned(),
        group: Group::Demo,
        issuer: Some(issuer.to_owned()),
        openid: true,
        client: ClientNeeds { dynamic: true, ..ClientNeeds::default() },
        scopes: scopes(),
        narrowing: vec![Narrowing::Refresh, Narrowing::GatewayRules],
        revocation: Revocation { access_token: AccessRevocation::Alone, ..Revocation::default() },
        api: vec![ApiRoute::plain("/", &format!("{issuer}/"))],
        limits: vec![
            "It lives inside Keylodge: nothing leaves this computer, and everything in it is made up."
                .to_owned(),
        ],
        private: true,
        ..Provider::named(DEMO_PROVIDER, "Demo provider")
    }
}

fn scopes() -> Vec<ScopeEntry> {
    use {
        Access::{Identity, Read, Write},
        Risk::{High, Low, Medium},
    };
    vec![
        entry("openid", "Know that it is you", "Profile", (Identity, Low), &["/userinfo"]),
        entry("profile", "See your name", "Profile", (Identity, Low), &["/api/profile", "/userinfo"]),
        entry("offline_access", "Stay signed in while you are away", "Profile", (Identity, Low), &[]),
        entry("photos.read", "Look at your photos", "Photos", (Read, Medium), &["/api/photos"]),
        entry("photos.write", "Add and change your photos", "Photos", (Write, High), &["/api/photos"]),
        entry("calendar.read", "Look at your calendar", "Calendar", (Read, Medium), &["/api/calendar"]),
    ]
}

fn entry(
    scope: &str,
    words: &str,
    service: &str,
    (access, risk): (Access, Risk),
    paths: &[&str],
) -> ScopeEntry {
    let scope = Scope::parse(scope).expect("the scopes above are legal");
    ScopeEntry {
        risk,
        preset: true,
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        ..ScopeEntry::plain(scope, words, service, access)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_of_the_demo_can_be_asked_for() {
        let provider = demo_provider("http://127.0.0.1:1/");
        assert_eq!(provider.preset().iter().count(), 6);
        assert_eq!(provider.api[0].base, "http://127.0.0.1:1/");
    }
}
