//! What the tests of the vault share: a clock to turn, a keyring to break, records to keep.
#![expect(dead_code, reason = "each test binary uses its part")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
};

use broker::{
    Account, AccountId, App, AppId, AuditEvent, AuditKind, Caller, Change, Clock, Credential, GrantId,
    GrantState, NewLock, ProviderId, ScopeSet, Secret, Sentence, Timestamp, UpstreamGrant, Vault,
};
use tempfile::TempDir;
use vault::{FileVault, KeyStore, PassphraseCost};

pub const PASSPHRASE: &str = "correct horse battery";

/// A clock that stands until it is turned.
#[derive(Debug, Default)]
pub struct Turned(AtomicI64);

impl Turned {
    pub fn by(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Turned {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// A keyring in memory that can be taken away, and can hang.
#[derive(Default)]
pub struct FakeKeyring {
    pub keys: Mutex<HashMap<String, String>>,
    pub broken: AtomicBool,
    hung: Mutex<Option<Receiver<()>>>,
}

impl FakeKeyring {
    /// From now on calls wait until the returned end is dropped.
    pub fn hang(&self) -> Sender<()> {
        let (sender, receiver) = channel();
        *self.hung.lock().unwrap() = Some(receiver);
        sender
    }

    fn reach(&self) -> Result<(), Sentence> {
        if let Some(hung) = self.hung.lock().unwrap().take() {
            let _ = hung.recv();
        }
        if self.broken.load(Ordering::SeqCst) { Err("it is broken for this test.".into()) } else { Ok(()) }
    }
}

impl KeyStore for FakeKeyring {
    fn available(&self) -> Result<(), Sentence> {
        self.reach()
    }

    fn get(&self, id: &str) -> Result<Option<Secret<String>>, Sentence> {
        self.reach()?;
        Ok(self.keys.lock().unwrap().get(id).map(|key| Secret::from(key.as_str())))
    }

    fn set(&self, id: &str, key: &Secret<String>) -> Result<(), Sentence> {
        self.reach()?;
        self.keys.lock().unwrap().insert(id.into(), key.expose().clone());
        Ok(())
    }

    fn delete(&self, id: &str) -> Result<(), Sentence> {
        self.reach()?;
        self.keys.lock().unwrap().remove(id);
        Ok(())
    }
}

/// A folder, a clock, a keyring, and as many vaults on them as wanted.
pub struct Place {
    pub root: TempDir,
    pub clock: Arc<Turned>,
    pub keyring: Arc<FakeKeyring>,
}

impl Place {
    pub fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap(), clock: Arc::default(), keyring: Arc::default() }
    }

    pub fn folder(&self) -> PathBuf {
        self.root.path().join("keylodge")
    }

    pub fn vault(&self) -> FileVault {
        vault_in(&self.folder(), self.keyring.clone(), self.clock.clone())
    }

    /// A new, open vault with a passphrase.
    pub async fn made(&self) -> FileVault {
        let vault = self.vault();
        vault.create(NewLock::Passphrase(Secret::from(PASSPHRASE))).await.unwrap();
        vault
    }

    /// The vault, opened with its passphrase.
    pub async fn opened(&self) -> FileVault {
        let vault = self.vault();
        vault.open(Some(Secret::from(PASSPHRASE))).await.unwrap();
        vault
    }

    /// Name and content of every file.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<_> = std::fs::read_dir(self.folder())
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
            .collect();
        files.sort();
        files
    }
}

pub fn vault_in(folder: &Path, keyring: Arc<FakeKeyring>, clock: Arc<Turned>) -> FileVault {
    FileVault::with_cost(folder.to_path_buf(), keyring, clock, PassphraseCost::FOR_TESTS)
}

pub fn account(id: &str, name: &str) -> Account {
    Account {
        id: AccountId::from_text(id),
        provider: ProviderId::from_text("acme"),
        subject: format!("subject of {name}"),
        name: name.into(),
        label: format!("label of {name}"),
        added_at: Timestamp(1),
        way: broker::provider::SignInWay::Code,
    }
}

pub fn grant(id: &str, version: u64) -> UpstreamGrant {
    UpstreamGrant {
        id: GrantId::from_text(id),
        account: AccountId::from_text("acc_1"),
        scopes: ScopeSet::parse("read write").unwrap(),
        state: GrantState::Active,
        refreshable: true,
        since: Timestamp(2),
        version,
        separate: false,
        upkeep: broker::Upkeep::default(),
    }
}

pub fn app(id: &str, name: &str) -> App {
    App {
        id: AppId::from_text(id),
        name: name.into(),
        credential: Credential::Public,
        provider: None,
        redirect_uris: Vec::new(),
        resources: Vec::new(),
        evidence: Some(Caller { file: format!("/usr/bin/{name}"), ..Caller::default() }),
        registered_at: Timestamp(3),
        last_used: None,
        terms: broker::Terms::default(),
        management: None,
        by_hand: false,
    }
}

pub fn fact(sentence: &str) -> Change {
    Change::Audit(AuditEvent {
        at: Timestamp(4),
        kind: AuditKind::Issued,
        sentence: sentence.into(),
        said: None,
        app: None,
        app_name: None,
        account: None,
        account_label: None,
        failure: None,
        scopes: ScopeSet::default(),
        because: String::new(),
        because_said: None,
    })
}
