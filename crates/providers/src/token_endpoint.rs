//! Redeems codes and refresh tokens and revokes them: the `oauth2` crate writes the requests, `web` carries them,
//! `token_answer` reads what comes back.

mod carrier;
mod exchange;
mod own_ways;
mod proof;

use std::fmt;

use broker::{ClientCredential, Scope, ScopeSet, Secret, UpstreamTokens, provider::ClientAuthentication};
use http::header;
use oauth2::{
    AccessToken, AuthType, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet,
    ExtraTokenFields, HttpRequest, PkceCodeVerifier, RefreshToken, RequestTokenError, RevocationUrl,
    StandardRevocableToken, StandardTokenResponse, TokenResponse as _, TokenUrl,
    basic::{
        BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use self::{carrier::Carrier, own_ways::basic, proof::Proof};
use crate::{fault::Fault, redirect::registered, server::Server, upstreams::Inner};

/// The client type of the `oauth2` crate, with our own members of the token answer.
pub(crate) type Client<Auth = EndpointNotSet, Token = EndpointNotSet> = oauth2::Client<
    BasicErrorResponse,
    StandardTokenResponse<Members, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    Auth,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    Token,
>;

/// What a token endpoint gave.
pub(crate) struct Answer {
    /// The tokens.
    pub(crate) tokens: UpstreamTokens,
    /// The ID token, not yet checked.
    pub(crate) id_token: Option<Secret<String>>,
    /// Further members: some servers tell the account's id here.
    pub(crate) members: Map<String, Value>,
}

/// An authorization code with all that proves it is ours.
pub(crate) struct Redemption {
    /// The code.
    pub(crate) code: Secret<String>,
    /// The PKCE verifier (RFC 7636 §4.5).
    pub(crate) verifier: Secret<String>,
    /// The redirect address, byte for byte as in the authorization request (RFC 6749 §4.1.3; UC-13); `None`: none was
    /// sent there.
    pub(crate) redirect_uri: Option<String>,
    /// What was asked for.
    pub(crate) asked: ScopeSet,
}

/// A token that is to end.
#[derive(Clone, Copy)]
pub(crate) enum Revoked<'a> {
    /// A refresh token, with all that came from it.
    Refresh(&'a Secret<String>),
    /// An access token that has no refresh token beside it.
    Access(&'a Secret<String>),
}

impl Revoked<'_> {
    /// Exposed to be sent, and to be kept out of error texts.
    fn secret(&self) -> &str {
        match self {
            Self::Refresh(token) | Self::Access(token) => token.expose(),
        }
    }

    fn standard(&self) -> StandardRevocableToken {
        let text = self.secret().to_owned();
        match self {
            Self::Refresh(_) => RefreshToken::new(text).into(),
            Self::Access(_) => AccessToken::new(text).into(),
        }
    }
}

/// A token endpoint, and us as its client.
pub(crate) struct TokenEndpoint<'a> {
    pub(crate) inner: &'a Inner,
    pub(crate) server: &'a Server,
    pub(crate) credential: &'a ClientCredential,
}

impl TokenEndpoint<'_> {
    /// Exchanges a code (RFC 6749 §4.1.3).
    pub(crate) async fn redeem(&self, with: Redemption) -> Result<Answer, Fault> {
        // Exposed to be sent, and to be kept out of error texts.
        let (code, verifier) = (with.code.expose(), with.verifier.expose());
        let proof = self.proof()?;
        let carrier =
            Carrier { more: self.more(&proof), ..self.carrier(&proof, [code, verifier], &with.asked) };
        let client = self.client(&proof)?;
        let mut request = client
            .exchange_code(AuthorizationCode::new(code.clone()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.clone()));
        if let Some(here) = own_ways::of_one_service(&self.server.provider, &with.asked) {
            request = request.add_extra_param("scope", joined(self.server, &here));
        }
        if let Some(address) = &with.redirect_uri {
            // Not by the crate's own type: some are no addresses (`oob`).
            request = request.add_extra_param("redirect_uri", address.clone());
        }
        self.read(request.request_async(&carrier).await)
    }

    /// Redeems a refresh token (RFC 6749 §6).
    pub(crate) async fn refresh(
        &self,
        token: &Secret<String>,
        narrower: Option<&ScopeSet>,
    ) -> Result<Answer, Fault> {
        let token = RefreshToken::new(token.expose().clone());
        let asked = narrower.cloned().unwrap_or_default();
        let proof = self.proof()?;
        let carrier =
            Carrier { more: self.more(&proof), ..self.carrier(&proof, [token.secret(), ""], &asked) };
        let client = self.client(&proof)?;
        let mut request = client.exchange_refresh_token(&token);
        if let Some(part) = asked.iter().find(|scope| self.server.provider.is_derived(scope)) {
            return Err(Fault::Untrusted(format!("it does not know the scope {part}")));
        }
        if self.server.provider.refresh.repeats_redirect_uri {
            request = request.add_extra_param("redirect_uri", registered(&self.server.provider));
        }
        if narrower.is_some() {
            request = request.add_extra_param("scope", joined(self.server, &asked));
        }
        self.read(request.request_async(&carrier).await)
    }

    /// Asks for tokens with another grant than the `oauth2` crate writes (RFC 6749 §4.5). `secrets` are those among the
    /// parameters that must not come back into sight.
    pub(crate) async fn grant(
        &self,
        grant_type: &str,
        parameters: &[(&str, &str)],
        secrets: [&str; 2],
        asked: &ScopeSet,
    ) -> Result<Answer, Fault> {
        let address = self.server.reach().check(&self.server.endpoints.token)?;
        self.grant_at(&address, grant_type, parameters, secrets, asked).await
    }

    async fn grant_at(
        &self,
        address: &Url,
        grant_type: &str,
        parameters: &[(&str, &str)],
        secrets: [&str; 2],
        asked: &ScopeSet,
    ) -> Result<Answer, Fault> {
        let resources = self.server.provider.resources.iter().map(|resource| ("resource", resource.as_str()));
        let form =
            [("grant_type", grant_type)].into_iter().chain(parameters.iter().copied()).chain(resources);
        let request = self.form_request(address, form)?;
        let proof = self.proof()?;
        let carrier = self.carrier(&proof, secrets, asked);
        let response = carrier.tokens(request).await?;
        self.read(serde_json::from_slice(response.body()).map_err(|_| {
            RequestTokenError::Request(Fault::Untrusted("its answer cannot be read".to_owned()))
        }))
    }

    /// A form with our credential, as the server wants it (RFC 6749 §2.3.1; one method per request, UC-14).
    pub(crate) fn form_request<'a>(
        &self,
        address: &Url,
        form: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<HttpRequest, Fault> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let mut request = http::Request::post(address.as_str())
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let id = self.credential.client_id.as_str();
        match self.proof()? {
            Proof::Secret(secret) if matches!(self.auth_type(), AuthType::BasicAuth) => {
                request = request.header(header::AUTHORIZATION, basic(id, &secret)?);
            }
            Proof::Secret(secret) => {
                body.append_pair("client_id", id).append_pair("client_secret", &secret);
            }
            proof if !id.is_empty() => {
                body.append_pair("client_id", id).extend_pairs(proof.parameters());
            }
            Proof::Nothing | Proof::Assertion(_) => {}
        }
        let odd = |_| Fault::Forbidden("the address cannot be called".to_owned());
        request.body(body.finish().into_bytes()).map_err(odd)
    }

    /// Revokes a token (RFC 7009 §2.1); 200 is done, whatever the token was (§2.2).
    pub(crate) async fn revoke(&self, endpoint: &str, token: Revoked<'_>) -> Result<(), Fault> {
        let url = self.server.reach().check(endpoint)?;
        let nothing = ScopeSet::default();
        let proof = self.proof()?;
        let carrier = self.carrier(&proof, [token.secret(), ""], &nothing);
        let carrier = Carrier { revocation: Some(&url), more: proof.parameters(), ..carrier };
        let client = self.client(&proof)?.set_revocation_url(RevocationUrl::from_url(as_https(&url)));
        let request = client
            .revoke_token(token.standard())
            .map_err(|_| Fault::Forbidden("no https address".to_owned()))?;
        request.request_async(&carrier).await.map_err(fault)
    }

    fn client(&self, proof: &Proof<'_>) -> Result<Client<EndpointNotSet, EndpointSet>, Fault> {
        let url = self.server.reach().check(&self.server.endpoints.token)?;
        let client = Client::new(ClientId::new(self.credential.client_id.clone()))
            .set_auth_type(self.auth_type())
            .set_token_uri(TokenUrl::from_url(url));
        Ok(match proof.secret() {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.to_owned())),
            None if self.authentication() == Some(ClientAuthentication::BasicAlways) => {
                client.set_client_secret(ClientSecret::new(String::new()))
            }
            None => client,
        })
    }

    fn authentication(&self) -> Option<ClientAuthentication> {
        self.server.provider.client.authentication
    }

    /// Basic unless the metadata offers only the body (RFC 6749 §2.3.1; one method per request, UC-14).
    fn auth_type(&self) -> AuthType {
        match self.authentication() {
            Some(ClientAuthentication::Basic | ClientAuthentication::BasicAlways) => {
                return AuthType::BasicAuth;
            }
            Some(ClientAuthentication::Post | ClientAuthentication::PrivateKeyJwt) => {
                return AuthType::RequestBody;
            }
            None => {}
        }
        let offered = &self.server.endpoints.token_auth_methods;
        let has = |method: &str| offered.iter().any(|m| m == method);
        if has("client_secret_post") && !has("client_secret_basic") {
            AuthType::RequestBody
        } else {
            AuthType::BasicAuth
        }
    }

    /// Whether the client proves itself in a header, so that its id must be named in the form besides.
    pub(crate) fn proves_in_header(&self) -> bool {
        let by_secret = self.proof().is_ok_and(|proof| proof.secret().is_some());
        by_secret && matches!(self.auth_type(), AuthType::BasicAuth)
    }

    /// What goes into a request besides what the `oauth2` crate writes: what access is for (RFC 8707 §2.2), and who asks.
    fn more(&self, proof: &Proof<'_>) -> Vec<(String, String)> {
        let resources = self.server.provider.resources.iter();
        let resources = resources.map(|resource| ("resource".to_owned(), resource.clone()));
        resources.chain(proof.parameters()).collect()
    }

    fn carrier<'a>(&'a self, proof: &'a Proof<'_>, sent: [&'a str; 2], asked: &'a ScopeSet) -> Carrier<'a> {
        let secrets = sent.into_iter().chain(proof.sent()).collect();
        Carrier { endpoint: self, asked, secrets, more: Vec::new(), revocation: None }
    }

    fn read(&self, carried: Carried) -> Result<Answer, Fault> {
        let mut answer = read(carried)?;
        // An answer without a key would have been refused.
        answer.tokens.proof_key.clone_from(&self.credential.proof_key);
        Ok(answer)
    }
}

