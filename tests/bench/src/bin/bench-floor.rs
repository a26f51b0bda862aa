//! What Keylodge is measured against: a bare hyper server, a bare hyper proxy, and a provider to refresh at.
//!
//! Usage: `bench-floor json SOCKET`, `bench-floor proxy ADDRESS`, `bench-floor provider`. Each takes a free loopback
//! port, and says which on standard output.

use std::{
    env,
    error::Error,
    future::Future,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Body, Bytes, Incoming},
    client::conn::http1 as client,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream, UnixListener},
    sync::Mutex,
};

type Answer = Response<Full<Bytes>>;
type Failure = Box<dyn Error + Send + Sync>;

/// A body as large as this shows whether it is streamed.
const LARGE_BYTES: usize = 64 << 20;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["json", socket] => runtime.block_on(json(socket.into())),
        ["proxy", address] => runtime.block_on(proxy(address.parse()?)),
        ["provider"] => runtime.block_on(provider()),
        _ => Err("usage: bench-floor json SOCKET | proxy ADDRESS | provider".into()),
    }
}

async fn listen() -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("ready {}", listener.local_addr()?);
    Ok(listener)
}

/// One KiB of JSON for whatever is asked, over the socket and over TCP.
async fn json(socket: PathBuf) -> Result<(), Failure> {
    let unix = UnixListener::bind(socket)?;
    let tcp = listen().await?;
    let body = kilobyte();
    loop {
        let body = body.clone();
        let handle = move |request: Request<Incoming>| {
            let body = body.clone();
            async move { read(request).await.map(|_| told("application/json", body)) }
        };
        tokio::select! {
            accepted = unix.accept() => { tokio::spawn(serve(accepted?.0, handle)); }
            accepted = tcp.accept() => {
                let stream = accepted?.0;
                stream.set_nodelay(true)?;
                tokio::spawn(serve(stream, handle));
            }
        }
    }
}

/// Passes everything on to one address; each connection has one connection behind it.
async fn proxy(address: SocketAddr) -> Result<(), Failure> {
    let listener = listen().await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let behind = Arc::new(Mutex::new(None));
        let handle = move |request| pass(request, address, Arc::clone(&behind));
        tokio::spawn(serve(stream, handle));
    }
}

async fn pass(
    request: Request<Incoming>,
    address: SocketAddr,
    behind: Arc<Mutex<Option<client::SendRequest<Incoming>>>>,
) -> Result<Response<Incoming>, Failure> {
    let mut behind = behind.lock().await;
    if behind.is_none() {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = client::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        *behind = Some(sender);
    }
    let sender = behind.as_mut().ok_or("no connection")?;
    sender.ready().await?;
    Ok(sender.send_request(request).await?)
}

/// A provider: a token endpoint that rotates, and an API that gives a KiB of JSON, or a large body.
async fn provider() -> Result<(), Failure> {
    let listener = listen().await?;
    let count = Arc::new(AtomicU64::new(0));
    let large = Bytes::from(vec![b'x'; LARGE_BYTES]);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (count, large) = (Arc::clone(&count), large.clone());
        let handle = move |request: Request<Incoming>| {
            let (count, large) = (Arc::clone(&count), large.clone());
            async move {
                let path = request.uri().path().to_owned();
                let body = read(request).await?;
                Ok::<_, Failure>(match path.as_str() {
                    "/token" => told("application/json", renewed(&body, &count)),
                    "/api/large" => told("application/octet-stream", large),
                    _ => told("application/json", kilobyte()),
                })
            }
        };
        tokio::spawn(serve(stream, handle));
    }
}

/// The next tokens. A refresh token that begins with `short` gets access tokens that are over as soon as they come.
fn renewed(form: &Bytes, count: &AtomicU64) -> Bytes {
    let number = count.fetch_add(1, Ordering::Relaxed);
    let short = form.windows(19).any(|part| part == b"refresh_token=short");
    let (kind, seconds) = if short { ("short", 0) } else { ("long", 3600) };
    let answer = serde_json::json!({
        "access_token": format!("upstream-{number}"),
        "token_type": "Bearer",
        "expires_in": seconds,
        "refresh_token": format!("{kind}-{number}"),
    });
    answer.to_string().into()
}

fn kilobyte() -> Bytes {
    let empty = serde_json::json!({ "filling": "" }).to_string().len();
    serde_json::json!({ "filling": "x".repeat(1024 - empty) }).to_string().into()
}

async fn read(request: Request<Incoming>) -> Result<Bytes, Failure> {
    Ok(request.into_body().collect().await?.to_bytes())
}

fn told(kind: &'static str, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    answer.headers_mut().insert(hyper::header::CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    answer
}

async fn serve<S, H, F, B>(stream: S, handle: H)
where
    S: AsyncRead + AsyncWrite + Unpin,
    H: Fn(Request<Incoming>) -> F,
    F: Future<Output = Result<Response<B>, Failure>>,
    B: Body + 'static,
    B::Error: Into<Failure>,
{
    // A client that goes away in the middle is none of the floor's business.
    drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(handle)).await);
}
