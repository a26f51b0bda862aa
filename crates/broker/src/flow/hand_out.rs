//! The way of one token: from an authority to a hand-out.

use std::sync::Arc;

use crate::{
    AccessRequest, AccountId, App, AppId, AuditKind, Because, Broker, Change, Consent, ConsentId, Delivery,
    Error, Exchanged, FamilyId, KeyThumbprint, Lease, LeaseId, Provider, RefreshFamily, Released, ScopeSet,
    Secret, Sentence, Timestamp, TokenFormat, TokenHash,
    broker::About,
    flow::{exchange::end_of_subject, upstream_access::check_gateway_keeps},
    house::House,
    messages::{refusals, trail},
    secret_text,
};

/// A token on its way to a program, with all that the program must know of it.
#[derive(Clone, Debug)]
pub struct HandOut {
    /// The lease.
    pub lease: LeaseId,
    /// The token.
    pub token: Secret<String>,
    /// Which of the two it is.
    pub delivery: Delivery,
    /// What it can really do.
    pub scopes: ScopeSet,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The account.
    pub account: AccountId,
    /// Where it is good: the gateway's address, a local resource server's, or the provider's API.
    pub audience: String,
    /// A sentence that says which of the two it is and where it works.
    pub note: String,
    /// A refresh token of ours, where the program came through the token endpoint.
    pub refresh_token: Option<Secret<String>>,
    /// The key that must be proven with each use (RFC 9449); `None` for a bearer token.
    pub key: Option<KeyThumbprint>,
    /// It was asked for by `authorization_details` (RFC 9396).
    pub by_details: bool,
}

/// What a hand-out rests on. Made by a decision, re-checked when the hand-out is made durable.
#[derive(Clone, Debug)]
pub struct Authority {
    /// To whom.
    pub app: AppId,
    /// For which account.
    pub account: AccountId,
    /// Under which consent.
    pub consent: ConsentId,
    /// For what; never more than the consent.
    pub scopes: ScopeSet,
    /// How.
    pub delivery: Delivery,
    /// A gateway token will do where the provider's own cannot be released.
    pub or_gateway: bool,
    /// Why it is a gateway token though the program asked for the provider's own.
    pub instead: Option<Sentence>,
    /// A local resource server; `None` for the gateway.
    pub resource: Option<String>,
    /// The refresh family it belongs to.
    pub family: Option<FamilyId>,
    /// The key that the token is bound to (RFC 9449).
    pub key: Option<KeyThumbprint>,
    /// It was asked for by `authorization_details` (RFC 9396).
    pub by_details: bool,
    /// Whence it came, if by token exchange.
    pub exchanged: Option<Exchanged>,
}

/// What goes along with a hand-out, in the same transaction.
#[derive(Clone)]
pub(crate) enum Along {
    /// Nothing.
    Nothing,
    /// A refresh family begins.
    Begin(RefreshFamily),
    /// A family's token is replaced, if it is still the current one then: of two that rotate at once, one does.
    Rotate { family: FamilyId, from: TokenHash, to: TokenHash },
}

impl Along {
    fn changes(self, house: &House, now: Timestamp) -> Result<Vec<Change>, Error> {
        match self {
            Self::Nothing => Ok(Vec::new()),
            Self::Begin(family) => Ok(vec![Change::PutFamily(family)]),
            Self::Rotate { family, from, to } => {
                let current = house.families.get(&family).filter(|family| family.current == from);
                Ok(vec![Change::PutFamily(current.ok_or(Error::Stale)?.clone().rotated(to, now))])
            }
        }
    }
}

/// A token about to be handed over, and what is written down before.
pub struct Handing {
    pub lease: Lease,
    pub token: Secret<String>,
    /// Where it is the provider's own: what it takes to end it.
    pub released: Option<Released>,
}

/// A token with less life than this is not handed out again.
const LEAST_SECONDS: i64 = 30;

