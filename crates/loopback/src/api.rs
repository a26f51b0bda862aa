//! The table of routes, and what all of them share.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use axum::{
    Router,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{MethodRouter, any, delete, get, post, put},
};
use broker::{Broker, Provider};
use tokio::sync::watch;

use crate::{
    Limits, Signer, authorization,
    bucket::Bucket,
    client_assertion,
    description::{self, Operation},
    device_authorization,
    dpop::Proofs,
    gateway::{self, upstream::Upstream},
    incoming::Bounds,
    introspection, metadata, native,
    par::{self, Pushed},
    reference,
    registration::{self, management},
    replays::Replays,
    revocation, token,
    waits::Waits,
    wire::Failure,
};

/// Requests to the authorization server are no longer than this.
const BODY_BYTES: usize = 64 * 1024;
/// So many programs may register at once, and then so many a second (AS-25).
const REGISTRATIONS: (u32, f64) = (30, 1.0);

/// What the routes share.
pub struct Api {
    pub broker: Broker,
    pub signer: Arc<Signer>,
    pub bounds: Bounds,
    pub registrations: Bucket,
    pub waits: Waits<authorization::Outcome>,
    pub held: Duration,
    pub upstream: Upstream,
    /// Proofs at the authorization server's own endpoints, and at the gateway.
    pub proofs: Proofs,
    pub gateway_proofs: Proofs,
    pub assertions: Replays,
    pub pushed: Pushed,
}

/// All routes of the loopback API.
pub fn router(broker: Broker, signer: Arc<Signer>, limits: Limits) -> Router {
    let opened = broker.watch_lock();
    let api = Arc::new(Api {
        proofs: Proofs::new(&broker),
        gateway_proofs: Proofs::new(&broker),
        assertions: client_assertion::replays(),
        pushed: Pushed::default(),
        broker,
        signer,
        bounds: Bounds { bytes: BODY_BYTES, time: limits.body },
        registrations: Bucket::new(REGISTRATIONS.0, REGISTRATIONS.1),
        waits: Waits::default(),
        held: limits.held,
        upstream: Upstream::default(),
    });
    tokio::spawn(forget_with_the_lock(opened, Arc::downgrade(&api)));
    let Routes { router, .. } = routes();
    router.fallback(nothing_here).method_not_allowed_fallback(wrong_method).with_state(api)
}

/// Connections to providers' APIs keep in their buffers what went through them last, the provider's token too.
async fn forget_with_the_lock(mut opened: watch::Receiver<bool>, api: Weak<Api>) {
    while opened.changed().await.is_ok() {
        let Some(api) = api.upgrade() else { return };
        if !*opened.borrow_and_update() {
            api.upstream.hang_up();
        }
    }
}

/// Every route with its description.
fn routes() -> Routes {
    Routes::default()
        .with(&reference::WELCOME, get(reference::welcome))
        .with(&reference::PAGE, get(reference::page))
        .with(&reference::DOCUMENT, get(reference::document))
        // RFC 8414 §3.1 puts the well-known path between host and issuer path; some libraries append it.
        .with(&metadata::SHOW, get(metadata::show))
        .with(&metadata::SHOW_APPENDED, get(metadata::show))
        .with(&metadata::RESOURCE, get(metadata::resource))
        .with(&metadata::KEYS, get(metadata::keys))
        .with(&registration::REGISTER, post(registration::register))
        .with(&management::READ, get(management::read))
        .with(&management::REPLACE, put(management::replace))
        .with(&management::REMOVE, delete(management::remove))
        .with(&authorization::BEGIN, get(authorization::begin))
        .with(&authorization::WAIT, get(authorization::wait))
        .with(&device_authorization::BEGIN, post(device_authorization::begin))
        .with(&device_authorization::SHOW, get(device_authorization::show))
        .with(&token::EXCHANGE, post(token::exchange))
        .with(&par::PUSH, post(par::push))
        .with(&introspection::INTROSPECT, post(introspection::introspect))
        .with(&revocation::REVOKE, post(revocation::revoke))
        .with(&native::ACCESS, post(native::access))
        .with_path("/gateway/{*rest}", &gateway::PASS, any(gateway::pass))
}

/// The table of routes as it grows: none is without its description.
#[derive(Default)]
struct Routes {
    router: Router<Arc<Api>>,
    operations: Vec<&'static Operation>,
}

impl Routes {
    fn with(self, operation: &'static Operation, handler: MethodRouter<Arc<Api>>) -> Self {
        self.with_path(operation.path, operation, handler)
    }

    /// A route that is written otherwise than it is described.
    fn with_path(
        mut self,
        path: &str,
        operation: &'static Operation,
        handler: MethodRouter<Arc<Api>>,
    ) -> Self {
        self.router = self.router.route(path, handler);
        self.operations.push(operation);
        self
    }
}

/// The description of all routes as a page in HTML.
pub fn http_api_html() -> String {
    description::html(&routes().operations)
}

/// The description of all routes as a page in Markdown: `docs/http-api.md`.
#[must_use]
pub fn http_api_markdown() -> String {
    description::markdown(&routes().operations)
}

/// The description of all routes as an OpenAPI 3.1 document: `docs/openapi.json`.
#[must_use]
pub fn http_api_openapi() -> serde_json::Value {
    description::openapi(&routes().operations)
}

async fn nothing_here(uri: Uri) -> Response {
    tracing::debug!(path = uri.path(), "no such route");
    plain(StatusCode::NOT_FOUND, "not_found")
}

async fn wrong_method() -> Response {
    plain(StatusCode::METHOD_NOT_ALLOWED, "invalid_request")
}

fn plain(status: StatusCode, word: &str) -> Response {
    (status, axum::Json(serde_json::json!({ "error": word }))).into_response()
}

impl Api {
    /// The provider of an issuer's path. Forms that the person completes are none yet.
    pub fn provider(&self, id: &str) -> Result<Arc<Provider>, Failure> {
        let known = self.broker.provider(id).ok().filter(|info| info.provider.template.is_none());
        if let Some(info) = known {
            return Ok(info.provider);
        }
        // The person's own providers are in the vault: while it is closed, nobody can tell what there is.
        self.broker.leases()?;
        Err(Failure::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is no such provider here. `keylodge provider list` shows all.",
        ))
    }

    /// Turns an outcome into an answer.
    pub fn reply(&self, outcome: Result<Response, Failure>) -> Response {
        outcome.unwrap_or_else(|failure| failure.answer(&self.broker))
    }
}
