//! Tokens bound to a key of the sign-in (DPoP, RFC 9449), at servers that want a nonce and at such as do not mean well.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use broker::{ClientCredential, ProofOf, Provider, Secret, SignInPlan, SignedIn, Upstream, UpstreamError};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::Jwk};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use crate::provider::{
    Answer, Hostile, NOW, Seen, client, finish, good, is_misbehaved, parameter, plan, secret,
};

/// A proof that was checked with the key in it.
struct Proof {
    key: Value,
    claims: Value,
}

impl Proof {
    fn of(seen: &Seen) -> Self {
        Self::read(&seen.headers["dpop"])
    }

    fn read(text: &str) -> Self {
        let header = decode_header(text).expect("a header");
        assert_eq!((header.typ.as_deref(), header.alg), (Some("dpop+jwt"), Algorithm::ES256));
        let head = URL_SAFE_NO_PAD.decode(text.split('.').next().expect("a head")).expect("base64");
        let key = serde_json::from_slice::<Value>(&head).expect("JSON")["jwk"].clone();
        assert!(key.get("d").is_none(), "its public half alone");
        let jwk: Jwk = serde_json::from_value(key.clone()).expect("a key");
        let mut validation = Validation::new(Algorithm::ES256);
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        let signed = decode(text, &DecodingKey::from_jwk(&jwk).expect("a key"), &validation);
        Self { key, claims: signed.expect("signed by its key").claims }
    }

    fn thumbprint(&self) -> String {
        let [x, y] = ["x", "y"].map(|name| self.key[name].as_str().expect("a coordinate"));
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
    }

    fn says(&self, name: &str) -> Option<&str> {
        self.claims[name].as_str()
    }
}

fn binding(hostile: &Hostile) -> Provider {
    let mut provider = hostile.plain();
    provider.client.dpop_bound_access_tokens = true;
    provider
}

fn tokens(kind: &str) -> Answer {
    Answer::json(&json!({
        "access_token": "at-1", "token_type": kind, "expires_in": 3600, "refresh_token": "rt-1",
    }))
}

fn wants(nonce: &str) -> Answer {
    Answer::status(400, &json!({ "error": "use_dpop_nonce" })).with("dpop-nonce", nonce)
}

async fn signed_in(hostile: &Hostile, plan: SignInPlan) -> Result<(SignedIn, Url), UpstreamError> {
    let under_way = hostile.upstreams().begin_sign_in(plan).await?;
    let (query, url) = (good(&under_way), under_way.authorize_url.clone());
    finish(under_way, &query).await.map(|signed_in| (signed_in, url))
}

fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

#[tokio::test]
async fn uc_33_one_key_is_proven_at_the_token_endpoint_and_wherever_its_tokens_are_used() {
    let hostile = Hostile::start().await;
    hostile.on("/token", Answer::InTurn(vec![wants("n-1"), tokens("DPoP").with("dpop-nonce", "n-2")]));
    let who = Answer::json(&json!({ "sub": "user-1", "email": "ada@example.org" }));
    let challenge = "DPoP error=\"use_dpop_nonce\", algs=\"ES256\"";
    let refused = Answer::text(401, "text/plain", "").with("www-authenticate", challenge);
    hostile.on("/userinfo", Answer::InTurn(vec![refused.with("dpop-nonce", "n-3"), who]));
    let (signed_in, url) = signed_in(&hostile, plan(binding(&hostile), "read")).await.expect("signed in");

    let asked = hostile.seen("/token");
    let [first, second] = [0, 1].map(|turn| Proof::of(&asked[turn]));
    assert_eq!(asked.len(), 2, "once more, with the nonce");
    assert_eq!((first.says("nonce"), second.says("nonce")), (None, Some("n-1")));
    let token = hostile.url("/token");
    assert_eq!((second.says("htm"), second.says("htu")), (Some("POST"), Some(token.as_str())));
    assert_eq!((&second.claims["iat"], second.says("ath")), (&json!(NOW), None));
    assert_ne!(first.says("jti"), second.says("jti"), "each is used once");
    assert_eq!(asked[0].body, asked[1].body, "the same request");
    assert_eq!(parameter(&url, "dpop_jkt"), second.thumbprint(), "the code is bound, too");

    let looked = hostile.seen("/userinfo");
    let [first, second] = [0, 1].map(|turn| Proof::of(&looked[turn]));
    assert_eq!((first.says("nonce"), second.says("nonce")), (Some("n-2"), Some("n-3")));
    assert_eq!((second.says("ath"), second.says("htm")), (Some(hash("at-1").as_str()), Some("GET")));
    assert!(looked.iter().all(|seen| seen.headers["authorization"] == "DPoP at-1"));

    let key = signed_in.tokens.proof_key.expect("the key");
    let upstreams = hostile.upstreams();
    let credential = ClientCredential { proof_key: Some(key.clone()), ..client() };
    let renewed = upstreams.refresh(&binding(&hostile), &credential, &secret("rt-1"), None).await;
    assert!(renewed.expect("renewed").proof_key.is_some());
    let third = Proof::of(&hostile.seen("/token")[2]);
    assert_eq!(third.thumbprint(), second.thumbprint(), "one key as long as the sign-in lives");

    let address = Url::parse("https://api.example/things?q=1#x").expect("an address");
    upstreams.note_nonce(&address, "n-9");
    let of = ProofOf { method: "PATCH", address: &address, token: &secret("at-1") };
    let proof = Proof::read(&upstreams.proof(&key, of).expect("proven"));
    assert_eq!((proof.says("htu"), proof.says("htm")), (Some("https://api.example/things"), Some("PATCH")));
    assert_eq!((proof.says("ath"), proof.says("nonce")), (Some(hash("at-1").as_str()), Some("n-9")));
    let sent = format!("{:?}", [asked, looked, hostile.seen("/token")]);
    assert!(!sent.contains("PRIVATE KEY") && !sent.contains("\"d\""), "the key stays here");
}

