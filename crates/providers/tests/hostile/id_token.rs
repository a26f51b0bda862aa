//! ID tokens that must not be believed.

use std::sync::atomic::Ordering;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use broker::{Provider, SignedIn, UpstreamError};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::provider::{Answer, Hostile, NOW, SigningKey, begin, finish, good, is_misbehaved, parameter};

async fn sign_in_at(
    hostile: &Hostile,
    provider: Provider,
    forge: impl Fn(Value) -> String,
) -> Result<SignedIn, UpstreamError> {
    let under_way = begin(&hostile.upstreams(), provider, "openid").await;
    hostile.give(&forge(hostile.claims(&under_way)));
    let query = good(&under_way);
    finish(under_way, &query).await
}

async fn sign_in(hostile: &Hostile, forge: impl Fn(Value) -> String) -> Result<SignedIn, UpstreamError> {
    sign_in_at(hostile, hostile.openid(), forge).await
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().expect("claims").remove(name);
    claims
}

#[tokio::test]
async fn uc_26_a_good_token_is_believed() {
    let hostile = Hostile::start().await;
    let signed_in = sign_in(&hostile, |claims| hostile.key.sign(&claims)).await.expect("signed in");
    assert_eq!((signed_in.subject.as_str(), signed_in.name.as_str()), ("user-1", "ada@example.org"));
    let several = json!(["other", "client-1"]);
    sign_in(&hostile, |claims| {
        hostile.key.sign(&with(with(claims, "aud", several.clone()), "azp", "client-1".into()))
    })
    .await
    .expect("several audiences, and ours named");
}

#[tokio::test]
async fn uc_26_one_wrong_claim_is_enough() {
    let hostile = Hostile::start().await;
    let wrong: Vec<(&str, Value)> = vec![
        ("iss", "https://evil.example".into()),
        ("iss", format!("{}/", hostile.base).into()),
        ("aud", "other".into()),
        ("aud", json!([])),
        ("aud", json!(["other"])),
        ("aud", json!(["client-1", "other"])),
        ("azp", "other".into()),
        ("azp", json!(1)),
        ("exp", (NOW - 61).into()),
        ("exp", "soon".into()),
        ("iat", (NOW + 120).into()),
        ("iat", (NOW - 90_000).into()),
        ("nbf", (NOW + 120).into()),
        ("nonce", "other".into()),
        ("nonce", "".into()),
        ("sub", "".into()),
        ("sub", "x".repeat(256).into()),
        ("sub", 7.into()),
    ];
    for (name, value) in wrong {
        let outcome = sign_in(&hostile, |claims| hostile.key.sign(&with(claims, name, value.clone()))).await;
        assert!(outcome.as_ref().is_err_and(is_misbehaved), "{name} {value}");
    }
    for name in ["iss", "aud", "exp", "iat", "nonce", "sub"] {
        let outcome = sign_in(&hostile, |claims| hostile.key.sign(&without(claims, name))).await;
        assert!(outcome.as_ref().is_err_and(is_misbehaved), "without {name}");
    }
}

#[tokio::test]
async fn uc_26_a_minute_of_clock_difference_is_borne() {
    let hostile = Hostile::start().await;
    for (name, value) in [("exp", NOW - 50), ("iat", NOW + 50), ("nbf", NOW + 50)] {
        sign_in(&hostile, |claims| hostile.key.sign(&with(claims, name, value.into()))).await.expect(name);
    }
}

#[tokio::test]
async fn uc_26_ups_07_signatures_of_others_are_not_accepted() {
    let hostile = Hostile::start().await;
    let other = SigningKey::new("k1");
    let unknown = SigningKey::new("k2");
    for key in [&other, &unknown] {
        let outcome = sign_in(&hostile, |claims| key.sign(&claims)).await;
        assert!(outcome.as_ref().is_err_and(is_misbehaved));
    }
    let outcome = sign_in(&hostile, |claims| {
        let token = hostile.key.sign(&claims);
        let (head, _) = token.rsplit_once('.').expect("a token");
        // r = s = 0: what a broken library takes for valid.
        format!("{head}.{}", URL_SAFE_NO_PAD.encode([0u8; 64]))
    })
    .await;
    assert!(outcome.as_ref().is_err_and(is_misbehaved));
}

