//! Waits for the browser to come back: one matching request, then the door is closed (UC-05).

use std::{
    net::{SocketAddr, TcpListener as StdListener},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinSet,
    time::timeout,
};
use url::Position;

use crate::{
    arrival::{Arrival, Code},
    callback_answer::Verdict,
    callback_page::{Page, response},
};

/// Connections that may be open at once; browsers open some ahead of need.
const MAX_CONNECTIONS: usize = 16;

/// How long a connection may take over its one request, and the last one over its page.
const PER_CONNECTION: Duration = Duration::from_secs(10);
const LAST_PAGE: Duration = Duration::from_secs(2);

/// The largest request head.
const MAX_HEAD: usize = 32 * 1024;

/// Whether a connection is the person's own, by its two addresses as the accepting side sees them: the other end's first.
pub type Admits = dyn Fn(SocketAddr, SocketAddr) -> bool + Send + Sync;

/// A callback address that is open.
pub(crate) struct Callback {
    listeners: Vec<TcpListener>,
    admits: Arc<Admits>,
    door: Door,
}

/// What every connection leads to.
#[derive(Clone)]
struct Door(Arc<Arrival>);

impl Callback {
    /// Takes over bound sockets; none, where the answer comes by hand alone.
    pub(crate) fn open(
        listeners: Vec<StdListener>,
        admits: Arc<Admits>,
        arrival: Arc<Arrival>,
    ) -> std::io::Result<Self> {
        let listeners = listeners.into_iter().map(registered).collect::<std::io::Result<Vec<_>>>()?;
        Ok(Self { listeners, admits, door: Door(arrival) })
    }

    /// Serves until the one answer is there. Dropping the future closes everything.
    pub(crate) async fn wait(self, mut answer: mpsc::Receiver<Code>) -> Code {
        let mut connections = JoinSet::new();
        let code = loop {
            tokio::select! {
                biased;
                Some(code) = answer.recv() => break code,
                Some(_) = connections.join_next() => {}
                stream = accept(&self.listeners), if connections.len() < MAX_CONNECTIONS => {
                    // Another user's is closed unread, and takes no place (LOC-01).
                    if let Some(stream) = stream.filter(|stream| is_own(stream, &*self.admits)) {
                        connections.spawn(serve(stream, self.door.clone()));
                    }
                }
            }
        };
        drop(self.listeners);
        let shown =
            async { while connections.join_next().await.is_some_and(|ours| !ours.unwrap_or(false)) {} };
        let _ = timeout(LAST_PAGE, shown).await;
        code
    }
}

fn registered(listener: StdListener) -> std::io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

fn is_own(stream: &TcpStream, admits: &Admits) -> bool {
    let ends = stream.peer_addr().and_then(|peer| Ok((peer, stream.local_addr()?)));
    ends.is_ok_and(|(peer, local)| admits(peer, local))
}

/// The next connection on any of the sockets.
async fn accept(listeners: &[TcpListener]) -> Option<TcpStream> {
    let accepted = match listeners {
        [one, other, ..] => tokio::select! { a = one.accept() => a, b = other.accept() => b },
        [one] => one.accept().await,
        [] => std::future::pending().await,
    };
    accepted.ok().map(|(stream, _)| stream)
}

/// Serves one request on one connection; whether it was the one that counts.
async fn serve(stream: TcpStream, door: Door) -> bool {
    let ours = AtomicBool::new(false);
    let service = service_fn(|request: Request<Incoming>| {
        let answer = door.answer(&request, &ours);
        async move { Ok::<_, std::convert::Infallible>(answer) }
    });
    let connection = http1::Builder::new()
        .keep_alive(false)
        .max_buf_size(MAX_HEAD)
        .timer(TokioTimer::new())
        .header_read_timeout(PER_CONNECTION)
        .serve_connection(TokioIo::new(stream), service);
    let _ = timeout(PER_CONNECTION, connection).await;
    ours.load(Ordering::Acquire)
}

impl Door {
    fn answer(&self, request: &Request<Incoming>, ours: &AtomicBool) -> Response<Full<Bytes>> {
        let code = match self.admit(request) {
            Err(status) => return response(Page::Stray(status)),
            Ok(code) => code,
        };
        let page = if code.is_ok() { Page::Done } else { Page::NotSignedIn };
        if !self.0.deliver(code) {
            return response(Page::Stray(StatusCode::NOT_FOUND));
        }
        ours.store(true, Ordering::Release);
        response(page)
    }

    /// Host, method, path, then the query. A `Host` that is not ours is a name that was bent to this machine.
    fn admit(&self, request: &Request<Incoming>) -> Result<Code, StatusCode> {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok()).unwrap_or_default();
        if hosts.next().is_some() || !host.eq_ignore_ascii_case(self.authority()) {
            return Err(StatusCode::MISDIRECTED_REQUEST);
        }
        if self.0.redirect_uri().is_none_or(|address| request.uri().path() != address.path()) {
            return Err(StatusCode::NOT_FOUND);
        }
        if request.method() != Method::GET {
            return Err(StatusCode::METHOD_NOT_ALLOWED);
        }
        match self.0.judge(request.uri().query().unwrap_or_default()) {
            Verdict::Stray => Err(StatusCode::BAD_REQUEST),
            Verdict::Ours(code) => Ok(code),
        }
    }

    fn authority(&self) -> &str {
        self.0.redirect_uri().map_or("", |address| &address[Position::BeforeHost..Position::AfterPort])
    }
}
