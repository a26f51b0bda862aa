//! Token exchange (RFC 8693): a token of ours for one that may less, or for the provider's own where that is allowed.

use broker::{App, Broker, Caller, Exchange, HandOut, KeyThumbprint};

use crate::{ConnInfo, form::Form, wire::Failure};

/// Its `grant_type` (RFC 8693 §2.1).
pub const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// The one type of token that goes in and comes out (RFC 8693 §3).
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// What the answer says of it (RFC 8693 §2.2.1).
pub const ISSUED: [(&str, &str); 1] = [("issued_token_type", ACCESS_TOKEN)];

/// RFC 8693 §2.1.
pub async fn grant(
    broker: &Broker,
    app: &App,
    form: &Form,
    key: Option<KeyThumbprint>,
    info: &ConnInfo,
) -> Result<HandOut, Failure> {
    if form.demand("subject_token_type")? != ACCESS_TOKEN
        || form.get("requested_token_type").is_some_and(|wanted| wanted != ACCESS_TOKEN)
    {
        return Err(Failure::invalid_request(format!(
            "Only tokens of the type {ACCESS_TOKEN} are exchanged."
        )));
    }
    if form.get("actor_token").is_some() || form.get("actor_token_type").is_some() {
        return Err(Failure::invalid_request(
            "The program that authenticates is the one that acts: leave `actor_token` out.",
        ));
    }
    let exchange = Exchange {
        subject: form.demand_secret("subject_token")?,
        scopes: form.scopes()?,
        target: target(form)?,
        delivery: form.delivery()?.delivery(),
        or_gateway: form.delivery()?.or_gateway(),
        // Looked at only where a consent can rest on it.
        caller: if app.is_confidential() { info.identity().await } else { Caller::default() },
        key,
    };
    Ok(broker.exchange(app, &exchange).await?)
}

/// An address by either of its names.
fn target(form: &Form) -> Result<Option<String>, Failure> {
    match (form.text("resource"), form.text("audience")) {
        (Some(resource), Some(audience)) if resource != audience => {
            Err(broker::Error::InvalidTarget("A token is for one place: name it once.".into()).into())
        }
        (resource, audience) => Ok(resource.or(audience)),
    }
}
