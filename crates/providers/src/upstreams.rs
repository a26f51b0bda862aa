//! The adapter itself: one value that speaks to every provider.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use broker::{
    ClientCredential, Clock, CompanyPlan, DeviceUnderWay, Entropy, ProofOf, Provider, ScopeSet, Secret,
    SignInPlan, SignInUnderWay, SignedIn, Upstream, UpstreamError, UpstreamTokens, messages,
    provider::RevocationWay,
};
use url::Url;

use crate::{
    address::Reach,
    callback::Admits,
    catalogue, company, device,
    discovery::Discovery,
    dpop::{self, Nonces, Said},
    entry_file, examination,
    keys::KeySets,
    lasting,
    names::{Names, SystemNames},
    server::Server,
    sign_in,
    signing_key::{self, SigningKey},
    token_endpoint::{Revoked, TokenEndpoint},
    web::{Patience, Web},
};

/// Speaks to authorization servers. Cheap to clone.
#[derive(Clone)]
pub struct Upstreams {
    inner: Arc<Inner>,
}

/// What calls and sign-ins under way share.
pub(crate) struct Inner {
    pub(crate) web: Web,
    pub(crate) discovery: Discovery,
    pub(crate) keys: KeySets,
    pub(crate) nonces: Nonces,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) admits: Arc<Admits>,
}

/// Builds [`Upstreams`] with other time-outs or another resolver than the usual.
pub struct Builder {
    entropy: Arc<dyn Entropy>,
    clock: Arc<dyn Clock>,
    names: Arc<dyn Names>,
    patience: Patience,
    admits: Arc<Admits>,
}

impl Upstreams {
    /// With the system's resolver, ten seconds for a connection and thirty for a call.
    pub fn new(entropy: Arc<dyn Entropy>, clock: Arc<dyn Clock>) -> Self {
        Self::builder(entropy, clock).build()
    }

    /// Where more is to be chosen.
    pub fn builder(entropy: Arc<dyn Entropy>, clock: Arc<dyn Clock>) -> Builder {
        let patience = Patience { connect: Duration::from_secs(10), total: Duration::from_secs(30) };
        let admits = Arc::new(|_, _| true);
        Builder { entropy, clock, names: Arc::new(SystemNames), patience, admits }
    }
}

impl Upstreams {
    pub(crate) fn web(&self) -> &Web {
        &self.inner.web
    }
}

impl Builder {
    /// How long a connection may take to stand.
    #[must_use]
    pub fn connect_timeout(mut self, connect: Duration) -> Self {
        self.patience.connect = connect;
        self
    }

    /// How long a call may take until its last byte.
    #[must_use]
    pub fn total_timeout(mut self, total: Duration) -> Self {
        self.patience.total = total;
        self
    }

    /// Who resolves names.
    #[must_use]
    pub fn names(mut self, names: Arc<dyn Names>) -> Self {
        self.names = names;
        self
    }

    /// Whose connections may come back from the browser; without this, everybody's on this machine. Called on an async
    /// thread: it must not take long.
    #[must_use]
    pub fn admitting(mut self, admits: Arc<Admits>) -> Self {
        self.admits = admits;
        self
    }

    /// The adapter.
    #[must_use]
    pub fn build(self) -> Upstreams {
        let web = Web::new(self.names, self.patience, Arc::clone(&self.clock));
        let (discovery, keys, nonces) = (Discovery::default(), KeySets::default(), Nonces::default());
        let (entropy, clock, admits) = (self.entropy, self.clock, self.admits);
        Upstreams { inner: Arc::new(Inner { web, discovery, keys, nonces, entropy, clock, admits }) }
    }
}

impl Inner {
    /// The provider with its endpoints, discovered where the catalogue leaves them open.
    pub(crate) async fn server(&self, provider: &Provider) -> Result<Server, UpstreamError> {
        if let Some(endpoints) = provider.endpoints.clone() {
            return Ok(Server { openid: provider.openid, endpoints, provider: provider.clone() });
        }
        let issuer = provider.issuer.as_deref().filter(|_| !provider.issuer_is_template);
        let issuer = issuer.ok_or_else(|| incomplete(provider))?;
        let reach = Reach::of(provider.private);
        let found = self.discovery.metadata(&self.web, reach, issuer, self.clock.now()).await;
        let found = found.map_err(|fault| fault.by(&provider.name))?;
        let openid = provider.openid || found.openid;
        Ok(Server { openid, endpoints: found.endpoints, provider: provider.clone() })
    }
}

fn incomplete(provider: &Provider) -> UpstreamError {
    UpstreamError::Unusable(messages::sign_in::INCOMPLETE.with([("provider", &provider.name)]))
}

#[async_trait]
impl Upstream for Upstreams {
    fn catalogue(&self) -> Vec<Provider> {
        catalogue::shipped()
    }

    fn read_entry(&self, text: &str) -> Result<Provider, UpstreamError> {
        entry_file::read(text)
            .map_err(|why| UpstreamError::Unusable(messages::sign_in::BAD_ENTRY.with([("why", &why)])))
    }

    fn form(&self, id: &broker::ProviderId) -> Option<Provider> {
        catalogue::form(id)
    }

    fn make_key(&self) -> Result<Secret<String>, UpstreamError> {
        SigningKey::generate()
            .map_err(|why| UpstreamError::Unusable(messages::sign_in::NO_KEY_MADE.with([("why", &why)])))
    }

