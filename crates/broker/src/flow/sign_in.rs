//! `SignIn`: a sign-in under way, `Pending → CodeReceived → Completed / Failed / Expired`.

mod account;
mod by_hand;
mod checks;
mod client;
mod held;
mod notes;
mod separate;

use std::sync::Arc;

use futures_util::future::{BoxFuture, Either, select};
use tokio::sync::{oneshot, watch};
use url::Url;

use self::{
    checks::{check_unmoved, check_way},
    client::{entered, needs_no_client},
    notes::notes_on,
    separate::{dead_ones, replaced},
};
pub use self::{
    client::{is_registered_elsewhere, issuer_of},
    held::{HeldSignIn, held, parts},
};
use crate::{
    Account, AccountId, Arrival, AuditKind, Broker, ByHand, Change, ClientCredential, ClientRegistration,
    CompanyPlan, DeviceCode, DeviceUnderWay, Error, GrantId, GrantState, Presence, Provider, ScopeSet,
    Secret, Sentence, SignInId, SignInPlan, SignInUnderWay, SignedIn, Timestamp, Upkeep, UpstreamError,
    UpstreamGrant,
    broker::About,
    flow::renewal::{kept_access, sealed_access},
    messages::{refusals, sign_in, trail},
    provider::SignInWay,
    text::cleaned,
};

/// What the person wants to sign in to.
#[derive(Clone, Debug)]
pub struct SignInWish {
    /// Where.
    pub provider: String,
    /// The person's own name for the account.
    pub label: Option<String>,
    /// An own client id, which replaces the stored one.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<Secret<String>>,
    /// Scopes; empty: the provider's preset.
    pub scopes: ScopeSet,
    /// Whether to open the system browser.
    pub open_browser: bool,
    /// How to sign in.
    pub way: SignInWay,
    /// The content of a company's key file, where the way needs one.
    pub key: Option<Secret<String>>,
}

/// A sign-in that has begun.
#[derive(Clone, Debug)]
pub struct SignInBegun {
    /// Its id.
    pub id: SignInId,
    /// What the browser opens, if it is to open anything.
    pub authorize_url: Option<Url>,
    /// Where it comes back to, if it does.
    pub redirect_uri: Option<Url>,
    /// What is shown for a sign-in by device code.
    pub device: Option<DeviceCode>,
    /// What the person must bring from the browser, if it does not come back by itself.
    pub by_hand: Option<ByHand>,
    /// When it is given up.
    pub expires_at: Timestamp,
    /// Whether the system browser was opened.
    pub browser_opened: bool,
}

/// How a sign-in is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInState {
    /// The browser has not come back yet, or the code is being exchanged.
    Pending,
    /// The account is there.
    Completed {
        /// Which.
        account: AccountId,
        /// What the person should know.
        notes: Vec<Sentence>,
    },
    /// It ended without an account.
    Failed(Error),
}

/// A sign-in as the broker keeps it: in memory only.
pub struct SignIn {
    state: watch::Receiver<SignInState>,
    cancel: Option<oneshot::Sender<()>>,
    arrival: Option<Arc<dyn Arrival>>,
    expires_at: Timestamp,
}

/// An ended sign-in can be asked about for so long.
const KEPT_SECONDS: i64 = 600;
/// So many sign-ins may be under way.
const MAX_UNDER_WAY: usize = 16;

struct Errand {
    provider: Arc<Provider>,
    client: Option<ClientRegistration>,
    secret: Option<Secret<String>>,
    scopes: ScopeSet,
    label: Option<String>,
    way: SignInWay,
    /// A company's key, on its way to the provider's adapter.
    key: Option<Secret<String>>,
    /// The account that is signed in again.
    renews: Option<Account>,
    /// A second time, beside its own sign-in.
    separate: bool,
}

/// What the background waits for.
struct UnderWay {
    registered: Option<crate::RegisteredClient>,
    arrival: Option<Arc<dyn Arrival>>,
    outcome: BoxFuture<'static, Result<SignedIn, UpstreamError>>,
}

