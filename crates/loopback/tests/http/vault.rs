//! A vault that forgets, with one account in it from the beginning.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use broker::{
    ActivityCount, ActivityFilter, AuditRecord, Change, NewLock, Records, Secret, SecretOf, Vault,
    VaultError, VaultState,
};
use serde_json::json;

use crate::house::{ACCOUNT, held};

/// Remembers until the test ends.
pub struct MemoryVault {
    open: AtomicBool,
    /// Nothing can be written to it.
    pub broken: AtomicBool,
    records: Records,
    keys: Mutex<Vec<(String, Secret<String>)>>,
    facts: Mutex<Vec<AuditRecord>>,
}

impl MemoryVault {
    /// With one account that was signed in.
    pub fn furnished() -> Self {
        let records = json!({
            "account": { "id": ACCOUNT, "provider": "pro", "subject": "1", "name": "ada@example.org",
                         "label": "work", "added_at": 0 },
            "grant": { "id": "grant_1", "account": ACCOUNT, "scopes": ["read", "write", "wide"],
                       "state": { "is": "active" }, "refreshable": true, "since": 0, "version": 1 },
            "client": { "provider": "pro", "issuer": "https://pro.example/t", "client_id": "ours",
                        "has_secret": false, "dynamic": false, "redirect_uri": null, "since": 0 },
        });
        Self {
            open: false.into(),
            broken: false.into(),
            records: Records {
                accounts: record(&records["account"]),
                grants: record(&records["grant"]),
                clients: record(&records["client"]),
                ..Records::default()
            },
            keys: Mutex::default(),
            facts: Mutex::default(),
        }
    }
}

fn record<T: serde::de::DeserializeOwned>(value: &serde_json::Value) -> Vec<T> {
    vec![serde_json::from_value(value.clone()).expect("a record")]
}

#[async_trait]
impl Vault for MemoryVault {
    async fn state(&self) -> VaultState {
        if self.open.load(Ordering::SeqCst) { VaultState::Open } else { VaultState::LockedByKeyring }
    }

    async fn keyring(&self) -> Result<(), broker::Sentence> {
        Ok(())
    }

    async fn create(&self, _lock: NewLock) -> Result<(), VaultError> {
        self.open.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn open(&self, _passphrase: Option<Secret<String>>) -> Result<(), VaultError> {
        self.open.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn close(&self) {
        self.open.store(false, Ordering::SeqCst);
    }

    async fn has_passphrase(&self) -> bool {
        false
    }

    async fn is_passphrase(&self, _guess: &Secret<String>) -> Result<bool, VaultError> {
        Ok(false)
    }

    async fn load(&self) -> Result<Records, VaultError> {
        Ok(self.records.clone())
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), VaultError> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(VaultError::Io("the disk is full".into()));
        }
        for change in changes {
            match change {
                Change::PutSigningKey(id, key) => held(&self.keys).push((id, key)),
                Change::DeleteSigningKey(id) => held(&self.keys).retain(|(key, _)| *key != id),
                Change::Audit(event) => {
                    let mut facts = held(&self.facts);
                    let number = u32::try_from(facts.len()).unwrap_or(u32::MAX);
                    facts.push(AuditRecord { number, event });
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn secret(&self, of: &SecretOf) -> Result<Option<Secret<String>>, VaultError> {
        Ok(matches!(of, SecretOf::Grant(_)).then(|| Secret::from("canary-upstream-refresh-token")))
    }

    async fn signing_keys(&self) -> Result<Vec<(String, Secret<String>)>, VaultError> {
        Ok(held(&self.keys).clone())
    }

    async fn activity(
        &self,
        _: &ActivityFilter,
        _: Option<u32>,
        _: u32,
    ) -> Result<Vec<AuditRecord>, VaultError> {
        Ok(held(&self.facts).clone())
    }

    async fn activity_counts(&self, _: &ActivityFilter, _: u32) -> Result<Vec<ActivityCount>, VaultError> {
        Ok(Vec::new())
    }
}
