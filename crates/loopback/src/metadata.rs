//! What a program can find out about an issuer without a credential: its metadata (RFC 8414) and its keys.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use broker::{Broker, Provider};
use serde_json::{Value, json};

use crate::api::Api;

/// `GET /.well-known/oauth-authorization-server/{provider}`.
pub async fn show(State(api): State<Arc<Api>>, Path(provider): Path<String>) -> Response {
    api.reply(api.provider(&provider).map(|provider| Json(metadata(&api.broker, &provider)).into_response()))
}

/// `GET /{provider}/jwks` (RFC 7517 §5).
pub async fn keys(State(api): State<Arc<Api>>, Path(provider): Path<String>) -> Response {
    api.reply(api.provider(&provider).map(|_| Json(api.signer.public_keys()).into_response()))
}

/// Everything that is advertised exists, and everything that exists is advertised (DM-04).
fn metadata(broker: &Broker, provider: &Provider) -> Value {
    let issuer = broker.issuer(provider);
    let scopes: Vec<&str> = provider.scopes.iter().map(|entry| entry.scope.as_str()).collect();
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "registration_endpoint": format!("{issuer}/register"),
        "introspection_endpoint": format!("{issuer}/introspect"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "jwks_uri": format!("{issuer}/jwks"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "authorization_response_iss_parameter_supported": true,
    })
}
