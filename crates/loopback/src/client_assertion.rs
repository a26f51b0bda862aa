//! `private_key_jwt` (RFC 7523 §2.2, §3; OpenID Connect Core §9): a program proves itself by a statement that it signs
//! with the private key to one of the public keys that it registered.

use broker::{App, Broker, Credential, Error, Provider, Timestamp};
use serde_json::Value;

use crate::{
    form::Form,
    jws::{Jws, PublicKey},
    replays::{Replays, Seeing},
    wire::Failure,
};

/// The one kind of assertion that is known (RFC 7523 §2.2).
const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What assertions may be signed with (`token_endpoint_auth_signing_alg_values_supported`).
pub const ALGORITHMS: [&str; 5] = ["ES256", "EdDSA", "Ed25519", "PS256", "RS256"];

/// An assertion may be good for so long from now, in seconds, and its clock may be so far ahead.
const LONGEST_SECONDS: i64 = 3600;
const AHEAD_SECONDS: i64 = 5;
/// So many assertions are remembered.
const MAX_ASSERTIONS: usize = 65_536;
const MAX_JTI_BYTES: usize = 256;
/// A program registers so many keys at the most.
const MAX_KEYS: usize = 8;

/// A memory for assertions: each is good once.
pub fn replays() -> Replays {
    Replays::new(MAX_ASSERTIONS, LONGEST_SECONDS)
}

/// Reads a program's key set at registration (RFC 7591 §2); `None` unless every key of it can be used.
pub fn keys(set: &Value) -> Option<Vec<PublicKey>> {
    let keys = set.get("keys")?.as_array()?;
    let few = (1..=MAX_KEYS).contains(&keys.len());
    few.then(|| keys.iter().map(PublicKey::read).collect()).flatten()
}

/// The program whose assertion a form brings; `None` if it brings none.
pub fn program(
    broker: &Broker,
    provider: &Provider,
    form: &Form,
    seen: &Replays,
) -> Result<Option<App>, Failure> {
    let Some(kind) = form.get("client_assertion_type") else {
        return match form.get("client_assertion") {
            None => Ok(None),
            Some(_) => Err(Failure::invalid_request("The parameter `client_assertion_type` is missing.")),
        };
    };
    if kind != KIND {
        return Err(refused("This client_assertion_type is not known."));
    }
    let jws = Jws::parse(form.demand("client_assertion")?);
    let jws = jws.ok_or_else(|| refused("The client assertion is no signed statement."))?;
    let id = jws.claim("sub").unwrap_or_default();
    if form.get("client_id").is_some_and(|named| named != id) {
        return Err(refused("The client assertion is about another program (sub)."));
    }
    let app = broker.app_at(&provider.id, id)?;
    let Credential::Keys { jwks } = &app.credential else {
        return Err(refused("This program registered no keys."));
    };
    check(&jws, jwks, &broker.issuer(provider), id, broker.now()).map_err(refused)?;
    match seen.see(id, jws.claim("jti").unwrap_or_default(), broker.now()) {
        Seeing::New => Ok(Some(app)),
        Seeing::Again => Err(refused("This client assertion was used before: make one for each request.")),
        Seeing::Full => Err(Failure::too_many("Too many programs authenticate. Try again in a minute.")),
    }
}

