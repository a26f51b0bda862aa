//! An authorization request (RFC 6749 §4.1.1), read and checked before anything is asked of the person.

use axum::http::StatusCode;
use broker::{
    AccessRequest, App, AuthorizationRequest, Broker, Caller, Error, KeyThumbprint, Provider, RequestOrigin,
    ScopeSet, Wanted, Whereabouts, authorization_details, pkce::Challenge, redirect_uri, text,
};

use crate::{api::Api, description::Field, form::Form, native::PURPOSE_CHARS, par, token, wire::Failure};

/// What a request takes, in the query of the authorization endpoint or pushed.
pub const PARAMETERS: [Field; 16] = [
    Field::one_of("response_type", &["code"], "Nothing else is offered; must be there."),
    Field::text("client_id", "From the registration.").needed(),
    Field::text("redirect_uri", "Where the answer goes; may be left out if only one is registered."),
    Field::text("scope", "Scopes as the provider writes them, separated by spaces."),
    Field::text(
        "authorization_details",
        "In place of scopes, or beside them: one detail of our type (RFC 9396).",
    ),
    Field::text("state", "Comes back with the answer."),
    Field::text("code_challenge", "PKCE: the SHA-256 of the verifier, base64url; must be there."),
    Field::one_of("code_challenge_method", &["S256"], "Nothing else is offered; must be there."),
    Field::text("dpop_jkt", "The thumbprint of the key that the code shall be bound to (RFC 9449 §10)."),
    Field::text(
        "resource",
        "A local resource server that the token shall be good for, instead of the gateway (RFC 8707).",
    ),
    Field::text("login_hint", "The account: its label, name or id."),
    Field::one_of(
        "delivery",
        &Wanted::WORDS,
        "How the token shall be handed over. `release_or_gateway`: the provider's own, or a gateway token where that cannot be \
         released; `keylodge_delivery` in the token's answer says which, and `keylodge_note` why.",
    ),
    Field::text("purpose", "Why, in a few words; shown to the person as the program's own."),
    Field::one_of("response_mode", &["query"], "Nothing else is offered."),
    Field::text("prompt", "The person is always asked: every value but `none` is met."),
    Field::number("max_age", "The person is always asked: every age is met (RFC 9470)."),
];

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
pub fn front(api: &Api, provider: &Provider, query: &str, browser: bool) -> Result<Asked, Failure> {
    let form = Form::parse(query.as_bytes())?;
    let (broker, client_id) = (&api.broker, form.demand("client_id")?);
    let Some(reference) = form.get("request_uri").filter(|uri| uri.starts_with(par::PREFIX)) else {
        let asked = read(broker, provider, &form, browser)?;
        if asked.app.terms.pushed_only {
            return Err(Failure::invalid_request(
                "This program registered for pushed requests only (RFC 9126): push it first.",
            ));
        }
        return Ok(asked);
    };
    // Whatever else the address says does not count (RFC 9126 §4).
    let pushed = api.pushed.take(reference, &provider.id, client_id, broker.now()).ok_or_else(|| {
        refused(
            "invalid_request_uri",
            "This request was used, has run out, or was never pushed. Start again.",
        )
    })?;
    let mut asked = read(broker, provider, &pushed.form, browser)?;
    asked.request.key = asked.request.key.or(pushed.key);
    Ok(asked)
}

