//! The sign-ins of an account as they stand: what each holds and whom it serves; and ending a second one alone.

use std::collections::{BTreeMap, BTreeSet};

use super::separate::{check_separable, ends_alone, only_renews};
use crate::{
    Account, AccountId, AuditKind, Broker, Change, Delivery, Error, GrantId, GrantState, Lease, Provider,
    Scope, ScopeSet, Sentence, Timestamp, UpstreamGrant,
    broker::About,
    flow::{
        accounts::no_such_account,
        hand_out::provider_of,
        upstream_access::{covering_grant, within},
        withdrawal::withdrawn,
    },
    house::House,
    messages::{refusals, trail},
};

/// A sign-in of an account, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldSignIn {
    /// Its id.
    pub id: GrantId,
    /// A second, smaller one, and not the account's own.
    pub separate: bool,
    /// What the provider granted with it.
    pub scopes: ScopeSet,
    /// Since when.
    pub since: Timestamp,
    /// Whether it works.
    pub works: bool,
    /// Names of programs that it serves.
    pub apps: Vec<String>,
    /// Those of them that are given the provider's own token by it, and so would go without.
    pub released_to: Vec<String>,
}

/// Names of programs that one sign-in serves, and of those that get its token.
#[derive(Default)]
struct Served {
    apps: BTreeSet<String>,
    released_to: BTreeSet<String>,
}

impl Broker {
    /// Ends a second sign-in alone, here at once and at the provider where that leaves the account's own in peace, with
    /// the tokens that were released by it. Returns what happened there, in a sentence.
    pub async fn end_separate(&self, account: &str, sign_in: &str) -> Result<Sentence, Error> {
        let (broker, word, id) = (self.clone(), account.to_owned(), GrantId::from_text(sign_in));
        let given_back = self
            .narrow(move |house| {
                let account = house.account(&word, None).ok_or_else(|| no_such_account(&word))?;
                let provider = provider_of(house, &account.id)?;
                let grant = house.second_grants(&account.id).find(|grant| grant.id == id);
                let none = || Error::NotFound(refusals::NO_SEPARATE.with([("account", &account.label)]));
                let grant = grant.ok_or_else(none)?;
                let mut changes = vec![Change::Audit(broker.ended(house, account, &provider, grant))];
                changes.extend(house.end_leases(|lease| rests_on(house, lease, grant)));
                let alone = ends_alone(&provider);
                if alone {
                    changes.extend(withdrawn(grant, account, broker.now()));
                } else {
                    changes.push(Change::DeleteGrant(grant.id.clone()));
                }
                let told = trail::NOT_REVOKED_ALONE.with([("provider", &provider.name)]);
                Ok((changes, if alone { Ok(grant.id.clone()) } else { Err(told) }))
            })
            .await?;
        match given_back {
            Ok(grant) => self.withdraw_upstream(&grant).await,
            Err(told) => Ok(told),
        }
    }

    fn ended(
        &self,
        house: &House,
        account: &Account,
        provider: &Provider,
        grant: &UpstreamGrant,
    ) -> crate::AuditEvent {
        let sentence = trail::SEPARATE_ENDED.with([
            ("account", &account.label),
            ("provider", &provider.name),
            ("scopes", &grant.scopes),
        ]);
        self.event(house, AuditKind::Account, About::account(&account.id), sentence)
    }
}

/// The sign-ins of an account, its own first.
pub fn held(house: &House, account: &AccountId) -> Vec<HeldSignIn> {
    let grants = house.grants_of(account);
    let mut served = served(house, account, &grants);
    let view = |grant: &UpstreamGrant, served: Served| HeldSignIn {
        id: grant.id.clone(),
        separate: grant.separate,
        scopes: grant.scopes.clone(),
        since: grant.since,
        works: grant.state == GrantState::Active,
        apps: served.apps.into_iter().collect(),
        released_to: served.released_to.into_iter().collect(),
    };
    grants.into_iter().map(|grant| view(grant, served.remove(&grant.id).unwrap_or_default())).collect()
}

/// Whom each sign-in serves: by what stands allowed, and by what is out.
fn served(house: &House, account: &AccountId, grants: &[&UpstreamGrant]) -> BTreeMap<GrantId, Served> {
    let mut served: BTreeMap<GrantId, Served> = BTreeMap::new();
    let consents = house.consents.values().filter(|consent| consent.account == *account && consent.allows);
    let allowed = consents.map(|consent| (&consent.app, &consent.scopes, consent.delivery));
    let leases = house.leases.values().map(|live| &live.lease).filter(|lease| lease.account == *account);
    let out = leases.map(|lease| (&lease.app, &lease.scopes, lease.delivery));
    for (app, scopes, delivery) in allowed.chain(out) {
        let by = match grants {
            [only] => Some(only.id.clone()),
            _ => covering_grant(house, account, scopes).ok().map(|grant| grant.id),
        };
        let (Some(by), Some(app)) = (by, house.apps.get(app)) else { continue };
        let served = served.entry(by).or_default();
        served.apps.insert(app.name.clone());
        if delivery == Delivery::Release {
            served.released_to.insert(app.name.clone());
        }
    }
    served
}

/// What a second sign-in to an account can be for: scopes none of which is all that its own has. Empty where a second
/// sign-in is no way to less.
pub fn parts(house: &House, account: &Account, provider: &Provider) -> ScopeSet {
    let Some(own) = house.own_grant(&account.id) else { return ScopeSet::default() };
    if own.scopes.is_limited() || check_separable(provider, account, own).is_err() {
        return ScopeSet::default();
    }
    let is_part = |scope: &&Scope| {
        let alone: ScopeSet = std::iter::once((*scope).clone()).collect();
        !only_renews(provider, scope) && !provider.is_derived(scope) && !within(provider, &own.scopes, &alone)
    };
    provider.with_included(&own.scopes).iter().filter(is_part).cloned().collect()
}

/// Whether a token left by this sign-in.
fn rests_on(house: &House, lease: &Lease, grant: &UpstreamGrant) -> bool {
    lease.delivery == Delivery::Release
        && lease.account == grant.account
        && lease.since >= grant.since
        && covering_grant(house, &lease.account, &lease.scopes).is_ok_and(|covering| covering.id == grant.id)
}
