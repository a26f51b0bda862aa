//! Which program a request comes from: by its client id and, where it has one, its secret (RFC 6749 §2.3) or a
//! statement that it has signed (RFC 7523).

use axum::http::{HeaderMap, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use broker::{App, Broker, Credential, Error, Provider, ProviderId, Secret};
use url::form_urlencoded;

use crate::{
    api::Api,
    client_assertion,
    form::Form,
    wire::{BASIC_CHALLENGE, Failure},
};

/// A client id and secret, as presented.
pub struct Presented {
    /// The client id.
    pub id: String,
    /// The secret.
    pub secret: Option<Secret<String>>,
    /// Whether the Authorization header was used.
    by_header: bool,
}

/// Authenticates the program of a form at a provider's issuer. One way at a time (RFC 6749 §2.3).
pub fn authenticate(
    api: &Api,
    provider: &Provider,
    headers: &HeaderMap,
    form: &Form,
) -> Result<App, Failure> {
    if let Some(app) = client_assertion::program(&api.broker, provider, form, &api.assertions)? {
        let other_way = headers.contains_key(header::AUTHORIZATION) || form.get("client_secret").is_some();
        return if other_way { Err(two_ways()) } else { Ok(app) };
    }
    let by_form = form.text("client_id").map(|id| Presented {
        id,
        secret: form.secret("client_secret"),
        by_header: false,
    });
    let presented = match (by_header(headers)?, by_form) {
        (Some(_), _) if form.get("client_secret").is_some() => Err(two_ways()),
        (Some(header), Some(form)) if header.id != form.id => Err(two_ways()),
        (Some(header), _) => Ok(header),
        (None, Some(form)) => Ok(form),
        (None, None) => Err(unauthenticated("Say who you are: the client id is missing.")),
    }?;
    presented.app(&api.broker, &provider.id)
}

/// The same for endpoints that a program may use only if it has a secret (RFC 7662 §2.1).
pub fn authenticate_confidential(
    api: &Api,
    provider: &Provider,
    headers: &HeaderMap,
    form: &Form,
) -> Result<App, Failure> {
    let app = authenticate(api, provider, headers, form)?;
    match app.credential {
        Credential::ClientSecret { .. } | Credential::Keys { .. } => Ok(app),
        Credential::Public | Credential::Program { .. } => {
            Err(unauthenticated("Only a program with a secret or a key may ask this. Register one."))
        }
    }
}

impl Presented {
    /// The program that it proves.
    pub fn app(&self, broker: &Broker, provider: &ProviderId) -> Result<App, Failure> {
        broker.authenticate_app(provider, &self.id, self.secret.as_ref()).map_err(|error| {
            let challenge = matches!(error, Error::UnknownApp(_)) && self.by_header;
            Failure { challenge: challenge.then_some(BASIC_CHALLENGE), ..error.into() }
        })
    }
}

/// Id and secret from the Authorization header; both were form-encoded before they were joined (RFC 6749 §2.3.1).
pub fn by_header(headers: &HeaderMap) -> Result<Option<Presented>, Failure> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(two_ways());
    }
    let malformed = || unauthenticated("The Authorization header is not of the form `Basic …`.");
    let (scheme, encoded) = value.to_str().ok().and_then(|v| v.split_once(' ')).ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(malformed());
    }
    let joined = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let joined = Secret::new(joined.ok_or_else(malformed)?);
    // Exposed to be taken apart.
    let (id, secret) = joined.expose().split_once(':').ok_or_else(malformed)?;
    let secret = Some(decoded(secret)).filter(|secret| !secret.is_empty()).map(Secret::new);
    Ok(Some(Presented { id: decoded(id), secret, by_header: true }))
}

/// One form-encoded value.
fn decoded(text: &str) -> String {
    // Ampersands and equals signs cannot be in an encoded value; encoded here they stay what they are.
    let alone = text.replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(alone.as_bytes()).next().map(|(value, _)| value.into_owned()).unwrap_or_default()
}

fn unauthenticated(sentence: &str) -> Failure {
    let failure = Failure::from(Error::UnknownApp(sentence.to_owned().into()));
    Failure { challenge: Some(BASIC_CHALLENGE), ..failure }
}

fn two_ways() -> Failure {
    Failure::invalid_request("Authenticate in one way, not in two.")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn basic(joined: &str) -> Result<Option<Presented>, Failure> {
        let mut headers = HeaderMap::new();
        let value = format!("Basic {}", STANDARD.encode(joined));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&value).expect("legal"));
        by_header(&headers)
    }

    #[test]
    fn as_10_basic_credentials_are_form_decoded() {
        let presented = basic("a%3Ab+c:s%25%2B%C3%BC=&x").ok().flatten().expect("read");
        assert_eq!(presented.id, "a:b c");
        assert_eq!(presented.secret.expect("a secret").expose(), "s%+ü=&x");
        assert!(basic("app_1:").ok().flatten().expect("read").secret.is_none());
        assert!(basic("no-colon").is_err());
    }
}
