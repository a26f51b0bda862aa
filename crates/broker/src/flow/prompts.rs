//! Putting questions to the person, and taking the answers.

use tokio::sync::oneshot;

use crate::{
    AccountId, Asks, AuditKind, Broker, Caller, Change, Choice, Consent, ConsentId, Delivery, Error, Notice,
    Presence, Prompt, PromptId, ScopeSet, broker::About, consent::Duration, desk::Outcome,
};

impl Broker {
    /// Questions that wait, oldest first; of each program only one.
    #[must_use]
    pub fn prompts(&self) -> Vec<Prompt> {
        self.desk().shown()
    }

    /// One question.
    pub fn prompt(&self, id: &str) -> Result<Prompt, Error> {
        self.desk().find(&PromptId::from_text(id)).cloned().ok_or(Error::Stale)
    }

    /// Answers a question. Allowing takes presence; denying takes none. `shown` is the hash of what the person saw
    /// (UI-08).
    pub async fn decide(
        &self,
        id: &str,
        shown: &str,
        choice: Choice,
        presence: Option<&Presence>,
    ) -> Result<(), Error> {
        let prompt = self.prompt(id)?;
        if prompt.shown() != shown {
            return Err(Error::Stale);
        }
        let allows = matches!(choice, Choice::Allow { .. });
        let presence = match (allows, presence) {
            (true, None) => {
                return Err(Error::PresenceNeeded(
                    "Allowing takes the person: answer in Keylodge's window, or with the passphrase at a terminal.".to_owned(),
                ));
            }
            (_, presence) => presence.map_or("without presence", Presence::how),
        };
        check_choice(&prompt, &choice)?;
        let answerable = self.desk().take(&prompt.id).ok_or(Error::Stale)?;
        let kept = self.keep_decision(&prompt, &choice, presence).await;
        if let Some(app) = prompt.app() {
            self.desk().note(app, !allows, self.now());
        }
        // What could not be made durable was not decided: whoever waits is refused.
        answerable.answer(&kept.is_ok().then_some(choice));
        self.notify_waiting();
        kept
    }

    /// Asks the person to confirm something that a command without presence wants to do. The answer is the presence.
    pub async fn ask_presence(
        &self,
        question: String,
        details: Vec<String>,
        caller: Option<Caller>,
    ) -> Result<Presence, Error> {
        if !self.0.ports.surroundings.has_display() {
            return Err(Error::PresenceNeeded(
                "This widens access and there is no window to ask in: give the passphrase.".to_owned(),
            ));
        }
        match self.ask(Asks::Action { question, details, caller }).await? {
            Some(Choice::Allow { .. }) => Ok(Presence::of_native_window()),
            Some(Choice::Deny { .. }) => Err(Error::ConsentDenied("You said no.".to_owned())),
            None => Err(Error::ConsentDenied("Nobody answered in time.".to_owned())),
        }
    }

    /// Lays a question on the desk and waits for its end.
    pub(crate) async fn ask(&self, asks: Asks) -> Result<Outcome, Error> {
        let outcome: oneshot::Receiver<Outcome> = {
            let now = self.now();
            let prompt = Prompt {
                id: PromptId::generate(self.entropy()),
                asked_at: now,
                expires_at: now.plus(self.0.settings.prompt_seconds.into()),
                asks,
            };
            self.desk().ask(prompt, now)?
        };
        self.notify_waiting();
        Ok(outcome.await.unwrap_or(None))
    }

    /// Ends what has run out of time: prompts, leases, consents, codes, sign-ins. The daemon calls it every second.
    pub async fn tick(&self) {
        let now = self.now();
        let swept = self.desk().sweep(now);
        if swept {
            self.notify_waiting();
        }
        let _ = self.touch(|house| {
            house.codes.retain(|_, code| !code.forgotten(now));
            house.successors.retain(|_, successor| !successor.forgotten(now));
        });
        self.sweep_sign_ins(now);
        let _ = self
            .change(move |house| {
                let mut changes = house.end_leases(|lease| lease.until <= now);
                let ended = house.consents.values().filter(|consent| !consent.stands(now));
                changes.extend(ended.flat_map(|consent| house.withdraw(&consent.id)));
                let lapsed = house.families.values().filter(|family| family.lapsed(now));
                changes.extend(lapsed.map(|family| Change::DeleteFamily(family.id.clone())));
                Ok((changes, ()))
            })
            .await;
    }

    fn notify_waiting(&self) {
        let waiting = self.desk().shown().len();
        self.notify(Notice::Prompts(waiting));
    }

