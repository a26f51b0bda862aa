//! A small authorization server and resource server on loopback, to try Keylodge without any account.
//!
//! - [`Provider`] plays the provider at which a person signs in.
//! - [`ResourceServer`] accepts the tokens that Keylodge issues, and shows both ways of checking them.
//! - [`program`] plays a local program through the seven steps of OAuth 2.0, [`malice`] one that is up to no good.
//! - [`person`] presses the buttons of the sign-in page where there is no browser.
//!
//! Everything is in memory, ends with the process and listens on loopback only.

mod bearer;
mod clock;
mod form;
pub mod malice;
pub mod person;
pub mod program;
mod provider;
mod random;
mod resource_server;
mod serve;
mod signing_key;
mod step;
mod wire;

pub use clock::{Clock, system_clock};
pub use provider::Provider;
pub use resource_server::{ResourceServer, Validation};
pub use serve::Running;
pub use signing_key::SigningKey;
pub use step::{Report, Step, Tone};

/// What every page of the demo says about itself.
pub const NOTICE: &str = "This is Keylodge's demo provider. Nothing here leaves this computer.";
