//! Reads the answer of a token endpoint as real servers write it (RFC 6749 §5; UC-17), and nothing worse.

use broker::{
    Provider, Scope, ScopeSet,
    provider::{RequestForm, TokenHabits},
};
use http::StatusCode;
use serde_json::{Map, Value};

use crate::{clean, fault::Fault, json, request_form, web::Reply};

/// A year: no access token is believed to live longer.
const MAX_LIFE: u64 = 365 * 24 * 60 * 60;

/// What the answer is read against.
pub(crate) struct Reading<'a> {
    /// Whose answer.
    pub(crate) provider: &'a Provider,
    /// What was asked for.
    pub(crate) asked: &'a ScopeSet,
    /// What was sent and must not come back into sight.
    pub(crate) secrets: &'a [&'a str],
    /// Whether a key was proven, so that the tokens must be bound to it (RFC 9449 §5).
    pub(crate) bound: bool,
}

/// The answer in the RFC's own form: `token_type` is `bearer`, `expires_in` a number, `scope` divided by spaces.
pub(crate) fn canonical(reply: &Reply, reading: &Reading<'_>) -> Result<Map<String, Value>, Fault> {
    let habits = &reading.provider.token;
    let mut members = members(reply, habits)?;
    refuse_error(reply.status, &members, habits, reading.secrets)?;
    if let Some(Value::Object(inner)) = habits.inside.as_ref().and_then(|name| members.remove(name)) {
        bring_out(&mut members, inner);
    }
    let token =
        json::text(&members, "access_token").ok_or_else(|| untrusted("its answer has no access token"))?;
    if !token.bytes().all(|b| matches!(b, 0x20..=0x7e)) {
        return Err(untrusted("its access token has characters that none may have"));
    }
    check_type(members.get("token_type"), reading)?;
    members.insert("token_type".to_owned(), "bearer".into());
    let life = life(members.remove("expires_in").as_ref()).or(reading.provider.access_token_seconds);
    members.extend(life.map(|seconds| ("expires_in".to_owned(), seconds.into())));
    let granted =
        granted(members.remove(habits.scope_member.as_deref().unwrap_or("scope")).as_ref(), reading);
    members.extend(granted.map(|scopes| ("scope".to_owned(), scopes.to_string().into())));
    for name in ["refresh_token", "id_token"] {
        if json::text(&members, name).is_none() {
            members.remove(name);
        }
    }
    Ok(members)
}

/// The refusal in an answer, if it is one; some servers send it with status 200.
pub(crate) fn refuse_error(
    status: StatusCode,
    members: &Map<String, Value>,
    habits: &TokenHabits,
    secrets: &[&str],
) -> Result<(), Fault> {
    let own = habits.error_member.as_deref().filter(|_| !status.is_success());
    let said = match members.get("error") {
        _ if own.is_some_and(|own| json::at(members, own).is_some()) => {
            own.and_then(|own| json::at(members, own)).unwrap_or_default()
        }
        Some(Value::String(code)) if !code.is_empty() => code.clone(),
        Some(Value::Object(_)) => "unknown_error".to_owned(),
        _ if status.is_success() => return Ok(()),
        _ => return Err(Fault::Untrusted(format!("it answers {}", status.as_u16()))),
    };
    let nested = members.get("error").and_then(|error| error.get("message")).and_then(Value::as_str);
    let description = json::text(members, "error_description").or(nested).unwrap_or_default();
    // Looked up as it was said: a provider's own words may be a sentence, which is no code.
    let known = habits.error_words.get(&said.to_lowercase()).cloned();
    let code = known.unwrap_or_else(|| rfc_word(clean::code(&said)));
    if matches!(code.as_str(), "temporarily_unavailable" | "server_error") {
        return Err(Fault::Busy { status: status.as_u16(), retry_after: None });
    }
    let detail = clean::shown(description, secrets);
    Err(Fault::Refused { detail: if detail.is_empty() { meaning(&code).to_owned() } else { detail }, code })
}

fn members(reply: &Reply, habits: &TokenHabits) -> Result<Map<String, Value>, Fault> {
    if habits.form_answers && reply.says("application/x-www-form-urlencoded") {
        let pairs = url::form_urlencoded::parse(&reply.body);
        return Ok(pairs.map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect());
    }
    match reply.json() {
        Ok(members) if habits.request == RequestForm::JsonCamel => Ok(request_form::standard(members)),
        Err(_) if !reply.status.is_success() => {
            Err(Fault::Untrusted(format!("it answers {}", reply.status.as_u16())))
        }
        read => read,
    }
}

