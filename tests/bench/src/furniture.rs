//! A vault that is filled before Keylodge starts: accounts at the bench's own provider, programs, consents.

use std::{
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use broker::{
    Account, AccountId, App, AppId, AuditEvent, AuditKind, Change, ClientRegistration, Clock, Consent,
    ConsentId, Credential, Delivery, GrantId, GrantState, NewLock, Provider, ProviderId, Scope, ScopeSet,
    Secret, Timestamp, UpstreamGrant, Vault,
    consent::Duration,
    provider::{Access, ApiRoute, Endpoints, Group, ScopeEntry},
};
use vault::{FileVault, NoKeyStore, PassphraseCost};

/// The passphrase of every vault here.
pub const PASSPHRASE: &str = "a passphrase for the bench";
/// The one scope.
pub const SCOPE: &str = "data.read";
/// An account whose provider's tokens live for an hour.
pub const LONG: &str = "long";
/// An account whose provider's tokens are over as soon as they come.
pub const SHORT: &str = "short";

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Accounts, the two above among them.
    pub accounts: usize,
    /// Programs that have consents; each has one for every tenth account.
    pub programs: usize,
}

/// The two accounts alone.
pub const SMALL: Size = Size { accounts: 2, programs: 0 };
/// A thousand accounts, and ten thousand consents of a hundred programs.
pub const LARGE: Size = Size { accounts: 1000, programs: 100 };

/// Makes the vault.
///
/// # Panics
/// If it cannot be written.
pub fn furnish(folder: &Path, provider: SocketAddr, size: Size, cost: PassphraseCost) {
    on_one_thread(async {
        let vault = empty(folder, cost).await;
        vault.commit(changes(provider, size)).await.expect("room for it");
        vault.close().await;
    });
}

/// A vault in which so much has happened, a minute after the other, by a thousand programs at seven accounts.
///
/// # Panics
/// If it cannot be written.
pub async fn with_events(folder: &Path, events: usize) -> FileVault {
    const AT_ONCE: usize = 1000;
    let vault = empty(folder, PassphraseCost::FOR_TESTS).await;
    for first in (0..events).step_by(AT_ONCE) {
        vault.commit((first..first + AT_ONCE).map(event).collect()).await.expect("room for it");
    }
    vault
}

/// Waits for this, on a runtime of its own.
///
/// # Panics
/// If there is no runtime.
pub fn on_one_thread<T>(what: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(what)
}

async fn empty(folder: &Path, cost: PassphraseCost) -> FileVault {
    let keys = Arc::new(NoKeyStore("The bench uses a passphrase.".into()));
    let vault = FileVault::with_cost(folder.to_owned(), keys, Arc::new(MachineClock), cost);
    vault.create(NewLock::Passphrase(Secret::from(PASSPHRASE))).await.expect("a new vault");
    vault
}

fn event(number: usize) -> Change {
    let minute = i64::try_from(number).unwrap_or_default();
    Change::Audit(AuditEvent {
        at: Timestamp(minute * 60),
        kind: AuditKind::Issued,
        sentence: "Handed out: mail.read calendar.read files (gateway token).".to_owned(),
        said: None,
        app: Some(AppId::from_text(format!("app_{}", number % 1000))),
        app_name: Some(format!("tool-{}", number % 1000)),
        account: None,
        account_label: Some(format!("person-{}@example.org", number % 7)),
        failure: None,
        scopes: ScopeSet::parse("mail.read calendar.read files").unwrap_or_default(),
        because: "You allowed it.".to_owned(),
        because_said: None,
    })
}

struct MachineClock;

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "the vault was furnished now, by the machine's own clock")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Timestamp(i64::try_from(since).unwrap_or_default())
    }
}

