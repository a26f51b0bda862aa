//! Taking released tokens back: ends them at their providers when their lease has ended, however it ended. What a provider
//! does not answer is tried again, also after a restart; and nobody waits for a provider.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::{
    Attempts, AuditEvent, AuditKind, Broker, Change, ClientCredential, Error, LeaseId, Message, Notice,
    Provider, Released, Secret, SecretOf, Sentence, Tiding, Timestamp, VaultError, broker::About,
    clock::spanned, flow::withdrawal::by_hand, house::House, messages::trail, provider::AccessRevocation,
};

/// A token to be ended, with all that this takes: once it is fetched, the vault may be closed.
struct Errand {
    released: Released,
    provider: Option<Arc<Provider>>,
    client: Option<ClientCredential>,
    token: Option<Secret<String>>,
}

/// What came of an errand.
#[derive(Clone)]
enum Outcome {
    /// Nothing is left to be done; what the person is told, if anything.
    Over(Option<(AuditKind, Sentence)>),
    /// The provider did not answer; what the person is told, the first time.
    Later(Attempts, Option<Sentence>),
}

/// What came of errands while the vault was closed, to be written down when it opens.
#[derive(Default)]
pub struct EndedWhileLocked(Vec<(Released, Outcome)>);

impl Broker {
    /// Ends every released token whose lease has ended, each by itself. Called every second, and after each change that
    /// ended a lease. (Boxed: what it does ends in changes, too.)
    pub(crate) fn take_back_released(&self) -> BoxFuture<'static, ()> {
        let broker = self.clone();
        Box::pin(async move {
            let errands = broker.errands(due).await;
            broker.send(errands);
        })
    }

    /// Fetches what it takes to end every released token, closes the vault, and only then asks the providers, once: a
    /// token stays in memory until its provider has answered, and what did not answer is tried when the vault opens.
    pub(crate) async fn close_and_take_back(&self) {
        let errands = self.errands(all).await;
        self.close().await;
        self.send(errands);
    }

    /// Writes down what was ended while the vault was closed, and goes on with what was not.
    pub(crate) async fn resume_taking_back(&self) -> Result<(), Error> {
        let EndedWhileLocked(ended) = std::mem::take(&mut *self.ended_while_locked());
        for (released, outcome) in ended {
            self.note_end(&released, outcome).await?;
        }
        self.take_back_released().await;
        Ok(())
    }

    /// Those among the `wanted` that nobody carries out yet. One fetch at a time: what an earlier one has begun to read,
    /// it has read when the next one begins.
    async fn errands(&self, wanted: fn(&House, Timestamp) -> Vec<Released>) -> Vec<Errand> {
        let mut under_way = self.taking_back().lock().await;
        let now = self.now();
        let wanted = self.look(|house| wanted(house, now)).unwrap_or_default();
        let mut errands = Vec::new();
        for released in wanted.into_iter().filter(|released| !under_way.contains(&released.lease)) {
            match self.errand(released).await {
                Ok(errand) => errands.push(errand),
                // The vault has just been closed; it is tried when it opens.
                Err(Error::Locked) => break,
                Err(error) => tracing::warn!(%error, "a released token could not be read; tried again"),
            }
        }
        under_way.extend(errands.iter().map(|errand| errand.released.lease.clone()));
        errands
    }

    async fn errand(&self, released: Released) -> Result<Errand, Error> {
        let provider = self.look(|house| house.providers.get(&released.provider).cloned())?;
        let client = match &provider {
            // Where the token speaks for itself, our client need not.
            Some(provider) if provider.revocation.is_by_token() => Some(ClientCredential::default()),
            Some(provider) => match self.client_credential(provider).await {
                Err(Error::InvalidRequest(_)) => None,
                client => Some(client?),
            },
            None => None,
        };
        let token = match self.0.ports.vault.secret(&SecretOf::Released(released.lease.clone())).await {
            // What is damaged does not mend: the person is told.
            Err(VaultError::Unusable(_)) => None,
            token => token?,
        };
        Ok(Errand { released, provider, client, token })
    }

    fn send(&self, errands: Vec<Errand>) {
        for errand in errands {
            let broker = self.clone();
            self.0.ports.surroundings.run(Box::pin(async move { broker.carry_out(errand).await }));
        }
    }

    async fn carry_out(&self, errand: Errand) {
        let outcome = self.end_at_provider(&errand).await;
        let released = errand.released;
        match self.note_end(&released, outcome.clone()).await {
            Err(Error::Locked) => self.ended_while_locked().0.push((released.clone(), outcome)),
            Err(error) => tracing::error!(%error, "the end of a released token could not be written down"),
            Ok(()) => {}
        }
        self.taking_back().lock().await.remove(&released.lease);
    }

    async fn end_at_provider(&self, errand: &Errand) -> Outcome {
        let (released, now) = (&errand.released, self.now());
        if released.has_run_out(now) {
            return Outcome::Over(None);
        }
        let lives = lives_on(released, now);
        let failed = |sentence| Outcome::Over(Some((AuditKind::Failed, sentence)));
        let Some(provider) = &errand.provider else {
            return failed(trail::PROVIDER_UNKNOWN.sentence().then(&lives));
        };
        let by_hand = by_hand(provider);
        let in_vain =
            |why: Message| failed(why.with([("provider", &provider.name)]).then(&lives).then(&by_hand));
        let Some((client, token)) = errand.client.as_ref().zip(errand.token.as_ref()) else {
            return in_vain(trail::CANNOT_END);
        };
        if provider.revocation.access_token == AccessRevocation::Nothing {
            return in_vain(trail::ENDS_NO_TOKEN);
        }
        match self.0.ports.upstream.revoke_access(provider, client, token).await {
            Ok(true) => Outcome::Over(Some((AuditKind::Ended, ended(released, provider)))),
            Ok(false) => in_vain(trail::NO_WAY_TO_END),
            Err(error) => {
                let before = released.attempts.unwrap_or_else(|| Attempts::begun(now));
                match error.again(before, now) {
                    Some(next) => {
                        let tries = trail::KEEPS_TRYING.with([("what", &by_hand)]);
                        let said = error.sentence().then(&lives).then(&tries);
                        Outcome::Later(next, released.attempts.is_none().then_some(said))
                    }
                    None => failed(error.sentence().then(&lives).then(&by_hand)),
                }
            }
        }
    }

    /// Writes down what came of an errand. What could not be ended, the person should see now.
    async fn note_end(&self, released: &Released, outcome: Outcome) -> Result<(), Error> {
        let (broker, lease, released) = (self.clone(), released.lease.clone(), released.clone());
        let told = match &outcome {
            Outcome::Over(told) => told.clone(),
            Outcome::Later(_, told) => told.clone().map(|told| (AuditKind::Failed, told)),
        };
        let alarms = told.as_ref().is_some_and(|(kind, _)| *kind == AuditKind::Failed);
        let still_out = Tiding::StillOut { app_name: released.app_name.clone() };
        self.narrow(move |house| {
            let Some(kept) = house.released.get(&lease) else { return Ok((Vec::new(), ())) };
            let change = match outcome {
                Outcome::Over(_) => Change::DeleteReleased(lease),
                Outcome::Later(attempts, _) => {
                    Change::PutReleased(Released { attempts: Some(attempts), ..kept.clone() }, None)
                }
            };
            let fact = told.map(|(kind, told)| Change::Audit(broker.event_of(house, &released, kind, told)));
            Ok((std::iter::once(change).chain(fact).collect(), ()))
        })
        .await?;
        if alarms {
            self.notify(Notice::Tiding(still_out));
        }
        Ok(())
    }

    /// Changes that give up ending the tokens that are out at a provider whose addresses have changed: by now somebody else
    /// answers there. Each with what that means.
    pub(crate) fn let_go_of_all(&self, house: &House, provider: &Provider) -> Vec<Change> {
        let out = house.released.values().filter(|out| out.provider == provider.id);
        out.flat_map(|out| self.let_go(house, out, provider)).collect()
    }

    fn let_go(&self, house: &House, released: &Released, provider: &Provider) -> [Change; 2] {
        let why = trail::ADDRESSES_CHANGED.with([("provider", &provider.name)]);
        let told = why.then(&lives_on(released, self.now()));
        let fact = self.event_of(house, released, AuditKind::Failed, told);
        [Change::DeleteReleased(released.lease.clone()), Change::Audit(fact)]
    }

    /// A fact about a token whose program and account may be gone.
    fn event_of(
        &self,
        house: &House,
        released: &Released,
        kind: AuditKind,
        sentence: Sentence,
    ) -> AuditEvent {
        let about = About::both(&released.app, &released.account);
        let mut fact = self.event(house, kind, about, sentence).about(&released.scopes);
        fact.app_name = Some(released.app_name.clone());
        fact.account_label = Some(released.account_label.clone());
        fact
    }
}

