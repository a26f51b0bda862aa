//! The authorization endpoint: asks the person, and sends the program its answer (RFC 6749 §4.1.1, §4.1.2).

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    http::{
        HeaderMap, StatusCode,
        header::{CACHE_CONTROL, LOCATION, ORIGIN},
    },
    response::{IntoResponse, Response},
};
use url::Url;

use super::{
    House, client, page, person,
    scope::{self, Scope},
    store::{Code, Waiting},
};
use crate::{form::Form, random};

/// How long the page may stay open, in seconds.
const PAGE_LIFE: u64 = 600;
/// How long a code is good, in seconds (AS-06).
const CODE_LIFE: u64 = 60;

/// An authorization request: shows the page, or says what is wrong with it.
pub async fn ask(State(house): State<Arc<House>>, RawQuery(query): RawQuery) -> Response {
    let form = Form::parse(&query.unwrap_or_default());
    // Until client and address are known to belong together there is no redirect (RFC 6749 §4.1.2.1).
    let Some((program, redirect_uri)) = addressee(&house, &form) else {
        return page::problem("This program is not registered here, or gave an address that is not its own.");
    };
    match examine(&house, &form, &redirect_uri) {
        Ok(waiting) => {
            let ticket = random::token("");
            let shown = page::sign_in(&program, &waiting, &ticket, form.get("login_hint"));
            house.store().waiting.put(ticket, waiting);
            shown
        }
        Err((error, why)) => {
            let state = form.get("state");
            redirect(&house, &redirect_uri, state, &[("error", error), ("error_description", why)])
        }
    }
}

/// The person's decision, posted by the page with its one-time ticket.
pub async fn decide(State(house): State<Arc<House>>, headers: HeaderMap, body: String) -> Response {
    if headers.get(ORIGIN).is_some_and(|origin| origin.as_bytes() != house.issuer.as_bytes()) {
        return page::problem("Another page sent this form.");
    }
    let form = Form::parse(&body);
    let waiting = form.get("ticket").and_then(|ticket| house.store().waiting.take(ticket));
    let Some(waiting) = waiting.filter(|waiting| house.now() < waiting.until) else {
        return page::problem("This page was used already or is too old. Start again in the program.");
    };
    let Some(person) = form.get("decision").and_then(person::find) else {
        let no = [("error", "access_denied"), ("error_description", "The person said no.")];
        return redirect(&house, &waiting.redirect_uri, waiting.state.as_deref(), &no);
    };
    let granted = ticked(&waiting.scopes, &form);
    let code = random::token("demo-code-");
    let (redirect_uri, state) = (waiting.redirect_uri.clone(), waiting.state.clone());
    let until = house.now() + CODE_LIFE;
    let issued = Code { asked: waiting, person, granted, until, used_for: None };
    house.store().codes.put(random::digest(&code), issued);
    redirect(&house, &redirect_uri, state.as_deref(), &[("code", &code)])
}

/// The program's name and its redirect address, if both are in order.
fn addressee(house: &House, form: &Form) -> Option<(String, String)> {
    let once = |name| (form.all(name).count() == 1).then(|| form.get(name)).flatten();
    let (id, redirect_uri) = (once("client_id")?, once("redirect_uri")?);
    let store = house.store();
    let known = store.clients.get(id)?;
    client::redirects_to(known, redirect_uri).then(|| (known.name.clone(), redirect_uri.to_owned()))
}

fn examine(house: &House, form: &Form, redirect_uri: &str) -> Result<Waiting, (&'static str, &'static str)> {
    if form.repeats() {
        return Err(("invalid_request", "A parameter occurs twice."));
    }
    if form.get("response_type") != Some("code") {
        return Err(("unsupported_response_type", "Only codes are issued (RFC 9700 §2.1.2)."));
    }
    let challenge = form.get("code_challenge").filter(|text| text.len() == 43);
    let (Some(challenge), Some("S256")) = (challenge, form.get("code_challenge_method")) else {
        return Err(("invalid_request", "PKCE with S256 is needed (RFC 7636)."));
    };
    if form.get("prompt") == Some("none") {
        return Err(("login_required", "The demo always asks."));
    }
    let scopes = scope::parse(form.get("scope").unwrap_or("profile"));
    let scopes = scopes.ok_or(("invalid_scope", "The demo does not know one of these scopes."))?;
    Ok(Waiting {
        client_id: form.get("client_id").unwrap_or_default().to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        scopes,
        state: form.get("state").map(str::to_owned),
        nonce: form.get("nonce").map(str::to_owned),
        challenge: challenge.to_owned(),
        until: house.now() + PAGE_LIFE,
    })
}

/// What was asked for, without what the person unticked.
fn ticked(asked: &[&'static Scope], form: &Form) -> Vec<&'static Scope> {
    let kept = |scope: &&&'static Scope| !scope.optional || form.all("scope").any(|name| name == scope.name);
    asked.iter().filter(kept).copied().collect()
}

/// Sends the browser back: 303, because it may come from a form (RFC 9700 §4.12), and with `iss` (RFC 9207 §2).
fn redirect(house: &House, to: &str, state: Option<&str>, members: &[(&str, &str)]) -> Response {
    let Ok(mut url) = Url::parse(to) else {
        return page::problem("The program's address cannot be read.");
    };
    url.query_pairs_mut()
        .extend_pairs(members)
        .extend_pairs(state.map(|state| ("state", state)))
        .append_pair("iss", &house.issuer);
    let headers = [(LOCATION, url.as_str()), (CACHE_CONTROL, "no-store")];
    (StatusCode::SEE_OTHER, headers).into_response()
}
