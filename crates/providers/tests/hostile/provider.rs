//! A provider on loopback whose every answer a test chooses, and which remembers what it was sent.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{Response, StatusCode},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use broker::{
    ByHand, ClientCredential, Clock, Entropy, Provider, ScopeSet, Secret, SignInPlan, SignInUnderWay,
    Timestamp, Upstream, UpstreamError, provider::Endpoints,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use providers::{Builder, Upstreams};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use url::Url;

/// What the clock of all tests shows at first.
pub const NOW: i64 = 1_900_000_000;

/// A clock that a test turns.
pub struct HandClock(pub AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Values that differ each time, and are no secret.
struct Counter(AtomicU64);

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        for piece in bytes.chunks_mut(8) {
            let next = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst).to_le_bytes();
            piece.copy_from_slice(&next[..piece.len()]);
        }
    }
}

/// One answer of the provider.
#[derive(Clone)]
pub enum Answer {
    /// Status, headers, body.
    Whole(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// A head, one byte, and then nothing for ever.
    Stalls,
    /// A body without an end.
    Endless,
    /// One after the other; the last for ever.
    InTurn(Vec<Self>),
}

impl Answer {
    pub fn json(value: &Value) -> Self {
        Self::status(200, value)
    }

    pub fn status(status: u16, value: &Value) -> Self {
        Self::text(status, "application/json", &value.to_string())
    }

    pub fn text(status: u16, kind: &str, body: &str) -> Self {
        Self::Whole(status, vec![("content-type", kind.to_owned())], body.as_bytes().to_vec())
    }

    /// The same with one more header.
    pub fn with(self, name: &'static str, value: &str) -> Self {
        let Self::Whole(status, mut headers, body) = self else { return self };
        headers.push((name, value.to_owned()));
        Self::Whole(status, headers, body)
    }

    pub fn redirect(status: u16, to: &str) -> Self {
        Self::Whole(status, vec![("location", to.to_owned())], Vec::new())
    }
}

/// A request that the provider got.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Seen {
    /// A form member of the body; none or more than one is `None`.
    pub fn form(&self, name: &str) -> Option<String> {
        let mut values = url::form_urlencoded::parse(self.body.as_bytes())
            .filter(|(key, _)| key == name)
            .map(|(_, v)| v.into_owned());
        let first = values.next();
        first.filter(|_| values.next().is_none())
    }
}

#[derive(Clone, Default)]
struct Desk {
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// The provider.
pub struct Hostile {
    pub base: String,
    desk: Desk,
    pub key: SigningKey,
    pub clock: Arc<HandClock>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Hostile {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let desk = Desk::default();
        let router = Router::new().fallback(answer).with_state(desk.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("serving") });
        let clock = Arc::new(HandClock(AtomicI64::new(NOW)));
        let hostile = Self { base, desk, key: SigningKey::new("k1"), clock, task };
        hostile.on("/jwks", Answer::json(&json!({ "keys": [hostile.key.jwk()] })));
        hostile
    }

    /// From now on `path` answers this.
    pub fn on(&self, path: &str, answer: Answer) {
        self.desk.answers.lock().expect("unpoisoned").insert(path.to_owned(), answer);
    }

    /// All requests to `path` so far.
    pub fn seen(&self, path: &str) -> Vec<Seen> {
        let seen = self.desk.seen.lock().expect("unpoisoned");
        seen.iter().filter(|seen| seen.path == path).cloned().collect()
    }

