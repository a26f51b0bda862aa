//! The authorization request, the code exchange, and who signed in.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use broker::{
    ClientCredential, Provider, SignInPlan, Upstream, UpstreamError,
    provider::{Access, RedirectWay, ScopeEntry},
};
use providers::Upstreams;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::provider::{
    Answer, Hostile, back, begin, finish, good, has_parameter, parameter, plan, scopes, secret,
};

async fn signed_in(upstreams: &Upstreams, provider: Provider) -> broker::SignedIn {
    let under_way = begin(upstreams, provider, "read").await;
    let query = good(&under_way);
    finish(under_way, &query).await.expect("signed in")
}

#[tokio::test]
async fn uc_02_the_verifier_stays_here_until_the_exchange() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let under_way = begin(&hostile.upstreams(), hostile.plain(), "read write").await;
    let url = under_way.authorize_url.clone();
    assert_eq!(parameter(&url, "code_challenge_method"), "S256");
    assert_eq!(parameter(&url, "response_type"), "code");
    assert_eq!(parameter(&url, "client_id"), "client-1");
    assert_eq!(parameter(&url, "scope"), "read write");
    assert_eq!(parameter(&url, "state").len(), 43);
    let query = good(&under_way);
    finish(under_way, &query).await.expect("signed in");
    let verifier = hostile.seen("/token")[0].form("code_verifier").expect("a verifier");
    assert_eq!(verifier.len(), 43);
    assert!(!url.as_str().contains(&verifier));
    assert_eq!(URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier)), parameter(&url, "code_challenge"));
}

#[tokio::test]
async fn uc_13_the_redirect_address_is_repeated_byte_for_byte() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let under_way = begin(&hostile.upstreams(), hostile.plain(), "read").await;
    let (asked, bound) = (parameter(&under_way.authorize_url, "redirect_uri"), back(&under_way));
    let query = good(&under_way);
    finish(under_way, &query).await.expect("signed in");
    let seen = &hostile.seen("/token")[0];
    assert_eq!(seen.form("redirect_uri").as_deref(), Some(asked.as_str()));
    assert_eq!(asked, bound.as_str());
    assert_eq!(seen.form("grant_type").as_deref(), Some("authorization_code"));
}

#[tokio::test]
async fn uc_14_one_way_of_client_authentication_and_form_encoded_before_base64() {
    let odd = ClientCredential {
        client_id: "id:%+ü".to_owned(),
        client_secret: Some(secret("s:%+ é/")),
        proof_key: None,
    };
    for (methods, basic) in [
        (&[][..], true),
        (&["client_secret_basic"], true),
        (&["client_secret_post", "client_secret_basic"], true),
        (&["client_secret_post"], false),
    ] {
        let hostile = Hostile::start().await;
        hostile.give_plain();
        let mut provider = hostile.plain();
        let endpoints = provider.endpoints.as_mut().expect("endpoints");
        endpoints.token_auth_methods = methods.iter().map(|m| (*m).to_owned()).collect();
        hostile.upstreams().refresh(&provider, &odd, &secret("rt-1"), None).await.expect("refreshed");
        let seen = &hostile.seen("/token")[0];
        if basic {
            let expected = STANDARD.encode("id%3A%25%2B%C3%BC:s%3A%25%2B+%C3%A9%2F");
            assert_eq!(seen.headers["authorization"], format!("Basic {expected}"));
            assert!(seen.form("client_secret").is_none() && seen.form("client_id").is_none());
        } else {
            assert!(!seen.headers.contains_key("authorization"));
            assert_eq!(seen.form("client_secret").as_deref(), Some("s:%+ é/"));
            assert_eq!(seen.form("client_id").as_deref(), Some("id:%+ü"));
        }
    }
}

#[tokio::test]
async fn uc_14_a_public_client_sends_its_id_and_no_secret() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    signed_in(&hostile.upstreams(), hostile.plain()).await;
    let seen = &hostile.seen("/token")[0];
    assert_eq!(seen.form("client_id").as_deref(), Some("client-1"));
    assert!(!seen.headers.contains_key("authorization") && !seen.body.contains("client_secret"));
    assert_eq!(seen.headers["accept"], "application/json");
}

