//! Renewing the provider's tokens: one refresh at a time for each grant, its intent written down before and its answer
//! before it is used; failures told apart, and no provider asked again too soon.

use tokio::sync::oneshot;

use crate::{
    Account, AccountId, AuditKind, Broker, Cause, Change, Error, GrantId, GrantState, KeptAccess, Narrowing,
    Provider, Refused, ScopeSet, SecretOf, Sentence, SignedOut, Timestamp, Upkeep, UpstreamError,
    UpstreamGrant, UpstreamTokens,
    broker::About,
    diagnose,
    flow::{hand_out::provider_of, sign_in::is_registered_elsewhere, upstream_access::reauth},
    house::{House, Trouble, UpstreamAccess},
    messages::{refusals, trail},
    provider::Sureness,
};

/// The longest pause after refreshes that failed in a row, unless the provider asks for more.
const MAX_PAUSE_SECONDS: i64 = 300;
/// So soon after a refresh was cut off, the provider may still answer it once more: it is tried at start, unasked.
const GRACE_SECONDS: i64 = 120;

/// For whom a refresh is.
#[derive(Clone, Debug)]
pub enum For {
    /// For all who share the grant's token: the gateway, and releases that have none of their own.
    All,
    /// For one release, which nobody shares; with less than the sign-in has where the provider narrows.
    OneRelease(Option<Less>),
}

/// Less than a sign-in has.
#[derive(Clone, Debug)]
pub struct Less {
    /// By which way.
    pub way: Narrowing,
    /// No more than these.
    pub scopes: ScopeSet,
}

impl For {
    const fn less(&self) -> Option<&Less> {
        match self {
            Self::All => None,
            Self::OneRelease(less) => less.as_ref(),
        }
    }

    /// What is asked for by name; `None`: all that the sign-in has. Where it reaches several services, a token is for one of
    /// them.
    fn asked(&self, grant: &UpstreamGrant, provider: &Provider) -> Option<ScopeSet> {
        let main =
            || provider.main_service(&grant.scopes).map(|main| provider.of_service(&grant.scopes, &main));
        self.less().map(|less| less.scopes.clone()).or_else(main)
    }

    /// What an answer that names no scopes means: as asked (RFC 6749 §5.1), unless the provider's documents leave open
    /// whether it narrows at all.
    fn unsaid(&self, grant: &UpstreamGrant, provider: &Provider) -> ScopeSet {
        let promised = |less: &&Less| provider.narrows_by(less.way) == Some(Sureness::High);
        match self.less() {
            Some(less) if !promised(&less) => grant.scopes.clone(),
            _ => self.asked(grant, provider).unwrap_or_else(|| grant.scopes.clone()),
        }
    }
}

impl Broker {
    /// Redeems the refresh token, to the end even if whoever asked has gone: a rotated token must not be lost. The
    /// caller holds the grant's turn.
    pub(crate) async fn renew(&self, grant: &GrantId, whose: For) -> Result<UpstreamAccess, Error> {
        let (broker, grant) = (self.clone(), grant.clone());
        let (done, outcome) = oneshot::channel();
        self.0.ports.surroundings.run(Box::pin(async move {
            let _ = done.send(broker.renew_now(&grant, whose).await);
        }));
        outcome.await.unwrap_or_else(|_| Err(Error::Bug("a refresh ended without an outcome".to_owned())))
    }

    /// Renews ahead of time what live leases rest on, so that no program waits for it. What nobody uses is left alone:
    /// after a long sleep nothing is refreshed until somebody asks.
    pub(crate) fn renew_ahead(&self) {
        let now = self.now();
        let due = self.look(|house| due(house, now)).unwrap_or_default();
        for grant in due {
            self.renew_in_background(grant, is_due);
        }
    }

    /// Tries at once what a kill cut off just before: within a provider's grace the kept token is still taken.
    pub(crate) fn resume_renewals(&self) {
        let now = self.now();
        let of = |house: &House| house.grants.keys().filter(|id| cut_off(house, id, now)).cloned().collect();
        let grants: Vec<GrantId> = self.look(of).unwrap_or_default();
        for grant in grants {
            self.renew_in_background(grant, cut_off);
        }
    }

    /// Takes the grant's turn, unless somebody has it already, and renews if that is still needed then.
    fn renew_in_background(&self, grant: GrantId, needed: fn(&House, &GrantId, Timestamp) -> bool) {
        let Ok(turn) = self.refresh_lock(&grant).try_lock_owned() else { return };
        let broker = self.clone();
        self.0.ports.surroundings.run(Box::pin(async move {
            let _turn = turn;
            let now = broker.now();
            if !broker.look(|house| needed(house, &grant, now)).unwrap_or(false) {
                return;
            }
            if let Err(error) = broker.renew_now(&grant, For::All).await {
                tracing::info!(%error, %grant, "a refresh ahead of time failed");
            }
        }));
    }

