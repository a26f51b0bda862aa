//! Revocation (RFC 7009): a program gives a token back.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

use crate::{api::Api, client_authentication::authenticate, incoming, wire::Failure};

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
    let app = authenticate(&api.broker, &provider.id, headers, &form)?;
    api.broker.revoke_token(&app, &form.demand_secret("token")?).await?;
    Ok(StatusCode::OK.into_response())
}
