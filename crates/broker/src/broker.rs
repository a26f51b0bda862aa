//! The façade: everything that the loopback API, the window and the command line can ask of the rules.
//!
//! The methods live in `flow/`, one file a subject. Here is what they share: the open house, the one door through
//! which changes go, and the clock.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::{oneshot, watch};

use crate::{
    AccountId, AppId, AuditEvent, AuditKind, Change, Clock, Entropy, Error, FailureId, GrantId, Locale,
    Notice, PolicyState, Provider, ScopeSet, Sentence, Settings, SignInId, Surroundings, Timestamp,
    TokenSigner, Upstream, Vault,
    desk::Desk,
    flow::{
        failures::Failures,
        offers::OfferFile,
        sign_in::SignIn,
        taking_back::{EndedWhileLocked, UnderWay},
        waiting::Door,
    },
    house::House,
};

/// The rules, wired to their ports. Cheap to clone; all clones are the same broker.
#[derive(Clone)]
pub struct Broker(pub(crate) Arc<Inner>);

/// What the rules need from outside.
pub struct Ports {
    /// Remembers and seals.
    pub vault: Arc<dyn Vault>,
    /// Speaks to authorization servers.
    pub upstream: Arc<dyn Upstream>,
    /// Signs our tokens.
    pub signer: Arc<dyn TokenSigner>,
    /// Tasks, browser and window.
    pub surroundings: Arc<dyn Surroundings>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub entropy: Arc<dyn Entropy>,
}

pub struct Inner {
    pub ports: Ports,
    pub settings: Settings,
    /// Shipped providers, and those added at run time (the demo); there also while the vault is closed.
    catalogue: RwLock<Vec<Arc<Provider>>>,
    /// What files in the person's configuration directory propose.
    offers: RwLock<Vec<OfferFile>>,
    house: RwLock<Option<House>>,
    /// Whether the house is open, for those who keep something that must not outlive a lock.
    open: watch::Sender<bool>,
    /// The lock has begun: no lease comes to be any more.
    closing: AtomicBool,
    desk: Mutex<Desk>,
    sign_ins: Mutex<HashMap<SignInId, SignIn>>,
    failures: Mutex<Failures>,
    /// One a grant: whoever refreshes holds it.
    refreshing: Mutex<HashMap<GrantId, Arc<tokio::sync::Mutex<()>>>>,
    /// What an administrator has laid down.
    policy: RwLock<Arc<PolicyState>>,
    /// Programs that wait for the vault to be opened.
    door: Mutex<Door>,
    /// When a program or the person last used it.
    used_at: Mutex<Timestamp>,
    /// What the person was last spoken to in.
    pub spoken: Mutex<Option<Locale>>,
    /// Until then nothing is handed out and nobody is asked.
    paused_until: Mutex<Option<Timestamp>>,
    /// Released tokens that are being ended at this moment.
    taking_back: tokio::sync::Mutex<UnderWay>,
    /// What came of that while the vault was closed.
    ended_while_locked: Mutex<EndedWhileLocked>,
    /// Held while a change is decided, made durable and applied, so that no two interleave.
    gate: tokio::sync::Mutex<()>,
}

impl Broker {
    /// Wires the rules to their ports. The vault is closed until [`Broker::unlock`] or [`Broker::set_up`].
    #[must_use]
    pub fn new(ports: Ports, settings: Settings) -> Self {
        let catalogue = ports.upstream.catalogue().into_iter().map(Arc::new).collect();
        Self(Arc::new(Inner {
            ports,
            settings,
            catalogue: RwLock::new(catalogue),
            offers: RwLock::default(),
            house: RwLock::new(None),
            open: watch::Sender::new(false),
            closing: AtomicBool::new(false),
            desk: Mutex::new(Desk::default()),
            sign_ins: Mutex::default(),
            failures: Mutex::default(),
            refreshing: Mutex::default(),
            policy: RwLock::default(),
            door: Mutex::default(),
            used_at: Mutex::default(),
            spoken: Mutex::default(),
            paused_until: Mutex::default(),
            taking_back: tokio::sync::Mutex::default(),
            ended_while_locked: Mutex::default(),
            gate: tokio::sync::Mutex::default(),
        }))
    }

