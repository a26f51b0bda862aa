//! The program's own listener, where the answer of the authorization server arrives (RFC 8252 §7.3).

use std::{net::Ipv4Addr, time::Duration};

use axum::{
    Router,
    extract::{RawQuery, State},
    routing::get,
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::timeout,
};

use crate::serve::{self, Running};

/// The redirect was sent when we wait: it is here at once or never.
const PATIENCE: Duration = Duration::from_secs(10);

/// A listener that runs until it is dropped.
#[derive(Debug)]
pub struct Callback {
    /// The redirect address.
    pub address: String,
    arrived: UnboundedReceiver<String>,
    _running: Running,
}

impl Callback {
    /// Listens on a free loopback port.
    pub async fn open() -> Result<Self, String> {
        let cannot = |why: std::io::Error| format!("The demo program cannot listen for its answer: {why}");
        let (tell, arrived) = unbounded_channel();
        let listener = serve::bind((Ipv4Addr::LOCALHOST, 0).into()).await.map_err(cannot)?;
        let router = Router::new().route("/done", get(done)).with_state(tell);
        let running = serve::serve(listener, router).map_err(cannot)?;
        Ok(Self { address: format!("{}/done", running.issuer), arrived, _running: running })
    }

    /// The query of the next answer.
    pub async fn next(&mut self) -> Result<String, String> {
        let arrived = timeout(PATIENCE, self.arrived.recv()).await.ok().flatten();
        arrived.ok_or_else(|| "No answer arrived at the demo program's address.".to_owned())
    }
}

async fn done(State(tell): State<UnboundedSender<String>>, RawQuery(query): RawQuery) -> &'static str {
    // Nobody waits any more: then there is nothing to tell.
    drop(tell.send(query.unwrap_or_default()));
    "The demo program has its answer. You can close this page.\n"
}
