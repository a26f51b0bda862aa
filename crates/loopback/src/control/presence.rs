//! Proof that the person is there, for requests that widen access.

use broker::{
    Error, Message, Presence, Secret, Sentence,
    messages::{questions, refusals},
    preferences::Setting,
    text::cleaned,
};
use control::{
    AccountSource, AppRegistration, ConsentEdit, OfferView, Passphrase, ProviderSource, Request, SignInBy,
};

use super::{Way, more, session::Talk, wishes};
use crate::caller::Peer;

const MAX_CHARS: usize = 200;
const MAX_HOST_CHARS: usize = 300;

/// What the person is asked before a command may do what it wants.
pub struct Question {
    text: Sentence,
    details: Vec<Sentence>,
}

impl Question {
    /// A question that one line explains.
    fn of(text: Message, detail: Message) -> Self {
        Self { text: text.sentence(), details: vec![detail.sentence()] }
    }
}

impl Talk {
    /// Presence as it came with the request, without asking anybody: the native window's, or the passphrase's.
    pub async fn presence_shown(&self, passphrase: Option<&Passphrase>) -> Result<Option<Presence>, Error> {
        match (&self.session.way, passphrase) {
            // The window's own word is a click; the passphrase, where it was entered there, says more (UI-04).
            (Way::Window, None) => Ok(Some(Presence::of_native_window())),
            (Way::Window | Way::Socket(_), Some(guess)) => {
                let guess = secret(guess);
                self.session.broker.presence_by_passphrase(&guess).await.map(Some)
            }
            (Way::Socket(_), None) => Ok(None),
        }
    }

    /// Presence for this request: as it came with it, or by asking in the window.
    pub async fn presence_for(
        &self,
        request: &Request,
        passphrase: Option<&Passphrase>,
    ) -> Result<Presence, Error> {
        let broker = &self.session.broker;
        // A closed vault is no reason to ask the person, or to try a passphrase.
        broker.leases()?;
        if let Some(presence) = self.presence_shown(passphrase).await? {
            return Ok(presence);
        }
        let Way::Socket(peer) = &self.session.way else { return Err(Error::Stale) };
        if outlasts_guards(request) {
            // No click in the window would do.
            broker.demand_passphrase(None).await?;
        }
        let question = self.question(request)?;
        let caller = look(peer).await;
        let asked = broker.ask_presence(question.text, question.details, caller);
        let presence = self.while_there(asked).await?;
        if !unchanged(peer).await {
            return Err(Error::ConsentDenied(refusals::ASKED_CHANGED.sentence()));
        }
        Ok(presence)
    }

    fn question(&self, request: &Request) -> Result<Question, Error> {
        match request {
            Request::ProviderAdd { source: ProviderSource::File { text }, .. } => {
                Ok(add_file(&self.session.broker.read_provider(text)?))
            }
            Request::ProviderAdd { id, source: ProviderSource::Offered { .. }, .. } => {
                let provider = self.view().provider_called(id)?;
                Ok(Question {
                    text: named(&questions::USE_PROVIDER, &provider.name),
                    details: offer_lines(provider.offer),
                })
            }
            Request::ProviderAdd { id, name, source } => Ok(add_provider(id, name, source)),
            Request::ClientKey { provider } => {
                let provider = self.session.broker.provider(provider)?.provider;
                Ok(Question {
                    text: named(&questions::SHOW_KEY, &provider.name),
                    details: vec![questions::PUBLIC_HALF.sentence()],
                })
            }
            Request::ClientSecret { provider, .. } => {
                let provider = self.session.broker.provider(provider)?.provider;
                Ok(Question {
                    text: named(&questions::OTHER_SECRET, &provider.name),
                    details: vec![questions::TRIED_AT_ONCE.sentence()],
                })
            }
            Request::AccountAdd(source) => self.add_account(source),
            Request::AccountReauth { account, scopes, separate } => {
                self.sign_in_again(account, scopes, *separate)
            }
            Request::AppRegister(wish) => Ok(register(wish)),
            Request::DemoStart => Ok(Question::of(questions::START_DEMO, questions::MADE_UP)),
            Request::ConsentRevoke { .. } | Request::AppRemove { .. } => {
                Ok(Question::of(questions::LET_ASK_AGAIN, questions::NOTHING_ALLOWED))
            }
            Request::ConsentEdit { consent, edit } => self.allow_more(consent, edit),
            Request::SettingsSet { key, value } => Ok(change_setting(Setting::named(key)?, value)),
            Request::SettingsReset { key } => reset_settings(key.as_deref()),
            Request::PassphraseSet { .. } => {
                Ok(Question::of(questions::NEW_PASSPHRASE, questions::WHOEVER_KNOWS))
            }
            Request::BackupCreate { file, .. } => {
                Ok(of_file(questions::WRITE_BACKUP, file, questions::WHOEVER_HAS))
            }
            Request::ActivityExport { file, .. } => {
                Ok(of_file(questions::EXPORT, file, questions::NAMES_ONLY))
            }
            Request::BackupRestore { file, .. } => Ok(of_file(questions::RESTORE, file, questions::REPLACES)),
            Request::Resume => Ok(Question::of(questions::END_PAUSE, questions::AT_ONCE)),
            _ => Err(Error::Bug("a request without a question asked for presence".to_owned())),
        }
    }

