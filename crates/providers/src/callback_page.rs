//! The small page that the browser shows when a sign-in is over. It holds nothing of what came back, loads nothing and tells no one (LEK-04).

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Bytes;
use sha2::{Digest, Sha256};

const STYLE: &str = ":root{color-scheme:light dark}\
body{margin:0;min-height:100vh;display:grid;place-items:center;font:1.05rem/1.5 system-ui,sans-serif;\
background:Canvas;color:CanvasText}\
main{max-width:26rem;margin:1.5rem;padding:2.5rem;text-align:center;border:1px solid;\
border-color:color-mix(in srgb,CanvasText 18%,Canvas);border-radius:1rem}\
svg{width:3rem;height:3rem;fill:none;stroke:currentColor;stroke-width:1.6;stroke-linecap:round}\
h1{font-size:1.35rem;margin:1rem 0 .5rem}p{margin:0;opacity:.8}";

const KEY: &str = "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"8\" cy=\"15\" r=\"4\"/>\
<path d=\"M11 12l8-8M16 7l3 3M13.5 9.5l2 2\"/></svg>";

/// What the page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// A code came.
    Done,
    /// The answer was ours, and it was no code.
    NotSignedIn,
    /// Not an answer of ours; with the status that says why.
    Stray(StatusCode),
}

/// The whole answer, the same for everyone.
pub(crate) fn response(page: Page) -> Response<Full<Bytes>> {
    let (status, title, text) = match page {
        Page::Done => {
            (StatusCode::OK, "Back to Keylodge", "You can close this page and go back to Keylodge.")
        }
        Page::NotSignedIn => (
            StatusCode::OK,
            "Nothing was signed in",
            "You can close this page and go back to Keylodge. It says why.",
        ),
        Page::Stray(status) => {
            (status, "Nothing here", "This page is only for a sign-in that Keylodge began.")
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(html(title, text))));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    if let Ok(policy) = header::HeaderValue::from_str(&policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

const HEADERS: [(header::HeaderName, &str); 7] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::CONNECTION, "close"),
];

/// Nothing is allowed but this one style.
fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

fn html(title: &str, text: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><main>{KEY}<h1>{title}</h1><p>{text}</p></main></body></html>"
    )
}
