//! Signs a company's accounts in: no person takes part. By client credentials (RFC 6749 §4.4), by a service account's
//! signed assertion (RFC 7523), or as an installation of a GitHub App.
//!
//! What brings the next access token is kept, sealed by the vault, in the place of a refresh token.

use broker::{
    ClientCredential, CompanyPlan, Scope, ScopeSet, Secret, SignedIn, UpstreamTokens, provider::SignInWay,
};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    clean, fault::Fault, json, server::Server, signing_key::SigningKey, token_endpoint::TokenEndpoint,
    upstreams::Inner,
};

/// Marks such a credential among refresh tokens. A server whose own began like this would only hear from us itself.
const MARK: &str = "company key ";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// An assertion is used at once; GitHub takes none that lives ten minutes or more.
const ASSERTION_SECONDS: i64 = 300;
/// Of the hour that an installation's token lives, as GitHub documents it, less a minute for clocks.
const INSTALLATION_SECONDS: u32 = 3540;

#[derive(Deserialize, Serialize, Zeroize, ZeroizeOnDrop)]
#[serde(tag = "is", rename_all = "snake_case")]
enum Kept {
    ClientCredentials { id: String, secret: String, scopes: String },
    ServiceAccount { email: String, key_id: Option<String>, key: String, scopes: String },
    GithubApp { app: String, installation: u64, key: String, scopes: String },
}

/// The members of a service account's key file that matter.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
struct KeyFile {
    client_email: String,
    private_key: String,
    private_key_id: Option<String>,
    token_uri: Option<String>,
}

/// Gets a first token, which proves the credential, and keeps what brings the next.
pub(crate) async fn sign_in(inner: &Inner, server: &Server, plan: CompanyPlan) -> Result<SignedIn, Fault> {
    if server.provider.client.dpop_bound_access_tokens {
        return Err(unusable(
            "its entry wants tokens that are bound to a key, which only people's sign-ins have so far",
        ));
    }
    let scopes = plan.scopes.to_string();
    let (kept, subject, name) = match plan.way {
        SignInWay::ClientCredentials => client_credentials(plan.client, scopes)?,
        SignInWay::JwtBearer => service_account(server, plan.key.as_ref(), scopes)?,
        _ => installation(inner, server, &plan, scopes).await?,
    };
    let mut tokens = kept.tokens(inner, server, None).await?;
    let text = serde_json::to_string(&kept).map_err(|_| unusable("the key cannot be kept"))?;
    tokens.refresh_token = Some(Secret::new(format!("{MARK}{text}")));
    Ok(SignedIn { subject, name: clean::name(&name), tokens })
}

/// New tokens by a kept credential, if it is one; for all its scopes or for `narrower` ones.
pub(crate) async fn refresh(
    inner: &Inner,
    server: &Server,
    refresh_token: &Secret<String>,
    narrower: Option<&ScopeSet>,
) -> Option<Result<UpstreamTokens, Fault>> {
    // Exposed to look at its mark and to be used at its own server.
    let text = refresh_token.expose().strip_prefix(MARK)?;
    let kept: Kept = match serde_json::from_str(text) {
        Ok(kept) => kept,
        Err(_) => return Some(Err(unusable("the kept key cannot be read"))),
    };
    Some(kept.tokens(inner, server, narrower).await)
}

/// Whether a refresh token is such a credential: there is nothing at the provider that could be revoked.
pub(crate) fn is_kept(refresh_token: &Secret<String>) -> bool {
    // Exposed to look at its mark.
    refresh_token.expose().starts_with(MARK)
}

type Credential = (Kept, String, String);

fn client_credentials(client: Option<ClientCredential>, scopes: String) -> Result<Credential, Fault> {
    let none = || unusable("a client id and its secret are needed");
    let client = client.ok_or_else(none)?;
    // Exposed to be kept, sealed, with the account that it is for.
    let secret = client.client_secret.as_ref().ok_or_else(none)?.expose().clone();
    let (id, name) = (client.client_id.clone(), client.client_id);
    Ok((Kept::ClientCredentials { id, secret, scopes }, format!("client {name}"), name))
}

fn service_account(
    server: &Server,
    key: Option<&Secret<String>>,
    scopes: String,
) -> Result<Credential, Fault> {
    let odd = || unusable("that is no service account's key file (JSON with client_email and private_key)");
    // Exposed to be read.
    let file: KeyFile = serde_json::from_str(key.ok_or_else(odd)?.expose()).map_err(|_| odd())?;
    let elsewhere = file.token_uri.as_ref().is_some_and(|named| *named != server.endpoints.token);
    if elsewhere {
        return Err(unusable("that key file is for another server"));
    }
    let (email, name) = (file.client_email.clone(), file.client_email.clone());
    let kept = Kept::ServiceAccount {
        email,
        key_id: file.private_key_id.clone(),
        key: file.private_key.clone(),
        scopes,
    };
    Ok((kept, format!("service account {name}"), name))
}

