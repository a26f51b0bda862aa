//! A resource server that accepts Keylodge's tokens, and shows both ways of validating them.
//!
//! It registers with Keylodge under the address that it listens on; a token whose audience is that address opens
//! `GET /photos`, if it carries the scope `photos.read`.

mod introspection;
mod issuer;
mod own_keys;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use self::{issuer::Issuer, own_keys::KeySet};
use crate::{
    bearer::{self, Challenge},
    clock::{Clock, system_clock},
    serve::{self, Running},
};

/// What opens the photos.
const NEEDED: &str = "photos.read";

/// How a token is validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    /// By itself: signature and claims, with the published keys (RFC 9068 §4).
    OwnCheck,
    /// By asking the authorization server (RFC 7662).
    Introspection,
}

/// A resource server that runs. Dropping it stops it.
#[derive(Debug)]
pub struct ResourceServer {
    running: Running,
    desk: Arc<Desk>,
}

/// What its routes share.
struct Desk {
    issuer: Issuer,
    audience: String,
    keys: tokio::sync::Mutex<KeySet>,
    validation: Mutex<Validation>,
    clock: Clock,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Desk").field("audience", &self.audience).finish_non_exhaustive()
    }
}

impl ResourceServer {
    /// Listens on a loopback address, learns about the authorization server `issuer` and registers with it.
    ///
    /// # Errors
    /// A sentence, if the address is taken or the authorization server does not take part.
    pub async fn start(listen: SocketAddr, issuer: &str, validation: Validation) -> Result<Self, String> {
        Self::start_at(listen, issuer, validation, system_clock()).await
    }

    /// The same with a clock of one's own.
    ///
    /// # Errors
    /// A sentence, if the address is taken or the authorization server does not take part.
    pub async fn start_at(
        listen: SocketAddr,
        issuer: &str,
        validation: Validation,
        clock: Clock,
    ) -> Result<Self, String> {
        let cannot = |why: std::io::Error| format!("The demo's resource server cannot listen: {why}");
        let listener = serve::bind(listen).await.map_err(cannot)?;
        let audience = format!("http://{}/", listener.local_addr().map_err(cannot)?);
        let issuer = Issuer::meet(issuer, &audience).await?;
        let (keys, validation) = (tokio::sync::Mutex::default(), Mutex::new(validation));
        let desk = Arc::new(Desk { issuer, audience, keys, validation, clock });
        let router = Router::new().route("/photos", get(photos)).with_state(Arc::clone(&desk));
        Ok(Self { running: serve::serve(listener, router).map_err(cannot)?, desk })
    }

    /// Its resource identifier (RFC 8707), with a slash at the end.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.desk.audience
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.running.address
    }

    /// What went over the wire when it registered, secrets shortened.
    #[must_use]
    pub fn registration(&self) -> &[String] {
        &self.desk.issuer.registration
    }

    /// Validates this way from now on.
    pub fn validate_by(&self, validation: Validation) {
        *self.desk.validation.lock().unwrap_or_else(PoisonError::into_inner) = validation;
    }

    /// Stops it.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}

impl Desk {
    /// Lets a request in, or says why not.
    async fn admit(&self, headers: &HeaderMap, uri: &Uri) -> Result<(), Challenge> {
        let token = bearer::token(headers, uri)?;
        let validation = *self.validation.lock().unwrap_or_else(PoisonError::into_inner);
        let scope = match validation {
            Validation::OwnCheck => own_keys::check(self, token).await?,
            Validation::Introspection => introspection::check(self, token).await?,
        };
        let enough = scope.split(' ').any(|name| name == NEEDED);
        enough.then_some(()).ok_or(Challenge::InsufficientScope(NEEDED))
    }

    fn now(&self) -> u64 {
        (self.clock)()
    }
}

async fn photos(State(desk): State<Arc<Desk>>, uri: Uri, headers: HeaderMap) -> Response {
    if let Err(challenge) = desk.admit(&headers, &uri).await {
        return challenge.into_response();
    }
    Json(json!({
        "album": "Prints in the darkroom",
        "photos": [
            { "id": 1, "title": "The spare key", "caption": "Under the third flowerpot. Do not tell." },
            { "id": 2, "title": "A robin on the mailbox", "caption": "Waiting for a letter." },
        ],
    }))
    .into_response()
}
