//! Seeing and withdrawing what was allowed: consents, leases, activity.

use crate::{
    ActivityCount, ActivityFilter, AuditKind, AuditRecord, Broker, Change, Consent, ConsentId, Delivery,
    Error, Lease, LeaseId, Presence, Released, Scope, ScopeSet, Sentence, Timestamp,
    broker::About,
    clock::spanned,
    consent::{Conditions, Duration},
    flow::hand_out::provider_of,
    house::House,
    messages::{refusals, trail},
    text::cleaned,
};

const MAX_NOTE_CHARS: usize = 300;

impl Broker {
    /// All consents and standing refusals.
    pub fn consents(&self) -> Result<Vec<Consent>, Error> {
        self.look(|house| house.consents.values().cloned().collect())
    }

    /// One consent.
    pub fn consent_by_id(&self, id: &str) -> Result<Consent, Error> {
        self.look(|house| house.consents.get(&ConsentId::from_text(id)).cloned())?
            .ok_or_else(|| no_such_consent(id))
    }

    /// Withdraws a consent, or one scope of it. Every token that needs it ends at once. To take a standing refusal back
    /// widens: the program may ask again.
    pub async fn revoke_consent(
        &self,
        id: &str,
        scope: Option<&Scope>,
        presence: Option<&Presence>,
    ) -> Result<(), Error> {
        let (broker, word, scope) = (self.clone(), id.to_owned(), scope.cloned());
        let present = presence.is_some();
        // To lift a standing refusal is no narrowing.
        let refuses = self.consent_by_id(id).is_ok_and(|consent| !consent.allows);
        let decide = move |house: &House| {
            let consent =
                house.consents.get(&ConsentId::from_text(&word)).ok_or_else(|| no_such_consent(&word))?;
            if !consent.allows && !present {
                return Err(may_ask_again());
            }
            let about = About::both(&consent.app, &consent.account);
            let Some(scope) = scope else {
                let still = still_out(house, broker.now(), |out| of_consent(house, &consent.id, out));
                let sentence = if consent.allows {
                    trail::WITHDRAWN.with([("scopes", &consent.scopes)]).then(&still)
                } else {
                    trail::MAY_ASK_AGAIN.sentence()
                };
                let fact = broker.event(house, AuditKind::Withdrawn, about, sentence);
                let mut changes = house.withdraw(&consent.id);
                changes.push(Change::Audit(fact));
                return Ok((changes, ()));
            };
            if !consent.scopes.contains(&scope) {
                return Err(Error::NotFound(refusals::NOT_HELD.with([("scope", &scope)])));
            }
            let less = consent.scopes.without(&std::iter::once(scope.clone()).collect());
            let fact =
                broker.event(house, AuditKind::Withdrawn, about, trail::WITHDRAWN.with([("scopes", &scope)]));
            // Without its only limit it would allow more than before: then nothing of it is left.
            if less.opens_nothing() || !less.is_subset(&consent.scopes) {
                let mut changes = house.withdraw(&consent.id);
                changes.push(Change::Audit(fact));
                return Ok((changes, ()));
            }
            let mut changes =
                house.end_leases(|lease| lease.consent == consent.id && !lease.scopes.is_subset(&less));
            let families = house.families.values().filter(|family| family.consent == consent.id);
            changes.extend(families.cloned().map(|mut family| {
                family.scopes = family.scopes.intersection(&less);
                Change::PutFamily(family)
            }));
            changes.push(Change::PutConsent(Consent { scopes: less, ..consent.clone() }));
            changes.push(Change::Audit(fact));
            Ok((changes, ()))
        };
        if refuses { self.change(decide).await } else { self.narrow(decide).await }
    }

    /// Hand-outs that are still good.
    pub fn leases(&self) -> Result<Vec<Lease>, Error> {
        let now = self.now();
        self.look(|house| {
            house.leases.values().map(|live| &live.lease).filter(|lease| lease.until > now).cloned().collect()
        })
    }

    /// Providers' own tokens that are out, also those whose lease has ended.
    pub fn tokens_out(&self) -> Result<Vec<Released>, Error> {
        self.look(|house| house.released.values().cloned().collect())
    }

    /// Ends one hand-out. Where a released token works at the provider until it runs out, that is said.
    pub async fn revoke_lease(&self, id: &str) -> Result<(), Error> {
        let (broker, word) = (self.clone(), id.to_owned());
        self.narrow(move |house| {
            let live = house.leases.get(&LeaseId::from_text(&word));
            let lease =
                &live.ok_or_else(|| Error::NotFound(refusals::NO_LEASE.with([("lease", &word)])))?.lease;
            let still = still_out(house, broker.now(), |out| out.lease == lease.id);
            let sentence = trail::ENDED_BY_HAND.with([("scopes", &lease.scopes)]).then(&still);
            let fact =
                broker.event(house, AuditKind::Ended, About::both(&lease.app, &lease.account), sentence);
            let mut changes = house.end_lease(&lease.id);
            changes.push(Change::Audit(fact));
            Ok((changes, ()))
        })
        .await
    }

