//! How we prove to a server who its client is: by nothing, a secret, or an assertion that a key of ours signs.

use std::borrow::Cow;

use broker::{provider::ClientAuthentication, secret_text};
use oauth2::HttpRequest;
use serde_json::json;
use url::form_urlencoded;

use super::TokenEndpoint;
use crate::{
    fault::Fault,
    signing_key::{SigningKey, is_key},
};

/// RFC 7523 §2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// An assertion is used at once.
const ASSERTION_SECONDS: i64 = 60;

/// What proves us in one request. A private key never is among it.
pub(super) enum Proof<'a> {
    /// The client id alone.
    Nothing,
    /// A secret: what the server gave, or what a key of ours has just signed in its place.
    Secret(Cow<'a, str>),
    /// An assertion (`private_key_jwt`).
    Assertion(String),
}

impl Proof<'_> {
    /// The secret, if it is one.
    pub(super) fn secret(&self) -> Option<&str> {
        match self {
            Self::Secret(secret) => Some(secret),
            Self::Nothing | Self::Assertion(_) => None,
        }
    }

    /// What is sent and must not come back into sight.
    pub(super) fn sent(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Secret(secret) => Some(secret),
            Self::Assertion(assertion) => Some(assertion),
        }
    }

    /// Parameters that carry an assertion.
    pub(super) fn parameters(&self) -> Vec<(String, String)> {
        let Self::Assertion(assertion) = self else { return Vec::new() };
        let kind = ("client_assertion_type".to_owned(), JWT_BEARER.to_owned());
        vec![kind, ("client_assertion".to_owned(), assertion.clone())]
    }
}

impl TokenEndpoint<'_> {
    /// Whether what the person entered can prove us at this server; else what to enter.
    pub(crate) fn check_proof(&self) -> Result<(), Fault> {
        self.proof().map(drop)
    }

    /// The proof for one request, anew each time: an assertion is good once (RFC 7523 §3).
    pub(super) fn proof(&self) -> Result<Proof<'_>, Fault> {
        let needs = &self.server.provider.client;
        let wants_key = needs.authentication == Some(ClientAuthentication::PrivateKeyJwt);
        let unusable = |why: String| Fault::Forbidden(why);
        let Some(secret) = &self.credential.client_secret else {
            let none = || unusable("it takes a private key of the client's, and there is none".to_owned());
            return if wants_key { Err(none()) } else { Ok(Proof::Nothing) };
        };
        // Exposed to look at its form, and to be sent or signed with.
        let secret = secret.expose().as_str();
        if !is_key(secret) {
            let no_key = || unusable("it takes a private key, and not a secret".to_owned());
            let wants_key = wants_key || needs.signed_secret.is_some();
            return if wants_key { Err(no_key()) } else { Ok(Proof::Secret(secret.into())) };
        }
        let key = SigningKey::read(secret).map_err(unusable)?;
        if needs.signed_secret.is_some() {
            return self.signed_secret(&key).map_err(unusable);
        }
        if !self.takes_assertions() {
            return Err(unusable("it takes a secret, and not a private key".to_owned()));
        }
        self.assertion(&key).map_err(unusable)
    }

    /// Puts a new assertion in the place of the one that a request carried: a server that asked for a nonce may have seen
    /// it already (RFC 7523 §3). What proves us otherwise stays.
    pub(super) fn prove_anew(&self, request: &mut HttpRequest) -> Result<(), Fault> {
        let Proof::Assertion(fresh) = self.proof()? else { return Ok(()) };
        let pairs = form_urlencoded::parse(request.body()).into_owned();
        let renewed = pairs.map(|(name, value)| match name.as_str() {
            "client_assertion" => (name, fresh.clone()),
            _ => (name, value),
        });
        let mut body = form_urlencoded::Serializer::new(String::new());
        *request.body_mut() = body.extend_pairs(renewed).finish().into_bytes();
        Ok(())
    }

    fn takes_assertions(&self) -> bool {
        let said = &self.server.endpoints.token_auth_methods;
        match self.server.provider.client.authentication {
            Some(method) => method == ClientAuthentication::PrivateKeyJwt,
            None => said.is_empty() || said.iter().any(|method| method == "private_key_jwt"),
        }
    }

    /// RFC 7523 §3. The audience is the issuer, so that no other server can use it, unless the entry says otherwise.
    fn assertion<'p>(&self, key: &SigningKey) -> Result<Proof<'p>, String> {
        let (id, now) = (self.credential.client_id.as_str(), self.inner.clock.now().0);
        let needs = &self.server.provider.client;
        let issuer = self.server.provider.issuer.as_deref().filter(|_| !needs.assertion_for_token_endpoint);
        let claims = json!({
            "iss": id, "sub": id, "aud": issuer.unwrap_or(&self.server.endpoints.token),
            "jti": secret_text(self.inner.entropy.as_ref()).expose(), "iat": now, "exp": now + ASSERTION_SECONDS,
        });
        key.sign(needs.key_id.as_deref(), &claims).map(Proof::Assertion)
    }

    /// A client secret that is itself a signed token (Apple).
    fn signed_secret<'p>(&self, key: &SigningKey) -> Result<Proof<'p>, String> {
        let needs = &self.server.provider.client;
        let form = needs.signed_secret.as_ref().ok_or("its secret is not signed")?;
        let now = self.inner.clock.now().0;
        let claims = json!({
            "iss": form.issuer, "sub": self.credential.client_id, "aud": form.audience,
            "iat": now, "exp": now + ASSERTION_SECONDS,
        });
        key.sign(needs.key_id.as_deref(), &claims).map(|secret| Proof::Secret(secret.into()))
    }
}
