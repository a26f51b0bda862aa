//! Answers that the person carries over from the browser.

use super::{SignInState, no_such_sign_in};
use crate::{Broker, Error, Secret, SignInId, messages::refusals};

impl Broker {
    /// Takes what the person copied from their browser, where it could not come back by itself. It needs no presence:
    /// like a redirect it must match what a sign-in sent out that took presence.
    ///
    /// # Errors
    /// Says what to paste instead; the sign-in goes on waiting.
    pub fn paste_sign_in(&self, id: &str, pasted: &Secret<String>) -> Result<(), Error> {
        let arrival = {
            let sign_ins = self.sign_ins();
            let waiting = sign_ins
                .get(&SignInId::from_text(id))
                .filter(|sign_in| *sign_in.state.borrow() == SignInState::Pending);
            waiting.ok_or_else(no_such_sign_in)?.arrival.clone()
        };
        let nothing = || Error::InvalidRequest(refusals::NOTHING_TO_PASTE.sentence());
        Ok(arrival.ok_or_else(nothing)?.by_hand(pasted)?)
    }
}
