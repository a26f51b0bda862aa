//! A house for one test: a broker with fakes at its ports, behind a real loopback server.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock,
        atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use broker::{
    AccessQuestion, Asks, Broker, Choice, ClientCredential, Clock, Entropy, NewLock, Notice, Ports, Presence,
    Provider, Secret, Settings, SignInPlan, SignInUnderWay, Surroundings, Timestamp, Upstream, UpstreamError,
    UpstreamTokens,
};
use futures_util::future::BoxFuture;
use loopback::{Config, Limits, Listeners, Server, Signer};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::{sync::oneshot, task::JoinHandle};
use url::Url;

use crate::{api::Api, vault::MemoryVault};

/// The account's id and label in every house.
pub const ACCOUNT: &str = "acc_ada";

/// A broker, its server, and what stands around them.
pub struct House {
    pub broker: Broker,
    pub url: String,
    pub port: u16,
    pub clock: Arc<TestClock>,
    pub person: Arc<Person>,
    pub provider: Arc<FakeProvider>,
    pub vault: Arc<MemoryVault>,
    pub api: Api,
    pub socket: std::path::PathBuf,
    _directory: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
    _serving: JoinHandle<()>,
}

impl House {
    /// A house whose person allows everything.
    pub async fn open() -> Self {
        Self::with(Limits::default()).await
    }

    pub async fn with(limits: Limits) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let socket = directory.path().join("run/api.sock");
        let config = Config { limits, ..Config::new(0, Some(socket.clone())) };
        let listeners = Listeners::take(&config).expect("a free port");
        let (url, port) = (listeners.url(), listeners.port());
        let api = Api::start().await;
        let clock = Arc::new(TestClock(AtomicI64::new(1_800_000_000)));
        let person = Arc::new(Person::default());
        let provider = Arc::new(FakeProvider::new(&api.url));
        let vault = Arc::new(MemoryVault::furnished());
        let signer = Arc::new(Signer::new());
        let broker = Broker::new(
            Ports {
                vault: Arc::clone(&vault) as _,
                upstream: Arc::clone(&provider) as _,
                signer: Arc::clone(&signer) as _,
                surroundings: Arc::clone(&person) as _,
                clock: Arc::clone(&clock) as _,
                entropy: Arc::new(Counter::default()),
            },
            Settings::at(&url),
        );
        assert!(person.broker.set(broker.clone()).is_ok(), "a fresh person");
        broker.set_up(NewLock::Keyring).await.expect("opens");
        let (stop, stopped) = oneshot::channel();
        let server = Server::new(listeners, broker.clone(), signer).expect("a server");
        let serving = tokio::spawn(server.run(async { drop(stopped.await) }));
        Self {
            broker,
            url,
            port,
            clock,
            person,
            provider,
            vault,
            api,
            socket,
            _directory: directory,
            _stop: stop,
            _serving: serving,
        }
    }

    /// An address of the loopback API.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub fn gateway(&self, path: &str) -> String {
        self.at(&format!("/gateway/{ACCOUNT}{path}"))
    }
}

pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Different each time, and the same in each run.
#[derive(Default)]
struct Counter(AtomicU64);

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let hash = Sha256::digest(self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes());
            chunk.copy_from_slice(&hash[..chunk.len()]);
        }
    }
}

/// What the person does when asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Allows,
    /// Allows only the first of the scopes.
    AllowsFirst,
    AllowsOnce,
    Denies,
    /// And it may not ask again.
    DeniesForGood,
    Silent,
}

/// The person, and everything else around the broker.
#[derive(Default)]
pub struct Person {
    pub mood: Mutex<Mood>,
    pub seen: Mutex<Vec<AccessQuestion>>,
    broker: OnceLock<Broker>,
}

impl Person {
    pub fn is(&self, mood: Mood) {
        *held(&self.mood) = mood;
    }

    /// Waits until so many questions were asked, answered or not.
    pub async fn asked(&self, times: usize) {
        let enough = async {
            while self.questions().len() < times {
                tokio::task::yield_now().await;
            }
        };
        soon(enough).await;
    }

    /// Answers everything that waits.
    pub async fn answers(&self, mood: Mood) {
        let broker = self.broker.get().expect("wired");
        for prompt in broker.prompts() {
            let Asks::Access(question) = &prompt.asks else { continue };
            let Some(choice) = choice(question, mood) else { continue };
            let present = Presence::of_native_window();
            let shown = prompt.shown();
            let decided = broker.decide(prompt.id.as_str(), &shown, choice, Some(&present));
            decided.await.expect("it waits");
        }
    }

    /// Every question so far.
    pub fn questions(&self) -> Vec<AccessQuestion> {
        held(&self.seen).clone()
    }
}

fn choice(question: &AccessQuestion, mood: Mood) -> Option<Choice> {
    let once = broker::consent::Duration::Once;
    // A release may come with no time to choose, and then "once" stands first.
    let lasting = question.durations.iter().copied().find(|duration| *duration != once).unwrap_or(once);
    let (scopes, duration) = match mood {
        Mood::Allows => (question.scopes.clone(), lasting),
        Mood::AllowsOnce => (question.scopes.clone(), once),
        Mood::AllowsFirst => (question.scopes.iter().take(1).cloned().collect(), question.durations[0]),
        Mood::Denies => return Some(Choice::Deny { remember: false }),
        Mood::DeniesForGood => return Some(Choice::Deny { remember: true }),
        Mood::Silent => return None,
    };
    let account = question.accounts.first().cloned();
    let (delivery, conditions) = (question.delivery, broker::consent::Conditions::default());
    Some(Choice::Allow { account, scopes, delivery, duration, conditions, user_code: None })
}