    /// The paths of all requests so far.
    pub fn paths(&self) -> Vec<String> {
        self.desk.seen.lock().expect("unpoisoned").iter().map(|seen| seen.path.clone()).collect()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The adapter, with short time-outs.
    pub fn upstreams(&self) -> Upstreams {
        self.builder().build()
    }

    pub fn builder(&self) -> Builder {
        let entropy = Arc::new(Counter(AtomicU64::new(1)));
        Upstreams::builder(entropy, Arc::clone(&self.clock) as Arc<dyn Clock>)
            .connect_timeout(Duration::from_secs(5))
            .total_timeout(Duration::from_secs(5))
    }

    /// This provider's entry.
    pub fn plain(&self) -> Provider {
        let mut provider = entry();
        provider.endpoints = Some(Endpoints {
            authorization: self.url("/authorize"),
            token: self.url("/token"),
            revocation: Some(self.url("/revoke")),
            userinfo: Some(self.url("/userinfo")),
            jwks: Some(self.url("/jwks")),
            pkce_s256: true,
            ..Endpoints::default()
        });
        provider.account.name = vec!["email".to_owned(), "name".to_owned()];
        provider
    }

    /// The same with OIDC.
    pub fn openid(&self) -> Provider {
        Provider { openid: true, issuer: Some(self.base.clone()), ..self.plain() }
    }

    /// Claims of a good ID token for this sign-in.
    pub fn claims(&self, under_way: &SignInUnderWay) -> Value {
        json!({
            "iss": self.base, "sub": "user-1", "aud": "client-1", "exp": NOW + 300, "iat": NOW,
            "nonce": parameter(&under_way.authorize_url, "nonce"), "email": "ada@example.org",
        })
    }

    /// The token endpoint's answer with this ID token.
    pub fn give(&self, id_token: &str) {
        self.on(
            "/token",
            Answer::json(&json!({
                "access_token": "at-1", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "rt-1",
                "id_token": id_token,
            })),
        );
    }

    /// The token endpoint's answer without an ID token, and who the person is.
    pub fn give_plain(&self) {
        self.on(
            "/token",
            Answer::json(&json!({
                "access_token": "at-1", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "rt-1",
            })),
        );
        self.on("/userinfo", Answer::json(&json!({ "sub": "user-1", "email": "ada@example.org" })));
    }
}

async fn answer(State(desk): State<Desk>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap_or_default();
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let path = head.uri.path().to_owned();
    desk.seen.lock().expect("unpoisoned").push(Seen {
        method: head.method.to_string(),
        path: path.clone(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().map(header).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    let chosen = desk.answers.lock().expect("unpoisoned").get_mut(&path).map(next);
    written(chosen.unwrap_or_else(|| Answer::text(404, "text/html", "<h1>nothing</h1>")))
}

fn next(answer: &mut Answer) -> Answer {
    match answer {
        Answer::InTurn(answers) if answers.len() > 1 => answers.remove(0),
        Answer::InTurn(answers) => answers[0].clone(),
        answer => answer.clone(),
    }
}

fn written(answer: Answer) -> Response<Body> {
    let stream = |body: Body| {
        Response::builder().header("content-type", "application/json").body(body).expect("an answer")
    };
    match answer {
        Answer::Whole(status, headers, body) => {
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = StatusCode::from_u16(status).expect("a status");
            for (name, value) in headers {
                response.headers_mut().append(name, value.parse().expect("a header"));
            }
            response
        }
        Answer::Stalls => stream(Body::new(Pieces { left: 1 })),
        Answer::InTurn(_) => unreachable!("one of them was taken"),
        Answer::Endless => stream(Body::new(Pieces { left: u32::MAX })),
    }
}

/// So many pieces of a body, and then silence.
struct Pieces {
    left: u32,
}

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
        if self.left == 0 {
            return std::task::Poll::Pending;
        }
        self.left -= 1;
        std::task::Poll::Ready(Some(Ok(hyper::body::Frame::data(Bytes::from_static(&[b' '; 1024])))))
    }
}

/// An entry with nothing in it but a name.
pub fn entry() -> Provider {
    let text = "id = \"mock\"\nname = \"Mock\"\nmark = \"M\"\ncolour = \"#000000\"\nprivate = true\n";
    toml::from_str(text).expect("an entry")
}

/// An ES256 key with its published half.
pub struct SigningKey {
    id: String,
    pkcs8: Vec<u8>,
    public: Vec<u8>,
}

impl SigningKey {
    pub fn new(id: &str) -> Self {
        let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(kind, &SystemRandom::new()).expect("a key").as_ref().to_vec();
        let pair = EcdsaKeyPair::from_pkcs8(kind, &pkcs8).expect("a key");
        Self { id: id.to_owned(), public: pair.public_key().as_ref().to_vec(), pkcs8 }
    }

    pub fn jwk(&self) -> Value {
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id,
            "x": part(&self.public[1..33]), "y": part(&self.public[33..]),
        })
    }

