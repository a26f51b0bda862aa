//! Token exchange (RFC 8693): a live token of ours goes in, and one comes out that may less: fewer scopes, another
//! place, never a longer life.
//!
//! A program narrows its own token. A local resource server swaps a token that it was sent for one of its own, to act
//! for that program: within what the person allowed to both of them, and the new token says who acts for whom (`act`).
//! Nobody becomes somebody else.

use crate::{
    App, Authority, Because, Broker, Caller, ConsentId, Decision, Delivery, Error, Exchanged, HandOut,
    KeyThumbprint, Lease, Question, ScopeSet, Secret, Timestamp, TokenHash,
    decision::decide,
    flow::{
        client_credentials::consent_needed,
        hand_out::{Along, provider_of},
        weighing::denied,
    },
    house::House,
};

/// What a program presents.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The token that it has.
    pub subject: Secret<String>,
    /// What the new one shall do; `None`: the same.
    pub scopes: Option<ScopeSet>,
    /// Where it shall be good: a local resource server or the account's gateway; `None`: where the old one is.
    pub target: Option<String>,
    /// A token of ours, or the provider's own.
    pub delivery: Delivery,
    /// A token of ours will do where the provider's own cannot be released, or was not allowed.
    pub or_gateway: bool,
    /// What was seen of the program, for consents that are bound to its file.
    pub caller: Caller,
    /// The key that was proven (RFC 9449 §5): the new token is bound to it.
    pub key: Option<KeyThumbprint>,
}

/// So many may act for each other in a row.
const MAX_ACTORS: usize = 5;

impl Broker {
    /// Exchanges a token. The new lease ends with the old one, and so with its consent and its refresh family.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for a subject that is not live, not ours or not for `app` (RFC 8693 §2.2.2),
    /// [`Error::InvalidScope`] and [`Error::InvalidTarget`] for more than it opens, [`Error::ConsentNeeded`] where the
    /// person has not allowed the acting program, or the release, yet.
    pub async fn exchange(&self, app: &App, exchange: &Exchange) -> Result<HandOut, Error> {
        let why = match self.exchange_as_wanted(app, exchange).await {
            Err(Error::NotReleased(why) | Error::ConsentNeeded(why)) if exchange.or_gateway => why,
            outcome => return outcome,
        };
        let ours = Exchange { delivery: Delivery::Gateway, or_gateway: false, ..exchange.clone() };
        Ok(self.exchange_as_wanted(app, &ours).await?.instead(Some(&why)))
    }

    async fn exchange_as_wanted(&self, app: &App, exchange: &Exchange) -> Result<HandOut, Error> {
        let authority = self.look(|house| self.exchanged(house, app, exchange))??;
        self.hand_out(authority, Along::Nothing).await
    }

    fn exchanged(&self, house: &House, app: &App, exchange: &Exchange) -> Result<Authority, Error> {
        let now = self.now();
        let subject = live_subject(house, app, &exchange.subject, now)?;
        let scopes = narrowed(house, subject, exchange.scopes.as_ref())?;
        let own = subject.app == app.id;
        if own && subject.key.is_some() && subject.key != exchange.key {
            return Err(Error::InvalidRequest("The subject token takes a proof of its own key.".into()));
        }
        if exchange.delivery == Delivery::Release {
            return self.released(house, app, subject, exchange, scopes);
        }
        Ok(Authority {
            app: app.id.clone(),
            account: subject.account.clone(),
            consent: if own {
                subject.consent.clone()
            } else {
                self.consent_of_its_own(house, app, subject, &scopes, exchange)?
            },
            resource: self.place(house, subject, own, exchange.target.as_deref())?,
            scopes,
            delivery: Delivery::Gateway,
            or_gateway: false,
            instead: None,
            family: None,
            key: exchange.key.clone(),
            by_details: subject.by_details,
            exchanged: Some(Exchanged { subject: subject.id.clone(), actors: actors(app, subject)? }),
        })
    }

    /// Where the new token is good; `None` is the gateway. A token for a resource server stays there for whoever just
    /// holds it: that server could else carry it on as if it were the program.
    fn place(
        &self,
        house: &House,
        subject: &Lease,
        own: bool,
        target: Option<&str>,
    ) -> Result<Option<String>, Error> {
        let gateway = self.gateway_url(&subject.account);
        let target = target.unwrap_or(&subject.audience);
        if own && subject.audience != gateway && target != subject.audience {
            return Err(Error::InvalidTarget(
                "A token for a resource server stays there. Exchange the gateway's token instead.".into(),
            ));
        }
        if target == gateway {
            return Ok(None);
        }
        if house.apps.values().any(|app| app.resources.iter().any(|resource| resource == target)) {
            return Ok(Some(target.to_owned()));
        }
        Err(Error::InvalidTarget(
            "No resource server is registered under that address. Name one, or the account's gateway.".into(),
        ))
    }