    /// Makes the decision durable: a consent, a standing refusal, or just the fact.
    async fn keep_decision(&self, prompt: &Prompt, choice: &Choice, how: &'static str) -> Result<(), Error> {
        let Asks::Access(question) = &prompt.asks else { return Ok(()) };
        let (broker, question, choice) = (self.clone(), question.clone(), choice.clone());
        self.change(move |house| {
            let app = &question.app;
            let mut changes = Vec::new();
            let (kind, account, sentence) = match &choice {
                Choice::Allow { account: Some(account), scopes, delivery, duration } => {
                    if !house.accounts.contains_key(account) || !house.apps.contains_key(app) {
                        return Err(Error::Stale);
                    }
                    let what = if *delivery == Delivery::Release { ", released" } else { "" };
                    let sentence = format!("Allowed {how}: {scopes}{what}.");
                    let consent = broker.consent(&question, account, scopes, (*delivery, *duration));
                    changes.extend(replaced(house, &consent));
                    changes.extend(seen_now(house, &question));
                    changes.push(Change::PutConsent(consent));
                    (AuditKind::Allowed, Some(account.clone()), sentence)
                }
                Choice::Allow { account: None, .. } => {
                    return Err(Error::InvalidRequest("Choose an account.".to_owned()));
                }
                Choice::Deny { remember } => {
                    let accounts = if *remember { question.accounts.clone() } else { Vec::new() };
                    for account in &accounts {
                        changes.push(Change::PutConsent(broker.refusal(&question, account)));
                    }
                    let lasting = if *remember { " and it may not ask again" } else { "" };
                    let only = (question.accounts.len() == 1).then(|| question.accounts[0].clone());
                    (AuditKind::Denied, only, format!("Denied: {}{lasting}.", question.scopes))
                }
            };
            let about = About { app: Some(app), account: account.as_ref() };
            changes.push(Change::Audit(broker.event(house, kind, about, sentence)));
            Ok((changes, ()))
        })
        .await
    }

    fn consent(
        &self,
        question: &crate::AccessQuestion,
        account: &AccountId,
        scopes: &ScopeSet,
        (delivery, duration): (Delivery, Duration),
    ) -> Consent {
        let now = self.now();
        // A program that proves itself by a credential may be updated; one known by its file may not.
        let by_file = question.redirect_host.is_empty();
        Consent {
            id: ConsentId::generate(self.entropy()),
            app: question.app.clone(),
            account: account.clone(),
            scopes: scopes.clone(),
            delivery,
            duration,
            allows: true,
            fingerprint: question
                .caller
                .as_ref()
                .filter(|_| by_file)
                .and_then(Caller::fingerprint)
                .map(Into::into),
            since: now,
            until: duration.end(now),
            last_used: None,
            uses: 0,
        }
    }

    fn refusal(&self, question: &crate::AccessQuestion, account: &AccountId) -> Consent {
        let nothing = ScopeSet::default();
        let mut refusal = self.consent(question, account, &nothing, (Delivery::Gateway, Duration::Always));
        refusal.allows = false;
        refusal.fingerprint = None;
        refusal
    }
}

/// The program with what was just seen of its process, for the list of programs.
fn seen_now(house: &crate::house::House, question: &crate::AccessQuestion) -> Option<Change> {
    let app = house.apps.get(&question.app)?;
    let evidence = question.caller.clone().filter(|caller| app.evidence.as_ref() != Some(caller))?;
    Some(Change::PutApp(crate::App { evidence: Some(evidence), ..app.clone() }))
}

/// Older consents of the same app, account and program file that the new one covers: they are replaced, so that the
/// list says once what is allowed. Their leases run on under the new one's name no longer, so they end.
fn replaced<'a>(house: &'a crate::house::House, new: &'a Consent) -> impl Iterator<Item = Change> + 'a {
    let covered = move |old: &&Consent| {
        old.account == new.account
            && old.allows
            && old.scopes.is_subset(&new.scopes)
            && new.delivery.covers(old.delivery)
            && old.fingerprint == new.fingerprint
            && matches!((old.duration, new.duration), (Duration::Once, _) | (_, Duration::Always))
            && !house.families.values().any(|family| family.consent == old.id)
    };
    house.consents_of(&new.app).filter(covered).flat_map(|old| house.withdraw(&old.id))
}

/// The answer may grant less than was shown, never more.
fn check_choice(prompt: &Prompt, choice: &Choice) -> Result<(), Error> {
    let (Asks::Access(question), Choice::Allow { account, scopes, delivery, duration }) =
        (&prompt.asks, choice)
    else {
        return Ok(());
    };
    let wrong =
        |what: &str| Err(Error::InvalidRequest(format!("The answer {what}. Ask for the question again.")));
    if !account.as_ref().is_some_and(|account| question.accounts.contains(account)) {
        return wrong("names an account that was not offered");
    }
    if scopes.is_empty() || !scopes.is_subset(&question.scopes) {
        return wrong("names no scope, or one that was not asked for");
    }
    if !question.delivery.covers(*delivery) {
        return wrong("hands the token over in a way that was not asked for");
    }
    if !question.durations.contains(duration) {
        return wrong("names a duration that was not offered");
    }
    Ok(())
}
