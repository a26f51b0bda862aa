//! Registration (RFC 7591): a program says what it is and gets a client id. Nothing of what it says is believed, and
//! no address that it names is opened (AS-24).

pub mod management;

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use broker::{App, Error, NewApp, NewProof, Secret, Sentence, Terms, TokenFormat, redirect_uri};
use control::AppRegistration;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    ConnInfo,
    api::Api,
    client_assertion,
    description::{Content, Credential, Field, Operation, Reply, Sent, Verb, words},
    incoming,
    token::GRANTS,
    wire::Failure,
};

/// How programs authenticate (`token_endpoint_auth_methods_supported`); by `none` they only say who they are.
pub const METHODS: &[&str] = &["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];
/// What of it proves something, and so opens what only such programs may ask.
pub const PROVING_METHODS: &[&str] = &["client_secret_basic", "client_secret_post", "private_key_jwt"];

pub const REGISTER: Operation = Operation {
    verb: Verb::Post,
    path: "/{provider}/register",
    name: "register",
    title: "Registers a program",
    about: "Once for each installation. Nothing of what it says is believed, and no address that it names is opened; \
            members that are not listed are ignored.",
    standard: "RFC 7591 §3",
    credential: Credential::None,
    query: &[],
    body: Sent::Json(ASKED),
    answers: &[
        Reply::new(201, &[Content::Json(REGISTERED)], "It is registered."),
        Reply::error(400, "`invalid_client_metadata`, `invalid_redirect_uri`: what is wrong with it."),
        words::NOT_ADMITTED_OR_LOCKED,
        words::NO_PROVIDER,
        words::TOO_SLOW,
        words::TOO_LONG,
        Reply::error(429, "`temporarily_unavailable`: too many programs register at once."),
        words::OUR_FAULT,
    ],
};

/// RFC 7591 §2.
const ASKED: &[Field] = &[
    Field::text("client_name", "Its name, shown to the person as the program's own word."),
    Field::texts(
        "redirect_uris",
        "Where it waits for codes, if it uses them: on `127.0.0.1` or `[::1]` (any port when it asks), a scheme of its own, or https.",
    ),
    Field::one_of(
        "token_endpoint_auth_method",
        METHODS,
        "How it will authenticate; `none` unless it asks for more.",
    ),
    Field::texts(
        "grant_types",
        "Which grants it uses, and it may use no others; `authorization_code` and `refresh_token` unless it says so.",
    ),
    Field::texts("response_types", "`code`."),
    Field::one_of("application_type", &["native", "web"], "What its redirect addresses must be."),
    Field::object("jwks", "Its public keys, for `private_key_jwt`: P-256, Ed25519 or RSA."),
    Field::texts("resources", "Of a resource server: its own addresses (RFC 8707)."),
    Field::truth(
        "dpop_bound_access_tokens",
        "It takes no token that is not bound to its key (RFC 9449 §5.2).",
    ),
    Field::truth("require_pushed_authorization_requests", "Its requests come by `/par` only (RFC 9126 §6)."),
    Field::one_of(
        "keylodge_token_format",
        &["signed", "opaque"],
        "Whether a resource server can check its tokens by itself.",
    ),
];

/// RFC 7591 §3.2.1.
const REGISTERED: &[Field] = &[
    Field::text("client_id", "Its id from now on.").needed(),
    Field::number("client_id_issued_at", "When, in seconds since 1970."),
    Field::text("client_secret", "Its secret, told this once, if it asked for one."),
    Field::number("client_secret_expires_at", "0: it does not run out."),
    Field::text("client_name", "As it will be shown."),
    Field::texts("redirect_uris", "As they were taken."),
    Field::text("token_endpoint_auth_method", "As it was taken."),
    Field::texts("grant_types", "As they were taken."),
    Field::texts("response_types", "As they were taken."),
    Field::text("application_type", "As it was taken."),
    Field::object("jwks", "As it was taken."),
    Field::texts("resources", "As they were taken."),
    Field::truth("dpop_bound_access_tokens", "As it was taken."),
    Field::truth("require_pushed_authorization_requests", "As it was taken."),
    Field::text("keylodge_token_format", "As it was taken."),
    Field::text("registration_access_token", "Manages the registration; told this once (RFC 7592)."),
    Field::text("registration_client_uri", "Where."),
];

/// What is understood of client metadata (RFC 7591 §2); the rest is ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    client_name: Option<String>,
    redirect_uris: Vec<String>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    application_type: Option<String>,
    jwks: Option<Value>,
    jwks_uri: Option<String>,
    resources: Vec<String>,
    dpop_bound_access_tokens: bool,
    require_pushed_authorization_requests: bool,
    keylodge_token_format: TokenFormat,
}