    /// Changes a consent without a new question. Less scopes, a shorter life, closer conditions and a note take nothing;
    /// more of anything takes presence.
    pub async fn edit_consent(
        &self,
        id: &str,
        edit: ConsentEdit,
        presence: Option<&Presence>,
    ) -> Result<(), Error> {
        let (broker, word, present) = (self.clone(), id.to_owned(), presence.is_some());
        let by_passphrase = presence.is_some_and(Presence::is_passphrase);
        let narrows = !self.edit_widens(id, edit.clone())?;
        let decide = move |house: &House| {
            let old =
                house.consents.get(&ConsentId::from_text(&word)).ok_or_else(|| no_such_consent(&word))?;
            let new = broker.edited(house, old, edit)?;
            if widens(old, &new) {
                if !present {
                    return Err(Error::PresenceNeeded(refusals::ALLOWS_MORE.sentence()));
                }
                broker.check_click(house, &new, by_passphrase)?;
            }
            if new == *old {
                return Ok((Vec::new(), ()));
            }
            let about = About::both(&old.app, &old.account);
            let fact = broker.event(house, AuditKind::Allowed, about, changed(old, &new)).about(&new.scopes);
            let mut changes = cut_back(house, old, &new);
            changes.extend([Change::PutConsent(new), Change::Audit(fact)]);
            Ok((changes, ()))
        };
        if narrows { self.narrow(decide).await } else { self.change(decide).await }
    }

    /// What an edit would make of a consent, if it allows more than before.
    ///
    /// # Errors
    /// [`Error::PresenceNeeded`] where that takes the passphrase and `presence` is another.
    pub fn widened(
        &self,
        id: &str,
        edit: ConsentEdit,
        presence: Option<&Presence>,
    ) -> Result<Option<Consent>, Error> {
        let old = self.consent_by_id(id)?;
        let by_passphrase = presence.is_some_and(Presence::is_passphrase);
        self.look(|house| {
            let new = self.edited(house, &old, edit)?;
            if !widens(&old, &new) {
                return Ok(None);
            }
            self.check_click(house, &new, by_passphrase).map(|()| Some(new))
        })?
    }

    /// Whether an edit would allow more than before.
    pub fn edit_widens(&self, id: &str, edit: ConsentEdit) -> Result<bool, Error> {
        let old = self.consent_by_id(id)?;
        self.look(|house| self.edited(house, &old, edit).map(|new| widens(&old, &new)))?
    }

    fn edited(&self, house: &House, old: &Consent, edit: ConsentEdit) -> Result<Consent, Error> {
        let now = self.now();
        let mut new = old.clone();
        if let Some(note) = edit.note {
            new.note = cleaned(&note, MAX_NOTE_CHARS);
        }
        if !old.allows && (edit.scopes.is_some() || edit.duration.is_some() || edit.conditions.is_some()) {
            return Err(Error::InvalidRequest(refusals::ONLY_ITS_NOTE.sentence()));
        }
        if let Some(scopes) = edit.scopes {
            let provider = provider_of(house, &old.account)?;
            let (scopes, held) = (provider.canonical(&scopes), house.scopes_of(&old.account));
            if scopes.opens_nothing() || !scopes.beyond(&old.scopes).is_subset(&held) {
                return Err(Error::InvalidScope(
                    "Name at least one scope, and only scopes that the account was signed in with.".into(),
                ));
            }
            new.scopes = scopes;
        }
        if let Some(duration) = edit.duration {
            if !self.policy().policy().is_none_or(|policy| policy.allows_duration(duration)) {
                return Err(Error::InvalidRequest(refusals::TOO_LONG_BY_POLICY.sentence()));
            }
            // Counted from now: the person decides now. One time is had no later than what stood.
            let end = if duration == Duration::Once { old.until } else { duration.end(now) };
            (new.duration, new.until) = (duration, end);
        }
        if edit.duration.is_some() && new.spent() {
            // The one time has been: what was handed out before may run to its end, and no further.
            let last = house.leases_of(&old.app).filter(|live| live.lease.consent == old.id);
            let last = last.map(|live| live.lease.until).chain([now]).max();
            new.until = new.until.into_iter().chain(last).min();
        }
        if let Some(delivery) = edit.delivery {
            new.delivery = delivery;
        }
        if let Some(conditions) = edit.conditions {
            new.conditions = Conditions { forwarded: old.conditions.forwarded, ..conditions };
        }
        if let Some(each_time) = edit.asks_each_time {
            new.asks_each_time = each_time;
        }
        Ok(new)
    }