    pub fn header(&self) -> Header {
        Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::ES256) }
    }

    pub fn sign(&self, claims: &impl serde::Serialize) -> String {
        self.sign_with(&self.header(), claims)
    }

    pub fn encoding(&self) -> EncodingKey {
        EncodingKey::from_ec_der(&self.pkcs8)
    }

    pub fn sign_with(&self, header: &Header, claims: &impl serde::Serialize) -> String {
        encode(header, claims, &self.encoding()).expect("signed")
    }
}

pub fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).expect("scopes")
}

pub fn client() -> ClientCredential {
    ClientCredential { client_id: "client-1".to_owned(), client_secret: None, proof_key: None }
}

pub fn secret(text: &str) -> Secret<String> {
    Secret::from(text)
}

pub fn plan(provider: Provider, asked: &str) -> SignInPlan {
    SignInPlan {
        provider,
        client: Some(client()),
        scopes: scopes(asked),
        login_hint: None,
        came_back_to: None,
        wait_seconds: 30,
    }
}

/// The one value of a query parameter.
pub fn parameter(url: &Url, name: &str) -> String {
    let values: Vec<_> = url.query_pairs().filter(|(key, _)| key == name).collect();
    assert_eq!(values.len(), 1, "{name} in {url}");
    values[0].1.to_string()
}

pub fn has_parameter(url: &Url, name: &str) -> bool {
    url.query_pairs().any(|(key, _)| key == name)
}

pub async fn begin(upstreams: &Upstreams, provider: Provider, asked: &str) -> SignInUnderWay {
    upstreams.begin_sign_in(plan(provider, asked)).await.expect("begun")
}

/// The query of a good answer.
pub fn good(under_way: &SignInUnderWay) -> String {
    format!("code=code-1&state={}", parameter(&under_way.authorize_url, "state"))
}

/// What a browser does with the redirect address and this query; the whole answer as text.
pub async fn visit(redirect_uri: &Url, query: &str) -> String {
    let target = format!("{}?{query}", redirect_uri.path());
    let port = redirect_uri.port().expect("a port");
    let host = redirect_uri.host_str().expect("a host");
    request(port, &format!("GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n")).await.expect("an answer")
}

/// Sends bytes to a loopback port and reads until the end; `None` if nobody listens.
pub async fn request(port: u16, text: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    stream.write_all(text.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    // The other side may close at once: what was read until then counts.
    let _ = stream.read_to_end(&mut answer).await;
    Some(String::from_utf8_lossy(&answer).into_owned())
}

pub fn is_misbehaved(error: &UpstreamError) -> bool {
    matches!(error, UpstreamError::Misbehaved { .. })
}

/// Where the browser comes back to.
pub fn back(under_way: &SignInUnderWay) -> Url {
    under_way.redirect_uri.clone().expect("an address to come back to")
}

/// Gives the sign-in what the person copied.
pub fn paste(under_way: &SignInUnderWay, pasted: &str) -> Result<(), UpstreamError> {
    under_way.arrival.as_ref().expect("a place for it").by_hand(&secret(pasted))
}

/// Lets the browser come back with this query, or the person paste it, and waits for the end.
pub async fn finish(under_way: SignInUnderWay, query: &str) -> Result<broker::SignedIn, UpstreamError> {
    match under_way.by_hand {
        None => {
            let redirect_uri = back(&under_way);
            return tokio::join!(under_way.outcome, visit(&redirect_uri, query)).0;
        }
        Some(ByHand::Address) => paste(&under_way, &format!("{}?{query}", back(&under_way)))?,
        Some(ByHand::Code) => paste(&under_way, "code-1")?,
    }
    under_way.outcome.await
}

/// The shipped catalogue, as it stands in the list.
pub fn catalogue() -> Vec<Provider> {
    let clock = Arc::new(HandClock(AtomicI64::new(NOW)));
    Upstreams::new(Arc::new(Counter(AtomicU64::new(1))), clock).catalogue()
}