impl Broker {
    /// Begins a sign-in: in the system browser, by device code, or as a company.
    pub async fn begin_sign_in(&self, wish: SignInWish, _presence: &Presence) -> Result<SignInBegun, Error> {
        let provider = self.provider(&wish.provider)?.provider;
        self.check_provider(&provider)?;
        if provider.is_form() {
            return Err(Error::InvalidRequest(
                format!(
                    "{} is a form to fill in. Add the provider first: `keylodge provider add`.",
                    provider.name
                )
                .into(),
            ));
        }
        check_way(&provider, wish.way)?;
        let (client, secret) = if needs_no_client(wish.way) {
            entered(&provider, self.now(), wish.client_id, wish.client_secret)
        } else {
            self.client_for(&provider, wish.client_id, wish.client_secret).await?
        };
        let scopes = provider.askable(&if wish.scopes.is_empty() { provider.preset() } else { wish.scopes });
        let label = wish.label.map(|label| cleaned(&label, 80)).filter(|label| !label.is_empty());
        let (way, key) = (wish.way, wish.key);
        let errand =
            Errand { provider, client, secret, scopes, label, way, key, renews: None, separate: false };
        self.begin(errand, wish.open_browser).await
    }

    /// Signs an account in again, with the scopes it has and `more`.
    pub async fn begin_reauth(
        &self,
        account: &str,
        more: ScopeSet,
        open_browser: bool,
        _presence: &Presence,
    ) -> Result<SignInBegun, Error> {
        let (account, had) = self
            .look(|house| {
                let account = house.account(account, None).cloned()?;
                let had = house.scopes_of(&account.id);
                Some((account, had))
            })?
            .ok_or_else(|| Error::NotFound(refusals::NO_ACCOUNT.with([("account", &account)])))?;
        let provider = self.provider(account.provider.as_str())?.provider;
        if account.company().is_some() {
            let why = sign_in::COMPANYS.with([("account", &account.label), ("provider", &provider.id)]);
            return Err(Error::InvalidRequest(why));
        }
        let scopes = had.union(&provider.askable(&more));
        let errand = self.errand_for(account, provider, scopes).await?;
        self.begin(errand, open_browser).await
    }

    /// To sign in once more to an account that is there.
    async fn errand_for(
        &self,
        account: Account,
        provider: Arc<Provider>,
        scopes: ScopeSet,
    ) -> Result<Errand, Error> {
        let (client, secret) = self.client_for(&provider, None, None).await?;
        let (way, renews) = (account.way, Some(account));
        Ok(Errand { provider, client, secret, scopes, label: None, way, key: None, renews, separate: false })
    }

    /// How a sign-in is now.
    pub fn sign_in(&self, id: &str) -> Result<SignInState, Error> {
        let sign_ins = self.sign_ins();
        let sign_in = sign_ins.get(&SignInId::from_text(id)).ok_or_else(no_such_sign_in)?;
        Ok(sign_in.state.borrow().clone())
    }

    /// How a sign-in ended; waits for that.
    pub async fn sign_in_end(&self, id: &str) -> Result<SignInState, Error> {
        let mut state = {
            let sign_ins = self.sign_ins();
            sign_ins.get(&SignInId::from_text(id)).ok_or_else(no_such_sign_in)?.state.clone()
        };
        let end = state.wait_for(|state| *state != SignInState::Pending).await;
        end.map(|end| end.clone()).map_err(|_| no_such_sign_in())
    }

    /// Gives a sign-in up.
    pub fn cancel_sign_in(&self, id: &str) -> Result<(), Error> {
        let mut sign_ins = self.sign_ins();
        let sign_in = sign_ins.get_mut(&SignInId::from_text(id)).ok_or_else(no_such_sign_in)?;
        if let Some(cancel) = sign_in.cancel.take() {
            let _ = cancel.send(());
        }
        Ok(())
    }

    pub(crate) fn sweep_sign_ins(&self, now: Timestamp) {
        self.sign_ins().retain(|_, sign_in| now.since(sign_in.expires_at) < KEPT_SECONDS);
    }

