//! Which account a sign-in has brought.

use super::{Errand, notes::free_label};
use crate::{
    Account, AccountId, Broker, Error, SignedIn, UpstreamError, house::House, messages::refusals,
    text::cleaned,
};

impl Broker {
    /// The account that was signed in: the same one again (OAU-19), or a new one with a label of its own.
    pub(super) fn account_for(
        &self,
        house: &House,
        errand: &Errand,
        signed_in: &SignedIn,
    ) -> Result<Account, Error> {
        let provider = &errand.provider;
        let same = |a: &&Account| a.provider == provider.id && a.subject == signed_in.subject;
        let known = house.accounts.values().find(same);
        let name = cleaned(&signed_in.name, 120);
        match (&errand.renews, known) {
            (Some(meant), known) if known.is_none_or(|known| known.id != meant.id) => {
                Err(Error::Provider(UpstreamError::Ended(
                    refusals::OTHER_ACCOUNT.with([("name", &name), ("account", &meant.label)]),
                )))
            }
            (_, Some(known)) => {
                let wanted = errand.label.as_ref().filter(|wanted| **wanted != known.label);
                let label = wanted
                    .map_or_else(|| known.label.clone(), |wanted| free_label(house, wanted, &provider.name));
                Ok(Account { name, label, way: errand.way, ..known.clone() })
            }
            (_, None) => {
                let wanted = errand.label.clone().unwrap_or_else(|| name.clone());
                Ok(Account {
                    id: AccountId::generate(self.entropy()),
                    provider: provider.id.clone(),
                    subject: signed_in.subject.clone(),
                    label: free_label(house, &wanted, &provider.name),
                    name,
                    added_at: self.now(),
                    way: errand.way,
                })
            }
        }
    }
}
