//! The native form: one POST that waits for the person's decision and answers with a token, for scripts.

use std::sync::Arc;

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use broker::{AccessRequest, App, Caller, Error, ProviderId, RequestOrigin, Wanted, Whereabouts, text};
use serde::Deserialize;

use crate::{
    ConnInfo,
    api::Api,
    client_authentication::by_header,
    description::{Content, Credential, Field, Operation, Reply, Sent, Verb, words},
    form, incoming, token,
    wire::{BASIC_CHALLENGE, Failure},
};

/// A reason is shown to the person, up to so many characters.
pub const PURPOSE_CHARS: usize = 200;
/// So long may be what a tool says of where it is.
const PLACE_CHARS: usize = 1000;

pub const ACCESS: Operation = Operation {
    verb: Verb::Post,
    path: "/access",
    name: "access",
    title: "Asks the person and gives a token, in one request",
    about: "It waits until the person has decided. With a proof in the header `DPoP` the token is bound to its key.",
    standard: "",
    credential: Credential::ClientIfAny,
    query: &[],
    body: Sent::Json(&[
        Field::text("account", "The account's label, name or id."),
        Field::text("provider", "Instead: the provider; the person chooses among its accounts."),
        Field::text("scope", "Scopes as the provider writes them, separated by spaces.").needed(),
        Field::text(
            "resource",
            "A local resource server that the token shall be good for, instead of the gateway (RFC 8707).",
        ),
        Field::one_of(
            "delivery",
            &Wanted::WORDS,
            "How the token shall be handed over. `release_or_gateway`: the provider's own token, or a gateway token where that \
             cannot be released; `keylodge_note` says why.",
        ),
        Field::text("purpose", "Why, in a few words; shown to the person as the program's own."),
        Field::number("min_ttl", "At least so many seconds of life."),
        Field::number(
            "max_age",
            "The person may have decided so many seconds ago; else they are asked anew (RFC 9470).",
        ),
        Field::text("client_id", "Of a program with a secret."),
        Field::text("directory", "Where the tool works; it chooses the account where none is named."),
        Field::text("remote", "The same: its repository's remote address."),
        Field::text("host", "The same: the host that it speaks to."),
    ]),
    answers: &[
        Reply::new(200, &[Content::Json(token::TOKENS)], "The token."),
        Reply::error(
            400,
            "`invalid_request`, `invalid_scope`, `invalid_target`, `invalid_dpop_proof`, `use_dpop_nonce`: what is wrong with it.",
        ),
        words::NOT_AUTHENTICATED,
        Reply::new(
            403,
            &[Content::Text, Content::Error],
            "As text: a web page or a foreign Host. `access_denied`: the person said no. `login_required`: the account must be \
             signed in first. `interaction_required`: Keylodge is locked.",
        ),
        Reply::error(404, "There is no such provider (`not_found`) or account (`invalid_request`)."),
        words::TOO_SLOW,
        words::TOO_LONG,
        Reply::error(
            429,
            "`temporarily_unavailable`: too many questions wait for the person already, or the program has too many of the provider's tokens out.",
        ),
        words::OUR_FAULT,
        words::PROVIDER_REFUSES,
        words::PROVIDER_AWAY,
    ],
};

/// What a script asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// The account: id, label or name. Without one, the person chooses among those of `provider`.
    account: Option<String>,
    provider: Option<String>,
    /// Separated by spaces.
    #[serde(default)]
    scope: String,
    resource: Option<String>,
    #[serde(default)]
    delivery: Wanted,
    #[serde(default)]
    purpose: String,
    /// In seconds.
    #[serde(default)]
    min_ttl: u32,
    /// The person's decision may be so old, in seconds (RFC 9470).
    max_age: Option<u32>,
    client_id: Option<String>,
    /// Where the tool works and what it speaks to; chooses the account where none is named.
    directory: Option<String>,
    /// The repository's remote address.
    remote: Option<String>,
    host: Option<String>,
}

/// `POST /access`.
pub async fn access(
    State(api): State<Arc<Api>>,
    Extension(info): Extension<ConnInfo>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut answer = api.reply(accessed(&api, &info, &uri, &headers, body).await);
    api.proofs.announce(&headers, answer.headers_mut(), api.broker.now());
    answer
}

