//! Signed statements of programs (JWS, RFC 7515) and the public keys that they are checked with (RFC 7517): the proofs of
//! DPoP and the assertions of `private_key_jwt`.
//!
//! The algorithm belongs to the key and is only compared with the header (RFC 8725 §3.1). What a header names elsewhere
//! (`jku`, `x5u`) is never followed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use broker::KeyThumbprint;
use jsonwebtoken::{
    Algorithm, DecodingKey, crypto,
    jwk::{Jwk, ThumbprintHash},
};
use serde_json::{Map, Value, json};

/// No statement of ours is longer, in bytes.
const MAX_BYTES: usize = 8 * 1024;
/// Lengths of an RSA modulus, in bytes: 2048 to 4096 bits.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=512;
/// Members that only a private or a symmetric key has (RFC 7518 §6).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A statement in compact form, taken apart and not checked yet.
pub struct Jws<'a> {
    /// The protected header.
    pub header: Map<String, Value>,
    /// What is stated; nothing of it counts before [`PublicKey::signed`].
    pub claims: Map<String, Value>,
    message: &'a str,
    signature: &'a str,
}

impl<'a> Jws<'a> {
    /// Takes a statement apart. `None` if it is none, or has extensions that must be understood (RFC 7515 §4.1.11).
    pub fn parse(text: &'a str) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let (message, signature) = text.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let (header, claims) = (object(header)?, object(claims)?);
        let plain = !header.contains_key("crit") && !header.contains_key("b64");
        plain.then_some(Self { header, claims, message, signature })
    }

