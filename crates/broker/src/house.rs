//! What the broker knows while the vault is open: the records, and what lives in memory only.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use tokio::sync::watch;

use crate::{
    Account, AccountId, App, AppId, Change, ClientRegistration, Consent, ConsentId, Credential, FamilyId,
    GrantId, Lease, LeaseId, Preferences, Provider, ProviderId, Records, RefreshFamily, Released, Route,
    RouteId, ScopeSet, Secret, SignedOut, Timestamp, TokenHash, UpstreamError, UpstreamGrant,
    device_code::DeviceCode,
    flow::{code::Code, refresh_token::Successor},
    index::Index,
    lease::with_descendants,
};

/// The open house. Replaced by an empty one when the vault is locked.
#[derive(Default)]
pub struct House {
    pub providers: BTreeMap<ProviderId, Arc<Provider>>,
    pub clients: BTreeMap<ProviderId, ClientRegistration>,
    pub accounts: BTreeMap<AccountId, Account>,
    pub grants: BTreeMap<GrantId, UpstreamGrant>,
    grants_of: Index<AccountId, GrantId>,
    pub apps: BTreeMap<AppId, App>,
    pub programs: HashMap<String, AppId>,
    pub consents: BTreeMap<ConsentId, Consent>,
    consents_of: Index<AppId, ConsentId>,
    pub leases: BTreeMap<LeaseId, LiveLease>,
    leases_of: Index<AppId, LeaseId>,
    pub lease_of_token: HashMap<TokenHash, LeaseId>,
    /// Providers' own tokens that are out, or are to be ended, by their lease.
    pub released: BTreeMap<LeaseId, Released>,
    pub families: BTreeMap<FamilyId, RefreshFamily>,
    /// Ids of our signing keys, oldest first.
    pub signing_keys: Vec<String>,
    /// Refresh tokens just handed out, by their hash.
    pub successors: HashMap<TokenHash, Successor>,
    scope_sets: ScopeSets,
    pub routes: BTreeMap<RouteId, Route>,
    pub preferences: Preferences,
    pub codes: HashMap<TokenHash, Code>,
    pub device_codes: HashMap<TokenHash, DeviceCode>,
    pub upstream: HashMap<GrantId, UpstreamAccess>,
    /// Grants whose last refresh failed, and until when none is tried.
    pub troubles: HashMap<GrantId, Trouble>,
}

/// A refresh that failed for now.
pub struct Trouble {
    /// How.
    pub error: UpstreamError,
    /// What that says about our client or the clock, if anything.
    pub reason: Option<SignedOut>,
    /// How often in a row.
    pub times: u32,
    /// Nobody asks the provider before then (DOS-04).
    pub until: Timestamp,
}

/// Sets of scopes that occur again and again, each kept once. The oldest makes room for the next.
#[derive(Default)]
struct ScopeSets(Vec<ScopeSet>);

/// So many sets are looked through; most programs ask for one of few.
const MAX_SHARED: usize = 64;
/// So many older consents of a program are compared with a new one.
const MAX_COMPARED: usize = 4;

impl ScopeSets {
    fn shared(&mut self, set: ScopeSet) -> ScopeSet {
        if let Some(same) = self.0.iter().find(|other| **other == set) {
            return same.clone();
        }
        if self.0.len() == MAX_SHARED {
            self.0.remove(0);
        }
        self.0.push(set.clone());
        set
    }
}

/// A lease with what only memory knows of it.
pub struct LiveLease {
    pub lease: Lease,
    /// The token, to hand the same one out again; gone after a restart.
    pub token: Option<Secret<String>>,
    /// Turns true when the lease ends, so that running streams end with it (RG-03).
    pub ended: watch::Sender<bool>,
}

/// A provider's access token.
#[derive(Clone)]
pub struct UpstreamAccess {
    pub token: Secret<String>,
    /// The private key that it is bound to: without a proof of it, it is good for nothing (RFC 9449).
    pub proof_key: Option<Secret<String>>,
    pub scopes: ScopeSet,
    pub since: Timestamp,
    pub expires_at: Option<Timestamp>,
}

