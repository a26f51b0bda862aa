//! The keyring of Linux desktops (freedesktop Secret Service: GNOME Keyring, `KWallet`, `KeePassXC`), over D-Bus.
//!
//! Attributes of an entry are readable by anyone on the bus: they hold the word `keylodge` and a random id. Keychain
//! and Credential Manager can follow as further [`KeyStore`]s; until then other systems have the passphrase alone.

use std::{collections::HashMap, sync::Arc};

use broker::Secret;
use keyring_core::{Entry, Error, api::CredentialStoreApi};
use secret_service::{EncryptionType, blocking::SecretService};
use zbus_secret_service_keyring_store::Store;

use crate::KeyStore;

const SERVICE: &str = "keylodge";
const LABEL: &str = "Keylodge vault key";

/// The Secret Service of the person's session. Each call connects anew, so that a keyring that was restarted, or
/// that starts later, is found.
#[must_use]
pub fn secret_service() -> Arc<dyn KeyStore> {
    Arc::new(SessionKeyring)
}

#[derive(Debug)]
struct SessionKeyring;

impl KeyStore for SessionKeyring {
    fn available(&self) -> Result<(), String> {
        // No secret passes, so none need be hidden from the bus.
        let service = SecretService::connect(EncryptionType::Plain).map_err(|error| unreachable(&error))?;
        match service.get_default_collection() {
            // Locked is fine: the person can unlock it when the key is fetched.
            Ok(_) => Ok(()),
            Err(secret_service::Error::NoResult) => Err(NO_LOGIN_KEYRING.into()),
            Err(error) => Err(unreachable(&error)),
        }
    }

    fn get(&self, id: &str) -> Result<Option<Secret<String>>, String> {
        match entry(id)?.get_password() {
            Ok(key) => Ok(Some(Secret::new(key))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(explain(&error)),
        }
    }

    fn set(&self, id: &str, key: &Secret<String>) -> Result<(), String> {
        // Exposed to be handed over, on a session that the store encrypts.
        entry(id)?.set_password(key.expose()).map_err(|error| explain(&error))
    }

    fn delete(&self, id: &str) -> Result<(), String> {
        match entry(id)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(explain(&error)),
        }
    }
}

const NOBODY_ANSWERS: &str =
    "no keyring answers on the session bus. Start GNOME Keyring, KWallet or KeePassXC, or use a passphrase.";
const NO_BUS: &str =
    "there is no session bus to reach it on. Start Keylodge from within your desktop, or use a passphrase.";
const ODD_ANSWER: &str = "it gave an answer that was not expected. Start it anew, or use a passphrase.";
const NO_LOGIN_KEYRING: &str =
    "it has no login keyring. Sign in to the desktop with a password, or create a default keyring.";

fn entry(id: &str) -> Result<Entry, String> {
    let store = Store::new().map_err(|error| explain(&error))?;
    store.build(SERVICE, id, Some(&HashMap::from([("label", LABEL)]))).map_err(|error| explain(&error))
}

fn explain(error: &Error) -> String {
    let source = |cause: &(dyn std::error::Error + Send + Sync + 'static)| {
        cause.downcast_ref::<secret_service::Error>().map(unreachable)
    };
    let known = match error {
        Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => source(cause.as_ref()),
        Error::Ambiguous(_) => Some("it holds two keys for this vault. Remove the wrong one.".into()),
        _ => None,
    };
    // Other variants may carry the stored bytes: they are not shown.
    known.unwrap_or_else(|| ODD_ANSWER.into())
}

fn unreachable(error: &secret_service::Error) -> String {
    use secret_service::Error as E;
    match error {
        E::Unavailable => NOBODY_ANSWERS.into(),
        E::Locked | E::Prompt | E::PromptDisconnected => {
            "it is locked, and was not unlocked. Unlock it and try again.".into()
        }
        E::NoResult => NO_LOGIN_KEYRING.into(),
        // The name of a D-Bus error is part of its specification; the library's types for it are not ours.
        other if other.to_string().contains("org.freedesktop.DBus.Error.ServiceUnknown") => {
            NOBODY_ANSWERS.into()
        }
        other => {
            tracing::info!(error = %other, "the keyring cannot be used");
            match other {
                // The bus is there and refuses, by a name of its own.
                E::Zbus(_) | E::ZbusFdo(_) if !other.to_string().contains("org.freedesktop.DBus.Error.") => {
                    NO_BUS
                }
                _ => ODD_ANSWER,
            }
            .into()
        }
    }
}
