//! The table of routes, and what all of them share.

use std::sync::Arc;

use axum::{
    Router,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use broker::{Broker, Provider};

use crate::{
    Limits, Signer, authorization,
    bucket::Bucket,
    gateway::{self, upstream::Upstream},
    incoming::Bounds,
    introspection, metadata, native, registration, revocation, token,
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
    pub upstream: Upstream,
}

/// All routes of the loopback API.
pub fn router(broker: Broker, signer: Arc<Signer>, limits: Limits) -> Router {
    let api = Api {
        broker,
        signer,
        bounds: Bounds { bytes: BODY_BYTES, time: limits.body },
        registrations: Bucket::new(REGISTRATIONS.0, REGISTRATIONS.1),
        waits: Waits::default(),
        upstream: Upstream::default(),
    };
    Router::new()
        .route("/", get(|| async { "Keylodge loopback API\n" }))
        // RFC 8414 §3.1 puts the well-known path between host and issuer path; some libraries append it.
        .route("/.well-known/oauth-authorization-server/{provider}", get(metadata::show))
        .route("/{provider}/.well-known/oauth-authorization-server", get(metadata::show))
        .route("/{provider}/jwks", get(metadata::keys))
        .route("/{provider}/register", post(registration::register))
        .route("/{provider}/authorize", get(authorization::begin))
        .route("/{provider}/authorize/wait/{id}", get(authorization::wait))
        .route("/{provider}/token", post(token::exchange))
        .route("/{provider}/introspect", post(introspection::introspect))
        .route("/{provider}/revoke", post(revocation::revoke))
        .route("/access", post(native::access))
        .route("/gateway/{*rest}", any(gateway::pass))
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .with_state(Arc::new(api))
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
