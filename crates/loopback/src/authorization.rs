//! The authorization endpoint (RFC 6749 §3.1): a program asks, the person decides in the native window, and only then
//! does anything travel to the program's redirect address.

pub mod request;

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use broker::{App, Broker, Caller, Error, messages::questions, redirect_uri, secret_text};
use url::Url;

use self::request::{Asked, PARAMETERS};
use crate::{
    ConnInfo,
    api::Api,
    caller,
    description::{Content, Credential, Field, Operation, Reply, Sent, Verb, words},
    guard::only,
    page,
    waits::Waited,
    wire::{Failure, ascii},
};

/// The parameters of a request, or the reference to one that was pushed.
const QUERY: [Field; PARAMETERS.len() + 1] = {
    let about = "A request that was pushed (RFC 9126): then only `client_id` stands beside it.";
    let mut all = [Field::text("request_uri", about); PARAMETERS.len() + 1];
    let mut at = 0;
    while at < PARAMETERS.len() {
        all[at + 1] = PARAMETERS[at];
        at += 1;
    }
    all
};

pub const BEGIN: Operation = Operation {
    verb: Verb::Get,
    path: "/{provider}/authorize",
    name: "authorize",
    title: "Asks the person",
    about: "Open it in a browser, or fetch it without following redirects: then the answer comes when the person has decided in \
            Keylodge's window. What is wrong with a request is told here and never sent to the redirect address.",
    standard: "RFC 6749 §4.1.1, RFC 7636, RFC 9207",
    credential: Credential::None,
    query: &QUERY,
    body: Sent::None,
    answers: &[
        Reply::new(
            200,
            &[Content::Page],
            "To a browser: a page that goes on by itself when the person has decided.",
        ),
        Reply::new(
            303,
            &[Content::Empty],
            "To the redirect address, with `code` or `error` (`access_denied`), `state` and `iss`.",
        ),
        Reply::told(400, "The request is wrong, as RFC 6749 §4.1.2.1 and the sentence say."),
        Reply::new(
            403,
            &[Content::Text, Content::Error, Content::Page],
            "As text: a web page or a foreign Host. `access_denied`: the person said no just now. `login_required`: there is no account that could be used. \
             `interaction_required`: Keylodge is locked.",
        ),
        Reply::told(404, "There is no such provider."),
        Reply::told(429, "`temporarily_unavailable`: too many questions wait for the person already."),
    ],
};

pub const WAIT: Operation = Operation {
    path: "/{provider}/authorize/wait/{id}",
    name: "authorize_wait",
    title: "Where a browser waits for the person",
    about: "Its answers are those of the authorization endpoint.",
    standard: "",
    query: &[],
    answers: &[
        Reply::new(200, &[Content::Page], "Not decided yet: the page comes again by itself."),
        Reply::new(303, &[Content::Empty], "To the redirect address, as from the authorization endpoint."),
        words::NOT_ADMITTED,
        Reply::told(404, "The request has ended; start again in the program."),
    ],
    ..BEGIN
};

/// What came of a request: an address to send the program's answer to, or something only the person may see.
pub type Outcome = Result<String, Failure>;

/// `GET /{provider}/authorize`. A browser gets a page at once and waits elsewhere; any other program waits here.
pub async fn begin(
    State(api): State<Arc<Api>>,
    Path(provider): Path<String>,
    Extension(info): Extension<ConnInfo>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let browser = match Visitor::of(&headers) {
        Visitor::Browser => true,
        Visitor::Program => false,
        Visitor::Background => return crate::guard::refusal(),
    };
    let query = query.unwrap_or_default();
    let begun = begun(&api, &provider, &query, (!browser).then_some(&info)).await;
    match begun {
        Err(failure) => told(&api.broker, failure, browser),
        Ok(asked) if browser => hold(&api, &provider, asked),
        Ok(asked) => answer(&api.broker, decided_for(&api.broker, asked, &info).await, browser),
    }
}

