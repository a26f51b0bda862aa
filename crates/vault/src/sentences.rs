//! What the person reads when the vault cannot do it, and what they can do then.

use broker::{VaultError, messages::refusals};

/// The vault's bytes are not what they were.
pub(crate) fn damaged(what: &str) -> VaultError {
    VaultError::Unusable(refusals::DAMAGED.with([("what", &what)]))
}

/// Made by a later version of this program.
pub(crate) fn newer() -> VaultError {
    VaultError::Unusable(refusals::NEWER.sentence())
}

/// An operation on `file` failed.
pub(crate) fn io(file: &str, error: impl std::fmt::Display) -> VaultError {
    VaultError::Io(format!("{file}: {error}").into())
}

/// Nothing more can be written.
pub(crate) fn disk_full() -> VaultError {
    VaultError::Io(refusals::DISK_FULL.sentence())
}

/// What `SQLite` says, by who must act. Its messages name tables and columns, never values.
#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` wants")]
pub(crate) fn database(error: rusqlite::Error) -> VaultError {
    use rusqlite::ErrorCode::{
        CannotOpen, DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, NotADatabase,
    };
    match error.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => damaged("the database does not fit its key or was changed"),
        Some(DiskFull) => disk_full(),
        Some(DatabaseBusy | DatabaseLocked) => VaultError::Unusable(refusals::BUSY.sentence()),
        Some(CannotOpen) => io("vault.db", "it cannot be opened"),
        Some(code) => io("vault.db", format!("{code:?}")),
        None => io("vault.db", "an unexpected answer of the database"),
    }
}
