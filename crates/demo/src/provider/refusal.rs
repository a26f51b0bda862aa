//! Errors of the token, registration and revocation endpoints (RFC 6749 §5.2).

use axum::{
    Json,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde_json::json;

/// An error word of an RFC with a sentence.
#[derive(Debug)]
pub struct Refusal(pub &'static str, pub &'static str);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(error, description) = self;
        let body = Json(json!({ "error": error, "error_description": description }));
        let no_store = [(CACHE_CONTROL, "no-store")];
        match error {
            "invalid_client" => {
                (StatusCode::UNAUTHORIZED, no_store, [(WWW_AUTHENTICATE, "Basic realm=\"demo\"")], body)
                    .into_response()
            }
            "server_error" => (StatusCode::INTERNAL_SERVER_ERROR, no_store, body).into_response(),
            _ => (StatusCode::BAD_REQUEST, no_store, body).into_response(),
        }
    }
}