    async fn begin(&self, errand: Errand, open_browser: bool) -> Result<SignInBegun, Error> {
        if self.sign_ins().values().filter(|s| *s.state.borrow() == SignInState::Pending).count()
            >= MAX_UNDER_WAY
        {
            return Err(Error::TooMany(refusals::TOO_MANY_SIGN_INS.sentence()));
        }
        let (under_way, mut begun) = self.start(&errand).await?;
        let (id, expires_at) = (begun.id.clone(), begun.expires_at);
        self.follow(id, errand, under_way, expires_at);
        let open = |address: &Url| open_browser && self.0.ports.surroundings.open_browser(address);
        begun.browser_opened = begun.authorize_url.as_ref().is_some_and(open);
        Ok(begun)
    }

    /// Has the adapter begin, in the way that was chosen.
    async fn start(&self, errand: &Errand) -> Result<(UnderWay, SignInBegun), Error> {
        let (upstream, plan) = (Arc::clone(&self.0.ports.upstream), self.plan(errand));
        let begun = |seconds: u32| SignInBegun {
            id: SignInId::generate(self.entropy()),
            authorize_url: None,
            redirect_uri: None,
            device: None,
            by_hand: None,
            expires_at: self.now().plus(seconds.into()),
            browser_opened: false,
        };
        let wait_seconds = plan.wait_seconds;
        Ok(match errand.way {
            SignInWay::Code => {
                let SignInUnderWay { authorize_url, redirect_uri, by_hand, arrival, registered, outcome } =
                    upstream.begin_sign_in(plan).await?;
                let authorize_url = Some(authorize_url);
                (
                    UnderWay { registered, arrival, outcome },
                    SignInBegun { authorize_url, redirect_uri, by_hand, ..begun(wait_seconds) },
                )
            }
            SignInWay::Device => {
                let DeviceUnderWay { code, registered, outcome } =
                    upstream.begin_device_sign_in(plan).await?;
                let opened =
                    code.verification_uri_complete.clone().unwrap_or_else(|| code.verification_uri.clone());
                let waits = SignInBegun { authorize_url: Some(opened), ..begun(code.expires_in) };
                (UnderWay { registered, arrival: None, outcome }, SignInBegun { device: Some(code), ..waits })
            }
            way @ (SignInWay::ClientCredentials | SignInWay::JwtBearer | SignInWay::GithubApp) => {
                let SignInPlan { provider, client, scopes, .. } = plan;
                let plan = CompanyPlan { provider, way, client, key: errand.key.clone(), scopes };
                let outcome = Box::pin(async move { upstream.sign_in_company(plan).await });
                (UnderWay { registered: None, arrival: None, outcome }, begun(wait_seconds))
            }
        })
    }

    fn plan(&self, errand: &Errand) -> SignInPlan {
        let credential = errand.client.as_ref().map(|client| ClientCredential {
            client_id: client.client_id.clone(),
            client_secret: errand.secret.clone(),
            // Each sign-in makes a key of its own.
            proof_key: None,
        });
        SignInPlan {
            provider: (*errand.provider).clone(),
            client: credential,
            scopes: errand.scopes.clone(),
            login_hint: errand.renews.as_ref().map(|account| account.name.clone()),
            came_back_to: errand.client.as_ref().and_then(came_back_to),
            wait_seconds: self.0.settings.sign_in_seconds,
        }
    }

