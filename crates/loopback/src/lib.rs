//! Answers on this machine: authorization server, gateway, control API, caller identity.
//!
//! Everything here translates: bytes from a loopback connection become calls of [`broker::Broker`], and what it says
//! becomes the form that the RFCs give it. The order is fixed: who is at the other end, then Host and Origin, then
//! the route, then the program's credential, and only then what it wants.

pub mod caller;
pub mod control;

mod api;
mod authorization;
mod bucket;
mod client_assertion;
mod client_authentication;
mod client_credentials;
mod connection;
mod description;
mod device_authorization;
mod dpop;
mod form;
#[doc(hidden)]
pub mod fuzzing;
mod gateway;
mod guard;
mod incoming;
mod introspection;
mod jws;
mod listen;
mod metadata;
mod native;
mod page;
mod par;
mod places;
mod reference;
mod registration;
mod replays;
mod revocation;
mod server;
mod signer;
mod socket;
mod token;
mod token_exchange;
mod waits;
mod wire;

pub use api::{http_api_markdown, http_api_openapi};
pub use connection::ConnInfo;
pub use listen::{BindError, Config, Limits, Listeners, Opened};
pub use server::Server;
pub use signer::Signer;
pub use socket::bind_socket;