impl Surroundings for Person {
    fn run(&self, task: BoxFuture<'static, ()>) {
        tokio::spawn(task);
    }

    fn open_browser(&self, _address: &Url) -> bool {
        false
    }

    fn notify(&self, notice: Notice) {
        let Notice::Prompts(1..) = notice else { return };
        let Some(broker) = self.broker.get() else { return };
        let (broker, mood) = (broker.clone(), *held(&self.mood));
        for prompt in broker.prompts() {
            let Asks::Access(question) = &prompt.asks else { continue };
            held(&self.seen).push(question.clone());
            let Some(choice) = choice(question, mood) else { continue };
            let broker = broker.clone();
            tokio::spawn(async move {
                let present = Presence::of_native_window();
                // Another task may have answered it already.
                drop(broker.decide(prompt.id.as_str(), &prompt.shown(), choice, Some(&present)).await);
            });
        }
    }

    fn has_display(&self) -> bool {
        true
    }
}

/// The provider's authorization server: refreshes, and counts.
pub struct FakeProvider {
    entry: Provider,
    other: Provider,
    pub refreshes: AtomicU32,
    pub away: AtomicBool,
    pub misbehaves: AtomicBool,
    /// The key that its tokens are bound to, if they are.
    pub proof_key: Mutex<Option<Secret<String>>>,
    /// What the API wanted in proofs, in order.
    pub nonces: Mutex<Vec<String>>,
}

impl FakeProvider {
    fn new(api: &str) -> Self {
        let entry = json!({
            "id": "pro", "name": "Provider", "mark": "P", "colour": "#000000",
            "endpoints": { "authorization": "https://pro.example/a", "token": "https://pro.example/t" },
            "private": true,
            "api": [{ "path": "/", "base": format!("{api}/v1/") }],
            "scopes": [
                { "scope": "read", "words": "Read", "service": "S", "access": "read", "paths": ["/things", "/echo"] },
                { "scope": "write", "words": "Write", "service": "S", "access": "write", "paths": ["/things", "/echo"] },
                { "scope": "wide", "words": "More", "service": "S", "access": "write", "risk": "high", "paths": ["/wide"] },
            ],
        });
        let other = json!({
            "id": "other", "name": "Other", "mark": "O", "colour": "#000000",
            "endpoints": { "authorization": "https://o.example/a", "token": "https://o.example/t" },
        });
        Self {
            entry: serde_json::from_value(entry).expect("an entry"),
            other: serde_json::from_value(other).expect("an entry"),
            refreshes: AtomicU32::new(0),
            away: false.into(),
            misbehaves: false.into(),
            proof_key: Mutex::default(),
            nonces: Mutex::default(),
        }
    }
}

#[async_trait]
impl Upstream for FakeProvider {
    fn catalogue(&self) -> Vec<Provider> {
        vec![self.entry.clone(), self.other.clone()]
    }

    async fn examine(&self, provider: Provider) -> Result<Provider, UpstreamError> {
        Ok(provider)
    }

    async fn begin_sign_in(&self, _plan: SignInPlan) -> Result<SignInUnderWay, UpstreamError> {
        Err(UpstreamError::Ended("nobody signs in here".into()))
    }

    async fn refresh(
        &self,
        provider: &Provider,
        _client: &ClientCredential,
        _refresh_token: &Secret<String>,
        narrower: Option<&broker::ScopeSet>,
    ) -> Result<UpstreamTokens, UpstreamError> {
        if self.away.load(Ordering::SeqCst) {
            let provider = provider.name.clone();
            return Err(UpstreamError::Away { provider, detail: "test".into(), retry_after: Some(7) });
        }
        if self.misbehaves.load(Ordering::SeqCst) {
            let provider = provider.name.clone();
            return Err(UpstreamError::Misbehaved { provider, detail: "test".into() });
        }
        let turn = self.refreshes.fetch_add(1, Ordering::SeqCst) + 1;
        Ok(UpstreamTokens {
            access_token: Secret::new(format!("upstream-{turn}")),
            expires_in: Some(3600),
            refresh_token: None,
            scopes: narrower.cloned(),
            proof_key: held(&self.proof_key).clone(),
        })
    }

    fn proof(&self, _key: &Secret<String>, of: broker::ProofOf<'_>) -> Result<String, UpstreamError> {
        let nonce = held(&self.nonces).last().cloned().unwrap_or_default();
        Ok(format!("{} {} {} [{nonce}]", of.method, of.address, of.token.expose()))
    }

    fn note_nonce(&self, address: &Url, nonce: &str) {
        held(&self.nonces).push(format!("{}{nonce}", address.path()));
    }

    async fn revoke(
        &self,
        _provider: &Provider,
        _client: &ClientCredential,
        _refresh_token: &Secret<String>,
    ) -> Result<bool, UpstreamError> {
        Ok(true)
    }
}

pub fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test panicked with it")
}

/// Nothing in these tests takes longer.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("it happens soon")
}
