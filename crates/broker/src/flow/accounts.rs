//! Accounts: seeing and removing them.

use std::sync::Arc;

use crate::{
    Account, AuditKind, Broker, Cause, Change, ClientRegistration, Error, Foreseen, GrantId, GrantState,
    Mend, Narrowing, Provider, Said, ScopeSet, Sentence, Timestamp, UpstreamGrant,
    broker::About,
    flow::{
        hand_out::provider_of,
        sign_in::{HeldSignIn, held, parts},
        withdrawal::withdrawn,
    },
    foresee,
    house::House,
    messages::{health, refusals, trail},
    provider::Sureness,
};

/// An account with what the person wants to know of it.
#[derive(Clone, Debug)]
pub struct AccountInfo {
    /// The account.
    pub account: Account,
    /// Its provider.
    pub provider: Arc<Provider>,
    /// What can be handed out.
    pub scopes: ScopeSet,
    /// Its sign-ins, its own first.
    pub sign_ins: Vec<HeldSignIn>,
    /// What a second sign-in can be for; empty where it would be no way to less.
    pub parts: ScopeSet,
    /// Ways of narrowing that the provider's answers have shown to work, or not to.
    pub tried: Vec<Narrowing>,
    /// How it is.
    pub health: Health,
    /// What will hurt soon.
    pub notice: Option<Foreseen>,
    /// Names of programs that hold a consent.
    pub apps: Vec<String>,
}

/// How an account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// It works.
    Working,
    /// The person must do something, and why.
    NeedsSignIn {
        /// In a sentence.
        why: String,
        /// What mends it.
        mend: Mend,
        /// Why, by the sentence's name, where it has one.
        said: Option<Said>,
    },
    /// The provider did not answer last time.
    ProviderAway,
}

impl Broker {
    /// All accounts.
    pub fn accounts(&self) -> Result<Vec<AccountInfo>, Error> {
        let (now, skew) = self.clocks();
        self.look(|house| {
            house.accounts.values().filter_map(|account| info(house, account, now, skew).ok()).collect()
        })
    }

    /// The account that a word means: its id, label or name.
    pub fn account(&self, word: &str) -> Result<AccountInfo, Error> {
        let (now, skew) = self.clocks();
        self.look(|house| {
            let account = house.account(word, None).ok_or_else(|| no_such_account(word))?;
            info(house, account, now, skew)
        })?
    }

    /// The ways of narrowing at an account, best first, and how surely each works for its sign-in: by the catalogue
    /// ([`Sureness::Medium`]: to be tried), or by what the first answer showed ([`Sureness::Low`]: it does not).
    pub fn narrowing_of(&self, word: &str) -> Result<Vec<(Narrowing, Sureness)>, Error> {
        self.look(|house| {
            let account = house.account(word, None).ok_or_else(|| no_such_account(word))?;
            let provider = provider_of(house, &account.id)?;
            let own = house.own_grant(&account.id);
            let learnt = |way: &Narrowing| own.and_then(|grant| grant.upkeep.narrows.get(way).copied());
            let sure = |way: Narrowing| match learnt(&way) {
                Some(true) => Some(Sureness::High),
                Some(false) => Some(Sureness::Low),
                None => provider.narrows_by(way),
            };
            Ok(provider.narrowing.iter().filter_map(|way| Some((*way, sure(*way)?))).collect())
        })?
    }

    /// Now, and how far that seems to be off.
    pub(crate) fn clocks(&self) -> (Timestamp, Option<i64>) {
        (self.now(), self.0.ports.upstream.clock_skew())
    }

    /// The provider of the account that a word means; cheaper than all that [`Broker::account`] tells.
    pub fn provider_of_account(&self, word: &str) -> Result<Arc<Provider>, Error> {
        self.look(|house| {
            let account = house.account(word, None).ok_or_else(|| no_such_account(word))?;
            provider_of(house, &account.id)
        })?
    }

