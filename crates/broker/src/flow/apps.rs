//! Programs: who they are, and removing them.

use crate::{
    AccountId, App, AppId, AuditKind, Broker, Caller, Change, Consent, ConsentId, Credential, Delivery,
    Error, Presence, ProviderId, ScopeSet, Secret, Terms, Timestamp,
    broker::About,
    consent::{Conditions, Duration},
    flow::{accounts::no_such_account, consents::may_ask_again},
    house::House,
    messages::{refusals, trail},
    text::cleaned,
};

/// A name may be so long, in characters.
pub const MAX_NAME_CHARS: usize = 80;
/// A program that was given nothing for so long after it registered goes; a resource server may wait longer to be named.
const UNAPPROVED_SECONDS: i64 = 24 * 3600;
const UNUSED_SERVER_SECONDS: i64 = 30 * 24 * 3600;

impl Broker {
    /// The program behind a caller of the native form, if it has asked before.
    pub fn known_native_app(&self, caller: &Caller) -> Result<Option<AppId>, Error> {
        let Some(key) = caller.program_key() else { return Ok(None) };
        self.look(|house| house.programs.get(&key).cloned())
    }

    /// The program behind a caller of the native form; registered when it first asks.
    pub async fn native_app(&self, caller: &Caller) -> Result<App, Error> {
        let key = caller.program_key().ok_or_else(|| {
            Error::UnknownApp(
                "Keylodge could not see which program asks. Register it and use its client id.".into(),
            )
        })?;
        let known = self.look(|house| house.programs.get(&key).and_then(|id| house.apps.get(id)).cloned())?;
        if let Some(app) = known {
            return Ok(app);
        }
        let app = App {
            id: AppId::generate(self.entropy()),
            name: cleaned(&caller.short_name(), MAX_NAME_CHARS),
            credential: Credential::Program { key },
            provider: None,
            redirect_uris: Vec::new(),
            resources: Vec::new(),
            evidence: Some(caller.clone()),
            registered_at: self.now(),
            last_used: None,
            terms: Terms::default(),
            management: None,
            by_hand: false,
        };
        self.put_new_app(app).await
    }

    /// The program behind a client id and, where it has one, its secret; at this issuer (RFC 6749 §2.3).
    pub fn authenticate_app(
        &self,
        provider: &ProviderId,
        client_id: &str,
        secret: Option<&Secret<String>>,
    ) -> Result<App, Error> {
        let app = self.app_at(provider, client_id)?;
        let proven = match (&app.credential, secret) {
            (Credential::Public, None) => true,
            (_, Some(secret)) => app.has_secret(secret),
            _ => false,
        };
        if proven { Ok(app) } else { Err(Error::UnknownApp("The client id or its secret is wrong.".into())) }
    }

    /// The program of a client id at this issuer, unproven.
    pub fn app_at(&self, provider: &ProviderId, client_id: &str) -> Result<App, Error> {
        let app = self.look(|house| house.apps.get(&AppId::from_text(client_id)).cloned())?;
        app.filter(|app| app.provider.as_ref() == Some(provider)).ok_or_else(|| {
            Error::UnknownApp("No program is registered here under this client id. Register it first.".into())
        })
    }

    /// All programs.
    pub fn apps(&self) -> Result<Vec<App>, Error> {
        self.look(|house| house.apps.values().cloned().collect())
    }

    /// One program by id.
    pub fn app(&self, id: &str) -> Result<App, Error> {
        self.look(|house| house.apps.get(&AppId::from_text(id)).cloned())?
            .ok_or_else(|| Error::NotFound(refusals::NO_PROGRAM.with([("app", &id)])))
    }

    /// Withdraws everything a program was allowed. Its registration and standing refusals stay.
    pub async fn revoke_app(&self, id: &str) -> Result<(), Error> {
        self.end_app(id, false, None).await
    }

    /// Removes a program altogether. Where it was told not to ask again, that widens: it may.
    pub async fn remove_app(&self, id: &str, presence: Option<&Presence>) -> Result<(), Error> {
        self.end_app(id, true, presence).await
    }

    /// Refuses a program for good at an account, without waiting for it to ask again: what it was allowed there ends, and
    /// nobody is asked about it any more.
    pub async fn refuse_app(&self, id: &str, account: &str) -> Result<(), Error> {
        let app = self.app(id)?;
        let (broker, word) = (self.clone(), account.to_owned());
        self.narrow(move |house| {
            let account = house.account(&word, None).ok_or_else(|| no_such_account(&word))?;
            let there = || house.consents_of(&app.id).filter(|consent| consent.account == account.id);
            if there().any(|consent| !consent.allows) {
                return Ok((Vec::new(), ()));
            }
            let about = About::both(&app.id, &account.id);
            let sentence = trail::REFUSED_FOR_GOOD.sentence();
            let mut changes: Vec<_> = there().flat_map(|consent| house.withdraw(&consent.id)).collect();
            changes.push(Change::PutConsent(broker.refusal(&app.id, &account.id)));
            changes.push(Change::Audit(broker.event(house, AuditKind::Denied, about, sentence)));
            Ok((changes, ()))
        })
        .await
    }

    /// "Do not ask again": the refusal of everything, until it is taken back.
    pub(crate) fn refusal(&self, app: &AppId, account: &AccountId) -> Consent {
        Consent {
            id: ConsentId::generate(self.entropy()),
            app: app.clone(),
            account: account.clone(),
            scopes: ScopeSet::default(),
            delivery: Delivery::Gateway,
            duration: Duration::Always,
            allows: false,
            fingerprint: None,
            since: self.now(),
            until: None,
            last_used: None,
            uses: 0,
            note: String::new(),
            conditions: Conditions::default(),
            asks_each_time: false,
            by_policy: false,
        }
    }

    async fn end_app(&self, id: &str, remove: bool, presence: Option<&Presence>) -> Result<(), Error> {
        let app = self.app(id)?;
        let (broker, present) = (self.clone(), presence.is_some());
        self.narrow(move |house| {
            let of_app = || house.consents_of(&app.id);
            if remove && !present && of_app().any(|consent| !consent.allows) {
                return Err(may_ask_again());
            }
            let message = if remove { trail::APP_REMOVED } else { trail::APP_STRIPPED };
            let sentence = message.with([("app", &app.name)]);
            let mut changes =
                vec![Change::Audit(broker.event(house, AuditKind::Withdrawn, About::app(&app.id), sentence))];
            let ending = of_app().filter(|consent| remove || consent.allows);
            changes.extend(ending.flat_map(|consent| house.withdraw(&consent.id)));
            changes.extend(house.end_leases(|lease| lease.app == app.id));
            if remove {
                changes.push(Change::DeleteApp(app.id));
            }
            Ok((changes, ()))
        })
        .await
    }
}

/// Whether nothing hangs on a program: the person neither registered it nor ever decided about it, and it never got or was
/// named by a token.
pub fn unapproved(house: &House, app: &App) -> bool {
    !app.by_hand && app.last_used.is_none() && house.consents_of(&app.id).next().is_none()
}

/// Changes that remove programs which registered long ago and were never given anything (AS-25).
pub fn never_approved(house: &House, now: Timestamp) -> Vec<Change> {
    let patience = |app: &App| {
        if app.resources.is_empty() { UNAPPROVED_SECONDS } else { UNUSED_SERVER_SECONDS }
    };
    let over = |app: &&App| now.since(app.registered_at) >= patience(app) && unapproved(house, app);
    house.apps.values().filter(over).map(|app| Change::DeleteApp(app.id.clone())).collect()
}
