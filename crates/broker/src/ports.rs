//! Ports: what the rules need from outside. Adapters implement them; tests use fakes.

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use url::Url;

use crate::{
    Account, AccountId, App, AppId, AuditEvent, AuditKind, AuditRecord, ClientRegistration, Consent,
    ConsentId, FamilyId, GrantId, Lease, LeaseId, Preferences, Provider, ProviderId, RefreshFamily, Route,
    RouteId, ScopeSet, Secret, Timestamp, UpstreamGrant, provider::SignInWay,
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
    /// Removes one, and destroys its refresh token and access token.
    DeleteGrant(GrantId),
    /// Seals a grant's access token in place of the last one; `None` destroys it.
    PutAccess(GrantId, Option<Secret<String>>),
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
    /// A registration's client secret.
    Client(ProviderId),
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
    /// A part of the sentence.
    pub text: Option<String>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
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
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum VaultError {
    /// It is closed.
    #[error("The vault is locked.")]
    Locked,
    /// The passphrase is wrong.
    #[error("That is not the passphrase.")]
    WrongPassphrase,
    /// After a wrong passphrase the next guess must wait.
    #[error("A wrong passphrase was given just before. Wait {seconds} s, then try again.")]
    TooSoon {
        /// So long.
        seconds: i64,
    },
    /// The keyring cannot be used, and why.
    #[error("The system keyring cannot be used: {0}")]
    Keyring(String),
    /// The file is damaged, from a newer version, or another program holds it.
    #[error("{0}")]
    Unusable(String),
    /// Reading or writing failed.
    #[error("The vault could not be read or written: {0}")]
    Io(String),
}

/// Remembers and seals. Every method but `state`, `keyring`, `create` and `open` fails with
/// [`VaultError::Locked`] while it is closed.
#[async_trait]
pub trait Vault: Send + Sync {
    /// How it is.
    async fn state(&self) -> VaultState;
    /// `Err` says in a sentence why the system keyring cannot be used.
    async fn keyring(&self) -> Result<(), String>;
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
    VaultError::Unusable("This kind of vault cannot do that.".to_owned())
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
    /// The records; no leases and no refresh families.
    pub records: Records,
    /// Refresh tokens and client secrets.
    pub secrets: Vec<(SecretOf, Secret<String>)>,
}

/// Why a provider did not do it.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum UpstreamError {
    /// It does not answer; later it may.
    #[error("{provider} does not answer ({detail}). Try again later.")]
    Away {
        /// Its name.
        provider: String,
        /// What was seen, without a secret.
        detail: String,
        /// When to try again, in seconds, if it said.
        retry_after: Option<u32>,
    },
    /// It refused: the word is the RFC's (`invalid_grant`, `access_denied`, …).
    #[error("{provider} refused ({code}): {detail}")]
    Refused {
        /// Its name.
        provider: String,
        /// The RFC's word.
        code: String,
        /// What it said, cleaned, or what that means.
        detail: String,
    },
    /// It answered something that it must not.
    #[error("{provider} answered something that Keylodge cannot trust: {detail}")]
    Misbehaved {
        /// Its name.
        provider: String,
        /// What was wrong.
        detail: String,
    },
    /// The person cancelled, or time ran out.
    #[error("{0}")]
    Ended(String),
    /// What was entered cannot work.
    #[error("{0}")]
    Unusable(String),
}

/// Our credential at a provider.
#[derive(Clone, Debug)]
pub struct ClientCredential {
    /// The client id.
    pub client_id: String,
    /// The secret, if there is one.
    pub client_secret: Option<Secret<String>>,
}

/// What a sign-in is to do.
#[derive(Clone, Debug)]
pub struct SignInPlan {
    /// Where.
    pub provider: Provider,
    /// As whom; `None`: register dynamically, on the redirect address that was bound.
    pub client: Option<ClientCredential>,
    /// What to ask for.
    pub scopes: ScopeSet,
    /// The account's name, where it is signed in again (`login_hint`).
    pub login_hint: Option<String>,
    /// How long to wait for the browser, in seconds.
    pub wait_seconds: u32,
}

/// A sign-in that waits for the browser.
pub struct SignInUnderWay {
    /// What the browser opens.
    pub authorize_url: Url,
    /// Where it comes back to.
    pub redirect_uri: Url,
    /// Set where the client was registered for this sign-in.
    pub registered: Option<RegisteredClient>,
    /// Resolves when the person is back and the code is exchanged. Dropping it closes the callback listener.
    pub outcome: BoxFuture<'static, Result<SignedIn, UpstreamError>>,
}

/// A device sign-in that waits for the person at another page (RFC 8628).
pub struct DeviceUnderWay {
    /// What is shown to the person.
    pub code: DeviceCode,
    /// Set where the client was registered for this sign-in.
    pub registered: Option<RegisteredClient>,
    /// Resolves when the person is done there, or the code has ended. Dropping it ends the polling.
    pub outcome: BoxFuture<'static, Result<SignedIn, UpstreamError>>,
}

/// The code that the person types, and where (RFC 8628 §3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCode {
    /// As the provider writes it.
    pub user_code: String,
    /// The page where it is typed.
    pub verification_uri: Url,
    /// The same with the code in it, if the provider gave one.
    pub verification_uri_complete: Option<Url>,
    /// Its life in seconds.
    pub expires_in: u32,
}

