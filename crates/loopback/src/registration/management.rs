//! Management of a registration by the program itself (RFC 7592): it reads, replaces and removes what it registered, with
//! the token that it was told when it registered.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use broker::{App, Error, Provider, Secret};
use serde::Deserialize;

use super::{ASKED, Metadata, REGISTERED, echo, invalid_metadata, new_app, of_metadata, refused};
use crate::{
    api::Api,
    description::{Content, Credential, Field, Operation, Reply, Sent, Verb, words},
    guard::only,
    incoming,
    wire::Failure,
};

pub const READ: Operation = Operation {
    verb: Verb::Get,
    path: "/{provider}/register/{client_id}",
    name: "registration",
    title: "Tells a program what it registered",
    about: "With the `registration_access_token`. A client secret is not told again: only its hash is kept.",
    standard: "RFC 7592 §2.1",
    credential: Credential::Registration,
    query: &[],
    body: Sent::None,
    answers: &[
        Reply::new(200, &[Content::Json(REGISTERED)], "What it registered."),
        NOT_MANAGED,
        words::NOT_ADMITTED_OR_LOCKED,
        words::NO_PROVIDER,
    ],
};

pub const REPLACE: Operation = Operation {
    verb: Verb::Put,
    name: "replace_registration",
    title: "Replaces what a program registered",
    about: "All of it: what is left out is as if it had never been there. The id and the way of authenticating stay. The \
            body names the `client_id`, and may name the secret if it is the right one.",
    standard: "RFC 7592 §2.2",
    body: Sent::Json(REPLACED),
    answers: &[
        Reply::new(200, &[Content::Json(REGISTERED)], "What is registered now."),
        Reply::error(400, "`invalid_client_metadata`, `invalid_redirect_uri`: what is wrong with it."),
        NOT_MANAGED,
        words::NOT_ADMITTED_OR_LOCKED,
        words::NO_PROVIDER,
        words::TOO_SLOW,
        words::TOO_LONG,
        words::OUR_FAULT,
    ],
    ..READ
};

pub const REMOVE: Operation = Operation {
    verb: Verb::Delete,
    name: "remove_registration",
    title: "Removes a program",
    about: "With everything that it was allowed; its tokens end at once.",
    standard: "RFC 7592 §2.3",
    answers: &[
        Reply::new(204, &[Content::Empty], "It is not registered any more."),
        NOT_MANAGED,
        Reply::new(
            403,
            &[Content::Text, Content::Error],
            "As text: a web page or a foreign Host. `interaction_required`: Keylodge is locked, or the person has told the program not to ask again, and only the person takes that back.",
        ),
        words::NO_PROVIDER,
        words::OUR_FAULT,
    ],
    ..READ
};

const NOT_MANAGED: Reply =
    Reply::error(401, "`invalid_token`: the token is another program's, or the program is gone.");
/// Those of [`ASKED`], and who it is.
const REPLACED: &[Field] = &{
    let mut all = [Field::text("client_id", "Its own id.").needed(); ASKED.len() + 2];
    all[1] = Field::text("client_secret", "Its own secret, if it has one.");
    let mut at = 0;
    while at < ASKED.len() {
        all[at + 2] = ASKED[at];
        at += 1;
    }
    all
};

const CHALLENGE: &str = "Bearer realm=\"Keylodge\", error=\"invalid_token\"";

/// A program's own words for a replacement.
#[derive(Deserialize)]
struct Replacement {
    client_id: String,
    client_secret: Option<String>,
    #[serde(flatten)]
    metadata: Metadata,
}

/// Which registration a request is about, and the token that it brings.
struct Asked {
    provider: Arc<Provider>,
    app: App,
    token: Secret<String>,
}

/// `GET /{provider}/register/{client_id}`.
pub async fn read(
    State(api): State<Arc<Api>>,
    Path((provider, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    api.reply(asked(&api, &provider, &id, &headers).map(|asked| told(&api, &asked, &asked.app)))
}

/// `PUT /{provider}/register/{client_id}`.
pub async fn replace(
    State(api): State<Arc<Api>>,
    Path((provider, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    api.reply(replaced(&api, &provider, &id, &headers, body).await)
}

/// `DELETE /{provider}/register/{client_id}`.
pub async fn remove(
    State(api): State<Arc<Api>>,
    Path((provider, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    api.reply(removed(&api, &provider, &id, &headers).await)
}

async fn replaced(
    api: &Api,
    provider: &str,
    id: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let new: Result<Replacement, _> = incoming::json(headers, body, api.bounds).await.map_err(of_metadata);
    // Who may not manage it learns nothing of what would be wrong with the request; one that is too long or too slow
    // was never read.
    let asked = match &new {
        Err(failure) if failure.status != StatusCode::BAD_REQUEST => return Err(failure.clone()),
        _ => asked(api, provider, id, headers)?,
    };
    let new = new?;
    let (own_id, secret) = (asked.app.id.as_str(), new.client_secret.map(Secret::new));
    if new.client_id != own_id || secret.is_some_and(|secret| !asked.app.has_secret(&secret)) {
        return Err(invalid_metadata(
            "The client_id or the client_secret is not the program's own.".to_owned(),
        ));
    }
    let app = api.broker.update_app(&asked.app, new_app(new.metadata)?).await.map_err(refused)?;
    Ok(told(api, &asked, &app))
}

async fn removed(api: &Api, provider: &str, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let asked = asked(api, provider, id, headers)?;
    api.broker.remove_app(asked.app.id.as_str(), None).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn asked(api: &Api, provider: &str, id: &str, headers: &HeaderMap) -> Result<Asked, Failure> {
    let provider = api.provider(provider)?;
    let token = only(headers, header::AUTHORIZATION.as_str())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
        .map_or_else(|| Secret::from(""), |(_, token)| Secret::from(token.trim()));
    let app = api.broker.managed_app(&provider.id, id, &token).map_err(not_managed)?;
    Ok(Asked { provider, app, token })
}

fn told(api: &Api, asked: &Asked, app: &App) -> Response {
    Json(echo(app, &api.broker.issuer(&asked.provider), &asked.token)).into_response()
}

fn not_managed(error: Error) -> Failure {
    match error {
        Error::UnknownApp(sentence) => Failure {
            challenge: Some(CHALLENGE),
            ..Failure::new(StatusCode::UNAUTHORIZED, "invalid_token", sentence)
        },
        other => other.into(),
    }
}