#[tokio::test]
async fn uc_28_offline_access_is_asked_for_as_each_provider_wants_it() {
    let hostile = Hostile::start().await;
    let upstreams = hostile.upstreams();
    let url = begin(&upstreams, hostile.openid(), "openid offline_access").await.authorize_url;
    assert_eq!(parameter(&url, "prompt"), "consent");
    let url = begin(&upstreams, hostile.openid(), "openid").await.authorize_url;
    assert!(!has_parameter(&url, "prompt") && has_parameter(&url, "nonce"));
    let begins = |entry: &Provider| {
        entry.endpoints.is_some() && !entry.is_form() && entry.redirect.way == RedirectWay::Loopback
    };
    for provider in upstreams.catalogue().into_iter().filter(begins) {
        let preset = provider.preset();
        let mut known = provider.authorize_parameters.clone();
        known.extend(provider.offline.parameters.clone());
        let mut plan = plan(provider, "");
        plan.scopes = preset;
        let url = upstreams.begin_sign_in(plan).await.expect("begun").authorize_url;
        for (name, value) in known {
            assert_eq!(parameter(&url, &name), value);
        }
    }
    let google =
        upstreams.catalogue().into_iter().find(|entry| entry.id.as_str() == "google").expect("google");
    let url = begin(&upstreams, google, "email").await.authorize_url;
    assert_eq!(
        (parameter(&url, "access_type"), parameter(&url, "prompt")),
        ("offline".into(), "consent".into())
    );
}

#[tokio::test]
async fn uc_18_openid_is_added_for_us_and_is_no_over_grant() {
    let hostile = Hostile::start().await;
    let under_way = begin(&hostile.upstreams(), hostile.openid(), "read offline_access").await;
    assert_eq!(parameter(&under_way.authorize_url, "scope"), "offline_access openid read");
    let id_token = hostile.key.sign(&hostile.claims(&under_way));
    hostile.on(
        "/token",
        Answer::json(&json!({
            "access_token": "at-1", "token_type": "bearer", "refresh_token": "rt-1", "id_token": id_token,
            "scope": "openid read extra",
        })),
    );
    let query = good(&under_way);
    let signed_in = finish(under_way, &query).await.expect("signed in");
    // A refresh token shows that offline access was granted, although the answer does not name it.
    assert_eq!(signed_in.tokens.scopes, Some(scopes("extra offline_access read")));
}

#[tokio::test]
async fn uc_18_aliases_come_back_in_catalogue_spelling() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let mut provider = hostile.plain();
    provider.scopes = vec![ScopeEntry {
        aliases: vec![broker::Scope::parse("https://mock.example/auth/email").expect("a scope")],
        ..ScopeEntry::plain(broker::Scope::parse("email").expect("a scope"), "", "", Access::Identity)
    }];
    hostile.on("/token", Answer::json(&json!({
        "access_token": "at-1", "token_type": "bearer", "expires_in": 1, "scope": "read https://mock.example/auth/email",
    })));
    let signed_in = signed_in(&hostile.upstreams(), provider).await;
    assert_eq!(signed_in.tokens.scopes, Some(scopes("email read")));
}

#[tokio::test]
async fn scopes_travel_with_the_provider_s_own_delimiter() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let mut provider = hostile.plain();
    provider.scope_delimiter = ",".to_owned();
    let under_way = begin(&hostile.upstreams(), provider.clone(), "a b").await;
    assert_eq!(parameter(&under_way.authorize_url, "scope"), "a,b");
    let narrower = scopes("a b");
    let client = crate::provider::client();
    hostile
        .upstreams()
        .refresh(&provider, &client, &secret("rt-1"), Some(&narrower))
        .await
        .expect("refreshed");
    hostile.upstreams().refresh(&provider, &client, &secret("rt-1"), None).await.expect("refreshed");
    let seen = hostile.seen("/token");
    assert_eq!(seen[0].form("scope").as_deref(), Some("a,b"));
    assert_eq!(seen[0].form("grant_type").as_deref(), Some("refresh_token"));
    assert_eq!(seen[0].form("refresh_token").as_deref(), Some("rt-1"));
    assert_eq!(seen[1].form("scope"), None);
}