/// A token with less life than this, or with less than half of its own, is renewed before it is used.
const LEAST_SECONDS: i64 = 60;
/// So long before that, a token in use is renewed without anyone having to wait; at most a quarter of its life.
const AHEAD_SECONDS: i64 = 60;
/// A token of shorter life is renewed when it is asked for and never ahead of time.
const SHORT_SECONDS: i64 = 240;

impl UpstreamAccess {
    /// Whether the provider still takes it, as far as the clock can tell.
    pub fn lives(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether it has life enough to be handed on. A token of short life must not be renewed each time.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end.plus(-LEAST_SECONDS.min(self.life(end) / 2)))
    }

    /// Whether it is time to renew it ahead of need. `spread` differs from grant to grant, so that they do not all
    /// come at once.
    pub fn is_due(&self, now: Timestamp, spread: u8) -> bool {
        let Some(end) = self.expires_at else { return false };
        let life = self.life(end);
        let earlier = AHEAD_SECONDS.min(life / 4) * i64::from(spread) / i64::from(u8::MAX);
        life >= SHORT_SECONDS && now >= end.plus(-LEAST_SECONDS - earlier) && now < end
    }

    fn life(&self, end: Timestamp) -> i64 {
        end.since(self.since).max(0)
    }
}

impl House {
    /// Furnishes the house: the catalogue, then what is remembered (own providers may not shadow shipped ones).
    pub fn furnish(catalogue: impl IntoIterator<Item = Arc<Provider>>, records: Records) -> Self {
        let mut house = Self::default();
        for provider in records.providers {
            house.apply(Change::PutProvider(provider));
        }
        house.providers.extend(catalogue.into_iter().map(|provider| (provider.id.clone(), provider)));
        house.clients = records.clients.into_iter().map(|c| (c.provider.clone(), c)).collect();
        house.accounts = records.accounts.into_iter().map(|a| (a.id.clone(), a)).collect();
        house.routes = records.routes.into_iter().map(|r| (r.id.clone(), r)).collect();
        house.preferences = records.preferences;
        records.apps.into_iter().for_each(|app| house.apply(Change::PutApp(app)));
        records.grants.into_iter().for_each(|grant| house.put_grant(grant));
        house.put_all_consents(records.consents);
        house.released = records.released.into_iter().map(|r| (r.lease.clone(), r)).collect();
        house.families = records.families.into_iter().map(|f| (f.id.clone(), f)).collect();
        records.leases.into_iter().for_each(|lease| house.apply(Change::PutLease(lease)));
        house
    }

