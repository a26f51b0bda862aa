//! A broker among fakes: a vault in memory, a provider that answers as it is told, a clock that is turned by hand.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use broker::{
    ActivityCount, ActivityFilter, AuditRecord, Backup, Broker, Caller, Change, Choice, ClientCredential,
    Clock, Delivery, Entropy, NewLock, Notice, Ports, Presence, Provider, Records, Scope, ScopeSet, Secret,
    SecretOf, Settings, SignInPlan, SignInState, SignInUnderWay, SignInWish, SignedIn, Surroundings,
    Timestamp, TokenSigner, Upstream, UpstreamError, UpstreamTokens, Vault, VaultError, VaultState,
    consent::Duration,
    provider::{Access, AccessRevocation, ApiRoute, ClientNeeds, Revocation, ScopeEntry},
};
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use url::Url;

pub struct House {
    pub broker: Broker,
    pub vault: Arc<MemoryVault>,
    pub upstream: Arc<FakeUpstream>,
    pub clock: Arc<HandClock>,
    notices: Arc<Tasks>,
}

impl House {
    /// What the surroundings were told so far.
    pub fn told(&self) -> Vec<Notice> {
        self.notices.0.lock().expect("lock").clone()
    }

    /// An open vault and an account with `read write admin`.
    pub async fn with_account() -> Self {
        Self::at(FakeUpstream::default()).await
    }

    /// The same at a provider that revokes one access token alone.
    pub async fn with_tokens_that_end() -> Self {
        Self::at(FakeUpstream::revoking(AccessRevocation::Alone)).await
    }

    /// The same at any provider.
    pub async fn at(upstream: FakeUpstream) -> Self {
        let house = Self::empty(upstream).await;
        house.sign_in().await;
        house
    }

    /// The same without an account.
    pub async fn empty(upstream: FakeUpstream) -> Self {
        let (vault, upstream) = (Arc::new(MemoryVault::default()), Arc::new(upstream));
        let clock = Arc::new(HandClock(AtomicI64::new(1_000_000)));
        let house = Self::over(vault, upstream, clock);
        house.broker.set_up(NewLock::Passphrase("correct horse".into())).await.expect("set up");
        house
    }

    pub fn over(vault: Arc<MemoryVault>, upstream: Arc<FakeUpstream>, clock: Arc<HandClock>) -> Self {
        let notices = Arc::new(Tasks::default());
        let ports = Ports {
            vault: vault.clone(),
            upstream: upstream.clone(),
            signer: Arc::new(FakeSigner),
            surroundings: notices.clone(),
            clock: clock.clone(),
            entropy: Arc::new(Counter(vault.clone())),
        };
        let broker = Broker::new(ports, Settings::at("http://127.0.0.1:5395"));
        Self { broker, vault, upstream, clock, notices }
    }

    pub async fn sign_in(&self) {
        self.sign_in_for("read write admin").await;
    }

    pub async fn sign_in_for(&self, what: &str) {
        self.sign_in_by(what, broker::provider::SignInWay::Code).await;
    }

    fn wish(what: &str) -> SignInWish {
        SignInWish {
            provider: "acme".into(),
            label: Some("work".into()),
            client_id: Some("ours".into()),
            client_secret: None,
            scopes: scopes(what),
            open_browser: false,
            way: broker::provider::SignInWay::Code,
            key: None,
        }
    }

    pub async fn sign_in_by(&self, what: &str, way: broker::provider::SignInWay) {
        let wish = SignInWish { way, ..Self::wish(what) };
        let begun = self.broker.begin_sign_in(wish, &Presence::of_native_window()).await.expect("begins");
        let end = self.broker.sign_in_end(begun.id.as_str()).await.expect("ends");
        assert!(matches!(end, SignInState::Completed { .. }), "{end:?}");
    }

    /// The same account again, with another client secret.
    pub async fn sign_in_with_secret(&self, secret: &str) {
        let secret = Some(Secret::from(secret));
        let wish = SignInWish { client_secret: secret, ..Self::wish("read write admin") };
        let begun = self.broker.begin_sign_in(wish, &Presence::of_native_window()).await.expect("begins");
        self.broker.sign_in_end(begun.id.as_str()).await.expect("ends");
    }

    pub fn account(&self) -> String {
        self.broker.account("work").expect("there").account.id.to_string()
    }

