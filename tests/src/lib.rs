//! Black-box stories and the harness they share.
//!
//! Everything here is the real thing, started on this machine and ended by its process id: the binary
//! ([`Keylodge`]), a certified authorization server ([`Provider`]), a person with a browser ([`Browser`]), a
//! keyring on a bus of its own ([`Keyring`]), a program that speaks OAuth ([`Program`]), the window
//! ([`WebDriver`]). Every wait has an end.

#![expect(
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a harness panics wherever the story cannot go on, and names what did not happen"
)]

mod binaries;
mod browser;
mod bus;
mod canary;
mod display;
mod home;
mod keylodge;
mod keyring;
mod memory;
mod notifications;
mod panel;
mod prepare;
mod process;
mod program;
mod provider;
mod system;
mod until;
mod webdriver;

pub use binaries::{Build, project};
pub use browser::{Arrived, Browser};
pub use bus::Bus;
pub use canary::{Canaries, Find};
pub use display::Display;
pub use home::Home;
pub use keylodge::{Allowing, Keylodge, Outcome, PASSPHRASE, Setting, account_at, choice};
pub use keyring::Keyring;
pub use memory::in_memory_of;
pub use notifications::{Notifications, Notified};
pub use panel::{MenuLine, Panel, Sign};
pub use prepare::{node, python};
pub use process::Running;
pub use program::{Answered, Pkce, Program, REDIRECT_URI, http};
pub use provider::{Exchange, Provider, Switches};
pub use system::{Login, lock_the_screen};
pub use until::{PATIENCE, until, until_some, until_some_within};
pub use webdriver::{Element, WebDriver};
