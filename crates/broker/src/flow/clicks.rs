//! When a click is not enough: it may be another program's (UI-04).

use crate::{
    Asks, Broker, Choice, Consent, Delivery, Error, PassphraseRule, PolicyState, Presence, Prompt,
    ProviderId, ScopeSet, house::House, messages::refusals, preferences::setting, provider::Risk,
};

impl Broker {
    /// What would outlast every other guard (another passphrase, a copy of everything, no passphrase any more before what
    /// reaches far) takes the passphrase where there is one.
    ///
    /// # Errors
    /// [`Error::PresenceNeeded`] where there is one and `presence` is not by it.
    pub async fn demand_passphrase(&self, presence: Option<&Presence>) -> Result<(), Error> {
        if presence.is_some_and(Presence::is_passphrase) || !self.0.ports.vault.has_passphrase().await {
            return Ok(());
        }
        Err(Error::PresenceNeeded(refusals::NEEDS_PASSPHRASE.sentence()))
    }

    /// Whether an answer to a question was proven as the question says it must be.
    pub(crate) fn check_answer(
        &self,
        prompt: &Prompt,
        choice: &Choice,
        presence: Option<&Presence>,
    ) -> Result<(), Error> {
        let (Asks::Access(question), Choice::Allow { scopes, delivery, .. }) = (&prompt.asks, choice) else {
            return Ok(());
        };
        let rule = question.passphrase;
        let demanded = self
            .look(|house| rule.covers(house, &question.provider, scopes, *delivery))
            .unwrap_or(rule != PassphraseRule::default());
        enough(demanded, presence.is_some_and(Presence::is_passphrase))
    }

    /// The same for a consent that comes to allow more by hand.
    pub(crate) fn check_click(
        &self,
        house: &House,
        consent: &Consent,
        by_passphrase: bool,
    ) -> Result<(), Error> {
        let rule = demands(house, &self.policy());
        let provider = house.accounts.get(&consent.account).map(|account| &account.provider);
        let demanded =
            provider.is_none_or(|provider| rule.covers(house, provider, &consent.scopes, consent.delivery));
        enough(demanded, by_passphrase)
    }
}

impl PassphraseRule {
    /// Whether allowing this much takes the passphrase.
    fn covers(self, house: &House, provider: &ProviderId, scopes: &ScopeSet, delivery: Delivery) -> bool {
        self.always
            || (self.release && delivery == Delivery::Release)
            || (self.high_risk && has_high_risk(house, provider, scopes))
    }
}

/// When allowing takes the passphrase: by the person's own setting, or by policy.
pub fn demands(house: &House, policy: &PolicyState) -> PassphraseRule {
    let laid_down = policy.policy().map(|policy| policy.passphrase).unwrap_or_default();
    PassphraseRule {
        release: laid_down.release || house.preferences.on(&setting::PASSPHRASE_FOR_RELEASE),
        high_risk: laid_down.high_risk || house.preferences.on(&setting::PASSPHRASE_FOR_HIGH_RISK),
        always: laid_down.always,
    }
}

/// What the catalogue does not know could do anything.
fn has_high_risk(house: &House, provider: &ProviderId, scopes: &ScopeSet) -> bool {
    let Some(provider) = house.providers.get(provider) else { return true };
    scopes.iter().any(|scope| provider.scope_entry(scope).is_none_or(|entry| entry.risk == Risk::High))
}

fn enough(demanded: bool, by_passphrase: bool) -> Result<(), Error> {
    if demanded && !by_passphrase {
        return Err(Error::PresenceNeeded(refusals::ALLOW_BY_PASSPHRASE.sentence()));
    }
    Ok(())
}
