//! Checks an ID token: signature first, then each claim (OIDC Core §3.1.3.7; UC-26, UPS-07).

use broker::Timestamp;
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, Header, Validation, decode, decode_header,
    jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde_json::{Map, Value};

use crate::{json, server::Server};

/// How far clocks may differ, in seconds.
const LEEWAY: i64 = 60;

/// How old a token of a sign-in that just happened may be, in seconds.
const MAX_AGE: i64 = 60 * 60;

/// Signatures that can be checked with a public key; none other is ever accepted (RFC 8725 §3.1).
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// Claims of a token.
pub(crate) type Claims = Map<String, Value>;

/// Why a signature was not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BadSignature {
    /// No key of the issuer's fits; it may have new ones.
    UnknownKey,
    /// It is wrong.
    Wrong(&'static str),
}

/// Who must have made the token, for whom.
pub(crate) struct Expected<'a> {
    pub(crate) server: &'a Server,
    pub(crate) client_id: &'a str,
    /// `None` where the way to sign in has no nonce: the token came straight from the token endpoint.
    pub(crate) nonce: Option<&'a str>,
    pub(crate) now: Timestamp,
}

/// Checks the signature with the issuer's published keys. Keys and key addresses inside the token are not looked at.
pub(crate) fn verified(token: &str, keys: &[Jwk]) -> Result<Claims, BadSignature> {
    let header = decode_header(token).map_err(|_| BadSignature::Wrong("its ID token cannot be read"))?;
    if !ALGORITHMS.contains(&header.alg) || header.crit.is_some() {
        return Err(BadSignature::Wrong("its ID token is signed in a way that is not allowed"));
    }
    let candidates: Vec<&Jwk> = keys.iter().filter(|key| fits(key, &header)).collect();
    if candidates.is_empty() {
        return Err(BadSignature::UnknownKey);
    }
    let claims = candidates.into_iter().find_map(|key| with_key(token, key, header.alg));
    let claims = claims.ok_or(BadSignature::Wrong("the signature of its ID token is wrong"))?;
    without_doubles(token).then_some(claims).ok_or(BadSignature::Wrong("its ID token has a claim twice"))
}

/// Checks the claims of a verified token.
pub(crate) fn check(claims: &Claims, expected: &Expected<'_>) -> Result<(), &'static str> {
    let issuer = json::text(claims, "iss").unwrap_or_default();
    if expected.server.is_issuer(issuer, json::text(claims, "tid").or(Some(""))) != Some(true) {
        return Err("its ID token is from another issuer");
    }
    check_audience(claims, expected.client_id)?;
    check_times(claims, expected.now)?;
    if expected.nonce.is_some_and(|nonce| json::text(claims, "nonce") != Some(nonce)) {
        return Err("its ID token belongs to another sign-in");
    }
    let subject = json::text(claims, "sub").unwrap_or_default();
    if subject.is_empty() || subject.len() > 255 || !subject.is_ascii() {
        return Err("its ID token names no account");
    }
    Ok(())
}

/// A key for this kind of signature, of the name that the header gives.
fn fits(key: &Jwk, header: &Header) -> bool {
    let family = match key.algorithm {
        AlgorithmParameters::RSA(_) => AlgorithmFamily::Rsa,
        AlgorithmParameters::EllipticCurve(_) => AlgorithmFamily::Ec,
        AlgorithmParameters::OctetKeyPair(_) => AlgorithmFamily::Ed,
        // A shared secret is no public key (HS256 with the published key as the secret).
        _ => return false,
    };
    let named = header.kid.is_none() || key.common.key_id == header.kid;
    let signs = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
    named && signs && family == header.alg.family() && allows(key.common.key_algorithm, header.alg)
}

fn allows(said: Option<KeyAlgorithm>, used: Algorithm) -> bool {
    said.is_none_or(|said| said.to_string() == format!("{used:?}"))
}

/// Times and audience are checked by [`check`], against our own clock.
fn with_key(token: &str, key: &Jwk, algorithm: Algorithm) -> Option<Claims> {
    let key = DecodingKey::from_jwk(key).ok()?;
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    decode::<Claims>(token, &key, &validation).ok().map(|data| data.claims)
}

/// The payload once more, by the strict reader.
fn without_doubles(token: &str) -> bool {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let payload = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    payload.is_some_and(|bytes| json::object(&bytes).is_ok())
}

/// `aud` holds us; among several, or if there is an `azp`, `azp` is us.
fn check_audience(claims: &Claims, client_id: &str) -> Result<(), &'static str> {
    let (for_us, others) = match claims.get("aud") {
        Some(Value::String(one)) => (one == client_id, false),
        Some(Value::Array(many)) => (many.iter().any(|one| one == client_id), many.len() > 1),
        _ => (false, false),
    };
    if !for_us {
        return Err("its ID token is for another program");
    }
    match claims.get("azp") {
        None if others => Err("its ID token is for several programs and does not say for which"),
        Some(party) if party != client_id => Err("its ID token was given to another program"),
        _ => Ok(()),
    }
}

fn check_times(claims: &Claims, now: Timestamp) -> Result<(), &'static str> {
    let second = |name: &str| claims.get(name).and_then(seconds);
    let until = second("exp").ok_or("its ID token does not say until when it holds")?;
    if now.0.saturating_sub(LEEWAY) >= until {
        return Err("its ID token has expired. If the clock of this machine is wrong, set it");
    }
    let since = second("iat").ok_or("its ID token does not say since when it holds")?;
    let age = now.0.saturating_sub(since);
    if !(-LEEWAY..=MAX_AGE).contains(&age)
        || second("nbf").is_some_and(|from| from.saturating_sub(LEEWAY) > now.0)
    {
        return Err("its ID token is from another time. If the clock of this machine is wrong, set it");
    }
    Ok(())
}

/// A date in seconds; fractions are cut off (RFC 7519 §2).
#[expect(clippy::cast_possible_truncation, reason = "a float becomes the nearest second, saturating")]
fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
}
