//! What a web page in the person's browser may not do, checked before anything else is looked at (WEB-01…12).
//!
//! Every refusal is the same short answer: a page that probes learns neither a name nor a version (WEB-10).

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

use crate::gateway::Passed;

const SEC_FETCH_SITE: &str = "sec-fetch-site";
const SEC_FETCH_MODE: &str = "sec-fetch-mode";
const SEC_FETCH_DEST: &str = "sec-fetch-dest";
const SEC_PURPOSE: &str = "sec-purpose";

/// The names under which we may be addressed.
#[derive(Clone, Debug)]
pub struct Names {
    literals: [String; 2],
}

impl Names {
    /// The literals with our port (WEB-01).
    pub fn on(port: u16) -> Self {
        Self { literals: [format!("127.0.0.1:{port}"), format!("[::1]:{port}")] }
    }

    fn has(&self, host: &[u8], unix: bool) -> bool {
        let literal = self.literals.iter().any(|name| name.as_bytes() == host);
        literal || (unix && host == b"localhost")
    }
}

/// Whether the request may go on to its route. `None` is no.
pub fn admits(parts: &Parts, names: &Names, unix: bool) -> Option<()> {
    // Absolute form is for proxies, and this is none (RFC 9112 §3.2.2; WEB-11).
    let origin_form = parts.uri.scheme().is_none() && parts.uri.authority().is_none();
    let framed_twice = parts.headers.contains_key(header::TRANSFER_ENCODING)
        && parts.headers.contains_key(header::CONTENT_LENGTH);
    let host = only(&parts.headers, header::HOST.as_str())?;
    let addressed = names.has(host.as_bytes(), unix);
    // Programs send no Origin; pages and extensions do, `null` included (WEB-02, WEB-12).
    let from_page = parts.headers.contains_key(header::ORIGIN);
    let sound = origin_form && !framed_twice && addressed && !from_page;
    (sound && browser_may(parts)).then_some(())
}

/// Fetch metadata shows a browser. It may open the authorization page for the person, and nothing in the background
/// (WEB-02, WEB-03). `Sec-Fetch-Mode` alone is also sent by programs (Node.js).
fn browser_may(parts: &Parts) -> bool {
    let headers = &parts.headers;
    if !headers.contains_key(SEC_FETCH_SITE) && !headers.contains_key(SEC_FETCH_DEST) {
        return true;
    }
    let is = |name, wanted: &[&str]| only(headers, name).is_some_and(|value| wanted.contains(&value));
    let navigates = parts.method == Method::GET
        && is(SEC_FETCH_MODE, &["navigate"])
        && is(SEC_FETCH_DEST, &["document"])
        && !headers.contains_key(SEC_PURPOSE);
    let by_the_person = is(SEC_FETCH_SITE, &["none", "same-origin"]);
    let by_a_page = is(SEC_FETCH_SITE, &["cross-site", "same-site"]);
    navigates && (by_the_person || (by_a_page && opens_authorization(parts.uri.path())))
}

/// `/{provider}/authorize`, or the page on which the browser waits.
fn opens_authorization(path: &str) -> bool {
    let mut segments = path.split('/').skip(2);
    matches!(
        (segments.next(), segments.next(), segments.next(), segments.next()),
        (Some("authorize"), None, ..) | (Some("authorize"), Some("wait"), Some(_), None)
    )
}

/// A header that is there once and is text.
pub fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

/// The answer to whatever is not admitted.
pub fn refusal() -> Response {
    let mut response = (StatusCode::FORBIDDEN, "Forbidden\n").into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Headers of every answer: not kept, not sniffed, not framed, not shared (WEB-07, AS-13).
const SEAL: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::PRAGMA, "no-cache"),
];

/// A policy that an answer has in place of the usual one.
#[derive(Clone, Debug)]
pub struct Policy(pub HeaderValue);

/// Puts the headers that every answer has on this one. What fails here ends the connection, too.
pub fn seal(mut response: Response<Body>) -> Response<Body> {
    let ours = response.extensions().get::<Passed>().is_none();
    let failed = ours && (response.status().is_client_error() || response.status().is_server_error());
    let policy = response.extensions_mut().remove::<Policy>();
    let headers = response.headers_mut();
    for (name, value) in SEAL {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(Policy(policy)) = policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // Only the gateway's answers can have one already: the provider's own.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if failed && !headers.contains_key(header::CONNECTION) {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