    fn public_key(&self, key: &Secret<String>) -> Option<String> {
        // Exposed to be read; only its public half is told.
        let key = key.expose();
        let public = signing_key::is_key(key).then(|| SigningKey::read(key).ok()?.public_jwk())??;
        Some(public.to_string())
    }

    fn proof(&self, key: &Secret<String>, of: ProofOf<'_>) -> Result<String, UpstreamError> {
        // Exposed to sign with the key, and to name the token by its hash.
        let (key, token) = (SigningKey::read(key.expose()), of.token.expose());
        let nonce = self.inner.nonces.of(of.address);
        let (method, address) = (of.method, of.address);
        let said = Said { method, address, token: Some(token), nonce: nonce.as_deref() };
        let (clock, entropy) = (self.inner.clock.as_ref(), self.inner.entropy.as_ref());
        let proof = key.and_then(|key| dpop::proof(&key, &said, clock, entropy));
        proof.map_err(|why| UpstreamError::Unusable(messages::sign_in::BAD_TOKEN.with([("why", &why)])))
    }

    fn note_nonce(&self, address: &Url, nonce: &str) {
        self.inner.nonces.note(address, nonce);
    }

    async fn examine(&self, provider: Provider) -> Result<Provider, UpstreamError> {
        examination::examine(&self.inner.web, provider).await
    }

    async fn begin_sign_in(&self, plan: SignInPlan) -> Result<SignInUnderWay, UpstreamError> {
        sign_in::begin(Arc::clone(&self.inner), plan).await
    }

    async fn begin_device_sign_in(&self, plan: SignInPlan) -> Result<DeviceUnderWay, UpstreamError> {
        device::begin(Arc::clone(&self.inner), plan).await
    }

    async fn sign_in_company(&self, plan: CompanyPlan) -> Result<SignedIn, UpstreamError> {
        let server = self.inner.server(&plan.provider).await?;
        let signed_in = company::sign_in(&self.inner, &server, plan).await;
        signed_in.map_err(|fault| fault.of_entered(server.name()))
    }

    fn clock_skew(&self) -> Option<i64> {
        self.inner.web.clock_skew()
    }

    async fn refresh(
        &self,
        provider: &Provider,
        client: &ClientCredential,
        refresh_token: &Secret<String>,
        narrower: Option<&ScopeSet>,
    ) -> Result<UpstreamTokens, UpstreamError> {
        let (server, web) = (self.inner.server(provider).await?, &self.inner.web);
        if let Some(token) = lasting::kept(refresh_token) {
            let same = lasting::refresh(web, &server, &client.client_id, token, narrower).await;
            return same.map_err(|fault| fault.by(&provider.name));
        }
        if let Some(tokens) = company::refresh(&self.inner, &server, refresh_token, narrower).await {
            return tokens.map_err(|fault| fault.by(&provider.name));
        }
        let endpoint = TokenEndpoint { inner: &self.inner, server: &server, credential: client };
        let answer = endpoint.refresh(refresh_token, narrower).await;
        answer.map(|answer| answer.tokens).map_err(|fault| fault.by(&provider.name))
    }

    async fn exchange(
        &self,
        provider: &Provider,
        client: &ClientCredential,
        access_token: &Secret<String>,
        narrower: &ScopeSet,
    ) -> Result<UpstreamTokens, UpstreamError> {
        let server = self.inner.server(provider).await?;
        let endpoint = TokenEndpoint { inner: &self.inner, server: &server, credential: client };
        endpoint.exchange(access_token, narrower).await.map_err(|fault| fault.by(&provider.name))
    }

    async fn revoke(
        &self,
        provider: &Provider,
        client: &ClientCredential,
        refresh_token: &Secret<String>,
    ) -> Result<bool, UpstreamError> {
        if company::is_kept(refresh_token) {
            return Ok(false);
        }
        let server = self.inner.server(provider).await?;
        let endpoint = TokenEndpoint { inner: &self.inner, server: &server, credential: client };
        if provider.revocation.way == RevocationWay::Own {
            let ended = endpoint.end_own(&provider.revocation, refresh_token).await;
            return ended.map(|()| true).map_err(|fault| fault.by(&provider.name));
        }
        let Some(address) = server.endpoints.revocation.as_deref() else { return Ok(false) };
        let revoked = match lasting::kept(refresh_token) {
            Some(token) => endpoint.revoke(address, Revoked::Access(&token)).await,
            None => endpoint.revoke(address, Revoked::Refresh(refresh_token)).await,
        };
        revoked.map(|()| true).map_err(|fault| fault.by(&provider.name))
    }

    async fn revoke_access(
        &self,
        provider: &Provider,
        client: &ClientCredential,
        access_token: &Secret<String>,
    ) -> Result<bool, UpstreamError> {
        let server = self.inner.server(provider).await?;
        let endpoint = TokenEndpoint { inner: &self.inner, server: &server, credential: client };
        let revoked = match (provider.revocation.way, server.endpoints.revocation.as_deref()) {
            (RevocationWay::Own, _) => endpoint.revoke_own(&provider.revocation, access_token).await,
            (_, Some(address)) => endpoint.revoke(address, Revoked::Access(access_token)).await,
            (_, None) => return Ok(false),
        };
        revoked.map(|()| true).map_err(|fault| fault.by(&provider.name))
    }
}
