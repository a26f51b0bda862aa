//! Ports that keep everything in memory. Each secret that passes through them is a canary.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
};

use async_trait::async_trait;
use broker::{
    ActivityCount, ActivityFilter, AuditRecord, Broker, Change, ClientCredential, Clock, Entropy, Error,
    NewLock, Notice, Presence, Provider, Records, ScopeSet, Secret, SecretOf, SignInBegun, SignInPlan,
    SignInUnderWay, SignedIn, Surroundings, Timestamp, TokenSigner, Upstream, UpstreamError, UpstreamTokens,
    Vault, VaultError, VaultState,
};
use control::{Event, Page};
use futures_util::future::BoxFuture;
use tokio::sync::broadcast;
use url::Url;

use super::super::Household;

/// Remembers in memory; what the rules changed is read back as it was put.
#[derive(Default)]
pub struct FakeVault(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    passphrase: Option<Secret<String>>,
    open: bool,
    records: Records,
    secrets: Vec<(SecretOf, Secret<String>)>,
    keys: Vec<(String, Secret<String>)>,
    activity: Vec<AuditRecord>,
}

impl FakeVault {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn keep(&mut self, change: Change) {
        match change {
            Change::PutSigningKey(id, key) => self.keys.push((id, key)),
            Change::DeleteSigningKey(id) => self.keys.retain(|(key, _)| *key != id),
            Change::PutGrant(grant, Some(token)) => self.secrets.push((SecretOf::Grant(grant.id), token)),
            Change::PutAccess(grant, Some(token)) => self.secrets.push((SecretOf::Access(grant), token)),
            Change::PutClient(client, Some(secret)) => {
                self.secrets.push((SecretOf::Client(client.provider), secret));
            }
            Change::Audit(event) => {
                let number = u32::try_from(self.activity.len() + 1).unwrap_or(u32::MAX);
                self.activity.insert(0, AuditRecord { number, event });
            }
            _ => {}
        }
    }

    fn is(&self, guess: &Secret<String>) -> bool {
        // Exposed to be compared, in a test.
        self.passphrase.as_ref().is_some_and(|own| own.expose() == guess.expose())
    }
}

#[async_trait]
impl Vault for FakeVault {
    async fn state(&self) -> VaultState {
        let kept = self.kept();
        match (&kept.passphrase, kept.open) {
            (None, _) => VaultState::Absent,
            (Some(_), true) => VaultState::Open,
            (Some(_), false) => VaultState::LockedByPassphrase,
        }
    }

    async fn keyring(&self) -> Result<(), broker::Sentence> {
        Err("There is none here.".into())
    }

    async fn create(&self, lock: NewLock) -> Result<(), VaultError> {
        let NewLock::Passphrase(passphrase) = lock else {
            return Err(VaultError::Keyring("There is none here.".into()));
        };
        let mut kept = self.kept();
        (kept.passphrase, kept.open) = (Some(passphrase), true);
        Ok(())
    }

    async fn open(&self, passphrase: Option<Secret<String>>) -> Result<(), VaultError> {
        let mut kept = self.kept();
        kept.open = passphrase.is_some_and(|guess| kept.is(&guess));
        if kept.open { Ok(()) } else { Err(VaultError::WrongPassphrase) }
    }

    async fn close(&self) {
        self.kept().open = false;
    }

    async fn has_passphrase(&self) -> bool {
        self.kept().passphrase.is_some()
    }

    async fn is_passphrase(&self, guess: &Secret<String>) -> Result<bool, VaultError> {
        Ok(self.kept().is(guess))
    }

    async fn set_passphrase(&self, new: &Secret<String>) -> Result<(), VaultError> {
        self.kept().passphrase = Some(new.clone());
        Ok(())
    }

    async fn load(&self) -> Result<Records, VaultError> {
        Ok(self.kept().records.clone())
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), VaultError> {
        let mut kept = self.kept();
        for change in changes {
            kept.keep(change);
        }
        Ok(())
    }

