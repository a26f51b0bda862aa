//! Sends a request to the provider's API and brings the answer back, both as streams that end with the lease (RG-03).

use std::{
    collections::HashMap,
    io,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
};
use broker::{Broker, GatewayPass, LeaseId};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::watch;
use url::{Host, Url};

use super::refusal::Refusal;
use crate::{dpop, guard::only};

/// A connection to the provider is there after so long, or not at all.
const CONNECT: Duration = Duration::from_secs(10);
/// A provider that says nothing for so long has gone.
const SILENCE: Duration = Duration::from_secs(300);
/// One lease makes the provider's token be renewed at most so often (DOS-04).
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);
/// So many leases are remembered for it.
const MAX_RENEWALS: usize = 1024;

/// The way to providers' APIs. Connections are kept warm; the first request opens it.
#[derive(Default)]
pub struct Upstream {
    client: Mutex<Option<reqwest::Client>>,
    renewals: Mutex<HashMap<LeaseId, Instant>>,
}

/// A request but for its body.
#[derive(Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The query, as it came.
    pub query: Option<String>,
    /// The fields that it keeps.
    pub fields: HeaderMap,
}

/// A body on its way up.
#[derive(Debug)]
pub enum Payload {
    /// Short; can be sent twice.
    Kept(Bytes),
    /// Passed on as it comes.
    Streamed {
        /// Its length, if it was said.
        length: Option<u64>,
        /// The rest of the program's request.
        body: Body,
    },
}

impl Payload {
    /// The same once more, where that is possible.
    pub fn again(&self) -> Option<Self> {
        match self {
            Self::Kept(bytes) => Some(Self::Kept(bytes.clone())),
            Self::Streamed { .. } => None,
        }
    }
}

/// What the provider answers.
pub struct Answer {
    /// Which address answered.
    pub target: Url,
    response: reqwest::Response,
    ended: watch::Receiver<bool>,
}

impl Answer {
    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Its fields, all of them.
    pub fn fields(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Its body, which breaks off when the lease ends.
    pub fn body(self) -> Body {
        Body::from_stream(while_leased(self.response.bytes_stream(), self.ended))
    }
}

impl Upstream {
    /// Sends a request with the provider's token in place of ours (RG-05). The provider's redirects are not followed. Where
    /// the token is bound to a key and the API wants a nonce in the proof, it is sent once more.
    pub async fn send(
        &self,
        broker: &Broker,
        call: &Call,
        pass: &GatewayPass,
        payload: Payload,
    ) -> Result<Answer, Refusal> {
        let again = payload.again();
        let answer = self.send_once(broker, call, pass, payload).await?;
        if !pass.is_bound() || !wants_nonce(broker, &answer) {
            return Ok(answer);
        }
        let payload = again.ok_or_else(Refusal::send_again)?;
        self.send_once(broker, call, pass, payload).await
    }

    async fn send_once(
        &self,
        broker: &Broker,
        call: &Call,
        pass: &GatewayPass,
        payload: Payload,
    ) -> Result<Answer, Refusal> {
        let target = target(&pass.target, call.query.as_deref())?;
        let mut ended = pass.ended.clone();
        let mut fields = call.fields.clone();
        let proof = broker.gateway_proof(pass, call.method.as_str(), &target)?;
        put_token(&mut fields, pass, proof)?;
        let body = body(payload, &mut fields, &ended);
        let request = self.client()?.request(call.method.clone(), target.clone()).headers(fields).body(body);
        let response = tokio::select! {
            biased;
            () = over(&mut ended) => return Err(Refusal::invalid_token("This token has just ended.")),
            response = request.send() => response.map_err(|error| away(&error))?,
        };
        Ok(Answer { target, response, ended })
    }

    /// Whether a 401 of the provider may make its token be renewed: a program must not burn refreshes (DOS-04).
    pub fn may_renew(&self, lease: &LeaseId) -> bool {
        let now = Instant::now();
        let mut renewals = self.renewals.lock().unwrap_or_else(PoisonError::into_inner);
        renewals.retain(|_, at| now.duration_since(*at) < RENEWAL_PAUSE);
        if renewals.contains_key(lease) || renewals.len() >= MAX_RENEWALS {
            return false;
        }
        renewals.insert(lease.clone(), now);
        true
    }

