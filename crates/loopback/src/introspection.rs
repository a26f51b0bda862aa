//! Introspection (RFC 7662): a resource server asks whether a token is good.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use broker::Introspection;
use serde_json::{Value, json};

use crate::{api::Api, client_authentication::authenticate_confidential, incoming, wire::Failure};

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
    let asker = authenticate_confidential(&api.broker, &provider.id, headers, &form)?;
    let found = api.broker.introspect(&asker, &form.demand_secret("token")?)?;
    let here = found.filter(|found| found.issuer == api.broker.issuer(&provider));
    Ok(Json(here.as_ref().map_or_else(inactive, active)).into_response())
}

fn active(found: &Introspection) -> Value {
    let lease = &found.lease;
    json!({
        "active": true,
        "scope": lease.scopes.to_string(),
        "client_id": lease.app,
        "token_type": "Bearer",
        "exp": lease.until,
        "iat": lease.since,
        "sub": found.subject,
        "aud": lease.audience,
        "iss": found.issuer,
        "jti": lease.id,
    })
}

/// Dead, foreign and unknown tokens look the same (RFC 7662 §2.2).
fn inactive() -> Value {
    json!({ "active": false })
}