impl Broker {
    /// The native form: decides, asks the person where it must, and hands out.
    pub async fn access(&self, request: AccessRequest) -> Result<HandOut, Error> {
        self.access_bound(request, None).await
    }

    /// The same, of a token bound to the key that the program has proven to hold (RFC 9449).
    pub async fn access_bound(
        &self,
        request: AccessRequest,
        key: Option<KeyThumbprint>,
    ) -> Result<HandOut, Error> {
        let authority = Authority { key, ..self.authorise(&request).await? };
        self.hand_out_or_again(authority, request.min_ttl).await
    }

    pub(crate) async fn hand_out_as_wanted(
        &self,
        authority: Authority,
        along: Along,
    ) -> Result<HandOut, Error> {
        self.look(|house| self.check_open(house, &authority))??;
        let instead = authority.instead.clone();
        let hand_out = match authority.delivery {
            Delivery::Gateway => self.hand_out_own(authority, along).await,
            Delivery::Release => self.release(authority, along).await,
        };
        Ok(hand_out?.instead(instead.as_ref()))
    }

    /// Whether anything may be handed out under an authority now: not during a pause, and not against the policy.
    fn check_open(&self, house: &House, authority: &Authority) -> Result<(), Error> {
        self.check_running()?;
        let provider = provider_of(house, &authority.account)?;
        let why = self.policy().forbids(&provider.id, authority.delivery);
        why.map_or(Ok(()), |why| Err(Error::ConsentDenied(why)))
    }

    /// The token of a live lease that fits, if there is one. A counter, not a row: nothing new leaves.
    pub(crate) fn live_hand_out(
        &self,
        authority: &Authority,
        min_ttl: u32,
    ) -> Result<Option<HandOut>, Error> {
        let now = self.now();
        let gateway = authority.delivery == Delivery::Gateway;
        // Ours never live longer: whoever asks for more gets no new one each time.
        let min_ttl = if gateway { min_ttl.min(self.0.settings.token_seconds) } else { min_ttl };
        let least = i64::from(min_ttl).max(LEAST_SECONDS);
        // The provider's own token is bound to no key of a program's.
        let key = authority.key.as_ref().filter(|_| gateway);
        self.look(|house| {
            standing(house, authority, now).ok()?;
            let fits = |lease: &Lease| {
                lease.consent == authority.consent
                    && lease.app == authority.app
                    && lease.delivery == authority.delivery
                    && lease.scopes == authority.scopes
                    && lease.family.is_none()
                    && lease.key.as_ref() == key
                    && lease.by_details == authority.by_details
                    && lease.exchanged.is_none()
                    && lease.until.since(now) >= least
                    && (!gateway || lease.audience == self.audience(authority))
            };
            let fitting =
                house.leases_of(&authority.app).filter(|live| live.token.is_some() && fits(&live.lease));
            let live = fitting.max_by_key(|live| live.lease.until)?;
            Some(self.told(house, &live.lease, live.token.clone()?))
        })
    }

    /// The hand-out of a lease that lives, once more; none if its token is not in memory any more.
    pub(crate) fn handed_out(&self, lease: &LeaseId) -> Result<Option<HandOut>, Error> {
        let now = self.now();
        self.look(|house| {
            let live = house.leases.get(lease).filter(|live| live.lease.until > now)?;
            Some(self.told(house, &live.lease, live.token.clone()?))
        })
    }

    async fn hand_out_own(&self, authority: Authority, along: Along) -> Result<HandOut, Error> {
        let now = self.now();
        let id = LeaseId::generate(self.entropy());
        let audience = self.audience(&authority);
        let until = self.look(|house| {
            if authority.resource.is_none() {
                check_gateway_keeps(house, &authority.account, &authority.scopes)?;
            }
            self.own_end(house, &authority, now)
        })??;
        let token = match self.look(|house| token_format(house, &authority.app))? {
            TokenFormat::Opaque => self.fresh_token(),
            TokenFormat::Signed => {
                let claims =
                    self.look(|house| self.claims(house, &authority, &id, &audience, (now, until)))??;
                self.0.ports.signer.sign(&claims).map_err(Error::Bug)?
            }
        };
        let lease = lease(&authority, id, audience, &token, (now, until));
        self.lend(authority, Handing { lease, token, released: None }, along).await
    }

