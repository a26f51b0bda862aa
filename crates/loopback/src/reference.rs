//! What the API says of itself. Nothing of this person's accounts, and no version, is in it (WEB-10).

use std::sync::LazyLock;

use axum::{
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::{
    api,
    description::{Content, Credential, Operation, Reply, STYLE, Sent, Verb, words},
    guard::Policy,
};

const ALONE: Operation = Operation {
    verb: Verb::Get,
    path: "/",
    name: "",
    title: "",
    about: "",
    standard: "",
    credential: Credential::None,
    query: &[],
    body: Sent::None,
    answers: &[],
};

pub const WELCOME: Operation = Operation {
    path: "/",
    name: "welcome",
    title: "Says that Keylodge listens here",
    answers: &[Reply::new(200, &[Content::Text], "One line."), words::NOT_ADMITTED],
    ..ALONE
};

pub const PAGE: Operation = Operation {
    path: "/docs",
    name: "reference",
    title: "This page, for people",
    answers: &[Reply::new(200, &[Content::Page], "The page."), words::NOT_ADMITTED],
    ..ALONE
};

pub const DOCUMENT: Operation = Operation {
    path: "/openapi.json",
    name: "openapi",
    title: "This page, for machines",
    standard: "OpenAPI 3.1",
    answers: &[Reply::new(200, &[Content::Json(&[])], "The OpenAPI document."), words::NOT_ADMITTED],
    ..ALONE
};

/// `GET /`.
pub async fn welcome() -> &'static str {
    "Keylodge loopback API\n"
}

/// `GET /openapi.json`.
pub async fn document() -> Response {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| api::http_api_openapi().to_string());
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}

/// `GET /docs`.
pub async fn page() -> Response {
    static PAGE: LazyLock<String> = LazyLock::new(api::http_api_html);
    let mut response = Html(PAGE.as_str()).into_response();
    response.extensions_mut().insert(Policy(policy()));
    response
}

/// The policy of every answer, and the page's own style besides.
fn policy() -> HeaderValue {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    );
    // It has no characters that a header may not have.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}
