//! Remembers and seals: the encrypted database, its migrations, the keyring and the passphrase.
