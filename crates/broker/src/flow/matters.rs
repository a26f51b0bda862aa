//! What the person should know of now, wherever they look: what waits for them, and which accounts need them. Names that
//! programs gave themselves are as they came in: cleaned of invisible characters, and not believed.

use crate::{
    Account, Asks, Broker, Timestamp,
    flow::accounts::{Health, foreseen, health},
    house::House,
};

/// What the person should know of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matters {
    /// Questions on the desk that were not put off, oldest first.
    pub questions: Vec<Asking>,
    /// Programs that wait for the vault to be opened.
    pub at_the_door: usize,
    /// What the accounts need; `None` while the vault is closed.
    pub accounts: Option<AccountMatters>,
}

/// A question that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// The name that the program gave itself; `None` for a command at a terminal.
    pub app_name: Option<String>,
    /// Since when.
    pub since: Timestamp,
}

/// Labels of accounts that need the person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountMatters {
    /// Now: they must be signed in again.
    pub now: Vec<String>,
    /// Soon: a sign-in or a client secret runs out.
    pub soon: Vec<String>,
}

impl Broker {
    /// What the person should know of. Touches neither disk nor network.
    #[must_use]
    pub fn matters(&self) -> Matters {
        let open = self.prompts().into_iter().filter(|prompt| !self.is_put_off(&prompt.id));
        let asking = |prompt: crate::Prompt| Asking {
            app_name: match prompt.asks {
                Asks::Access(question) => Some(question.app_name),
                Asks::Action { .. } => None,
            },
            since: prompt.asked_at,
        };
        let (now, skew) = self.clocks();
        Matters {
            questions: open.map(asking).collect(),
            at_the_door: self.door().len(),
            accounts: self.look(|house| account_matters(house, now, skew)).ok(),
        }
    }
}

fn account_matters(house: &House, now: Timestamp, skew: Option<i64>) -> AccountMatters {
    let mut matters = AccountMatters::default();
    for account in house.accounts.values() {
        let Account { id, label, .. } = account;
        let grants = house.grants_of(id);
        if matches!(health(house, &grants), Health::NeedsSignIn { .. }) {
            matters.now.push(label.clone());
        } else if foreseen(house, account, &grants, now, skew).is_some() {
            matters.soon.push(label.clone());
        }
    }
    matters
}
