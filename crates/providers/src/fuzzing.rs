//! Doors for `fuzz/` to what reads bytes of providers. Nothing else uses them.

use std::borrow::Cow;

use broker::{Provider, ScopeSet, Secret, Timestamp};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::Value;
use url::Url;

use crate::{
    address::Reach,
    callback_answer::{self, Expected, Verdict},
    catalogue, clean, id_token, json, keys, metadata, pasted,
    server::Server,
    token_answer::{self, Reading},
    web::Reply,
};

const ISSUER: &str = "https://issuer.example";
const SECRET: &str = "canary-of-the-request";

/// The answer of a token endpoint, as success and as refusal, to a request for bearer tokens and to one for bound ones.
pub fn token_answer(bytes: &[u8]) {
    let mut provider = provider();
    provider.token.form_answers = true;
    let kind = if bytes.starts_with(b"{") { "application/json" } else { "application/x-www-form-urlencoded" };
    let asked = ScopeSet::parse("openid read").unwrap_or_default();
    for (status, bound) in [
        (StatusCode::OK, false),
        (StatusCode::OK, true),
        (StatusCode::BAD_REQUEST, false),
        (StatusCode::BAD_REQUEST, true),
    ] {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
        let reply = Reply { status, headers, body: bytes.to_vec() };
        let reading = Reading { provider: &provider, asked: &asked, secrets: &[SECRET], bound };
        let Ok(members) = token_answer::canonical(&reply, &reading) else { continue };
        assert_eq!(members["token_type"], "bearer");
        assert!(json::text(&members, "access_token").is_some_and(str::is_ascii));
        assert!(members.get("expires_in").is_none_or(Value::is_u64));
        let scope = json::text(&members, "scope").unwrap_or_default();
        assert!(ScopeSet::parse(scope).is_some() || scope.split(' ').count() > 100);
    }
}

/// Metadata, and a key set, of an issuer.
pub fn published(bytes: &[u8]) {
    let Ok(members) = json::object(bytes) else { return };
    if let Ok(read) = metadata::read(&members, ISSUER, Reach::Public) {
        for address in read.endpoints.addresses() {
            assert!(Url::parse(address).is_ok_and(|url| url.scheme() == "https"), "{address}");
        }
    }
    drop(keys::read(members.get("keys")));
}

/// An ID token: as text, and its claims as if the signature were good.
pub fn id_token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    assert!(id_token::verified(&text, &[]).is_err(), "nothing is verified without a key");
    let Ok(claims) = json::object(bytes) else { return };
    let server = server(provider());
    let now = Timestamp(1_800_000_000);
    let expected = id_token::Expected { server: &server, client_id: "ours", nonce: Some("nonce"), now };
    if id_token::check(&claims, &expected).is_ok() {
        let is = |name: &str, value: &str| claims.get(name).and_then(Value::as_str) == Some(value);
        assert!(is("iss", ISSUER) && is("nonce", "nonce"));
        assert!(json::text(&claims, "sub").is_some());
    }
}

/// The query that a browser brings back.
pub fn callback(bytes: &[u8]) {
    let query = String::from_utf8_lossy(bytes);
    let expected = Expected { server: server(provider()), state: Secret::from("the state") };
    if let Verdict::Ours(answer) = callback_answer::judge(&query, &expected) {
        assert!(query.contains("state"), "nobody else knows it");
        assert!(answer.is_err() || query.contains("code"));
    }
}

/// What a person pastes: an address, or a code that a page shows.
pub fn pasted(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let expected = Expected { server: server(provider()), state: Secret::from("the state") };
    let own = Url::parse("https://own.example/back").expect("an address");
    if let Ok(Ok(code)) = pasted::read(&text, Some(&own), &expected) {
        // Line ends and tabs, as a terminal puts them into what is copied, are no part of an address.
        let scheme = if text.contains("://") { "" } else { "https://" };
        let address = Url::parse(&format!("{scheme}{}", text.trim())).expect("an address");
        assert_eq!((address.origin(), address.path()), (own.origin(), own.path()), "the own address");
        let state = |(name, value): (Cow<'_, str>, Cow<'_, str>)| name == "state" && value == "the state";
        assert!(address.query_pairs().any(state), "nobody else knows it");
        assert!(!code.expose().is_empty());
    }
    if let Ok(Ok(code)) = pasted::read(&text, None, &expected) {
        assert!(code.expose().len() <= text.len() && !code.expose().is_empty());
    }
}

/// A catalogue entry.
pub fn catalogue(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(entry) = catalogue::parsed("fuzz", text) else { return };
    drop((entry.preset(), entry.has_gateway()));
    drop(entry.canonical(&ScopeSet::parse("openid read").unwrap_or_default()));
    // What was read can be remembered and read again.
    let written = serde_json::to_value(&entry).expect("JSON");
    drop(serde_json::from_value::<Provider>(written).expect("the same entry"));
}

/// Addresses and words of a provider.
pub fn words(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(url) = Reach::Public.check(&text) {
        assert_eq!(url.scheme(), "https");
    }
    drop(Reach::of(true).check(&text));
    let shown = clean::shown(&format!("{text} {SECRET}"), &[SECRET]);
    assert!(!shown.contains(SECRET), "{shown}");
    assert!(!clean::code(&text).contains(char::is_control) && !clean::name(&text).contains(char::is_control));
}

fn provider() -> Provider {
    let entry = serde_json::json!({
        "id": "fuzz", "name": "Fuzz", "mark": "F", "colour": "#000000", "issuer": ISSUER,
        "endpoints": { "authorization": "https://issuer.example/a", "token": "https://issuer.example/t" },
    });
    serde_json::from_value(entry).expect("an entry")
}

fn server(provider: Provider) -> Server {
    let endpoints = provider.endpoints.clone().unwrap_or_default();
    Server { provider, endpoints, openid: true }
}

#[cfg(test)]
#[path = "../../../fuzz/feed.rs"]
mod feed;

#[cfg(test)]
mod tests {
    use super::{feed::feed, *};

    #[test]
    fn seeds_of_callback() {
        feed(callback, "callback");
    }

    #[test]
    fn seeds_of_catalogue() {
        feed(catalogue, "catalogue");
    }

    #[test]
    fn seeds_of_id_token() {
        feed(id_token, "id_token");
    }

    #[test]
    fn seeds_of_pasted() {
        feed(pasted, "pasted");
    }

    #[test]
    fn seeds_of_provider_words() {
        feed(words, "provider_words");
    }

    #[test]
    fn seeds_of_published() {
        feed(published, "published");
    }

    #[test]
    fn seeds_of_token_answer() {
        feed(token_answer, "token_answer");
    }
}
