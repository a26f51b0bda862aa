//! Messages: what Keylodge says to its person, each under a name that the catalogues of words (`ui/src/i18n`) know, too. The
//! English sentence is made from the message, so it cannot differ from what stands under its name. Words of others fill
//! places that are quoted, or that stand at the end.

use crate::said::Message;

macro_rules! messages {
    ($($name:ident $word:literal $english:literal;)*) => {
        $(#[doc = concat!("`", $english, "`")] pub const $name: Message = Message { name: $word, english: $english };)*
        /// All of them.
        pub const ALL: &[Message] = &[$($name),*];
    };
}

pub mod findings;
pub mod health;
pub mod questions;
pub mod refusals;
pub mod rules;
pub mod sign_in;
pub mod trail;

/// All messages, of all parts.
pub fn all() -> impl Iterator<Item = &'static Message> {
    let parts =
        [trail::ALL, refusals::ALL, sign_in::ALL, health::ALL, findings::ALL, questions::ALL, rules::ALL];
    parts.into_iter().flatten()
}