/// What a program uses that does not say it.
const USUAL_GRANTS: [&str; 2] = ["authorization_code", "refresh_token"];
/// The one grant for which the person is sent to the program's own address.
const REDIRECTING: &str = "authorization_code";
const RESPONSES: [&str; 1] = ["code"];

/// `POST /{provider}/register`.
pub async fn register(
    State(api): State<Arc<Api>>,
    Path(provider): Path<String>,
    Extension(info): Extension<ConnInfo>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    api.reply(registered(&api, &provider, &info, &headers, body).await)
}

/// Reads metadata as far as it can be read by itself (for `fuzz/`).
pub fn read(bytes: &[u8]) {
    if let Ok(metadata) = serde_json::from_slice::<Metadata>(bytes) {
        drop(new_app(metadata));
    }
}

async fn registered(
    api: &Api,
    provider: &str,
    info: &ConnInfo,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let provider = api.provider(provider)?;
    if !api.registrations.take() {
        return Err(Failure::too_many("Too many programs register at once. Try again in a moment."));
    }
    let metadata: Metadata = incoming::json(headers, body, api.bounds).await.map_err(of_metadata)?;
    let made = api.broker.register_app(&provider.id, new_app(metadata)?, info.caller().await).await;
    let made = made.map_err(refused)?;
    let issuer = api.broker.issuer(&provider);
    let mut told = echo(&made.app, &issuer, &made.management);
    if let Some(secret) = &made.client_secret {
        // Exposed to be told, this once.
        told["client_secret"] = json!(secret.expose());
        told["client_secret_expires_at"] = json!(0);
    }
    Ok((StatusCode::CREATED, Json(told)).into_response())
}

/// What the person registers by hand: agreed on as if the program had said it itself.
///
/// # Errors
/// [`Error::InvalidRequest`] with what is wrong.
pub fn by_hand(wish: AppRegistration) -> Result<NewApp, Error> {
    let usual = wish.grants.is_empty() && wish.resources.is_empty();
    let metadata = Metadata {
        client_name: Some(wish.name),
        redirect_uris: wish.redirect_uris,
        grant_types: (!usual).then_some(wish.grants),
        resources: wish.resources,
        ..Metadata::default()
    };
    new_app(metadata).map_err(|failure| Error::InvalidRequest(failure.sentence))
}

/// Malformed JSON is wrong metadata here (RFC 7591 §3.2.2).
fn of_metadata(failure: Failure) -> Failure {
    let word = if failure.word == "invalid_request" { INVALID_METADATA } else { failure.word };
    Failure { word, ..failure }
}

fn refused(error: Error) -> Failure {
    match error {
        Error::InvalidRequest(sentence) | Error::InvalidTarget(sentence) => invalid_metadata(sentence),
        other => other.into(),
    }
}

/// What is agreed with the program; where it said nothing, what we say.
fn new_app(metadata: Metadata) -> Result<NewApp, Failure> {
    for address in &metadata.redirect_uris {
        redirect_uri::check(address).map_err(|error| invalid_redirect(error.to_string()))?;
    }
    let grants = subset(metadata.grant_types.as_deref(), &GRANTS, &USUAL_GRANTS, "grant_types")?;
    let redirects = grants.iter().any(|grant| grant == REDIRECTING);
    if redirects && metadata.redirect_uris.is_empty() && metadata.resources.is_empty() {
        return Err(invalid_redirect("Name at least one redirect address (`redirect_uris`).".to_owned()));
    }
    if grants.is_empty() && metadata.resources.is_empty() {
        return Err(invalid_metadata("Name a grant type, or a resource that you answer to.".to_owned()));
    }
    let usual_responses: &[&str] = if redirects { &RESPONSES } else { &[] };
    let asked_responses = metadata.response_types.as_deref();
    let method = method(metadata.token_endpoint_auth_method.as_deref())?;
    let terms = Terms {
        responses: subset(asked_responses, &RESPONSES, usual_responses, "response_types")?,
        grants,
        application: application(&metadata)?.to_owned(),
        token_format: metadata.keylodge_token_format,
        dpop_bound: metadata.dpop_bound_access_tokens,
        pushed_only: metadata.require_pushed_authorization_requests,
        method,
    };
    Ok(NewApp {
        proof: proof(&terms.method, &metadata)?,
        name: metadata.client_name.unwrap_or_default(),
        redirect_uris: metadata.redirect_uris,
        resources: metadata.resources,
        terms,
    })
}