    /// Fails where no click in the window would do.
    fn allow_more(&self, consent: &str, edit: &ConsentEdit) -> Result<Question, Error> {
        let broker = &self.session.broker;
        let old = broker.consent_by_id(consent)?;
        let new = broker.widened(consent, wishes::edit(edit.clone())?, None)?.ok_or(Error::Stale)?;
        let program = broker.app(old.app.as_str())?.name;
        let account = broker.account(old.account.as_str())?;
        let mut details = vec![line(&questions::ACCOUNT, &account.account.label)];
        details.push(questions::MAY_NOW.with([("scopes", &old.scopes)]));
        details.extend(more::lines(&old, &new, &account.provider));
        Ok(Question { text: questions::ALLOW_MORE.with([("program", &program)]), details })
    }

    fn add_account(&self, source: &AccountSource) -> Result<Question, Error> {
        let broker = &self.session.broker;
        let accepts = source.offered.is_some();
        let provider = match broker.offer(&source.provider) {
            Ok((offer, _)) if accepts => offer.entry,
            _ => broker.provider(&source.provider)?.provider,
        };
        let scopes = wishes::scopes(&source.scopes)?;
        let scopes = if scopes.is_empty() { provider.preset() } else { provider.canonical(&scopes) };
        let mut details = offer_lines(self.view().offer(&source.provider).filter(|_| accepts));
        details.extend(scope_lines(&provider, &scopes));
        if let Some(label) = &source.label {
            details.push(line(&questions::NAME, label));
        }
        if let Some(how) = how(source.by.as_ref()) {
            details.push(how.sentence());
        }
        if let Some(id) = &source.client_id {
            details.push(line(&questions::CLIENT_ID, id));
        }
        Ok(Question { text: named(&questions::ADD_ACCOUNT, &provider.name), details })
    }

    fn sign_in_again(&self, account: &str, scopes: &[String], separate: bool) -> Result<Question, Error> {
        let info = self.session.broker.account(account)?;
        let named = info.provider.canonical(&wishes::scopes(scopes)?);
        let (label, name) = (&info.account.label, &info.provider.name);
        let (text, more) = if separate {
            (questions::SIGN_IN_FOR_LESS, named)
        } else {
            (questions::SIGN_IN_AGAIN, named.beyond(&info.scopes))
        };
        let text = text.with([("account", label), ("provider", name)]);
        Ok(Question { text, details: scope_lines(&info.provider, &more) })
    }
}

/// Whether a click is not enough where there is a passphrase ([`broker::Broker::demand_passphrase`]).
fn outlasts_guards(request: &Request) -> bool {
    match request {
        Request::PassphraseSet { .. } | Request::BackupCreate { .. } | Request::BackupRestore { .. } => true,
        Request::SettingsSet { key, .. } => Setting::named(key).is_ok_and(Setting::is_of_presence),
        _ => false,
    }
}

/// What is unusual about a sign-in, for the person to see.
fn how(by: Option<&SignInBy>) -> Option<Message> {
    match by? {
        SignInBy::Browser => None,
        SignInBy::Device => Some(questions::BY_CODE),
        SignInBy::ClientCredentials => Some(questions::AS_PROGRAM),
        SignInBy::ServiceAccount { .. } => Some(questions::AS_COMPANY),
    }
}

/// A passphrase on its way to the vault.
pub fn secret(passphrase: &Passphrase) -> Secret<String> {
    // Exposed to be handed over in the form that the rules take.
    Secret::new(passphrase.expose().to_owned())
}

/// A question about a provider, by the name that it has or is to have.
fn named(question: &Message, provider: &str) -> Sentence {
    question.with([("provider", &cleaned(provider, MAX_CHARS))])
}

/// A line that says what others wrote.
fn line(what: &Message, value: &str) -> Sentence {
    what.with([("value", &cleaned(value, MAX_CHARS))])
}

fn of_file(text: Message, file: &str, then: Message) -> Question {
    Question { text: text.sentence(), details: vec![line(&questions::FILE, file), then.sentence()] }
}

fn change_setting(setting: &Setting, value: &str) -> Question {
    let value = setting.value_words(&cleaned(value, MAX_CHARS));
    Question {
        text: questions::CHANGE_SETTING.with([("setting", &setting.title())]),
        details: vec![questions::TO.with([("value", &value)])],
    }
}

