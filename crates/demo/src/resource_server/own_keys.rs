//! Validating a token by itself: a signed token and the published keys (RFC 9068 §4, RFC 8725).

use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation, decode, decode_header,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm},
};
use serde::Deserialize;

use super::Desk;
use crate::{
    bearer::{BOUND, Challenge},
    wire::{Ask, Wire},
};

/// Tolerance for clocks that differ, in seconds (TK-19).
const LEEWAY: u64 = 30;
/// So often at the most are the keys fetched again because of an unknown key id, in seconds (DOS-05).
const PAUSE: u64 = 10;

const BAD: Challenge = Challenge::InvalidToken("The token is not one for this place, or not good any more.");

/// The keys as of when they were fetched.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: Vec<Jwk>,
    fetched: Option<u64>,
}

/// What we read of a token.
#[derive(Deserialize)]
struct Claims {
    exp: u64,
    /// The token is bound to a key (RFC 7800): who only shows it has perhaps copied it.
    cnf: Option<serde_json::Value>,
    #[serde(default)]
    scope: String,
}

/// The scopes of a token that is good here.
pub async fn check(desk: &Desk, token: &str) -> Result<String, Challenge> {
    let header = decode_header(token).map_err(|_| BAD)?;
    let key = key_for(desk, &header).await?;
    let algorithm = algorithm_of(&key).filter(|known| *known == header.alg).ok_or(BAD)?;
    let decoding = DecodingKey::from_jwk(&key).map_err(|_| BAD)?;
    let claims = decode::<Claims>(token, &decoding, &rules(desk, algorithm)).map_err(|_| BAD)?.claims;
    if claims.cnf.is_some() {
        return Err(BOUND);
    }
    (desk.now() < claims.exp.saturating_add(LEEWAY)).then_some(claims.scope).ok_or(BAD)
}

/// Issuer and audience are ours to name; the end is compared with our own clock.
fn rules(desk: &Desk, algorithm: Algorithm) -> Validation {
    let mut rules = Validation::new(algorithm);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    rules.set_issuer(&[&desk.issuer.name]);
    rules.set_audience(&[&desk.audience]);
    rules.validate_exp = false;
    rules
}

/// The published key that the header names. Nothing else in the header is followed (RFC 8725 §3.10), no critical
/// extension is understood (RFC 7515 §4.1.11), and only access tokens pass (RFC 8725 §3.11).
async fn key_for(desk: &Desk, header: &Header) -> Result<Jwk, Challenge> {
    let kind = header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    if !["at+jwt", "application/at+jwt"].contains(&kind.as_str()) || header.crit.is_some() {
        return Err(BAD);
    }
    let id = header.kid.as_deref().ok_or(BAD)?;
    let mut set = desk.keys.lock().await;
    let due = set.fetched.is_none_or(|at| desk.now() >= at.saturating_add(PAUSE));
    if set.find(id).is_none() && due {
        set.keys = fetch(&desk.issuer.jwks_uri).await?;
        set.fetched = Some(desk.now());
    }
    set.find(id).cloned().ok_or(BAD)
}

impl KeySet {
    fn find(&self, id: &str) -> Option<&Jwk> {
        self.keys.iter().find(|key| key.common.key_id.as_deref() == Some(id))
    }
}

async fn fetch(jwks_uri: &str) -> Result<Vec<Jwk>, Challenge> {
    const AWAY: Challenge = Challenge::Away("The authorization server's keys cannot be read.");
    let reply = Wire::new().map_err(|_| AWAY)?.send(Ask::get(jwks_uri)).await.map_err(|_| AWAY)?;
    serde_json::from_value::<JwkSet>(reply.json).map(|set| set.keys).map_err(|_| AWAY)
}

/// The one algorithm of a key, from the key and not from a token (RFC 8725 §3.1).
fn algorithm_of(key: &Jwk) -> Option<Algorithm> {
    let (algorithm, name) = match &key.algorithm {
        AlgorithmParameters::EllipticCurve(parts) if parts.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(parts) if parts.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    key.common.key_algorithm.is_none_or(|said| said == name).then_some(algorithm)
}
