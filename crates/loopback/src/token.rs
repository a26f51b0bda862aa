//! The token endpoint (RFC 6749 §3.2): a code, a token or a standing consent goes in, an access token comes out.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use broker::{
    App, Broker, Delivery, Error, HandOut, KeyThumbprint, Redemption, Refresh, Wanted, authorization_details,
};
use serde_json::{Map, Value, json};

use crate::{
    ConnInfo,
    api::Api,
    client_authentication::{authenticate, authenticate_confidential},
    client_credentials,
    description::{Content, Credential, Field, Operation, Reply, Sent, Verb, words},
    device_authorization,
    dpop::{self, Fault},
    form::Form,
    incoming, token_exchange,
    wire::Failure,
};

/// What the token endpoint takes as `grant_type` (RFC 8414 §2 `grant_types_supported`).
pub const GRANTS: [&str; 5] = [
    "authorization_code",
    "refresh_token",
    device_authorization::GRANT,
    token_exchange::GRANT,
    client_credentials::GRANT,
];

pub const EXCHANGE: Operation = Operation {
    verb: Verb::Post,
    path: "/{provider}/token",
    name: "token",
    title: "Gives a token for a code, a refresh token, a device code, another token, or a standing consent",
    about: "A refresh token is good once; the answer has the next one, and for 30 seconds the same again. With a proof in the \
            header `DPoP` (RFC 9449) the tokens are bound to its key. Client credentials and a release by token exchange \
            take a program with a credential of its own, and a consent that stands.",
    standard: "RFC 6749 §4.1.3, §4.4, §6, RFC 7636 §4.5, RFC 8628 §3.4, RFC 8693 §2",
    credential: Credential::Client,
    query: &[],
    body: Sent::Form(&[
        Field::one_of("grant_type", &GRANTS, "What it brings.").needed(),
        Field::text("code", "The code."),
        Field::text("code_verifier", "The PKCE verifier that belongs to it."),
        Field::text("redirect_uri", "As it was when the code was asked for."),
        Field::text("refresh_token", "The refresh token."),
        Field::text("device_code", "The device code."),
        Field::text("subject_token", "The Keylodge token that is to be exchanged."),
        Field::one_of("subject_token_type", &[token_exchange::ACCESS_TOKEN], "What that is."),
        Field::one_of("requested_token_type", &[token_exchange::ACCESS_TOKEN], "Nothing else is offered."),
        Field::text("scope", "Fewer scopes than there are; of client credentials, those that are wanted."),
        Field::text("resource", "The resource server that was asked for (RFC 8707), or is wanted."),
        Field::text("audience", "The same, of an exchange; or the account's gateway."),
        Field::text("account", "Of client credentials: the account, if several were allowed."),
        Field::text("login_hint", "The same."),
        Field::one_of(
            "delivery",
            &Wanted::WORDS,
            "Of an exchange or client credentials: a token of ours, or the provider's own, or that only where it can be had.",
        ),
        words::CLIENT_ID,
        words::CLIENT_SECRET,
        words::CLIENT_ASSERTION_TYPE,
        words::CLIENT_ASSERTION,
    ]),
    answers: &[
        Reply::new(200, &[Content::Json(TOKENS)], "The tokens."),
        Reply::error(
            400,
            "RFC 6749 §5.2, RFC 8628 §3.5 and RFC 8693 §2.2.2; also `login_required` and `interaction_required`, where the person must act.",
        ),
        words::NOT_AUTHENTICATED,
        words::NOT_ADMITTED,
        words::TOO_SLOW,
        words::TOO_LONG,
        words::OUR_FAULT,
        words::PROVIDER_REFUSES,
        words::PROVIDER_AWAY,
    ],
};

/// RFC 6749 §5.1, and what else a program should know of its token.
pub const TOKENS: &[Field] = &[
    Field::text("access_token", "The token.").needed(),
    Field::one_of("token_type", &["Bearer", "DPoP"], "How it is used; `DPoP` if it is bound to a key.")
        .needed(),
    Field::number("expires_in", "So many seconds is it good.").needed(),
    Field::text("scope", "What the person allowed: it may be less than was asked.").needed(),
    Field::objects("authorization_details", "What was granted, if it was asked for so (RFC 9396)."),
    Field::text("refresh_token", "For the next one; not from the native form."),
    Field::one_of(
        "keylodge_delivery",
        &["gateway", "release"],
        "Ours for the gateway, or the provider's own.",
    ),
    Field::one_of("issued_token_type", &[token_exchange::ACCESS_TOKEN], "Of an exchange: what was issued."),
    Field::text("keylodge_audience", "Where it works."),
    Field::text("keylodge_account", "For which account."),
    Field::text("keylodge_note", "All of that in a sentence."),
];

/// `POST /{provider}/token`.
pub async fn exchange(
    State(api): State<Arc<Api>>,
    Path(provider): Path<String>,
    Extension(info): Extension<ConnInfo>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let outcome = exchanged(&api, &provider, &info, &uri, &headers, body).await;
    let mut answer = api.reply(outcome.map_err(Failure::at_token_endpoint));
    api.proofs.announce(&headers, answer.headers_mut(), api.broker.now());
    answer
}