    /// Makes a lease durable, with the fact and the consent's use, if the consent still covers it (STO-11).
    pub(crate) async fn lend(
        &self,
        authority: Authority,
        handing: Handing,
        along: Along,
    ) -> Result<HandOut, Error> {
        let Handing { lease, token, released } = handing;
        let (broker, kept) = (self.clone(), lease.clone());
        let sealed = released.map(|released| (released, token.clone()));
        self.change(move |house| {
            let now = broker.now();
            broker.check_open(house, &authority)?;
            let consent = standing(house, &authority, now)?;
            if consent.until.is_some_and(|until| kept.until > until) {
                return Err(Error::ConsentDenied(
                    "What was allowed has just been shortened. Ask again.".into(),
                ));
            }
            let consent = consent.clone().used(now, kept.until);
            end_of_subject(house, kept.exchanged.as_ref(), now)?;
            let mut changes = along.changes(house, now)?;
            changes.push(Change::PutConsent(consent));
            if let Some(app) = house.apps.get(&authority.app) {
                changes.push(Change::PutApp(App { last_used: Some(now), ..app.clone() }));
            }
            changes.extend(named_servers(house, &authority, now));
            let about = About::both(&authority.app, &authority.account);
            let fact = broker
                .event(house, AuditKind::Issued, about, handed_out(&kept))
                .about(&kept.scopes)
                .because(Because::Consent(authority.consent.clone()).sentence());
            changes.push(Change::Audit(fact));
            if let Some((released, token)) = sealed {
                check_nobody_has_it(house, &released)?;
                changes.push(Change::PutReleased(released, Some(token)));
            }
            changes.push(Change::PutLease(kept));
            Ok((changes, ()))
        })
        .await?;
        self.touch(|house| {
            if let Some(live) = house.leases.get_mut(&lease.id) {
                live.token = Some(token.clone());
            }
        })?;
        self.look(|house| self.told(house, &lease, token))
    }

    /// When a token of ours may end at the latest: after its usual life, with its consent (TK-01), or with the token
    /// that it was exchanged for (AS-35).
    fn own_end(&self, house: &House, authority: &Authority, now: Timestamp) -> Result<Timestamp, Error> {
        let consent = standing(house, authority, now)?;
        let subject = end_of_subject(house, authority.exchanged.as_ref(), now)?;
        let usual = now.plus(self.0.settings.token_seconds.into());
        Ok([consent.until, subject].into_iter().flatten().fold(usual, Timestamp::min))
    }

    fn audience(&self, authority: &Authority) -> String {
        authority.resource.clone().unwrap_or_else(|| self.gateway_url(&authority.account))
    }

    /// What the program is told of its token.
    fn told(&self, house: &House, lease: &Lease, token: Secret<String>) -> HandOut {
        let provider =
            provider_of(house, &lease.account).map_or_else(|_| "the provider".to_owned(), |p| p.name.clone());
        let note = match lease.delivery {
            Delivery::Gateway if lease.audience == self.gateway_url(&lease.account) => format!(
                "A Keylodge token: it works at {} only. {provider} itself does not know it.",
                lease.audience
            ),
            Delivery::Gateway => format!("A Keylodge token: it works at {} only.", lease.audience),
            Delivery::Release => {
                let alone = house.released.get(&lease.id).is_some_and(|released| released.alone);
                let ends = if alone { " Keylodge ends it there when its time is up." } else { "" };
                let how = lease.narrowed_by.map(|way| {
                    format!(" It carries no more than was allowed: it was {}.", way.how().english)
                });
                format!(
                    "{provider}'s own access token: send it to {provider}'s API ({}).{}{ends}",
                    lease.audience,
                    how.unwrap_or_default(),
                )
            }
        };
        HandOut {
            lease: lease.id.clone(),
            token,
            delivery: lease.delivery,
            scopes: lease.scopes.clone(),
            expires_at: lease.until,
            account: lease.account.clone(),
            audience: lease.audience.clone(),
            note,
            refresh_token: None,
            key: lease.key.clone(),
            by_details: lease.by_details,
        }
    }

