//! Seeing and withdrawing what was allowed: consents, leases, activity.

use crate::{
    AuditKind, AuditRecord, Broker, Change, Consent, ConsentId, Delivery, Error, Lease, LeaseId, Presence,
    Scope, broker::About,
};

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
        self.change(move |house| {
            let consent =
                house.consents.get(&ConsentId::from_text(&word)).ok_or_else(|| no_such_consent(&word))?;
            if !consent.allows && !present {
                return Err(may_ask_again());
            }
            let about = About::both(&consent.app, &consent.account);
            let Some(scope) = scope else {
                let sentence = format!("Withdrawn: {}.", consent.scopes);
                let fact = broker.event(house, AuditKind::Withdrawn, about, sentence);
                let mut changes = house.withdraw(&consent.id);
                changes.push(Change::Audit(fact));
                return Ok((changes, ()));
            };
            if !consent.scopes.contains(&scope) {
                return Err(Error::NotFound(format!("This consent does not hold {scope}.")));
            }
            let less = consent.scopes.without(&std::iter::once(scope.clone()).collect());
            let fact = broker.event(house, AuditKind::Withdrawn, about, format!("Withdrawn: {scope}."));
            if less.is_empty() {
                let mut changes = house.withdraw(&consent.id);
                changes.push(Change::Audit(fact));
                return Ok((changes, ()));
            }
            let mut changes =
                house.end_leases(|lease| lease.consent == consent.id && lease.scopes.contains(&scope));
            let families = house.families.values().filter(|family| family.consent == consent.id);
            changes.extend(families.cloned().map(|mut family| {
                family.scopes = family.scopes.intersection(&less);
                Change::PutFamily(family)
            }));
            changes.push(Change::PutConsent(Consent { scopes: less, ..consent.clone() }));
            changes.push(Change::Audit(fact));
            Ok((changes, ()))
        })
        .await
    }

    /// Hand-outs that are still good.
    pub fn leases(&self) -> Result<Vec<Lease>, Error> {
        let now = self.now();
        self.look(|house| {
            house.leases.values().map(|live| &live.lease).filter(|lease| lease.until > now).cloned().collect()
        })
    }

    /// Ends one hand-out. A released token works at the provider until it runs out; that is said.
    pub async fn revoke_lease(&self, id: &str) -> Result<(), Error> {
        let (broker, word) = (self.clone(), id.to_owned());
        self.change(move |house| {
            let live = house.leases.get(&LeaseId::from_text(&word));
            let lease =
                &live.ok_or_else(|| Error::NotFound(format!("There is no live lease {word:?}.")))?.lease;
            let still = match lease.delivery {
                Delivery::Release => " It was released and works at the provider until it runs out.",
                Delivery::Gateway => "",
            };
            let sentence = format!("Ended by hand: {}.{still}", lease.scopes);
            let fact =
                broker.event(house, AuditKind::Ended, About::both(&lease.app, &lease.account), sentence);
            Ok((vec![Change::DeleteLease(lease.id.clone()), Change::Audit(fact)], ()))
        })
        .await
    }

    /// Facts, newest first.
    pub async fn activity(&self, before: Option<u32>, limit: u32) -> Result<Vec<AuditRecord>, Error> {
        Ok(self.0.ports.vault.activity(before, limit.clamp(1, 500)).await?)
    }
}

/// A standing refusal keeps a program from asking; no program of the same user may lift it.
pub fn may_ask_again() -> Error {
    Error::PresenceNeeded(
        "You told this program not to ask again. To let it ask, use Keylodge's window, or give the passphrase.".to_owned(),
    )
}

fn no_such_consent(id: &str) -> Error {
    Error::NotFound(format!("There is no consent {id:?}. `keylodge consent list` shows all."))
}
