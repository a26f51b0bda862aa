//! DPoP (RFC 9449): a program proves with each request that it holds the key that its tokens are bound to, so that a
//! token which was copied is good for nobody.
//!
//! A proof must carry a nonce of ours (§8): it shows that the proof was made now, and not ahead of time by somebody
//! who could use the key for a moment. Every answer to a request with a proof tells the nonce of the next one.

use aws_lc_rs::hmac;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use broker::{Broker, Entropy, KeyThumbprint, Secret, Timestamp};
use sha2::{Digest, Sha256};
use url::Url;

use crate::{
    guard::only,
    jws::{Jws, PublicKey},
    replays::{Replays, Seeing},
    wire::Failure,
};

/// What proofs may be signed with (`dpop_signing_alg_values_supported`).
pub const ALGORITHMS: [&str; 3] = ["ES256", "EdDSA", "Ed25519"];
/// The header of a proof, and the one that tells a nonce.
pub const PROOF: &str = "dpop";
pub const NONCE: &str = "dpop-nonce";
const TYPE: &str = "dpop+jwt";

/// A proof may be so old, in seconds (§11.1), and its clock so far ahead.
const OLDEST_SECONDS: i64 = 60;
const AHEAD_SECONDS: i64 = 5;
/// A nonce is told for so long, and accepted for as long again.
const NONCE_SECONDS: i64 = 300;
const MAX_JTI_BYTES: usize = 256;
/// So many proofs are remembered for each of the two doors.
const MAX_PROOFS: usize = 65_536;

/// Why a proof does not count: `invalid_dpop_proof`, or `use_dpop_nonce` where just the nonce is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Something is wrong with it, and what.
    Invalid(&'static str),
    /// Its nonce is missing or too old; the answer tells a new one.
    Nonce,
    /// Too many proofs came lately.
    Full,
}

/// What one request must have proven.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Its header fields.
    pub headers: &'a HeaderMap,
    /// Its method.
    pub method: &'a str,
    /// Its target.
    pub uri: &'a Uri,
    /// The access token that it uses, where it uses one.
    pub token: Option<&'a Secret<String>>,
}

/// Checks proofs.
pub struct Proofs {
    base: String,
    nonces: hmac::Key,
    seen: Replays,
}

/// A proof that holds, but for its being new.
#[derive(Debug, PartialEq, Eq)]
pub struct Proof {
    /// The key that made it.
    pub key: KeyThumbprint,
    jti: String,
}

impl Proofs {
    /// For one door: the token endpoint and its neighbours, or the gateway.
    pub fn new(broker: &Broker) -> Self {
        Self::with(broker.base_url(), broker.entropy())
    }

    fn with(base: &str, entropy: &dyn Entropy) -> Self {
        let mut key = [0; 32];
        entropy.fill(&mut key);
        Self {
            base: base.to_owned(),
            nonces: hmac::Key::new(hmac::HMAC_SHA256, &key),
            seen: Replays::new(MAX_PROOFS, OLDEST_SECONDS + AHEAD_SECONDS),
        }
    }

    /// The key that a request proves to hold; `None` if it brings no proof.
    pub fn key(&self, request: Request<'_>, now: Timestamp) -> Result<Option<KeyThumbprint>, Fault> {
        let Some(proof) = self.proof(request, now)? else { return Ok(None) };
        self.take(&proof, now)?;
        Ok(Some(proof.key))
    }

    /// Checks everything of a proof but that it is new.
    pub fn proof(&self, request: Request<'_>, now: Timestamp) -> Result<Option<Proof>, Fault> {
        if !request.headers.contains_key(PROOF) {
            return Ok(None);
        }
        let text = only(request.headers, PROOF).ok_or(Fault::Invalid("Send one proof."))?;
        self.check(text, request, now).map(Some)
    }

    /// Takes a proof: the next request must bring another one.
    pub fn take(&self, proof: &Proof, now: Timestamp) -> Result<(), Fault> {
        match self.seen.see(proof.key.as_str(), &proof.jti, now) {
            Seeing::New => Ok(()),
            Seeing::Again => Err(Fault::Invalid("This proof was used before: make one for each request.")),
            Seeing::Full => Err(Fault::Full),
        }
    }