    async fn secret(&self, of: &SecretOf) -> Result<Option<Secret<String>>, VaultError> {
        Ok(self.kept().secrets.iter().find(|(whose, _)| whose == of).map(|(_, secret)| secret.clone()))
    }

    async fn signing_keys(&self) -> Result<Vec<(String, Secret<String>)>, VaultError> {
        Ok(self.kept().keys.clone())
    }

    async fn activity_counts(&self, _: &ActivityFilter, _: u32) -> Result<Vec<ActivityCount>, VaultError> {
        Ok(Vec::new())
    }

    async fn activity(
        &self,
        _: &ActivityFilter,
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, VaultError> {
        let kept = self.kept();
        let older = kept.activity.iter().filter(|record| before.is_none_or(|before| record.number < before));
        Ok(older.take(usize::try_from(limit).unwrap_or(usize::MAX)).cloned().collect())
    }
}

/// Two providers: one that signs in at once, one whose person never comes back.
pub struct FakeUpstream;

const CATALOGUE: [&str; 2] = [
    r##"{"id": "testland", "name": "Testland", "mark": "T", "colour": "#123456",
        "issuer": "https://id.testland.example", "client": {"own_id": true, "secret": true},
        "redirect": {"host": "localhost", "ports": [8123]},
        "api": [{"path": "/", "base": "https://api.testland.example/"}],
        "guide": [{"text": "Enter {redirect} there.", "copy": "{redirect}", "link": "https://testland.example/apps"}],
        "scopes": [{"scope": "mail.read", "words": "Read your mail", "service": "Mail", "access": "read",
                    "risk": "medium", "preset": true, "paths": ["/mail"]}]}"##,
    r##"{"id": "nobody", "name": "Nobodyland", "mark": "N", "colour": "#654321", "client": {"own_id": true}}"##,
];

#[async_trait]
impl Upstream for FakeUpstream {
    fn catalogue(&self) -> Vec<Provider> {
        CATALOGUE.iter().map(|entry| serde_json::from_str(entry).expect("an entry")).collect()
    }

    fn read_entry(&self, text: &str) -> Result<Provider, UpstreamError> {
        serde_json::from_str(text).map_err(|error| UpstreamError::Unusable(error.to_string().into()))
    }

    async fn examine(&self, provider: Provider) -> Result<Provider, UpstreamError> {
        Ok(provider)
    }

    async fn begin_sign_in(&self, plan: SignInPlan) -> Result<SignInUnderWay, UpstreamError> {
        let outcome: BoxFuture<'static, _> = if plan.provider.id.as_str() == "nobody" {
            Box::pin(std::future::pending())
        } else {
            Box::pin(async { Ok(signed_in()) })
        };
        Ok(SignInUnderWay {
            authorize_url: address("https://id.testland.example/authorize?state=s"),
            redirect_uri: Some(address("http://localhost:8123/callback/testland")),
            by_hand: None,
            arrival: None,
            registered: None,
            outcome,
        })
    }

    async fn refresh(
        &self,
        _: &Provider,
        _: &ClientCredential,
        _: &Secret<String>,
        _: Option<&ScopeSet>,
    ) -> Result<UpstreamTokens, UpstreamError> {
        Ok(tokens())
    }

    async fn revoke(
        &self,
        _: &Provider,
        _: &ClientCredential,
        _: &Secret<String>,
    ) -> Result<bool, UpstreamError> {
        Ok(true)
    }
}

fn signed_in() -> SignedIn {
    SignedIn { subject: "1".into(), name: "ada@testland.example".into(), tokens: tokens() }
}

fn tokens() -> UpstreamTokens {
    UpstreamTokens {
        access_token: Secret::from("canary-access-token"),
        expires_in: Some(3600),
        refresh_token: Some(Secret::from("canary-refresh-token")),
        scopes: ScopeSet::parse("mail.read mail.send"),
        proof_key: None,
    }
}

