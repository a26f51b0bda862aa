//! The encrypted database file: made, opened, checked and brought to the newest schema.
//!
//! `SQLCipher` encrypts every page of the file and of its write-ahead log, and authenticates each together with its
//! number; a wrong key and a changed page look alike. One connection has the file to itself.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use broker::VaultError;
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use rusqlite_migration::{M, Migrations};
use zeroize::Zeroizing;

use crate::{
    directory::Directory,
    sealing::Key,
    sentences::{self, database as sql},
};

/// Its name in the vault's folder.
pub(crate) const NAME: &str = "vault.db";
/// Its companions: write-ahead log, its index (not used with an exclusive lock) and rollback journal.
pub(crate) const COMPANIONS: [&str; 3] = ["vault.db-wal", "vault.db-shm", "vault.db-journal"];

/// Every schema that was ever released, oldest first. Never change one; add another.
const SCHEMAS: &[M<'static>] = &[
    M::up(include_str!("../migrations/0001_first.sql")),
    M::up(include_str!("../migrations/0002_person.sql")),
    M::up(include_str!("../migrations/0003_released.sql")),
    M::up(include_str!("../migrations/0004_looks.sql")),
];

/// Fills the new, empty file.
pub(crate) fn fill(directory: &Directory, key: &Key) -> Result<Connection, VaultError> {
    let connection = connect(&directory.path_of(NAME), key)?;
    settle(connection)
}

/// Opens the database. Nothing is written before all of it has been found sound and of a known schema.
pub(crate) fn open(directory: &Directory, key: &Key) -> Result<Connection, VaultError> {
    for companion in COMPANIONS {
        directory.has(companion)?;
    }
    if directory.length(NAME)? == 0 {
        return Err(sentences::damaged("its database is empty"));
    }
    let connection = connect(&directory.path_of(NAME), key)?;
    check(&connection)?;
    settle(connection)
}

/// The cipher's library is set up for the whole process when a database is opened: one at a time.
static OPENING: Mutex<()> = Mutex::new(());

fn connect(path: &Path, key: &Key) -> Result<Connection, VaultError> {
    let _one_at_a_time = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags).map_err(sql)?;
    // Until all is checked, closing must not carry the log over into the file.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(sql)?;
    // The library's own log would go to stderr; freed memory is wiped (LEK-07).
    connection
        .execute_batch("PRAGMA cipher_log_level = NONE; PRAGMA cipher_memory_security = ON;")
        .map_err(sql)?;
    connection.execute_batch(&key_pragma(key)).map_err(sql)?;
    // What is remembered is in our own memory anyway: half a MiB of pages is enough.
    connection
        .execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON;
             PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
             PRAGMA cache_size = -512;",
        )
        .map_err(sql)?;
    Ok(connection)
}

/// `PRAGMA key = "x'…'"`: the key as it is, without a derivation of `SQLCipher`'s.
fn key_pragma(key: &Key) -> Zeroizing<String> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    // As long as needed from the start: growing would leave copies.
    let mut text = Zeroizing::new(String::with_capacity(96));
    text.push_str("PRAGMA key = \"x'");
    for byte in key.bytes() {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text.push_str("'\";");
    text
}

/// Reads everything once: key, every page's tag, schema.
fn check(connection: &Connection) -> Result<(), VaultError> {
    let version = schema_version(connection)?;
    if version == 0 {
        return Err(sentences::damaged("its database has no schema"));
    }
    if version > SCHEMAS.len() {
        return Err(sentences::newer());
    }
    let mut statement = connection.prepare("PRAGMA cipher_integrity_check").map_err(sql)?;
    if statement.query([]).and_then(|mut rows| rows.next().map(|row| row.is_some())).map_err(sql)? {
        return Err(sentences::damaged("a page of its database was changed"));
    }
    Ok(())
}

fn schema_version(connection: &Connection) -> Result<usize, VaultError> {
    connection
        .query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))
        .map(|version| usize::try_from(version).unwrap_or(usize::MAX))
        .map_err(sql)
}

/// From here on it may be written. One commit costs one `fsync` of the log.
fn settle(mut connection: Connection) -> Result<Connection, VaultError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map_err(sql)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;").map_err(sql)?;
    Migrations::from_slice(SCHEMAS).to_latest(&mut connection).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => sql(err),
        _ => sentences::damaged("its database could not be brought to the newest schema"),
    })?;
    Ok(connection)
}
