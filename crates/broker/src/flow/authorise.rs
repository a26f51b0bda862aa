//! From a request to an authority: by a standing consent, by the policy, or by asking the person.

use crate::{
    AccessRequest, AccountId, AppId, Asks, AuditKind, Because, Broker, Change, Choice, Consent, ConsentId,
    Delivery, Error, ScopeSet, Sentence,
    broker::About,
    consent::{Conditions, Duration},
    flow::{
        hand_out::Authority,
        release::may_be_released,
        weighing::{Weighed, witnessed},
    },
    house::House,
    messages::{refusals, trail},
};

/// What the policy allows without asking is looked at again after so long.
const PRE_APPROVED_SECONDS: u32 = 900;

impl Broker {
    /// Whether a request could be granted or put to the person now; else why not. A surface that may say nothing to
    /// an address which the person has not seen (RFC 9700 §4.11.2) asks this before [`Broker::authorize`].
    pub fn may_ask(&self, request: &AccessRequest) -> Result<(), Error> {
        self.look(|house| self.weigh(house, request))??;
        self.desk().check_pause(&request.app, self.now())
    }

    /// Decides on a request, by a standing consent or by asking the person.
    pub async fn authorise(&self, request: &AccessRequest) -> Result<Authority, Error> {
        let mut question = match self.look(|house| self.weigh(house, request))?? {
            Weighed::Allowed(authority) => return Ok(authority),
            Weighed::PreApproved(authority, path) => {
                return self.pre_approved(authority, path, request.caller.fingerprint()).await;
            }
            Weighed::Ask(question) => question,
        };
        if let Some(caller) = witnessed(request).await? {
            question.caller = Some(caller);
        }
        match self.ask(Asks::Access(question.clone())).await? {
            Some(choice) => self.allowed_by(choice, &question.app, request),
            None => Err(Error::ConsentDenied(refusals::NOBODY_THERE.sentence())),
        }
    }

    /// A consent that the policy gives, to these very bytes: short, so that it is looked at again soon.
    pub(crate) async fn pre_approved(
        &self,
        authority: Authority,
        path: String,
        fingerprint: Option<String>,
    ) -> Result<Authority, Error> {
        let (broker, given) = (self.clone(), authority.clone());
        self.change(move |house| {
            let now = broker.now();
            let duration = Duration::Seconds { seconds: PRE_APPROVED_SECONDS };
            let consent = Consent {
                id: given.consent.clone(),
                app: given.app.clone(),
                account: given.account.clone(),
                scopes: given.scopes.clone(),
                delivery: given.delivery,
                duration,
                allows: true,
                fingerprint: fingerprint.map(Into::into),
                since: now,
                until: duration.end(now),
                last_used: None,
                uses: 0,
                note: "Allowed by the administrator's policy.".to_owned(),
                conditions: Conditions::default(),
                asks_each_time: false,
                by_policy: true,
            };
            let sentence = trail::ALLOWED_UNASKED.with([("scopes", &consent.scopes)]);
            let about = About::both(&consent.app, &consent.account);
            let fact = broker
                .event(house, AuditKind::Allowed, about, sentence)
                .about(&consent.scopes)
                .because(Because::PreApproved(path).sentence());
            Ok((vec![Change::PutConsent(consent), Change::Audit(fact)], ()))
        })
        .await?;
        Ok(authority)
    }

    /// What the person's answer to a program's request allows.
    pub(crate) fn allowed_by(
        &self,
        choice: Choice,
        app: &AppId,
        request: &AccessRequest,
    ) -> Result<Authority, Error> {
        let Choice::Allow { account: Some(account), scopes, delivery, .. } = choice else {
            return Err(Error::ConsentDenied(refusals::PERSON_SAID_NO.sentence()));
        };
        let (consent, instead) = self.look(|house| {
            let consent = newest_consent(house, app, &account, &scopes, delivery);
            let other = request.or_gateway && request.delivery != delivery;
            (consent, other.then(|| why_not_released(house, &account, &scopes)))
        })?;
        let withdrawn = || Error::ConsentDenied("The consent was withdrawn at once.".into());
        Ok(Authority {
            app: app.clone(),
            account,
            consent: consent.ok_or_else(withdrawn)?,
            scopes,
            delivery,
            or_gateway: request.or_gateway && request.delivery == delivery,
            instead,
            resource: request.resource.clone(),
            family: None,
            key: None,
            by_details: request.by_details,
            exchanged: None,
        })
    }
}

/// Why the person's yes is for the gateway, to a program that asked for the provider's own token.
fn why_not_released(house: &House, account: &AccountId, scopes: &ScopeSet) -> Sentence {
    match may_be_released(house, account, scopes) {
        Err(Error::NotReleased(why)) => why,
        _ => "The person allowed a gateway token and no release.".into(),
    }
}

fn newest_consent(
    house: &House,
    app: &AppId,
    account: &AccountId,
    scopes: &ScopeSet,
    delivery: Delivery,
) -> Option<ConsentId> {
    let fits = |c: &&Consent| {
        c.app == *app
            && c.account == *account
            && c.allows
            && !c.asks_each_time
            && !c.spent()
            && scopes == &c.scopes
            && c.delivery == delivery
    };
    house.consents_of(app).filter(fits).max_by_key(|c| c.since).map(|c| c.id.clone())
}