    /// A text of the header.
    pub fn head(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    /// A text of the claims.
    pub fn claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// A point in time of the claims (RFC 7519 §2).
    pub fn time(&self, name: &str) -> Option<i64> {
        self.claims.get(name)?.as_i64()
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// A public key of a program.
pub struct PublicKey {
    jwk: Jwk,
    kind: Kind,
    id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    P256,
    Ed25519,
    Rsa,
}

impl PublicKey {
    /// Reads a JWK. `None` unless it is a public key for signatures of a kind that is known here, and nothing more.
    pub fn read(jwk: &Value) -> Option<Self> {
        let members = jwk.as_object()?;
        if PRIVATE_MEMBERS.iter().any(|name| members.contains_key(*name)) {
            return None;
        }
        if members.get("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
        let long = |name: &str, bytes: usize| decoded(text(name)).is_some_and(|part| part.len() == bytes);
        let (kind, bare) = match (text("kty"), text("crv")) {
            ("EC", "P-256") if long("x", 32) && long("y", 32) => {
                (Kind::P256, json!({"kty": "EC", "crv": "P-256", "x": text("x"), "y": text("y")}))
            }
            ("OKP", "Ed25519") if long("x", 32) => {
                (Kind::Ed25519, json!({"kty": "OKP", "crv": "Ed25519", "x": text("x")}))
            }
            ("RSA", _)
                if decoded(text("n")).is_some_and(|n| RSA_BYTES.contains(&n.len()) && n[0] >= 0x80) =>
            {
                (Kind::Rsa, json!({"kty": "RSA", "n": text("n"), "e": text("e")}))
            }
            _ => return None,
        };
        let key = Self { jwk: serde_json::from_value(bare).ok()?, kind, id: owned(members.get("kid")) };
        // An algorithm that is named beside the key must be one of the key's.
        let fits =
            members.get("alg").is_none_or(|alg| alg.as_str().and_then(|alg| key.algorithm(alg)).is_some());
        fits.then_some(key)
    }

    /// The key's own name in its set.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Whether it is one of the two short kinds, which proofs are made with.
    pub fn is_elliptic(&self) -> bool {
        self.kind != Kind::Rsa
    }

    /// Its thumbprint (RFC 7638).
    pub fn thumbprint(&self) -> Option<KeyThumbprint> {
        self.jwk.thumbprint(ThumbprintHash::SHA256).ok().and_then(|text| KeyThumbprint::parse(&text))
    }

    /// Whether this key has signed the statement, with an algorithm of its own.
    pub fn signed(&self, jws: &Jws<'_>) -> bool {
        let Some(algorithm) = jws.head("alg").and_then(|name| self.algorithm(name)) else { return false };
        let Ok(key) = DecodingKey::from_jwk(&self.jwk) else { return false };
        crypto::verify(jws.signature, jws.message.as_bytes(), &key, algorithm).unwrap_or(false)
    }

    /// The algorithm of this name, if it is one for this kind of key. `Ed25519` is RFC 9864's name for what was `EdDSA`.
    fn algorithm(&self, name: &str) -> Option<Algorithm> {
        match (self.kind, name) {
            (Kind::P256, "ES256") => Some(Algorithm::ES256),
            (Kind::Ed25519, "EdDSA" | "Ed25519") => Some(Algorithm::EdDSA),
            (Kind::Rsa, "PS256") => Some(Algorithm::PS256),
            (Kind::Rsa, "RS256") => Some(Algorithm::RS256),
            _ => None,
        }
    }
}

/// Only the canonical spelling counts, so that a key has one thumbprint.
fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn owned(text: Option<&Value>) -> Option<String> {
    text.and_then(Value::as_str).map(str::to_owned)
}

/// Shared with the tests over real connections.
#[cfg(test)]
#[path = "../tests/http/pair.rs"]
pub mod pair;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{pair::Pair, *};

    #[test]
    fn as_39_a_thumbprint_is_rfc_7638s() {
        let key = json!({
            "kty": "RSA", "alg": "RS256", "kid": "2011-04-29", "e": "AQAB",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        });
        let thumbprint = PublicKey::read(&key).expect("a key").thumbprint().expect("one");
        assert_eq!(thumbprint.as_str(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn as_39_private_and_symmetric_keys_are_no_public_keys() {
        let good = Pair::p256().jwk();
        assert!(PublicKey::read(&good).is_some());
        let with = |name: &str, value: Value| {
            let mut jwk = good.clone();
            jwk[name] = value;
            jwk
        };
        for member in PRIVATE_MEMBERS {
            assert!(PublicKey::read(&with(member, json!("AA"))).is_none(), "{member}");
        }
        for wrong in [
            with("crv", json!("P-384")),
            with("kty", json!("oct")),
            with("x", json!("AA")),
            with("y", json!(7)),
            with("use", json!("enc")),
            with("alg", json!("HS256")),
            with("alg", json!("EdDSA")),
            json!({"kty": "RSA", "e": "AQAB", "n": URL_SAFE_NO_PAD.encode([0xff; 128])}),
            json!("a key"),
        ] {
            assert!(PublicKey::read(&wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn as_39_the_algorithm_is_the_keys_and_not_the_headers() {
        let (curve, edwards) = (Pair::p256(), Pair::ed25519());
        for (pair, named, good) in [
            (&curve, "ES256", true),
            (&edwards, "EdDSA", true),
            (&edwards, "Ed25519", true),
            (&curve, "EdDSA", false),
            (&curve, "none", false),
            (&curve, "HS256", false),
            (&curve, "es256", false),
        ] {
            let text = pair.sign(&json!({"alg": named}), &json!({"a": 1}));
            let jws = Jws::parse(&text).expect("a statement");
            assert_eq!(PublicKey::read(&pair.jwk()).expect("a key").signed(&jws), good, "{named}");
        }
        let critical = curve.sign(&json!({"alg": "ES256", "crit": ["b64"], "b64": false}), &json!({}));
        assert!(Jws::parse(&critical).is_none());
    }

    proptest! {
        #[test]
        fn as_39_a_statement_that_was_touched_was_not_signed(at in 0usize..1000, to in 0u8..64) {
            const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let pair = Pair::p256();
            let text = pair.sign(&json!({"alg": "ES256"}), &json!({"jti": "one", "iat": 1}));
            let mut touched = text.clone().into_bytes();
            let at = at % touched.len();
            touched[at] = ALPHABET[usize::from(to)];
            let touched = String::from_utf8(touched).expect("letters");
            prop_assume!(touched != text);
            let key = PublicKey::read(&pair.jwk()).expect("a key");
            prop_assert!(!Jws::parse(&touched).is_some_and(|jws| key.signed(&jws)));
        }

        #[test]
        fn as_39_no_text_breaks_the_reading(text in "[ -~]{0,200}", parts in proptest::collection::vec("[A-Za-z0-9_-]{0,60}", 0..5)) {
            let _ = Jws::parse(&text);
            let _ = Jws::parse(&parts.join("."));
        }
    }
}
