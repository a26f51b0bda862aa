//! The token endpoint (RFC 6749 §4.1.3, §6) and revocation (RFC 7009).

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    House,
    refusal::Refusal,
    scope::{self, Scope},
    store::{Access, Code, Family, Store},
};
use crate::{form::Form, random};

/// The life of an access token and of an ID token, in seconds.
const ACCESS_LIFE: u64 = 600;

/// Answers a token request.
pub async fn answer(State(house): State<Arc<House>>, headers: HeaderMap, body: String) -> Response {
    let answer = read(&house, &headers, &body).and_then(|form| match form.get("grant_type") {
        Some("authorization_code") => exchange(&house, &form),
        Some("refresh_token") => refresh(&house, &form),
        Some(_) => {
            Err(Refusal("unsupported_grant_type", "Use a code or a refresh token (RFC 9700 §2.1.2, §2.4)."))
        }
        None => Err(Refusal("invalid_request", "grant_type is missing.")),
    });
    match answer {
        Ok(answer) => ([(CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// Answers a revocation request. A token nobody knows is as good as revoked (RFC 7009 §2.2).
pub async fn revoke(State(house): State<Arc<House>>, headers: HeaderMap, body: String) -> Response {
    let done = read(&house, &headers, &body).and_then(|form| {
        let token = form.get("token").ok_or(Refusal("invalid_request", "token is missing."))?;
        end(&mut house.store(), &random::digest(token), form.get("client_id").unwrap_or_default())
    });
    match done {
        Ok(()) => StatusCode::OK.into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// Reads the form of a registered public client.
fn read(house: &House, headers: &HeaderMap, body: &str) -> Result<Form, Refusal> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.split(';').next() != Some("application/x-www-form-urlencoded") {
        return Err(Refusal("invalid_request", "Send a form (RFC 6749 §3.2)."));
    }
    let form = Form::parse(body);
    if form.repeats() {
        return Err(Refusal("invalid_request", "A parameter occurs twice."));
    }
    let known = form.get("client_id").is_some_and(|id| house.store().clients.get(id).is_some());
    if !known || headers.contains_key(AUTHORIZATION) {
        return Err(Refusal("invalid_client", "Clients here are public: send the client_id alone."));
    }
    Ok(form)
}

const BAD_CODE: Refusal = Refusal("invalid_grant", "The code is not good, or not for this.");

fn exchange(house: &House, form: &Form) -> Result<Value, Refusal> {
    let digest = random::digest(form.get("code").ok_or(Refusal("invalid_request", "code is missing."))?);
    let mut store = house.store();
    let code = store.codes.get(&digest).filter(|code| fits(code, form, house.now())).ok_or(BAD_CODE)?;
    if let Some(family) = code.used_for.clone() {
        // A second redemption with everything right: one of the two is a thief (RFC 6749 §4.1.2).
        store.families.take(&family);
        return Err(BAD_CODE);
    }
    let (asked, person, granted) = (code.asked.clone(), code.person, code.granted.clone());
    let id = random::token("");
    let scopes = granted.clone();
    let family = Family { client_id: asked.client_id.clone(), person, scopes, current: None };
    store.families.put(id.clone(), family.clone());
    if let Some(code) = store.codes.get_mut(&digest) {
        code.used_for = Some(id.clone());
    }
    let mut answer = issue(&mut store, &id, &granted, house.now());
    if scope::has(&granted, "openid") {
        answer["id_token"] = json!(id_token(house, &family, asked.nonce.as_deref())?);
    }
    Ok(answer)
}

/// Whether the request is the one for which the code was issued. A wrong one uses nothing up (AS-07).
fn fits(code: &Code, form: &Form, now: u64) -> bool {
    let asked = &code.asked;
    let verified =
        form.get("code_verifier").is_some_and(|verifier| random::digest(verifier) == asked.challenge);
    let redirect = form.get("redirect_uri").is_none_or(|address| address == asked.redirect_uri);
    verified && redirect && form.get("client_id") == Some(&asked.client_id) && now < code.until
}

const BAD_REFRESH: Refusal =
    Refusal("invalid_grant", "The refresh token is not good any more. Sign in again.");

fn refresh(house: &House, form: &Form) -> Result<Value, Refusal> {
    let token = form.get("refresh_token").ok_or(Refusal("invalid_request", "refresh_token is missing."))?;
    let digest = random::digest(token);
    let mut store = house.store();
    let id = store.refresh.get(&digest).cloned().ok_or(BAD_REFRESH)?;
    let family = store.families.get(&id).cloned().ok_or(BAD_REFRESH)?;
    if form.get("client_id") != Some(&family.client_id) {
        return Err(BAD_REFRESH);
    }
    if family.current.as_ref() != Some(&digest) {
        // An old token came back: the family ends (RFC 9700 §4.14.2).
        store.families.take(&id);
        return Err(BAD_REFRESH);
    }
    let scopes = narrowed(&family.scopes, form.get("scope"))?;
    Ok(issue(&mut store, &id, &scopes, house.now()))
}

/// What was granted, or less; never more (RFC 6749 §6).
fn narrowed(granted: &[&'static Scope], asked: Option<&str>) -> Result<Vec<&'static Scope>, Refusal> {
    let Some(asked) = asked else { return Ok(granted.to_vec()) };
    scope::parse(asked)
        .filter(|asked| asked.iter().all(|scope| scope::has(granted, scope.name)))
        .ok_or(Refusal("invalid_scope", "This was not granted."))
}

/// A new access token and, where the person agreed to it, the next refresh token.
fn issue(store: &mut Store, id: &str, scopes: &[&'static Scope], now: u64) -> Value {
    let access = random::token("demo-access-");
    let entry = Access { family: id.to_owned(), scopes: scopes.to_vec(), until: now + ACCESS_LIFE };
    store.access.put(random::digest(&access), entry);
    let mut answer = json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": ACCESS_LIFE,
        "scope": scope::list(scopes),
    });
    if let Some(token) = rotate(store, id) {
        answer["refresh_token"] = json!(token);
    }
    answer
}

fn rotate(store: &mut Store, id: &str) -> Option<String> {
    let family = store.families.get_mut(id).filter(|family| scope::has(&family.scopes, "offline_access"))?;
    let token = random::token("demo-refresh-");
    let digest = random::digest(&token);
    family.current = Some(digest.clone());
    store.refresh.put(digest, id.to_owned());
    Some(token)
}

fn id_token(house: &House, family: &Family, nonce: Option<&str>) -> Result<String, Refusal> {
    let mut claims = family.person.claims(&family.scopes);
    let now = house.now();
    claims.insert("iss".to_owned(), json!(house.issuer));
    claims.insert("aud".to_owned(), json!(family.client_id));
    claims.insert("iat".to_owned(), json!(now));
    claims.insert("exp".to_owned(), json!(now + ACCESS_LIFE));
    if let Some(nonce) = nonce {
        claims.insert("nonce".to_owned(), json!(nonce));
    }
    let signed = house.key.sign("JWT", &Value::Object(claims));
    signed.map_err(|_| Refusal("server_error", "The demo cannot sign."))
}

/// Ends a refresh token with its family, or an access token alone; another client's is refused (RFC 7009 §2.1).
fn end(store: &mut Store, digest: &str, client_id: &str) -> Result<(), Refusal> {
    let refresh = store.refresh.get(digest).cloned();
    let Some(id) = refresh.clone().or_else(|| store.access.get(digest).map(|access| access.family.clone()))
    else {
        return Ok(());
    };
    let Some(family) = store.families.get(&id) else { return Ok(()) };
    if family.client_id != client_id {
        return Err(Refusal("unauthorized_client", "This token belongs to another program."));
    }
    match refresh {
        Some(_) => drop(store.families.take(&id)),
        None => drop(store.access.take(digest)),
    }
    Ok(())
}
