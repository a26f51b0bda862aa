//! Proof that the person is there, for requests that widen access.

use broker::{Error, Presence, Secret, messages::refusals, preferences::Setting, text::cleaned};
use control::{
    AccountSource, AppRegistration, ConsentEdit, OfferView, Passphrase, ProviderSource, Request, SignInBy,
};

use super::{Way, more, session::Talk, wishes};
use crate::caller::Peer;

const MAX_CHARS: usize = 200;
const MAX_HOST_CHARS: usize = 300;

/// What the person is asked before a command may do what it wants.
pub struct Question {
    text: String,
    details: Vec<String>,
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
                    text: format!("Use the provider {}?", cleaned(&provider.name, MAX_CHARS)),
                    details: offer_lines(provider.offer),
                })
            }
            Request::ProviderAdd { id, name, source } => Ok(add_provider(id, name, source)),
            Request::ClientKey { provider } => {
                let provider = self.session.broker.provider(provider)?.provider;
                Ok(Question {
                    text: format!("Show the key by which Keylodge proves itself at {}?", provider.name),
                    details: vec![
                        "Only its public half is shown. It is made now, if there is none; a client id that no account uses is forgotten."
                            .to_owned(),
                    ],
                })
            }
            Request::ClientSecret { provider, .. } => {
                let provider = self.session.broker.provider(provider)?.provider;
                Ok(Question {
                    text: format!("Use another client secret at {}?", provider.name),
                    details: vec!["It is tried at once; where it is refused, the old one stays.".to_owned()],
                })
            }
            Request::AccountAdd(source) => self.add_account(source),
            Request::AccountReauth { account, scopes, separate } => {
                self.sign_in_again(account, scopes, *separate)
            }
            Request::AppRegister(wish) => Ok(register(wish)),
            Request::DemoStart => Ok(Question {
                text: "Start the demo?".to_owned(),
                details: vec![
                    "It adds a provider and an account that are made up. Nothing leaves this computer."
                        .to_owned(),
                ],
            }),
            Request::ConsentRevoke { .. } | Request::AppRemove { .. } => Ok(Question {
                text: "Let a program ask again?".to_owned(),
                details: vec![
                    "You told it not to ask any more. It would not be allowed anything by this.".to_owned(),
                ],
            }),
            Request::ConsentEdit { consent, edit } => self.allow_more(consent, edit),
            Request::SettingsSet { key, value } => Ok(Question {
                text: format!("Change the setting {}?", cleaned(key, MAX_CHARS)),
                details: vec![format!("To: {}", cleaned(value, MAX_CHARS))],
            }),
            Request::SettingsReset { key } => Ok(Question {
                text: "Put settings back to how they come?".to_owned(),
                details: vec![
                    key.as_ref().map_or_else(|| "All of them".to_owned(), |key| cleaned(key, MAX_CHARS)),
                ],
            }),
            Request::PassphraseSet { .. } => Ok(Question {
                text: "Give the vault another passphrase?".to_owned(),
                details: vec!["Whoever knows it can unlock Keylodge and answer for you.".to_owned()],
            }),
            Request::BackupCreate { file, .. } => Ok(Question {
                text: "Write a backup?".to_owned(),
                details: vec![
                    format!("File: {}", cleaned(file, MAX_CHARS)),
                    "Whoever has it and its passphrase can use every account.".to_owned(),
                ],
            }),
            Request::ActivityExport { file, .. } => Ok(Question {
                text: "Write what happened into a file?".to_owned(),
                details: vec![
                    format!("File: {}", cleaned(file, MAX_CHARS)),
                    "It holds no secrets, but the names of programs and accounts.".to_owned(),
                ],
            }),
            Request::BackupRestore { file, .. } => Ok(Question {
                text: "Restore a backup?".to_owned(),
                details: vec![
                    format!("File: {}", cleaned(file, MAX_CHARS)),
                    "It takes the place of everything that is here now.".to_owned(),
                ],
            }),
            Request::Resume => Ok(Question {
                text: "End the pause?".to_owned(),
                details: vec!["Programs get tokens again at once.".to_owned()],
            }),
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
        let mut details = vec![format!("Account: {}", account.account.label)];
        details.push(format!("It may now: {}", old.scopes));
        details.extend(more::lines(&old, &new, &account.provider));
        Ok(Question { text: format!("Allow {program} more?"), details })
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
            details.push(format!("Name: {}", cleaned(label, MAX_CHARS)));
        }
        if let Some(how) = how(source.by.as_ref()) {
            details.push(how.to_owned());
        }
        if let Some(id) = &source.client_id {
            details.push(format!("With the client id {}", cleaned(id, MAX_CHARS)));
        }
        Ok(Question { text: format!("Add an account at {}?", provider.name), details })
    }

    fn sign_in_again(&self, account: &str, scopes: &[String], separate: bool) -> Result<Question, Error> {
        let info = self.session.broker.account(account)?;
        let named = info.provider.canonical(&wishes::scopes(scopes)?);
        let (label, name) = (&info.account.label, &info.provider.name);
        let (text, more) = if separate {
            (format!("Sign in to {label} at {name} a second time, for just this?"), named)
        } else {
            (format!("Sign in to {label} at {name} again?"), named.beyond(&info.scopes))
        };
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
fn how(by: Option<&SignInBy>) -> Option<&'static str> {
    match by? {
        SignInBy::Browser => None,
        SignInBy::Device => Some("With a code that you type at the provider's page"),
        SignInBy::ClientCredentials => Some("As a company's program: with the client id and secret alone"),
        SignInBy::ServiceAccount { .. } => {
            Some("As a company's account: with a key file, which is kept sealed")
        }
    }
}

