//! The vault: what the rules need to be remembered and sealed.

use std::fmt;

use async_trait::async_trait;
use serde::Serialize;

use crate::{
    Account, AccountId, App, AppId, AuditEvent, AuditKind, AuditRecord, ClientRegistration, Consent,
    ConsentId, FamilyId, GrantId, Lease, LeaseId, Preferences, Provider, ProviderId, RefreshFamily, Released,
    Route, RouteId, Secret, Sentence, Timestamp, UpstreamGrant, messages::refusals,
};

/// Everything that is remembered, apart from secrets and activity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// The person's own providers.
    pub providers: Vec<Provider>,
    /// Our client registrations.
    pub clients: Vec<ClientRegistration>,
    /// Accounts.
    pub accounts: Vec<Account>,
    /// Upstream grants.
    pub grants: Vec<UpstreamGrant>,
    /// Programs.
    pub apps: Vec<App>,
    /// Consents.
    pub consents: Vec<Consent>,
    /// Leases.
    pub leases: Vec<Lease>,
    /// Providers' own tokens that are out.
    pub released: Vec<Released>,
    /// Refresh families.
    pub families: Vec<RefreshFamily>,
    /// Routes.
    pub routes: Vec<Route>,
    /// What the person has set.
    pub preferences: Preferences,
}

/// One change to what is remembered. Deleting what is not there is no error.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "changes are few and short-lived")]
pub enum Change {
    /// Adds or replaces an own provider.
    PutProvider(Provider),
    /// Removes one.
    DeleteProvider(ProviderId),
    /// Adds or replaces a client registration; `None` keeps no secret.
    PutClient(ClientRegistration, Option<Secret<String>>),
    /// Removes one, with its secret.
    DeleteClient(ProviderId),
    /// Adds or replaces an account.
    PutAccount(Account),
    /// Removes one.
    DeleteAccount(AccountId),
    /// Adds or replaces a grant. `Some` replaces its refresh token; `None` keeps the one that is there.
    PutGrant(UpstreamGrant, Option<Secret<String>>),
    /// Removes one, and destroys its refresh token, access token and key.
    DeleteGrant(GrantId),
    /// Seals a grant's access token in place of the last one; `None` destroys it.
    PutAccess(GrantId, Option<Secret<String>>),
    /// Seals the key that a grant's tokens are bound to in place of the last one; `None` destroys it.
    PutProofKey(GrantId, Option<Secret<String>>),
    /// Adds or replaces a program.
    PutApp(App),
    /// Removes one.
    DeleteApp(AppId),
    /// Adds or replaces a consent.
    PutConsent(Consent),
    /// Removes one.
    DeleteConsent(ConsentId),
    /// Adds or replaces a lease.
    PutLease(Lease),
    /// Removes one.
    DeleteLease(LeaseId),
    /// Adds or replaces a provider's own token that is out. `Some` seals it; `None` keeps the one that is there.
    PutReleased(Released, Option<Secret<String>>),
    /// Removes one, and destroys its token.
    DeleteReleased(LeaseId),
    /// Adds or replaces a refresh family.
    PutFamily(RefreshFamily),
    /// Removes one.
    DeleteFamily(FamilyId),
    /// Adds or replaces a route.
    PutRoute(Route),
    /// Removes one.
    DeleteRoute(RouteId),
    /// Replaces what the person has set.
    PutPreferences(Preferences),
    /// Stores a signing key (an opaque, sealed text) under its key id.
    PutSigningKey(String, Secret<String>),
    /// Destroys one.
    DeleteSigningKey(String),
    /// Appends a fact.
    Audit(AuditEvent),
}

/// What a secret in the vault belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretOf {
    /// A grant's refresh token.
    Grant(GrantId),
    /// A grant's access token.
    Access(GrantId),
    /// The private key that a grant's tokens are bound to (RFC 9449).
    ProofKey(GrantId),
    /// A registration's client secret.
    Client(ProviderId),
    /// A provider's own token that left under this lease.
    Released(LeaseId),
}

/// Which facts are looked for. Everything that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivityFilter {
    /// A program's id, or a part of its name.
    pub app: Option<String>,
    /// An account's id, or a part of its label.
    pub account: Option<String>,
    /// A scope, or a part of one.
    pub scope: Option<String>,
    /// A kind's word, or how it begins (`token`, `consent.denied`).
    pub kind: Option<String>,
    /// A part of the English sentence.
    pub text: Option<String>,
    /// Words of which each must be in what a window shows of the fact.
    pub words: Vec<Word>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

/// A word in what a window shows of a fact: in its sentence, or in the name of its program or account.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
pub struct Word {
    /// The word, or a phrase.
    pub word: String,
    /// Names of the messages whose words, in the window's language, hold it; `None`: the window shows the English sentence.
    pub messages: Option<Vec<String>>,
    /// Scopes whose words, as the window shows them, hold it.
    pub scopes: Vec<String>,
}

/// How many facts fell into one stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityCount {
    /// When the stretch begins.
    pub from: Timestamp,
    /// The kind.
    pub kind: AuditKind,
    /// How many.
    pub count: u32,
}

/// How the vault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VaultState {
    /// There is none yet.
    Absent,
    /// Closed; the keyring opens it.
    LockedByKeyring,
    /// Closed; the passphrase opens it.
    LockedByPassphrase,
    /// Open.
    Open,
}