#[tokio::test]
async fn accounts_are_told_by_the_members_that_the_catalogue_names() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let mut provider = hostile.plain();
    provider.account.id = vec!["id".to_owned()];
    provider.account.name = vec!["login".to_owned()];
    hostile.on("/userinfo", Answer::json(&json!({ "id": 583_231, "login": "octo\u{202e}cat\u{7}" })));
    let signed_in = signed_in(&hostile.upstreams(), provider.clone()).await;
    assert_eq!((signed_in.subject.as_str(), signed_in.name.as_str()), ("583231", "octocat"));
    // Without the member that tells accounts apart nothing is signed in (OAU-19).
    hostile.on("/userinfo", Answer::json(&json!({ "login": "octocat" })));
    let under_way = begin(&hostile.upstreams(), provider, "read").await;
    let query = good(&under_way);
    assert!(matches!(finish(under_way, &query).await, Err(UpstreamError::Misbehaved { .. })));
}

#[tokio::test]
async fn some_servers_tell_the_account_in_the_token_answer() {
    let hostile = Hostile::start().await;
    let mut provider = hostile.plain();
    provider.endpoints.as_mut().expect("endpoints").userinfo = None;
    provider.account.id = vec!["user.id".to_owned()];
    hostile.on("/token", Answer::json(&json!({
        "access_token": "at-1", "token_type": "bearer", "expires_in": 60, "user": { "id": 7 }, "name": "Ada",
    })));
    let signed_in = signed_in(&hostile.upstreams(), provider).await;
    assert_eq!((signed_in.subject.as_str(), signed_in.name.as_str()), ("7", "Ada"));
}

#[tokio::test]
async fn a_token_without_an_end_is_kept_and_asked_about() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    hostile.on("/token", Answer::json(&json!({ "access_token": "at-1", "token_type": "bearer" })));
    let (upstreams, provider, client) = (hostile.upstreams(), hostile.plain(), crate::provider::client());
    let tokens = signed_in(&upstreams, provider.clone()).await.tokens;
    let kept = tokens.refresh_token.expect("kept");
    let again = upstreams.refresh(&provider, &client, &kept, None).await.expect("still good");
    assert_eq!(again.access_token.expose(), "at-1");
    assert_eq!(hostile.seen("/token").len(), 1);
    assert!(upstreams.refresh(&provider, &client, &kept, Some(&scopes("a"))).await.is_err());
    hostile.on("/userinfo", Answer::status(401, &json!({})));
    let error = upstreams.refresh(&provider, &client, &kept, None).await.expect_err("withdrawn");
    assert!(matches!(error, UpstreamError::Refused { code, .. } if code == "invalid_grant"));
    hostile.on("/revoke", Answer::status(200, &json!({})));
    assert!(upstreams.revoke(&provider, &client, &kept).await.expect("revoked"));
    let seen = &hostile.seen("/revoke")[0];
    assert_eq!(seen.form("token").as_deref(), Some("at-1"));
    assert_eq!(seen.form("token_type_hint").as_deref(), Some("access_token"));
}

#[tokio::test]
async fn without_a_client_id_and_without_registration_it_says_so() {
    let hostile = Hostile::start().await;
    let plan = SignInPlan { client: None, ..plan(hostile.plain(), "read") };
    let error = hostile.upstreams().begin_sign_in(plan).await.err().expect("no client id");
    assert!(matches!(error, UpstreamError::Unusable(_)), "{error}");
}

#[tokio::test]
async fn loc_12_the_address_is_ours_before_the_browser_opens_and_a_taken_port_never_costs_pkce() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let (taken, free) =
        (std::net::TcpListener::bind("127.0.0.1:0"), std::net::TcpListener::bind("127.0.0.1:0"));
    let (taken, free) = (taken.expect("a port"), free.expect("a port"));
    let port = |listener: &std::net::TcpListener| listener.local_addr().expect("an address").port();
    let (taken_port, free_port) = (port(&taken), port(&free));
    drop(free);
    let mut provider = hostile.plain();
    provider.redirect.host = "127.0.0.1".to_owned();
    provider.redirect.ports = vec![taken_port, free_port];
    let under_way = begin(&hostile.upstreams(), provider, "read").await;
    assert_eq!(back(&under_way).port(), Some(free_port), "the next one");
    assert_eq!(parameter(&under_way.authorize_url, "code_challenge_method"), "S256");
    let stolen = std::net::TcpListener::bind(("127.0.0.1", free_port));
    assert!(stolen.is_err(), "nobody can take it once the browser knows it");
}