    /// Tells the nonce for the next proof on the answer to a request that brought one (§8.2).
    pub fn announce(&self, asked: &HeaderMap, answer: &mut HeaderMap, now: Timestamp) {
        if !asked.contains_key(PROOF) {
            return;
        }
        if let Ok(nonce) = HeaderValue::from_str(&self.nonce(step(now))) {
            answer.insert(NONCE, nonce);
        }
    }

    /// §4.3, in its order.
    fn check(&self, text: &str, request: Request<'_>, now: Timestamp) -> Result<Proof, Fault> {
        let invalid = |why| Err(Fault::Invalid(why));
        let Some(jws) = Jws::parse(text) else { return invalid("The proof is no signed statement.") };
        if jws.head("typ") != Some(TYPE) {
            return invalid("The proof's type is not dpop+jwt.");
        }
        let key = jws.header.get("jwk").and_then(PublicKey::read).filter(PublicKey::is_elliptic);
        let Some((key, thumbprint)) = key.and_then(|key| key.thumbprint().map(|name| (key, name))) else {
            return invalid(
                "The proof must bring a public key (jwk) on P-256 or Ed25519, without private parts.",
            );
        };
        if !key.signed(&jws) {
            return invalid("The proof is not signed by its key with ES256 or EdDSA.");
        }
        let jti = match jws.claim("jti") {
            Some(jti) if !jti.is_empty() && jti.len() <= MAX_JTI_BYTES => jti.to_owned(),
            _ => return invalid("The proof has no usable id (jti)."),
        };
        if jws.claim("htm") != Some(request.method) {
            return invalid("The proof is for another method (htm).");
        }
        if !jws.claim("htu").is_some_and(|htu| self.is_for(htu, request)) {
            return invalid("The proof is for another address (htu).");
        }
        let lately = jws
            .time("iat")
            .is_some_and(|iat| (-AHEAD_SECONDS..=OLDEST_SECONDS).contains(&now.since(Timestamp(iat))));
        if !lately {
            return invalid("The proof was not made just now (iat).");
        }
        if request.token.is_some_and(|token| jws.claim("ath") != Some(&hash(token))) {
            return invalid("The proof is for another token (ath).");
        }
        if !jws.claim("nonce").is_some_and(|nonce| self.told(nonce, now)) {
            return Err(Fault::Nonce);
        }
        Ok(Proof { key: thumbprint, jti })
    }

    /// Whether `htu` is the request's own address, by our own name or by the one that it was sent to, which the guard
    /// has seen to be ours. Query and fragment do not count.
    fn is_for(&self, htu: &str, request: Request<'_>) -> bool {
        let Some(htu) = plain(htu) else { return false };
        let host = only(request.headers, header::HOST.as_str()).map(|host| format!("http://{host}"));
        let ours = [Some(self.base.clone()), host].into_iter().flatten();
        ours.filter_map(|base| plain(&format!("{base}{}", request.uri.path()))).any(|ours| ours == htu)
    }

    fn nonce(&self, step: i64) -> String {
        URL_SAFE_NO_PAD.encode(&hmac::sign(&self.nonces, &step.to_be_bytes()).as_ref()[..16])
    }

    fn told(&self, nonce: &str, now: Timestamp) -> bool {
        [0, 1].iter().any(|back| self.nonce(step(now) - back) == nonce)
    }
}

/// An address without query and fragment, in its plain spelling (RFC 3986 §6.2).
fn plain(address: &str) -> Option<Url> {
    let mut url = Url::parse(address).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    Some(url)
}

fn step(now: Timestamp) -> i64 {
    now.0.div_euclid(NONCE_SECONDS)
}

/// `ath` (§4.2).
fn hash(token: &Secret<String>) -> String {
    // Exposed to be hashed.
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.expose().as_bytes()))
}

impl Fault {
    /// The RFC's word and a sentence.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Invalid(why) => ("invalid_dpop_proof", why),
            Self::Nonce => {
                ("use_dpop_nonce", "Make the proof again, with the nonce of the DPoP-Nonce header.")
            }
            Self::Full => ("temporarily_unavailable", "Too many proofs came lately. Try again in a minute."),
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let (word, sentence) = fault.words();
        match fault {
            Fault::Full => Self::too_many(sentence),
            _ => Self::new(StatusCode::BAD_REQUEST, word, sentence),
        }
    }
}

#[cfg(test)]
mod tests;
