//! Registration of programs (RFC 7591) and its management by the program itself (RFC 7592).

use crate::{
    App, AppId, AuditKind, Broker, Caller, Change, Credential, Error, Presence, ProviderId, Secret, Terms,
    TokenHash,
    broker::About,
    flow::apps::{MAX_NAME_CHARS, unapproved},
    house::House,
    messages::{refusals, trail},
    redirect_uri,
    text::cleaned,
};

/// What a program says of itself when it registers (RFC 7591 §2). Nothing of it is believed.
#[derive(Clone, Debug, Default)]
pub struct NewApp {
    /// The name it gives itself.
    pub name: String,
    /// Its redirect addresses.
    pub redirect_uris: Vec<String>,
    /// How it wants to prove itself.
    pub proof: NewProof,
    /// Resource identifiers it answers to.
    pub resources: Vec<String>,
    /// What was agreed with it.
    pub terms: Terms,
}

/// How a program wants to prove itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NewProof {
    /// Not at all; PKCE ties its codes to it.
    #[default]
    None,
    /// By a secret that it is told once (and says that it can keep).
    Secret,
    /// By the private keys to these public ones, a key set (RFC 7517 §5) as text.
    Keys(String),
}

/// A program that was registered, with the secrets that it is told once.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The program.
    pub app: App,
    /// Its secret, if it proves itself by one.
    pub client_secret: Option<Secret<String>>,
    /// What it manages its registration with (RFC 7592 §3).
    pub management: Secret<String>,
}

/// So many programs that were never given anything are kept; beyond that the oldest go (AS-25).
const MAX_UNAPPROVED: usize = 200;
const MAX_REDIRECT_URIS: usize = 10;
const MAX_RESOURCES: usize = 4;

impl Broker {
    /// Registers a program at a provider's issuer. Open to every local program: registration opens nothing.
    pub async fn register_app(
        &self,
        provider: &ProviderId,
        new: NewApp,
        caller: Caller,
    ) -> Result<Registered, Error> {
        check_metadata(&new)?;
        let client_secret = (new.proof == NewProof::Secret).then(|| self.fresh_token());
        let credential = match (new.proof, &client_secret) {
            (NewProof::Keys(jwks), _) => Credential::Keys { jwks },
            (_, Some(secret)) => Credential::ClientSecret { hash: TokenHash::of(secret) },
            (_, None) => Credential::Public,
        };
        let management = self.fresh_token();
        let app = App {
            id: AppId::generate(self.entropy()),
            name: name(&new.name).unwrap_or_else(|| caller.short_name()),
            credential,
            provider: Some(provider.clone()),
            redirect_uris: new.redirect_uris,
            resources: new.resources,
            evidence: Some(caller),
            registered_at: self.now(),
            last_used: None,
            terms: new.terms,
            management: Some(TokenHash::of(&management)),
            by_hand: false,
        };
        let app = self.put_new_app(app).await?;
        Ok(Registered { app, client_secret, management })
    }

    /// Registers a program by the person's own hand, as one that proves nothing. That opens nothing, yet takes presence:
    /// the program is marked as theirs, and kept until they remove it.
    pub async fn register_by_hand(
        &self,
        provider: &str,
        new: NewApp,
        _presence: &Presence,
    ) -> Result<App, Error> {
        let provider = self.provider(provider)?.provider.id.clone();
        check_metadata(&new)?;
        if new.proof != NewProof::None {
            return Err(Error::InvalidRequest(
                "A program with a secret or a key is registered at a terminal: `keylodge app register`."
                    .into(),
            ));
        }
        let name =
            name(&new.name).ok_or_else(|| Error::InvalidRequest(refusals::NO_PROGRAM_NAME.sentence()))?;
        self.put_new_app(App {
            id: AppId::generate(self.entropy()),
            name,
            credential: Credential::Public,
            provider: Some(provider),
            redirect_uris: new.redirect_uris,
            resources: new.resources,
            evidence: None,
            registered_at: self.now(),
            last_used: None,
            terms: new.terms,
            management: None,
            by_hand: true,
        })
        .await
    }