    /// Carries out one change in memory; the vault has made it durable before.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::PutProvider(provider) => {
                self.providers.insert(provider.id.clone(), Arc::new(provider));
            }
            Change::DeleteProvider(id) => drop(self.providers.remove(&id)),
            Change::PutClient(client, _) => drop(self.clients.insert(client.provider.clone(), client)),
            Change::DeleteClient(provider) => drop(self.clients.remove(&provider)),
            Change::PutAccount(account) => drop(self.accounts.insert(account.id.clone(), account)),
            Change::DeleteAccount(id) => drop(self.accounts.remove(&id)),
            Change::PutGrant(grant, _) => self.put_grant(grant),
            Change::DeleteGrant(id) => self.delete_grant(&id),
            Change::PutAccess(id, None) => drop(self.upstream.remove(&id)),
            Change::PutApp(app) => self.put_app(app),
            Change::DeleteApp(id) => self.delete_app(&id),
            Change::PutConsent(consent) => self.put_consent(consent),
            Change::DeleteConsent(id) => self.delete_consent(&id),
            Change::PutLease(lease) => self.put_lease(lease),
            Change::DeleteLease(id) => self.delete_lease(&id),
            Change::PutReleased(released, _) => {
                self.released.insert(released.lease.clone(), released);
            }
            Change::DeleteReleased(lease) => drop(self.released.remove(&lease)),
            Change::PutFamily(family) => drop(self.families.insert(family.id.clone(), family)),
            Change::DeleteFamily(id) => drop(self.families.remove(&id)),
            Change::PutRoute(route) => drop(self.routes.insert(route.id.clone(), route)),
            Change::DeleteRoute(id) => drop(self.routes.remove(&id)),
            Change::PutPreferences(preferences) => self.preferences = preferences,
            Change::PutSigningKey(id, _) => self.signing_keys.push(id),
            Change::DeleteSigningKey(id) => self.signing_keys.retain(|key| *key != id),
            Change::PutAccess(_, Some(_)) | Change::PutProofKey(..) | Change::Audit(_) => {}
        }
    }

    /// The account a word means: an id, a label or a name; at this provider, if one is given.
    pub fn account(&self, word: &str, provider: Option<&ProviderId>) -> Option<&Account> {
        let here = |account: &&Account| provider.is_none_or(|p| account.provider == *p);
        let of = |means: &dyn Fn(&Account) -> bool| self.accounts.values().filter(here).find(|a| means(a));
        let by_id = self.accounts.get(&AccountId::from_text(word)).filter(here);
        by_id.or_else(|| of(&|a| a.label == word)).or_else(|| of(&|a| a.name == word))
    }

    /// The grants of an account: its own sign-in first, then the second ones, those that hold most before the others.
    /// Those that have ended and are still to be given back at the provider are none of its any more.
    pub fn grants_of(&self, account: &AccountId) -> Vec<&UpstreamGrant> {
        let stands = |grant: &&UpstreamGrant| grant.upkeep.withdrawal.is_none();
        let grants = self.grants_of.of(account).filter_map(|id| self.grants.get(id)).filter(stands);
        let mut grants: Vec<_> = grants.collect();
        grants.sort_by_key(|grant| (grant.separate, std::cmp::Reverse(grant.scopes.iter().count())));
        grants
    }

    /// The account's own sign-in.
    pub fn own_grant(&self, account: &AccountId) -> Option<&UpstreamGrant> {
        self.grants_of(account).into_iter().find(|grant| !grant.separate)
    }

    /// The account's second sign-ins.
    pub fn second_grants(&self, account: &AccountId) -> impl Iterator<Item = &UpstreamGrant> {
        self.grants_of(account).into_iter().filter(|grant| grant.separate)
    }

    /// The name that a program gave itself; its id if it gave none that is known.
    pub fn app_name(&self, app: &AppId) -> String {
        self.apps.get(app).map_or_else(|| app.to_string(), |app| app.name.clone())
    }

    /// Everything that any grant of the account could give.
    pub fn scopes_of(&self, account: &AccountId) -> ScopeSet {
        self.grants_of(account).iter().fold(ScopeSet::default(), |all, grant| all.or(&grant.scopes))
    }

    /// The same with all that the catalogue says they include.
    pub fn offers_of(&self, account: &Account) -> ScopeSet {
        let scopes = self.scopes_of(&account.id);
        self.providers.get(&account.provider).map_or_else(|| scopes.clone(), |p| p.with_included(&scopes))
    }

    /// The consents of a program.
    pub fn consents_of(&self, app: &AppId) -> impl Iterator<Item = &Consent> {
        self.consents_of.of(app).filter_map(|id| self.consents.get(id))
    }

    /// The leases of a program.
    pub fn leases_of(&self, app: &AppId) -> impl Iterator<Item = &LiveLease> {
        self.leases_of.of(app).filter_map(|id| self.leases.get(id))
    }

    /// Providers' own tokens that are out though their lease has ended, however it ended.
    pub fn out_of_lease(&self, now: Timestamp) -> impl Iterator<Item = &Released> {
        let leased = move |released: &&Released| {
            self.leases.get(&released.lease).is_some_and(|live| live.lease.until > now)
        };
        self.released.values().filter(move |released| !leased(released))
    }

    /// Changes that end every lease for which `ends` is true, with all that were exchanged for them.
    pub fn end_leases(&self, ends: impl Fn(&Lease) -> bool) -> Vec<Change> {
        let leases = || self.leases.values().map(|live| &live.lease);
        let ended = leases().filter(|lease| ends(lease)).map(|lease| lease.id.clone()).collect();
        with_descendants(leases(), ended).into_iter().map(Change::DeleteLease).collect()
    }

    /// The same for one lease.
    pub fn end_lease(&self, id: &LeaseId) -> Vec<Change> {
        self.end_leases(|lease| lease.id == *id)
    }

    /// Changes that withdraw a consent with all that hangs on it.
    pub fn withdraw(&self, consent: &ConsentId) -> Vec<Change> {
        let mut changes = self.end_leases(|lease| lease.consent == *consent);
        let families = self.families.values().filter(|family| family.consent == *consent);
        changes.extend(families.map(|family| Change::DeleteFamily(family.id.clone())));
        changes.push(Change::DeleteConsent(consent.clone()));
        changes
    }

    fn put_grant(&mut self, mut grant: UpstreamGrant) {
        if let Some(account) = self.accounts.get(&grant.account) {
            grant.account = account.id.clone();
        }
        grant.scopes = self.scope_sets.shared(grant.scopes);
        self.grants_of.put(&grant.account, &grant.id);
        self.grants.insert(grant.id.clone(), grant);
    }

    fn delete_grant(&mut self, id: &GrantId) {
        if let Some(grant) = self.grants.remove(id) {
            self.grants_of.remove(&grant.account, id);
        }
        self.upstream.remove(id);
        self.troubles.remove(id);
    }

    /// All at once, where there are none yet: so the map has no room to spare, which one after the other would leave.
    fn put_all_consents(&mut self, consents: Vec<Consent>) {
        let shared = consents.into_iter().map(|consent| self.share(consent));
        let shared: Vec<_> = shared.map(|consent| (consent.id.clone(), consent)).collect();
        self.consents = shared.into_iter().collect();
        self.consents.values().for_each(|consent| self.consents_of.put(&consent.app, &consent.id));
    }

    fn put_consent(&mut self, consent: Consent) {
        let consent = self.share(consent);
        self.consents_of.put(&consent.app, &consent.id);
        self.consents.insert(consent.id.clone(), consent);
    }

    /// There may be very many: what is the same in them is there once.
    fn share(&mut self, mut consent: Consent) -> Consent {
        if let Some((app, account)) = self.apps.get(&consent.app).zip(self.accounts.get(&consent.account)) {
            (consent.app, consent.account) = (app.id.clone(), account.id.clone());
        }
        consent.scopes = self.scope_sets.shared(consent.scopes);
        let others =
            self.consents_of.of(&consent.app).filter_map(|id| self.consents.get(id)?.fingerprint.as_ref());
        if let Some(same) =
            others.take(MAX_COMPARED).find(|other| Some(*other) == consent.fingerprint.as_ref())
        {
            consent.fingerprint = Some(Arc::clone(same));
        }
        consent
    }

    fn delete_consent(&mut self, id: &ConsentId) {
        if let Some(consent) = self.consents.remove(id) {
            self.consents_of.remove(&consent.app, id);
        }
    }

    fn put_app(&mut self, app: App) {
        if let Credential::Program { key } = &app.credential {
            self.programs.insert(key.clone(), app.id.clone());
        }
        self.apps.insert(app.id.clone(), app);
    }

    fn delete_app(&mut self, id: &AppId) {
        if let Some(App { credential: Credential::Program { key }, .. }) = self.apps.remove(id) {
            self.programs.remove(&key);
        }
    }

    fn put_lease(&mut self, lease: Lease) {
        self.lease_of_token.insert(lease.token.clone(), lease.id.clone());
        self.leases_of.put(&lease.app, &lease.id);
        let (ended, _) = watch::channel(false);
        self.leases.insert(lease.id.clone(), LiveLease { lease, token: None, ended });
    }

    fn delete_lease(&mut self, id: &LeaseId) {
        if let Some(live) = self.leases.remove(id) {
            self.lease_of_token.remove(&live.lease.token);
            self.leases_of.remove(&live.lease.app, id);
            live.ended.send_replace(true);
        }
    }
}