    /// Facts that fit, newest first.
    pub async fn activity(
        &self,
        filter: &ActivityFilter,
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, Error> {
        Ok(self.0.ports.vault.activity(filter, before, limit.clamp(1, 500)).await?)
    }

    /// How many facts fit, for each stretch of `seconds` (an hour at the least) and kind, oldest first.
    pub async fn activity_counts(
        &self,
        filter: &ActivityFilter,
        seconds: u32,
    ) -> Result<Vec<ActivityCount>, Error> {
        Ok(self.0.ports.vault.activity_counts(filter, seconds.max(60)).await?)
    }
}

/// What is changed of a consent; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ConsentEdit {
    /// The scopes.
    pub scopes: Option<ScopeSet>,
    /// For how long, from now on.
    pub duration: Option<Duration>,
    /// How tokens are handed over.
    pub delivery: Option<Delivery>,
    /// Where it holds. Whether it is for forwarded programs cannot be changed.
    pub conditions: Option<Conditions>,
    /// Whether to be asked each time.
    pub asks_each_time: Option<bool>,
    /// The person's own words.
    pub note: Option<String>,
}

fn widens(old: &Consent, new: &Consent) -> bool {
    // What ends with the first use or with the lock may be used after that as anything else.
    let of_another_kind =
        matches!(old.duration, Duration::Once | Duration::UntilLock) && new.duration != old.duration;
    let later = old.until.is_some_and(|end| new.until.is_none_or(|later| later > end));
    !new.scopes.is_subset(&old.scopes)
        || of_another_kind
        || later
        || !old.delivery.covers(new.delivery)
        || !new.conditions.is_within(&old.conditions)
        || (old.asks_each_time && !new.asks_each_time)
}

/// Changes that end whatever the consent covers no longer.
fn cut_back(house: &House, old: &Consent, new: &Consent) -> Vec<Change> {
    let of_consent = |lease: &Lease| lease.consent == old.id;
    let closer = new.conditions != old.conditions || new.asks_each_time != old.asks_each_time;
    let mut changes = house.end_leases(|lease| {
        let covered = lease.scopes.is_subset(&new.scopes) && new.delivery.covers(lease.delivery);
        let outlives = new.until.is_some_and(|until| lease.until > until);
        of_consent(lease) && (!covered || outlives || closer)
    });
    let families = house.families.values().filter(|family| family.consent == old.id);
    changes.extend(families.cloned().map(|mut family| {
        family.scopes = family.scopes.intersection(&new.scopes);
        Change::PutFamily(family)
    }));
    changes
}

fn of_consent(house: &House, consent: &ConsentId, out: &Released) -> bool {
    house.leases.get(&out.lease).is_some_and(|live| live.lease.consent == *consent)
}

/// What is still good at its provider though its lease ends, in a sentence; empty if nothing is.
fn still_out(house: &House, now: Timestamp, which: impl Fn(&Released) -> bool) -> Sentence {
    let lasts = |out: &&Released| !out.alone && !out.has_run_out(now) && which(out);
    let ends = house.released.values().filter(lasts).filter_map(|out| out.runs_out);
    let Some(last) = ends.max() else { return Sentence::default() };
    trail::STILL_WORKS.with([("span", &spanned(last.since(now)))])
}

/// What an edit did, in a sentence.
fn changed(old: &Consent, new: &Consent) -> Sentence {
    let mut what = Vec::new();
    if old.scopes != new.scopes {
        what.push(trail::NEW_SCOPES.with([("scopes", &new.scopes)]));
    }
    if (old.duration, old.until) != (new.duration, new.until) {
        what.push(trail::NEW_TIME.sentence());
    }
    if old.delivery != new.delivery {
        what.push(trail::NEW_DELIVERY.sentence());
    }
    if old.conditions != new.conditions {
        what.push(trail::NEW_WHERE.sentence());
    }
    if old.asks_each_time != new.asks_each_time {
        let message = if new.asks_each_time { trail::ASK_EACH_TIME } else { trail::NOT_EACH_TIME };
        what.push(message.sentence());
    }
    if old.note != new.note {
        what.push(trail::NEW_NOTE.sentence());
    }
    trail::CONSENT_CHANGED.with([("what", &Sentence::list(what))])
}

/// A standing refusal keeps a program from asking; no program of the same user may lift it.
pub fn may_ask_again() -> Error {
    Error::PresenceNeeded(refusals::MAY_ASK_AGAIN.sentence())
}

fn no_such_consent(id: &str) -> Error {
    Error::NotFound(refusals::NO_CONSENT.with([("consent", &id)]))
}