    /// A fresh opaque token of ours.
    pub(crate) fn fresh_token(&self) -> Secret<String> {
        secret_text(self.entropy())
    }
}

pub fn provider_of(house: &House, account: &AccountId) -> Result<Arc<Provider>, Error> {
    let account =
        house.accounts.get(account).ok_or_else(|| Error::NotFound(refusals::ACCOUNT_GONE.sentence()))?;
    house
        .providers
        .get(&account.provider)
        .cloned()
        .ok_or_else(|| Error::NotFound(refusals::PROVIDER_GONE.with([("provider", &account.provider)])))
}

/// The consent of an authority, if it still stands and still covers it. What was given for once and has been used
/// covers nothing more, however many waited for the same answer; nor does one that the person wants to be asked about.
pub fn standing<'a>(house: &'a House, authority: &Authority, now: Timestamp) -> Result<&'a Consent, Error> {
    let covers = |consent: &&Consent| {
        consent.allows
            && consent.stands(now)
            && !consent.spent()
            && !consent.asks_each_time
            && authority.scopes.is_subset(&consent.scopes)
            && consent.delivery.covers(authority.delivery)
    };
    house
        .consents
        .get(&authority.consent)
        .filter(covers)
        .ok_or_else(|| Error::ConsentDenied("The person has withdrawn this consent, or it has ended.".into()))
}

/// To end it for one program would end it for another: such a token does not leave a second time.
fn check_nobody_has_it(house: &House, released: &Released) -> Result<(), Error> {
    if released.alone && house.released.values().any(|other| other.token == released.token) {
        return Err(Error::NotReleased("The provider gave a token that is out already, and Keylodge could not end it for one alone. Use the gateway.".into()));
    }
    Ok(())
}

/// The resource servers that a token names, with the fact that one did: they are kept.
fn named_servers(house: &House, authority: &Authority, now: Timestamp) -> Vec<Change> {
    let Some(resource) = &authority.resource else { return Vec::new() };
    let named = house.apps.values().filter(|app| app.id != authority.app && app.resources.contains(resource));
    named.map(|app| Change::PutApp(App { last_used: Some(now), ..app.clone() })).collect()
}

/// What is handed out, for the trail.
fn handed_out(lease: &Lease) -> Sentence {
    let scopes = &lease.scopes;
    match (lease.delivery, lease.narrowed_by.map(crate::Narrowing::how)) {
        (Delivery::Gateway, _) => trail::HANDED_OUT.with([("scopes", scopes)]),
        (Delivery::Release, None) => trail::RELEASED.with([("scopes", scopes)]),
        (Delivery::Release, Some(how)) => trail::RELEASED_NARROWED.with([("scopes", scopes), ("how", &how)]),
    }
}

/// The form of token that a program chose when it registered.
fn token_format(house: &House, app: &AppId) -> TokenFormat {
    house.apps.get(app).map(|app| app.terms.token_format).unwrap_or_default()
}

/// A lease under an authority, from and until then.
pub fn lease(
    authority: &Authority,
    id: LeaseId,
    audience: String,
    token: &Secret<String>,
    (since, until): (Timestamp, Timestamp),
) -> Lease {
    Lease {
        id,
        app: authority.app.clone(),
        account: authority.account.clone(),
        consent: authority.consent.clone(),
        family: authority.family.clone(),
        exchanged: authority.exchanged.clone(),
        scopes: authority.scopes.clone(),
        delivery: authority.delivery,
        audience,
        token: TokenHash::of(token),
        key: authority.key.clone(),
        by_details: authority.by_details,
        since,
        until,
        narrowed_by: None,
    }
}
