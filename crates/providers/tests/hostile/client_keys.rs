//! Clients that prove themselves by a private key (RFC 7523), and what access is for (RFC 8707).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use broker::{
    ClientCredential, Provider, Secret, Upstream, UpstreamError,
    provider::{ClientAuthentication, SignedSecret},
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::Jwk};
use providers::Upstreams;
use serde_json::{Value, json};

use crate::provider::{Answer, Hostile, NOW, Seen, begin, finish, good, plan, secret};

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn with_key(upstreams: &Upstreams) -> (ClientCredential, Jwk) {
    let key = upstreams.make_key().expect("a key");
    let public = upstreams.public_key(&key).expect("its public half");
    let client =
        ClientCredential { client_id: "client-1".to_owned(), client_secret: Some(key), proof_key: None };
    (client, serde_json::from_str(&public).expect("a JWK"))
}

/// Checks the signature; gives the claims.
fn claims(token: &str, key: &Jwk) -> Value {
    let mut rules = Validation::new(Algorithm::ES256);
    (rules.validate_exp, rules.validate_aud) = (false, false);
    let key = DecodingKey::from_jwk(key).expect("a key");
    jsonwebtoken::decode::<Value>(token, &key, &rules).expect("our signature").claims
}

fn assertion(seen: &Seen, key: &Jwk) -> Value {
    assert_eq!(seen.form("client_assertion_type").as_deref(), Some(KIND));
    assert_eq!(seen.form("client_id").as_deref(), Some("client-1"));
    assert!(seen.form("client_secret").is_none() && !seen.headers.contains_key("authorization"));
    claims(&seen.form("client_assertion").expect("an assertion"), key)
}

#[tokio::test]
async fn uc_14_a_key_proves_the_client_by_an_assertion_for_this_issuer_alone_once() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    hostile.on("/revoke", Answer::json(&json!({})));
    let upstreams = hostile.upstreams();
    let mut provider = Provider { issuer: Some(hostile.base.clone()), ..hostile.plain() };
    provider.endpoints.as_mut().expect("endpoints").token_auth_methods = vec!["private_key_jwt".to_owned()];
    let (client, key) = with_key(&upstreams);
    upstreams.refresh(&provider, &client, &secret("rt-1"), None).await.expect("refreshed");
    upstreams.refresh(&provider, &client, &secret("rt-1"), None).await.expect("refreshed");
    upstreams.revoke(&provider, &client, &secret("rt-1")).await.expect("revoked");
    let seen = [hostile.seen("/token"), hostile.seen("/revoke")].concat();
    let all: Vec<Value> = seen.iter().map(|seen| assertion(seen, &key)).collect();
    for said in &all {
        assert_eq!(
            (&said["iss"], &said["sub"], &said["aud"]),
            (&json!("client-1"), &json!("client-1"), &json!(hostile.base))
        );
        assert_eq!((said["iat"].as_i64(), said["exp"].as_i64()), (Some(NOW), Some(NOW + 60)));
    }
    assert!(all.len() == 3 && all[0]["jti"] != all[1]["jti"] && all[1]["jti"] != all[2]["jti"]);
    let header =
        jsonwebtoken::decode_header(seen[0].form("client_assertion").expect("one")).expect("a header");
    assert_eq!(header.kid, key.common.key_id);
}

#[tokio::test]
async fn uc_14_pushed_requests_and_codes_carry_an_assertion_too() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    hostile.on("/par", Answer::status(201, &json!({ "request_uri": "urn:x:1", "expires_in": 60 })));
    let upstreams = hostile.upstreams();
    let mut provider = hostile.plain();
    let endpoints = provider.endpoints.as_mut().expect("endpoints");
    endpoints.pushed_authorization_request = Some(hostile.url("/par"));
    endpoints.requires_par = true;
    provider.client.assertion_for_token_endpoint = true;
    let (client, key) = with_key(&upstreams);
    let mut wish = plan(provider, "read");
    wish.client = Some(client);
    let under_way = upstreams.begin_sign_in(wish).await.expect("begun");
    let pushed = &hostile.seen("/par")[0];
    assert_eq!(assertion(pushed, &key)["aud"], json!(hostile.url("/token")));
    let query = format!("code=code-1&state={}", pushed.form("state").expect("a state"));
    finish(under_way, &query).await.expect("signed in");
    assert_eq!(assertion(&hostile.seen("/token")[0], &key)["aud"], json!(hostile.url("/token")));
}

