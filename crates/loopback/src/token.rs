//! The token endpoint (RFC 6749 §3.2): a code or a refresh token goes in, an access token comes out.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use broker::{App, Broker, Delivery, HandOut, Redemption, Refresh};
use serde_json::{Map, Value, json};

use crate::{api::Api, client_authentication::authenticate, form::Form, incoming, wire::Failure};

/// `POST /{provider}/token`.
pub async fn exchange(
    State(api): State<Arc<Api>>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let outcome = exchanged(&api, &provider, &headers, body).await;
    api.reply(outcome.map_err(Failure::at_token_endpoint))
}

async fn exchanged(api: &Api, provider: &str, headers: &HeaderMap, body: Body) -> Result<Response, Failure> {
    let provider = api.provider(provider)?;
    let form = incoming::form(headers, body, api.bounds).await?;
    let grant = form.demand("grant_type")?;
    let broker = &api.broker;
    let hand_out = match grant {
        "authorization_code" => {
            let app = authenticate(broker, &provider.id, headers, &form)?;
            redeem(broker, &app, &form).await?
        }
        "refresh_token" => {
            let app = authenticate(broker, &provider.id, headers, &form)?;
            refresh(broker, &app, &form).await?
        }
        other => return Err(unsupported(other)),
    };
    Ok(answer(broker, &hand_out))
}

/// RFC 6749 §4.1.3 with PKCE (RFC 7636 §4.5).
async fn redeem(broker: &Broker, app: &App, form: &Form) -> Result<HandOut, Failure> {
    let redemption = Redemption {
        code: form.demand_secret("code")?,
        verifier: form.demand_secret("code_verifier")?,
        redirect_uri: form.text("redirect_uri"),
        resource: form.text("resource"),
        key: None,
    };
    Ok(broker.redeem(app, &redemption).await?)
}

/// RFC 6749 §6.
async fn refresh(broker: &Broker, app: &App, form: &Form) -> Result<HandOut, Failure> {
    let refresh = Refresh {
        token: form.demand_secret("refresh_token")?,
        scopes: form.scopes()?,
        resource: form.text("resource"),
        key: None,
    };
    Ok(broker.refresh_app(app, &refresh).await?)
}

/// A successful answer (RFC 6749 §5.1), with what else the program should know of its token.
pub fn answer(broker: &Broker, hand_out: &HandOut) -> Response {
    let seconds = hand_out.expires_at.since(broker.now()).max(0);
    let delivery = match hand_out.delivery {
        Delivery::Gateway => "gateway",
        Delivery::Release => "release",
    };
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    // Exposed to be handed out: this is what all of it is for.
    put("access_token", json!(hand_out.token.expose()));
    put("token_type", json!("Bearer"));
    put("expires_in", json!(seconds));
    put("scope", json!(hand_out.scopes.to_string()));
    put("keylodge_delivery", json!(delivery));
    put("keylodge_audience", json!(hand_out.audience));
    put("keylodge_account", json!(hand_out.account));
    put("keylodge_note", json!(hand_out.note));
    if let Some(refresh_token) = &hand_out.refresh_token {
        // Ours, never the provider's (TK-15).
        put("refresh_token", json!(refresh_token.expose()));
    }
    Json(Value::Object(body)).into_response()
}

/// Refused with what to use in its place (RFC 9700 §2.4; AS-42).
fn unsupported(grant: &str) -> Failure {
    let sentence = match grant {
        "password" => {
            "Keylodge never takes a password (RFC 9700 section 2.4). Use `authorization_code` with PKCE, or POST /access."
        }
        "client_credentials" => {
            "A program has no access of its own here. Use `authorization_code` with PKCE, or POST /access."
        }
        _ => {
            "Use `authorization_code` with PKCE or `refresh_token`; the implicit grant is not offered (RFC 9700 section 2.1.2)."
        }
    };
    Failure::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", sentence)
}
