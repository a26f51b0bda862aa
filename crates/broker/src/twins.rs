//! What is the same in very many records, kept once.

use std::{collections::HashSet, hash::Hash, sync::Arc};

use crate::{AccountId, AppId, Consent, ScopeSet};

/// Parts of records that were seen before. Whoever reads many records passes each through this as it comes: so the copies
/// are gone before the next one is read, and leave no holes in memory.
#[derive(Debug, Default)]
pub struct Twins {
    apps: HashSet<AppId>,
    accounts: HashSet<AccountId>,
    scopes: HashSet<ScopeSet>,
    fingerprints: HashSet<Arc<str>>,
}

impl Twins {
    /// The same consent, made of parts that others have, too.
    #[must_use]
    pub fn consent(&mut self, consent: Consent) -> Consent {
        Consent {
            app: once(&mut self.apps, consent.app),
            account: once(&mut self.accounts, consent.account),
            scopes: once(&mut self.scopes, consent.scopes),
            fingerprint: consent.fingerprint.map(|print| once(&mut self.fingerprints, print)),
            ..consent
        }
    }
}

fn once<T: Clone + Eq + Hash>(seen: &mut HashSet<T>, part: T) -> T {
    if let Some(same) = seen.get(&part) {
        return same.clone();
    }
    seen.insert(part.clone());
    part
}
