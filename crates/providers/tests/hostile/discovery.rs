//! Issuers that lie about who they are and where they are.

use std::{net::IpAddr, sync::Arc, sync::Mutex};

use async_trait::async_trait;
use broker::{Provider, Upstream, UpstreamError};
use providers::Names;
use serde_json::{Value, json};

use crate::provider::{Answer, Hostile, entry, is_misbehaved, plan};

const OIDC: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

fn metadata(hostile: &Hostile, issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": hostile.url("/authorize"),
        "token_endpoint": hostile.url("/token"),
        "revocation_endpoint": hostile.url("/revoke"),
        "registration_endpoint": hostile.url("/register"),
        "userinfo_endpoint": hostile.url("/oidc/me"),
        "jwks_uri": hostile.url("/jwks"),
        "code_challenge_methods_supported": ["plain", "S256"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "scopes_supported": ["openid", "email", "offline_access", "api:all"],
        "authorization_response_iss_parameter_supported": true,
    })
}

fn own(issuer: &str) -> Provider {
    Provider { issuer: Some(issuer.to_owned()), ..entry() }
}

#[tokio::test]
async fn dm_03_the_three_places_are_tried_in_order() {
    let places = [
        "/.well-known/oauth-authorization-server/realms/x",
        "/.well-known/openid-configuration/realms/x",
        "/realms/x/.well-known/openid-configuration",
    ];
    for (index, place) in places.iter().enumerate() {
        let hostile = Hostile::start().await;
        let issuer = hostile.url("/realms/x");
        hostile.on(place, Answer::json(&metadata(&hostile, &issuer)));
        let examined = hostile.upstreams().examine(own(&issuer)).await.expect(place);
        assert_eq!(examined.endpoints.expect("endpoints").token, hostile.url("/token"));
        assert_eq!(hostile.paths(), places[..=index], "{place}");
    }
}

#[tokio::test]
async fn dm_03_everything_that_can_be_known_is_filled_in() {
    let hostile = Hostile::start().await;
    hostile.on(OIDC, Answer::json(&metadata(&hostile, &hostile.base)));
    let examined = hostile.upstreams().examine(own(&format!("  {} ", hostile.base))).await.expect("examined");
    assert_eq!(examined.issuer.as_deref(), Some(hostile.base.as_str()));
    assert!(examined.openid && examined.private && examined.client.dynamic && !examined.client.own_id);
    assert_eq!(examined.api[0].base, format!("{}/", hostile.base));
    let scopes: Vec<&str> = examined.scopes.iter().map(|entry| entry.scope.as_str()).collect();
    assert_eq!(scopes, ["openid", "email", "offline_access"]);
    assert_eq!(examined.scopes[0].paths, ["/oidc/me"]);
    assert!(examined.scopes[2].paths.is_empty());
    assert_eq!(examined.preset().to_string(), "email offline_access openid");
    let endpoints = examined.endpoints.expect("endpoints");
    assert!(endpoints.sends_iss && endpoints.pkce_s256);
    assert!(endpoints.scopes_supported.contains(&"api:all".to_owned()));
}

#[tokio::test]
async fn dm_02_metadata_of_another_issuer_is_not_used() {
    let hostile = Hostile::start().await;
    let upper = hostile.base.replace("http", "HTTP");
    for named in
        ["https://evil.example", &format!("{}/", hostile.base), &upper, "", &format!("{} ", hostile.base)]
    {
        hostile.on(OIDC, Answer::json(&metadata(&hostile, named)));
        let error = hostile.upstreams().examine(own(&hostile.base)).await.expect_err(named);
        assert!(is_misbehaved(&error), "{named}: {error}");
    }
    // A slash that was typed must be named, too, and one that was not must not.
    hostile.on(OIDC, Answer::json(&metadata(&hostile, &hostile.base)));
    let error = hostile.upstreams().examine(own(&format!("{}/", hostile.base))).await.expect_err("slash");
    assert!(error.to_string().contains(&format!("“{}”", hostile.base)), "{error}");
    let mut nameless = metadata(&hostile, "x");
    nameless.as_object_mut().expect("an object").remove("issuer");
    hostile.on(OIDC, Answer::json(&nameless));
    assert!(hostile.upstreams().examine(own(&hostile.base)).await.is_err());
}

