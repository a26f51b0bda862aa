//! Validating a token by asking the authorization server (RFC 7662).

use serde_json::Value;

use super::Desk;
use crate::{
    bearer::{BOUND, Challenge},
    wire::{Ask, Wire},
};

const AWAY: Challenge = Challenge::Away("The authorization server cannot be asked.");
const BAD: Challenge =
    Challenge::InvalidToken("The authorization server says that the token is not good here.");

/// The scopes of a token that is good here.
pub async fn check(desk: &Desk, token: &str) -> Result<String, Challenge> {
    let issuer = &desk.issuer;
    let ask = Ask::post(&issuer.introspection_endpoint)
        .basic(&issuer.client_id, &issuer.client_secret)
        .form(&[("token", token), ("token_type_hint", "access_token")]);
    let reply = Wire::new().map_err(|_| AWAY)?.send(ask).await.map_err(|_| AWAY)?;
    if reply.status != 200 {
        return Err(AWAY);
    }
    let answer = &reply.json;
    let ours =
        answer["iss"].as_str().is_none_or(|iss| iss == issuer.name) && names(&answer["aud"], &desk.audience);
    let live = answer["exp"].as_u64().is_none_or(|exp| desk.now() < exp);
    if answer["active"] != Value::Bool(true) || !ours || !live {
        return Err(BAD);
    }
    if !answer["cnf"].is_null() {
        return Err(BOUND);
    }
    Ok(reply.member("scope").unwrap_or_default().to_owned())
}

/// `aud` is a text or a list of texts (RFC 7519 §4.1.3).
fn names(aud: &Value, audience: &str) -> bool {
    match aud {
        Value::String(text) => text == audience,
        Value::Array(list) => list.iter().any(|text| text == audience),
        _ => false,
    }
}
