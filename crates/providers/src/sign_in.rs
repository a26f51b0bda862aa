//! Signs a person in: authorization code with PKCE, through the system browser and back to a loopback address
//! (RFC 6749 §4.1, RFC 7636, RFC 8252).

use std::{sync::Arc, time::Duration};

use broker::{
    ByHand, ClientCredential, ScopeSet, Secret, SignInPlan, SignInUnderWay, SignedIn, UpstreamError,
    UpstreamTokens, messages::sign_in as messages, provider::SignInWay, secret_text,
};
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier};
use url::Url;

use crate::{
    arrival::Arrival,
    callback::Callback,
    callback_answer::Expected,
    dpop,
    fault::Fault,
    identity::{self, Asked},
    pushed,
    redirect::{self, WayBack},
    registration,
    server::Server,
    token_endpoint::{Client, Redemption, TokenEndpoint, joined},
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
    redirect_uri: Option<String>,
}

/// Opens the way back, registers if need be, and builds the authorization request.
pub(crate) async fn begin(inner: Arc<Inner>, plan: SignInPlan) -> Result<SignInUnderWay, UpstreamError> {
    let server = inner.server(&plan.provider).await?;
    let way_back = redirect::way_back(&plan.provider, plan.came_back_to.as_ref())?;
    check_shown(&server, way_back.by_hand)?;
    let (credential, registered) = match plan.client {
        Some(credential) => (credential, None),
        None => register(&inner, &server, &way_back, &plan.scopes).await?,
    };
    let proof_key = dpop::fresh_key(&server).map_err(|fault| fault.of_entered(server.name()))?;
    let credential = ClientCredential { proof_key, ..credential };
    let WayBack { listeners, address, parameter, by_hand } = way_back;
    let attempt = Attempt::new(inner, server, credential, &plan.scopes, parameter);
    attempt.endpoint().check_proof().map_err(|fault| fault.of_entered(attempt.server.name()))?;
    let authorize_url = attempt.pushed(attempt.authorize_url(plan.login_hint.as_deref())?).await?;
    let expected = Expected { server: attempt.server.clone(), state: attempt.state.clone() };
    let (arrival, answer) = Arrival::new(address.clone(), expected);
    let admits = Arc::clone(&attempt.inner.admits);
    let callback = Callback::open(listeners, admits, Arc::clone(&arrival)).map_err(|error| {
        UpstreamError::Ended(messages::COULD_NOT_COME_BACK.with([("why", &error.to_string())]))
    })?;
    let wait = Duration::from_secs(plan.wait_seconds.into());
    let outcome = Box::pin(async move {
        let code = tokio::time::timeout(wait, callback.wait(answer)).await;
        attempt.finish(code.map_err(|_| too_late(wait))??).await
    });
    let arrival: Option<Arc<dyn broker::Arrival>> = Some(arrival);
    Ok(SignInUnderWay { authorize_url, redirect_uri: address, by_hand, arrival, registered, outcome })
}

/// A code alone names neither a sign-in nor a server: only PKCE or an ID token's nonce shows that it is ours.
fn check_shown(server: &Server, by_hand: Option<ByHand>) -> Result<(), UpstreamError> {
    if by_hand != Some(ByHand::Code) || server.openid || server.endpoints.pkce_s256 {
        return Ok(());
    }
    Err(UpstreamError::Unusable(messages::TIED_TO_NOTHING.with([("provider", &server.name())])))
}

type Registered = (ClientCredential, Option<broker::RegisteredClient>);

async fn register(
    inner: &Inner,
    server: &Server,
    way_back: &WayBack,
    asked: &ScopeSet,
) -> Result<Registered, UpstreamError> {
    if server.endpoints.registration.is_none() {
        return Err(UpstreamError::Unusable(messages::OWN_CLIENT.with([("provider", &server.name())])));
    }
    let way = SignInWay::Code;
    let client = registration::register(&inner.web, server, way, Some(way_back), asked).await;
    let client = client.map_err(|fault| fault.by(server.name()))?;
    Ok((client.credential.clone(), Some(client)))
}

fn too_late(wait: Duration) -> UpstreamError {
    let span = broker::spanned(i64::try_from(wait.as_secs()).unwrap_or(i64::MAX));
    UpstreamError::Ended(messages::NOBODY_CAME_BACK.with([("span", &span)]))
}

impl Attempt {
    fn new(
        inner: Arc<Inner>,
        server: Server,
        credential: ClientCredential,
        scopes: &ScopeSet,
        redirect_uri: Option<String>,
    ) -> Self {
        let own = identity::identifying(&server).without(scopes);
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
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if let Some(address) = &self.redirect_uri {
            request = request.add_extra_param("redirect_uri", address.clone());
        }
        for (name, value) in self.parameters(login_hint) {
            request = request.add_extra_param(name, value);
        }
        Ok(request.url().0)
    }

    async fn pushed(&self, authorize_url: Url) -> Result<Url, UpstreamError> {
        let pushed = pushed::pushed(&self.endpoint(), authorize_url).await;
        pushed.map_err(|fault| fault.by(self.server.name()))
    }

    fn endpoint(&self) -> TokenEndpoint<'_> {
        TokenEndpoint { inner: &self.inner, server: &self.server, credential: &self.credential }
    }

    fn parameters(&self, login_hint: Option<&str>) -> Vec<(String, String)> {
        let provider = &self.server.provider;
        let mut parameters = provider.authorize_parameters.clone();
        parameters.extend(provider.offline.parameters.clone());
        let scopes = joined(&self.server, &self.asked);
        if !scopes.is_empty() {
            parameters.insert(provider.scope_parameter.clone().unwrap_or_else(|| "scope".to_owned()), scopes);
        }
        if self.server.openid {
            parameters.insert("nonce".to_owned(), self.nonce.expose().clone());
            parameters.extend(login_hint.map(|hint| ("login_hint".to_owned(), hint.to_owned())));
        }
        // The code, too, is good for the holder of the key alone (RFC 9449 §10).
        let thumbprint = self.credential.proof_key.as_ref().and_then(dpop::thumbprint);
        parameters.extend(thumbprint.map(|thumbprint| ("dpop_jkt".to_owned(), thumbprint)));
        let offline = self.asked.iter().any(|scope| scope.as_str() == "offline_access");
        if self.server.openid && offline {
            // Without it the request for offline access is ignored (OIDC Core §11; UC-28).
            parameters.entry("prompt".to_owned()).or_insert_with(|| "consent".to_owned());
        }
        // Several may be asked for, each by a parameter of its own (RFC 8707 §2; UC-31).
        let resources = provider.resources.iter().map(|resource| ("resource".to_owned(), resource.clone()));
        parameters.into_iter().chain(resources).collect()
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
        let endpoint = self.endpoint();
        let mut answer = endpoint.redeem(redemption).await?;
        if let Some(grant) = &self.server.provider.token.lengthen {
            let longer = endpoint.lengthen(grant, &answer.tokens.access_token).await?.tokens;
            answer.tokens = UpstreamTokens { scopes: answer.tokens.scopes, ..longer };
        }
        let asked = Asked { scopes: &self.asked, own: &self.own, nonce: Some(self.nonce.expose()) };
        identity::signed_in(&self.inner, &self.server, &self.credential, answer, &asked).await
    }
}