    async fn renew_now(&self, id: &GrantId, whose: For) -> Result<UpstreamAccess, Error> {
        let now = self.now();
        let (grant, provider) = self.look(|house| {
            let gone = || Error::NotFound(refusals::ACCOUNT_GONE.sentence());
            let grant = house.grants.get(id).cloned().ok_or_else(gone)?;
            check_may_ask(house, &grant, now)?;
            let provider = provider_of(house, &grant.account)?;
            check_narrower(&grant, &provider, house.accounts.get(&grant.account), whose.less())?;
            Ok::<_, Error>((grant, provider))
        })??;
        let Some(refresh_token) = self.0.ports.vault.secret(&SecretOf::Grant(id.clone())).await? else {
            let why = format!("{} gave no refresh token, and its access token has run out.", provider.name);
            return Err(self.needs_sign_in(grant, SignedOut { cause: Cause::NoRefreshToken, why }).await);
        };
        if self.look(|house| is_registered_elsewhere(house, &grant.account, &provider))? {
            let why = trail::ADDRESSES_CHANGED.with([("provider", &provider.name)]).to_string();
            return Err(self.needs_sign_in(grant, SignedOut { cause: Cause::AddressesChanged, why }).await);
        }
        let client = self.credential_of(&grant, &provider).await?;
        self.write_intent(&grant).await?;
        let (upstream, asked) = (&self.0.ports.upstream, whose.asked(&grant, &provider));
        match upstream.refresh(&provider, &client, &refresh_token, asked.as_ref()).await {
            Ok(tokens) => self.keep_renewed(grant, &provider, tokens, whose).await,
            // Just this wish was refused: the sign-in is as well as before.
            Err(error) if whose.less().is_some() && is_about_scopes(&error) => Err(error.into()),
            Err(error) => match self.reason(&grant, &provider, &error) {
                Some(reason) if reason.cause.ends_sign_in() => Err(self.needs_sign_in(grant, reason).await),
                reason => Err(self.failed_for_now(id, error, reason)),
            },
        }
    }

    /// The reason in a refusal, if it says something about the sign-in or our client.
    fn reason(&self, grant: &UpstreamGrant, provider: &Provider, error: &UpstreamError) -> Option<SignedOut> {
        let UpstreamError::Refused { code, detail, .. } = error else { return None };
        let (now, skew) = (self.now(), self.0.ports.upstream.clock_skew());
        diagnose(&Refused { provider, grant, code, detail, now, skew })
    }

    /// Write-ahead (STO-06): a broker that is killed from here on finds at its next start that the grant is in doubt.
    async fn write_intent(&self, grant: &UpstreamGrant) -> Result<(), Error> {
        if grant.upkeep.rotates == Some(false) || grant.upkeep.in_doubt_since.is_some() {
            return Ok(());
        }
        let (id, version, now) = (grant.id.clone(), grant.version, self.now());
        self.change(move |house| {
            let current = house.grants.get(&id).filter(|current| current.version == version);
            let put = |current: &UpstreamGrant| {
                let upkeep = Upkeep { in_doubt_since: Some(now), ..current.upkeep.clone() };
                Change::PutGrant(UpstreamGrant { upkeep, ..current.clone() }, None)
            };
            Ok((current.map(put).into_iter().collect(), ()))
        })
        .await
    }

    /// Makes the answer durable, tokens sealed, before anyone may use it (UC-20).
    async fn keep_renewed(
        &self,
        grant: UpstreamGrant,
        provider: &Provider,
        tokens: UpstreamTokens,
        whose: For,
    ) -> Result<UpstreamAccess, Error> {
        let said = tokens.scopes.as_ref().map(|scopes| provider.canonical(scopes));
        let scopes = said.unwrap_or_else(|| whose.unsaid(&grant, provider));
        let access = self.access_of(provider, &tokens, scopes);
        let wide = matches!(whose, For::All).then(|| access.clone());
        let (broker, id, kept, rotated) =
            (self.clone(), grant.id.clone(), wide.clone(), tokens.refresh_token);
        let expected = whose.asked(&grant, provider).unwrap_or_else(|| grant.scopes.clone());
        let kept = self
            .change(move |house| {
                // A newer sign-in has put another token in its place: this one is late.
                let current = house.grants.get(&id).filter(|current| current.version == grant.version);
                let Some(current) = current else { return Ok((Vec::new(), false)) };
                let lost = kept.as_ref().map(|access| lost(&expected, access)).unwrap_or_default();
                Ok((broker.renewed_changes(house, current, kept, rotated, &lost), true))
            })
            .await?;
        self.touch(|house| {
            house.troubles.remove(&grant.id);
            if let Some(access) = wide.filter(|_| kept) {
                house.upstream.insert(grant.id.clone(), access);
            }
        })?;
        Ok(access)
    }

