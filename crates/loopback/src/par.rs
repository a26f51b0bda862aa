//! Pushed authorization requests (RFC 9126): a program sends its request by itself, and the browser carries nothing but a
//! reference to it, so that nobody on the way reads or changes it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use broker::{AppId, Broker, KeyThumbprint, ProviderId, Timestamp, TokenHash, secret_text};
use serde_json::json;

use crate::{
    api::Api,
    authorization::request,
    client_authentication::authenticate,
    description::{Content, Credential, Field, Operation, Reply, Sent, Verb, words},
    dpop,
    form::Form,
    incoming,
    wire::Failure,
};

/// What every reference begins with (§2.2).
pub const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// A pushed request waits so long for its browser.
const SECONDS: i64 = 90;
/// So many wait in all, and of one program.
const MAX_WAITING: usize = 128;
const MAX_OF_ONE: usize = 8;

/// Requests that were pushed and wait for a browser, oldest first, with the hash of their reference. In memory only.
#[derive(Default)]
pub struct Pushed(Mutex<Vec<(TokenHash, Request)>>);

/// One request that was pushed.
pub struct Request {
    /// Its parameters, checked once.
    pub form: Form,
    /// The key that was proven with it (RFC 9449 §10.1).
    pub key: Option<KeyThumbprint>,
    provider: ProviderId,
    app: AppId,
    until: Timestamp,
}

pub const PUSH: Operation = Operation {
    verb: Verb::Post,
    path: "/{provider}/par",
    name: "push",
    title: "Takes an authorization request from the program itself",
    about: "The browser then carries `client_id` and `request_uri` only. A reference is good once, for 90 seconds. With a \
            proof in the header `DPoP` (RFC 9449) the code is bound to its key.",
    standard: "RFC 9126",
    credential: Credential::Client,
    query: &[],
    body: Sent::Form(&BODY),
    answers: &[
        Reply::new(201, &[Content::Json(TOLD)], "It waits for the browser."),
        Reply::error(
            400,
            "What is wrong with it, as at the authorization endpoint; `invalid_dpop_proof`, `use_dpop_nonce`.",
        ),
        words::NOT_AUTHENTICATED,
        Reply::new(
            403,
            &[Content::Text, Content::Error],
            "As text: a web page or a foreign Host. `access_denied`, `login_required`, `interaction_required`: the person was asked lately, or must act.",
        ),
        words::NO_PROVIDER,
        words::TOO_SLOW,
        words::TOO_LONG,
        Reply::error(429, "`temporarily_unavailable`: too many requests wait."),
    ],
};

/// What the authorization endpoint takes, and who pushes it.
const BODY: [Field; request::PARAMETERS.len() + 3] = {
    let mut all = [words::CLIENT_SECRET; request::PARAMETERS.len() + 3];
    all[1] = words::CLIENT_ASSERTION_TYPE;
    all[2] = words::CLIENT_ASSERTION;
    let mut at = 0;
    while at < request::PARAMETERS.len() {
        all[at + 3] = request::PARAMETERS[at];
        at += 1;
    }
    all
};

/// RFC 9126 §2.2.
const TOLD: &[Field] = &[
    Field::text("request_uri", "The reference.").needed(),
    Field::number("expires_in", "So many seconds is it good.").needed(),
];

/// `POST /{provider}/par`.
pub async fn push(
    State(api): State<Arc<Api>>,
    Path(provider): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut answer = api.reply(pushed(&api, &provider, &uri, &headers, body).await);
    api.proofs.announce(&headers, answer.headers_mut(), api.broker.now());
    answer
}

async fn pushed(
    api: &Api,
    provider: &str,
    uri: &Uri,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let provider = api.provider(provider)?;
    let form = incoming::form(headers, body, api.bounds).await?;
    let app = authenticate(api, &provider, headers, &form)?;
    if form.get("request_uri").is_some() {
        return Err(Failure::invalid_request(
            "A pushed request is not a reference to another (`request_uri`).",
        ));
    }
    let now = api.broker.now();
    let key = api.proofs.key(dpop::Request { headers, method: "POST", uri, token: None }, now)?;
    let mut form = form;
    form.set_client(app.id.as_str());
    let asked = request::read(&api.broker, &provider, &form, false)?;
    if key.is_some() && asked.request.key.is_some() && key != asked.request.key {
        return Err(Failure::invalid_request("The `dpop_jkt` is not the key of the proof."));
    }
    api.broker.may_ask(&asked.request.access)?;
    let kept = Request { form, key, provider: provider.id.clone(), app: app.id, until: now.plus(SECONDS) };
    let reference = api.pushed.keep(&api.broker, kept)?;
    let answer = json!({ "request_uri": reference, "expires_in": SECONDS });
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

impl Pushed {
    /// Keeps a request and returns its reference, which nobody can guess. Beyond a program's share its oldest goes.
    fn keep(&self, broker: &Broker, request: Request) -> Result<String, Failure> {
        let now = broker.now();
        let mut waiting = self.lock();
        waiting.retain(|(_, other)| other.until > now);
        let of_app = |(_, other): &&(TokenHash, Request)| other.app == request.app;
        if waiting.iter().filter(of_app).count() >= MAX_OF_ONE
            && let Some(oldest) = waiting.iter().position(|other| of_app(&other))
        {
            waiting.remove(oldest);
        }
        if waiting.len() >= MAX_WAITING {
            return Err(Failure::too_many("Too many pushed requests wait. Try again in a moment."));
        }
        // Exposed: it is the name of a request, and is told to the program that pushed it.
        let reference = format!("{PREFIX}{}", secret_text(broker.entropy()).expose());
        waiting.push((TokenHash::of_text(&reference), request));
        Ok(reference)
    }

    /// Takes a request off: a reference is good once, for the program that pushed it, at its issuer (§4, §7.3).
    pub fn take(
        &self,
        reference: &str,
        provider: &ProviderId,
        client_id: &str,
        now: Timestamp,
    ) -> Option<Request> {
        let mut waiting = self.lock();
        let hash = TokenHash::of_text(reference);
        let fits = |(known, request): &(TokenHash, Request)| {
            *known == hash
                && request.until > now
                && request.provider == *provider
                && request.app.as_str() == client_id
        };
        let at = waiting.iter().position(fits)?;
        Some(waiting.remove(at).1)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(TokenHash, Request)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