fn address(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

/// Signs everything alike.
pub struct OneSigner;

impl TokenSigner for OneSigner {
    fn generate(&self) -> Result<Secret<String>, String> {
        Ok(Secret::from("canary-signing-key"))
    }

    fn load(&self, _: &str, _: &Secret<String>) -> Result<(), String> {
        Ok(())
    }

    fn retire(&self, _: &str) {}

    fn forget(&self) {}

    fn sign(&self, claims: &serde_json::Value) -> Result<Secret<String>, String> {
        Ok(Secret::new(format!("canary-own-token-{}", claims["jti"])))
    }
}

/// Passes notices on as events; has a display or not.
pub struct FakeSurroundings {
    events: broadcast::Sender<Event>,
    pub display: AtomicBool,
}

impl FakeSurroundings {
    pub fn new(events: broadcast::Sender<Event>) -> Self {
        Self { events, display: AtomicBool::new(true) }
    }
}

impl Surroundings for FakeSurroundings {
    fn run(&self, task: BoxFuture<'static, ()>) {
        tokio::spawn(task);
    }

    fn open_browser(&self, _: &Url) -> bool {
        false
    }

    fn notify(&self, notice: Notice) {
        let event = match notice {
            Notice::Changed | Notice::Tiding(_) | Notice::WaitingForUnlock(_) => Event::Changed,
            Notice::Prompts(waiting) => {
                Event::Prompts { waiting: u32::try_from(waiting).unwrap_or(u32::MAX) }
            }
        };
        let _ = self.events.send(event);
    }

    fn has_display(&self) -> bool {
        self.display.load(Ordering::Relaxed)
    }
}

/// A clock that stands where it is put.
#[derive(Default)]
pub struct FixedClock(pub AtomicI64);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(1_700_000_000 + self.0.load(Ordering::Relaxed))
    }
}

/// Never the same twice.
#[derive(Default)]
pub struct Counter(AtomicU64);

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let count = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        bytes.iter_mut().zip(count.iter().cycle()).for_each(|(byte, count)| *byte = *count);
    }
}

/// A house without a window and without a demo provider of its own.
pub struct FakeHouse(pub Broker, pub Written);

/// Files that were written: their paths, and what is in them.
pub type Written = std::sync::Arc<Mutex<Vec<(String, Vec<u8>)>>>;

#[async_trait]
impl Household for FakeHouse {
    async fn show(&self, _: Page) -> Result<(), Error> {
        Ok(())
    }

    async fn start_demo(&self, presence: &Presence) -> Result<SignInBegun, Error> {
        self.0.begin_reauth("ada@testland.example", ScopeSet::default(), false, presence).await
    }

    async fn run_demo_program(&self) -> Result<(), Error> {
        Ok(())
    }

    fn socket_path(&self) -> std::path::PathBuf {
        "/run/keylodge/api.sock".into()
    }

    fn demo_running(&self) -> bool {
        false
    }

    fn version(&self) -> String {
        "1.2.3".to_owned()
    }

    fn policy_file(&self) -> String {
        "/etc/keylodge/policy.toml".to_owned()
    }

    async fn read_offers(&self) {}

    fn offers_folder(&self) -> String {
        "/home/ada/.config/keylodge/providers".to_owned()
    }

    fn findings(&self) -> Vec<control::Finding> {
        Vec::new()
    }

    fn autostart(&self) -> control::AutostartView {
        control::AutostartView { on: false, file: String::new() }
    }

    fn set_autostart(&self, on: bool) -> Result<control::AutostartView, Error> {
        Ok(control::AutostartView { on, file: String::new() })
    }

    async fn write_new_file(&self, file: &str, content: Vec<u8>) -> Result<(), Error> {
        self.1.lock().unwrap_or_else(PoisonError::into_inner).push((file.to_owned(), content));
        Ok(())
    }

    async fn read_backup(&self, _: &str) -> Result<Vec<u8>, Error> {
        Ok(Vec::new())
    }
}
