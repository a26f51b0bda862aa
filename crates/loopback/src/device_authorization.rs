//! Device authorization (RFC 8628): codes for a program, a page that says what to do with them, and the grant that the
//! program polls with. Nothing is decided on a page: the person types the code into Keylodge's own prompt.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use broker::{
    AccessRequest, App, Broker, HandOut, KeyThumbprint, Provider, RequestOrigin, Wanted, Whereabouts, text,
};
use serde_json::json;

use crate::{
    ConnInfo,
    api::Api,
    client_authentication::authenticate,
    description::{Content, Credential, Field, Operation, Reply, Sent, Verb, words},
    form::Form,
    incoming,
    native::PURPOSE_CHARS,
    page, token,
    wire::Failure,
};

pub const BEGIN: Operation = Operation {
    verb: Verb::Post,
    path: "/{provider}/device_authorization",
    name: "device_authorization",
    title: "Gives a program a code to show, and one to poll with",
    about: "The person is asked at once in Keylodge's own window, and types there the code that the program shows. There is \
            no `verification_uri_complete`: a code that is filled in is compared by nobody. A newer request of a program \
            takes the place of its older one.",
    standard: "RFC 8628 §3.1",
    credential: Credential::Client,
    query: &[],
    body: Sent::Form(&[
        Field::text("scope", "Scopes as the provider writes them, separated by spaces.").needed(),
        Field::text(
            "resource",
            "A local resource server that the token shall be good for, instead of the gateway (RFC 8707).",
        ),
        Field::text("account", "The account: its label, name or id; without it the person chooses."),
        Field::text("login_hint", "The same."),
        Field::one_of("delivery", &Wanted::WORDS, "How the token shall be handed over."),
        Field::text("purpose", "Why, in a few words; shown to the person as the program's own."),
        words::CLIENT_ID,
        words::CLIENT_SECRET,
    ]),
    answers: &[
        Reply::new(200, &[Content::Json(CODES)], "The codes."),
        Reply::error(
            400,
            "What is wrong; also `login_required` and `interaction_required`, where the person must act.",
        ),
        words::NOT_AUTHENTICATED,
        words::NOT_ADMITTED,
        words::TOO_SLOW,
        words::TOO_LONG,
        Reply::error(429, "`temporarily_unavailable`: too many questions wait for the person already."),
    ],
};

/// RFC 8628 §3.2.
const CODES: &[Field] = &[
    Field::text("device_code", "What the program polls with.").needed(),
    Field::text("user_code", "What it shows: eight letters and a dash.").needed(),
    Field::text("verification_uri", "A page that says what to do. It takes nothing.").needed(),
    Field::number("expires_in", "So many seconds are both good.").needed(),
    Field::number("interval", "So many seconds between two polls; `slow_down` adds five.").needed(),
];

pub const SHOW: Operation = Operation {
    verb: Verb::Get,
    path: "/{provider}/device",
    name: "device",
    title: "Says what to do with a code that a program shows",
    about: "The same page for everybody. Nothing is typed or decided on it.",
    standard: "RFC 8628 §3.3",
    credential: Credential::None,
    query: &[],
    body: Sent::None,
    answers: &[
        Reply::new(200, &[Content::Page], "The page."),
        words::NOT_ADMITTED_OR_LOCKED,
        words::NO_PROVIDER,
    ],
};

/// Its `grant_type` (RFC 8628 §3.4).
pub const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// `POST /{provider}/device_authorization`.
pub async fn begin(
    State(api): State<Arc<Api>>,
    Path(provider): Path<String>,
    Extension(info): Extension<ConnInfo>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let outcome = begun(&api, &provider, &info, &headers, body).await;
    api.reply(outcome.map_err(Failure::at_token_endpoint))
}

/// `GET /{provider}/device`: where a program sends the person. The same for everybody, and it takes nothing.
pub async fn show(State(api): State<Arc<Api>>, Path(provider): Path<String>) -> Response {
    api.reply(api.provider(&provider).map(|_| page::device()))
}

async fn begun(
    api: &Api,
    provider: &str,
    info: &ConnInfo,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let provider = api.provider(provider)?;
    let form = incoming::form(headers, body, api.bounds).await?;
    let app = authenticate(api, &provider, headers, &form)?;
    token::check_registered(&app, GRANT)?;
    let codes = api.broker.begin_device(request(&provider, &app, &form, info).await?).await?;
    // Exposed to be told, this once. There is no `verification_uri_complete`: a code that is filled in is compared by
    // nobody (RFC 8628 §5.4).
    let answer = json!({
        "device_code": codes.device_code.expose(),
        "user_code": codes.user_code.expose(),
        "verification_uri": format!("{}/device", api.broker.issuer(&provider)),
        "expires_in": codes.expires_in,
        "interval": codes.interval,
    });
    Ok(Json(answer).into_response())
}

/// RFC 8628 §3.4.
pub async fn grant(
    broker: &Broker,
    app: &App,
    form: &Form,
    key: Option<KeyThumbprint>,
) -> Result<HandOut, Failure> {
    Ok(broker.redeem_device(app, &form.demand_secret("device_code")?, key).await?)
}

async fn request(
    provider: &Provider,
    app: &App,
    form: &Form,
    info: &ConnInfo,
) -> Result<AccessRequest, Failure> {
    Ok(AccessRequest {
        app: app.id.clone(),
        caller: info.identity().await,
        witness: Some(Arc::new(info.clone())),
        provider: provider.id.clone(),
        account: form.account(),
        scopes: form.scopes()?.unwrap_or_default(),
        resource: form.text("resource"),
        delivery: form.delivery()?.delivery(),
        or_gateway: form.delivery()?.or_gateway(),
        purpose: text::cleaned(form.get("purpose").unwrap_or_default(), PURPOSE_CHARS),
        min_ttl: 0,
        max_age: None,
        at: Whereabouts::default(),
        by_details: false,
        // The broker puts the code in its place.
        origin: RequestOrigin::Program,
    })
}
