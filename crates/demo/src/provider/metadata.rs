//! What the provider says about itself (RFC 8414, OIDC Discovery), and its public keys.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::{House, scope};

/// One document serves both well-known addresses: its members do not conflict.
pub async fn describe(State(house): State<Arc<House>>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", house.issuer);
    Json(json!({
        "issuer": house.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "registration_endpoint": at("/register"),
        "revocation_endpoint": at("/revoke"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/jwks"),
        "scopes_supported": scope::names(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "claims_supported": ["sub", "name", "given_name", "preferred_username"],
        "prompt_values_supported": ["login", "consent", "select_account"],
    }))
}

/// The key set (RFC 7517).
pub async fn keys(State(house): State<Arc<House>>) -> Json<Value> {
    Json(house.public_keys.clone())
}