#[tokio::test]
async fn uc_33_a_token_that_is_not_bound_as_it_was_asked_for_is_not_taken() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let unsaid = Answer::json(&json!({ "access_token": "at-1", "refresh_token": "rt-1" }));
    for answer in [tokens("Bearer"), tokens("mac"), unsaid] {
        hostile.on("/token", answer);
        let error = signed_in(&hostile, plan(binding(&hostile), "read")).await.expect_err("refused");
        assert!(is_misbehaved(&error) && error.to_string().contains("bound to no key"), "{error}");
    }
    hostile.on("/token", tokens("DPoP"));
    let error = signed_in(&hostile, plan(hostile.plain(), "read")).await.expect_err("not asked for");
    assert!(is_misbehaved(&error), "{error}");
}

#[tokio::test]
async fn uc_33_a_server_that_asks_for_nonces_for_ever_or_for_odd_ones_gets_no_third_request() {
    let hostile = Hostile::start().await;
    hostile.on("/token", Answer::InTurn(vec![wants("n-1"), wants("n-2"), wants("n-3"), tokens("DPoP")]));
    let error = signed_in(&hostile, plan(binding(&hostile), "read")).await.expect_err("given up");
    assert!(is_misbehaved(&error), "{error}");
    assert_eq!(hostile.seen("/token").len(), 2);

    let long = "n".repeat(2000);
    let twice = wants("n-1").with("dpop-nonce", "n-2");
    let none = Answer::status(400, &json!({ "error": "use_dpop_nonce" }));
    for odd in [wants("n 1"), wants(&long), twice, none] {
        let before = hostile.seen("/token").len();
        hostile.on("/token", odd);
        let error = signed_in(&hostile, plan(binding(&hostile), "read")).await.expect_err("refused");
        assert!(matches!(&error, UpstreamError::Refused { code, .. } if code == "use_dpop_nonce"), "{error}");
        assert_eq!(hostile.seen("/token").len(), before + 1);
    }
}

#[tokio::test]
async fn uc_33_what_cannot_be_proven_is_told_before_the_browser_opens() {
    let hostile = Hostile::start().await;
    let mut provider = binding(&hostile);
    provider.endpoints.as_mut().expect("endpoints").dpop_algorithms = vec!["EdDSA".to_owned()];
    let error = hostile.upstreams().begin_sign_in(plan(provider, "read")).await.err().expect("refused");
    assert!(matches!(&error, UpstreamError::Unusable(why) if why.contains("ES256")), "{error}");
    assert!(hostile.paths().is_empty());
    let of = (Url::parse("https://api.example/").expect("an address"), secret("at-1"));
    let of = ProofOf { method: "GET", address: &of.0, token: &of.1 };
    assert!(hostile.upstreams().proof(&Secret::from("no key"), of).is_err());
}

/// An assertion is good once (RFC 7523 §3): the second request brings another one.
#[tokio::test]
async fn uc_33_uc_14_a_key_proves_the_client_anew_where_a_nonce_was_wanted() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    hostile.on("/token", Answer::InTurn(vec![wants("n-1"), tokens("DPoP")]));
    let key = hostile.upstreams().make_key().expect("a key");
    let credential = ClientCredential { client_secret: Some(key), ..client() };
    let plan = SignInPlan { client: Some(credential), ..plan(binding(&hostile), "read") };
    let _ = signed_in(&hostile, plan).await.expect("signed in");
    let sent = hostile.seen("/token");
    let assertions = [0, 1].map(|turn| sent[turn].form("client_assertion").expect("an assertion"));
    assert_ne!(assertions[0], assertions[1]);
    assert_eq!(sent[0].form("code"), sent[1].form("code"));
}

/// A client that registers itself says that it takes bound tokens alone (RFC 9449 §5.2).
#[tokio::test]
async fn uc_33_registration_says_so() {
    let hostile = Hostile::start().await;
    hostile.on("/register", Answer::status(201, &json!({ "client_id": "dyn-1" })));
    for mut provider in [binding(&hostile), hostile.plain()] {
        provider.endpoints.as_mut().expect("endpoints").registration = Some(hostile.url("/register"));
        let plan = SignInPlan { client: None, ..plan(provider, "read") };
        let _ = hostile.upstreams().begin_sign_in(plan).await.expect("begun");
    }
    let said: Vec<Value> = hostile
        .seen("/register")
        .iter()
        .map(|seen| serde_json::from_str(&seen.body).expect("JSON"))
        .collect();
    assert_eq!(said[0]["dpop_bound_access_tokens"], true);
    assert!(said[1].get("dpop_bound_access_tokens").is_none());
}
