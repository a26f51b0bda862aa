//! Makes every HTTP call of this crate: no redirect, no cookie, no proxy of the environment, no decompression,
//! bounded in time and size.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use broker::{Clock, Timestamp};
use http::{HeaderMap, StatusCode, header};
use reqwest::{Client, redirect, retry};
use serde_json::{Map, Value};
use url::Url;

use crate::{
    address::Reach,
    fault::Fault,
    json,
    names::{GuardedNames, Names, NotPublic},
    server::Server,
};

/// The largest body that is read (UPS-02).
const MAX_BODY: usize = 256 * 1024;

/// The longest pause that a server can ask for, in seconds.
const MAX_RETRY_AFTER: u32 = 24 * 60 * 60;

/// How long a call may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Until the connection stands, name look-up and TLS included.
    pub(crate) connect: Duration,
    /// Until the last byte (UPS-03).
    pub(crate) total: Duration,
}

/// The HTTP client.
pub(crate) struct Web {
    public: OnceLock<Result<Client, String>>,
    private: OnceLock<Result<Client, String>>,
    names: Arc<dyn Names>,
    patience: Patience,
    clock: Arc<dyn Clock>,
    /// Seconds that our clock was ahead of a server's when one last told the time; `i64::MIN`: none has.
    skew: AtomicI64,
}

