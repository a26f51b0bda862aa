//! Release: the provider's own token leaves Keylodge. It ends with its lease, or it does not leave.

use crate::{
    Account, AccountId, AppId, AuditKind, Broker, Change, Consent, Delivery, Error, Lease, LeaseId,
    Narrowing, Provider, Released, ScopeSet, Timestamp, UpstreamGrant,
    broker::About,
    clock::span,
    flow::{
        hand_out::{Along, Authority, HandOut, Handing, lease, provider_of, standing},
        upstream_access::{bound, covering_grant},
    },
    house::{House, UpstreamAccess},
    messages::trail,
    prompt::{LONGEST_RELEASE, ReleaseEnd},
    provider::AccessRevocation,
};

/// So many of providers' own tokens one program may have out. Each may have cost its provider a refresh, and some providers
/// end older ones when there are too many (DOS-04).
const MAX_OUT_OF_ONE_APP: usize = 16;
/// A token whose end is not known is out for so long at the most, if Keylodge can end it.
const ENDLESS_SECONDS: i64 = 3600;

/// A provider's token that may leave, as far as its scopes go.
pub struct Releasable {
    pub access: UpstreamAccess,
    /// Nobody else uses it, and Keylodge can end it without ending anything else.
    pub alone: bool,
    /// How it came to carry less than the account's sign-in; `None`: it carries all of it.
    pub by: Option<Narrowing>,
}

impl Broker {
    /// Hands the provider's own token out under an authority. Where that cannot be, the person sees why, too.
    pub(crate) async fn release(&self, authority: Authority, along: Along) -> Result<HandOut, Error> {
        let (app, account) = (authority.app.clone(), authority.account.clone());
        let outcome = self.release_now(authority, along).await;
        if let Err(Error::NotReleased(why)) = &outcome {
            self.note_not_released(app, account, why).await?;
        }
        outcome
    }

    async fn note_not_released(&self, app: AppId, account: AccountId, why: &str) -> Result<(), Error> {
        let (broker, sentence) = (self.clone(), trail::NOT_RELEASED.with([("why", &why)]));
        self.change(move |house| {
            let fact = broker.event(house, AuditKind::Refused, About::both(&app, &account), sentence);
            Ok((vec![Change::Audit(fact)], ()))
        })
        .await
    }

    async fn release_now(&self, authority: Authority, along: Along) -> Result<HandOut, Error> {
        if self.look(|house| takes_bound_only(house, &authority.app))? {
            return Err(Error::NotReleased("A provider's own token is bound to no key, and this program takes no other. Use the gateway.".into()));
        }
        let authority = Authority { key: None, ..authority };
        self.look(|house| {
            check_share(house, &authority.app, self.now())?;
            may_be_released(house, &authority.account, &authority.scopes)
        })??;
        let token = self.upstream_for_release(&authority.account, &authority.scopes).await?;
        let handing = self.look(|house| self.handing(house, &authority, token))??;
        self.lend(authority, handing, along).await
    }

    /// The lease under which a token leaves, and what is kept to end it.
    fn handing(&self, house: &House, authority: &Authority, token: Releasable) -> Result<Handing, Error> {
        let now = self.now();
        let provider = provider_of(house, &authority.account)?;
        let until = end(&token, &provider, standing(house, authority, now)?, now)?;
        let Releasable { access, alone, by } = token;
        let audience = provider.api.first().map_or_else(|| provider.name.clone(), |api| api.base.clone());
        let id = LeaseId::generate(self.entropy());
        let mut lease = lease(authority, id, audience, &access.token, (now, until));
        (lease.scopes, lease.narrowed_by) = (access.scopes, by);
        let released = Released {
            lease: lease.id.clone(),
            provider: provider.id.clone(),
            app: lease.app.clone(),
            app_name: house.apps.get(&lease.app).map(|app| app.name.clone()).unwrap_or_default(),
            account: lease.account.clone(),
            account_label: house.accounts.get(&lease.account).map(|a| a.label.clone()).unwrap_or_default(),
            scopes: lease.scopes.clone(),
            token: lease.token.clone(),
            runs_out: access.expires_at,
            alone,
            at_any_price: false,
            attempts: None,
        };
        Ok(Handing { lease, token: access.token, released: Some(released) })
    }
}

/// Whether a program may have one more.
fn check_share(house: &House, app: &AppId, now: Timestamp) -> Result<(), Error> {
    let out = |lease: &Lease| lease.delivery == Delivery::Release && lease.until > now;
    if house.leases_of(app).filter(|live| out(&live.lease)).count() < MAX_OUT_OF_ONE_APP {
        return Ok(());
    }
    Err(Error::TooMany(
        "This program has too many of the provider's tokens out already. Use one of those until it runs out."
            .into(),
    ))
}

