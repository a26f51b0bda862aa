//! Programs, their consents and their leases.

use broker::{App, Consent, Credential, Error, Lease, Released};
use control::{AppView, ConsentView, LeaseView, RegistrationView, ReleaseEnd};

use super::{Names, View, conditions, delivery, duration, evidence, time};

impl View<'_> {
    /// All programs.
    pub fn apps(&self) -> Result<Vec<AppView>, Error> {
        let (names, consents) = (Names::of(self.broker)?, self.broker.consents()?);
        Ok(self.broker.apps()?.into_iter().map(|app| self.app_view(app, &consents, &names)).collect())
    }

    /// One program.
    pub fn app(&self, app: App) -> Result<AppView, Error> {
        Ok(self.app_view(app, &self.broker.consents()?, &Names::of(self.broker)?))
    }

    fn app_view(&self, app: App, consents: &[Consent], names: &Names) -> AppView {
        let own = consents.iter().filter(|consent| consent.app == app.id);
        AppView {
            consents: own.map(|consent| consent_view(consent, names)).collect(),
            id: app.id.to_string(),
            client_id: app.id.to_string(),
            registered: !matches!(app.credential, Credential::Program { .. }),
            evidence: app.evidence.as_ref().map(|caller| evidence(caller, false)),
            registered_at: time(app.registered_at),
            last_used: app.last_used.map(time),
            registration: self.registration(&app),
            name: app.name,
        }
    }

    fn registration(&self, app: &App) -> Option<RegistrationView> {
        let provider = self.broker.provider(app.provider.as_ref()?.as_str()).ok()?.provider;
        Some(RegistrationView {
            by_hand: app.by_hand,
            issuer: self.broker.issuer(&provider),
            redirect_uris: app.redirect_uris.clone(),
            grants: app.terms.grants.clone(),
            resources: app.resources.clone(),
            confidential: app.is_confidential(),
        })
    }

    /// All consents and standing refusals.
    pub fn consents(&self) -> Result<Vec<ConsentView>, Error> {
        let names = Names::of(self.broker)?;
        Ok(self.broker.consents()?.iter().map(|consent| consent_view(consent, &names)).collect())
    }

    /// One consent.
    pub fn consent(&self, consent: &Consent) -> Result<ConsentView, Error> {
        Ok(consent_view(consent, &Names::of(self.broker)?))
    }

    /// Hand-outs that are still good.
    pub fn leases(&self) -> Result<Vec<LeaseView>, Error> {
        let names = Names::of(self.broker)?;
        let released = self.broker.tokens_out()?;
        Ok(self.broker.leases()?.iter().map(|lease| lease_view(lease, &released, &names)).collect())
    }
}

fn consent_view(consent: &Consent, names: &Names) -> ConsentView {
    ConsentView {
        id: consent.id.to_string(),
        app: consent.app.to_string(),
        app_name: names.app(&consent.app),
        account: consent.account.to_string(),
        account_label: names.label(&consent.account),
        provider: names.provider_id(&consent.account),
        scopes: names.scopes(&consent.account, &consent.scopes),
        allows: consent.allows,
        delivery: delivery(consent.delivery),
        duration: duration(consent.duration),
        since: time(consent.since),
        until: consent.until.map(time),
        last_used: consent.last_used.map(time),
        uses: consent.uses,
        note: consent.note.clone(),
        conditions: conditions(&consent.conditions),
        asks_each_time: consent.asks_each_time,
        by_policy: consent.by_policy,
        lapses: lapses(consent, names.lapse_days),
    }
}

/// When a consent that stays unused lapses.
fn lapses(consent: &Consent, days: u32) -> Option<control::Timestamp> {
    let seen = consent.last_used.unwrap_or(consent.since);
    (consent.allows && days > 0).then(|| time(seen.plus(i64::from(days) * 24 * 3600)))
}

fn lease_view(lease: &Lease, released: &[Released], names: &Names) -> LeaseView {
    let end = |out: &Released| if out.alone { ReleaseEnd::WithLease } else { ReleaseEnd::ByItself };
    LeaseView {
        id: lease.id.to_string(),
        app: lease.app.to_string(),
        app_name: names.app(&lease.app),
        account: lease.account.to_string(),
        account_label: names.label(&lease.account),
        scopes: names.scopes(&lease.account, &lease.scopes),
        delivery: delivery(lease.delivery),
        release: released.iter().find(|out| out.lease == lease.id).map(end),
        since: time(lease.since),
        until: time(lease.until),
    }
}
