//! Waits for the browser to come back: one matching request, then the door is closed (UC-05).

use std::{
    net::TcpListener as StdListener,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use broker::{Secret, UpstreamError};
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
use url::{Position, Url};

use crate::{
    callback_answer::{Expected, Verdict, judge},
    callback_page::{Page, response},
};

/// Connections that may be open at once; browsers open some ahead of need.
const MAX_CONNECTIONS: usize = 16;

/// How long a connection may take over its one request, and the last one over its page.
const PER_CONNECTION: Duration = Duration::from_secs(10);
const LAST_PAGE: Duration = Duration::from_secs(2);

/// The largest request head.
const MAX_HEAD: usize = 32 * 1024;

type Code = Result<Secret<String>, UpstreamError>;

/// A callback address that is open.
pub(crate) struct Callback {
    listeners: Vec<TcpListener>,
    door: Arc<Door>,
}

/// What every connection is measured by.
struct Door {
    redirect_uri: Url,
    expected: Expected,
    answered: AtomicBool,
    answers: mpsc::Sender<Code>,
}

impl Callback {
    /// Takes over bound sockets. The receiver gets the one answer.
    pub(crate) fn open(
        listeners: Vec<StdListener>,
        redirect_uri: Url,
        expected: Expected,
    ) -> std::io::Result<(Self, mpsc::Receiver<Code>)> {
        let listeners = listeners.into_iter().map(registered).collect::<std::io::Result<Vec<_>>>()?;
        let (answers, answer) = mpsc::channel(1);
        let door = Door { redirect_uri, expected, answered: AtomicBool::new(false), answers };
        Ok((Self { listeners, door: Arc::new(door) }, answer))
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
                    if let Some(stream) = stream {
                        connections.spawn(serve(stream, Arc::clone(&self.door)));
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
async fn serve(stream: TcpStream, door: Arc<Door>) -> bool {
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
        // Only the first answer counts; a second one finds nothing (UC-04).
        if self.answered.swap(true, Ordering::AcqRel) {
            return response(Page::Stray(StatusCode::NOT_FOUND));
        }
        ours.store(true, Ordering::Release);
        let page = if code.is_ok() { Page::Done } else { Page::NotSignedIn };
        let _ = self.answers.try_send(code);
        response(page)
    }

    /// Host, method, path, then the query. A `Host` that is not ours is a name that was bent to this machine.
    fn admit(&self, request: &Request<Incoming>) -> Result<Code, StatusCode> {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok()).unwrap_or_default();
        if hosts.next().is_some() || !host.eq_ignore_ascii_case(self.authority()) {
            return Err(StatusCode::MISDIRECTED_REQUEST);
        }
        if request.uri().path() != self.redirect_uri.path() {
            return Err(StatusCode::NOT_FOUND);
        }
        if request.method() != Method::GET {
            return Err(StatusCode::METHOD_NOT_ALLOWED);
        }
        match judge(request.uri().query().unwrap_or_default(), &self.expected) {
            Verdict::Stray => Err(StatusCode::BAD_REQUEST),
            Verdict::Ours(code) => Ok(code),
        }
    }

    fn authority(&self) -> &str {
        &self.redirect_uri[Position::BeforeHost..Position::AfterPort]
    }
}
