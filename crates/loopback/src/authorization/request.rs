//! An authorization request (RFC 6749 §4.1.1), read and checked before anything is asked of the person.

use axum::http::StatusCode;
use broker::{
    AccessRequest, App, AuthorizationRequest, Broker, Caller, Delivery, Error, Provider, RequestOrigin,
    Whereabouts, pkce::Challenge, redirect_uri, text,
};

use crate::{form::Form, native::PURPOSE_CHARS, wire::Failure};

/// A `state` may be so long, in bytes.
const STATE_BYTES: usize = 2048;

/// A checked request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// For the broker.
    pub request: AuthorizationRequest,
    /// The program.
    pub app: App,
    /// What the program wants to see again.
    pub state: Option<String>,
    /// Our issuer (RFC 9207).
    pub issuer: String,
}

/// Reads a query. Whatever is wrong is told here and now, never by a redirect: the person has seen no address yet
/// (RFC 9700 §4.11.2; AS-02, AS-15).
pub fn read(broker: &Broker, provider: &Provider, query: &str, browser: bool) -> Result<Asked, Failure> {
    let form = Form::parse(query.as_bytes())?;
    // At this endpoint nobody authenticates; an unknown program is a malformed request and not a failed login.
    let app = broker.app_at(&provider.id, form.demand("client_id")?);
    let app = app.map_err(|error| match error {
        unknown @ Error::UnknownApp(_) => Failure { status: StatusCode::BAD_REQUEST, ..unknown.into() },
        other => other.into(),
    })?;
    let redirect_uri = redirect(broker, &app, form.get("redirect_uri"))?;
    refuse_what_is_not_offered(&form)?;
    let access = AccessRequest {
        app: app.id.clone(),
        caller: Caller::default(),
        witness: None,
        provider: provider.id.clone(),
        account: form.text("login_hint"),
        scopes: form.scopes()?.unwrap_or_default(),
        resource: form.text("resource"),
        delivery: delivery(form.get("delivery"))?,
        purpose: text::cleaned(form.get("purpose").unwrap_or_default(), PURPOSE_CHARS),
        min_ttl: 0,
        max_age: None,
        by_details: false,
        origin: RequestOrigin::Authorize { browser, redirect_host: redirect_uri::shown(&redirect_uri) },
        at: Whereabouts::default(),
    };
    Ok(Asked {
        request: AuthorizationRequest { access, redirect_uri, challenge: challenge(&form)?, key: None },
        app,
        state: state(&form)?,
        issuer: broker.issuer(provider),
    })
}

/// The address that is named, or the only one there is (RFC 6749 §3.1.2.3).
fn redirect(broker: &Broker, app: &App, named: Option<&str>) -> Result<String, Failure> {
    let address = match (named, app.redirect_uris.as_slice()) {
        (Some(named), _) => named,
        (None, [only]) => only,
        (None, _) => return Err(Failure::invalid_request("The parameter `redirect_uri` is missing.")),
    };
    broker.check_redirect(app, address)?;
    Ok(address.to_owned())
}

fn refuse_what_is_not_offered(form: &Form) -> Result<(), Failure> {
    if form.demand("response_type")? != "code" {
        return Err(refused(
            "unsupported_response_type",
            "Only response_type=code is offered: tokens never travel in an address (RFC 9700 section 2.1.2).",
        ));
    }
    if form.get("request").is_some() {
        return Err(refused("request_not_supported", "Request objects are not offered."));
    }
    if form.get("request_uri").is_some() {
        return Err(refused("request_uri_not_supported", "Request objects are not offered."));
    }
    if form.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(refused("invalid_request", "Only response_mode=query is offered."));
    }
    let prompts = form.get("prompt").unwrap_or_default().split(' ').filter(|word| !word.is_empty());
    prompts.into_iter().try_for_each(prompt)
}

/// The person is always asked, so that every `prompt` but `none` is met (OpenID Connect Core §3.1.2.1).
fn prompt(word: &str) -> Result<(), Failure> {
    match word {
        "consent" | "login" | "select_account" => Ok(()),
        "none" => {
            Err(refused("interaction_required", "Keylodge always asks the person: leave prompt=none out."))
        }
        _ => Err(refused("invalid_request", "This `prompt` is not known.")),
    }
}

fn refused(word: &'static str, sentence: &str) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, word, sentence)
}

/// PKCE, and of its methods only S256 (RFC 7636 §4.3; AS-04). An absent method means `plain` there.
fn challenge(form: &Form) -> Result<Challenge, Failure> {
    let sentence = "Send a `code_challenge` with code_challenge_method=S256 (RFC 7636).";
    if form.get("code_challenge_method") != Some("S256") {
        return Err(Failure::invalid_request(sentence));
    }
    form.get("code_challenge").and_then(Challenge::parse).ok_or_else(|| Failure::invalid_request(sentence))
}

fn delivery(word: Option<&str>) -> Result<Delivery, Failure> {
    match word {
        None | Some("gateway") => Ok(Delivery::Gateway),
        Some("release") => Ok(Delivery::Release),
        Some(_) => Err(Failure::invalid_request("The `delivery` is gateway or release.")),
    }
}

fn state(form: &Form) -> Result<Option<String>, Failure> {
    match form.text("state") {
        Some(state) if state.len() > STATE_BYTES => {
            Err(Error::InvalidRequest("The `state` is too long.".to_owned()).into())
        }
        state => Ok(state),
    }
}
