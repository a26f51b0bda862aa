//! Signs a person in: authorization code with PKCE, through the system browser and back to a loopback address
//! (RFC 6749 §4.1, RFC 7636, RFC 8252).

use std::{borrow::Cow, sync::Arc, time::Duration};

use broker::{
    ClientCredential, Scope, ScopeSet, Secret, SignInPlan, SignInUnderWay, SignedIn, UpstreamError,
    secret_text,
};
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl};
use url::Url;

use crate::{
    callback::Callback,
    callback_answer::Expected,
    fault::Fault,
    id_token::{self, BadSignature, Claims},
    lasting,
    profile::{Known, profile},
    redirect, registration,
    server::Server,
    token_endpoint::{Answer, Client, Redemption, TokenEndpoint, joined},
    upstreams::Inner,
};

/// All that one attempt must remember; every value is new for each (UC-03).
struct Attempt {
    inner: Arc<Inner>,
    server: Server,
    credential: ClientCredential,
    asked: ScopeSet,
    /// Asked for by us, to know who signed in, and by no one else.
    own: ScopeSet,
    state: Secret<String>,
    nonce: Secret<String>,
    verifier: Secret<String>,
    redirect_uri: Url,
}

/// Binds the callback, registers if need be, and builds the authorization request.
pub(crate) async fn begin(inner: Arc<Inner>, plan: SignInPlan) -> Result<SignInUnderWay, UpstreamError> {
    let server = inner.server(&plan.provider).await?;
    let bound = redirect::bind(&plan.provider, &|address| std::net::TcpListener::bind(address))?;
    let (credential, registered) = match plan.client {
        Some(credential) => (credential, None),
        None => register(&inner, &server, &bound.redirect_uri, &plan.scopes).await?,
    };
    let attempt = Attempt::new(inner, server, credential, &plan.scopes, bound.redirect_uri.clone());
    let authorize_url = attempt.authorize_url(plan.login_hint.as_deref())?;
    let expected = Expected { server: attempt.server.clone(), state: attempt.state.clone() };
    let (callback, answer) =
        Callback::open(bound.listeners, bound.redirect_uri.clone(), expected).map_err(|error| {
            UpstreamError::Ended(format!("The browser could not come back ({error}). Try again."))
        })?;
    let wait = Duration::from_secs(plan.wait_seconds.into());
    let outcome = Box::pin(async move {
        let code = tokio::time::timeout(wait, callback.wait(answer)).await;
        attempt.finish(code.map_err(|_| too_late(wait))??).await
    });
    Ok(SignInUnderWay { authorize_url, redirect_uri: bound.redirect_uri, registered, outcome })
}

type Registered = (ClientCredential, Option<broker::RegisteredClient>);

async fn register(
    inner: &Inner,
    server: &Server,
    redirect_uri: &Url,
    asked: &ScopeSet,
) -> Result<Registered, UpstreamError> {
    if server.endpoints.registration.is_none() {
        return Err(UpstreamError::Unusable(format!(
            "{} needs a client id of your own. Follow its guide, then sign in again.",
            server.name()
        )));
    }
    let client = registration::register(&inner.web, server, redirect_uri, asked).await;
    let client = client.map_err(|fault| fault.by(server.name()))?;
    Ok((client.credential.clone(), Some(client)))
}

fn too_late(wait: Duration) -> UpstreamError {
    let minutes = wait.as_secs().div_ceil(60);
    let time = if minutes == 1 { "a minute".to_owned() } else { format!("{minutes} minutes") };
    UpstreamError::Ended(format!("Nobody came back from the browser within {time}. Start the sign-in again."))
}

impl Attempt {
    fn new(
        inner: Arc<Inner>,
        server: Server,
        credential: ClientCredential,
        scopes: &ScopeSet,
        redirect_uri: Url,
    ) -> Self {
        let own = identifying(&server).without(scopes);
        let asked = scopes.union(&own);
        let fresh = || secret_text(inner.entropy.as_ref());
        let (state, nonce, verifier) = (fresh(), fresh(), fresh());
        Self { inner, server, credential, asked, own, state, nonce, verifier, redirect_uri }
    }

    /// RFC 6749 §4.1.1, RFC 7636 §4.3. The verifier is not in it.
    fn authorize_url(&self, login_hint: Option<&str>) -> Result<Url, UpstreamError> {
        let endpoint = self.server.reach().check(&self.server.endpoints.authorization);
        let endpoint = endpoint.map_err(|fault| fault.by(self.server.name()))?;
        // Exposed to be hashed and to be sent through the browser.
        let verifier = PkceCodeVerifier::new(self.verifier.expose().clone());
        let state = CsrfToken::new(self.state.expose().clone());
        let client: Client = Client::new(ClientId::new(self.credential.client_id.clone()));
        let client = client.set_auth_uri(AuthUrl::from_url(endpoint));
        let mut request = client
            .authorize_url(|| state)
            .set_redirect_uri(Cow::Owned(RedirectUrl::from_url(self.redirect_uri.clone())))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        for (name, value) in self.parameters(login_hint) {
            request = request.add_extra_param(name, value);
        }
        Ok(request.url().0)
    }

