//! What each request does.

use broker::{ClientFacts, Error, NewLock, Scope, VaultState, messages::refusals};
use control::{Answer, Choice, LockChoice, Passphrase, ProviderSource, Request, ToBroker};

use super::{
    presence::secret,
    session::Talk,
    view::{self, View},
    wishes,
};
use crate::registration;

const MIN_PASSPHRASE_CHARS: usize = 8;

impl Talk {
    /// Carries one request out.
    pub async fn answer(&self, frame: ToBroker) -> Result<Answer, Error> {
        let ToBroker { request, passphrase, .. } = frame;
        let passphrase = passphrase.as_ref();
        // Looking is no use: a window that lies open must not keep the vault open.
        if !matches!(request, Request::Status | Request::Watch | Request::RequestList) {
            self.session.broker.note_use();
        }
        match request {
            Request::Status => Ok(Answer::Status(self.view().status(self.session.house.as_ref()).await)),
            Request::Setup { lock } => self.set_up(lock).await,
            Request::Unlock { passphrase: typed } => self.unlock(typed.as_ref().or(passphrase)).await,
            Request::Watch => {
                self.watch();
                Ok(Answer::Done)
            }
            Request::RequestDecide { request, shown, choice } => {
                self.decide(&request, &shown, &choice, passphrase).await
            }
            Request::ProviderList | Request::ProviderShow { .. } | Request::ProviderReload => {
                self.providers(&request).await
            }
            Request::ProviderAdd { .. }
            | Request::ClientKey { .. }
            | Request::ClientSecret { .. }
            | Request::AppRegister(_)
            | Request::AccountAdd(_)
            | Request::AccountReauth { .. }
            | Request::DemoStart => self.widen(request, passphrase).await,
            Request::AppRemove { .. } | Request::ConsentRevoke { .. } => {
                self.take_back(request, passphrase).await
            }
            Request::ConsentEdit { .. }
            | Request::SettingsSet { .. }
            | Request::SettingsReset { .. }
            | Request::Resume => self.change(request, passphrase).await,
            Request::PassphraseSet { .. }
            | Request::BackupCreate { .. }
            | Request::BackupRestore { .. }
            | Request::ActivityExport { .. } => self.keep_safe(request, passphrase).await,
            Request::PolicyShow
            | Request::Diagnostics
            | Request::SettingsList
            | Request::RouteList
            | Request::RouteAdd { .. }
            | Request::RouteRemove { .. }
            | Request::RouteExplain { .. }
            | Request::AuditVerify
            | Request::AutostartShow
            | Request::AutostartSet { .. }
            | Request::ActivityQuery { .. }
            | Request::ActivityCounts { .. } => self.person(request).await,
            other => self.narrow_or_look(other).await,
        }
    }