/// Puts a nested token in the place of the outer one, which is another's; nothing of the outer one stays.
fn bring_out(members: &mut Map<String, Value>, mut inner: Map<String, Value>) {
    for name in ["access_token", "token_type", "expires_in", "refresh_token", "scope"] {
        members.remove(name);
        members.extend(inner.remove(name).map(|value| (name.to_owned(), value)));
    }
}

/// The RFC's word where a server has one of its own for the same thing.
fn rfc_word(code: String) -> String {
    match code.as_str() {
        "bad_refresh_token" | "bad_verification_code" => "invalid_grant".to_owned(),
        "incorrect_client_credentials" => "invalid_client".to_owned(),
        _ => code,
    }
}

/// What a refusal means, where the server does not say.
fn meaning(code: &str) -> &'static str {
    match code {
        "invalid_grant" => "the sign-in is no longer valid",
        "invalid_client" | "unauthorized_client" => "the client id or its secret is not accepted",
        "invalid_scope" => "it does not give this access",
        "redirect_uri_mismatch" => "the redirect address is not registered",
        _ => "it gave no reason",
    }
}

/// Compared without case; a missing type is taken for a bearer token, an unknown one is refused (RFC 6749 §7.1). Where a
/// bound token was asked for, no other will do.
fn check_type(said: Option<&Value>, reading: &Reading<'_>) -> Result<(), Fault> {
    let habits = &reading.provider.token;
    match said {
        Some(Value::String(kind)) if reading.bound && kind.eq_ignore_ascii_case("DPoP") => Ok(()),
        _ if reading.bound => {
            Err(untrusted("its access token is bound to no key, and one that is was asked for (DPoP)"))
        }
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("bearer") => Ok(()),
        Some(Value::String(kind)) if habits.bearer_words.contains(kind) => Ok(()),
        Some(_) => Err(untrusted("its access token is of a kind that Keylodge does not know")),
    }
}

/// Seconds, from a number or a text; nonsense counts as not said.
fn life(said: Option<&Value>) -> Option<u32> {
    let seconds = match said? {
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok().or_else(|| whole(text.trim().parse().ok()?)),
        _ => None,
    }?;
    u32::try_from(seconds.min(MAX_LIFE)).ok()
}

/// A float as whole seconds: negative ones are over, endless ones are long.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a range that fits")]
fn whole(seconds: f64) -> Option<u64> {
    (!seconds.is_nan()).then(|| seconds.clamp(0.0, 1e9) as u64)
}

/// The granted scopes in catalogue spelling. `None`: not said, so as asked (RFC 6749 §5.1). A larger grant is kept
/// as it is (UC-18); what is no scope token is left out.
fn granted(said: Option<&Value>, reading: &Reading<'_>) -> Option<ScopeSet> {
    let words: Vec<String> = match said? {
        Value::String(text) => divide(text, reading),
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => return None,
    };
    // A limit is Keylodge's own word: said in a server's list of scopes, it proves nothing.
    let legal = |word: &String| Scope::parse(word).filter(|scope| scope.limit().is_none());
    let scopes: ScopeSet = words.iter().filter_map(legal).collect();
    Some(reading.provider.canonical(&scopes))
}

/// Divides at spaces, at the provider's own delimiter, and, where a word is not known, at commas.
fn divide(text: &str, reading: &Reading<'_>) -> Vec<String> {
    let provider = reading.provider;
    let delimiter = provider.token.scope_delimiter.as_deref().unwrap_or(&provider.scope_delimiter);
    let known = |word: &str| {
        Scope::parse(word).is_some_and(|scope| {
            reading.asked.contains(&scope) || reading.provider.scope_entry(&scope).is_some()
        })
    };
    let spaced = if delimiter.is_empty() { text.to_owned() } else { text.replace(delimiter, " ") };
    let cut = |word: &str| -> Vec<String> {
        let at = if known(word) { '\0' } else { ',' };
        word.split(at).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    spaced.split_whitespace().flat_map(cut).collect()
}

fn untrusted(why: &str) -> Fault {
    Fault::Untrusted(why.to_owned())
}