#[tokio::test]
async fn ups_07_alg_none_in_any_spelling_and_no_signature() {
    let hostile = Hostile::start().await;
    for alg in ["none", "None", "NONE", "nOnE", "", "HS256", "ES256"] {
        let outcome = sign_in(&hostile, |claims| {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            format!("{}.{}.", part(&json!({ "alg": alg, "kid": "k1" })), part(&claims))
        })
        .await;
        assert!(outcome.as_ref().is_err_and(is_misbehaved), "{alg}");
    }
}

#[tokio::test]
async fn ups_07_a_published_key_is_no_shared_secret() {
    let hostile = Hostile::start().await;
    let secret = URL_SAFE_NO_PAD.encode(b"canary secret of thirty-two bytes");
    let shared = json!({ "kty": "oct", "kid": "h1", "alg": "HS256", "k": secret });
    hostile.on("/jwks", Answer::json(&json!({ "keys": [hostile.key.jwk(), shared] })));
    let public = hostile.key.jwk().to_string();
    for (kid, key) in [("k1", public.as_bytes()), ("h1", b"canary secret of thirty-two bytes")] {
        let outcome = sign_in(&hostile, |claims| {
            let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::HS256) };
            encode(&header, &claims, &EncodingKey::from_secret(key)).expect("signed")
        })
        .await;
        assert!(outcome.as_ref().is_err_and(is_misbehaved), "{kid}");
    }
}

#[tokio::test]
async fn ups_07_keys_and_key_addresses_in_the_token_are_not_looked_at() {
    let hostile = Hostile::start().await;
    let evil = SigningKey::new("evil");
    let jwk = serde_json::from_value(evil.jwk()).expect("a key");
    hostile.on("/evil", Answer::json(&json!({ "keys": [evil.jwk()] })));
    let embedded = Header { jwk: Some(jwk), ..evil.header() };
    let pointing = Header { jku: Some(hostile.url("/evil")), ..evil.header() };
    let elsewhere = Header { x5u: Some(hostile.url("/evil")), ..evil.header() };
    let traversing = Header { kid: Some("../../evil".to_owned()), ..evil.header() };
    for header in [embedded, pointing, elsewhere, traversing] {
        let outcome = sign_in(&hostile, |claims| evil.sign_with(&header, &claims)).await;
        assert!(outcome.as_ref().is_err_and(is_misbehaved));
    }
    assert!(hostile.seen("/evil").is_empty());
    let critical = Header { crit: Some(vec!["exp".to_owned()]), ..hostile.key.header() };
    let outcome = sign_in(&hostile, |claims| hostile.key.sign_with(&critical, &claims)).await;
    assert!(outcome.as_ref().is_err_and(is_misbehaved));
}

#[tokio::test]
async fn ups_07_a_key_that_is_not_for_signing_does_not_sign() {
    let hostile = Hostile::start().await;
    for (name, value) in [("use", "enc"), ("alg", "ES384")] {
        let mut jwk = hostile.key.jwk();
        jwk[name] = value.into();
        hostile.on("/jwks", Answer::json(&json!({ "keys": [jwk] })));
        let outcome = sign_in(&hostile, |claims| hostile.key.sign(&claims)).await;
        assert!(outcome.as_ref().is_err_and(is_misbehaved), "{name}");
    }
}

#[tokio::test]
async fn uc_26_no_token_at_all_or_a_broken_one() {
    let hostile = Hostile::start().await;
    for token in ["", "x", "a.b.c", "..", "e30.e30.e30", "\u{202e}"] {
        let outcome = sign_in(&hostile, |_| token.to_owned()).await;
        assert!(outcome.as_ref().is_err_and(is_misbehaved), "{token:?}");
    }
}

#[tokio::test]
async fn ups_04_a_claim_that_comes_twice_is_refused() {
    let hostile = Hostile::start().await;
    let outcome = sign_in(&hostile, |claims| hostile.key.sign(&Twice(claims))).await;
    assert!(outcome.as_ref().is_err_and(is_misbehaved));
}