fn changes(address: SocketAddr, size: Size) -> Vec<Change> {
    let now = MachineClock.now();
    let origin = format!("http://{address}");
    let client = ClientRegistration {
        provider: id(),
        issuer: origin.clone(),
        client_id: "keylodge".to_owned(),
        has_secret: false,
        dynamic: false,
        redirect_uri: None,
        since: now,
        known: broker::ClientFacts::default(),
    };
    let mut changes = vec![Change::PutProvider(provider(&origin)), Change::PutClient(client, None)];
    let accounts = (0..size.accounts).flat_map(|number| account(number, now));
    changes.extend(accounts);
    changes.extend((0..size.programs).map(|number| Change::PutApp(program(number, now))));
    let consents = (0..size.programs)
        .flat_map(|program| (program % 10..size.accounts).step_by(10).map(move |account| (program, account)));
    changes.extend(consents.map(|(program, account)| Change::PutConsent(consent(program, account, now))));
    changes
}

fn id() -> ProviderId {
    ProviderId::from_text("bench")
}

fn scopes() -> ScopeSet {
    ScopeSet::parse(SCOPE).expect("a legal scope")
}

fn account_id(number: usize) -> AccountId {
    AccountId::from_text(format!("acc_{number:016}"))
}

fn app_id(number: usize) -> AppId {
    AppId::from_text(format!("app_{number:016}"))
}

fn account(number: usize, now: Timestamp) -> [Change; 2] {
    let label = match number {
        0 => LONG.to_owned(),
        1 => SHORT.to_owned(),
        _ => format!("account {number}"),
    };
    let refresh_token = if number == 1 { "short-0" } else { "long-0" };
    let account = Account {
        id: account_id(number),
        provider: id(),
        subject: format!("subject-{number}"),
        name: format!("person.{number}@bench.example"),
        label,
        added_at: now,
        way: broker::provider::SignInWay::Code,
    };
    let grant = UpstreamGrant {
        id: GrantId::from_text(format!("grant_{number:016}")),
        account: account.id.clone(),
        scopes: scopes(),
        state: GrantState::Active,
        refreshable: true,
        since: now,
        version: 1,
        separate: false,
        upkeep: broker::Upkeep::default(),
    };
    [Change::PutAccount(account), Change::PutGrant(grant, Some(Secret::from(refresh_token)))]
}

fn program(number: usize, now: Timestamp) -> App {
    let file = format!("/usr/bin/program-{number}");
    App {
        id: app_id(number),
        name: format!("program-{number}"),
        credential: Credential::Program { key: file.clone() },
        provider: None,
        redirect_uris: Vec::new(),
        resources: Vec::new(),
        evidence: Some(broker::Caller { file, file_hash: "0".repeat(64), ..broker::Caller::default() }),
        registered_at: now,
        last_used: None,
        terms: broker::Terms::default(),
        management: None,
        by_hand: false,
    }
}

fn consent(program: usize, account: usize, now: Timestamp) -> Consent {
    Consent {
        id: ConsentId::from_text(format!("con_{program:08}{account:08}")),
        app: app_id(program),
        account: account_id(account),
        scopes: scopes(),
        delivery: Delivery::Gateway,
        duration: Duration::Always,
        allows: true,
        fingerprint: Some(format!("{program:064}").into()),
        since: now,
        until: None,
        last_used: None,
        uses: 0,
        note: String::new(),
        conditions: broker::consent::Conditions::default(),
        asks_each_time: false,
        by_policy: false,
    }
}

fn provider(origin: &str) -> Provider {
    let endpoints = Endpoints {
        authorization: format!("{origin}/authorize"),
        token: format!("{origin}/token"),
        pkce_s256: true,
        ..Endpoints::default()
    };
    Provider {
        group: Group::Own,
        issuer: Some(origin.to_owned()),
        endpoints: Some(endpoints),
        scopes: vec![scope_entry()],
        api: vec![ApiRoute::plain("/", &format!("{origin}/"))],
        private: true,
        ..Provider::named(id().as_str(), "Bench")
    }
}

fn scope_entry() -> ScopeEntry {
    let scope = Scope::parse(SCOPE).expect("a legal scope");
    ScopeEntry {
        preset: true,
        paths: vec!["/api".to_owned()],
        ..ScopeEntry::plain(scope, "Look at the data", "Data", Access::Read)
    }
}
