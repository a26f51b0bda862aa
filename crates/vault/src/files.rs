//! The vault's files together: which must be there, which must not, and in which order they come to be.

use std::path::Path;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use broker::{Secret, VaultError, messages::refusals};
use zeroize::Zeroizing;

use crate::{
    database,
    directory::Directory,
    instance_lock::InstanceLock,
    key_file::{self, KeyFile},
    passphrase::Guesses,
    reserve::{self, Reserve},
    sealing::{KEY_BYTES, Key},
    sentences,
    store::Store,
    writer::Writer,
};

/// The count of wrong guesses.
const GUESSES: &str = "vault.guesses";

/// The key file, if there is a vault. Half a vault is an error, never an absent one.
pub(crate) fn find(folder: &Path) -> Result<Option<KeyFile>, VaultError> {
    let Some(directory) = Directory::open(folder)? else { return Ok(None) };
    match (directory.has(key_file::NAME)?, directory.has(database::NAME)?) {
        (false, false) => Ok(None),
        (true, true) => KeyFile::parse(&directory.read(key_file::NAME)?).map(Some),
        (true, false) => Err(half(database::NAME, key_file::NAME)),
        (false, true) => Err(half(key_file::NAME, database::NAME)),
    }
}

/// The key file of a vault that must be there.
pub(crate) fn read_keys(folder: &Path) -> Result<KeyFile, VaultError> {
    find(folder)?.ok_or_else(|| VaultError::Unusable(refusals::VAULT_MISSING.sentence()))
}

/// Replaces the key file.
pub(crate) fn write_keys(folder: &Path, file: &KeyFile, data_key: &Key) -> Result<(), VaultError> {
    Directory::open_or_make(folder)?.replace(key_file::NAME, &file.to_bytes(data_key)?)
}

/// The wrong guesses so far; none if the file is not there or makes no sense.
pub(crate) fn read_guesses(folder: &Path) -> Guesses {
    let directory = Directory::open(folder).ok().flatten();
    let bytes = directory.filter(|it| it.has(GUESSES).unwrap_or(false)).and_then(|it| it.read(GUESSES).ok());
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Notes how the guesses went. What cannot be written is counted in memory all the same.
pub(crate) fn write_guesses(folder: &Path, guesses: Guesses) {
    let written = serde_json::to_vec(&guesses)
        .map_err(|error| sentences::io(GUESSES, error))
        .and_then(|bytes| Directory::open_or_make(folder)?.replace(GUESSES, &bytes));
    if let Err(error) = written {
        tracing::warn!(%error, "the count of wrong guesses was not written");
    }
}

/// Refuses to go on if there is a vault, or half of one.
pub(crate) fn check_absent(folder: &Path) -> Result<(), VaultError> {
    match find(folder)? {
        None => Ok(()),
        Some(_) => Err(VaultError::Unusable(refusals::VAULT_THERE.sentence())),
    }
}

/// Makes the database, then the key file: until that is in place, there is no vault.
pub(crate) fn make(folder: &Path, file: &KeyFile, data_key: &Key) -> Result<Writer, VaultError> {
    let directory = Directory::open_or_make(folder)?;
    let lock = InstanceLock::take(&directory)?;
    // Another process may have made one before the lock was ours.
    check_absent(folder)?;
    let (cipher, sealing) = (database_key(file, data_key)?, sealing_key(file, data_key)?);
    let content = file.to_bytes(data_key)?;
    directory.make_file(database::NAME)?;
    directory.sync()?;
    Writer::start(lock, move || {
        fill_database_and_keys(&directory, &cipher, &content)
            .inspect_err(|_| remove_all(&directory))
            .map(|connection| (Store::new(connection, sealing), Reserve::new(directory)))
    })
}

/// Opens the database, which nobody else may have open.
pub(crate) fn open(folder: &Path, file: &KeyFile, data_key: &Key) -> Result<Writer, VaultError> {
    let directory = Directory::open_or_make(folder)?;
    let lock = InstanceLock::take(&directory)?;
    let (cipher, sealing) = (database_key(file, data_key)?, sealing_key(file, data_key)?);
    Writer::start(lock, move || {
        let store = Store::new(database::open(&directory, &cipher)?, sealing);
        Ok((store, Reserve::new(directory)))
    })
}

/// A key as the keyring keeps it.
pub(crate) fn key_to_text(key: &Key) -> Secret<String> {
    Secret::new(URL_SAFE_NO_PAD.encode(key.bytes()))
}

/// A key from the keyring; `None` if it is not one of ours.
pub(crate) fn key_from_text(text: &Secret<String>) -> Option<Key> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES + 2]);
    // Exposed to be decoded.
    let length = URL_SAFE_NO_PAD.decode_slice(text.expose(), bytes.as_mut_slice()).ok()?;
    Key::from_bytes(&bytes[..length])
}

fn fill_database_and_keys(
    directory: &Directory,
    cipher: &Key,
    content: &[u8],
) -> Result<rusqlite::Connection, VaultError> {
    let connection = database::fill(directory, cipher)?;
    directory.replace(key_file::NAME, content)?;
    Ok(connection)
}

/// After a vault could not be made: what was written of it is nobody's.
fn remove_all(directory: &Directory) {
    for name in database::COMPANIONS.iter().chain(&[database::NAME, key_file::NAME, reserve::NAME]) {
        let _ = directory.remove(name);
    }
}

fn database_key(file: &KeyFile, data_key: &Key) -> Result<Key, VaultError> {
    data_key.derive(file.vault(), "keylodge vault database")
}

fn sealing_key(file: &KeyFile, data_key: &Key) -> Result<Key, VaultError> {
    data_key.derive(file.vault(), "keylodge vault secrets")
}

fn half(missing: &str, present: &str) -> VaultError {
    sentences::damaged(&format!("`{missing}` is missing beside `{present}`"))
}