#[tokio::test]
async fn uc_30_without_s256_it_goes_no_further_unless_overridden() {
    let hostile = Hostile::start().await;
    for methods in [json!(null), json!([]), json!(["plain"]), json!("S256"), json!(["s256"])] {
        let mut answer = metadata(&hostile, &hostile.base);
        answer["code_challenge_methods_supported"] = methods.clone();
        hostile.on(OIDC, Answer::json(&answer));
        let error = hostile.upstreams().examine(own(&hostile.base)).await.expect_err("no PKCE");
        assert!(matches!(error, UpstreamError::Unusable(_)), "{methods}");
        let mut vouched = own(&hostile.base);
        vouched.client.pkce_unproven = true;
        assert!(hostile.upstreams().examine(vouched).await.is_ok(), "{methods}");
    }
}

#[tokio::test]
async fn dm_07_ups_08_endpoints_that_are_no_https_addresses_are_refused() {
    let hostile = Hostile::start().await;
    let odd = [
        "http://evil.example/token",
        "file:///etc/passwd",
        "$(calc)",
        "--flag",
        "javascript:alert(1)",
        "\\\\host\\share",
    ];
    for member in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "revocation_endpoint",
        "registration_endpoint",
    ] {
        for address in odd {
            let mut answer = metadata(&hostile, &hostile.base);
            answer[member] = address.into();
            hostile.on(OIDC, Answer::json(&answer));
            assert!(hostile.upstreams().examine(own(&hostile.base)).await.is_err(), "{member} {address}");
        }
    }
    assert_eq!(hostile.paths().iter().filter(|path| *path == "/token").count(), 0);
}

#[tokio::test]
async fn ups_08_a_sign_in_hands_no_strange_address_to_the_browser() {
    let hostile = Hostile::start().await;
    for address in [
        "file:///etc/passwd",
        "$(calc)",
        "--flag",
        "http://evil.example/",
        "https://a@evil.example/",
        "data:text/html,x",
    ] {
        let mut provider = hostile.plain();
        provider.endpoints.as_mut().expect("endpoints").authorization = address.to_owned();
        assert!(hostile.upstreams().begin_sign_in(plan(provider, "read")).await.is_err(), "{address}");
    }
}

#[tokio::test]
async fn dm_08_ups_02_ups_04_bad_documents_are_refused() {
    let hostile = Hostile::start().await;
    let good = metadata(&hostile, &hostile.base).to_string();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let twice = good.replacen('{', "{\"issuer\":\"https://evil.example\",", 1);
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(300 * 1024));
    let gzip = Answer::Whole(
        200,
        vec![("content-type", "application/json".to_owned()), ("content-encoding", "gzip".to_owned())],
        vec![0x1f, 0x8b, 8, 0],
    );
    for (name, answer) in [
        ("html", Answer::text(200, "text/html", &good)),
        ("text", Answer::text(200, "text/plain", &good)),
        ("no kind", Answer::Whole(200, Vec::new(), good.clone().into_bytes())),
        ("deep", Answer::text(200, "application/json", &format!("{{\"x\":{deep}}}"))),
        ("twice", Answer::text(200, "application/json", &twice)),
        ("large", Answer::text(200, "application/json", &large)),
        ("endless", Answer::Endless),
        ("empty", Answer::text(200, "application/json", "")),
        ("array", Answer::text(200, "application/json", "[]")),
        ("gzip", gzip),
        ("redirect", Answer::redirect(302, &hostile.url("/elsewhere"))),
    ] {
        hostile.on(OIDC, answer);
        let error = hostile.upstreams().examine(own(&hostile.base)).await.expect_err(name);
        assert!(is_misbehaved(&error), "{name}: {error}");
    }
    assert!(hostile.seen("/elsewhere").is_empty());
    hostile.on(OAUTH, Answer::json(&metadata(&hostile, &hostile.base)));
    assert!(hostile.upstreams().examine(own(&hostile.base)).await.is_ok());
}

/// A resolver that says one thing first and another after.
struct Rebinding(Mutex<Vec<Vec<IpAddr>>>);

#[async_trait]
impl Names for Rebinding {
    async fn addresses(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        let mut answers = self.0.lock().expect("unpoisoned");
        Ok(if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() })
    }
}

fn resolving(answers: &[&[&str]]) -> Arc<Rebinding> {
    let parse = |list: &&[&str]| list.iter().map(|ip| ip.parse().expect("an address")).collect();
    Arc::new(Rebinding(Mutex::new(answers.iter().map(parse).collect())))
}

