//! Keylodge at a glance: the little that a sign in a corner of the screen can show.

use crate::{
    Broker, PolicyState, Timestamp,
    flow::accounts::{Health, health},
    house::House,
};

/// What the sign shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// The vault is open.
    pub open: bool,
    /// Questions that wait for the person.
    pub questions: usize,
    /// Programs that wait for the vault to be opened.
    pub at_the_door: usize,
    /// Until when Keylodge is paused, if it is.
    pub paused_until: Option<Timestamp>,
    /// Accounts that the person must sign in again.
    pub need_sign_in: usize,
    /// The administrator's policy cannot be followed, so nothing is handed out.
    pub policy_broken: bool,
}

impl Broker {
    /// Keylodge at a glance. Touches neither disk nor network.
    #[must_use]
    pub fn glance(&self) -> Glance {
        let need_sign_in = self.look(need_sign_in);
        Glance {
            open: need_sign_in.is_ok(),
            questions: self.prompts().len(),
            at_the_door: self.door().len(),
            paused_until: self.pause_end(),
            need_sign_in: need_sign_in.unwrap_or_default(),
            policy_broken: matches!(*self.policy(), PolicyState::Broken(_)),
        }
    }
}

fn need_sign_in(house: &House) -> usize {
    let needs =
        |id: &&crate::AccountId| matches!(health(house, &house.grants_of(id)), Health::NeedsSignIn { .. });
    house.accounts.keys().filter(needs).count()
}