async fn installation(
    inner: &Inner,
    server: &Server,
    plan: &CompanyPlan,
    scopes: String,
) -> Result<Credential, Fault> {
    let app = plan.client.as_ref().map(|client| client.client_id.clone());
    let app = app.ok_or_else(|| unusable("the app's id is needed beside its key (--client-id)"))?;
    let key = plan.key.as_ref().ok_or_else(|| unusable("the app's key is needed"))?;
    // Exposed to sign with, and to be kept, sealed.
    let key = key.expose().clone();
    let proof = app_proof(inner, &app, &key)?;
    let reply = api(inner, server, "GET", "app/installations", &proof, None).await?;
    let reply = format!("{{\"all\":{}}}", String::from_utf8_lossy(&reply));
    let all = json::object(reply.as_bytes()).map_err(Fault::Untrusted)?;
    let all: Vec<&Value> = all.get("all").and_then(Value::as_array).into_iter().flatten().collect();
    let [one] = all[..] else {
        return Err(unusable(&format!(
            "the app is installed in {} places, and it must be just one",
            all.len()
        )));
    };
    let id = one["id"].as_u64().ok_or_else(|| Fault::Untrusted("it names no installation".to_owned()))?;
    let at = one["account"]["login"].as_str().unwrap_or("GitHub App").to_owned();
    Ok((Kept::GithubApp { app, installation: id, key, scopes }, format!("installation {id}"), at))
}

impl Kept {
    async fn tokens(
        &self,
        inner: &Inner,
        server: &Server,
        narrower: Option<&ScopeSet>,
    ) -> Result<UpstreamTokens, Fault> {
        let (Self::ClientCredentials { scopes, .. }
        | Self::ServiceAccount { scopes, .. }
        | Self::GithubApp { scopes, .. }) = self;
        let all = ScopeSet::parse(scopes).unwrap_or_default();
        let asked = narrower.unwrap_or(&all);
        let mut tokens = match self {
            Self::ClientCredentials { id, secret, .. } => {
                by_secret(inner, server, (id, secret), asked).await?
            }
            Self::ServiceAccount { email, key_id, key, .. } => {
                by_assertion(inner, server, email, (key_id.as_deref(), key), asked).await?
            }
            Self::GithubApp { app, installation, key, .. } => {
                let proof = app_proof(inner, app, key)?;
                let wish = Wish::of(asked, &all);
                by_installation(inner, server, &proof, *installation, &wish).await?
            }
        };
        // RFC 6749 §4.4.3: none should come; the credential itself is what renews.
        tokens.refresh_token = None;
        Ok(tokens)
    }
}

async fn by_secret(
    inner: &Inner,
    server: &Server,
    (id, secret): (&str, &str),
    asked: &ScopeSet,
) -> Result<UpstreamTokens, Fault> {
    let credential = ClientCredential {
        client_id: id.to_owned(),
        client_secret: Some(Secret::from(secret)),
        proof_key: None,
    };
    let endpoint = TokenEndpoint { inner, server, credential: &credential };
    let scope = asked.to_string();
    let parameters = [("scope", scope.as_str())];
    let parameters = if asked.is_empty() { &[][..] } else { &parameters[..] };
    endpoint.grant("client_credentials", parameters, [secret, ""], asked).await.map(|answer| answer.tokens)
}

async fn by_assertion(
    inner: &Inner,
    server: &Server,
    email: &str,
    (key_id, key): (Option<&str>, &str),
    asked: &ScopeSet,
) -> Result<UpstreamTokens, Fault> {
    let now = inner.clock.now().0;
    // Google reads the scopes from the assertion; RFC 7521 §4.1 has them beside it.
    let scope = asked.to_string();
    let claims = json!({
        "iss": email, "sub": email, "aud": server.endpoints.token, "scope": scope,
        "iat": now, "exp": now + ASSERTION_SECONDS,
    });
    let assertion = signed(key, key_id, &claims)?;
    let credential = ClientCredential::default();
    let endpoint = TokenEndpoint { inner, server, credential: &credential };
    let parameters = [("assertion", assertion.as_str()), ("scope", scope.as_str())];
    endpoint.grant(JWT_BEARER, &parameters, [&assertion, key], asked).await.map(|answer| answer.tokens)
}

/// What is asked of an installation. Scopes are written `permission:level`, and limits `only:repository` (or, as they once
/// were, `repository:name`).
struct Wish<'a> {
    permissions: Map<String, Value>,
    repositories: Vec<&'a str>,
}

impl<'a> Wish<'a> {
    /// Of a part of what the sign-in is for; where the part names no repository, the sign-in's own limits hold.
    fn of(asked: &'a ScopeSet, all: &'a ScopeSet) -> Self {
        let limited = |scopes: &'a ScopeSet| scopes.iter().filter_map(repository).collect::<Vec<_>>();
        let named = limited(asked);
        let permissions = asked.iter().filter(|scope| repository(scope).is_none());
        let permissions = permissions.filter_map(|scope| scope.as_str().split_once(':'));
        Self {
            permissions: permissions.map(|(name, level)| (name.to_owned(), level.into())).collect(),
            repositories: if named.is_empty() { limited(all) } else { named },
        }
    }

