//! The provider's API: says what arrived, and misbehaves where it is asked to.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Query, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::house::held;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Arrived {
    pub method: Method,
    pub uri: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

pub struct Api {
    pub url: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    /// The only token that `/v1/things/guarded` takes.
    pub accepted: Arc<Mutex<String>>,
    serving: JoinHandle<()>,
}

type Shared = (Arc<Mutex<Vec<Arrived>>>, Arc<Mutex<String>>);

impl Api {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let accepted = Arc::new(Mutex::new(String::new()));
        let shared: Shared = (Arc::clone(&arrived), Arc::clone(&accepted));
        let router = Router::new()
            .route("/v1/things/guarded", any(guarded))
            .route("/v1/things/bound", any(bound))
            .route("/v1/things/redirect", get(redirect))
            .route("/v1/things/endless", get(endless))
            .route("/v1/things/headers", get(headers))
            .route("/v1/things/missing", get(|| async { StatusCode::NOT_FOUND }))
            .fallback(echo)
            .with_state(shared);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
        Self { url, arrived, accepted, serving }
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        held(&self.arrived).clone()
    }

    pub fn last(&self) -> Arrived {
        self.arrived().pop().expect("something arrived")
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn echo(
    State((arrived, _)): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Json<Value> {
    let answer = json!({ "method": method.as_str(), "uri": uri.to_string(), "length": body.len() });
    held(&arrived).push(Arrived { method, uri: uri.to_string(), headers, body });
    Json(answer)
}

async fn guarded(
    state: State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let wanted = format!("Bearer {}", held(&state.0.1));
    let has = headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes() == wanted.as_bytes());
    let answer = echo(state, method, uri, headers, body).await;
    if has {
        return answer.into_response();
    }
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer realm=\"upstream\"")]).into_response()
}

/// Takes a proof with a nonce of its own alone, and tells the next one each time.
async fn bound(state: State<Shared>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let wanted = format!("[{}{}]", uri.path(), held(&state.0.1));
    let proof = headers.get("dpop").and_then(|proof| proof.to_str().ok()).unwrap_or_default();
    let has = proof.ends_with(&wanted);
    // A nonce is one word: told with more, it is never the wanted one.
    let nonce = [("dpop-nonce", held(&state.0.1).split(' ').next().unwrap_or_default().to_owned())];
    let answer = echo(state, method, uri, headers, body).await;
    if has {
        return (nonce, answer).into_response();
    }
    let challenge = [(header::WWW_AUTHENTICATE, "DPoP error=\"use_dpop_nonce\"")];
    (StatusCode::UNAUTHORIZED, nonce, challenge).into_response()
}

async fn redirect(Query(to): Query<Vec<(String, String)>>) -> Response {
    let to = to.into_iter().next().map(|(_, to)| to).unwrap_or_default();
    (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
}

/// A first piece at once, and nothing more for ever.
async fn endless() -> Response {
    let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"first"))]);
    Body::from_stream(first.chain(stream::pending())).into_response()
}

async fn headers() -> Response {
    let hostile = [
        ("set-cookie", "a=b"),
        ("access-control-allow-origin", "*"),
        ("x-frame-options", "ALLOWALL"),
        ("content-security-policy", "default-src *"),
        ("alt-svc", "h3=\":443\""),
        ("connection", "x-hop"),
        ("x-hop", "1"),
        ("etag", "\"7\""),
        ("cache-control", "private, max-age=60"),
    ];
    (hostile, "ok").into_response()
}
