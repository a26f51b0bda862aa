//! One proof that holds, and for each rule one that does not.

use axum::http::{HeaderMap, HeaderValue, Uri};
use serde_json::{Value, json};

use super::*;
use crate::jws::pair::Pair;

const NOW: Timestamp = Timestamp(1_800_000_000);
const BASE: &str = "http://127.0.0.1:5395";

struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// A program with a key, at a door.
struct Program {
    proofs: Proofs,
    pair: Pair,
}

impl Program {
    fn new() -> Self {
        Self { proofs: Proofs::with(BASE, &Fixed), pair: Pair::p256() }
    }

    fn header(&self) -> Value {
        json!({ "typ": "dpop+jwt", "alg": self.pair.algorithm(), "jwk": self.pair.jwk() })
    }

    fn claims(&self) -> Value {
        json!({
            "jti": "one", "htm": "GET", "htu": "http://127.0.0.1:5395/gateway/acc_1/things",
            "iat": NOW.0, "ath": hash(&Secret::from("token")), "nonce": self.proofs.nonce(step(NOW)),
        })
    }

    /// What the door says to a proof, for `GET /gateway/acc_1/things?x=1` with the token `token`.
    fn shows(&self, header: &Value, claims: &Value, at: Timestamp) -> Result<Option<KeyThumbprint>, Fault> {
        let mut headers = HeaderMap::new();
        let proof = self.pair.sign(header, claims);
        headers.insert(PROOF, HeaderValue::from_str(&proof).expect("legal"));
        headers.insert(header::HOST, HeaderValue::from_static("localhost:5395"));
        self.asks(&headers, at)
    }

    fn asks(&self, headers: &HeaderMap, at: Timestamp) -> Result<Option<KeyThumbprint>, Fault> {
        let (uri, token) = (Uri::from_static("/gateway/acc_1/things?x=1"), Secret::from("token"));
        self.proofs.key(Request { headers, method: "GET", uri: &uri, token: Some(&token) }, at)
    }

    fn with_claim(&self, name: &str, value: Value) -> Result<Option<KeyThumbprint>, Fault> {
        let mut claims = self.claims();
        claims[name] = value;
        self.shows(&self.header(), &claims, NOW)
    }

    fn with_head(&self, name: &str, value: Value) -> Result<Option<KeyThumbprint>, Fault> {
        let mut header = self.header();
        header[name] = value;
        self.shows(&header, &self.claims(), NOW)
    }
}

fn is_invalid(outcome: &Result<Option<KeyThumbprint>, Fault>) -> bool {
    matches!(outcome, Err(Fault::Invalid(_)))
}

#[test]
fn as_39_a_sound_proof_names_its_key() {
    for pair in [Pair::p256(), Pair::ed25519()] {
        let program = Program { pair, ..Program::new() };
        let key = program.shows(&program.header(), &program.claims(), NOW).expect("holds").expect("a key");
        assert_eq!(Some(key), PublicKey::read(&program.pair.jwk()).expect("a key").thumbprint());
    }
    assert_eq!(Program::new().asks(&HeaderMap::new(), NOW), Ok(None), "without a proof nothing is proven");
}

#[test]
fn as_39_a_proof_says_what_it_is() {
    let program = Program::new();
    for wrong in [json!("JWT"), json!("at+jwt"), json!(null), json!("dpop+JWT")] {
        assert!(is_invalid(&program.with_head("typ", wrong.clone())), "{wrong}");
    }
}

#[test]
fn as_39_only_asymmetric_algorithms_of_the_list_count() {
    let program = Program::new();
    for wrong in ["none", "HS256", "RS256", "ES384", "EdDSA", ""] {
        assert!(is_invalid(&program.with_head("alg", json!(wrong))), "{wrong}");
    }
}

#[test]
fn as_39_the_key_is_public_and_the_one_that_signed() {
    let program = Program::new();
    let mut private = program.pair.jwk();
    private["d"] = json!("AA");
    for wrong in [private, Pair::p256().jwk(), Pair::ed25519().jwk(), json!({}), json!(null)] {
        assert!(is_invalid(&program.with_head("jwk", wrong.clone())), "{wrong}");
    }
}

#[test]
fn as_39_a_proof_is_for_one_method() {
    let program = Program::new();
    for wrong in [json!("POST"), json!("get"), json!(null)] {
        assert!(is_invalid(&program.with_claim("htm", wrong.clone())), "{wrong}");
    }
}

