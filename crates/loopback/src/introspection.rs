//! Introspection (RFC 7662): a resource server asks whether a token is good.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use broker::{Introspection, authorization_details};
use serde_json::{Value, json};

use crate::{
    api::Api,
    client_authentication::authenticate_confidential,
    description::{Content, Credential, Field, Operation, Reply, Sent, Verb, words},
    incoming,
    token::token_type,
    wire::Failure,
};

pub const INTROSPECT: Operation = Operation {
    verb: Verb::Post,
    path: "/{provider}/introspect",
    name: "introspect",
    title: "Tells a resource server whether a token is good for it",
    about: "Only for programs with a secret or a key; a public one proves nothing by its id. Dead, foreign and unknown tokens look the same.",
    standard: "RFC 7662",
    credential: Credential::Client,
    query: &[],
    body: Sent::Form(ASKED),
    answers: &[
        Reply::new(
            200,
            &[Content::Json(TOLD)],
            "What it is; of a token that is not good, only that it is not.",
        ),
        Reply::error(400, "`invalid_request`: what is wrong with it."),
        words::NOT_AUTHENTICATED,
        words::NOT_ADMITTED_OR_LOCKED,
        words::NO_PROVIDER,
        words::TOO_SLOW,
        words::TOO_LONG,
    ],
};

const ASKED: &[Field] = &words::about_token("The token.");

/// RFC 7662 §2.2.
const TOLD: &[Field] = &[
    Field::truth("active", "Whether it is good.").needed(),
    Field::text("scope", "Its scopes."),
    Field::text("client_id", "The program that has it."),
    Field::text("token_type", "`Bearer`, or `DPoP` if it is bound to a key."),
    Field::number("exp", "Until when, in seconds since 1970."),
    Field::number("iat", "Since when."),
    Field::text("sub", "The person, by a name that is no address."),
    Field::text("aud", "The resource server."),
    Field::text("iss", "The issuer."),
    Field::text("jti", "The token's id."),
    Field::number("auth_time", "When the person decided (RFC 9470)."),
    Field::object("cnf", "`jkt`: the key that the token is bound to (RFC 9449)."),
    Field::objects("authorization_details", "What was granted, if it was asked for so (RFC 9396)."),
    Field::object("act", "Who acts for whom (RFC 8693 §4.1), where a server exchanged the token."),
];

/// `POST /{provider}/introspect`.
pub async fn introspect(
    State(api): State<Arc<Api>>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    api.reply(introspected(&api, &provider, &headers, body).await)
}

async fn introspected(
    api: &Api,
    provider: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let provider = api.provider(provider)?;
    let form = incoming::form(headers, body, api.bounds).await?;
    let asker = authenticate_confidential(api, &provider, headers, &form)?;
    let found = api.broker.introspect(&asker, &form.demand_secret("token")?)?;
    let here = found.filter(|found| found.issuer == api.broker.issuer(&provider));
    Ok(Json(here.as_ref().map_or_else(inactive, active)).into_response())
}

fn active(found: &Introspection) -> Value {
    let lease = &found.lease;
    let mut told = json!({
        "active": true,
        "scope": lease.scopes.to_string(),
        "client_id": lease.app,
        "token_type": token_type(lease.key.as_ref()),
        "exp": lease.until,
        "iat": lease.since,
        "sub": found.subject,
        "aud": lease.audience,
        "iss": found.issuer,
        "jti": lease.id,
        "auth_time": found.decided_at,
    });
    if let Some(key) = &lease.key {
        told["cnf"] = json!({ "jkt": key });
    }
    if lease.by_details {
        told["authorization_details"] =
            authorization_details::of(&lease.account, &lease.scopes, lease.delivery);
    }
    if let Some(act) = &found.act {
        told["act"] = act.clone();
    }
    told
}

/// Dead, foreign and unknown tokens look the same (RFC 7662 §2.2).
fn inactive() -> Value {
    json!({ "active": false })
}