fn reset_settings(key: Option<&str>) -> Result<Question, Error> {
    let which = match key {
        Some(key) => Setting::named(key)?.title(),
        None => questions::ALL_SETTINGS.sentence(),
    };
    Ok(Question { text: questions::RESET_SETTINGS.sentence(), details: vec![which] })
}

fn add_provider(id: &str, name: &str, source: &ProviderSource) -> Question {
    let mut details = vec![line(&questions::ID, id)];
    match source {
        ProviderSource::Issuer { issuer, api } => {
            details.push(line(&questions::ISSUER, issuer));
            details.extend(api.iter().map(|api| line(&questions::API, api)));
        }
        ProviderSource::ByHand { authorization_endpoint, token_endpoint, api, .. } => {
            details.push(line(&questions::AUTHORIZATION_ENDPOINT, authorization_endpoint));
            details.push(line(&questions::TOKEN_ENDPOINT, token_endpoint));
            details.extend(api.iter().map(|api| line(&questions::API, api)));
        }
        ProviderSource::Form { form, inputs } => {
            details.push(line(&questions::FORM, form));
            details.extend(inputs.iter().map(|(input, value)| entered(input, value)));
        }
        // Their questions are made of what the file says, by `add_file` and `offer_lines`.
        ProviderSource::File { .. } | ProviderSource::Offered { .. } => {}
    }
    Question { text: named(&questions::ADD_PROVIDER, name), details }
}

fn entered(input: &str, value: &str) -> Sentence {
    questions::INPUT.with([("input", &cleaned(input, MAX_CHARS)), ("value", &cleaned(value, MAX_CHARS))])
}

fn register(wish: &AppRegistration) -> Question {
    let mut details = vec![line(&questions::AT_PROVIDER, &wish.provider), questions::MAY_NOTHING.sentence()];
    details.extend(wish.redirect_uris.iter().map(|address| line(&questions::REDIRECT, address)));
    details.extend(wish.resources.iter().map(|address| line(&questions::RESOURCE, address)));
    let program = cleaned(&wish.name, MAX_CHARS);
    Question { text: questions::REGISTER.with([("program", &program)]), details }
}

fn add_file(provider: &broker::Provider) -> Question {
    let endpoints = provider.endpoints.as_ref();
    let addresses = [
        (questions::ID, Some(provider.id.as_str())),
        (questions::ISSUER, provider.issuer.as_deref()),
        (questions::AUTHORIZATION_ENDPOINT, endpoints.map(|endpoints| endpoints.authorization.as_str())),
        (questions::TOKEN_ENDPOINT, endpoints.map(|endpoints| endpoints.token.as_str())),
    ];
    let apis = provider.api.iter().map(|route| (questions::API, Some(route.base.as_str())));
    let lines = addresses.into_iter().chain(apis);
    let details = lines.filter_map(|(what, address)| Some(line(&what, address?))).collect();
    Question { text: named(&questions::ADD_PROVIDER, &provider.name), details }
}

/// Where an entry leads that is accepted only now.
fn offer_lines(offer: Option<OfferView>) -> Vec<Sentence> {
    let Some(offer) = offer else { return Vec::new() };
    // One a line, and none cut: what matters of a host's name is its end.
    let places = |what: Message, hosts: Vec<String>| {
        let host = move |host: String| what.with([("value", &cleaned(&host, MAX_HOST_CHARS))]);
        hosts.into_iter().map(host).collect::<Vec<_>>()
    };
    let mut lines = vec![questions::FROM_FILE.with([("file", &offer.file)])];
    lines.extend(places(questions::SIGN_IN_AT, offer.sign_in));
    lines.extend(places(questions::SECRETS_TO, offer.secrets));
    lines.extend(places(questions::PROGRAMS_REACH, offer.api));
    lines.extend(places(questions::NEW_ARE, offer.new));
    if offer.ends_sign_ins {
        lines.push(questions::SIGN_INS_END.sentence());
    }
    lines
}

pub fn scope_lines(provider: &broker::Provider, scopes: &broker::ScopeSet) -> Vec<Sentence> {
    let words = |scope: &broker::Scope| match provider.scope_entry(scope) {
        Some(entry) => {
            questions::SCOPE.with([("words", &Sentence::of_entry(&entry.words)), ("scope", scope)])
        }
        None => scope.to_string().into(),
    };
    scopes.iter().map(words).collect()
}

async fn look(peer: &Peer) -> Option<broker::Caller> {
    let peer = peer.clone();
    tokio::task::spawn_blocking(move || peer.evidence()).await.ok()
}

/// LOC-04: what was shown to the person is still what asks.
async fn unchanged(peer: &Peer) -> bool {
    let peer = peer.clone();
    tokio::task::spawn_blocking(move || peer.still_same()).await.unwrap_or(false)
}
