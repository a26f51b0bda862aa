//! Programs: registration, authentication, and removing them.

use crate::{
    App, AppId, AuditKind, Broker, Caller, Change, Credential, Error, Presence, ProviderId, Secret, Terms,
    TokenHash, broker::About, flow::consents::may_ask_again, redirect_uri, text::cleaned,
};

/// What a program says of itself when it registers (RFC 7591 §2). Nothing of it is believed.
#[derive(Clone, Debug, Default)]
pub struct NewApp {
    /// The name it gives itself.
    pub name: String,
    /// Its redirect addresses.
    pub redirect_uris: Vec<String>,
    /// Whether it wants a secret (and says that it can keep one).
    pub confidential: bool,
    /// Resource identifiers it answers to.
    pub resources: Vec<String>,
    /// What was agreed with it.
    pub terms: Terms,
}

/// A program that was registered, with the secret it is told once.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The program.
    pub app: App,
    /// Its secret, if it is confidential.
    pub client_secret: Option<Secret<String>>,
}

/// So many programs that were never allowed anything are kept; beyond that the oldest go (AS-25).
const MAX_UNAPPROVED: usize = 200;
const MAX_REDIRECT_URIS: usize = 10;
const MAX_RESOURCES: usize = 4;
const MAX_NAME_CHARS: usize = 80;

impl Broker {
    /// Registers a program at a provider's issuer. Open to every local program: registration opens nothing.
    pub async fn register_app(
        &self,
        provider: &ProviderId,
        new: NewApp,
        caller: Caller,
    ) -> Result<Registered, Error> {
        check_metadata(&new)?;
        let client_secret = new.confidential.then(|| self.fresh_token());
        let credential = match &client_secret {
            Some(secret) => Credential::ClientSecret { hash: TokenHash::of(secret) },
            None => Credential::Public,
        };
        let name = Some(cleaned(&new.name, MAX_NAME_CHARS)).filter(|name| !name.is_empty());
        let app = App {
            id: AppId::generate(self.entropy()),
            name: name.unwrap_or_else(|| caller.short_name()),
            credential,
            provider: Some(provider.clone()),
            redirect_uris: new.redirect_uris,
            resources: new.resources,
            evidence: Some(caller),
            registered_at: self.now(),
            last_used: None,
            terms: new.terms,
            management: None,
        };
        let app = self.put_new_app(app).await?;
        Ok(Registered { app, client_secret })
    }

    /// The program behind a caller of the native form, if it has asked before.
    pub fn known_native_app(&self, caller: &Caller) -> Result<Option<AppId>, Error> {
        let Some(key) = caller.program_key() else { return Ok(None) };
        self.look(|house| house.programs.get(&key).cloned())
    }

    /// The program behind a caller of the native form; registered when it first asks.
    pub async fn native_app(&self, caller: &Caller) -> Result<App, Error> {
        let key = caller.program_key().ok_or_else(|| {
            Error::UnknownApp(
                "Keylodge could not see which program asks. Register it and use its client id.".to_owned(),
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
            (Credential::ClientSecret { hash }, Some(secret)) => hash.matches(secret),
            _ => false,
        };
        if proven {
            Ok(app)
        } else {
            Err(Error::UnknownApp("The client id or its secret is wrong.".to_owned()))
        }
    }

    /// The program of a client id at this issuer, unproven.
    pub fn app_at(&self, provider: &ProviderId, client_id: &str) -> Result<App, Error> {
        let app = self.look(|house| house.apps.get(&AppId::from_text(client_id)).cloned())?;
        app.filter(|app| app.provider.as_ref() == Some(provider)).ok_or_else(|| {
            Error::UnknownApp(
                "No program is registered here under this client id. Register it first.".to_owned(),
            )
        })
    }

    /// All programs.
    pub fn apps(&self) -> Result<Vec<App>, Error> {
        self.look(|house| house.apps.values().cloned().collect())
    }

    /// One program by id.
    pub fn app(&self, id: &str) -> Result<App, Error> {
        self.look(|house| house.apps.get(&AppId::from_text(id)).cloned())?.ok_or_else(|| {
            Error::NotFound(format!("There is no program {id:?}. `keylodge app list` shows all."))
        })
    }

    /// Withdraws everything a program was allowed. Its registration and standing refusals stay.
    pub async fn revoke_app(&self, id: &str) -> Result<(), Error> {
        self.end_app(id, false, None).await
    }

    /// Removes a program altogether. Where it was told not to ask again, that widens: it may.
    pub async fn remove_app(&self, id: &str, presence: Option<&Presence>) -> Result<(), Error> {
        self.end_app(id, true, presence).await
    }

    async fn end_app(&self, id: &str, remove: bool, presence: Option<&Presence>) -> Result<(), Error> {
        let app = self.app(id)?;
        let (broker, present) = (self.clone(), presence.is_some());
        self.change(move |house| {
            let of_app = || house.consents_of(&app.id);
            if remove && !present && of_app().any(|consent| !consent.allows) {
                return Err(may_ask_again());
            }
            let what = if remove { "was removed" } else { "may do nothing any more" };
            let sentence = format!("The program {} {what}.", app.name);
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

    /// Remembers a program. One that is known by its file and asks twice at once is the one that came first.
    async fn put_new_app(&self, app: App) -> Result<App, Error> {
        let broker = self.clone();
        self.change(move |house| {
            if let Credential::Program { key } = &app.credential
                && let Some(first) = house.programs.get(key).and_then(|id| house.apps.get(id))
            {
                return Ok((Vec::new(), first.clone()));
            }
            let sentence = format!("The program {} was registered.", app.name);
            let mut fact = broker.event(house, AuditKind::App, About::app(&app.id), sentence);
            fact.app_name = Some(app.name.clone());
            let held = |a: &&App| house.consents_of(&a.id).next().is_some() || !a.resources.is_empty();
            let mut unapproved: Vec<_> = house.apps.values().filter(|a| !held(a)).collect();
            unapproved.sort_by_key(|a| a.registered_at);
            let surplus = (unapproved.len() + 1).saturating_sub(MAX_UNAPPROVED);
            let mut changes: Vec<_> =
                unapproved.iter().take(surplus).map(|a| Change::DeleteApp(a.id.clone())).collect();
            changes.extend([Change::PutApp(app.clone()), Change::Audit(fact)]);
            Ok((changes, app))
        })
        .await
    }
}

fn check_metadata(new: &NewApp) -> Result<(), Error> {
    if new.redirect_uris.is_empty() && new.resources.is_empty() {
        return Err(Error::InvalidRequest(
            "Name at least one redirect address (`redirect_uris`).".to_owned(),
        ));
    }
    if new.redirect_uris.len() > MAX_REDIRECT_URIS || new.resources.len() > MAX_RESOURCES {
        return Err(Error::InvalidRequest("That are too many redirect addresses or resources.".to_owned()));
    }
    new.redirect_uris.iter().try_for_each(|address| redirect_uri::check(address))?;
    let local =
        |resource: &&String| redirect_uri::loopback_port(resource).is_some() && !resource.contains('#');
    match new.resources.iter().find(|resource| !local(resource)) {
        None => Ok(()),
        Some(_) => Err(Error::InvalidTarget(
            "A resource server's address must be http on 127.0.0.1 or [::1].".to_owned(),
        )),
    }
}