    /// Waits in the background for the person to come back, and keeps what that brings.
    fn follow(&self, id: SignInId, errand: Errand, under_way: UnderWay, expires_at: Timestamp) {
        let (ended, state) = watch::channel(SignInState::Pending);
        let (cancel, cancelled) = oneshot::channel();
        let UnderWay { registered, arrival, outcome } = under_way;
        self.sign_ins().insert(id, SignIn { state, cancel: Some(cancel), arrival, expires_at });
        let broker = self.clone();
        self.0.ports.surroundings.run(Box::pin(async move {
            let end = match select(outcome, cancelled).await {
                Either::Left((Ok(signed_in), _)) => broker.keep_sign_in(errand, registered, signed_in).await,
                Either::Left((Err(error), _)) => Err(error.into()),
                Either::Right((Ok(()), _)) => {
                    Err(UpstreamError::Ended(refusals::CANCELLED.sentence()).into())
                }
                Either::Right((Err(_), _)) => Err(UpstreamError::Ended(refusals::GIVEN_UP.sentence()).into()),
            };
            let end = end.map_or_else(SignInState::Failed, |(account, notes)| SignInState::Completed {
                account,
                notes,
            });
            ended.send_replace(end);
            broker.notify(crate::Notice::Changed);
        }));
    }

    /// One transaction: client registration, account, grant with its sealed refresh token, and the fact.
    async fn keep_sign_in(
        &self,
        errand: Errand,
        registered: Option<crate::RegisteredClient>,
        signed_in: SignedIn,
    ) -> Result<(AccountId, Vec<Sentence>), Error> {
        let provider = Arc::clone(&errand.provider);
        let granted = signed_in.tokens.scopes.as_ref();
        let can = granted.map_or_else(|| errand.scopes.clone(), |granted| provider.canonical(granted));
        let scopes = provider.granted_of(&errand.scopes, &can);
        let access = self.access_of(&provider, &signed_in.tokens, can);
        let sealed = access.clone();
        self.check_separated(&errand, &scopes, &signed_in).await?;
        let proof_key = signed_in.tokens.proof_key.clone();
        let notes = notes_on(&provider, &errand.scopes, &scopes, &signed_in);
        let broker = self.clone();
        let (account, grant) = self
            .change(move |house| {
                check_unmoved(house, &errand.provider)?;
                let account = broker.account_for(house, &errand, &signed_in)?;
                let old = replaced(house, &errand, &account, &scopes);
                let (grant_id, version) = old.unwrap_or_else(|| (GrantId::generate(broker.entropy()), 0));
                let grant = UpstreamGrant {
                    id: grant_id.clone(),
                    account: account.id.clone(),
                    scopes,
                    state: GrantState::Active,
                    refreshable: signed_in.tokens.refresh_token.is_some(),
                    since: broker.now(),
                    version: version + 1,
                    separate: errand.separate,
                    upkeep: Upkeep { access: kept_access(&sealed), ..Upkeep::default() },
                };
                let message = match (errand.separate, &errand.renews) {
                    (true, _) => trail::ACCOUNT_SEPARATE,
                    (false, Some(_)) => trail::ACCOUNT_RENEWED,
                    (false, None) => trail::ACCOUNT_ADDED,
                };
                let sentence =
                    message.with([("account", &account.label), ("provider", &errand.provider.name)]);
                let mut fact = broker.event(house, AuditKind::Account, About::account(&account.id), sentence);
                fact.account_label = Some(account.label.clone());
                let mut changes = vec![Change::Audit(fact)];
                changes.extend(broker.client_change(&errand, registered));
                changes.extend(dead_ones(house, &errand, &account));
                changes.push(Change::PutAccount(account.clone()));
                changes.push(sealed_access(&grant.id, sealed));
                changes.push(Change::PutProofKey(grant.id.clone(), proof_key));
                changes.push(Change::PutGrant(grant, signed_in.tokens.refresh_token));
                Ok((changes, (account.id, grant_id)))
            })
            .await?;
        self.touch(|house| {
            house.troubles.remove(&grant);
            house.upstream.insert(grant, access)
        })?;
        Ok((account, notes))
    }
}

/// Where a client that registered itself said that it comes back to.
fn came_back_to(client: &ClientRegistration) -> Option<Url> {
    let address = client.redirect_uri.as_ref().filter(|_| client.dynamic)?;
    Url::parse(address).ok()
}

fn no_such_sign_in() -> Error {
    Error::NotFound(refusals::NO_SUCH_SIGN_IN.sentence())
}
