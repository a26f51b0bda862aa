//! What an administrator has laid down: taking it up, and making it bite at once.

use crate::{
    AuditKind, Broker, Change, Consent, Error, Lease, Message, PolicyState, Provider, broker::About,
    consent::Duration, house::House, messages::trail,
};

impl Broker {
    /// Takes a policy up. What it does not allow ends at once; what an older one had allowed without asking, too.
    pub async fn set_policy(&self, policy: PolicyState) -> Result<(), Error> {
        if *self.policy() == policy {
            return Ok(());
        }
        self.replace_policy(policy);
        match self.enforce_policy(trail::POLICY_CHANGED).await {
            // It is enforced when the vault opens.
            Err(Error::Locked) => Ok(()),
            other => other,
        }
    }

    /// Ends what the policy does not allow. `said` stands in the trail if anything ends.
    pub(crate) async fn enforce_policy(&self, said: Message) -> Result<(), Error> {
        let broker = self.clone();
        self.narrow(move |house| Ok((broker.against_policy(house, said), ()))).await
    }

    /// Changes that end what the policy does not allow, with the fact; none where it allows everything.
    pub(crate) fn against_policy(&self, house: &House, said: Message) -> Vec<Change> {
        let mut changes = ended(house, &self.policy());
        if !changes.is_empty() {
            let fact = self.event(house, AuditKind::Settings, About::default(), said.sentence());
            changes.push(Change::Audit(fact));
        }
        changes
    }

    /// Whether the policy lets this provider be used at all.
    pub(crate) fn check_provider(&self, provider: &Provider) -> Result<(), Error> {
        match self.policy().forbids(&provider.id, crate::Delivery::Gateway) {
            Some(why) => Err(Error::ConsentDenied(why)),
            None => Ok(()),
        }
    }
}

fn ended(house: &House, policy: &PolicyState) -> Vec<Change> {
    let forbidden = |lease: &Lease| {
        let account = house.accounts.get(&lease.account);
        account.is_some_and(|account| policy.forbids(&account.provider, lease.delivery).is_some())
    };
    let mut changes = house.end_leases(forbidden);
    for consent in house.consents.values().filter(|consent| consent.allows) {
        if consent.by_policy {
            changes.extend(house.withdraw(&consent.id));
        } else if let Some(shorter) = shortened(consent, policy) {
            let until = shorter.until;
            changes.extend(house.end_leases(|lease| {
                lease.consent == consent.id && until.is_some_and(|until| lease.until > until)
            }));
            changes.push(Change::PutConsent(shorter));
        }
    }
    changes
}

/// The same consent with the life that the policy leaves it, if that is less.
fn shortened(consent: &Consent, policy: &PolicyState) -> Option<Consent> {
    let minutes = policy.policy()?.longest_consent_minutes?;
    if consent.duration == Duration::Once {
        return None;
    }
    let seconds = minutes.saturating_mul(60);
    let end = consent.since.plus(seconds.into());
    let longer = consent.until.is_none_or(|until| end < until);
    // What ends with the lock goes on doing so: it ends with whatever comes first.
    let duration = match consent.duration {
        Duration::UntilLock => Duration::UntilLock,
        _ => Duration::Seconds { seconds },
    };
    longer.then(|| Consent { until: Some(end), duration, ..consent.clone() })
}
