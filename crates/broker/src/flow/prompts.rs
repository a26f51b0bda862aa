//! Putting questions to the person, and taking the answers.

use tokio::sync::oneshot;

use crate::{
    AccountId, Asks, AuditKind, Because, Broker, Caller, Change, Choice, Consent, ConsentId, Delivery, Error,
    Message, Notice, Presence, Prompt, PromptId, ScopeSet, Sentence, Tiding,
    broker::About,
    consent::{Conditions, Duration},
    desk::Outcome,
    flow::apps::never_approved,
    messages::{refusals, trail},
    preferences::setting,
};

impl Broker {
    /// Questions that wait, oldest first; of each program only one. While the vault is locked none is shown: those that
    /// wait come back when it opens.
    #[must_use]
    pub fn prompts(&self) -> Vec<Prompt> {
        if self.look(|_| ()).is_err() {
            return Vec::new();
        }
        self.desk().shown()
    }

    /// Whether the person has put a question off.
    #[must_use]
    pub fn is_put_off(&self, id: &PromptId) -> bool {
        self.desk().is_put_off(id)
    }

    /// Puts a question off: it goes on waiting, and its time goes on running, but it no longer comes to the front.
    pub fn put_off(&self, id: &str) -> Result<(), Error> {
        if !self.desk().put_off(&PromptId::from_text(id)) {
            return Err(Error::Stale);
        }
        self.notify_waiting();
        Ok(())
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
        let proof = presence;
        let presence = match (allows, presence) {
            (true, None) => {
                return Err(Error::PresenceNeeded(refusals::ANSWER_IN_WINDOW.sentence()));
            }
            (_, presence) => presence.map_or(trail::WITHOUT_PRESENCE, Presence::how),
        };
        check_choice(&prompt, &choice)?;
        self.check_answer(&prompt, &choice, proof)?;
        if !proves_the_code(&prompt, &choice)? {
            return Err(self.wrong_user_code(&prompt).await);
        }
        let answerable = self.desk().take(&prompt.id).ok_or(Error::Stale)?;
        let kept = self.keep_decision(&prompt, &choice, presence).await;
        match prompt.app() {
            Some(app) => self.desk().note(app, !allows, self.now()),
            None => self.desk().note_command(!allows, self.now()),
        }
        // What could not be made durable was not decided: whoever waits is refused.
        answerable.answer(&kept.is_ok().then_some(choice));
        self.notify_waiting();
        kept
    }

    /// Asks the person to confirm something that a command without presence wants to do. The answer is the presence.
    pub async fn ask_presence(
        &self,
        question: Sentence,
        details: Vec<Sentence>,
        caller: Option<Caller>,
    ) -> Result<Presence, Error> {
        if !self.0.ports.surroundings.has_display() {
            return Err(Error::PresenceNeeded(refusals::NO_WINDOW.sentence()));
        }
        match self.ask(Asks::Action { question, details, caller }).await? {
            Some(Choice::Allow { .. }) => Ok(Presence::of_native_window()),
            Some(Choice::Deny { .. }) => Err(Error::ConsentDenied(refusals::YOU_SAID_NO.sentence())),
            None => Err(Error::ConsentDenied(refusals::NOBODY_ANSWERED.sentence())),
        }
    }

    /// Lays a question on the desk and waits for its end.
    pub(crate) async fn ask(&self, asks: Asks) -> Result<Outcome, Error> {
        let outcome = self.lay(asks, self.prompt_seconds())?;
        Ok(outcome.await.unwrap_or(None))
    }

    /// Lays a question on the desk for so many seconds. Its end comes through what is returned.
    pub(crate) fn lay(&self, asks: Asks, seconds: u32) -> Result<oneshot::Receiver<Outcome>, Error> {
        let now = self.now();
        let prompt = Prompt {
            id: PromptId::generate(self.entropy()),
            asked_at: now,
            expires_at: now.plus(seconds.into()),
            asks,
        };
        let outcome = self.desk().ask(prompt, now)?;
        self.notify_waiting();
        Ok(outcome)
    }

