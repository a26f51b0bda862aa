//! Presence: proof that the person is there. Whatever widens access takes one.

use crate::{Message, messages::trail};

/// A proof. Surfaces cannot make one up: it comes from the passphrase ([`crate::Broker::presence_by_passphrase`]), from
/// an answered prompt, or from the channel that only the broker can open.
#[derive(Clone, Debug)]
pub struct Presence(Way);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    Window,
    Passphrase,
}

impl Presence {
    /// The native window, at the other end of the channel that this broker opened itself. Only the code that spawned
    /// the desktop process may say this; nothing that came over a socket in the file system may.
    #[must_use]
    pub const fn of_native_window() -> Self {
        Self(Way::Window)
    }

    pub(crate) const fn of_passphrase() -> Self {
        Self(Way::Passphrase)
    }

    /// Whether the passphrase was given: what no click and no synthetic key can do (UI-04).
    #[must_use]
    pub const fn is_passphrase(&self) -> bool {
        matches!(self.0, Way::Passphrase)
    }

    /// In words, for the activity list.
    #[must_use]
    pub const fn how(&self) -> Message {
        match self.0 {
            Way::Window => trail::IN_WINDOW,
            Way::Passphrase => trail::WITH_PASSPHRASE,
        }
    }
}