/// RFC 7523 §3; that the id is new, the caller sees to.
fn check(jws: &Jws<'_>, set: &str, issuer: &str, id: &str, now: Timestamp) -> Result<(), &'static str> {
    if !matches!(jws.head("typ"), None | Some("JWT" | "client-authentication+jwt")) {
        return Err("The client assertion is of another type (typ).");
    }
    if !signed_by_one_of(jws, set) {
        return Err("The client assertion is not signed by a key that this program registered.");
    }
    if jws.claim("iss") != Some(id) {
        return Err("The client assertion's issuer (iss) is not the program itself.");
    }
    if !jws.claims.get("aud").is_some_and(|aud| is_for(aud, issuer)) {
        return Err("The client assertion is for somebody else: its audience (aud) is the issuer.");
    }
    let lives = |end: i64| (1..=LONGEST_SECONDS).contains(&Timestamp(end).since(now));
    if !jws.time("exp").is_some_and(lives) {
        return Err("The client assertion has ended, or ends more than an hour from now (exp).");
    }
    let ahead = |name| jws.time(name).is_some_and(|at| Timestamp(at).since(now) > AHEAD_SECONDS);
    if ahead("nbf") || ahead("iat") {
        return Err("The client assertion is not good yet (nbf, iat).");
    }
    let usable = |jti: &str| !jti.is_empty() && jti.len() <= MAX_JTI_BYTES;
    jws.claim("jti").filter(|jti| usable(jti)).map(drop).ok_or("The client assertion has no usable id (jti).")
}

/// The key that the header names, or else any.
fn signed_by_one_of(jws: &Jws<'_>, set: &str) -> bool {
    let set: Value = serde_json::from_str(set).unwrap_or_default();
    let named = jws.head("kid");
    let fits = |key: &PublicKey| named.is_none() || key.id().is_none() || key.id() == named;
    keys(&set).unwrap_or_default().iter().filter(|key| fits(key)).any(|key| key.signed(jws))
}

/// For the issuer or an endpoint of it, and for nobody beside it: who else is named could use the assertion here.
fn is_for(audience: &Value, issuer: &str) -> bool {
    let ours = |named: &Value| {
        let rest = named.as_str().and_then(|named| named.strip_prefix(issuer));
        rest.is_some_and(|rest| matches!(rest, "" | "/token" | "/par" | "/introspect" | "/revoke"))
    };
    match audience {
        Value::Array(list) => !list.is_empty() && list.iter().all(ours),
        one => ours(one),
    }
}

fn refused(sentence: &'static str) -> Failure {
    Error::UnknownApp(sentence.to_owned().into()).into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::jws::pair::Pair;

    const NOW: Timestamp = Timestamp(1_800_000_000);
    const ISSUER: &str = "http://127.0.0.1:5395/pro";

    fn sound() -> Value {
        json!({"iss": "app_1", "sub": "app_1", "aud": ISSUER, "jti": "one", "iat": NOW.0, "exp": NOW.0 + 60})
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = sound();
        claims[name] = value;
        claims
    }

    fn checked(pair: &Pair, registered: &Value, header: &Value, claims: &Value) -> bool {
        let set = json!({ "keys": [registered] }).to_string();
        let text = pair.sign(header, claims);
        check(&Jws::parse(&text).expect("a statement"), &set, ISSUER, "app_1", NOW).is_ok()
    }

    #[test]
    fn an_assertion_is_the_programs_own_for_us_and_for_now() {
        let pair = Pair::ed25519();
        let holds = |claims: &Value| checked(&pair, &pair.jwk(), &json!({"alg": "EdDSA"}), claims);
        assert!(holds(&sound()));
        for right in [
            with("aud", json!(format!("{ISSUER}/token"))),
            with("aud", json!([ISSUER, format!("{ISSUER}/token")])),
            with("exp", json!(NOW.0 + 3600)),
        ] {
            assert!(holds(&right), "{right}");
        }
        for wrong in [
            with("iss", json!("app_2")),
            with("aud", json!("http://127.0.0.1:5395/other")),
            with("aud", json!(format!("{ISSUER}x"))),
            with("aud", json!([ISSUER, "https://elsewhere.example"])),
            with("aud", json!([])),
            with("aud", json!(null)),
            with("exp", json!(NOW.0)),
            with("exp", json!(NOW.0 + 3601)),
            with("exp", json!(null)),
            with("nbf", json!(NOW.0 + 6)),
            with("iat", json!(NOW.0 + 6)),
            with("jti", json!(null)),
            with("jti", json!("")),
        ] {
            assert!(!holds(&wrong), "{wrong}");
        }
    }

    #[test]
    fn an_assertion_is_signed_by_the_registered_key_with_its_algorithm() {
        let (pair, other) = (Pair::p256(), Pair::p256());
        let mut named = pair.jwk();
        named["kid"] = json!("mine");
        for (registered, header, good) in [
            (pair.jwk(), json!({"alg": "ES256"}), true),
            (pair.jwk(), json!({"alg": "ES256", "typ": "JWT"}), true),
            (named.clone(), json!({"alg": "ES256", "kid": "mine"}), true),
            (named, json!({"alg": "ES256", "kid": "other"}), false),
            (other.jwk(), json!({"alg": "ES256"}), false),
            (other.jwk(), json!({"alg": "ES256", "jwk": pair.jwk()}), false),
            (pair.jwk(), json!({"alg": "none"}), false),
            (pair.jwk(), json!({"alg": "HS256"}), false),
            (pair.jwk(), json!({"alg": "ES256", "typ": "dpop+jwt"}), false),
        ] {
            assert_eq!(checked(&pair, &registered, &header, &sound()), good, "{header}");
        }
    }

    #[test]
    fn key_sets_are_small_public_and_usable() {
        let key = Pair::p256().jwk();
        assert!(keys(&json!({ "keys": [key.clone()] })).is_some());
        let mut private = key.clone();
        private["d"] = json!("AA");
        for wrong in [
            json!({}),
            json!({ "keys": [] }),
            json!({ "keys": {} }),
            json!({ "keys": [private] }),
            json!({ "keys": [{ "kty": "oct", "k": "AA" }] }),
            json!({ "keys": vec![key; MAX_KEYS + 1] }),
        ] {
            assert!(keys(&wrong).is_none(), "{wrong}");
        }
    }
}
