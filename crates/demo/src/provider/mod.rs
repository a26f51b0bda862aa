//! The demo provider: an OAuth 2.1-style authorization server with OIDC, and a small API behind it.
//!
//! Whoever sits at this computer may be Ada or Grace; there is no password, because there is nothing to protect.

mod api;
mod authorize;
mod client;
mod metadata;
mod page;
mod person;
mod refusal;
mod scope;
mod store;
mod token;

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    routing::{get, post},
};
use serde_json::Value;

use self::store::Store;
use crate::{
    clock::{Clock, system_clock},
    serve::{self, Running},
    signing_key::SigningKey,
};

/// The demo provider.
#[derive(Clone, Copy, Debug)]
pub struct Provider;

impl Provider {
    /// Starts it on a loopback address; port 0 takes a free one. Needs a tokio runtime.
    ///
    /// # Errors
    /// If the address is not a loopback address or is taken.
    pub async fn start(listen: SocketAddr) -> io::Result<Running> {
        Self::start_at(listen, system_clock()).await
    }

    /// The same with a clock of one's own.
    ///
    /// # Errors
    /// If the address is not a loopback address or is taken.
    pub async fn start_at(listen: SocketAddr, clock: Clock) -> io::Result<Running> {
        let listener = serve::bind(listen).await?;
        let issuer = format!("http://{}", listener.local_addr()?);
        let house = House::new(issuer, clock).map_err(io::Error::other)?;
        serve::serve(listener, router(Arc::new(house)))
    }
}

/// What the routes share.
struct House {
    issuer: String,
    clock: Clock,
    key: SigningKey,
    public_keys: Value,
    store: Mutex<Store>,
}

impl House {
    fn new(issuer: String, clock: Clock) -> Result<Self, String> {
        let key = SigningKey::generate();
        let public_keys = key.public_keys()?;
        Ok(Self { issuer, clock, key, public_keys, store: Mutex::default() })
    }

    fn now(&self) -> u64 {
        (self.clock)()
    }

    /// The store; never held across an await. What a panic left behind is still consistent: each change is one call.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn router(house: Arc<House>) -> Router {
    Router::new()
        .route("/", get(page::welcome))
        .route("/.well-known/oauth-authorization-server", get(metadata::describe))
        .route("/.well-known/openid-configuration", get(metadata::describe))
        .route("/jwks", get(metadata::keys))
        .route("/register", post(client::register))
        .route("/authorize", get(authorize::ask).post(authorize::decide))
        .route("/token", post(token::answer))
        .route("/revoke", post(token::revoke))
        .route("/userinfo", get(api::userinfo).post(api::userinfo))
        .route("/api/profile", get(api::profile))
        .route("/api/photos", get(api::photos).post(api::add_photo))
        .route("/api/calendar", get(api::calendar))
        .with_state(house)
}