    fn renewed_changes(
        &self,
        house: &House,
        current: &UpstreamGrant,
        access: Option<UpstreamAccess>,
        rotated: Option<crate::Secret<String>>,
        lost: &ScopeSet,
    ) -> Vec<Change> {
        let upkeep = Upkeep {
            access: access.as_ref().map_or_else(|| current.upkeep.access.clone(), kept_access),
            in_doubt_since: None,
            rotates: Some(rotated.is_some() || current.upkeep.rotates == Some(true)),
            shrinks: current.upkeep.shrinks || !lost.is_empty(),
            narrows: current.upkeep.narrows.clone(),
            withdrawal: None,
        };
        let renewed = UpstreamGrant {
            version: current.version + 1,
            refreshable: true,
            state: GrantState::Active,
            upkeep,
            ..current.clone()
        };
        let mut changes = Vec::new();
        if !lost.is_empty() && !current.upkeep.shrinks {
            let sentence = trail::SMALLER.with([("scopes", lost)]);
            changes.push(Change::Audit(self.event(
                house,
                AuditKind::Failed,
                About::account(&current.account),
                sentence,
            )));
        }
        changes.extend(access.map(|access| sealed_access(&current.id, access)));
        if rotated.is_some() {
            let about = About::account(&current.account);
            let sentence = trail::RENEWED.sentence();
            changes.push(Change::Audit(self.event(house, AuditKind::Refreshed, about, sentence)));
        }
        changes.push(Change::PutGrant(renewed, rotated));
        changes
    }

    /// A provider's answer as it is kept.
    pub(crate) fn access_of(
        &self,
        provider: &Provider,
        tokens: &UpstreamTokens,
        scopes: ScopeSet,
    ) -> UpstreamAccess {
        let (seconds, since) = (tokens.expires_in.or(provider.access_token_seconds), self.now());
        let expires_at = seconds.map(|seconds| since.plus(seconds.into()));
        let (token, proof_key) = (tokens.access_token.clone(), tokens.proof_key.clone());
        UpstreamAccess { token, proof_key, scopes, since, expires_at }
    }

    /// Notes that the provider is not to be asked again at once: twice as long with each failure in a row, and as long
    /// as it said (DOS-04).
    fn failed_for_now(&self, id: &GrantId, error: UpstreamError, reason: Option<SignedOut>) -> Error {
        tracing::warn!(%error, grant = %id, "a refresh failed");
        let now = self.now();
        let said = if let UpstreamError::Away { retry_after, .. } = &error {
            retry_after.map(i64::from)
        } else {
            None
        };
        let noted = self.touch(|house| {
            let times = house.troubles.get(id).map_or(0, |trouble| trouble.times) + 1;
            let pause = (1_i64 << (times - 1).min(16)).min(MAX_PAUSE_SECONDS).max(said.unwrap_or(0));
            let until = now.plus(pause + pause * i64::from(spread(id)) / (4 * i64::from(u8::MAX)));
            house.troubles.insert(id.clone(), Trouble { error: error.clone(), reason, times, until });
        });
        noted.err().unwrap_or_else(|| error.into())
    }

    /// Notes durably that the person must sign in again, and says so.
    async fn needs_sign_in(&self, grant: UpstreamGrant, reason: SignedOut) -> Error {
        let SignedOut { cause, why } = reason;
        let (broker, reason, id, version) = (self.clone(), why.clone(), grant.id.clone(), grant.version);
        let noted = self.change(move |house| {
            let current = house.grants.get(&id).filter(|current| current.version == version);
            let Some(current) = current else { return Ok((Vec::new(), ())) };
            let state = GrantState::ReauthRequired { why: reason.clone(), cause };
            let upkeep = Upkeep { in_doubt_since: None, ..current.upkeep.clone() };
            let told = ended_by(house, &current.account, cause, &reason);
            let fact = broker.event(house, AuditKind::Failed, About::account(&current.account), told);
            let put = Change::PutGrant(UpstreamGrant { state, upkeep, ..current.clone() }, None);
            Ok((vec![put, Change::Audit(fact)], ()))
        });
        if let Err(error) = noted.await {
            return error;
        }
        self.look(|house| reauth(house, &grant.account, ended_by(house, &grant.account, cause, &why)))
            .unwrap_or_else(|error| error)
    }
}

