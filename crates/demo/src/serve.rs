//! Listening on loopback, and stopping again.

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, StatusCode, header::HOST},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// Nothing that the demo accepts is longer, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// A server of the demo. Dropping it stops the listening.
#[derive(Debug)]
pub struct Running {
    /// Its address as a URL without a path: `http://127.0.0.1:PORT`.
    pub issuer: String,
    /// Where it listens.
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    /// Stops, and returns when open answers are finished and the port is free.
    pub async fn stop(self) {
        drop(self.stop);
        // The task returns nothing, and a panic in it has been reported by the runtime already.
        drop(self.task.await);
    }
}

/// Binds a loopback address; any other is refused.
pub(crate) async fn bind(listen: SocketAddr) -> io::Result<TcpListener> {
    if !listen.ip().is_loopback() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "The demo listens on loopback only."));
    }
    TcpListener::bind(listen).await
}

/// Serves `router` until what is returned is dropped.
pub(crate) fn serve(listener: TcpListener, router: Router) -> io::Result<Running> {
    let address = listener.local_addr()?;
    let router = router
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(address.to_string(), own_host_only));
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        let serving = axum::serve(listener, router).with_graceful_shutdown(async {
            // Sent or dropped: both mean stop.
            drop(stopped.await);
        });
        drop(serving.await);
    });
    Ok(Running { issuer: format!("http://{address}"), address, stop, task })
}

/// A page on the web whose name was re-pointed at loopback sends its own name here (WEB-01).
async fn own_host_only(State(own): State<String>, request: Request, next: Next) -> Response {
    if names(request.headers(), &own) {
        return next.run(request).await;
    }
    (StatusCode::MISDIRECTED_REQUEST, "Not here.\n").into_response()
}

fn names(headers: &HeaderMap, own: &str) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let first = hosts.next().is_some_and(|host| host.as_bytes() == own.as_bytes());
    first && hosts.next().is_none()
}