    /// The program of a client id, for whoever has its registration access token (RFC 7592 §2).
    ///
    /// # Errors
    /// [`Error::UnknownApp`] for every other token, whether there is such a program or not.
    pub fn managed_app(
        &self,
        provider: &ProviderId,
        client_id: &str,
        token: &Secret<String>,
    ) -> Result<App, Error> {
        let app = self.app_at(provider, client_id).map_err(|error| match error {
            Error::UnknownApp(_) => not_managed(),
            other => other,
        })?;
        let managed = app.management.as_ref().is_some_and(|hash| hash.matches(token));
        managed.then_some(app).ok_or_else(not_managed)
    }

    /// Replaces what a program registered (RFC 7592 §2.2). Its id stays and so does the way it proves itself; what it
    /// was allowed stays, too, for that hangs on neither.
    pub async fn update_app(&self, app: &App, new: NewApp) -> Result<App, Error> {
        check_metadata(&new)?;
        let credential = match (&app.credential, new.proof) {
            (Credential::Public, NewProof::None) => Credential::Public,
            (secret @ Credential::ClientSecret { .. }, NewProof::Secret) => secret.clone(),
            (Credential::Keys { .. }, NewProof::Keys(jwks)) => Credential::Keys { jwks },
            _ => {
                return Err(Error::InvalidRequest(
                    "The way of authenticating stays as it is. To change it, register anew.".into(),
                ));
            }
        };
        let name = name(&new.name).unwrap_or_else(|| app.name.clone());
        let (broker, id) = (self.clone(), app.id.clone());
        self.change(move |house| {
            let known = house.apps.get(&id).ok_or_else(not_managed)?;
            let sentence = if known.name == name {
                trail::APP_CHANGED.with([("app", &known.name)])
            } else {
                trail::APP_RENAMED.with([("app", &known.name), ("name", &name)])
            };
            let fact = broker.event(house, AuditKind::App, About::app(&id), sentence);
            let app = App {
                name,
                credential,
                redirect_uris: new.redirect_uris,
                resources: new.resources,
                terms: new.terms,
                ..known.clone()
            };
            Ok((vec![Change::PutApp(app.clone()), Change::Audit(fact)], app))
        })
        .await
    }

    /// Remembers a program. One that is known by its file and asks twice at once is the one that came first.
    pub(crate) async fn put_new_app(&self, app: App) -> Result<App, Error> {
        let broker = self.clone();
        self.change(move |house| {
            if let Credential::Program { key } = &app.credential
                && let Some(first) = house.programs.get(key).and_then(|id| house.apps.get(id))
            {
                return Ok((Vec::new(), first.clone()));
            }
            let message = if app.by_hand { trail::APP_REGISTERED_BY_HAND } else { trail::APP_REGISTERED };
            let sentence = message.with([("app", &app.name)]);
            let mut fact = broker.event(house, AuditKind::App, About::app(&app.id), sentence);
            fact.app_name = Some(app.name.clone());
            let mut changes = surplus(house);
            changes.extend([Change::PutApp(app.clone()), Change::Audit(fact)]);
            Ok((changes, app))
        })
        .await
    }
}

/// Changes that make room for one more program among those that were never given anything: the oldest go.
fn surplus(house: &House) -> Vec<Change> {
    let mut waiting: Vec<_> = house.apps.values().filter(|app| unapproved(house, app)).collect();
    waiting.sort_by_key(|app| app.registered_at);
    let surplus = (waiting.len() + 1).saturating_sub(MAX_UNAPPROVED);
    waiting.iter().take(surplus).map(|app| Change::DeleteApp(app.id.clone())).collect()
}

fn name(given: &str) -> Option<String> {
    Some(cleaned(given, MAX_NAME_CHARS)).filter(|name| !name.is_empty())
}

fn check_metadata(new: &NewApp) -> Result<(), Error> {
    if new.redirect_uris.len() > MAX_REDIRECT_URIS || new.resources.len() > MAX_RESOURCES {
        return Err(Error::InvalidRequest(refusals::TOO_MANY_ADDRESSES.sentence()));
    }
    new.redirect_uris.iter().try_for_each(|address| redirect_uri::check(address))?;
    let local =
        |resource: &&String| redirect_uri::loopback_port(resource).is_some() && !resource.contains('#');
    match new.resources.iter().find(|resource| !local(resource)) {
        None => Ok(()),
        Some(_) => Err(Error::InvalidTarget(refusals::SERVER_ADDRESS.sentence())),
    }
}

fn not_managed() -> Error {
    Error::UnknownApp("This token manages no registration here. Register anew.".into())
}