    /// Waits for the one prompt and answers it.
    pub async fn answer(&self, choice: Choice) {
        let prompt = self.prompt().await;
        let presence = Presence::of_native_window();
        self.broker
            .decide(prompt.id.as_str(), &prompt.shown(), choice, Some(&presence))
            .await
            .expect("decided");
    }

    pub async fn prompt(&self) -> broker::Prompt {
        for _ in 0..1000 {
            if let Some(prompt) = self.broker.prompts().into_iter().next() {
                return prompt;
            }
            tokio::task::yield_now().await;
        }
        panic!("no prompt came");
    }

    pub fn allow(&self, what: &str, delivery: Delivery, duration: Duration) -> Choice {
        let account = self.broker.account("work").expect("there").account.id;
        let (account, scopes) = (Some(account), scopes(what));
        let conditions = broker::consent::Conditions::default();
        Choice::Allow { account, scopes, delivery, duration, conditions, user_code: None }
    }
}

pub const HOUR: Duration = Duration::Seconds { seconds: 3600 };

pub fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).expect("legal scopes")
}

pub fn program(name: &str) -> Caller {
    Caller {
        uid: 0,
        file: format!("/usr/bin/{name}"),
        file_hash: format!("hash of {name}"),
        ..Caller::default()
    }
}

pub fn acme() -> Provider {
    let scope = |scope: &str, access, paths: &[&str]| ScopeEntry {
        preset: true,
        paths: paths.iter().map(|p| (*p).to_owned()).collect(),
        ..ScopeEntry::plain(Scope::parse(scope).expect("legal"), scope, "Things", access)
    };
    Provider {
        issuer: Some("https://acme.example".into()),
        scopes: vec![
            scope("read", Access::Read, &["/things"]),
            scope("write", Access::Write, &["/things"]),
            scope("admin", Access::Write, &["/admin"]),
            ScopeEntry { partial: true, preset: false, ..scope("some", Access::Read, &["/things"]) },
        ],
        api: vec![ApiRoute::plain("/", "https://api.acme.example/v1/")],
        ..Provider::named("acme", "Acme")
    }
}

pub struct HandClock(pub AtomicI64);

