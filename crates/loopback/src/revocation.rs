//! Revocation (RFC 7009): a program gives a token back.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

use crate::{
    api::Api,
    client_authentication::authenticate,
    description::{Content, Credential, Field, Operation, Reply, Sent, Verb, words},
    incoming,
    wire::Failure,
};

pub const REVOKE: Operation = Operation {
    verb: Verb::Post,
    path: "/{provider}/revoke",
    name: "revoke",
    title: "Takes a token back",
    about: "A refresh token takes everything with it that came of the same decision. A token that is not known is revoked already.",
    standard: "RFC 7009",
    credential: Credential::Client,
    query: &[],
    body: Sent::Form(ASKED),
    answers: &[
        Reply::new(200, &[Content::Empty], "It is worth nothing now."),
        Reply::error(400, "`invalid_request`, or the token is another program's."),
        words::NOT_AUTHENTICATED,
        words::NOT_ADMITTED_OR_LOCKED,
        words::NO_PROVIDER,
        words::TOO_SLOW,
        words::TOO_LONG,
        words::OUR_FAULT,
    ],
};

const ASKED: &[Field] = &words::about_token("The access token or the refresh token.");

/// `POST /{provider}/revoke`. A token that is not known is revoked already (RFC 7009 §2.2).
pub async fn revoke(
    State(api): State<Arc<Api>>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    api.reply(revoked(&api, &provider, &headers, body).await)
}

async fn revoked(api: &Api, provider: &str, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let provider = api.provider(provider)?;
    let form = incoming::form(headers, body, api.bounds).await?;
    let app = authenticate(api, &provider, headers, &form)?;
    api.broker.revoke_token(&app, &form.demand_secret("token")?).await?;
    Ok(StatusCode::OK.into_response())
}