/// A passphrase on its way to the vault.
pub fn secret(passphrase: &Passphrase) -> Secret<String> {
    // Exposed to be handed over in the form that the rules take.
    Secret::new(passphrase.expose().to_owned())
}

fn add_provider(id: &str, name: &str, source: &ProviderSource) -> Question {
    let addresses = match source {
        ProviderSource::Issuer { issuer, api } => vec![("Issuer", Some(issuer)), ("API", api.as_ref())],
        ProviderSource::ByHand { authorization_endpoint, token_endpoint, api, .. } => vec![
            ("Authorization endpoint", Some(authorization_endpoint)),
            ("Token endpoint", Some(token_endpoint)),
            ("API", api.as_ref()),
        ],
        ProviderSource::Form { form, inputs } => {
            let entered = inputs.iter().map(|(input, value)| (input.as_str(), Some(value)));
            [("From the form of", Some(form))].into_iter().chain(entered).collect()
        }
        // Their questions are made of what the file says, by `add_file` and `offer_lines`.
        ProviderSource::File { .. } | ProviderSource::Offered { .. } => Vec::new(),
    };
    let line = |(what, address): (&str, Option<&String>)| {
        address.map(|address| format!("{}: {}", cleaned(what, MAX_CHARS), cleaned(address, MAX_CHARS)))
    };
    let mut details = vec![format!("Id: {}", cleaned(id, MAX_CHARS))];
    details.extend(addresses.into_iter().filter_map(line));
    Question { text: format!("Add the provider {}?", cleaned(name, MAX_CHARS)), details }
}

fn register(wish: &AppRegistration) -> Question {
    let addresses = |what, addresses: &[String]| {
        let line = move |address: &String| format!("{what}: {}", cleaned(address, MAX_CHARS));
        addresses.iter().map(line).collect::<Vec<_>>()
    };
    let mut details = vec![
        format!("At the provider {}", cleaned(&wish.provider, MAX_CHARS)),
        "It may nothing yet: it has to ask you first.".to_owned(),
    ];
    details.extend(addresses("Redirect address", &wish.redirect_uris));
    details.extend(addresses("Resource", &wish.resources));
    Question { text: format!("Register the program {} as yours?", cleaned(&wish.name, MAX_CHARS)), details }
}

fn add_file(provider: &broker::Provider) -> Question {
    let endpoints = provider.endpoints.as_ref();
    let addresses = [
        ("Issuer", provider.issuer.as_ref()),
        ("Authorization endpoint", endpoints.map(|endpoints| &endpoints.authorization)),
        ("Token endpoint", endpoints.map(|endpoints| &endpoints.token)),
    ];
    let named =
        |(what, address): (&str, Option<&String>)| address.map(|address| (what.to_owned(), address.clone()));
    let apis = provider.api.iter().map(|route| ("API".to_owned(), route.base.clone()));
    let lines = addresses.into_iter().filter_map(named).chain(apis);
    let id = std::iter::once(("Id".to_owned(), provider.id.to_string()));
    let details =
        id.chain(lines).map(|(what, said)| format!("{what}: {}", cleaned(&said, MAX_CHARS))).collect();
    Question { text: format!("Add the provider {}?", cleaned(&provider.name, MAX_CHARS)), details }
}

/// Where an entry leads that is accepted only now.
fn offer_lines(offer: Option<OfferView>) -> Vec<String> {
    let Some(offer) = offer else { return Vec::new() };
    // One a line, and none cut: what matters of a host's name is its end.
    let places = |what: &'static str, hosts: Vec<String>| {
        hosts.into_iter().map(move |host| format!("{what}: {}", cleaned(&host, MAX_HOST_CHARS)))
    };
    let mut lines = vec![format!("From the file {}, which any program of yours can write", offer.file)];
    lines.extend(places("You sign in at", offer.sign_in));
    lines.extend(places("Tokens and secrets go to", offer.secrets));
    lines.extend(places("Programs reach", offer.api));
    lines.extend(places("New are", offer.new));
    if offer.ends_sign_ins {
        lines
            .push("Its accounts must be signed in again: what is kept for them does not go there".to_owned());
    }
    lines
}

pub fn scope_lines(provider: &broker::Provider, scopes: &broker::ScopeSet) -> Vec<String> {
    let words = |scope: &broker::Scope| {
        provider
            .scope_entry(scope)
            .map_or_else(|| scope.to_string(), |entry| format!("{} ({scope})", entry.words))
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