#[tokio::test]
async fn dm_07_ups_01_a_name_that_leads_inside_is_not_called() {
    let hostile = Hostile::start().await;
    for ip in
        ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:127.0.0.1", "fd00::1", "64:ff9b::7f00:1"]
    {
        let upstreams = hostile.builder().names(resolving(&[&[ip]])).build();
        let issuer = hostile.base.replace("http://127.0.0.1", "https://issuer.example");
        let provider = Provider { private: false, ..own(&issuer) };
        let error = upstreams.examine(provider).await.expect_err(ip);
        assert!(
            matches!(&error, UpstreamError::Unusable(why) if why.contains("private network")),
            "{ip}: {error}"
        );
    }
    assert!(hostile.paths().is_empty());
}

#[tokio::test]
async fn ups_01_each_call_checks_the_name_anew() {
    let hostile = Hostile::start().await;
    let mut provider = Provider { private: false, ..hostile.plain() };
    let endpoints = provider.endpoints.as_mut().expect("endpoints");
    endpoints.token = hostile.url("/token").replace("http://127.0.0.1", "https://issuer.example");
    // A documentation address first, which never answers as public; then this machine.
    let upstreams =
        hostile.builder().names(resolving(&[&["203.0.113.1", "127.0.0.1"], &["127.0.0.1"]])).build();
    for _ in 0..2 {
        let error = upstreams
            .refresh(&provider, &crate::provider::client(), &crate::provider::secret("rt-1"), None)
            .await
            .expect_err("inside");
        assert!(is_misbehaved(&error), "{error}");
    }
    assert!(hostile.paths().is_empty());
}

#[tokio::test]
async fn ups_01_literal_addresses_inside_are_not_called() {
    let hostile = Hostile::start().await;
    for issuer in
        ["https://169.254.169.254/", "https://0xa9fea9fe/", "https://[::ffff:10.0.0.1]/", "http://10.0.0.1/"]
    {
        let provider = Provider { private: false, ..own(issuer) };
        let error = hostile.upstreams().examine(provider).await.expect_err(issuer);
        assert!(matches!(error, UpstreamError::Unusable(_)), "{issuer}: {error}");
    }
}

#[tokio::test]
async fn endpoints_are_discovered_when_needed_and_remembered_for_an_hour() {
    let hostile = Hostile::start().await;
    hostile.on(OIDC, Answer::json(&metadata(&hostile, &hostile.base)));
    let upstreams = hostile.upstreams();
    for _ in 0..3 {
        upstreams.begin_sign_in(plan(own(&hostile.base), "openid")).await.expect("begun");
    }
    assert_eq!(hostile.seen(OIDC).len(), 1);
    hostile.clock.0.fetch_add(3601, std::sync::atomic::Ordering::SeqCst);
    upstreams.begin_sign_in(plan(own(&hostile.base), "openid")).await.expect("begun");
    assert_eq!(hostile.seen(OIDC).len(), 2);
}

#[tokio::test]
async fn ups_10_endpoints_do_not_move_to_another_host() {
    let hostile = Hostile::start().await;
    hostile.on(OIDC, Answer::json(&metadata(&hostile, &hostile.base)));
    let examined = hostile.upstreams().examine(own(&hostile.base)).await.expect("examined");
    let mut moved = metadata(&hostile, &hostile.base);
    moved["token_endpoint"] = "https://evil.example/token".into();
    hostile.on(OIDC, Answer::json(&moved));
    let error = hostile.upstreams().examine(examined).await.expect_err("moved");
    assert!(error.to_string().contains("another host"), "{error}");
}

#[tokio::test]
async fn what_was_entered_is_checked_by_hand_too() {
    let hostile = Hostile::start().await;
    let mut provider = hostile.plain();
    provider.private = false;
    let examined = hostile.upstreams().examine(provider.clone()).await.expect("loopback was typed");
    assert!(examined.private && examined.client.own_id);
    provider.endpoints.as_mut().expect("endpoints").token = "http://issuer.example/token".to_owned();
    assert!(matches!(hostile.upstreams().examine(provider).await, Err(UpstreamError::Unusable(_))));
    assert!(matches!(hostile.upstreams().examine(entry()).await, Err(UpstreamError::Unusable(_))));
}
