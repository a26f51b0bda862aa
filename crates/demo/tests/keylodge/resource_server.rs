//! The resource server against a stand-in for Keylodge: good tokens and forged ones, both ways of validating.

use std::{net::Ipv4Addr, sync::Arc};

use crate::fake::{Fake, Manner};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use demo::{Clock, ResourceServer, SigningKey, Validation};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

const NOW: u64 = 1_800_000_000;

struct Scene {
    fake: Arc<Fake>,
    server: ResourceServer,
}

impl Scene {
    async fn new(validation: Validation) -> Self {
        let fake = Fake::start(Manner::default()).await;
        let clock: Clock = Arc::new(|| NOW);
        let listen = (Ipv4Addr::LOCALHOST, 0).into();
        let server =
            ResourceServer::start_at(listen, &fake.issuer, validation, clock).await.expect("a server");
        Self { fake, server }
    }

    fn mint(&self, change: &Value) -> String {
        self.fake.mint(self.server.audience(), change)
    }

    /// Status and challenge.
    async fn ask(&self, token: &str) -> (u16, String) {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let asked = http.get(format!("{}photos", self.server.audience())).bearer_auth(token);
        let answer = asked.send().await.expect("an answer");
        let challenge = answer.headers().get("www-authenticate").and_then(|value| value.to_str().ok());
        (answer.status().as_u16(), challenge.unwrap_or_default().to_owned())
    }

    async fn refuses(&self, token: &str, what: &str) {
        let (status, challenge) = self.ask(token).await;
        assert_eq!(status, 401, "{what}");
        assert!(challenge.contains("error=\"invalid_token\""), "{what}: {challenge}");
    }

    fn key_id(&self) -> String {
        self.fake.key.public_keys().expect("keys")["keys"][0]["kid"].as_str().expect("an id").to_owned()
    }
}

fn part(json: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
}

#[tokio::test]
async fn good_token_opens_the_photos_and_a_narrow_one_does_not() {
    let scene = Scene::new(Validation::OwnCheck).await;
    assert_eq!(scene.ask(&scene.mint(&json!({}))).await.0, 200);
    assert_eq!(scene.ask(&scene.mint(&json!({ "aud": [scene.server.audience()] }))).await.0, 200);
    let (status, challenge) = scene.ask(&scene.mint(&json!({ "scope": "profile" }))).await;
    assert_eq!(status, 403);
    assert!(
        challenge.contains("error=\"insufficient_scope\"") && challenge.contains("scope=\"photos.read\"")
    );
}

#[tokio::test]
async fn rg_10_a_bound_token_is_refused_as_plain_bearer() {
    let scene = Scene::new(Validation::OwnCheck).await;
    let bound = json!({ "cnf": { "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } });
    scene.refuses(&scene.mint(&bound), "bound").await;
    scene.server.validate_by(Validation::Introspection);
    for (token, status) in [("bound-1", 401), ("free-1", 200)] {
        scene.fake.know(token, scene.server.audience(), "photos.read");
        assert_eq!(scene.ask(token).await.0, status, "{token}");
    }
}

#[tokio::test]
async fn tk_10_each_claim_counts() {
    let scene = Scene::new(Validation::OwnCheck).await;
    for change in [
        json!({ "iss": format!("{}/", scene.fake.issuer) }),
        json!({ "aud": "http://127.0.0.1:1/" }),
        json!({ "exp": NOW - 30 }),
        json!({ "iss": null }),
        json!({ "aud": null }),
        json!({ "exp": null }),
        json!({ "sub": null }),
    ] {
        scene.refuses(&scene.mint(&change), &change.to_string()).await;
    }
    assert_eq!(scene.ask(&scene.mint(&json!({ "exp": NOW - 29 }))).await.0, 200, "tk_19");
}

#[tokio::test]
async fn tk_09_tk_11_ups_07_forged_tokens_are_refused() {
    let scene = Scene::new(Validation::OwnCheck).await;
    let good = scene.mint(&json!({}));
    let (claims, signature) =
        (good.split('.').nth(1).expect("claims"), good.rsplit('.').next().expect("signature"));
    let unsigned = part(&json!({ "alg": "none", "typ": "at+jwt", "kid": scene.key_id() }));
    scene.refuses(&format!("{unsigned}.{claims}."), "alg none").await;
    scene.refuses(&format!("{unsigned}.{claims}.{signature}"), "alg none with a signature").await;
    scene.refuses(&format!("{}.{claims}.", good.split('.').next().expect("a header")), "no signature").await;

    let public = scene.fake.key.public_keys().expect("keys")["keys"][0]["x"].as_str().expect("x").to_owned();
    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some(scene.key_id());
    let real: Value =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).expect("base64")).expect("claims");
    let confused = encode(&header, &real, &EncodingKey::from_secret(public.as_bytes())).expect("a token");
    scene.refuses(&confused, "HS256 with the public key").await;

    scene.refuses(&SigningKey::generate().sign("at+jwt", &real).expect("a token"), "unknown key").await;
    scene.refuses("not-a-token", "not a token").await;
    scene.refuses(&good[..good.len() - 4], "cut off").await;
}

#[tokio::test]
async fn tk_12_tk_13_other_kinds_and_critical_extensions_are_refused() {
    let scene = Scene::new(Validation::OwnCheck).await;
    let good = scene.mint(&json!({}));
    let claims: Value = serde_json::from_slice(
        &BASE64_URL_SAFE_NO_PAD.decode(good.split('.').nth(1).expect("claims")).expect("base64"),
    )
    .expect("claims");
    for kind in ["JWT", "dpop+jwt", "logout+jwt", ""] {
        scene.refuses(&scene.fake.key.sign(kind, &claims).expect("a token"), kind).await;
    }
    let critical =
        part(&json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": scene.key_id(), "crit": ["mood"], "mood": 1 }));
    let rest = good.split_once('.').expect("a token").1;
    scene.refuses(&format!("{critical}.{rest}"), "crit").await;
}

#[tokio::test]
async fn rg_02_as_37_introspection_decides() {
    let scene = Scene::new(Validation::Introspection).await;
    scene.fake.know("opaque-1", scene.server.audience(), "profile photos.read");
    scene.fake.know("opaque-2", scene.server.audience(), "profile");
    scene.fake.know("opaque-3", "http://127.0.0.1:1/", "photos.read");
    assert_eq!(scene.ask("opaque-1").await.0, 200);
    assert_eq!(scene.ask("opaque-2").await.0, 403);
    scene.refuses("opaque-3", "oau_17: another audience").await;
    scene.refuses("opaque-4", "not active").await;
    scene.server.validate_by(Validation::OwnCheck);
    scene.refuses("opaque-1", "an opaque token has no signature to check").await;
}

#[tokio::test]
async fn rg_01_without_a_token_there_is_a_bare_challenge() {
    let scene = Scene::new(Validation::OwnCheck).await;
    let token = scene.mint(&json!({}));
    let photos = format!("{}photos", scene.server.audience());
    let bare = reqwest::get(&photos).await.expect("an answer");
    assert_eq!(bare.status(), 401);
    assert_eq!(bare.headers()["www-authenticate"], "Bearer realm=\"demo\"");
    let in_query = reqwest::get(format!("{photos}?access_token={token}")).await.expect("an answer");
    assert_eq!(in_query.status(), 400);
}

#[tokio::test]
async fn server_that_cannot_register_says_so() {
    let listen = (Ipv4Addr::LOCALHOST, 0).into();
    let why = ResourceServer::start(listen, "http://127.0.0.1:9/demo", Validation::OwnCheck).await;
    assert!(why.expect_err("nobody listens").contains("does not answer"));
}