    /// Ends what has run out of time: prompts, leases, consents, codes, sign-ins. The daemon calls it every second.
    pub async fn tick(&self) {
        let now = self.now();
        self.lock_when_idle(now).await;
        let left = self.door().sweep(now);
        if left {
            self.notify(Notice::Changed);
        }
        let swept = self.desk().sweep(now);
        if swept {
            self.notify_waiting();
        }
        let _ = self.touch(|house| {
            house.codes.retain(|_, code| !code.forgotten(now));
            house.successors.retain(|_, successor| !successor.forgotten(now));
            house.device_codes.retain(|_, code| !code.forgotten(now));
        });
        self.sweep_sign_ins(now);
        if let Err(error) = self.turn_signing_keys().await
            && error != Error::Locked
        {
            tracing::warn!(%error, "the signing keys could not be turned; tried again");
        }
        let broker = self.clone();
        self.renew_ahead();
        self.withdraw_waiting();
        let lapsed = self
            .change(move |house| {
                let mut changes = house.end_leases(|lease| lease.until <= now);
                let ended = house.consents.values().filter(|consent| !consent.stands(now));
                changes.extend(ended.flat_map(|consent| house.withdraw(&consent.id)));
                changes.extend(never_approved(house, now));
                let lapsed = house.families.values().filter(|family| family.lapsed(now));
                changes.extend(lapsed.map(|family| Change::DeleteFamily(family.id.clone())));
                let days = house.preferences.number(&setting::LAPSE_DAYS);
                let unused = house
                    .consents
                    .values()
                    .filter(|consent| consent.stands(now) && consent.lapsed(now, days));
                let mut lapsed = Vec::new();
                for consent in unused {
                    changes.extend(house.withdraw(&consent.id));
                    changes.push(Change::Audit(broker.lapse(house, consent, days)));
                    lapsed.push(house.app_name(&consent.app));
                }
                Ok((changes, lapsed))
            })
            .await;
        for app_name in lapsed.unwrap_or_default() {
            self.notify(Notice::Tiding(Tiding::Lapsed { app_name }));
        }
        self.take_back_released().await;
    }

    fn lapse(&self, house: &crate::house::House, consent: &Consent, days: u32) -> crate::AuditEvent {
        let about = About::both(&consent.app, &consent.account);
        let sentence = trail::LAPSED.with([("days", &days), ("scopes", &consent.scopes)]);
        self.event(house, AuditKind::Withdrawn, about, sentence)
            .about(&consent.scopes)
            .because(trail::YOUR_SETTING.with([("setting", &setting::LAPSE_DAYS.title())]))
    }

    pub(crate) fn notify_waiting(&self) {
        self.notify(Notice::Prompts(self.prompts().len()));
    }

    /// How long a question waits: as the person has set it, or else as the broker was started.
    pub(crate) fn prompt_seconds(&self) -> u32 {
        let set = |house: &crate::house::House| {
            let wanted = &house.preferences;
            wanted.is_set(&setting::PROMPT_SECONDS).then(|| wanted.number(&setting::PROMPT_SECONDS))
        };
        self.look(set).ok().flatten().unwrap_or(self.0.settings.prompt_seconds)
    }