/// `GET /{provider}/authorize/wait/{id}`: where a browser waits.
pub async fn wait(
    State(api): State<Arc<Api>>,
    Path((provider, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let browser = matches!(Visitor::of(&headers), Visitor::Browser);
    match api.waits.wait(&id, api.held).await {
        Waited::Over(outcome) => answer(&api.broker, outcome, browser),
        Waited::Still(program) => page::waiting(&wait_path(&provider, &id), &program),
        Waited::Unknown => {
            let ended = Failure::new(
                StatusCode::NOT_FOUND,
                "invalid_request",
                "This request has ended. Start again in the program that sent you here.",
            );
            told(&api.broker, ended, browser)
        }
    }
}

/// Reads the request, finds out who is behind it, and makes sure that the person can be asked at all.
async fn begun(api: &Api, provider: &str, query: &str, program: Option<&ConnInfo>) -> Result<Asked, Failure> {
    let provider = api.provider(provider)?;
    let mut asked = request::front(api, &provider, query, program.is_none())?;
    asked.request.access.caller = match program {
        Some(info) => info.caller().await,
        None => behind_the_browser(&asked.app, &asked.request.redirect_uri).await,
    };
    api.broker.may_ask(&asked.request.access)?;
    Ok(asked)
}

/// The browser only carries the request: the program is the one that waits for the answer at the redirect port; where
/// there is none, what was seen when it registered.
async fn behind_the_browser(app: &App, redirect: &str) -> Caller {
    let registered = app.evidence.clone().unwrap_or_default();
    let Some(port) = redirect_uri::loopback_port(redirect) else { return registered };
    let found = tokio::task::spawn_blocking(move || caller::listener_on(port)).await;
    let Some(mut waiting) = found.ok().flatten() else { return registered };
    let differs = registered.program_key().is_some_and(|key| waiting.program_key() != Some(key));
    if differs && waiting.warning.is_empty() {
        // LOC-09: an id is a name and no proof.
        waiting.warn(&questions::ANOTHER_WAITS.sentence());
    }
    waiting
}

/// Puts the request to the person, and makes the address that carries the outcome.
async fn decide(broker: Broker, asked: Asked) -> Outcome {
    let refused = match broker.authorize(asked.request.clone()).await {
        // Exposed to be sent to where the person agreed that it goes.
        Ok(code) => return Ok(address(&asked, &[("code", code.expose())])),
        Err(Error::ConsentDenied(sentence)) => sentence,
        // Not the person's decision: nothing is sent anywhere (AS-15).
        Err(other) => return Err(other.into()),
    };
    tracing::info!(app = %asked.app.id, %refused, "an authorization request was refused");
    Ok(address(&asked, &[("error", "access_denied"), ("error_description", &ascii(&refused))]))
}

/// The same for a program that waits here, if it is still the one that the person saw (LOC-04).
async fn decided_for(broker: &Broker, asked: Asked, info: &ConnInfo) -> Outcome {
    let outcome = decide(broker.clone(), asked).await;
    if info.still_same().await {
        return outcome;
    }
    Err(Error::ConsentDenied("The program that asked has been replaced by another one.".into()).into())
}

/// The redirect address with the answer, `state` and `iss` (RFC 6749 §4.1.2, RFC 9207 §2).
fn address(asked: &Asked, answer: &[(&str, &str)]) -> String {
    let redirect = &asked.request.redirect_uri;
    // It was parsed when it was checked; should it not parse, the address without an answer does no harm.
    let Ok(mut url) = Url::parse(redirect) else { return redirect.clone() };
    url.query_pairs_mut()
        .extend_pairs(answer)
        .extend_pairs(asked.state.iter().map(|state| ("state", state)))
        .append_pair("iss", &asked.issuer);
    url.into()
}

fn hold(api: &Api, provider: &str, asked: Asked) -> Response {
    // Exposed: it is the name of a page, and whoever knows it is the browser that was sent there.
    let id = secret_text(api.broker.entropy()).expose().clone();
    let program = asked.app.name.clone();
    if api.waits.open(&id, &program, decide(api.broker.clone(), asked)) {
        return page::waiting(&wait_path(provider, &id), &program);
    }
    told(&api.broker, Failure::too_many("Too many requests wait already. Try again in a moment."), true)
}

fn wait_path(provider: &str, id: &str) -> String {
    format!("/{provider}/authorize/wait/{id}")
}

fn answer(broker: &Broker, outcome: Outcome, browser: bool) -> Response {
    match outcome {
        // Never 307: nothing of ours is to be repeated there (RFC 9700 §4.12; AS-14).
        Ok(address) => (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response(),
        Err(failure) => told(broker, failure, browser),
    }
}

/// An error for whoever is there: a page or JSON, and never a redirect.
fn told(broker: &Broker, failure: Failure, browser: bool) -> Response {
    if !browser {
        return failure.answer(broker);
    }
    let id = failure.logged(broker);
    failure.headed(page::failure(failure.status, &failure.sentence, &id))
}

/// Who looks at an authorization page.
enum Visitor {
    /// A person's browser, that goes to the page.
    Browser,
    /// A program that asks by itself.
    Program,
    /// Something in a browser that does not go there: an image, a script (WEB-03). Newer browsers say so by fetch
    /// metadata, which the guard has seen to; older ones show it by what they accept.
    Background,
}

impl Visitor {
    fn of(headers: &HeaderMap) -> Self {
        let has = |name: &str, word: &str| only(headers, name).is_some_and(|value| value.contains(word));
        let navigates = has("sec-fetch-mode", "navigate");
        match (navigates || has("accept", "text/html"), has("user-agent", "Mozilla/")) {
            (true, _) if navigates => Self::Browser,
            (true, true) => Self::Browser,
            (false, true) => Self::Background,
            (_, false) => Self::Program,
        }
    }
}
