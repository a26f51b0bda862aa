//! Finds out who signed in: from the ID token, the userinfo endpoint, or the token answer.

use broker::UpstreamTokens;
use http::StatusCode;
use serde_json::{Map, Value};

use crate::{
    clean,
    dpop::Prover,
    fault::Fault,
    id_token::Claims,
    json,
    json::at as value,
    server::Server,
    upstreams::Inner,
    web::{self, Reply},
};

/// The longest account id.
const MAX_SUBJECT: usize = 255;

/// Stands for the account where a provider tells nothing about it: there can be only one such account.
const UNNAMED: &str = "account";

/// An account as its provider knows it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    /// The immutable id.
    pub(crate) subject: String,
    /// The name.
    pub(crate) name: String,
}

/// What is known before the userinfo endpoint is asked.
pub(crate) struct Known<'a> {
    /// Claims of the verified ID token.
    pub(crate) claims: Option<Claims>,
    /// Members of the token answer.
    pub(crate) members: &'a Map<String, Value>,
    /// The tokens.
    pub(crate) tokens: &'a UpstreamTokens,
    /// Our client id.
    pub(crate) client_id: &'a str,
}

/// Puts id and name together from the members that the catalogue names.
pub(crate) async fn profile(inner: &Inner, server: &Server, known: Known<'_>) -> Result<Profile, Fault> {
    let signed_in = known.claims.is_some();
    let claims = known.claims.clone().unwrap_or_default();
    let told = match &server.endpoints.userinfo {
        Some(endpoint) if !is_enough(server, &claims) => {
            ask(inner, server, endpoint, &known, &claims, signed_in).await?
        }
        _ => Map::new(),
    };
    let sources = [&claims, &told, known.members];
    let Some(subject) = subject(server, &sources) else {
        return without_id(server, told.is_empty() && !signed_in);
    };
    let fields = &server.provider.account.name;
    let name = fields.iter().find_map(|field| sources.iter().find_map(|source| value(source, field)));
    let name = name.map(|text| clean::name(&text)).filter(|name| !name.is_empty());
    Ok(Profile { name: name.unwrap_or_else(|| clean::name(&subject)), subject })
}

/// Whether the ID token alone says all that is wanted.
fn is_enough(server: &Server, claims: &Claims) -> bool {
    let account = &server.provider.account;
    let named = account.name.first().is_none_or(|field| value(claims, field).is_some());
    named && !claims.is_empty() && account.id.iter().all(|field| value(claims, field).is_some())
}

/// Asks the userinfo endpoint. Beside an ID token it only adds a name: then it is used only if it is about the same
/// `sub` (OIDC Core §5.3.2; UC-27), and its failure costs no sign-in.
async fn ask(
    inner: &Inner,
    server: &Server,
    endpoint: &str,
    known: &Known<'_>,
    claims: &Claims,
    signed_in: bool,
) -> Result<Map<String, Value>, Fault> {
    let told = answered(inner, server, endpoint, known).await;
    let told = told.and_then(|reply| reply.json_if(StatusCode::OK));
    match told {
        Ok(told) if !signed_in || is_same(&told, claims) => Ok(told),
        Err(fault) if !signed_in => Err(fault),
        _ => {
            tracing::debug!(provider = %server.provider.id, "the userinfo answer was not used");
            Ok(Map::new())
        }
    }
}

/// What the userinfo endpoint answers to the token, with a proof of the key that it may be bound to.
async fn answered(inner: &Inner, server: &Server, endpoint: &str, known: &Known<'_>) -> Result<Reply, Fault> {
    // Exposed to be sent to the server that gave it.
    let token = known.tokens.access_token.expose();
    let asking = |scheme| web::asking_as(server, endpoint, known.client_id, (scheme, token));
    match &known.tokens.proof_key {
        Some(key) => {
            let prover = Prover::of(inner, key)?;
            prover.call(server.reach(), asking("DPoP")?, Some(token), |_| Ok(())).await
        }
        None => inner.web.call(server.reach(), asking("Bearer")?).await,
    }
}

fn is_same(told: &Map<String, Value>, claims: &Claims) -> bool {
    json::text(told, "sub").is_some_and(|sub| json::text(claims, "sub") == Some(sub))
}

/// The members that make the id, joined by `/`, all from the source that is trusted most and has them.
fn subject(server: &Server, sources: &[&Map<String, Value>]) -> Option<String> {
    let fields = &server.provider.account.id;
    let from = |source: &&Map<String, Value>| -> Option<Vec<String>> {
        fields.iter().map(|field| value(source, field)).collect()
    };
    let subject = sources.iter().find_map(from)?.join("/");
    let fits = !subject.is_empty() && subject.len() <= MAX_SUBJECT && !subject.chars().any(char::is_control);
    fits.then_some(subject)
}

fn without_id(server: &Server, nothing_told: bool) -> Result<Profile, Fault> {
    if nothing_told && server.endpoints.userinfo.is_none() {
        return Ok(Profile { subject: UNNAMED.to_owned(), name: clean::name(server.name()) });
    }
    Err(Fault::Untrusted("it does not say which account signed in".to_owned()))
}