    /// The provider's own token in place of ours. It rests on a consent that says so and on nothing less, for it can do
    /// what it can do until the provider's own end.
    fn released(
        &self,
        house: &House,
        app: &App,
        subject: &Lease,
        exchange: &Exchange,
        scopes: ScopeSet,
    ) -> Result<Authority, Error> {
        if subject.app != app.id || !app.is_confidential() {
            return Err(Error::InvalidRequest("Only a program with a credential of its own swaps its token for the provider's. Ask for release with POST /access, or at the authorization endpoint.".into()));
        }
        if exchange.target.is_some() {
            return Err(Error::InvalidTarget(
                "A provider's own token has no resource here. Leave one of the two out.".into(),
            ));
        }
        let consent = self.consent_of_its_own(house, app, subject, &scopes, exchange)?;
        Ok(Authority {
            app: app.id.clone(),
            account: subject.account.clone(),
            consent,
            scopes,
            delivery: Delivery::Release,
            or_gateway: false,
            instead: None,
            resource: None,
            family: None,
            key: None,
            by_details: false,
            exchanged: None,
        })
    }

    /// What the person has allowed the program that asks, for the account of the subject token (OAU-13).
    fn consent_of_its_own(
        &self,
        house: &House,
        app: &App,
        subject: &Lease,
        scopes: &ScopeSet,
        exchange: &Exchange,
    ) -> Result<ConsentId, Error> {
        let fingerprint = exchange.caller.fingerprint();
        let question = Question {
            app: &app.id,
            account: &subject.account,
            provider: &provider_of(house, &subject.account)?.id,
            scopes,
            delivery: exchange.delivery,
            caller: &exchange.caller,
            fingerprint: fingerprint.as_deref(),
            host: None,
            may_be_remembered: true,
            max_age: None,
        };
        match decide(&question, house.consents_of(&app.id), &self.policy(), self.now()) {
            Decision::Allow(Because::Consent(consent)) => Ok(consent),
            Decision::Deny(because) => Err(denied(Some(&because))),
            Decision::Allow(_) | Decision::Ask { .. } => Err(consent_needed(exchange.delivery)),
        }
    }
}

/// The lease of a presented token: ours, live, at this issuer, and the program's own or sent to it. Everything else
/// looks the same from outside.
fn live_subject<'a>(
    house: &'a House,
    app: &App,
    token: &Secret<String>,
    now: Timestamp,
) -> Result<&'a Lease, Error> {
    let lease = house.lease_of_token.get(&TokenHash::of(token)).and_then(|id| house.leases.get(id));
    let belongs = |lease: &&Lease| {
        // That a token was sent to a server proves nothing of whoever just knows the server's client id.
        let sent_to_it = app.is_confidential() && app.resources.contains(&lease.audience);
        let here =
            house.accounts.get(&lease.account).map(|account| &account.provider) == app.provider.as_ref();
        here && lease.delivery == Delivery::Gateway
            && lease.until > now
            && (lease.app == app.id || sent_to_it)
    };
    lease.map(|live| &live.lease).filter(belongs).ok_or_else(|| {
        Error::InvalidRequest(
            "The subject token is not a live Keylodge token of this program, or sent to it. Get a new one."
                .into(),
        )
    })
}

fn narrowed(house: &House, subject: &Lease, asked: Option<&ScopeSet>) -> Result<ScopeSet, Error> {
    let Some(asked) = asked else { return Ok(subject.scopes.clone()) };
    let scopes = provider_of(house, &subject.account)?.canonical(asked);
    if scopes.opens_nothing() || !scopes.is_subset(&subject.scopes) {
        return Err(Error::InvalidScope(
            format!("An exchange gives at most what the subject token has: {}.", subject.scopes).into(),
        ));
    }
    Ok(scopes)
}

/// When the token ends that an exchanged one came from; nothing comes from one that has ended.
pub fn end_of_subject(
    house: &House,
    exchanged: Option<&Exchanged>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    let Some(exchanged) = exchanged else { return Ok(None) };
    let subject = house.leases.get(&exchanged.subject).map(|live| live.lease.until);
    subject
        .filter(|until| *until > now)
        .map(Some)
        .ok_or_else(|| Error::InvalidRequest("The subject token has just ended. Get a new one.".into()))
}

/// Who acts for whom once `app` holds the token.
fn actors(app: &App, subject: &Lease) -> Result<Vec<crate::AppId>, Error> {
    let before = subject.exchanged.as_ref().map(|exchanged| exchanged.actors.clone()).unwrap_or_default();
    if subject.app == app.id {
        return Ok(before);
    }
    let before = if before.is_empty() { vec![subject.app.clone()] } else { before };
    if before.len() >= MAX_ACTORS {
        return Err(Error::InvalidRequest("Too many programs act for each other already.".into()));
    }
    Ok(std::iter::once(app.id.clone()).chain(before).collect())
}
