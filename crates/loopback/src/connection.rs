//! One connection: who is there, then requests, one after the other.

use std::{convert::Infallible, sync::Arc};

use axum::{Router, body::Body, http::Request, response::Response};
use broker::{Caller, Witness};
use futures_util::future::BoxFuture;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{OnceCell, watch},
};
use tower::ServiceExt;

use crate::{
    caller::Peer,
    guard::{self, Names},
    listen::Limits,
};

/// A request's head may be so long, and have so many fields.
const HEAD_BYTES: usize = 32 * 1024;
const HEAD_FIELDS: usize = 64;

/// What is known of a connection; every request carries it.
#[derive(Clone, Debug)]
pub struct ConnInfo {
    /// The process at the other end.
    pub peer: Arc<Peer>,
    /// Whether it came over the Unix socket.
    pub unix: bool,
    seen: Arc<Seen>,
}

/// What was found out of the process so far.
#[derive(Debug, Default)]
struct Seen {
    identity: OnceCell<Caller>,
    evidence: OnceCell<Caller>,
}

impl ConnInfo {
    /// A connection that was just accepted.
    #[must_use]
    pub fn new(peer: Peer, unix: bool) -> Self {
        Self { peer: Arc::new(peer), unix, seen: Arc::default() }
    }

    /// What decisions need to know of the process; looked up once a connection.
    pub async fn identity(&self) -> Caller {
        let look = || async {
            match self.peer.known_identity() {
                Some(caller) => caller,
                None => self.blocking(Peer::identity).await.unwrap_or_default(),
            }
        };
        self.seen.identity.get_or_init(look).await.clone()
    }

    /// Everything that can be seen of the process; looked up once a connection, when it is asked for.
    pub async fn caller(&self) -> Caller {
        let look = || async { self.blocking(Peer::evidence).await.unwrap_or_default() };
        self.seen.evidence.get_or_init(look).await.clone()
    }

    /// Whether the same program is still at the other end (LOC-04).
    pub async fn still_same(&self) -> bool {
        // Once the process is known, this reads one short file: less than the way to another thread.
        if self.peer.is_known() {
            return self.peer.still_same();
        }
        self.blocking(Peer::still_same).await.unwrap_or(false)
    }

    /// The process that connected, if it can be seen. Begun at the accept, so that the program cannot change itself into
    /// another one unseen before its first request (LOC-04).
    pub async fn process(&self) -> Option<u32> {
        if self.peer.is_known() {
            return self.peer.process();
        }
        self.blocking(Peer::process).await.flatten()
    }

    async fn blocking<T: Send + 'static>(&self, look: fn(&Peer) -> T) -> Option<T> {
        let peer = Arc::clone(&self.peer);
        tokio::task::spawn_blocking(move || look(&peer)).await.ok()
    }
}

/// What the person sees is looked at when they are asked.
impl Witness for ConnInfo {
    fn describe(&self) -> BoxFuture<'_, Caller> {
        Box::pin(self.caller())
    }
}

/// What the connections of one server share.
pub struct Shared {
    pub router: Router,
    pub names: Names,
    pub limits: Limits,
}

/// Serves one connection until it ends; on `stop`, until the request under way is answered.
pub async fn serve<S>(stream: S, info: ConnInfo, shared: Arc<Shared>, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let head = shared.limits.head;
    let service = service_fn(move |request: Request<Incoming>| {
        let (shared, info) = (Arc::clone(&shared), info.clone());
        async move { Ok::<_, Infallible>(answer(request, info, &shared).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_headers(HEAD_FIELDS)
        .max_buf_size(HEAD_BYTES)
        .max_header_size(HEAD_BYTES);
    let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Resolves when the server is to stop, or is gone.
pub async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn answer(request: Request<Incoming>, info: ConnInfo, shared: &Shared) -> Response {
    let (parts, body) = request.into_parts();
    if guard::admits(&parts, &shared.names, info.unix).is_none() {
        tracing::info!(path = parts.uri.path(), "a request was refused before its route");
        return guard::seal(guard::refusal());
    }
    let mut request = Request::from_parts(parts, Body::new(body));
    request.extensions_mut().insert(info);
    let Ok(response) = shared.router.clone().oneshot(request).await;
    guard::seal(response)
}
