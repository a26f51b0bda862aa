//! The keyring of Linux desktops (freedesktop Secret Service: GNOME Keyring, `KWallet`, `KeePassXC`), over D-Bus.
//!
//! Attributes of an entry are readable by anyone on the bus: they hold the word `keylodge` and a random id. Keychain
//! and Credential Manager can follow as further [`KeyStore`]s; until then other systems have the passphrase alone.

use std::{collections::HashMap, sync::Arc};

use broker::{Secret, Sentence, messages::findings};
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
    fn available(&self) -> Result<(), Sentence> {
        // No secret passes, so none need be hidden from the bus.
        let service = SecretService::connect(EncryptionType::Plain).map_err(|error| unreachable(&error))?;
        match service.get_default_collection() {
            // Locked is fine: the person can unlock it when the key is fetched.
            Ok(_) => Ok(()),
            Err(secret_service::Error::NoResult) => Err(findings::KEYRING_WITHOUT_LOGIN.sentence()),
            Err(error) => Err(unreachable(&error)),
        }
    }

    fn get(&self, id: &str) -> Result<Option<Secret<String>>, Sentence> {
        match entry(id)?.get_password() {
            Ok(key) => Ok(Some(Secret::new(key))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(explain(&error)),
        }
    }

    fn set(&self, id: &str, key: &Secret<String>) -> Result<(), Sentence> {
        // Exposed to be handed over, on a session that the store encrypts.
        entry(id)?.set_password(key.expose()).map_err(|error| explain(&error))
    }

    fn delete(&self, id: &str) -> Result<(), Sentence> {
        match entry(id)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(explain(&error)),
        }
    }
}

fn entry(id: &str) -> Result<Entry, Sentence> {
    let store = Store::new().map_err(|error| explain(&error))?;
    store.build(SERVICE, id, Some(&HashMap::from([("label", LABEL)]))).map_err(|error| explain(&error))
}

fn explain(error: &Error) -> Sentence {
    let source = |cause: &(dyn std::error::Error + Send + Sync + 'static)| {
        cause.downcast_ref::<secret_service::Error>().map(unreachable)
    };
    let known = match error {
        Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => source(cause.as_ref()),
        Error::Ambiguous(_) => Some(findings::KEYRING_TWO_KEYS.sentence()),
        _ => None,
    };
    // Other variants may carry the stored bytes: they are not shown.
    known.unwrap_or_else(|| findings::KEYRING_ODD.sentence())
}

fn unreachable(error: &secret_service::Error) -> Sentence {
    use secret_service::Error as E;
    match error {
        E::Unavailable => findings::KEYRING_SILENT.sentence(),
        E::Locked | E::Prompt | E::PromptDisconnected => findings::KEYRING_LOCKED.sentence(),
        E::NoResult => findings::KEYRING_WITHOUT_LOGIN.sentence(),
        // The name of a D-Bus error is part of its specification; the library's types for it are not ours.
        other if other.to_string().contains("org.freedesktop.DBus.Error.ServiceUnknown") => {
            findings::KEYRING_SILENT.sentence()
        }
        other => {
            tracing::info!(error = %other, "the keyring cannot be used");
            match other {
                // The bus is there and refuses, by a name of its own.
                E::Zbus(_) | E::ZbusFdo(_) if !other.to_string().contains("org.freedesktop.DBus.Error.") => {
                    findings::KEYRING_NO_BUS
                }
                _ => findings::KEYRING_ODD,
            }
            .sentence()
        }
    }
}
