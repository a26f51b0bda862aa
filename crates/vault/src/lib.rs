//! Remembers and seals: keeps accounts, consents and tokens in an encrypted folder that opens only for its person.
//!
//! [`FileVault`] is the broker's [`Vault`](broker::Vault) on disk. Its folder, private to the person, holds:
//!
//! | file | what it is | what it tells a thief |
//! |---|---|---|
//! | `vault.db` (and `-wal`) | encrypted database (`SQLCipher`); refresh tokens, client secrets and signing keys are sealed once more inside it | its size |
//! | `vault.keys` | the random data key, wrapped by a key in the system keyring, by a passphrase, or by both | which of them, and what a guess costs |
//! | `vault.lock` | keeps a second broker out | a process id |
//!
//! From the data key come, by HKDF, the database's key, the sealing key and the key that authenticates `vault.keys`.
//! Whatever does not fit fails closed and changes nothing.

mod activity;
mod backup;
mod base64_text;
mod database;
mod directory;
mod file_vault;
mod files;
mod instance_lock;
mod key_file;
mod key_store;
#[cfg(test)]
mod open_tests;
mod passphrase;
mod reserve;
mod sealing;
#[cfg(target_os = "linux")]
mod secret_service;
mod sentences;
mod store;
mod writer;

pub use file_vault::FileVault;
pub use key_store::{KeyStore, NoKeyStore};
pub use passphrase::PassphraseCost;
#[cfg(target_os = "linux")]
pub use secret_service::secret_service;

/// Whether the system keeps key material out of the swap; if not, why.
///
/// # Errors
/// The system's own words: most often the limit of locked memory.
pub fn keeps_keys_in_memory() -> Result<(), String> {
    sealing::can_lock_memory()
}

/// The system keyring; on this system none is supported yet, and the passphrase opens the vault.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn secret_service() -> std::sync::Arc<dyn KeyStore> {
    std::sync::Arc::new(NoKeyStore(broker::messages::findings::KEYRING_UNKNOWN.sentence()))
}