impl HandClock {
    pub fn turn(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Counts on where a restart over the same vault goes on.
struct Counter(Arc<MemoryVault>);

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state =
            (self.0.numbers.fetch_add(1, Ordering::SeqCst) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in bytes {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *byte = state.to_le_bytes()[0];
        }
    }
}

#[derive(Default)]
struct Tasks(Mutex<Vec<Notice>>);

impl Surroundings for Tasks {
    fn run(&self, task: BoxFuture<'static, ()>) {
        tokio::spawn(task);
    }
    fn open_browser(&self, _: &Url) -> bool {
        false
    }
    fn notify(&self, notice: Notice) {
        self.0.lock().expect("lock").push(notice);
    }
    fn has_display(&self) -> bool {
        false
    }
}

struct FakeSigner;

impl TokenSigner for FakeSigner {
    fn generate(&self) -> Result<Secret<String>, String> {
        Ok("key".into())
    }
    fn load(&self, _: &str, _: &Secret<String>) -> Result<(), String> {
        Ok(())
    }
    fn retire(&self, _: &str) {}
    fn forget(&self) {}
    fn sign(&self, claims: &serde_json::Value) -> Result<Secret<String>, String> {
        Ok(Secret::new(claims.to_string()))
    }
}

/// Takes one word only, once.
struct FakeArrival(Mutex<Option<oneshot::Sender<()>>>);

impl broker::Arrival for FakeArrival {
    fn by_hand(&self, pasted: &Secret<String>) -> Result<(), UpstreamError> {
        if pasted.expose() != "the answer" {
            return Err(UpstreamError::Unusable("That is not it. Paste the answer.".into()));
        }
        let bring = self.0.lock().expect("lock").take().ok_or(UpstreamError::Ended("twice".into()))?;
        bring.send(()).map_err(|()| UpstreamError::Ended("gone".into()))
    }
}

/// Makes another provider of one.
pub type Shaping = fn(Provider) -> Provider;

/// Answers as it is told and counts.
pub struct FakeUpstream {
    /// Whether an exchange proves that it narrowed; none: there is no exchange.
    pub exchange_proves: Mutex<Option<bool>>,
    /// What the person must bring; none: the browser comes back at once.
    pub by_hand: Mutex<Option<broker::ByHand>>,
    pub refreshes: AtomicUsize,
    pub rotates: AtomicBool,
    pub expires_in: AtomicI64,
    pub fails_with: Mutex<Option<UpstreamError>>,
    /// Scopes that a refresh answers with, whatever was asked.
    pub answers_scopes: Mutex<Option<ScopeSet>>,
    pub narrowing: Mutex<Vec<broker::Narrowing>>,
    /// What else its entry says.
    pub shape: Mutex<Option<Shaping>>,
    /// Its answers to a refresh name no scopes.
    pub silent: AtomicBool,
    /// What the revocation of an access token ends, as the entry says.
    pub access_revocation: Mutex<AccessRevocation>,
    /// Access tokens that were revoked.
    pub revoked: Mutex<Vec<String>>,
    sign_ins: AtomicUsize,
    /// What the last sign-in asked for.
    granted: Mutex<ScopeSet>,
    /// What the first token of a sign-in can do, whatever was asked.
    pub grants_only: Mutex<Option<ScopeSet>>,
    /// What the last refresh named.
    pub last_asked: Mutex<Option<ScopeSet>>,
    /// Access tokens that it gave, with what they can do and for how long.
    pub issued: Mutex<Vec<(String, ScopeSet, Option<u32>)>>,
    /// How often it was asked to revoke one.
    pub revocations: AtomicUsize,
    pub seen_tokens: Mutex<Vec<String>>,
    /// Client secrets that refreshes came with.
    seen_secrets: Mutex<Vec<String>>,
    /// The person is in the browser until this is told.
    pub away_until: Mutex<Option<oneshot::Receiver<()>>>,
    /// Answers a refresh with the access token that is there already.
    pub repeats: AtomicBool,
    /// Takes the token and never answers.
    pub hangs: AtomicBool,
    /// Binds its tokens to a key of the sign-in (DPoP).
    pub binds: AtomicBool,
    /// The keys that refreshes proved, in order.
    pub proven: Mutex<Vec<Option<String>>>,
    /// The vault that fails once a refresh was carried out.
    pub breaks: Mutex<Option<Arc<MemoryVault>>>,
}

impl Default for FakeUpstream {
    fn default() -> Self {
        Self {
            exchange_proves: Mutex::default(),
            by_hand: Mutex::default(),
            refreshes: AtomicUsize::new(0),
            rotates: AtomicBool::new(true),
            expires_in: AtomicI64::new(3600),
            fails_with: Mutex::default(),
            answers_scopes: Mutex::default(),
            narrowing: Mutex::default(),
            shape: Mutex::default(),
            silent: AtomicBool::new(false),
            access_revocation: Mutex::default(),
            revoked: Mutex::default(),
            sign_ins: AtomicUsize::new(0),
            granted: Mutex::default(),
            grants_only: Mutex::default(),
            last_asked: Mutex::default(),
            issued: Mutex::default(),
            revocations: AtomicUsize::new(0),
            seen_tokens: Mutex::default(),
            seen_secrets: Mutex::default(),
            away_until: Mutex::default(),
            repeats: AtomicBool::new(false),
            hangs: AtomicBool::new(false),
            binds: AtomicBool::new(false),
            proven: Mutex::default(),
            breaks: Mutex::default(),
        }
    }
}

impl FakeUpstream {
    /// One that ends this much where an access token is revoked.
    pub fn revoking(what: AccessRevocation) -> Self {
        Self { access_revocation: Mutex::new(what), ..Self::default() }
    }

    /// One that binds its tokens to a key of the sign-in.
    pub fn binding() -> Self {
        Self { binds: AtomicBool::new(true), ..Self::default() }
    }

    fn life(&self) -> Option<u32> {
        u32::try_from(self.expires_in.load(Ordering::SeqCst)).ok()
    }

    /// Access tokens that were revoked, in order.
    pub fn revoked(&self) -> Vec<String> {
        self.revoked.lock().expect("lock").clone()
    }

    pub fn client_secrets(&self) -> Vec<String> {
        self.seen_secrets.lock().expect("lock").clone()
    }