/// How a new vault is locked.
#[derive(Clone, Debug)]
pub enum NewLock {
    /// By a key in the system keyring.
    Keyring,
    /// By a passphrase.
    Passphrase(Secret<String>),
}

/// Why the vault did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultError {
    /// It is closed.
    Locked,
    /// The passphrase is wrong.
    WrongPassphrase,
    /// After a wrong passphrase the next guess must wait.
    TooSoon {
        /// So long.
        seconds: i64,
    },
    /// The keyring cannot be used, and why.
    Keyring(Sentence),
    /// The file is damaged, from a newer version, or another program holds it.
    Unusable(Sentence),
    /// Reading or writing failed.
    Io(Sentence),
}

impl VaultError {
    /// What the person is told.
    #[must_use]
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::Locked => refusals::VAULT_LOCKED.sentence(),
            Self::WrongPassphrase => refusals::WRONG_PASSPHRASE.sentence(),
            Self::TooSoon { seconds } => refusals::TOO_SOON.with([("seconds", seconds)]),
            Self::Keyring(why) => refusals::KEYRING.with([("why", why)]),
            Self::Unusable(why) => why.clone(),
            Self::Io(why) => refusals::VAULT_IO.with([("why", why)]),
        }
    }
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl std::error::Error for VaultError {}

/// Remembers and seals. Every method but `state`, `keyring`, `create` and `open` fails with
/// [`VaultError::Locked`] while it is closed.
#[async_trait]
pub trait Vault: Send + Sync {
    /// How it is.
    async fn state(&self) -> VaultState;
    /// `Err` says in a sentence why the system keyring cannot be used.
    async fn keyring(&self) -> Result<(), Sentence>;
    /// Makes a new vault and opens it. Fails if there is one.
    async fn create(&self, lock: NewLock) -> Result<(), VaultError>;
    /// Opens it, with the keyring or with a passphrase.
    async fn open(&self, passphrase: Option<Secret<String>>) -> Result<(), VaultError>;
    /// Closes it and wipes its keys.
    async fn close(&self);
    /// Whether the vault has a passphrase at all.
    async fn has_passphrase(&self) -> bool;
    /// Whether this is its passphrase, open or closed. Slow on purpose, and slower after each wrong guess.
    async fn is_passphrase(&self, guess: &Secret<String>) -> Result<bool, VaultError>;

    /// Everything that is remembered.
    async fn load(&self) -> Result<Records, VaultError>;
    /// Carries out all changes in one transaction, durable when this returns.
    async fn commit(&self, changes: Vec<Change>) -> Result<(), VaultError>;
    /// The same for changes that allow less than before: they must not fail for want of room on the disk.
    async fn commit_narrowing(&self, changes: Vec<Change>) -> Result<(), VaultError> {
        self.commit(changes).await
    }
    /// A secret, unsealed.
    async fn secret(&self, of: &SecretOf) -> Result<Option<Secret<String>>, VaultError>;
    /// All signing keys with their key ids, oldest first.
    async fn signing_keys(&self) -> Result<Vec<(String, Secret<String>)>, VaultError>;
    /// Facts that fit, newest first, numbered below `before`.
    async fn activity(
        &self,
        filter: &ActivityFilter,
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, VaultError>;
    /// How many facts fit, for each stretch of `seconds` and kind, oldest first.
    async fn activity_counts(
        &self,
        filter: &ActivityFilter,
        seconds: u32,
    ) -> Result<Vec<ActivityCount>, VaultError>;
    /// Looks at every fact: whether one was changed, taken out or put in.
    async fn verify_activity(&self) -> Result<TrailCheck, VaultError> {
        Err(not_offered())
    }
    /// Forgets facts from before `oldest`, and the oldest of more than `keep`. Returns how many.
    async fn cut_activity(&self, _oldest: Timestamp, _keep: u32) -> Result<u32, VaultError> {
        Ok(0)
    }

    /// Gives the open vault a passphrase, or another one.
    async fn set_passphrase(&self, _new: &Secret<String>) -> Result<(), VaultError> {
        Err(not_offered())
    }
    /// Whether the vault that was opened is an older copy than the keyring remembers (STO-02).
    async fn was_rolled_back(&self) -> bool {
        false
    }
    /// Everything that is remembered, secrets included, sealed with a passphrase of its own.
    async fn backup(&self, _passphrase: &Secret<String>) -> Result<Vec<u8>, VaultError> {
        Err(not_offered())
    }
    /// Reads a backup; changes nothing.
    async fn read_backup(&self, _backup: &[u8], _passphrase: &Secret<String>) -> Result<Backup, VaultError> {
        Err(not_offered())
    }
}

fn not_offered() -> VaultError {
    VaultError::Unusable("This kind of vault cannot do that.".into())
}

/// What a look at the whole trail found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrailCheck {
    /// So many facts were looked at.
    pub events: u32,
    /// So many of them are older than the chain.
    pub unchained: u32,
    /// The number of the first fact that does not fit; `None`: all do.
    pub broken_at: Option<u32>,
}

/// What a backup holds.
#[derive(Clone, Debug, Default)]
pub struct Backup {
    /// When it was made.
    pub made_at: Timestamp,
    /// The records; no leases and no refresh families. Tokens that were out are to be ended.
    pub records: Records,
    /// Refresh tokens, client secrets, and tokens that were out.
    pub secrets: Vec<(SecretOf, Secret<String>)>,
}
