//! Speaks to authorization servers: discovery, sign-in, refresh, narrowing, revocation; and the catalogue.
//!
//! [`Upstreams`] is the adapter behind the broker's `Upstream` port. Everything that comes from a provider is taken
//! for hostile until checked: addresses ([`Names`] lets a test lie about them), bodies, tokens, callbacks.

mod address;
mod arrival;
mod callback;
mod callback_answer;
mod callback_page;
mod catalogue;
pub mod check;
mod clean;
mod company;
mod device;
mod discovery;
mod dpop;
mod entry_file;
mod examination;
mod fault;
#[doc(hidden)]
pub mod fuzzing;
mod id_token;
mod identity;
mod json;
mod keys;
mod lasting;
mod metadata;
mod names;
mod pasted;
mod profile;
mod pushed;
mod redirect;
mod registration;
mod request_form;
mod server;
mod sign_in;
mod signing_key;
mod token_answer;
mod token_endpoint;
mod upstreams;
mod web;

pub use callback::Admits;
pub use entry_file::read as read_entry;
pub use names::{Names, SystemNames};
pub use upstreams::{Builder, Upstreams};