/// Members of the token answer beside the RFC's own. Never printed: the ID token is among them.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Members {
    id_token: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl ExtraTokenFields for Members {}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Members(…)")
    }
}

/// Scopes as this server wants them on the wire, without those that it does not know.
pub(crate) fn joined(server: &Server, scopes: &ScopeSet) -> String {
    let provider = &server.provider;
    let known = scopes.iter().filter(|scope| !provider.is_derived(scope));
    known.map(Scope::as_str).collect::<Vec<_>>().join(&provider.scope_delimiter)
}

/// The `oauth2` crate insists on https for revocation. Whether plain http will do (loopback of a private provider)
/// is decided in one place, `Reach`, and the true address is put back when the request is carried.
fn as_https(url: &Url) -> Url {
    let text = url.as_str();
    let https = text.strip_prefix("http:").map(|rest| format!("https:{rest}"));
    https.and_then(|text| Url::parse(&text).ok()).unwrap_or_else(|| url.clone())
}

type Carried =
    Result<StandardTokenResponse<Members, BasicTokenType>, RequestTokenError<Fault, BasicErrorResponse>>;

fn read(carried: Carried) -> Result<Answer, Fault> {
    let answer = carried.map_err(fault)?;
    let seconds = answer.expires_in().map(|life| u32::try_from(life.as_secs()).unwrap_or(u32::MAX));
    let scopes = answer.scopes().map(|scopes| scopes.iter().filter_map(|s| Scope::parse(s)).collect());
    let tokens = UpstreamTokens {
        access_token: Secret::new(answer.access_token().secret().clone()),
        expires_in: seconds,
        refresh_token: answer.refresh_token().map(|token| Secret::new(token.secret().clone())),
        scopes,
        proof_key: None,
    };
    let Members { id_token, rest } = answer.extra_fields().clone();
    Ok(Answer { tokens, id_token: id_token.map(Secret::new), members: rest })
}

/// Only our own faults can occur: what is carried back was made canonical before.
fn fault<T: oauth2::ErrorResponse>(error: RequestTokenError<Fault, T>) -> Fault {
    match error {
        RequestTokenError::Request(fault) => fault,
        _ => Fault::Untrusted("its answer cannot be read".to_owned()),
    }
}