/// A whole answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Web {
    pub(crate) fn new(names: Arc<dyn Names>, patience: Patience, clock: Arc<dyn Clock>) -> Self {
        let skew = AtomicI64::new(i64::MIN);
        Self { public: OnceLock::new(), private: OnceLock::new(), names, patience, clock, skew }
    }

    /// How many seconds our clock is ahead, as far as a server has told the time.
    pub(crate) fn clock_skew(&self) -> Option<i64> {
        Some(self.skew.load(Ordering::Relaxed)).filter(|skew| *skew != i64::MIN)
    }

    fn compare_clocks(&self, headers: &HeaderMap) {
        if let Some(theirs) = headers.get(header::DATE).and_then(date) {
            self.skew.store(self.clock.now().since(theirs), Ordering::Relaxed);
        }
    }

    /// Gets a JSON document.
    pub(crate) async fn get(&self, reach: Reach, address: &str) -> Result<Reply, Fault> {
        self.call(reach, bare(reach, "GET", address)?).await
    }

    /// Posts a JSON document.
    pub(crate) async fn post(&self, reach: Reach, address: &str, body: &Value) -> Result<Reply, Fault> {
        let mut request = bare(reach, "POST", address)?;
        *request.body_mut() = body.to_string().into_bytes();
        let json = header::HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, json);
        self.call(reach, request).await
    }

    /// Sends one request, once, and reads its answer. Redirects (UC-12, UPS-06) and 429 or 5xx are faults.
    pub(crate) async fn call(&self, reach: Reach, request: http::Request<Vec<u8>>) -> Result<Reply, Fault> {
        reach.check(&request.uri().to_string())?;
        let request = reqwest::Request::try_from(request)
            .map_err(|_| Fault::Forbidden("the address cannot be called".to_owned()))?;
        let host = request.url().host_str().unwrap_or_default().to_owned();
        let response = self.client(reach)?.execute(request).await.map_err(|error| seen(&error, &host))?;
        let (status, headers) = (response.status(), response.headers().clone());
        self.compare_clocks(&headers);
        refuse_status(status, &headers, self.clock.now())?;
        let body = read(response, &host).await?;
        Ok(Reply { status, headers, body })
    }

    /// Built when first needed: reading the system's root certificates takes a while.
    fn client(&self, reach: Reach) -> Result<&Client, Fault> {
        let cell = if reach == Reach::Public { &self.public } else { &self.private };
        let built = cell.get_or_init(|| self.build(reach));
        built.as_ref().map_err(|error| Fault::Unreachable(format!("this machine has no usable TLS: {error}")))
    }

    fn build(&self, reach: Reach) -> Result<Client, String> {
        Client::builder()
            .user_agent(concat!("Keylodge/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            .referer(false)
            .connect_timeout(self.patience.connect)
            .timeout(self.patience.total)
            // No connection is kept: each call resolves and checks the address anew.
            .pool_max_idle_per_host(0)
            .dns_resolver(GuardedNames { names: Arc::clone(&self.names), reach })
            .build()
            .map_err(|error| error.to_string())
    }
}

impl Reply {
    /// Its body as a JSON object, if it says that it is one.
    pub(crate) fn json(&self) -> Result<Map<String, Value>, Fault> {
        if !self.says_json() {
            return Err(Fault::Untrusted("its answer is not JSON".to_owned()));
        }
        json::object(&self.body).map_err(Fault::Untrusted)
    }

    /// The same, where only this status will do.
    pub(crate) fn json_if(&self, expected: StatusCode) -> Result<Map<String, Value>, Fault> {
        if self.status != expected {
            return Err(Fault::Untrusted(format!("it answers {}", self.status.as_u16())));
        }
        self.json()
    }

    /// Whether its body is of this media type, by what it says.
    pub(crate) fn says(&self, kind: &str) -> bool {
        self.essence() == kind
    }

    fn says_json(&self) -> bool {
        let essence = self.essence();
        essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
    }

    fn essence(&self) -> String {
        let said = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        said.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

/// The question who the person is, in the way of the entry, with an access token after its scheme: in the header and never in
/// the address (UC-11).
pub(crate) fn asking_as(
    server: &Server,
    address: &str,
    client_id: &str,
    (scheme, token): (&str, &str),
) -> Result<http::Request<Vec<u8>>, Fault> {
    let how = &server.provider.account;
    let mut request = bare(server.reach(), if how.post { "POST" } else { "GET" }, address)?;
    for (name, value) in &how.headers {
        let odd = || Fault::Forbidden(format!("the field {name} cannot be sent"));
        let name = header::HeaderName::from_bytes(name.as_bytes()).map_err(|_| odd())?;
        let value = value.replace("{client_id}", client_id);
        request.headers_mut().insert(name, header::HeaderValue::from_str(&value).map_err(|_| odd())?);
    }
    let unfit = |_| Fault::Untrusted("its access token has characters that no header can carry".to_owned());
    let mut value = header::HeaderValue::from_str(&format!("{scheme} {token}")).map_err(unfit)?;
    value.set_sensitive(true);
    request.headers_mut().insert(header::AUTHORIZATION, value);
    Ok(request)
}

fn bare(reach: Reach, method: &str, address: &str) -> Result<http::Request<Vec<u8>>, Fault> {
    http::Request::builder()
        .method(method)
        .uri(reach.check(address)?.as_str())
        .header(header::ACCEPT, "application/json")
        .body(Vec::new())
        .map_err(|_| Fault::Forbidden("the address cannot be called".to_owned()))
}

fn refuse_status(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Result<(), Fault> {
    if status.is_redirection() {
        return Err(Fault::Untrusted("it redirects a call that must not be redirected".to_owned()));
    }
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        return Err(Fault::Busy { status: status.as_u16(), retry_after: retry_after(headers, now) });
    }
    Ok(())
}

/// `Retry-After` in seconds: a number, or the date until when (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<u32> {
    let said = headers.get(header::RETRY_AFTER)?;
    let text = said.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some(text.parse().unwrap_or(u32::MAX).min(MAX_RETRY_AFTER));
    }
    let left = date(said)?.since(now).clamp(0, MAX_RETRY_AFTER.into());
    u32::try_from(left).ok()
}

/// A date as HTTP writes it (RFC 9110 §5.6.7).
fn date(value: &header::HeaderValue) -> Option<Timestamp> {
    let at = httpdate::parse_http_date(value.to_str().ok()?).ok()?;
    let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok().map(Timestamp)
}

/// Reads the body piece by piece and stops at the first byte too many. Nothing is ever decompressed (UPS-05).
async fn read(mut response: reqwest::Response, host: &str) -> Result<Vec<u8>, Fault> {
    let encoding = response.headers().get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|value| value != "identity") {
        return Err(Fault::Untrusted("its answer is compressed, which was not asked for".to_owned()));
    }
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| seen(&error, host))? {
        if body.len() + piece.len() > MAX_BODY {
            return Err(Fault::Untrusted("its answer is too large".to_owned()));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// What a failed call means, without the address (its query could hold a secret).
fn seen(error: &reqwest::Error, host: &str) -> Fault {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(inner) = cause {
        if let Some(refused) = inner.downcast_ref::<NotPublic>() {
            return Fault::Forbidden(refused.to_string());
        }
        if let Some(why) = bad_certificate(inner) {
            return Fault::Untrusted(format!("the certificate of {host} {why}"));
        }
        cause = inner.source();
    }
    Fault::Unreachable(match error {
        _ if error.is_timeout() => format!("{host} took too long"),
        _ if error.is_dns() => format!("the name {host} was not found"),
        _ if error.is_connect() => format!("no connection to {host}"),
        _ => format!("the connection to {host} broke"),
    })
}

/// What is wrong with the server's certificate, if that is the cause (RFC 9110 §4.3.4; UC-11).
fn bad_certificate(cause: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    use rustls::CertificateError as Bad;

    let rustls::Error::InvalidCertificate(bad) = tls_error(cause)? else { return None };
    Some(match bad {
        Bad::Expired | Bad::ExpiredContext { .. } => "has expired, or this computer's clock is wrong",
        Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
            "is not valid yet, or this computer's clock is wrong"
        }
        Bad::NotValidForName | Bad::NotValidForNameContext { .. } => "is for another name",
        Bad::UnknownIssuer | Bad::BadSignature => "was signed by nobody whom this computer trusts",
        Bad::Revoked => "was revoked",
        _ => "is not valid",
    })
}

/// What TLS said, out of the I/O errors that carry it: those do not tell it as their source.
fn tls_error<'e>(cause: &'e (dyn std::error::Error + 'static)) -> Option<&'e rustls::Error> {
    match cause.downcast_ref::<std::io::Error>() {
        Some(carrier) => tls_error(carrier.get_ref()?),
        None => cause.downcast_ref(),
    }
}

/// Scheme, host and port of an address, with a slash.
pub(crate) fn origin(url: &Url) -> String {
    format!("{}/", url.origin().ascii_serialization())
}
