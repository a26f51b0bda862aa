//! Proves to servers that we hold the key that a sign-in's tokens are bound to (DPoP, RFC 9449), so that a token which was
//! copied is good for nobody else.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use broker::{Clock, Entropy, Secret, secret_text};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use oauth2::HttpRequest;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use crate::{
    address::Reach, fault::Fault, json, server::Server, signing_key::SigningKey, upstreams::Inner, web::Reply,
};

/// What we sign proofs with (RFC 7518 §3.4).
const ALGORITHM: &str = "ES256";
const PROOF: HeaderName = HeaderName::from_static("dpop");
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
/// Says that a proof wants the nonce that comes with it (§8).
const USE_NONCE: &str = "use_dpop_nonce";
/// The longest nonce that is taken.
const MAX_NONCE: usize = 1024;
/// More servers than anyone has; beyond it the memory starts afresh.
const MAX_NONCES: usize = 256;

/// The nonce that each server told last, by its origin (§8.2).
#[derive(Default)]
pub(crate) struct Nonces(Mutex<HashMap<String, String>>);

impl Nonces {
    /// The nonce for the next proof to an address.
    pub(crate) fn of(&self, address: &Url) -> Option<String> {
        let origin = address.origin().ascii_serialization();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&origin).cloned()
    }

    /// Takes the nonce that the server at an address told.
    pub(crate) fn note(&self, address: &Url, nonce: &str) {
        if !is_nonce(nonce) {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_NONCES {
            kept.clear();
        }
        kept.insert(address.origin().ascii_serialization(), nonce.to_owned());
    }
}

/// What one proof says.
pub(crate) struct Said<'a> {
    pub(crate) method: &'a str,
    pub(crate) address: &'a Url,
    /// The access token that the request uses.
    pub(crate) token: Option<&'a str>,
    pub(crate) nonce: Option<&'a str>,
}

/// A key with all that it takes to prove it.
pub(crate) struct Prover<'a> {
    inner: &'a Inner,
    key: SigningKey,
}

/// A fresh key for a sign-in whose entry wants its tokens bound to one.
pub(crate) fn fresh_key(server: &Server) -> Result<Option<Secret<String>>, Fault> {
    if !server.provider.client.dpop_bound_access_tokens {
        return Ok(None);
    }
    let known = &server.endpoints.dpop_algorithms;
    if !known.is_empty() && !known.iter().any(|algorithm| algorithm == ALGORITHM) {
        return Err(Fault::Forbidden(format!("it takes no proofs (DPoP) that are signed with {ALGORITHM}")));
    }
    SigningKey::generate().map(Some).map_err(Fault::Forbidden)
}

/// The thumbprint of a key's public half (RFC 7638), as an authorization request names it (§10).
pub(crate) fn thumbprint(key: &Secret<String>) -> Option<String> {
    // Exposed to be read; only its public half is told.
    let jwk = SigningKey::read(key.expose()).ok()?.public_jwk()?;
    jwk["kid"].as_str().map(str::to_owned)
}

/// A proof (§4.2).
pub(crate) fn proof(
    key: &SigningKey,
    said: &Said<'_>,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<String, String> {
    let jwk = key.public_jwk().ok_or("the key of the sign-in is none that can be proven")?;
    let public: Map<String, Value> =
        ["kty", "crv", "x", "y"].iter().map(|&name| (name.to_owned(), jwk[name].clone())).collect();
    let mut address = said.address.clone();
    address.set_query(None);
    address.set_fragment(None);
    let mut claims = json!({
        "jti": secret_text(entropy).expose(), "htm": said.method, "htu": address.as_str(), "iat": clock.now().0,
    });
    if let Some(token) = said.token {
        claims["ath"] = URL_SAFE_NO_PAD.encode(Sha256::digest(token)).into();
    }
    if let Some(nonce) = said.nonce {
        claims["nonce"] = nonce.into();
    }
    let header = Map::from_iter([("typ".to_owned(), json!("dpop+jwt")), ("jwk".to_owned(), public.into())]);
    key.signed(header, &claims)
}

impl<'a> Prover<'a> {
    /// With the key of a sign-in.
    pub(crate) fn of(inner: &'a Inner, key: &Secret<String>) -> Result<Self, Fault> {
        // Exposed to sign with it.
        let key = SigningKey::read(key.expose()).map_err(Fault::Forbidden)?;
        Ok(Self { inner, key })
    }

    /// Sends a request with a proof; where the server wants a nonce in that, once more, after `anew` has renewed what is
    /// good for one request only.
    pub(crate) async fn call(
        &self,
        reach: Reach,
        request: HttpRequest,
        token: Option<&str>,
        anew: impl FnOnce(&mut HttpRequest) -> Result<(), Fault> + Send,
    ) -> Result<Reply, Fault> {
        let mut again = request.clone();
        let reply = self.sent(reach, request, token).await?;
        if !wants_nonce(&reply) {
            return Ok(reply);
        }
        anew(&mut again)?;
        let reply = self.sent(reach, again, token).await?;
        if wants_nonce(&reply) {
            return Err(Fault::Untrusted("it asks for one nonce after another".to_owned()));
        }
        Ok(reply)
    }

    async fn sent(
        &self,
        reach: Reach,
        mut request: HttpRequest,
        token: Option<&str>,
    ) -> Result<Reply, Fault> {
        let Inner { web, nonces, clock, entropy, .. } = self.inner;
        let odd = || Fault::Forbidden("the address cannot be called".to_owned());
        let address = Url::parse(&request.uri().to_string()).map_err(|_| odd())?;
        let nonce = nonces.of(&address);
        let method = request.method().as_str().to_owned();
        let said = Said { method: &method, address: &address, token, nonce: nonce.as_deref() };
        let proof = proof(&self.key, &said, clock.as_ref(), entropy.as_ref()).map_err(Fault::Forbidden)?;
        request.headers_mut().insert(PROOF, HeaderValue::from_str(&proof).map_err(|_| odd())?);
        let reply = web.call(reach, request).await?;
        if let Some(nonce) = told(&reply.headers) {
            nonces.note(&address, nonce);
        }
        Ok(reply)
    }
}

/// The nonce that an answer tells, if it is one (§8.1).
fn told(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(NONCE).iter();
    let (Some(nonce), None) = (values.next(), values.next()) else { return None };
    nonce.to_str().ok().filter(|nonce| is_nonce(nonce))
}

fn is_nonce(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_NONCE && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Whether a server refused a proof for its nonce alone, and told the one that it wants: at the token endpoint in the
/// body (§8), at a resource in the challenge (§9).
fn wants_nonce(reply: &Reply) -> bool {
    let refused = matches!(reply.status.as_u16(), 400 | 401) && told(&reply.headers).is_some();
    let challenged = || {
        let challenges = reply.headers.get_all(header::WWW_AUTHENTICATE).iter();
        challenges.filter_map(|challenge| challenge.to_str().ok()).any(|it| it.contains(USE_NONCE))
    };
    let said = || reply.json().is_ok_and(|members| json::text(&members, "error") == Some(USE_NONCE));
    refused && (challenged() || said())
}