    fn parameters(&self, login_hint: Option<&str>) -> Vec<(String, String)> {
        let mut parameters = self.server.provider.authorize_parameters.clone();
        if !self.asked.is_empty() {
            parameters.insert("scope".to_owned(), joined(&self.server, &self.asked));
        }
        if self.server.openid {
            parameters.insert("nonce".to_owned(), self.nonce.expose().clone());
            parameters.extend(login_hint.map(|hint| ("login_hint".to_owned(), hint.to_owned())));
        }
        let offline = self.asked.iter().any(|scope| scope.as_str() == "offline_access");
        if self.server.openid && offline {
            // Without it the request for offline access is ignored (OIDC Core §11; UC-28).
            parameters.entry("prompt".to_owned()).or_insert_with(|| "consent".to_owned());
        }
        parameters.into_iter().collect()
    }

    /// Exchanges the code and finds out who signed in.
    async fn finish(self, code: Secret<String>) -> Result<SignedIn, UpstreamError> {
        self.signed_in(code).await.map_err(|fault| fault.by(self.server.name()))
    }

    async fn signed_in(&self, code: Secret<String>) -> Result<SignedIn, Fault> {
        let redemption = Redemption {
            code,
            verifier: self.verifier.clone(),
            redirect_uri: self.redirect_uri.clone(),
            asked: self.asked.clone(),
        };
        let web = &self.inner.web;
        let endpoint = TokenEndpoint { web, server: &self.server, credential: &self.credential };
        let Answer { mut tokens, id_token, members } = endpoint.redeem(redemption).await?;
        let claims = match (self.server.openid, id_token) {
            (true, Some(token)) => Some(self.verified(&token).await?),
            (true, None) => return Err(Fault::Untrusted("it sent no ID token".to_owned())),
            (false, _) => None,
        };
        tokens.scopes =
            tokens.scopes.map(|said| self.granted(&said, claims.is_some(), tokens.refresh_token.is_some()));
        let known = Known { claims, members: &members, tokens: &tokens };
        let account = profile(web, &self.server, known).await?;
        lasting::keep(&self.server, &mut tokens);
        Ok(SignedIn { subject: account.subject, name: account.name, tokens })
    }

    /// What was granted to whom it was asked for. Some servers leave out the scopes that show in the answer itself.
    fn granted(&self, said: &ScopeSet, openid: bool, offline: bool) -> ScopeSet {
        let shown = |scope: &&Scope| match scope.as_str() {
            "openid" => openid,
            "offline_access" => offline,
            _ => false,
        };
        let shown: ScopeSet = self.asked.iter().filter(shown).cloned().collect();
        said.union(&shown).without(&self.own)
    }

    async fn verified(&self, token: &Secret<String>) -> Result<Claims, Fault> {
        // Exposed to be checked.
        let claims = self.signed_claims(token.expose()).await?;
        let expected = id_token::Expected {
            server: &self.server,
            client_id: &self.credential.client_id,
            nonce: self.nonce.expose(),
            now: self.inner.clock.now(),
        };
        id_token::check(&claims, &expected).map_err(untrusted)?;
        Ok(claims)
    }

    /// With the keys at hand; if none fits, with the keys as they are now.
    async fn signed_claims(&self, token: &str) -> Result<Claims, Fault> {
        for unknown in [false, true] {
            match id_token::verified(token, &self.keys(unknown).await?) {
                Ok(claims) => return Ok(claims),
                Err(BadSignature::Wrong(why)) => return Err(untrusted(why)),
                Err(BadSignature::UnknownKey) => {}
            }
        }
        Err(untrusted("its ID token is signed with a key that it does not publish"))
    }

    async fn keys(&self, unknown: bool) -> Result<Arc<Vec<jsonwebtoken::jwk::Jwk>>, Fault> {
        let address = self.server.endpoints.jwks.as_deref();
        let address = address.ok_or_else(|| untrusted("it publishes no keys to check its ID token with"))?;
        let (inner, now) = (&self.inner, self.inner.clock.now());
        inner.keys.keys(&inner.web, self.server.reach(), address, now, unknown).await
    }
}

/// What an ID token needs to tell the account (OIDC Core §3.1.2.1, §5.4).
fn identifying(server: &Server) -> ScopeSet {
    let by_subject = server.provider.account.id == ["sub"];
    let words = if by_subject { &["openid"][..] } else { &["openid", "profile"][..] };
    words.iter().filter(|_| server.openid).filter_map(|word| Scope::parse(word)).collect()
}

fn untrusted(why: &str) -> Fault {
    Fault::Untrusted(why.to_owned())
}