    pub fn fail(&self, error: Option<UpstreamError>) {
        *self.fails_with.lock().expect("lock") = error;
    }
}

#[async_trait]
impl Upstream for FakeUpstream {
    fn catalogue(&self) -> Vec<Provider> {
        let access_token = *self.access_revocation.lock().expect("lock");
        let provider = Provider {
            narrowing: self.narrowing.lock().expect("lock").clone(),
            revocation: Revocation { access_token, ..Revocation::default() },
            client: ClientNeeds {
                dpop_bound_access_tokens: self.binds.load(Ordering::SeqCst),
                ..acme().client
            },
            ..acme()
        };
        vec![
            self.shape
                .lock()
                .expect("lock")
                .map_or_else(|| provider.clone(), |shape| shape(provider.clone())),
        ]
    }
    fn read_entry(&self, text: &str) -> Result<Provider, UpstreamError> {
        serde_json::from_str(text).map_err(|error| UpstreamError::Unusable(error.to_string().into()))
    }
    async fn examine(&self, provider: Provider) -> Result<Provider, UpstreamError> {
        Ok(provider)
    }
    async fn begin_sign_in(&self, plan: SignInPlan) -> Result<SignInUnderWay, UpstreamError> {
        *self.granted.lock().expect("lock") = plan.scopes.clone();
        let access_token = match self.sign_ins.fetch_add(1, Ordering::SeqCst) {
            0 => "upstream-0".to_owned(),
            times => format!("upstream-signed-in-{times}"),
        };
        self.issued.lock().expect("lock").push((access_token.clone(), plan.scopes.clone(), self.life()));
        let tokens = UpstreamTokens {
            access_token: Secret::new(access_token),
            expires_in: self.life(),
            refresh_token: Some("refresh-0".into()),
            scopes: self.grants_only.lock().expect("lock").clone().or(Some(plan.scopes)),
            proof_key: plan.provider.client.dpop_bound_access_tokens.then(|| "a key of the sign-in".into()),
        };
        let away_until = self.away_until.lock().expect("lock").take();
        let signed_in = SignedIn { subject: "s-1".into(), name: "ada@example.org".into(), tokens };
        let (bring, brought) = oneshot::channel();
        let by_hand = *self.by_hand.lock().expect("lock");
        let arrival: Option<Arc<dyn broker::Arrival>> = if by_hand.is_some() {
            Some(Arc::new(FakeArrival(Mutex::new(Some(bring)))))
        } else {
            let _ = bring.send(());
            None
        };
        Ok(SignInUnderWay {
            authorize_url: Url::parse("https://acme.example/authorize").expect("an address"),
            redirect_uri: Some(Url::parse("http://127.0.0.1:1/callback/acme").expect("an address")),
            by_hand,
            arrival,
            registered: None,
            outcome: Box::pin(async move {
                brought.await.map_err(|_| UpstreamError::Ended("gone".into()))?;
                if let Some(back) = away_until {
                    back.await.expect("told");
                }
                Ok(signed_in)
            }),
        })
    }
    async fn exchange(
        &self,
        _: &Provider,
        _: &ClientCredential,
        access_token: &Secret<String>,
        narrower: &ScopeSet,
    ) -> Result<UpstreamTokens, UpstreamError> {
        let proves = *self.exchange_proves.lock().expect("lock");
        let refused = || UpstreamError::Refused {
            provider: "Acme".into(),
            code: "unsupported_grant_type".into(),
            detail: "it exchanges no tokens".into(),
        };
        let scopes = proves.ok_or_else(refused)?.then(|| narrower.clone());
        let access_token = Secret::new(format!("exchanged for {}", access_token.expose()));
        Ok(UpstreamTokens {
            access_token,
            expires_in: Some(300),
            refresh_token: None,
            scopes,
            proof_key: None,
        })
    }
    async fn sign_in_company(&self, plan: broker::CompanyPlan) -> Result<SignedIn, UpstreamError> {
        *self.granted.lock().expect("lock") = plan.scopes.clone();
        let tokens = UpstreamTokens {
            access_token: "upstream-0".into(),
            expires_in: self.life(),
            refresh_token: Some("company key".into()),
            scopes: Some(plan.scopes),
            proof_key: None,
        };
        Ok(SignedIn { subject: "installation 71".into(), name: "acme".into(), tokens })
    }
    fn make_key(&self) -> Result<Secret<String>, UpstreamError> {
        Ok("key: its private half".into())
    }
    fn public_key(&self, key: &Secret<String>) -> Option<String> {
        key.expose().starts_with("key: ").then(|| "its public half".to_owned())
    }
    async fn begin_device_sign_in(&self, plan: SignInPlan) -> Result<broker::DeviceUnderWay, UpstreamError> {
        let code = broker::DeviceCode {
            user_code: "WDJB-MJHT".into(),
            verification_uri: Url::parse("https://acme.example/activate").expect("an address"),
            verification_uri_complete: None,
            expires_in: 900,
        };
        let outcome = self.begin_sign_in(plan).await?.outcome;
        Ok(broker::DeviceUnderWay { code, registered: None, outcome })
    }
    fn proof(&self, key: &Secret<String>, of: broker::ProofOf<'_>) -> Result<String, UpstreamError> {
        Ok(format!("{} {} {} by {}", of.method, of.address, of.token.expose(), key.expose()))
    }
    async fn refresh(
        &self,
        _: &Provider,
        client: &ClientCredential,
        refresh_token: &Secret<String>,
        narrower: Option<&ScopeSet>,
    ) -> Result<UpstreamTokens, UpstreamError> {
        tokio::task::yield_now().await;
        self.seen_tokens.lock().expect("lock").push(refresh_token.expose().clone());
        let secret = client.client_secret.as_ref().map(|secret| secret.expose().clone());
        self.seen_secrets.lock().expect("lock").extend(secret);
        let proven = client.proof_key.as_ref().map(|key| key.expose().clone());
        self.proven.lock().expect("lock").push(proven);
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if let Some(vault) = self.breaks.lock().expect("lock").as_ref() {
            vault.fails.store(true, Ordering::SeqCst);
        }
        if let Some(error) = self.fails_with.lock().expect("lock").clone() {
            return Err(error);
        }
        let number = self.refreshes.fetch_add(1, Ordering::SeqCst) + 1;
        let rotated = self.rotates.load(Ordering::SeqCst).then(|| Secret::new(format!("refresh-{number}")));
        let repeats = self.repeats.load(Ordering::SeqCst);
        let fixed = self.answers_scopes.lock().expect("lock").clone();
        let access_token = format!("upstream-{}", if repeats { 0 } else { number });
        *self.last_asked.lock().expect("lock") = narrower.cloned();
        let scopes = fixed.or_else(|| narrower.cloned()).filter(|_| !self.silent.load(Ordering::SeqCst));
        let can = scopes.clone().unwrap_or_else(|| self.granted.lock().expect("lock").clone());
        self.issued.lock().expect("lock").push((access_token.clone(), can, self.life()));
        Ok(UpstreamTokens {
            access_token: Secret::new(access_token),
            expires_in: self.life(),
            refresh_token: rotated,
            scopes,
            proof_key: client.proof_key.clone(),
        })
    }
    async fn revoke(
        &self,
        _: &Provider,
        _: &ClientCredential,
        _: &Secret<String>,
    ) -> Result<bool, UpstreamError> {
        if let Some(error) = self.fails_with.lock().expect("lock").clone() {
            return Err(error);
        }
        Ok(true)
    }
    async fn revoke_access(
        &self,
        _: &Provider,
        _: &ClientCredential,
        access_token: &Secret<String>,
    ) -> Result<bool, UpstreamError> {
        tokio::task::yield_now().await;
        self.revocations.fetch_add(1, Ordering::SeqCst);
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if let Some(error) = self.fails_with.lock().expect("lock").clone() {
            return Err(error);
        }
        self.revoked.lock().expect("lock").push(access_token.expose().clone());
        Ok(true)
    }
}

/// A vault that remembers in memory; it can be told to fail.
#[derive(Default)]
pub struct MemoryVault {
    kept: Mutex<Kept>,
    open: AtomicBool,
    made: AtomicBool,
    numbers: AtomicU64,
    made_backup: Mutex<Option<Backup>>,
    pub fails: AtomicBool,
    /// Only what narrows has room any more.
    pub full: AtomicBool,
    /// It is an older copy.
    pub older: AtomicBool,
}

#[derive(Default)]
struct Kept {
    records: Records,
    secrets: Vec<(SecretOf, Secret<String>)>,
    keys: Vec<(String, Secret<String>)>,
    activity: Vec<AuditRecord>,
}

impl MemoryVault {
    /// Changes what is remembered, as nothing of Keylodge does.
    pub fn tamper(&self, change: impl FnOnce(&mut Records)) {
        change(&mut self.kept.lock().expect("lock").records);
    }
    /// Changes what the last backup holds.
    pub fn in_backup(&self, change: impl FnOnce(&mut Records)) {
        if let Some(backup) = self.made_backup.lock().expect("lock").as_mut() {
            change(&mut backup.records);
        }
    }
    pub fn secret_now(&self, of: &SecretOf) -> Option<String> {
        let kept = self.kept.lock().expect("lock");
        kept.secrets.iter().find(|(owner, _)| owner == of).map(|(_, secret)| secret.expose().clone())
    }
    pub fn records(&self) -> Records {
        self.kept.lock().expect("lock").records.clone()
    }
    /// Grants as an older Keylodge kept them: here, and in the backup that was made.
    pub fn change_grants(&self, change: fn(&mut broker::UpstreamGrant)) {
        self.kept.lock().expect("lock").records.grants.iter_mut().for_each(change);
        let mut backup = self.made_backup.lock().expect("lock");
        backup.iter_mut().for_each(|backup| backup.records.grants.iter_mut().for_each(change));
    }
    pub fn events(&self) -> Vec<broker::AuditEvent> {
        self.kept.lock().expect("lock").activity.iter().map(|record| record.event.clone()).collect()
    }
    pub fn sentences(&self) -> Vec<String> {
        self.kept.lock().expect("lock").activity.iter().map(|record| record.event.sentence.clone()).collect()
    }
}

fn put<T>(list: &mut Vec<T>, new: T, same: impl Fn(&T) -> bool) {
    list.retain(|old| !same(old));
    list.push(new);
}

impl Kept {
    fn secret(&mut self, of: &SecretOf, secret: Option<Secret<String>>) {
        if let Some(secret) = secret {
            put(&mut self.secrets, (of.clone(), secret), |(owner, _)| owner == of);
        }
    }
    fn apply(&mut self, change: Change) {
        let r = &mut self.records;
        match change {
            Change::PutProvider(p) => {
                let id = p.id.clone();
                put(&mut r.providers, p, |o| o.id == id);
            }
            Change::DeleteProvider(id) => r.providers.retain(|o| o.id != id),
            Change::PutClient(c, secret) => {
                let id = c.provider.clone();
                put(&mut r.clients, c, |o| o.provider == id);
                self.secret(&SecretOf::Client(id), secret);
            }
            Change::DeleteClient(id) => r.clients.retain(|o| o.provider != id),
            Change::PutAccount(a) => {
                let id = a.id.clone();
                put(&mut r.accounts, a, |o| o.id == id);
            }
            Change::DeleteAccount(id) => r.accounts.retain(|o| o.id != id),
            Change::PutGrant(g, secret) => {
                let id = g.id.clone();
                put(&mut r.grants, g, |o| o.id == id);
                self.secret(&SecretOf::Grant(id), secret);
            }
            Change::DeleteGrant(id) => {
                r.grants.retain(|o| o.id != id);
                let gone =
                    [SecretOf::Grant(id.clone()), SecretOf::Access(id.clone()), SecretOf::ProofKey(id)];
                self.secrets.retain(|(owner, _)| !gone.contains(owner));
            }
            Change::PutAccess(id, secret) => {
                self.secrets.retain(|(owner, _)| *owner != SecretOf::Access(id.clone()));
                self.secret(&SecretOf::Access(id), secret);
            }
            Change::PutProofKey(id, key) => {
                self.secrets.retain(|(owner, _)| *owner != SecretOf::ProofKey(id.clone()));
                self.secret(&SecretOf::ProofKey(id), key);
            }
            Change::PutApp(a) => {
                let id = a.id.clone();
                put(&mut r.apps, a, |o| o.id == id);
            }
            Change::DeleteApp(id) => r.apps.retain(|o| o.id != id),
            Change::PutConsent(c) => {
                let id = c.id.clone();
                put(&mut r.consents, c, |o| o.id == id);
            }
            Change::DeleteConsent(id) => r.consents.retain(|o| o.id != id),
            Change::PutLease(l) => {
                let id = l.id.clone();
                put(&mut r.leases, l, |o| o.id == id);
            }
            Change::DeleteLease(id) => r.leases.retain(|o| o.id != id),
            Change::PutReleased(out, token) => {
                let lease = out.lease.clone();
                put(&mut r.released, out, |o| o.lease == lease);
                self.secret(&SecretOf::Released(lease), token);
            }
            Change::DeleteReleased(lease) => {
                r.released.retain(|o| o.lease != lease);
                self.secrets.retain(|(owner, _)| *owner != SecretOf::Released(lease.clone()));
            }
            Change::PutFamily(f) => {
                let id = f.id.clone();
                put(&mut r.families, f, |o| o.id == id);
            }
            Change::DeleteFamily(id) => r.families.retain(|o| o.id != id),
            Change::PutRoute(route) => {
                let id = route.id.clone();
                put(&mut r.routes, route, |o| o.id == id);
            }
            Change::DeleteRoute(id) => r.routes.retain(|o| o.id != id),
            Change::PutPreferences(preferences) => r.preferences = preferences,
            Change::PutSigningKey(id, key) => self.keys.push((id, key)),
            Change::DeleteSigningKey(id) => self.keys.retain(|(key, _)| *key != id),
            Change::Audit(event) => {
                let number = u32::try_from(self.activity.len()).expect("few") + 1;
                self.activity.push(AuditRecord { number, event });
            }
        }
    }
}

#[async_trait]
impl Vault for MemoryVault {
    async fn state(&self) -> VaultState {
        match (self.made.load(Ordering::SeqCst), self.open.load(Ordering::SeqCst)) {
            (false, _) => VaultState::Absent,
            (true, true) => VaultState::Open,
            (true, false) => VaultState::LockedByPassphrase,
        }
    }
    async fn keyring(&self) -> Result<(), broker::Sentence> {
        Err("There is none in this test.".into())
    }
    async fn was_rolled_back(&self) -> bool {
        self.older.load(Ordering::SeqCst)
    }
    async fn create(&self, _: NewLock) -> Result<(), VaultError> {
        self.made.store(true, Ordering::SeqCst);
        self.open.store(true, Ordering::SeqCst);
        Ok(())
    }
    async fn open(&self, passphrase: Option<Secret<String>>) -> Result<(), VaultError> {
        let passphrase = passphrase.ok_or(VaultError::Locked)?;
        if !self.is_passphrase(&passphrase).await? {
            return Err(VaultError::WrongPassphrase);
        }
        self.open.store(true, Ordering::SeqCst);
        Ok(())
    }
    async fn close(&self) {
        self.open.store(false, Ordering::SeqCst);
    }
    async fn has_passphrase(&self) -> bool {
        true
    }
    async fn is_passphrase(&self, guess: &Secret<String>) -> Result<bool, VaultError> {
        Ok(guess.expose() == "correct horse")
    }
    async fn load(&self) -> Result<Records, VaultError> {
        Ok(self.records())
    }
    async fn commit(&self, changes: Vec<Change>) -> Result<(), VaultError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(VaultError::Io("the disk is full".into()));
        }
        self.commit_narrowing(changes).await
    }
    async fn commit_narrowing(&self, changes: Vec<Change>) -> Result<(), VaultError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(VaultError::Io("the disk is full".into()));
        }
        let mut kept = self.kept.lock().expect("lock");
        for change in changes {
            kept.apply(change);
        }
        Ok(())
    }
    async fn secret(&self, of: &SecretOf) -> Result<Option<Secret<String>>, VaultError> {
        Ok(self.secret_now(of).map(Secret::new))
    }
    async fn backup(&self, _: &Secret<String>) -> Result<Vec<u8>, VaultError> {
        let kept = self.kept.lock().expect("lock");
        let (mut records, secrets) = (kept.records.clone(), kept.secrets.clone());
        (records.leases, records.families) = (Vec::new(), Vec::new());
        *self.made_backup.lock().expect("lock") = Some(Backup { made_at: Timestamp(0), records, secrets });
        Ok(Vec::new())
    }
    async fn read_backup(&self, _: &[u8], _: &Secret<String>) -> Result<Backup, VaultError> {
        self.made_backup.lock().expect("lock").clone().ok_or(VaultError::WrongPassphrase)
    }
    async fn signing_keys(&self) -> Result<Vec<(String, Secret<String>)>, VaultError> {
        Ok(self.kept.lock().expect("lock").keys.clone())
    }
    async fn activity(
        &self,
        _: &ActivityFilter,
        _: Option<u32>,
        _: u32,
    ) -> Result<Vec<AuditRecord>, VaultError> {
        let kept = self.kept.lock().expect("lock");
        Ok(kept.activity.iter().rev().cloned().collect())
    }
    async fn activity_counts(&self, _: &ActivityFilter, _: u32) -> Result<Vec<ActivityCount>, VaultError> {
        Ok(Vec::new())
    }
}
