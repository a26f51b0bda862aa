//! Accepts connections, and lets in those of the person's own programs.

use std::{fmt, io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use broker::Broker;
use tokio::{
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    sync::{OwnedSemaphorePermit, watch},
    task::JoinSet,
};

use crate::{
    Listeners, Signer, api, caller,
    connection::{self, ConnInfo, Shared},
    guard::Names,
    places::{Places, Share},
};

/// After a stop, requests under way have so long to be answered.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
/// After an accept that failed (no descriptors left), the next is tried so much later.
const BREATH: Duration = Duration::from_millis(50);

/// The loopback API: authorization server, native form and gateway on their addresses.
pub struct Server {
    tcp: Vec<TcpListener>,
    unix: Option<UnixListener>,
    /// The socket's path, to be removed at the end.
    remove: Option<PathBuf>,
    shared: Arc<Shared>,
    places: Arc<Places>,
    url: String,
}

impl Server {
    /// Puts the loopback API on its addresses. `broker`'s base address must be [`Listeners::url`]. Needs a tokio
    /// runtime.
    ///
    /// # Errors
    /// If the runtime does not take the listeners.
    pub fn new(listeners: Listeners, broker: Broker, signer: Arc<Signer>) -> io::Result<Self> {
        let (url, port, limits) = (listeners.url(), listeners.port(), listeners.limits);
        let tcp = [Some(listeners.v4), listeners.v6];
        let tcp = tcp.into_iter().flatten().map(TcpListener::from_std).collect::<io::Result<_>>()?;
        let router = api::router(broker, signer, limits);
        Ok(Self {
            tcp,
            unix: listeners.unix,
            remove: listeners.remove,
            shared: Arc::new(Shared { router, names: Names::on(port), limits }),
            places: Arc::new(Places::new(limits.connections, limits.connections_of_one)),
            url,
        })
    }

    /// The base address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Serves until `shutdown` resolves, and then until requests under way are answered, which they are within
    /// seconds or not at all.
    pub async fn run(mut self, shutdown: impl Future<Output = ()> + Send) {
        let (stop, stopping) = watch::channel(false);
        let mut accepting = JoinSet::new();
        for listener in std::mem::take(&mut self.tcp) {
            accepting.spawn(accept(Listener::Tcp(listener), self.gate(&stopping)));
        }
        if let Some(listener) = self.unix.take() {
            accepting.spawn(accept(Listener::Unix(listener), self.gate(&stopping)));
        }
        shutdown.await;
        stop.send_replace(true);
        if let Some(path) = self.remove.take() {
            // A socket that stays is replaced at the next start; failing to remove it harms nobody.
            drop(std::fs::remove_file(path));
        }
        let finished = async { while accepting.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_ANSWERS, finished).await;
    }

    fn gate(&self, stopping: &watch::Receiver<bool>) -> Gate {
        let (shared, places) = (Arc::clone(&self.shared), Arc::clone(&self.places));
        Gate { shared, places, stopping: stopping.clone() }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What one accepting task needs.
#[derive(Clone)]
struct Gate {
    shared: Arc<Shared>,
    places: Arc<Places>,
    stopping: watch::Receiver<bool>,
}

/// What accepts.
enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// What was accepted.
enum Arrival {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

impl Listener {
    async fn accept(&self) -> io::Result<Arrival> {
        match self {
            Self::Tcp(listener) => listener.accept().await.map(|(stream, from)| Arrival::Tcp(stream, from)),
            Self::Unix(listener) => listener.accept().await.map(|(stream, _)| Arrival::Unix(stream)),
        }
    }
}

/// Accepts until the stop, and then waits for the connections that are open.
async fn accept(listener: Listener, mut gate: Gate) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = connection::stopped(&mut gate.stopping) => break,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok(arrival) => {
                if let Some(place) = gate.places.take() {
                    connections.spawn(serve(arrival, gate.clone(), place));
                }
            }
            Err(error) => pause(&error).await,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn serve(arrival: Arrival, gate: Gate, _place: OwnedSemaphorePermit) {
    match arrival {
        Arrival::Tcp(stream, from) => serve_tcp(stream, from, gate).await,
        Arrival::Unix(stream) => serve_unix(stream, gate).await,
    }
}

async fn pause(error: &io::Error) {
    tracing::warn!(%error, "a connection could not be accepted");
    tokio::time::sleep(BREATH).await;
}

/// Looks at the peer first: of another user's program not a byte is read (LOC-01).
async fn serve_tcp(stream: TcpStream, from: SocketAddr, gate: Gate) {
    let known = stream.local_addr().ok().map(|local| caller::of_tcp(from, local));
    let peer = match known {
        Some(Ok(peer)) => peer,
        Some(Err(refusal)) => return tracing::warn!(%refusal, "a connection was closed unread"),
        None => return,
    };
    // Answers are small and wait for nothing.
    drop(stream.set_nodelay(true));
    let info = ConnInfo::new(peer, false);
    let Gate { shared, places, stopping } = gate;
    let served = connection::serve(stream, info.clone(), shared, stopping);
    tokio::select! {
        // The search for the process begins before the first request is read (LOC-04), and holds nothing up.
        biased;
        () = one_too_many(&places, &info) => {}
        () = served => {}
    }
}

/// Counts a connection for its process for as long as this is waited for, which is for ever, unless the process has
/// too many: then it ends, and so must the connection (DOS-01).
async fn one_too_many(places: &Arc<Places>, info: &ConnInfo) {
    let process = if info.peer.is_known() {
        info.peer.process()
    } else {
        let Ok(_turn) = places.search().await else { return };
        info.process().await
    };
    let share = Share::take(places, process);
    if share.is_some() {
        std::future::pending::<()>().await;
    }
}

/// The same by the socket's own credentials (LOC-02).
async fn serve_unix(stream: UnixStream, gate: Gate) {
    let peer = match caller::of_unix(&stream) {
        Ok(peer) => peer,
        Err(refusal) => return tracing::warn!(%refusal, "a connection was closed unread"),
    };
    let Some(_share) = Share::take(&gate.places, peer.process()) else { return };
    connection::serve(stream, ConnInfo::new(peer, true), gate.shared, gate.stopping).await;
}