    /// Address of the loopback API without a path.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.0.settings.base_url
    }

    /// Now, by the broker's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.ports.clock.now()
    }

    /// Randomness, for surfaces that need an id of their own.
    #[must_use]
    pub fn entropy(&self) -> &dyn Entropy {
        self.0.ports.entropy.as_ref()
    }

    /// The issuer that stands for a provider on the loopback API.
    #[must_use]
    pub fn issuer(&self, provider: &Provider) -> String {
        format!("{}/{}", self.base_url(), provider.id)
    }

    /// Address of an account's gateway, without a slash at its end; also the audience of its tokens.
    #[must_use]
    pub fn gateway_url(&self, account: &AccountId) -> String {
        format!("{}/gateway/{account}", self.base_url())
    }

    /// The account whose gateway is at this address, if it is a gateway's.
    pub(crate) fn account_at(&self, address: &str) -> Option<AccountId> {
        let rest = address.strip_prefix(self.base_url())?;
        rest.strip_prefix("/gateway/").map(AccountId::from_text)
    }

    pub(crate) fn catalogue(&self) -> Vec<Arc<Provider>> {
        read(&self.0.catalogue).clone()
    }

    pub(crate) fn catalogue_mut(&self) -> RwLockWriteGuard<'_, Vec<Arc<Provider>>> {
        write(&self.0.catalogue)
    }

    /// What files in the person's configuration directory propose, as they were read last.
    #[must_use]
    pub fn offer_files(&self) -> Vec<OfferFile> {
        read(&self.0.offers).clone()
    }

    pub(crate) fn replace_offers(&self, files: Vec<OfferFile>) {
        *write(&self.0.offers) = files;
    }

    /// Looks into the open house; [`Error::Locked`] while it is closed. Never held across an await.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&House) -> T) -> Result<T, Error> {
        read(&self.0.house).as_ref().map(look).ok_or(Error::Locked)
    }

    /// Changes what only memory knows (never what the vault remembers).
    pub(crate) fn touch<T>(&self, touch: impl FnOnce(&mut House) -> T) -> Result<T, Error> {
        write(&self.0.house).as_mut().map(touch).ok_or(Error::Locked)
    }

    pub(crate) fn replace_house(&self, house: Option<House>) {
        let open = house.is_some();
        *write(&self.0.house) = house;
        self.0.closing.store(false, Ordering::SeqCst);
        self.0.open.send_replace(open);
    }

    /// From here on no lease comes to be, until the house is closed: what is handed out while the lock ends all that is
    /// out would be good again after it (STO-11).
    pub(crate) fn begin_closing(&self) {
        self.0.closing.store(true, Ordering::SeqCst);
    }

    /// Tells of each opening (`true`) and closing (`false`) of the vault from now on: what came of secrets and is kept
    /// elsewhere ends with the lock (LEK-07).
    #[must_use]
    pub fn watch_lock(&self) -> watch::Receiver<bool> {
        self.0.open.subscribe()
    }

    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        lock(&self.0.desk)
    }

    pub(crate) fn sign_ins(&self) -> MutexGuard<'_, HashMap<SignInId, SignIn>> {
        lock(&self.0.sign_ins)
    }

    /// What an administrator has laid down for this machine.
    #[must_use]
    pub fn policy(&self) -> Arc<PolicyState> {
        Arc::clone(&read(&self.0.policy))
    }

    pub(crate) fn replace_policy(&self, policy: PolicyState) {
        *write(&self.0.policy) = Arc::new(policy);
    }

    pub(crate) fn door(&self) -> MutexGuard<'_, Door> {
        lock(&self.0.door)
    }

    /// Notes that a program or the person uses Keylodge: the idle time begins anew.
    pub fn note_use(&self) {
        *lock(&self.0.used_at) = self.now();
    }

    pub(crate) fn used_at(&self) -> Timestamp {
        *lock(&self.0.used_at)
    }

    pub(crate) fn paused_until(&self) -> MutexGuard<'_, Option<Timestamp>> {
        lock(&self.0.paused_until)
    }

    pub(crate) fn taking_back(&self) -> &tokio::sync::Mutex<UnderWay> {
        &self.0.taking_back
    }

    pub(crate) fn ended_while_locked(&self) -> MutexGuard<'_, EndedWhileLocked> {
        lock(&self.0.ended_while_locked)
    }

    pub(crate) fn failures(&self) -> MutexGuard<'_, Failures> {
        lock(&self.0.failures)
    }

    pub(crate) fn refresh_lock(&self, grant: &GrantId) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(lock(&self.0.refreshing).entry(grant.clone()).or_default())
    }

    /// Decides changes by what is true now, makes them durable, and applies them: one after the other, and to the end
    /// even if whoever asked has gone (STO-11). What `decide` finds wrong changes nothing.
    pub(crate) async fn change<F, T>(&self, decide: F) -> Result<T, Error>
    where
        F: FnOnce(&House) -> Result<(Vec<Change>, T), Error> + Send + 'static,
        T: Send + 'static,
    {
        self.carry_out_change(decide, false).await
    }

    /// The same for what allows less than before: a full disk does not stop it.
    pub(crate) async fn narrow<F, T>(&self, decide: F) -> Result<T, Error>
    where
        F: FnOnce(&House) -> Result<(Vec<Change>, T), Error> + Send + 'static,
        T: Send + 'static,
    {
        self.carry_out_change(decide, true).await
    }

    async fn carry_out_change<F, T>(&self, decide: F, narrows: bool) -> Result<T, Error>
    where
        F: FnOnce(&House) -> Result<(Vec<Change>, T), Error> + Send + 'static,
        T: Send + 'static,
    {
        let (done, outcome) = oneshot::channel();
        let broker = self.clone();
        self.0.ports.surroundings.run(Box::pin(async move {
            let _ = done.send(broker.change_now(decide, narrows).await);
        }));
        outcome.await.unwrap_or_else(|_| Err(Error::Bug("a change ended without an outcome".to_owned())))
    }

    async fn change_now<F, T>(&self, decide: F, narrows: bool) -> Result<T, Error>
    where
        F: FnOnce(&House) -> Result<(Vec<Change>, T), Error>,
    {
        let _gate = self.0.gate.lock().await;
        let (changes, value) = self.look(decide)??;
        if changes.is_empty() {
            return Ok(value);
        }
        let lends = changes.iter().any(|change| matches!(change, Change::PutLease(_)));
        if lends && self.0.closing.load(Ordering::SeqCst) {
            return Err(Error::Locked);
        }
        let vault = &self.0.ports.vault;
        if narrows {
            vault.commit_narrowing(changes.clone()).await?;
        } else {
            vault.commit(changes.clone()).await?;
        }
        let ends_leases = changes.iter().any(|change| matches!(change, Change::DeleteLease(_)));
        self.touch(|house| changes.into_iter().for_each(|change| house.apply(change)))?;
        if ends_leases {
            self.0.ports.surroundings.run(self.take_back_released());
        }
        self.notify(Notice::Changed);
        Ok(value)
    }

    /// A fact about an app and an account, with their names as of now.
    pub(crate) fn event(
        &self,
        house: &House,
        kind: AuditKind,
        about: About<'_>,
        sentence: Sentence,
    ) -> AuditEvent {
        let (sentence, said) = sentence.parts();
        AuditEvent {
            at: self.now(),
            kind,
            sentence,
            said,
            app: about.app.cloned(),
            app_name: about.app.and_then(|id| house.apps.get(id)).map(|app| app.name.clone()),
            account: about.account.cloned(),
            account_label: about
                .account
                .and_then(|id| house.accounts.get(id))
                .map(|account| account.label.clone()),
            failure: None,
            scopes: ScopeSet::default(),
            because: String::new(),
            because_said: None,
        }
    }

    /// A fresh id under which a failure stands in log and answer.
    #[must_use]
    pub fn failure_id(&self) -> FailureId {
        FailureId::generate(self.entropy())
    }

    pub(crate) fn notify(&self, notice: Notice) {
        self.0.ports.surroundings.notify(notice);
    }
}

/// Whom a fact is about.
#[derive(Clone, Copy, Default)]
pub struct About<'a> {
    pub app: Option<&'a AppId>,
    pub account: Option<&'a AccountId>,
}

impl<'a> About<'a> {
    pub const fn both(app: &'a AppId, account: &'a AccountId) -> Self {
        Self { app: Some(app), account: Some(account) }
    }

    pub const fn app(app: &'a AppId) -> Self {
        Self { app: Some(app), account: None }
    }

    pub const fn account(account: &'a AccountId) -> Self {
        Self { app: None, account: Some(account) }
    }
}

// A panic while a lock is held leaves the data as it was before the statement that panicked; going on is right.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(std::sync::PoisonError::into_inner)
}