/// Out of lease, and to be seen to now.
fn due(house: &House, now: Timestamp) -> Vec<Released> {
    house.out_of_lease(now).filter(|released| released.is_due(now)).cloned().collect()
}

/// Every one that can be ended; the lock ends their leases.
fn all(house: &House, now: Timestamp) -> Vec<Released> {
    let lives = |released: &&Released| released.is_to_be_ended() && !released.has_run_out(now);
    house.released.values().filter(lives).cloned().collect()
}

/// Leases whose tokens are being ended at this moment.
pub type UnderWay = std::collections::HashSet<LeaseId>;

fn ended(released: &Released, provider: &Provider) -> Sentence {
    trail::ENDED_UPSTREAM.with([
        ("provider", &provider.name),
        ("app", &released.app_name),
        ("scopes", &released.scopes),
    ])
}

/// That a token is still good at its provider, and how long.
fn lives_on(released: &Released, now: Timestamp) -> Sentence {
    let (app, scopes) = (&released.app_name, &released.scopes);
    match released.runs_out {
        Some(end) => {
            let span = spanned(end.since(now));
            trail::STILL_GOOD.with([("app", app), ("scopes", scopes), ("span", &span)])
        }
        None => trail::GOOD_FOR_EVER.with([("app", app), ("scopes", scopes)]),
    }
}