/// What a company's account is signed in with: no person takes part.
#[derive(Clone, Debug)]
pub struct CompanyPlan {
    /// Where.
    pub provider: Provider,
    /// Which of the ways without a person.
    pub way: SignInWay,
    /// Our client there, where the way needs one.
    pub client: Option<ClientCredential>,
    /// The content of the key file, where the way needs one.
    pub key: Option<Secret<String>>,
    /// What to ask for.
    pub scopes: ScopeSet,
}

/// A client that dynamic registration made for us.
#[derive(Clone, Debug)]
pub struct RegisteredClient {
    /// Its credential.
    pub credential: ClientCredential,
    /// The issuer it belongs to.
    pub issuer: String,
}

/// What a finished sign-in brought.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The provider's immutable id of the account.
    pub subject: String,
    /// What it calls the account.
    pub name: String,
    /// The tokens.
    pub tokens: UpstreamTokens,
}

/// Tokens from a provider's token endpoint.
#[derive(Clone, Debug)]
pub struct UpstreamTokens {
    /// The access token.
    pub access_token: Secret<String>,
    /// Its life in seconds, if known.
    pub expires_in: Option<u32>,
    /// The refresh token, if one came (a new one replaces the old).
    pub refresh_token: Option<Secret<String>>,
    /// The granted scopes in catalogue spelling; `None`: as asked (RFC 6749 §5.1).
    pub scopes: Option<ScopeSet>,
}

/// Speaks to authorization servers.
#[async_trait]
pub trait Upstream: Send + Sync {
    /// The shipped catalogue.
    fn catalogue(&self) -> Vec<Provider>;
    /// A shipped entry with its blanks, where it has any.
    fn form(&self, id: &ProviderId) -> Option<Provider> {
        self.catalogue().into_iter().find(|provider| provider.id == *id)
    }
    /// Reads the text of a catalogue file and checks it against the rules for such files.
    fn read_entry(&self, text: &str) -> Result<Provider, UpstreamError> {
        let _ = text;
        Err(UpstreamError::Unusable("Files cannot be read here.".to_owned()))
    }
    /// Checks an own provider's addresses and, for an issuer, reads its metadata; fills in `endpoints`, `api`,
    /// `scopes` and `client` as far as they can be known.
    async fn examine(&self, provider: Provider) -> Result<Provider, UpstreamError>;
    /// Binds the callback listener and builds the authorization request.
    async fn begin_sign_in(&self, plan: SignInPlan) -> Result<SignInUnderWay, UpstreamError>;
    /// Asks for a device code (RFC 8628 §3.1) and begins to wait for the person.
    async fn begin_device_sign_in(&self, plan: SignInPlan) -> Result<DeviceUnderWay, UpstreamError> {
        Err(cannot(&plan.provider, "no sign-in by device code"))
    }
    /// Signs a company's account in. What brings the next access token comes back, marked, in the place of a refresh
    /// token, and is redeemed by [`Upstream::refresh`] like one.
    async fn sign_in_company(&self, plan: CompanyPlan) -> Result<SignedIn, UpstreamError> {
        Err(cannot(&plan.provider, "no sign-in without a person"))
    }
    /// How many seconds this machine's clock is ahead of what providers say, as last seen in a `Date` header.
    fn clock_skew(&self) -> Option<i64> {
        None
    }
    /// Redeems a refresh token (RFC 6749 §6), for all its scopes or for `narrower` ones. Never retried blindly.
    async fn refresh(
        &self,
        provider: &Provider,
        client: &ClientCredential,
        refresh_token: &Secret<String>,
        narrower: Option<&ScopeSet>,
    ) -> Result<UpstreamTokens, UpstreamError>;
    /// Revokes a token (RFC 7009). `Ok(false)`: the provider has no way to.
    async fn revoke(
        &self,
        provider: &Provider,
        client: &ClientCredential,
        refresh_token: &Secret<String>,
    ) -> Result<bool, UpstreamError>;
}

fn cannot(provider: &Provider, what: &str) -> UpstreamError {
    UpstreamError::Unusable(format!("{} has {what}.", provider.name))
}

/// Signs our own access tokens (RFC 9068).
pub trait TokenSigner: Send + Sync {
    /// A fresh private key as an opaque text for the vault.
    fn generate(&self) -> Result<Secret<String>, String>;
    /// Takes a key into use; the one loaded last signs.
    fn load(&self, key_id: &str, key: &Secret<String>) -> Result<(), String>;
    /// Forgets one key: nothing that it signed is good any more.
    fn retire(&self, key_id: &str);
    /// Forgets all keys.
    fn forget(&self);
    /// Signs `claims` (a JSON object) as an `at+jwt`.
    fn sign(&self, claims: &serde_json::Value) -> Result<Secret<String>, String>;
}

/// Runs work that must not end with the request that began it, and opens what only the person can see.
pub trait Surroundings: Send + Sync {
    /// Runs a task to its end.
    fn run(&self, task: BoxFuture<'static, ()>);
    /// Opens an https (or loopback) address in the system browser, as data and not through a shell. `false`: there
    /// is none.
    fn open_browser(&self, address: &Url) -> bool;
    /// Something waits for the person, or what the window shows has changed.
    fn notify(&self, notice: Notice);
    /// Whether a native window can be shown.
    fn has_display(&self) -> bool;
}

/// What the surroundings are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// So many prompts wait now.
    Prompts(usize),
    /// So many programs wait for the vault to be opened.
    WaitingForUnlock(usize),
    /// Something that the window shows has changed.
    Changed,
    /// Something happened that the person should see now; the newest facts say what.
    Alarm,
}