    /// Closes the connections that are kept warm.
    pub fn hang_up(&self) {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn client(&self) -> Result<reqwest::Client, Refusal> {
        let mut kept = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = kept.as_ref() {
            return Ok(client.clone());
        }
        let made = client().map_err(|error| {
            tracing::error!(%error, "no HTTP client could be made");
            Refusal::failed(
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                "Keylodge cannot reach the network.",
            )
        })?;
        Ok(kept.insert(made).clone())
    }
}

/// Follows nothing, keeps no cookies, takes no proxy from the environment (UPS-12, UPS-13), decodes nothing.
fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .build()
}

/// The provider's address with the program's query. Plain http is for providers on this machine alone.
fn target(address: &str, query: Option<&str>) -> Result<Url, Refusal> {
    let nowhere = || {
        Refusal::failed(
            StatusCode::BAD_GATEWAY,
            "server_error",
            "The provider's API is not at an address that is safe.",
        )
    };
    let mut url = Url::parse(address).map_err(|_| nowhere())?;
    // Parsing must not have changed where it leads (RG-06).
    let parsed = url.as_str().strip_suffix('/').unwrap_or(url.as_str());
    let unchanged = parsed == address.strip_suffix('/').unwrap_or(address);
    let loopback = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let safe = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    if !unchanged || !safe || !url.username().is_empty() || url.password().is_some() {
        return Err(nowhere());
    }
    url.set_query(query);
    Ok(url)
}

/// Puts the provider's token in its place, with the proof that it may need, and the fields that its API wants.
fn put_token(fields: &mut HeaderMap, pass: &GatewayPass, proof: Option<String>) -> Result<(), Refusal> {
    let name = |name: &str| HeaderName::try_from(name).map_err(|_| Refusal::not_accepted());
    let value = |text: String| HeaderValue::try_from(text).map_err(|_| Refusal::not_accepted());
    for (field, said) in &pass.headers {
        fields.insert(name(field)?, value(said.clone())?);
    }
    // Exposed to be sent to the provider that gave it.
    let token = pass.token.expose();
    let (field, token) = match (proof, &pass.token_header) {
        (Some(proof), _) => {
            fields.insert(name(dpop::PROOF)?, value(proof)?);
            (header::AUTHORIZATION, format!("DPoP {token}"))
        }
        (None, Some(field)) => (name(field)?, token.clone()),
        (None, None) => (header::AUTHORIZATION, format!("Bearer {token}")),
    };
    let mut token = value(token)?;
    token.set_sensitive(true);
    fields.insert(field, token);
    Ok(())
}

/// Notes the nonce that an API tells for the next proof. Whether it refused this one for want of that (RFC 9449 §9).
fn wants_nonce(broker: &Broker, answer: &Answer) -> bool {
    let Some(nonce) = only(answer.fields(), dpop::NONCE) else { return false };
    broker.note_nonce(&answer.target, nonce);
    let challenges = answer.fields().get_all(header::WWW_AUTHENTICATE).iter();
    let asks = |challenge: &HeaderValue| challenge.to_str().is_ok_and(|said| said.contains("use_dpop_nonce"));
    answer.status() == StatusCode::UNAUTHORIZED && challenges.into_iter().any(asks)
}

fn body(payload: Payload, fields: &mut HeaderMap, ended: &watch::Receiver<bool>) -> reqwest::Body {
    match payload {
        Payload::Kept(bytes) => bytes.into(),
        Payload::Streamed { length, body } => {
            if let Some(length) = length {
                fields.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            }
            reqwest::Body::wrap_stream(while_leased(body.into_data_stream(), ended.clone()))
        }
    }
}

/// The stream, until the lease ends: then it breaks off with an error, so that nobody takes it for complete.
fn while_leased<S, E>(
    stream: S,
    ended: watch::Receiver<bool>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    let state = Some((Box::pin(stream), ended));
    stream::unfold(state, |state| async move {
        let (mut stream, mut ended) = state?;
        tokio::select! {
            biased;
            () = over(&mut ended) => Some((Err(io::Error::other("the lease has ended")), None)),
            item = stream.next() => match item? {
                Ok(bytes) => Some((Ok(bytes), Some((stream, ended)))),
                Err(error) => Some((Err(io::Error::other(error)), None)),
            },
        }
    })
}

/// Resolves when the lease has ended; also when nobody could say so any more (the vault was closed).
async fn over(ended: &mut watch::Receiver<bool>) {
    let _ = ended.wait_for(|ended| *ended).await;
}

fn away(error: &reqwest::Error) -> Refusal {
    // Its text names the address with the query: not for the log.
    tracing::warn!(
        timeout = error.is_timeout(),
        connect = error.is_connect(),
        "the provider's API did not answer"
    );
    Refusal::failed(
        StatusCode::BAD_GATEWAY,
        "temporarily_unavailable",
        "The provider's API does not answer. Try again later.",
    )
}
