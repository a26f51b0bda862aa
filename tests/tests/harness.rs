//! The harness by itself: what the stories lean on must hold before Keylodge comes into it.

use std::process::{Command, Stdio};

use serde_json::json;
use stories::{Answered, Browser, Keyring, Pkce, Provider, http, until};
use url::Url;

/// A client that `oidc-provider` registered by itself.
async fn registered(provider: &Provider) -> String {
    let metadata = json!({
        "application_type": "native", "redirect_uris": ["http://127.0.0.1/cb"], "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
    });
    let answer = Answered::to(http().post(format!("{}/reg", provider.issuer)).json(&metadata)).await;
    answer.text("client_id")
}

fn authorize_url(provider: &Provider, client: &str, pkce: &Pkce) -> String {
    let scope = "openid offline_access photos:read";
    let pairs = [
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", "http://127.0.0.1:9/cb"),
        ("scope", scope),
        ("prompt", "consent"),
        ("code_challenge", &pkce.challenge),
        ("code_challenge_method", "S256"),
    ];
    Url::parse_with_params(&format!("{}/auth", provider.issuer), pairs).expect("an address").into()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_signs_a_person_in_and_rotates_refresh_tokens() {
    let provider = Provider::start();
    let (client, pkce) = (registered(&provider).await, Pkce::fresh());
    let callback = Browser::of("ana").walk(&authorize_url(&provider, &client, &pkce), true).await;
    let code = callback.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
    let token = format!("{}/token", provider.issuer);
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &client),
        ("code", &code),
        ("redirect_uri", "http://127.0.0.1:9/cb"),
        ("code_verifier", &pkce.verifier),
    ];
    let first = Answered::to(http().post(&token).form(&form)).await;
    let refresh = first.text("refresh_token");
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", client.as_str()),
        ("refresh_token", refresh.as_str()),
    ];
    let second = Answered::to(http().post(&token).form(&form)).await;
    assert_ne!(second.text("refresh_token"), refresh, "it rotates");
    let again = Answered::to(http().post(&token).form(&form)).await;
    assert_eq!(again.text("error"), "invalid_grant", "and refuses the old one");
    assert_eq!(provider.token_requests("refresh_token").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_can_say_no_at_the_provider() {
    let provider = Provider::start();
    let client = registered(&provider).await;
    let callback = Browser::of("ana").walk(&authorize_url(&provider, &client, &Pkce::fresh()), false).await;
    assert!(callback.query().is_some_and(|query| query.contains("error=access_denied")), "{callback}");
}

#[test]
fn the_keyring_keeps_a_secret_and_can_be_locked() {
    let mut keyring = Keyring::open();
    let tool = |keyring: &Keyring, arguments: &[&str]| {
        let mut tool = Command::new("dbus-send");
        tool.envs(keyring.environment()).args([
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.secrets",
        ]);
        let output = tool.args(arguments).stderr(Stdio::null()).output().expect("dbus-send");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let locked = [
        "/org/freedesktop/secrets/collection/login",
        "org.freedesktop.DBus.Properties.Get",
        "string:org.freedesktop.Secret.Collection",
        "string:Locked",
    ];
    until("the login collection is open", || tool(&keyring, &locked).contains("boolean false"));
    keyring.lock();
    assert!(tool(&keyring, &locked).contains("boolean true"));
}