/// Checks the parameters of a request, from a query or pushed.
pub fn read(broker: &Broker, provider: &Provider, form: &Form, browser: bool) -> Result<Asked, Failure> {
    // At this endpoint nobody authenticates; an unknown program is a malformed request and not a failed login.
    let app = broker.app_at(&provider.id, form.demand("client_id")?);
    let app = app.map_err(|error| match error {
        unknown @ Error::UnknownApp(_) => Failure { status: StatusCode::BAD_REQUEST, ..unknown.into() },
        other => other.into(),
    })?;
    token::check_registered(&app, "authorization_code")?;
    let redirect_uri = redirect(broker, &app, form.get("redirect_uri"))?;
    refuse_what_is_not_offered(form)?;
    let wish = Wish::of(form)?;
    let access = AccessRequest {
        app: app.id.clone(),
        caller: Caller::default(),
        witness: None,
        provider: provider.id.clone(),
        account: wish.account,
        scopes: wish.scopes,
        resource: form.text("resource"),
        delivery: wish.delivery.delivery(),
        or_gateway: wish.delivery.or_gateway(),
        purpose: text::cleaned(form.get("purpose").unwrap_or_default(), PURPOSE_CHARS),
        min_ttl: 0,
        max_age: max_age(form.get("max_age"))?,
        by_details: wish.by_details,
        origin: RequestOrigin::Authorize { browser, redirect_host: redirect_uri::shown(&redirect_uri) },
        at: Whereabouts::default(),
    };
    Ok(Asked {
        request: AuthorizationRequest { access, redirect_uri, challenge: challenge(form)?, key: key(form)? },
        app,
        state: state(form)?,
        issuer: broker.issuer(provider),
    })
}

/// What is asked for, by `scope` and its neighbours, by `authorization_details`, or by both together (RFC 9396 §3).
struct Wish {
    account: Option<String>,
    scopes: ScopeSet,
    delivery: Wanted,
    by_details: bool,
}

impl Wish {
    fn of(form: &Form) -> Result<Self, Failure> {
        let scopes = form.scopes()?.unwrap_or_default();
        let (hint, said) = (form.text("login_hint"), form.get("delivery").is_some());
        let Some(details) = form.get("authorization_details") else {
            return Ok(Self { account: hint, scopes, delivery: form.delivery()?, by_details: false });
        };
        let details = authorization_details::parse(details)?;
        let other_account = hint.is_some() && details.account.is_some() && hint != details.account;
        if other_account || said && form.delivery()? != details.delivery {
            return Err(Failure::invalid_request(
                "The details say otherwise than `login_hint` or `delivery`.",
            ));
        }
        Ok(Self {
            account: details.account.or(hint),
            scopes: scopes.union(&details.scopes),
            delivery: details.delivery,
            by_details: true,
        })
    }
}

/// Everything of a request that is read without looking at the program's registration (for `fuzz/`).
pub fn terms(form: &Form) -> Result<(), Failure> {
    if let Some(address) = form.get("redirect_uri") {
        redirect_uri::check(address)?;
        drop((redirect_uri::shown(address), redirect_uri::loopback_port(address)));
    }
    refuse_what_is_not_offered(form)?;
    Wish::of(form)?;
    drop(text::cleaned(form.get("purpose").unwrap_or_default(), PURPOSE_CHARS));
    challenge(form)?;
    state(form).map(drop)
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
            "Only response_type=code is offered, with PKCE: tokens never travel in an address (RFC 9700 section 2.1.2).",
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

/// The person is always asked, so that every age is met (OpenID Connect Core §3.1.2.1; RFC 9470 §4).
fn max_age(seconds: Option<&str>) -> Result<Option<u32>, Failure> {
    let malformed = |_| Failure::invalid_request("The `max_age` is a number of seconds.");
    seconds.map(|seconds| seconds.parse().map_err(malformed)).transpose()
}

/// `dpop_jkt` (RFC 9449 §10).
fn key(form: &Form) -> Result<Option<KeyThumbprint>, Failure> {
    let malformed = || Failure::invalid_request("The `dpop_jkt` is no thumbprint of a key (RFC 7638).");
    form.get("dpop_jkt").map(|text| KeyThumbprint::parse(text).ok_or_else(malformed)).transpose()
}

fn state(form: &Form) -> Result<Option<String>, Failure> {
    match form.text("state") {
        Some(state) if state.len() > STATE_BYTES => {
            Err(Error::InvalidRequest("The `state` is too long.".into()).into())
        }
        state => Ok(state),
    }
}