/// The access token, to be sealed while it lives; one whose end is not known is used once and not kept.
pub fn sealed_access(grant: &GrantId, access: UpstreamAccess) -> Change {
    Change::PutAccess(grant.clone(), access.expires_at.map(|_| access.token))
}

/// What is kept of an access token beside its seal.
pub fn kept_access(access: &UpstreamAccess) -> Option<KeptAccess> {
    let (scopes, since) = (access.scopes.clone(), access.since);
    access.expires_at.map(|until| KeptAccess { scopes, since, until })
}

/// What a full refresh should have brought and did not (OAU-16). What is only asked for to renew is not shown by all.
fn lost(expected: &ScopeSet, access: &UpstreamAccess) -> ScopeSet {
    let silent: ScopeSet = ["openid", "offline_access"].into_iter().filter_map(crate::Scope::parse).collect();
    expected.without(&access.scopes).without(&silent)
}

/// Why a sign-in ended, by its cause's name where it has one.
fn ended_by(house: &House, account: &AccountId, cause: Cause, why: &str) -> Sentence {
    let provider = provider_of(house, account).ok();
    Sentence::new(why, provider.and_then(|provider| cause.said(&provider, why)))
}

/// A dead sign-in is not tried, and a provider that failed just now is not asked again at once.
fn check_may_ask(house: &House, grant: &UpstreamGrant, now: Timestamp) -> Result<(), Error> {
    match &grant.state {
        GrantState::Active => {}
        GrantState::ReauthRequired { why, cause } => {
            return Err(reauth(house, &grant.account, ended_by(house, &grant.account, *cause, why)));
        }
        GrantState::Revoked => {
            return Err(reauth(house, &grant.account, refusals::ITS_SIGN_IN_WITHDRAWN.sentence()));
        }
    }
    let Some(trouble) = house.troubles.get(&grant.id).filter(|trouble| now < trouble.until) else {
        return Ok(());
    };
    let left = u32::try_from(trouble.until.since(now)).unwrap_or(u32::MAX);
    Err(Error::Provider(match trouble.error.clone() {
        UpstreamError::Away { provider, detail, .. } => {
            UpstreamError::Away { provider, detail, retry_after: Some(left) }
        }
        other => other,
    }))
}

/// A refresh never asks for more than was granted (RFC 6749 §6; UC-22). A company's key asks for each token anew, so that it
/// may name a part of what it has.
fn check_narrower(
    grant: &UpstreamGrant,
    provider: &Provider,
    account: Option<&Account>,
    less: Option<&Less>,
) -> Result<(), Error> {
    let Some(less) = less else { return Ok(()) };
    let anew = account.is_some_and(|account| account.company().is_some());
    let has = if anew { provider.with_included(&grant.scopes) } else { grant.scopes.clone() };
    let more = less.scopes.beyond(&has);
    if more.is_empty() {
        return Ok(());
    }
    Err(Error::InvalidScope(format!("The sign-in does not have {more}. Ask for less.").into()))
}

fn is_about_scopes(error: &UpstreamError) -> bool {
    matches!(error, UpstreamError::Refused { code, .. } if code == "invalid_scope")
}

/// Grants whose access token runs out while a lease rests on it.
fn due(house: &House, now: Timestamp) -> Vec<GrantId> {
    house.upstream.keys().filter(|id| is_due(house, id, now)).cloned().collect()
}

fn is_due(house: &House, id: &GrantId, now: Timestamp) -> bool {
    let due = house.upstream.get(id).is_some_and(|access| access.is_due(now, spread(id)));
    let Some(grant) = house.grants.get(id).filter(|_| due) else { return false };
    let rests = |lease: &crate::Lease| lease.account == grant.account && now < lease.until;
    check_may_ask(house, grant, now).is_ok() && house.leases.values().any(|live| rests(&live.lease))
}

/// Whether a refresh of it was under way just before the broker ended.
fn cut_off(house: &House, id: &GrantId, now: Timestamp) -> bool {
    let Some(grant) = house.grants.get(id).filter(|grant| grant.state == GrantState::Active) else {
        return false;
    };
    let since = grant.upkeep.in_doubt_since;
    since.is_some_and(|since| (0..GRACE_SECONDS).contains(&now.since(since)))
}

/// A number of the grant's own, so that what is timed alike does not come all at once.
fn spread(id: &GrantId) -> u8 {
    id.as_str().bytes().fold(0, |sum: u8, byte| sum.wrapping_mul(31).wrapping_add(byte))
}