    /// Makes the decision durable: a consent, a standing refusal, or just the fact.
    async fn keep_decision(&self, prompt: &Prompt, choice: &Choice, how: Message) -> Result<(), Error> {
        let Asks::Access(question) = &prompt.asks else { return Ok(()) };
        let (broker, question, choice) = (self.clone(), question.clone(), choice.clone());
        self.change(move |house| {
            let app = &question.app;
            let mut changes = Vec::new();
            let mut because = Sentence::new(question.because.clone(), question.because_said.clone());
            let mut about_scopes = question.scopes.clone();
            let (kind, account, sentence) = match &choice {
                Choice::Allow { account: Some(account), scopes, delivery, duration, conditions, .. } => {
                    if !house.accounts.contains_key(account) || !house.apps.contains_key(app) {
                        return Err(Error::Stale);
                    }
                    let message = match delivery {
                        Delivery::Release => trail::ALLOWED_RELEASED,
                        Delivery::Gateway => trail::ALLOWED,
                    };
                    let sentence = message.with([("how", &how), ("scopes", scopes)]);
                    let mut consent = broker.consent(&question, account, scopes, (*delivery, *duration));
                    consent.conditions = conditions.clone();
                    because = Because::Consent(consent.id.clone()).sentence();
                    about_scopes = scopes.clone();
                    changes.extend(replaced(house, &consent));
                    changes.extend(seen_now(house, &question));
                    changes.push(Change::PutConsent(consent));
                    (AuditKind::Allowed, Some(account.clone()), sentence)
                }
                Choice::Allow { account: None, .. } => {
                    return Err(Error::InvalidRequest(refusals::CHOOSE_ACCOUNT.sentence()));
                }
                Choice::Deny { remember } => {
                    let accounts = if *remember { question.accounts.clone() } else { Vec::new() };
                    for account in &accounts {
                        changes.push(Change::PutConsent(broker.refusal(&question.app, account)));
                    }
                    let message = if *remember { trail::DENIED_FOR_GOOD } else { trail::DENIED };
                    let only = (question.accounts.len() == 1).then(|| question.accounts[0].clone());
                    (AuditKind::Denied, only, message.with([("scopes", &question.scopes)]))
                }
            };
            let about = About { app: Some(app), account: account.as_ref() };
            let fact = broker.event(house, kind, about, sentence).about(&about_scopes).because(because);
            changes.push(Change::Audit(fact));
            Ok((changes, ()))
        })
        .await
    }

    pub(crate) fn consent(
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
            note: String::new(),
            conditions: Conditions { forwarded: question.conditions.forwarded, ..Conditions::default() },
            asks_each_time: false,
            by_policy: false,
        }
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

/// Whether an allowance carries the code that its question demands, if it demands one (AS-31).
fn proves_the_code(prompt: &Prompt, choice: &Choice) -> Result<bool, Error> {
    let (Asks::Access(question), Choice::Allow { user_code: typed, .. }) = (&prompt.asks, choice) else {
        return Ok(true);
    };
    let Some(user_code) = &question.user_code else { return Ok(true) };
    let typed = typed.as_deref().filter(|typed| !typed.trim().is_empty());
    let typed = typed.ok_or_else(|| Error::InvalidRequest(refusals::TYPE_CODE.sentence()))?;
    Ok(user_code.is(typed))
}

/// The answer may grant less than was shown, never more.
fn check_choice(prompt: &Prompt, choice: &Choice) -> Result<(), Error> {
    let (Asks::Access(question), Choice::Allow { account, scopes, delivery, duration, conditions, .. }) =
        (&prompt.asks, choice)
    else {
        return Ok(());
    };
    let wrong = |what: &str| {
        Err(Error::InvalidRequest(format!("The answer {what}. Ask for the question again.").into()))
    };
    if !account.as_ref().is_some_and(|account| question.accounts.contains(account)) {
        return wrong("names an account that was not offered");
    }
    if scopes.opens_nothing() || !scopes.is_subset(&question.scopes) {
        return wrong("names no scope, or more than was asked for");
    }
    if !question.delivery.covers(*delivery) {
        return wrong("hands the token over in a way that was not asked for");
    }
    if !question.durations.iter().any(|offered| offered.covers(*duration)) {
        return wrong("names a duration that is longer than those offered");
    }
    let offered = |part: &Option<String>, offer: &Option<String>| part.is_none() || part == offer;
    let own = &question.conditions;
    if !offered(&conditions.session, &own.session)
        || !offered(&conditions.directory, &own.directory)
        || !offered(&conditions.host, &own.host)
        || conditions.forwarded != own.forwarded
    {
        return wrong("names a condition that was not offered");
    }
    Ok(())
}