/// A secret that many installs share proves nothing (RFC 8252 §8.5), so a program that
/// does not ask for a method gets none, and one that brings a secret does not get to use it.
fn method(asked: Option<&str>) -> Result<String, Failure> {
    let asked = asked.unwrap_or("none");
    if METHODS.contains(&asked) {
        return Ok(asked.to_owned());
    }
    Err(invalid_metadata(format!(
        "Of token_endpoint_auth_method only {} can be had here.",
        METHODS.join(", ")
    )))
}

fn subset(
    asked: Option<&[String]>,
    offered: &[&str],
    usual: &[&str],
    member: &str,
) -> Result<Vec<String>, Failure> {
    let Some(asked) = asked else { return Ok(usual.iter().map(|&word| word.to_owned()).collect()) };
    if asked.iter().all(|word| offered.contains(&word.as_str())) {
        return Ok(asked.to_vec());
    }
    Err(invalid_metadata(format!("Of {member} only {} can be had here.", offered.join(" and "))))
}

/// Native programs wait on this machine, web programs behind https (AS-26).
fn application(metadata: &Metadata) -> Result<&'static str, Failure> {
    let https = |address: &String| address.starts_with("https://");
    let (all_web, any_web) =
        (metadata.redirect_uris.iter().all(https), metadata.redirect_uris.iter().any(https));
    let some = !metadata.redirect_uris.is_empty();
    match metadata.application_type.as_deref() {
        None => Ok(if some && all_web { "web" } else { "native" }),
        Some("native") if !any_web => Ok("native"),
        Some("web") if some && all_web => Ok("web"),
        Some("native") => Err(invalid_redirect(
            "A native program's redirect address is on 127.0.0.1, on [::1], or has a scheme of its own."
                .to_owned(),
        )),
        Some("web") => Err(invalid_redirect("A web program's redirect address is https.".to_owned())),
        Some(_) => Err(invalid_metadata("The application_type is native or web.".to_owned())),
    }
}

/// What the method takes. Keys are used for one method only, but nonsense in their place shows a broken program.
fn proof(method: &str, metadata: &Metadata) -> Result<NewProof, Failure> {
    let is_set = |set: &Value| set.get("keys").is_some_and(Value::is_array);
    let both = metadata.jwks.is_some() && metadata.jwks_uri.is_some();
    if both || metadata.jwks.as_ref().is_some_and(|set| !is_set(set)) {
        return Err(invalid_metadata("The jwks is no key set, or there is a jwks_uri beside it.".to_owned()));
    }
    match (method, &metadata.jwks) {
        ("none", _) => Ok(NewProof::None),
        ("private_key_jwt", Some(set)) if client_assertion::keys(set).is_some() => {
            Ok(NewProof::Keys(set.to_string()))
        }
        ("private_key_jwt", _) => Err(invalid_metadata(
            "Send one to eight public keys (`jwks`) on P-256 or Ed25519, or RSA of at least 2048 bits. A jwks_uri is never opened.".to_owned(),
        )),
        _ => Ok(NewProof::Secret),
    }
}

/// RFC 7591 §3.2.1, RFC 7592 §3.
fn echo(app: &App, issuer: &str, management: &Secret<String>) -> Value {
    let terms = &app.terms;
    let mut echo = json!({
        "client_id": app.id,
        "client_id_issued_at": app.registered_at,
        "client_name": app.name,
        "redirect_uris": app.redirect_uris,
        "token_endpoint_auth_method": terms.method,
        "grant_types": terms.grants,
        "response_types": terms.responses,
        "application_type": terms.application,
        "keylodge_token_format": terms.token_format,
        "dpop_bound_access_tokens": terms.dpop_bound,
        "require_pushed_authorization_requests": terms.pushed_only,
        // Exposed to be told to whoever has it already, or gets it now.
        "registration_access_token": management.expose(),
        "registration_client_uri": format!("{issuer}/register/{}", app.id),
    });
    if !app.resources.is_empty() {
        echo["resources"] = json!(app.resources);
    }
    if let broker::Credential::Keys { jwks } = &app.credential {
        echo["jwks"] = serde_json::from_str(jwks).unwrap_or_default();
    }
    echo
}

const INVALID_METADATA: &str = "invalid_client_metadata";

fn invalid_metadata(sentence: impl Into<Sentence>) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, INVALID_METADATA, sentence)
}

fn invalid_redirect(sentence: impl Into<Sentence>) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, "invalid_redirect_uri", sentence)
}
