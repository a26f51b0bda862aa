//! The control API: what the window and the command line ask, and what the broker tells them.
//!
//! One JSON object a line in either direction ([`control::ToBroker`], [`control::FromBroker`]), over the socket that the
//! command line connects to or over the channel that the broker opened to its own desktop process. The two differ in
//! one thing, presence: what widens access is believed on the channel, and takes the passphrase, or an answer in the
//! window, on the socket.

mod answering;
mod failure;
mod more;
mod person;
mod presence;
mod session;
mod socket;
mod view;
mod wishes;

#[cfg(test)]
mod tests;

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use broker::{Broker, Error, Presence, SignInBegun};
use control::{AutostartView, Event, Finding, Page};
use tokio::sync::broadcast;

pub use session::serve;
pub use socket::{accept_loop, inherit, listen};
pub use view::finding;

use crate::caller::Peer;

/// One connection: with whom, and over what.
#[derive(Clone)]
pub struct Session {
    /// The rules.
    pub broker: Broker,
    /// What the rules do not do themselves.
    pub house: Arc<dyn Household>,
    /// How the other end came here.
    pub way: Way,
    /// Where events come from.
    pub events: broadcast::Sender<Event>,
}

/// How the other end came here.
#[derive(Clone, Debug)]
pub enum Way {
    /// Over the socket in the file system, which every program of the person's can reach.
    Socket(Peer),
    /// Over the channel that this broker opened to the desktop process it started itself.
    Window,
}

/// What else lives in the broker process: the window and the demo. The daemon implements it.
#[async_trait]
pub trait Household: Send + Sync {
    /// Opens the main window on this page, or brings it there.
    ///
    /// # Errors
    /// A sentence where there is no display.
    async fn show(&self, page: Page) -> Result<(), Error>;
    /// Starts the embedded demo provider and begins the demo account's sign-in.
    async fn start_demo(&self, presence: &Presence) -> Result<SignInBegun, Error>;
    /// Starts the demo program; its steps come as events.
    async fn run_demo_program(&self) -> Result<(), Error>;
    /// Path of the loopback API's Unix socket.
    fn socket_path(&self) -> PathBuf;
    /// Whether the demo provider runs.
    fn demo_running(&self) -> bool;
    /// Keylodge's version.
    fn version(&self) -> String;
    /// Whether Keylodge starts with the session.
    fn autostart(&self) -> AutostartView;
    /// Starts Keylodge with the session from now on, or no longer.
    ///
    /// # Errors
    /// A sentence where the file cannot be written.
    fn set_autostart(&self, on: bool) -> Result<AutostartView, Error>;
    /// Writes what the person keeps elsewhere (a backup, an export) into a new file that only they can read.
    ///
    /// # Errors
    /// A sentence where it cannot be written, or there is a file already.
    async fn write_new_file(&self, file: &str, content: Vec<u8>) -> Result<(), Error>;
    /// Reads a backup.
    ///
    /// # Errors
    /// A sentence where it cannot be read.
    async fn read_backup(&self, file: &str) -> Result<Vec<u8>, Error>;
    /// Path of the file that an administrator's policy is read from.
    fn policy_file(&self) -> String;
    /// Reads the files again that propose providers, where they have changed, and tells the rules.
    async fn read_offers(&self);
    /// Path of the folder that they are read from; empty where none is.
    fn offers_folder(&self) -> String;
    /// What the daemon itself looked at: its places, the buses, the memory.
    fn findings(&self) -> Vec<Finding>;
}
