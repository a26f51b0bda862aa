//! Tokens exchanged for narrower ones (RFC 8693), and what their answers prove.

use broker::{ClientCredential, Narrowing, Provider, Upstream, UpstreamError, UpstreamTokens};
use serde_json::{Value, json};

use crate::provider::{Answer, Hostile, client, scopes, secret};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

fn exchanging(hostile: &Hostile) -> Provider {
    Provider { narrowing: vec![Narrowing::Exchange], ..hostile.plain() }
}

async fn exchanged(
    hostile: &Hostile,
    provider: &Provider,
    more: &Value,
) -> Result<UpstreamTokens, UpstreamError> {
    let mut answer = json!({ "access_token": "narrow-1", "token_type": "Bearer", "expires_in": 300 });
    for (name, value) in more.as_object().expect("members") {
        answer[name] = value.clone();
    }
    hostile.on("/token", Answer::json(&answer));
    let upstreams = hostile.upstreams();
    upstreams.exchange(provider, &client(), &secret("at-1"), &scopes("read")).await
}

#[tokio::test]
async fn oau_15_what_the_answer_proves_counts_and_not_what_was_asked() {
    let hostile = Hostile::start().await;
    let sure = exchanging(&hostile);
    let mut unsure = Provider { unsure_narrowing: vec![Narrowing::Exchange], ..sure.clone() };
    unsure.endpoints.as_mut().expect("endpoints").grant_types = vec![GRANT.to_owned()];
    let mut own = sure.clone();
    own.exchange.proof_member = Some("restricted_to".to_owned());
    for (provider, more, proves) in [
        (&sure, json!({ "scope": "read" }), Some("read")),
        (&sure, json!({}), Some("read")),
        (&sure, json!({ "scope": "read write" }), Some("read write")),
        (&sure, json!({ "access_token": "at-1", "scope": "read" }), None),
        (&unsure, json!({ "scope": "read" }), Some("read")),
        (&unsure, json!({}), None),
        (&own, json!({ "restricted_to": [{ "scope": "read", "object": { "id": "1" } }] }), Some("read")),
        (&own, json!({ "restricted_to": [{ "scope": "read" }, { "scope": "write" }] }), Some("read write")),
        (
            &own,
            json!({ "restricted_to": [{ "scope": "read", "object": { "type": "folder", "id": "1" } }] }),
            Some("read only:folder/1"),
        ),
        (
            &own,
            json!({ "restricted_to": [{ "scope": "read", "object": { "type": "folder", "id": "1" } }, { "scope": "write" }] }),
            Some("read write"),
        ),
        (&own, json!({ "restricted_to": [] }), None),
        (&own, json!({ "restricted_to": [{}] }), None),
        (&own, json!({ "scope": "read" }), None),
    ] {
        let tokens = exchanged(&hostile, provider, &more).await.expect("exchanged");
        assert_eq!(tokens.scopes, proves.map(scopes), "{more}");
        assert_eq!(tokens.expires_in, Some(300));
    }
    let seen = &hostile.seen("/token")[0];
    for (name, value) in [
        ("grant_type", GRANT),
        ("subject_token", "at-1"),
        ("subject_token_type", ACCESS_TOKEN),
        ("scope", "read"),
        ("client_id", "client-1"),
    ] {
        assert_eq!(seen.form(name).as_deref(), Some(value), "{name}");
    }
}

/// Box: `resource` names the one folder, and the answer says whether it was looked at.
#[tokio::test]
async fn oau_15_an_exchange_is_limited_to_one_thing_where_the_server_knows_how() {
    let hostile = Hostile::start().await;
    let plain = exchanging(&hostile);
    let mut limiting = plain.clone();
    limiting.exchange.proof_member = Some("restricted_to".to_owned());
    limiting.exchange.limit = Some(format!("{}/2.0/{{kind}}s/{{id}}", hostile.url("")));
    let on_folder = json!([{ "scope": "read", "object": { "type": "folder", "id": "77" } }]);
    let answer = json!({ "access_token": "n", "token_type": "bearer", "restricted_to": on_folder });
    hostile.on("/token", Answer::json(&answer));
    let upstreams = hostile.upstreams();
    let asked = scopes("read only:folder/77");
    let tokens = upstreams.exchange(&limiting, &client(), &secret("at-1"), &asked).await.expect("exchanged");
    assert_eq!(tokens.scopes, Some(asked.clone()));
    let seen = &hostile.seen("/token")[0];
    assert_eq!(seen.form("resource"), Some(hostile.url("/2.0/folders/77")));
    assert_eq!(seen.form("scope").as_deref(), Some("read"), "a limit is no scope of the provider's");
    for (provider, asked) in [
        (&plain, "read only:folder/77"),
        (&limiting, "read only:folder/77 only:folder/78"),
        (&limiting, "read only:folder/../../oauth2"),
        (&limiting, "read only:77"),
        (&limiting, "only:folder/77"),
    ] {
        let refused = upstreams.exchange(provider, &client(), &secret("at-1"), &scopes(asked)).await;
        assert!(matches!(refused, Err(UpstreamError::Refused { .. })), "{asked}: {refused:?}");
    }
    assert_eq!(hostile.seen("/token").len(), 1, "what cannot be had is not asked for");
}

#[tokio::test]
async fn an_exchange_for_something_else_is_no_exchange_and_brings_no_refresh_token() {
    let hostile = Hostile::start().await;
    let provider = exchanging(&hostile);
    let other = json!({ "issued_token_type": "urn:ietf:params:oauth:token-type:saml2" });
    assert!(exchanged(&hostile, &provider, &other).await.is_err());
    let usual = json!({ "issued_token_type": ACCESS_TOKEN, "refresh_token": "rt-2" });
    assert!(exchanged(&hostile, &provider, &usual).await.expect("exchanged").refresh_token.is_none());
}

#[tokio::test]
async fn an_exchange_that_cannot_be_had_is_not_asked_for() {
    let hostile = Hostile::start().await;
    let (mut elsewhere, mut secretive, mut parts) =
        (exchanging(&hostile), exchanging(&hostile), exchanging(&hostile));
    elsewhere.endpoints.as_mut().expect("endpoints").grant_types = vec!["refresh_token".to_owned()];
    secretive.exchange.needs_secret = true;
    parts.exchange.scopes = scopes("item").iter().cloned().collect();
    let unsaid = Provider { unsure_narrowing: vec![Narrowing::Exchange], ..exchanging(&hostile) };
    for provider in [&elsewhere, &secretive, &parts, &unsaid] {
        let refused = exchanged(&hostile, provider, &json!({})).await;
        assert!(matches!(refused, Err(UpstreamError::Refused { .. })), "{refused:?}");
    }
    assert!(hostile.seen("/token").is_empty());
    secretive.exchange.endpoint = Some(hostile.url("/exchange"));
    hostile.on(
        "/exchange",
        Answer::json(&json!({ "access_token": "n", "token_type": "bearer", "scope": "read" })),
    );
    let with_secret = ClientCredential { client_secret: Some(secret("s-1")), ..client() };
    let upstreams = hostile.upstreams();
    upstreams.exchange(&secretive, &with_secret, &secret("at-1"), &scopes("read")).await.expect("exchanged");
    assert!(hostile.seen("/exchange")[0].headers.contains_key("authorization"));
}