async fn exchanged(
    api: &Api,
    provider: &str,
    info: &ConnInfo,
    uri: &Uri,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let provider = &api.provider(provider)?;
    let form = &incoming::form(headers, body, api.bounds).await?;
    let grant = form.demand("grant_type")?;
    if form.get("authorization_details").is_some() {
        return Err(Error::InvalidDetails(
            "Details are decided on at the authorization endpoint. Narrow a token with `scope`.".into(),
        )
        .into());
    }
    if !GRANTS.contains(&grant) {
        return Err(unsupported(grant));
    }
    let app = &match grant {
        client_credentials::GRANT => authenticate_confidential(api, provider, headers, form)?,
        _ => authenticate(api, provider, headers, form)?,
    };
    check_registered(app, grant)?;
    let (broker, key) = (&api.broker, proven_key(api, Some(app), headers, uri)?);
    let hand_out = match grant {
        "authorization_code" => redeem(broker, app, form, key).await?,
        "refresh_token" => refresh(broker, app, form, key, info).await?,
        device_authorization::GRANT => device_authorization::grant(broker, app, form, key).await?,
        client_credentials::GRANT => {
            client_credentials::grant(broker, provider, app, form, key, info).await?
        }
        token_exchange::GRANT => {
            let hand_out = token_exchange::grant(broker, app, form, key, info).await?;
            return Ok(answer_with(broker, &hand_out, &token_exchange::ISSUED));
        }
        other => return Err(unsupported(other)),
    };
    Ok(answer(broker, &hand_out))
}

/// A program uses the grants that it registered for, and no other (RFC 6749 §5.2 `unauthorized_client`).
pub fn check_registered(app: &App, grant: &str) -> Result<(), Failure> {
    if app.may_use(grant) {
        return Ok(());
    }
    let sentence = format!(
        "This program did not register for `{grant}`. Name it in `grant_types`, in a new registration or at its registration_client_uri."
    );
    Err(Failure::new(StatusCode::BAD_REQUEST, "unauthorized_client", sentence).of(&app.id))
}

/// The key that the request proves to hold, to bind its tokens to (RFC 9449 §5).
pub fn proven_key(
    api: &Api,
    app: Option<&App>,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<Option<KeyThumbprint>, Failure> {
    let request = dpop::Request { headers, method: "POST", uri, token: None };
    let key = api.proofs.key(request, api.broker.now())?;
    if key.is_none() && app.is_some_and(|app| app.terms.dpop_bound) {
        return Err(Fault::Invalid("This program registered for bound tokens only: send a proof.").into());
    }
    Ok(key)
}

/// RFC 6749 §4.1.3 with PKCE (RFC 7636 §4.5).
async fn redeem(
    broker: &Broker,
    app: &App,
    form: &Form,
    key: Option<KeyThumbprint>,
) -> Result<HandOut, Failure> {
    let redemption = Redemption {
        code: form.demand_secret("code")?,
        verifier: form.demand_secret("code_verifier")?,
        redirect_uri: form.text("redirect_uri"),
        resource: form.text("resource"),
        key,
    };
    Ok(broker.redeem(app, &redemption).await?)
}

/// RFC 6749 §6.
async fn refresh(
    broker: &Broker,
    app: &App,
    form: &Form,
    key: Option<KeyThumbprint>,
    info: &ConnInfo,
) -> Result<HandOut, Failure> {
    let refresh = Refresh {
        token: form.demand_secret("refresh_token")?,
        scopes: form.scopes()?,
        resource: form.text("resource"),
        key,
        witness: Some(Arc::new(info.clone())),
    };
    Ok(broker.refresh_app(app, &refresh).await?)
}

/// A successful answer (RFC 6749 §5.1), with what else the program should know of its token.
pub fn answer(broker: &Broker, hand_out: &HandOut) -> Response {
    answer_with(broker, hand_out, &[])
}

/// The same with members of one grant's own.
fn answer_with(broker: &Broker, hand_out: &HandOut, more: &[(&str, &str)]) -> Response {
    let seconds = hand_out.expires_at.since(broker.now()).max(0);
    let delivery = match hand_out.delivery {
        Delivery::Gateway => "gateway",
        Delivery::Release => "release",
    };
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    // Exposed to be handed out: this is what all of it is for.
    put("access_token", json!(hand_out.token.expose()));
    put("token_type", json!(token_type(hand_out.key.as_ref())));
    put("expires_in", json!(seconds));
    put("scope", json!(hand_out.scopes.to_string()));
    put("keylodge_delivery", json!(delivery));
    put("keylodge_audience", json!(hand_out.audience));
    put("keylodge_account", json!(hand_out.account));
    put("keylodge_note", json!(hand_out.note));
    if hand_out.by_details {
        put(
            "authorization_details",
            authorization_details::of(&hand_out.account, &hand_out.scopes, hand_out.delivery),
        );
    }
    for (name, value) in more {
        put(name, json!(value));
    }
    if let Some(refresh_token) = &hand_out.refresh_token {
        // Ours, never the provider's (TK-15).
        put("refresh_token", json!(refresh_token.expose()));
    }
    Json(Value::Object(body)).into_response()
}

/// How a token is shown: with a proof of its key, if it is bound to one (RFC 9449 §5).
pub fn token_type(key: Option<&KeyThumbprint>) -> &'static str {
    if key.is_some() { "DPoP" } else { "Bearer" }
}

/// Refused with what to use in its place (RFC 9700 §2.4; AS-42).
fn unsupported(grant: &str) -> Failure {
    let sentence = match grant {
        "password" => {
            "Keylodge never takes a password (RFC 9700 section 2.4). Use `authorization_code` with PKCE, the device flow, or POST /access."
        }
        "implicit" => {
            "Tokens never travel in an address (RFC 9700 section 2.1.2). Use `authorization_code` with PKCE."
        }
        _ => {
            "This grant is not offered. Use `authorization_code` with PKCE, the device flow, or POST /access; the metadata names all."
        }
    };
    Failure::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", sentence)
}