/// Whether a release has a token of its own that can be ended by itself (RFC 7009 §2.1).
pub fn ends_alone(provider: &Provider, grant: &UpstreamGrant, account: &Account) -> bool {
    provider.revocation.access_token == AccessRevocation::Alone
        && grant.refreshable
        && !provider.refresh.ends_access_token
        && (account.company().is_none() || provider.revocation.is_by_token())
}

/// How a token of this account would end once it is out, as far as can be known before there is one.
///
/// # Errors
/// [`Error::NotReleased`] where it is known that none may leave.
pub fn may_be_released(house: &House, account: &AccountId, scopes: &ScopeSet) -> Result<ReleaseEnd, Error> {
    let provider = provider_of(house, account)?;
    check_one_service(&provider, scopes)?;
    let grant = covering_grant(house, account, scopes)?;
    if provider.client.dpop_bound_access_tokens {
        return Err(bound(&provider));
    }
    let owner = house.accounts.get(account);
    if owner.is_some_and(|owner| ends_alone(&provider, &grant, owner)) {
        return Ok(ReleaseEnd::WithConsent);
    }
    match usual_life(house, &provider, &grant) {
        Some(seconds) if seconds > LONGEST_RELEASE.into() => Err(lasts_too_long(&provider)),
        None if provider.endless_tokens || has_no_end(house, &grant) => Err(never_ends(&provider)),
        life => Ok(ReleaseEnd::ByItself { seconds: life.and_then(|life| u32::try_from(life).ok()) }),
    }
}

/// Where each token is for one of the provider's services, none is for two.
fn check_one_service(provider: &Provider, scopes: &ScopeSet) -> Result<(), Error> {
    let services = provider.services(scopes);
    if services.len() < 2 {
        return Ok(());
    }
    let services: Vec<&str> = services.iter().map(String::as_str).collect();
    Err(Error::NotReleased(format!(
        "Each of {}'s tokens is for one service, and these scopes are for {}. Ask for each by itself, or use the gateway.",
        provider.name,
        services.join(" and ")
    ).into()))
}

/// Whether the provider's last token came without an end.
fn has_no_end(house: &House, grant: &UpstreamGrant) -> bool {
    house.upstream.get(&grant.id).is_some_and(|access| access.expires_at.is_none())
}

/// How long a fresh token lasts, as it was seen last or as the catalogue says.
fn usual_life(house: &House, provider: &Provider, grant: &UpstreamGrant) -> Option<i64> {
    let seen = house.upstream.get(&grant.id).and_then(|access| Some(access.expires_at?.since(access.since)));
    let kept = || grant.upkeep.access.as_ref().map(|access| access.until.since(access.since));
    seen.or_else(kept).or(provider.access_token_seconds.map(i64::from))
}

/// When the lease of a token ends: no later than its consent, and no sooner than the token.
fn end(
    token: &Releasable,
    provider: &Provider,
    consent: &Consent,
    now: Timestamp,
) -> Result<Timestamp, Error> {
    if token.alone {
        let end = token.access.expires_at.unwrap_or_else(|| now.plus(ENDLESS_SECONDS));
        return Ok(consent.until.map_or(end, |until| end.min(until)));
    }
    let end = token.access.expires_at.ok_or_else(|| never_ends(provider))?;
    if end.since(now) > LONGEST_RELEASE.into() {
        return Err(lasts_too_long(provider));
    }
    if consent.until.is_some_and(|until| end > until) {
        return Err(Error::NotReleased(format!(
            "{}'s token would last {} and what was allowed ends before that; Keylodge cannot end it sooner. Use the gateway, or have it allowed for longer, or once.",
            provider.name,
            span(end.since(now)),
        ).into()));
    }
    Ok(end)
}

fn never_ends(provider: &Provider) -> Error {
    Error::NotReleased(
        format!(
            "{}'s tokens do not end by themselves, and Keylodge cannot end one by itself. Use the gateway.",
            provider.name
        )
        .into(),
    )
}

fn lasts_too_long(provider: &Provider) -> Error {
    Error::NotReleased(
        format!(
            "{}'s tokens last longer than a day, and Keylodge cannot end one sooner. Use the gateway.",
            provider.name
        )
        .into(),
    )
}

/// Whether a program takes no token that anybody could use (RFC 9449 §5.2).
fn takes_bound_only(house: &House, app: &AppId) -> bool {
    house.apps.get(app).is_some_and(|app| app.terms.dpop_bound)
}

/// How tokens would end, over all accounts that a question could be for: the worst of them is told.
pub fn worst_end(
    house: &House,
    delivery: Delivery,
    accounts: &[AccountId],
    scopes: &ScopeSet,
) -> Option<ReleaseEnd> {
    let ends = accounts.iter().filter_map(|account| may_be_released(house, account, scopes).ok());
    if delivery == Delivery::Gateway { None } else { ends.max_by_key(|end| end.reach()) }
}
