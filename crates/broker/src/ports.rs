//! Ports: what the rules need from outside. Adapters implement them; tests use fakes.

mod upstream;
mod vault;

use futures_util::future::BoxFuture;
use url::Url;

pub use self::{upstream::*, vault::*};
use crate::Secret;

/// Signs our own access tokens (RFC 9068).
pub trait TokenSigner: Send + Sync {
    /// A fresh private key as an opaque text for the vault.
    fn generate(&self) -> Result<Secret<String>, String>;
    /// Takes a key into use; the one loaded last signs.
    fn load(&self, key_id: &str, key: &Secret<String>) -> Result<(), String>;
    /// Forgets one key: nothing that it signed is good any more.
    fn retire(&self, key_id: &str);
    /// Forgets all keys.
    fn forget(&self);
    /// Signs `claims` (a JSON object) as an `at+jwt`.
    fn sign(&self, claims: &serde_json::Value) -> Result<Secret<String>, String>;
}

/// Runs work that must not end with the request that began it, and opens what only the person can see.
pub trait Surroundings: Send + Sync {
    /// Runs a task to its end.
    fn run(&self, task: BoxFuture<'static, ()>);
    /// Opens an https (or loopback) address in the system browser, as data and not through a shell. `false`: there
    /// is none.
    fn open_browser(&self, address: &Url) -> bool;
    /// Something waits for the person, or what the window shows has changed.
    fn notify(&self, notice: Notice);
    /// Whether a native window can be shown.
    fn has_display(&self) -> bool;
}

/// What the surroundings are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// So many prompts wait now.
    Prompts(usize),
    /// So many programs wait for the vault to be opened.
    WaitingForUnlock(usize),
    /// Something that the window shows has changed.
    Changed,
    /// Something happened that the person should hear of.
    Tiding(Tiding),
}

/// Something that happened while the person may have looked elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tiding {
    /// A refresh token that was replaced came back: somebody may have copied it. All of its family has ended.
    TokenReused {
        /// The name that the program gave itself.
        app_name: String,
    },
    /// A provider's own token could not be ended at the provider though its lease has ended.
    StillOut {
        /// The program that has it.
        app_name: String,
    },
    /// The vault is an older copy than the one used last. Everything that was allowed has ended.
    OldCopy,
    /// A program was not allowed any longer what it had not used.
    Lapsed {
        /// The name that the program gave itself.
        app_name: String,
    },
}

impl Tiding {
    /// Whether it must be seen at once.
    #[must_use]
    pub const fn is_alarm(&self) -> bool {
        matches!(self, Self::TokenReused { .. } | Self::StillOut { .. } | Self::OldCopy)
    }
}
