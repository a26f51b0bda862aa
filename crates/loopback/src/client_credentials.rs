//! Client credentials (RFC 6749 §4.4): what a standing consent covers, for a program that proves itself. Nobody is asked.

use broker::{AccessRequest, App, Broker, HandOut, KeyThumbprint, Provider, RequestOrigin, Whereabouts};

use crate::{ConnInfo, form::Form, wire::Failure};

/// Its `grant_type` (RFC 6749 §4.4.2).
pub const GRANT: &str = "client_credentials";

/// RFC 6749 §4.4.2.
pub async fn grant(
    broker: &Broker,
    provider: &Provider,
    app: &App,
    form: &Form,
    key: Option<KeyThumbprint>,
    info: &ConnInfo,
) -> Result<HandOut, Failure> {
    let request = AccessRequest {
        app: app.id.clone(),
        caller: info.identity().await,
        witness: None,
        provider: provider.id.clone(),
        account: form.account(),
        scopes: form.scopes()?.unwrap_or_default(),
        resource: form.text("resource"),
        delivery: form.delivery()?.delivery(),
        or_gateway: form.delivery()?.or_gateway(),
        purpose: String::new(),
        min_ttl: 0,
        max_age: None,
        at: Whereabouts::default(),
        by_details: false,
        origin: RequestOrigin::Program,
    };
    Ok(broker.access_without_asking(request, key).await?)
}