/// Reads a wish as far as it can be read by itself (for `fuzz/`).
pub fn read(bytes: &[u8]) -> Option<()> {
    let wish: Wish = serde_json::from_slice(bytes).ok()?;
    form::scopes(&wish.scope).ok()?;
    assert!(text::cleaned(&wish.purpose, PURPOSE_CHARS).chars().count() <= PURPOSE_CHARS + 1);
    Some(())
}

async fn accessed(
    api: &Api,
    info: &ConnInfo,
    uri: &Uri,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let wish: Wish = incoming::json(headers, body, api.bounds).await?;
    let caller = info.identity().await;
    api.broker.when_open(&caller).await?;
    let at = whereabouts(&wish, &caller);
    let provider = provider(api, &wish, &at)?;
    let credentialed = credentialed(api, &provider, headers, &wish)?;
    let key = token::proven_key(api, credentialed.as_ref(), headers, uri)?;
    let app = match credentialed {
        Some(app) => app.id,
        None => match api.broker.known_native_app(&caller)? {
            Some(app) => app,
            None => api.broker.native_app(&info.caller().await).await?.id,
        },
    };
    let request = AccessRequest {
        app,
        caller,
        witness: Some(Arc::new(info.clone())),
        provider,
        account: wish.account,
        scopes: form::scopes(&wish.scope)?,
        resource: wish.resource,
        delivery: wish.delivery.delivery(),
        or_gateway: wish.delivery.or_gateway(),
        purpose: text::cleaned(&wish.purpose, PURPOSE_CHARS),
        min_ttl: wish.min_ttl,
        max_age: wish.max_age,
        by_details: false,
        origin: RequestOrigin::Program,
        at,
    };
    let app = request.app.clone();
    let hand_out =
        api.broker.access_bound(request, key).await.map_err(|error| Failure::from(error).of(&app))?;
    if info.still_same().await {
        return Ok(token::answer(&api.broker, &hand_out));
    }
    // The process that was looked at is another one now (LOC-04).
    Err(Error::ConsentDenied("The program that asked has been replaced by another one.".into()).into())
}

/// What the tool says of itself, and else what was seen of it.
fn whereabouts(wish: &Wish, caller: &Caller) -> Whereabouts {
    let text = |text: &Option<String>| text.as_deref().map(|text| text::cleaned(text, PLACE_CHARS));
    let said = Whereabouts {
        directory: text(&wish.directory),
        remote: text(&wish.remote),
        host: text(&wish.host),
        program: Vec::new(),
    };
    said.or_seen(caller)
}

/// The provider that is named, or else the account's, or else the one that a route leads to.
fn provider(api: &Api, wish: &Wish, at: &Whereabouts) -> Result<ProviderId, Failure> {
    match (&wish.provider, &wish.account) {
        (Some(id), _) => Ok(api.provider(id)?.id.clone()),
        (None, Some(word)) => Ok(api.broker.provider_of_account(word)?.id.clone()),
        (None, None) => match api.broker.route_from(at, None)? {
            Some(led) => Ok(led.provider),
            None => Err(Failure::invalid_request(
                "Name an `account` or a `provider`, or add a route: `keylodge route add`.",
            )),
        },
    }
}

/// The program of a client id and secret. An id alone proves nothing (LOC-09): such a program is known here by its
/// file, like any other.
fn credentialed(
    api: &Api,
    provider: &ProviderId,
    headers: &HeaderMap,
    wish: &Wish,
) -> Result<Option<App>, Failure> {
    let presented = by_header(headers)?;
    let other = |id: &str| wish.client_id.as_deref().is_some_and(|named| named != id);
    match presented {
        Some(presented) if other(&presented.id) => {
            Err(Failure::invalid_request("The `client_id` is not the one that authenticates."))
        }
        Some(presented) if presented.secret.is_some() => presented.app(&api.broker, provider).map(Some),
        None if wish.client_id.is_none() => Ok(None),
        _ => Err(Failure {
            challenge: Some(BASIC_CHALLENGE),
            ..Failure::new(
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "A client id alone proves nothing here: send its secret, too, or leave it out.",
            )
        }),
    }
}