    pub fn view(&self) -> View<'_> {
        View::of(&self.session.broker)
    }

    /// Requests that take nothing: they show something, or take access away.
    async fn narrow_or_look(&self, request: Request) -> Result<Answer, Error> {
        let broker = &self.session.broker;
        match request {
            Request::Lock => done(broker.lock().await),
            Request::Panic => done(broker.panic().await),
            Request::Open { page } => done(self.session.house.show(page).await),
            Request::ProviderClient { provider, secret_ends, testing } => {
                let secret_ends = secret_ends.map(|at| broker::Timestamp(at.0));
                done(broker.know_client(&provider, ClientFacts { secret_ends, testing }).await)
            }
            Request::ProviderRemove { provider } => done(broker.remove_provider(&provider).await),
            Request::SignInShow { sign_in, wait } => self.show_sign_in(&sign_in, wait).await,
            Request::SignInPaste { sign_in, pasted } => {
                done(broker.paste_sign_in(&sign_in, &secret(&pasted)))
            }
            Request::SignInCancel { sign_in } => done(broker.cancel_sign_in(&sign_in)),
            Request::AccountRemove { account } => {
                let upstream = broker.remove_account(&account).await?;
                Ok(Answer::Removed { upstream: upstream.to_string(), said: upstream.said().map(view::said) })
            }
            Request::AccountEndSeparate { account, sign_in } => {
                let upstream = broker.end_separate(&account, &sign_in).await?;
                Ok(Answer::Removed { upstream: upstream.to_string(), said: upstream.said().map(view::said) })
            }
            Request::AppRevoke { app } => done(broker.revoke_app(&app).await),
            Request::AppRefuse { app, account } => done(broker.refuse_app(&app, &account).await),
            Request::LeaseRevoke { lease } => done(broker.revoke_lease(&lease).await),
            Request::RequestLater { request } => done(broker.put_off(&request)),
            Request::Pause { seconds } => done(broker.pause(seconds).await),
            Request::DemoProgram => done(self.session.house.run_demo_program().await),
            other => self.look(&other),
        }
    }

    /// What there is to sign in to, with what files propose by now.
    async fn providers(&self, request: &Request) -> Result<Answer, Error> {
        let (house, view) = (self.session.house.as_ref(), self.view());
        house.read_offers().await;
        Ok(match request {
            Request::ProviderShow { provider } => Answer::Provider(view.provider_called(provider)?),
            Request::ProviderReload => {
                Answer::ProviderFiles { folder: house.offers_folder(), files: view.provider_files()? }
            }
            _ => Answer::Providers(view.providers()),
        })
    }

    /// Requests that only show something.
    fn look(&self, request: &Request) -> Result<Answer, Error> {
        let (broker, view) = (&self.session.broker, self.view());
        Ok(match request {
            Request::AccountList => Answer::Accounts(view.accounts()?),
            Request::AccountShow { account } => Answer::Account(view.account(&broker.account(account)?)),
            Request::AppList => Answer::Apps(view.apps()?),
            Request::AppShow { app } => Answer::App(view.app(broker.app(app)?)?),
            Request::RequestList => Answer::Prompts(view.prompts()),
            Request::RequestShow { request } => Answer::Prompt(view.prompt(&broker.prompt(request)?)),
            Request::ConsentList => Answer::Consents(view.consents()?),
            Request::ConsentShow { consent } => {
                Answer::Consent(view.consent(&broker.consent_by_id(consent)?)?)
            }
            Request::LeaseList => Answer::Leases(view.leases()?),
            _ => return Err(Error::Bug("a request was sent to the wrong desk".to_owned())),
        })
    }

    /// Requests that need the person.
    async fn widen(&self, request: Request, passphrase: Option<&Passphrase>) -> Result<Answer, Error> {
        let presence = &self.presence_for(&request, passphrase).await?;
        let broker = &self.session.broker;
        let begun = match request {
            Request::ProviderAdd { id, source: ProviderSource::Offered { shown }, .. } => {
                let accepted = broker.accept_offer(&id, &shown, presence).await?;
                return Ok(Answer::Provider(self.view().provider(&accepted)));
            }
            Request::ProviderAdd { id, name, source } => {
                let provider = wishes::provider(broker, &id, &name, source)?;
                let added = broker.add_provider(provider, presence).await?;
                return Ok(Answer::Provider(self.view().provider(&added)));
            }
            Request::AppRegister(wish) => {
                let provider = wish.provider.clone();
                let app = broker.register_by_hand(&provider, registration::by_hand(wish)?, presence).await?;
                return Ok(Answer::App(self.view().app(app)?));
            }
            Request::ClientKey { provider } => {
                return Ok(Answer::ClientKey { jwk: broker.client_key(&provider, presence).await? });
            }
            Request::ClientSecret { provider, client_secret, secret_ends } => {
                let ends = secret_ends.map(|at| broker::Timestamp(at.0));
                let secret = secret(&client_secret);
                return done(broker.replace_client_secret(&provider, secret, ends, presence).await);
            }
            Request::AccountAdd(source) => {
                if let Some(shown) = &source.offered {
                    broker.accept_offer(&source.provider, shown, presence).await?;
                }
                broker.begin_sign_in(wishes::sign_in(source)?, presence).await?
            }
            Request::AccountReauth { account, scopes, separate: true } => {
                broker.begin_separate(&account, wishes::scopes(&scopes)?, true, presence).await?
            }
            Request::AccountReauth { account, scopes, .. } => {
                broker.begin_reauth(&account, wishes::scopes(&scopes)?, true, presence).await?
            }
            _ => self.session.house.start_demo(presence).await?,
        };
        Ok(Answer::SignIn(View::sign_in_begun(&begun)))
    }

    /// A socket alone can approve nothing: allowing takes the window, or the passphrase with this very request.
    async fn decide(
        &self,
        prompt: &str,
        shown: &str,
        choice: &Choice,
        passphrase: Option<&Passphrase>,
    ) -> Result<Answer, Error> {
        let allows = matches!(choice, Choice::Allow { .. });
        let presence = if allows { self.presence_shown(passphrase).await? } else { None };
        let choice = wishes::choice(&self.session.broker.prompt(prompt)?, choice)?;
        done(self.session.broker.decide(prompt, shown, choice, presence.as_ref()).await)
    }

    async fn set_up(&self, lock: LockChoice) -> Result<Answer, Error> {
        let broker = &self.session.broker;
        if broker.vault_state().await != VaultState::Absent {
            return Err(Error::InvalidRequest(refusals::SET_UP_ALREADY.sentence()));
        }
        let lock = match lock {
            LockChoice::Keyring => NewLock::Keyring,
            LockChoice::Passphrase { passphrase } => {
                // Exposed to be counted.
                if passphrase.expose().chars().count() < MIN_PASSPHRASE_CHARS {
                    return Err(Error::InvalidRequest(refusals::SHORT_PASSPHRASE.sentence()));
                }
                NewLock::Passphrase(secret(&passphrase))
            }
        };
        done(broker.set_up(lock).await)
    }

    /// The passphrase is itself the proof; without one it is the window that opens the vault with the keyring.
    async fn unlock(&self, typed: Option<&Passphrase>) -> Result<Answer, Error> {
        let presence = self.presence_shown(None).await?;
        done(self.session.broker.unlock(typed.map(secret), presence.as_ref()).await)
    }

    async fn show_sign_in(&self, id: &str, wait: bool) -> Result<Answer, Error> {
        let broker = &self.session.broker;
        let state =
            if wait { self.while_there(broker.sign_in_end(id)).await? } else { broker.sign_in(id)? };
        Ok(Answer::SignInState(self.view().sign_in_state(state, broker.vault_state().await)?))
    }

    /// Takes a consent or a program away. That narrows, but for a standing refusal: without it the program may ask
    /// again, and that takes the person.
    async fn take_back(&self, request: Request, passphrase: Option<&Passphrase>) -> Result<Answer, Error> {
        let (broker, refusals) = (&self.session.broker, self.refusals_in(&request)?);
        let presence = if refusals { Some(self.presence_for(&request, passphrase).await?) } else { None };
        match request {
            Request::ConsentRevoke { consent, scope } => {
                let unknown = || Error::InvalidRequest(refusals::BAD_SCOPE.sentence());
                let scope = scope.map(|scope| Scope::parse(&scope).ok_or_else(unknown)).transpose()?;
                done(broker.revoke_consent(&consent, scope.as_ref(), presence.as_ref()).await)
            }
            Request::AppRemove { app } => done(broker.remove_app(&app, presence.as_ref()).await),
            other => self.narrow_or_look(other).await,
        }
    }

    fn refusals_in(&self, request: &Request) -> Result<bool, Error> {
        let broker = &self.session.broker;
        match request {
            Request::ConsentRevoke { consent, .. } => Ok(!broker.consent_by_id(consent)?.allows),
            Request::AppRemove { app } => {
                let app = broker.app(app)?;
                Ok(broker.consents()?.iter().any(|consent| consent.app == app.id && !consent.allows))
            }
            _ => Ok(false),
        }
    }
}

pub fn done(outcome: Result<(), Error>) -> Result<Answer, Error> {
    outcome.map(|()| Answer::Done)
}