    /// Removes an account with its grants, consents and leases, and revokes at the provider. Returns what happened
    /// there, in a sentence. Access ends here at once, whatever the provider says; where it does not answer, it is asked
    /// again until it does.
    pub async fn remove_account(&self, word: &str) -> Result<Sentence, Error> {
        let account = self.look(|house| house.account(word, None).cloned())?;
        let account = account.ok_or_else(|| no_such_account(word))?;
        let (broker, company) = (self.clone(), account.company().is_some());
        let grants = self
            .narrow(move |house| {
                let id = &account.id;
                let sentence = trail::ACCOUNT_REMOVED.with([("account", &account.label)]);
                let mut changes = vec![Change::Audit(broker.event(
                    house,
                    AuditKind::Account,
                    About::account(id),
                    sentence,
                ))];
                let consents = house.consents.values().filter(|consent| consent.account == *id);
                changes.extend(consents.flat_map(|consent| house.withdraw(&consent.id)));
                changes.extend(house.end_leases(|lease| lease.account == *id));
                let grants: Vec<GrantId> = house.grants_of(id).into_iter().map(|g| g.id.clone()).collect();
                for grant in house.grants_of(id) {
                    changes.extend(withdrawn(grant, &account, broker.now()));
                }
                changes.push(Change::DeleteAccount(id.clone()));
                Ok((changes, grants))
            })
            .await?;
        if company {
            for grant in &grants {
                self.forget_grant(grant, None).await?;
            }
            return Ok(trail::KEY_DESTROYED.sentence());
        }
        let mut told = Vec::new();
        for grant in &grants {
            told.push(self.withdraw_upstream(grant).await?);
        }
        Ok(told.pop().unwrap_or_else(|| trail::NO_SIGN_IN.sentence()))
    }
}

fn info(house: &House, account: &Account, now: Timestamp, skew: Option<i64>) -> Result<AccountInfo, Error> {
    let provider = provider_of(house, &account.id)?;
    let grants = house.grants_of(&account.id);
    let notice = foreseen(house, account, &grants, now, skew);
    let of_account = house.consents.values().filter(|c| c.account == account.id && c.allows);
    let mut apps: Vec<_> =
        of_account.filter_map(|c| house.apps.get(&c.app)).map(|app| app.name.clone()).collect();
    apps.sort();
    apps.dedup();
    let parts = parts(house, account, &provider);
    let tried = house.own_grant(&account.id).map(|own| own.upkeep.narrows.keys().copied().collect());
    Ok(AccountInfo {
        account: account.clone(),
        provider,
        scopes: house.scopes_of(&account.id),
        sign_ins: held(house, &account.id),
        parts,
        tried: tried.unwrap_or_default(),
        health: health(house, &grants),
        notice,
        apps,
    })
}

/// What will hurt soon.
pub(crate) fn foreseen(
    house: &House,
    account: &Account,
    grants: &[&UpstreamGrant],
    now: Timestamp,
    skew: Option<i64>,
) -> Option<Foreseen> {
    let provider = provider_of(house, &account.id).ok()?;
    let client = house.clients.get(&provider.id);
    let client = client.filter(|_| account.company().is_none());
    let soon = grants.iter().find_map(|grant| foresee(&provider, grant, client, now, skew));
    soon.or_else(|| Some(Foreseen { told: crowded(house, &provider, client?)?, mend: None }))
}

/// So near to the number of people who can use an unreviewed client, in tenths, it is told.
const CROWDED_TENTHS: usize = 9;

/// That a client id will soon take no more people.
fn crowded(house: &House, provider: &Provider, client: &ClientRegistration) -> Option<Sentence> {
    let cap = usize::try_from(provider.client.health.user_cap?).ok()?;
    let with_it = |account: &&Account| account.provider == provider.id && account.company().is_none();
    let people = house.accounts.values().filter(with_it).count();
    // The person says that it was published, and so reviewed.
    let reviewed = client.known.testing == Some(false);
    (!reviewed && people * 10 >= cap * CROWDED_TENTHS)
        .then(|| health::CROWDED.with([("provider", &provider.name), ("cap", &cap), ("people", &people)]))
}

/// The first of its grants that does not work tells.
pub(crate) fn health(house: &House, grants: &[&UpstreamGrant]) -> Health {
    let broken = grants.iter().find_map(|grant| match &grant.state {
        GrantState::ReauthRequired { why, cause } => Some(needs_sign_in(house, grants, why, *cause)),
        GrantState::Active | GrantState::Revoked => None,
    });
    let troubles: Vec<_> = grants.iter().filter_map(|grant| house.troubles.get(&grant.id)).collect();
    let about_client = || {
        let reason = troubles.iter().find_map(|trouble| trouble.reason.as_ref())?;
        Some(needs_sign_in(house, grants, &reason.why, reason.cause))
    };
    let away = || (!troubles.is_empty()).then_some(Health::ProviderAway);
    broken.or_else(about_client).or_else(away).unwrap_or(Health::Working)
}

fn needs_sign_in(house: &House, grants: &[&UpstreamGrant], why: &str, cause: Cause) -> Health {
    let provider = grants.first().and_then(|grant| provider_of(house, &grant.account).ok());
    let said = provider.and_then(|provider| cause.said(&provider, why));
    Health::NeedsSignIn { why: why.to_owned(), mend: cause.mend(), said }
}

pub fn no_such_account(word: &str) -> Error {
    Error::NotFound(refusals::NO_ACCOUNT.with([("account", &word)]))
}