    fn body(&self) -> Value {
        let mut body = Map::new();
        if !self.permissions.is_empty() {
            body.insert("permissions".to_owned(), self.permissions.clone().into());
        }
        if !self.repositories.is_empty() {
            // By name alone: an installation is in one account.
            let names: Vec<&str> = self.repositories.iter().map(|name| last_part(name)).collect();
            body.insert("repositories".to_owned(), names.into());
        }
        body.into()
    }

    /// The limit for a repository that the answer lists; in the spelling of the wish, for case means nothing to GitHub.
    fn limit(&self, listed: &Value) -> Option<Scope> {
        let (name, full) = (listed["name"].as_str()?, listed["full_name"].as_str().unwrap_or_default());
        let same = |asked: &&&str| asked.eq_ignore_ascii_case(name) || asked.eq_ignore_ascii_case(full);
        Scope::limited_to(self.repositories.iter().find(same).copied().unwrap_or(name))
    }
}

fn repository(scope: &Scope) -> Option<&str> {
    scope.limit().or_else(|| scope.as_str().strip_prefix("repository:"))
}

fn last_part(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, last)| last)
}

async fn by_installation(
    inner: &Inner,
    server: &Server,
    proof: &str,
    installation: u64,
    wish: &Wish<'_>,
) -> Result<UpstreamTokens, Fault> {
    let path = format!("app/installations/{installation}/access_tokens");
    let reply = api(inner, server, "POST", &path, proof, Some(&wish.body())).await?;
    let members = json::object(&reply).map_err(Fault::Untrusted)?;
    let token = json::text(&members, "token")
        .ok_or_else(|| Fault::Untrusted("its answer has no token".to_owned()))?;
    Ok(UpstreamTokens {
        access_token: Secret::from(token),
        expires_in: Some(INSTALLATION_SECONDS),
        refresh_token: None,
        scopes: Some(installed(&members, wish)?),
        proof_key: None,
    })
}

/// What the answer proves that the token can do: the permissions that it names, in the repositories that it lists, if it
/// lists any. What cannot be read could be more.
fn installed(members: &Map<String, Value>, wish: &Wish<'_>) -> Result<ScopeSet, Fault> {
    let unread = || Fault::Untrusted("what its token can do cannot be read".to_owned());
    let permissions = members.get("permissions").and_then(Value::as_object).into_iter().flatten();
    let permission = |(name, level): (&String, &Value)| Scope::parse(&format!("{name}:{}", level.as_str()?));
    let permissions: Option<Vec<Scope>> = permissions.map(permission).collect();
    let selected = json::text(members, "repository_selection") == Some("selected");
    let listed = members.get("repositories").and_then(Value::as_array).filter(|_| selected);
    let limits: Option<Vec<Scope>> = listed.into_iter().flatten().map(|one| wish.limit(one)).collect();
    Ok(permissions.ok_or_else(unread)?.into_iter().chain(limits.ok_or_else(unread)?).collect())
}

fn app_proof(inner: &Inner, app: &str, key: &str) -> Result<String, Fault> {
    let now = inner.clock.now().0;
    // A minute back, for clocks that differ (as GitHub advises).
    let claims = json!({ "iss": app, "iat": now - 60, "exp": now + ASSERTION_SECONDS });
    signed(key, None, &claims)
}

fn signed(key: &str, key_id: Option<&str>, claims: &Value) -> Result<String, Fault> {
    SigningKey::read(key).and_then(|key| key.sign(key_id, claims)).map_err(|why| unusable(&why))
}

async fn api(
    inner: &Inner,
    server: &Server,
    method: &str,
    path: &str,
    proof: &str,
    body: Option<&Value>,
) -> Result<Vec<u8>, Fault> {
    let base = server.provider.api.first().map(|route| route.base.as_str());
    let base = base.ok_or_else(|| unusable("it is not known where its API is"))?;
    let address = server.reach().check(&format!("{}/{path}", base.trim_end_matches('/')))?;
    let odd = |_| unusable("the address cannot be called");
    let request = http::Request::builder()
        .method(method)
        .uri(address.as_str())
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {proof}"))
        .body(body.map(Value::to_string).unwrap_or_default().into_bytes())
        .map_err(odd)?;
    let reply = inner.web.call(server.reach(), request).await?;
    match reply.status {
        StatusCode::OK | StatusCode::CREATED => Ok(reply.body),
        StatusCode::UNAUTHORIZED => {
            let detail = "the app's id or key is not accepted".to_owned();
            Err(Fault::Refused { code: "invalid_client".to_owned(), detail })
        }
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => {
            let detail =
                "the app is not installed there any more, or was not given this permission".to_owned();
            Err(Fault::Refused { code: "invalid_scope".to_owned(), detail })
        }
        status => Err(Fault::Untrusted(format!("it answers {}", status.as_u16()))),
    }
}

fn unusable(why: &str) -> Fault {
    Fault::Forbidden(why.to_owned())
}
