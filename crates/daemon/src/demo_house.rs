//! The embedded demo provider as an entry of the catalogue.

use broker::{
    Narrowing, Provider, ProviderId, Scope,
    provider::{Access, AccountFields, ApiRoute, ClientNeeds, Group, RedirectPolicy, Risk, ScopeEntry},
};

/// The demo provider's id.
pub const DEMO_PROVIDER: &str = "demo";

/// The catalogue entry of a demo provider that listens at `issuer`.
#[must_use]
pub fn demo_provider(issuer: &str) -> Provider {
    let issuer = issuer.trim_end_matches('/');
    Provider {
        id: ProviderId::from_text(DEMO_PROVIDER),
        name: "Demo provider".to_owned(),
        mark: "De".to_owned(),
        colour: "#7a5af8".to_owned(),
        group: Group::Demo,
        issuer: Some(issuer.to_owned()),
        issuer_is_template: false,
        endpoints: None,
        openid: true,
        client: ClientNeeds { dynamic: true, ..ClientNeeds::default() },
        redirect: RedirectPolicy::default(),
        authorize_parameters: std::collections::BTreeMap::new(),
        scope_delimiter: " ".to_owned(),
        scopes: scopes(),
        narrowing: vec![Narrowing::Refresh, Narrowing::GatewayRules],
        api: vec![ApiRoute { path: "/".to_owned(), base: format!("{issuer}/") }],
        account: AccountFields::default(),
        access_token_seconds: None,
        withdraw_page: None,
        limits: vec![
            "It lives inside Keylodge: nothing leaves this computer, and everything in it is made up."
                .to_owned(),
        ],
        guide: Vec::new(),
        private: true,
        template: None,
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
    ScopeEntry {
        scope: Scope::parse(scope).expect("the scopes above are legal"),
        aliases: Vec::new(),
        words: words.to_owned(),
        service: service.to_owned(),
        access,
        risk,
        preset: true,
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        partial: false,
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