/// A private key never leaves, and what does not fit the server is told before anything is sent.
#[tokio::test]
async fn uc_14_a_key_where_a_secret_belongs_and_the_other_way_round_are_told_and_not_sent() {
    let hostile = Hostile::start().await;
    let upstreams = hostile.upstreams();
    let (client, _) = with_key(&upstreams);
    let simple = ClientCredential {
        client_id: "client-1".to_owned(),
        client_secret: Some(secret("s-1")),
        proof_key: None,
    };
    let of = |methods: &[&str], authentication| {
        let mut provider = hostile.plain();
        provider.client.authentication = authentication;
        provider.endpoints.as_mut().expect("endpoints").token_auth_methods =
            methods.iter().map(|method| (*method).to_owned()).collect();
        provider
    };
    for (provider, client, says) in [
        (of(&["client_secret_basic"], None), &client, "takes a secret"),
        (of(&[], Some(ClientAuthentication::Post)), &client, "takes a secret"),
        (of(&[], Some(ClientAuthentication::PrivateKeyJwt)), &simple, "takes a private key"),
    ] {
        let mut wish = plan(provider.clone(), "read");
        wish.client = Some(client.clone());
        match upstreams.begin_sign_in(wish).await.err() {
            Some(UpstreamError::Unusable(why)) => assert!(why.contains(says), "{why}"),
            other => panic!("{other:?}"),
        }
        assert!(upstreams.refresh(&provider, client, &secret("rt-1"), None).await.is_err());
        assert!(upstreams.revoke(&provider, client, &secret("rt-1")).await.is_err());
    }
    assert!(hostile.paths().is_empty());
}

#[tokio::test]
async fn a_secret_that_is_signed_anew_each_time_and_never_the_key_is_sent() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let upstreams = hostile.upstreams();
    let mut provider = hostile.plain();
    provider.client.key_id = Some("K1".to_owned());
    provider.client.authentication = Some(ClientAuthentication::Post);
    provider.client.signed_secret =
        Some(SignedSecret { issuer: "team".to_owned(), audience: "https://provider.example".to_owned() });
    let (client, key) = with_key(&upstreams);
    upstreams.refresh(&provider, &client, &secret("rt-1"), None).await.expect("refreshed");
    let seen = &hostile.seen("/token")[0];
    let sent = seen.form("client_secret").expect("a secret");
    let said = claims(&sent, &key);
    assert_eq!(
        (&said["iss"], &said["sub"], &said["aud"]),
        (&json!("team"), &json!("client-1"), &json!("https://provider.example"))
    );
    assert!(said["exp"].as_i64() <= Some(NOW + 300) && !seen.body.contains("PRIVATE"));
    assert_eq!(jsonwebtoken::decode_header(&sent).expect("a header").kid.as_deref(), Some("K1"));
}

/// Keys as providers and tools write them: RSA, and in one line as a field of one line leaves it.
#[tokio::test]
async fn a_brought_key_names_no_id_of_ours_and_a_broken_one_is_told() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let upstreams = hostile.upstreams();
    let made = upstreams.make_key().expect("a key");
    let brought = made.expose().split_once('\n').expect("its mark").1.replace('\n', " ");
    let client = |key: &str| ClientCredential {
        client_id: "client-1".to_owned(),
        client_secret: Some(Secret::from(key)),
        proof_key: None,
    };
    upstreams.refresh(&hostile.plain(), &client(&brought), &secret("rt-1"), None).await.expect("refreshed");
    let sent = hostile.seen("/token")[0].form("client_assertion").expect("an assertion");
    let header = URL_SAFE_NO_PAD.decode(sent.split('.').next().expect("a header")).expect("base64");
    assert_eq!(
        serde_json::from_slice::<Value>(&header).expect("JSON"),
        json!({ "alg": "ES256", "typ": "JWT" })
    );
    let mut wish = plan(hostile.plain(), "read");
    wish.client = Some(client("-----BEGIN PRIVATE KEY-----canary-----END PRIVATE KEY-----"));
    match upstreams.begin_sign_in(wish).await.err() {
        Some(UpstreamError::Unusable(why)) => {
            assert!(why.contains("private key") && !why.contains("canary"), "{why}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn uc_31_what_access_is_for_goes_with_the_authorization_the_code_and_each_refresh() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let upstreams = hostile.upstreams();
    let resources = ["https://mcp.example/", "https://api.example/v1"];
    let mut provider = hostile.plain();
    provider.resources = resources.map(str::to_owned).to_vec();
    let under_way = begin(&upstreams, provider.clone(), "read").await;
    let pairs = under_way.authorize_url.query_pairs().into_owned();
    let asked: Vec<String> = pairs.filter(|(name, _)| name == "resource").map(|(_, value)| value).collect();
    assert_eq!(asked, resources);
    let query = good(&under_way);
    finish(under_way, &query).await.expect("signed in");
    upstreams.refresh(&provider, &crate::provider::client(), &secret("rt-1"), None).await.expect("refreshed");
    for seen in hostile.seen("/token") {
        let sent = url::form_urlencoded::parse(seen.body.as_bytes()).into_owned();
        let sent: Vec<String> = sent.filter(|(name, _)| name == "resource").map(|(_, value)| value).collect();
        assert_eq!(sent, resources, "{}", seen.body);
    }
    assert_eq!(hostile.seen("/token").len(), 2);
}