#[test]
fn as_39_a_proof_is_for_one_address() {
    let program = Program::new();
    for wrong in [
        "http://127.0.0.1:5395/gateway/acc_1/other",
        "http://127.0.0.1:5395/gateway/acc_1/things/",
        "http://127.0.0.1:5396/gateway/acc_1/things",
        "https://127.0.0.1:5395/gateway/acc_1/things",
        "http://evil.example/gateway/acc_1/things",
        "http://user@127.0.0.1:5395/gateway/acc_1/things",
        "/gateway/acc_1/things",
        "",
    ] {
        assert!(is_invalid(&program.with_claim("htu", json!(wrong))), "{wrong}");
    }
    for (n, right) in [
        "http://127.0.0.1:5395/gateway/acc_1/things?y=2#z",
        "HTTP://127.0.0.1:5395/gateway/x/../acc_1/things",
        "http://localhost:5395/gateway/acc_1/things",
    ]
    .into_iter()
    .enumerate()
    {
        let mut claims = program.claims();
        claims["jti"] = json!(format!("right {n}"));
        claims["htu"] = json!(right);
        assert!(program.shows(&program.header(), &claims, NOW).is_ok(), "{right}");
    }
}

#[test]
fn as_39_a_proof_was_made_just_now() {
    let program = Program::new();
    for (age, good) in [(0, true), (60, true), (-5, true), (61, false), (-6, false)] {
        let mut claims = program.claims();
        claims["jti"] = json!(age.to_string());
        claims["iat"] = json!(NOW.0 - age);
        let outcome = program.shows(&program.header(), &claims, NOW);
        assert_eq!(outcome.is_ok(), good, "{age}: {outcome:?}");
    }
    for wrong in [json!(null), json!("1800000000"), json!(1e300)] {
        assert!(is_invalid(&program.with_claim("iat", wrong.clone())), "{wrong}");
    }
}

#[test]
fn as_39_a_proof_is_good_once() {
    let program = Program::new();
    assert!(program.shows(&program.header(), &program.claims(), NOW).is_ok());
    let again = program.shows(&program.header(), &program.claims(), NOW.plus(1));
    assert!(is_invalid(&again), "{again:?}");
    let mut claims = program.claims();
    claims["jti"] = json!("two");
    assert!(program.shows(&program.header(), &claims, NOW).is_ok());
    for wrong in [json!(null), json!(""), json!(7), json!("x".repeat(257))] {
        assert!(is_invalid(&program.with_claim("jti", wrong.clone())), "{wrong}");
    }
}

#[test]
fn as_39_a_proof_carries_a_nonce_of_ours_that_is_not_old() {
    let program = Program::new();
    for wrong in [json!(null), json!(""), json!("AAAAAAAAAAAAAAAAAAAAAA")] {
        assert_eq!(program.with_claim("nonce", wrong), Err(Fault::Nonce));
    }
    for (steps, good) in [(0, true), (1, true), (2, false), (-1, false)] {
        let mut claims = program.claims();
        claims["jti"] = json!(steps.to_string());
        claims["nonce"] = json!(program.proofs.nonce(step(NOW) - steps));
        let outcome = program.shows(&program.header(), &claims, NOW);
        assert_eq!(outcome.is_ok(), good, "{steps}: {outcome:?}");
    }
    let mut answer = HeaderMap::new();
    program.proofs.announce(&HeaderMap::new(), &mut answer, NOW);
    assert!(answer.is_empty(), "who brings no proof is told no nonce");
    let asked = HeaderMap::from_iter([(PROOF.parse().expect("a name"), HeaderValue::from_static("x"))]);
    program.proofs.announce(&asked, &mut answer, NOW);
    assert_eq!(answer[NONCE].to_str().expect("text"), program.proofs.nonce(step(NOW)));
}

#[test]
fn rg_10_a_proof_is_for_one_token() {
    let program = Program::new();
    for wrong in [json!(null), json!("token"), json!(hash(&Secret::from("another")))] {
        assert!(is_invalid(&program.with_claim("ath", wrong.clone())), "{wrong}");
    }
}

#[test]
fn as_39_two_proofs_at_once_are_refused() {
    let program = Program::new();
    let mut headers = HeaderMap::new();
    for jti in ["one", "two"] {
        let mut claims = program.claims();
        claims["jti"] = json!(jti);
        let proof = program.pair.sign(&program.header(), &claims);
        headers.append(PROOF, HeaderValue::from_str(&proof).expect("legal"));
    }
    assert!(is_invalid(&program.asks(&headers, NOW)));
}
