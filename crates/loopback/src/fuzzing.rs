//! Doors for `fuzz/` to what reads bytes of programs. Nothing else uses them.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use broker::{ScopeSet, authorization_details, pkce::Challenge, redirect_uri as redirect, text};
use control::{FromBroker, ToBroker};
use url::Url;

#[cfg(target_os = "linux")]
use crate::caller;
use crate::{
    authorization, client_authentication,
    form::Form,
    gateway::{
        fields::{self, Map},
        path::Place,
    },
    jws::{Jws, PublicKey},
    native, registration,
};

/// A token request: the Authorization header on the first line, the form on the second.
pub fn token_request(bytes: &[u8]) {
    let (head, body) = halves(bytes);
    let mut headers = HeaderMap::new();
    headers.extend(HeaderValue::from_bytes(head).ok().map(|value| (header::AUTHORIZATION, value)));
    drop(client_authentication::by_header(&headers));
    let Ok(form) = Form::parse(body) else { return };
    for name in ["grant_type", "code", "code_verifier", "refresh_token", "client_id", "client_secret"] {
        assert!(form.get(name).is_none_or(|value| !value.is_empty()));
    }
    drop(form.scopes());
}

/// What is read of `/proc` and of the kernel.
#[cfg(target_os = "linux")]
pub fn proc_files(bytes: &[u8]) {
    caller::fuzzing::proc_files(bytes);
}

/// The query of an authorization request, but for what depends on a registered program.
pub fn authorization_query(bytes: &[u8]) {
    if let Ok(form) = Form::parse(bytes) {
        drop(authorization::request::terms(&form));
    }
}

/// A signed statement of a program: a DPoP proof or a client assertion (RFC 7515).
pub fn signed_statement(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some(jws) = Jws::parse(&text) else { return };
    let _ = (jws.head("typ"), jws.claim("jti"), jws.time("iat"));
    let Some(key) = jws.header.get("jwk").and_then(PublicKey::read) else { return };
    assert!(key.thumbprint().is_some() || !key.is_elliptic(), "a usable key has a name");
    assert!(!key.signed(&jws), "nobody signs by chance");
}

/// What a program asks for by details (RFC 9396).
pub fn details(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        drop(authorization_details::parse(text));
    }
}

/// Redirect addresses: a registered one on the first line, that of a request on the second.
pub fn redirect_uri(bytes: &[u8]) {
    let Ok(said) = std::str::from_utf8(bytes) else { return };
    let (registered, asked) = said.split_once('\n').unwrap_or((said, said));
    if redirect::check(registered).is_err() {
        return;
    }
    assert!(redirect::matches(registered, registered));
    assert!(!redirect::shown(registered).is_empty());
    if redirect::matches(registered, asked) {
        assert!(redirect::check(asked).is_ok(), "whatever matches is one that could be registered");
        // But for the port of a loopback address, nothing may differ (RFC 8252 §7.3).
        assert!(
            registered == asked
                || redirect::loopback_port(asked).or(redirect::loopback_port(registered)).is_some()
        );
    }
}

/// Scopes, challenges and texts for the person.
pub fn scope_text(bytes: &[u8]) {
    let Ok(said) = std::str::from_utf8(bytes) else { return };
    if let Some(scopes) = ScopeSet::parse(said) {
        assert_eq!(ScopeSet::parse(&scopes.to_string()), Some(scopes.clone()));
        assert!(scopes.is_subset(&scopes.union(&scopes)) && scopes.without(&scopes).is_empty());
    }
    drop(Challenge::parse(said));
    let shown = text::cleaned(said, 80);
    assert!(shown.chars().count() <= 81 && !shown.contains(char::is_control));
}

/// A line on the control channel, in either direction.
pub fn control_frame(bytes: &[u8]) {
    if let Ok(frame) = serde_json::from_slice::<ToBroker>(bytes) {
        let written = serde_json::to_vec(&frame).expect("JSON");
        drop(serde_json::from_slice::<ToBroker>(&written).expect("the same frame"));
    }
    if let Ok(frame) = serde_json::from_slice::<FromBroker>(bytes) {
        drop(serde_json::to_vec(&frame).expect("JSON"));
    }
}

/// The metadata of a registration.
pub fn registration(bytes: &[u8]) {
    registration::read(bytes);
}

/// The wish of the native form.
pub fn native_request(bytes: &[u8]) {
    let _ = native::read(bytes);
}

/// A request to the gateway: its target on the first line, fields on the others.
pub fn gateway_request(bytes: &[u8]) {
    let (target, fields) = halves(bytes);
    if let Some(place) = std::str::from_utf8(target).ok().and_then(Place::read) {
        check_place(&place);
    }
    let headers: HeaderMap = String::from_utf8_lossy(fields).lines().filter_map(field).collect();
    let up = fields::toward_provider(&headers);
    assert!(!up.contains_key(header::AUTHORIZATION) && !up.contains_key(header::COOKIE));
    assert!(!up.contains_key(header::HOST) && !up.contains_key(header::CONNECTION));
    let Ok(target) = Url::parse("https://api.example/v1/things") else { return };
    let map = Map { routes: Vec::new(), gateway: "http://127.0.0.1:5395/gateway/acc".to_owned() };
    let down = fields::toward_program(&headers, &target, &map);
    assert!(!down.contains_key(header::SET_COOKIE) && !down.contains_key(header::LOCATION));
    assert!(!down.contains_key(header::WWW_AUTHENTICATE));
}

/// What passes is in normal form and leads nowhere else (RG-06, RG-08).
fn check_place(place: &Place) {
    let again = Place::read(&format!("/gateway/{}{}", place.account, place.path));
    assert_eq!(again.as_ref(), Some(place), "the normal form is normal");
    let url = Url::parse(&format!("https://api.example{}", place.path)).expect("an address");
    assert_eq!((url.host_str(), url.path()), (Some("api.example"), place.path.as_str()));
    assert!(url.query().is_none() && url.fragment().is_none() && url.username().is_empty());
}

fn field(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value.trim()).ok()?))
}

fn halves(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, b""),
    }
}

#[cfg(test)]
#[path = "../../../fuzz/feed.rs"]
mod feed;

#[cfg(test)]
mod tests {
    use super::{feed::feed, *};

    #[test]
    fn seeds_of_authorization_query() {
        feed(authorization_query, "authorization_query");
    }

    #[test]
    fn seeds_of_control_frame() {
        feed(control_frame, "control_frame");
    }

    #[test]
    fn seeds_of_details() {
        feed(details, "details");
    }

    #[test]
    fn seeds_of_gateway_request() {
        feed(gateway_request, "gateway_request");
    }

    #[test]
    fn seeds_of_native_request() {
        feed(native_request, "native_request");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn seeds_of_proc_files() {
        feed(proc_files, "proc_files");
    }

    #[test]
    fn seeds_of_redirect_uri() {
        feed(redirect_uri, "redirect_uri");
    }

    #[test]
    fn seeds_of_registration() {
        feed(registration, "registration");
    }

    #[test]
    fn seeds_of_scope_text() {
        feed(scope_text, "scope_text");
    }

    #[test]
    fn seeds_of_signed_statement() {
        feed(signed_statement, "signed_statement");
    }

    #[test]
    fn seeds_of_token_request() {
        feed(token_request, "token_request");
    }
}