#[tokio::test]
async fn dm_09_dos_05_new_keys_are_fetched_once_and_random_key_ids_are_not_chased() {
    let hostile = Hostile::start().await;
    let upstreams = hostile.upstreams();
    for index in 0..5 {
        let under_way = begin(&upstreams, hostile.openid(), "openid").await;
        let key = SigningKey::new(&format!("random-{index}"));
        hostile.give(&key.sign(&hostile.claims(&under_way)));
        let query = good(&under_way);
        assert!(finish(under_way, &query).await.is_err());
    }
    assert_eq!(hostile.seen("/jwks").len(), 1);
    // The issuer has a new key: after a minute it is found.
    let fresh = SigningKey::new("fresh");
    hostile.on("/jwks", Answer::json(&json!({ "keys": [fresh.jwk()] })));
    hostile.clock.0.fetch_add(61, Ordering::SeqCst);
    let under_way = begin(&upstreams, hostile.openid(), "openid").await;
    hostile.give(&fresh.sign(&hostile.claims(&under_way)));
    let query = good(&under_way);
    finish(under_way, &query).await.expect("signed in");
    assert_eq!(hostile.seen("/jwks").len(), 2);
}

#[tokio::test]
async fn dm_02_a_tenant_issuer_is_compared_with_the_token_s_own_tenant() {
    let hostile = Hostile::start().await;
    let tenant = |provider: Provider| Provider {
        issuer: Some(format!("{}/{{tenantid}}/v2.0", hostile.base)),
        issuer_is_template: true,
        ..provider
    };
    let issuer = |tenant: &str| Value::from(format!("{}/{tenant}/v2.0", hostile.base));
    for (iss, tid, accepted) in [
        (issuer("t-1"), json!("t-1"), true),
        (issuer("t-1"), json!("t-2"), false),
        (issuer("t-1"), json!(null), false),
        (issuer("{tenantid}"), json!("{tenantid}"), false),
        (issuer("a/b"), json!("a/b"), false),
        (json!("https://evil.example/t-1/v2.0"), json!("t-1"), false),
    ] {
        let outcome = sign_in_at(&hostile, tenant(hostile.openid()), |claims| {
            hostile.key.sign(&with(with(claims, "iss", iss.clone()), "tid", tid.clone()))
        })
        .await;
        assert_eq!(outcome.is_ok(), accepted, "{iss} {tid}");
    }
}

#[tokio::test]
async fn uc_27_userinfo_of_another_subject_is_not_used() {
    let hostile = Hostile::start().await;
    for (sub, name) in [("user-1", "Ada"), ("user-2", "user-1")] {
        hostile.on("/userinfo", Answer::json(&json!({ "sub": sub, "email": "Ada" })));
        let signed_in =
            sign_in(&hostile, |claims| hostile.key.sign(&without(claims, "email"))).await.expect("in");
        assert_eq!((signed_in.subject.as_str(), signed_in.name.as_str()), ("user-1", name));
    }
    let asked = hostile.seen("/userinfo");
    assert!(asked.iter().all(|seen| seen.headers["authorization"] == "Bearer at-1" && seen.query.is_empty()));
}

#[tokio::test]
async fn uc_03_uc_26_the_nonce_is_of_this_attempt() {
    let hostile = Hostile::start().await;
    let upstreams = hostile.upstreams();
    let (first, second) = (
        begin(&upstreams, hostile.openid(), "openid").await,
        begin(&upstreams, hostile.openid(), "openid").await,
    );
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(parameter(&first.authorize_url, name), parameter(&second.authorize_url, name), "{name}");
    }
    hostile.give(&hostile.key.sign(&hostile.claims(&first)));
    let query = good(&second);
    assert!(finish(second, &query).await.as_ref().is_err_and(is_misbehaved));
}

/// Claims with another `sub` in front.
struct Twice(Value);

impl serde::Serialize for Twice {
    fn serialize<S: serde::Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let claims = self.0.as_object().expect("claims");
        let mut map = writer.serialize_map(None)?;
        map.serialize_entry("sub", "admin")?;
        for (name, value) in claims {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
