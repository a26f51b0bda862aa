//! What the open vault does with its tables: changes go in, records, secrets and facts come out.

use broker::{Change, Records, Secret, SecretOf, Twins, VaultError};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{
    activity,
    sealing::{Key, Sealed, place},
    sentences::{self, database as sql},
};

/// Under this name stands what the person has set.
const PREFERENCES: &str = "preferences";

/// The open database and the key for what is sealed inside it.
pub(crate) struct Store {
    connection: Connection,
    sealing: Key,
}

/// One row whose content is sealed: its place is part of the seal.
#[derive(Clone, Copy)]
struct SealedRow<'a> {
    table: &'static str,
    kind: &'static str,
    owner: &'a str,
}

impl Store {
    pub(crate) const fn new(connection: Connection, sealing: Key) -> Self {
        Self { connection, sealing }
    }

    /// Runs SQL without parameters: transactions, savepoints.
    pub(crate) fn run(&self, statement: &str) -> Result<(), VaultError> {
        self.connection.execute_batch(statement).map_err(sql)
    }

    /// Carries out one change, inside the caller's transaction.
    pub(crate) fn apply(&self, change: &Change) -> Result<(), VaultError> {
        match change {
            Change::PutProvider(it) => self.put("providers", it.id.as_str(), it),
            Change::DeleteProvider(id) => self.delete("providers", id.as_str()),
            Change::PutClient(it, secret) => {
                self.put("clients", it.provider.as_str(), it)?;
                let row = SealedRow::client(it.provider.as_str());
                secret.as_ref().map_or_else(|| self.forget(row), |secret| self.seal(row, secret))
            }
            Change::DeleteClient(id) => {
                self.forget(SealedRow::client(id.as_str()))?;
                self.delete("clients", id.as_str())
            }
            Change::PutAccount(it) => self.put("accounts", it.id.as_str(), it),
            Change::DeleteAccount(id) => self.delete("accounts", id.as_str()),
            Change::PutGrant(it, secret) => {
                self.put("grants", it.id.as_str(), it)?;
                let row = SealedRow::grant(it.id.as_str());
                secret.as_ref().map_or(Ok(()), |secret| self.seal(row, secret))
            }
            Change::DeleteGrant(id) => {
                self.forget(SealedRow::grant(id.as_str()))?;
                self.forget(SealedRow::access(id.as_str()))?;
                self.forget(SealedRow::proof_key(id.as_str()))?;
                self.delete("grants", id.as_str())
            }
            Change::PutAccess(id, secret) => {
                let row = SealedRow::access(id.as_str());
                secret.as_ref().map_or_else(|| self.forget(row), |secret| self.seal(row, secret))
            }
            Change::PutProofKey(id, key) => {
                let row = SealedRow::proof_key(id.as_str());
                key.as_ref().map_or_else(|| self.forget(row), |key| self.seal(row, key))
            }
            Change::PutApp(it) => self.put("apps", it.id.as_str(), it),
            Change::DeleteApp(id) => self.delete("apps", id.as_str()),
            Change::PutConsent(it) => self.put("consents", it.id.as_str(), it),
            Change::DeleteConsent(id) => self.delete("consents", id.as_str()),
            Change::PutLease(it) => self.put("leases", it.id.as_str(), it),
            Change::DeleteLease(id) => self.delete("leases", id.as_str()),
            Change::PutReleased(it, token) => {
                self.put("released", it.lease.as_str(), it)?;
                let row = SealedRow::released(it.lease.as_str());
                token.as_ref().map_or(Ok(()), |token| self.seal(row, token))
            }
            Change::DeleteReleased(lease) => {
                self.forget(SealedRow::released(lease.as_str()))?;
                self.delete("released", lease.as_str())
            }
            Change::PutFamily(it) => self.put("families", it.id.as_str(), it),
            Change::DeleteFamily(id) => self.delete("families", id.as_str()),
            Change::PutSigningKey(id, key) => self.put_signing_key(id, key),
            Change::DeleteSigningKey(id) => self.delete_signing_key(id),
            Change::PutRoute(it) => self.put("routes", it.id.as_str(), it),
            Change::DeleteRoute(id) => self.delete("routes", id.as_str()),
            Change::PutPreferences(it) => self.put_fact(PREFERENCES, it),
            Change::Audit(event) => activity::append(&self.connection, event),
        }
    }

    /// Empties the write-ahead log, so that what was deleted is in no file any more (STO-12).
    pub(crate) fn forget_history(&self) -> Result<(), VaultError> {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(sql)
    }

    /// Everything that is remembered.
    pub(crate) fn load(&self) -> Result<Records, VaultError> {
        let mut twins = Twins::default();
        Ok(Records {
            providers: self.list("providers")?,
            clients: self.list("clients")?,
            accounts: self.list("accounts")?,
            grants: self.list("grants")?,
            apps: self.list("apps")?,
            consents: self.list_each("consents", |consent| twins.consent(consent))?,
            leases: self.list("leases")?,
            released: self.list("released")?,
            families: self.list("families")?,
            routes: self.list("routes")?,
            preferences: self.fact(PREFERENCES)?.unwrap_or_default(),
        })
    }

    /// A secret, unsealed.
    pub(crate) fn secret(&self, of: &SecretOf) -> Result<Option<Secret<String>>, VaultError> {
        let row = match of {
            SecretOf::Grant(id) => SealedRow::grant(id.as_str()),
            SecretOf::Access(id) => SealedRow::access(id.as_str()),
            SecretOf::ProofKey(id) => SealedRow::proof_key(id.as_str()),
            SecretOf::Client(id) => SealedRow::client(id.as_str()),
            SecretOf::Released(lease) => SealedRow::released(lease.as_str()),
        };
        let found = self
            .connection
            .query_row(
                "SELECT version, nonce, sealed FROM secrets WHERE kind = ?1 AND owner = ?2",
                params![row.kind, row.owner],
                |found| Ok((found.get(0)?, Sealed { nonce: found.get(1)?, bytes: found.get(2)? })),
            )
            .optional()
            .map_err(sql)?;
        found.map(|(version, sealed)| self.unseal(row, version, &sealed)).transpose()
    }

    /// All signing keys, oldest first.
    pub(crate) fn signing_keys(&self) -> Result<Vec<(String, Secret<String>)>, VaultError> {
        let mut statement = self
            .connection
            .prepare("SELECT key_id, version, nonce, sealed FROM signing_keys ORDER BY place")
            .map_err(sql)?;
        let found = statement
            .query_map([], |row| {
                let sealed = Sealed { nonce: row.get(2)?, bytes: row.get(3)? };
                Ok((row.get::<_, String>(0)?, row.get(1)?, sealed))
            })
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(sql)?;
        let open = |(id, version, sealed): (String, i64, Sealed)| {
            let key = self.unseal(SealedRow::signing_key(&id), version, &sealed)?;
            Ok((id, key))
        };
        found.into_iter().map(open).collect()
    }

    /// The open database, for what has a file of its own.
    pub(crate) const fn connection(&self) -> &Connection {
        &self.connection
    }

    fn put(&self, table: &str, id: &str, it: &impl Serialize) -> Result<(), VaultError> {
        let statement = format!(
            "INSERT INTO {table} (id, body) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET body = excluded.body"
        );
        self.connection.execute(&statement, params![id, *write(it)?]).map(drop).map_err(sql)
    }

    fn delete(&self, table: &str, id: &str) -> Result<(), VaultError> {
        self.connection.execute(&format!("DELETE FROM {table} WHERE id = ?1"), [id]).map(drop).map_err(sql)
    }

    fn list<T: DeserializeOwned>(&self, table: &str) -> Result<Vec<T>, VaultError> {
        self.list_each(table, |it| it)
    }

    /// All records of a table, oldest first; each passes through `each`.
    fn list_each<T: DeserializeOwned>(
        &self,
        table: &str,
        mut each: impl FnMut(T) -> T,
    ) -> Result<Vec<T>, VaultError> {
        let mut statement =
            self.connection.prepare(&format!("SELECT body FROM {table} ORDER BY place")).map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        let mut list = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            // Read where it lies: of a large vault no second copy is made.
            let body = row.get_ref(0).map_err(sql)?.as_str().map_err(|_| no_record())?;
            list.push(each(read(body)?));
        }
        Ok(list)
    }

    /// A fact about the vault itself, by name.
    pub(crate) fn fact<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, VaultError> {
        let found: Option<String> = self
            .connection
            .query_row("SELECT body FROM facts WHERE name = ?1", [name], |row| row.get(0))
            .optional()
            .map_err(sql)?;
        found.map(|body| read(&body)).transpose()
    }

    /// Notes a fact about the vault itself.
    pub(crate) fn put_fact(&self, name: &str, it: &impl Serialize) -> Result<(), VaultError> {
        self.connection
            .execute(
                "INSERT INTO facts (name, body) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET body = excluded.body",
                params![name, *write(it)?],
            )
            .map(drop)
            .map_err(sql)
    }

    fn seal(&self, row: SealedRow<'_>, secret: &Secret<String>) -> Result<(), VaultError> {
        let version = self
            .connection
            .query_row(
                "SELECT version + 1 FROM secrets WHERE kind = ?1 AND owner = ?2",
                params![row.kind, row.owner],
                |found| found.get(0),
            )
            .optional()
            .map_err(sql)?
            .unwrap_or(1);
        // Exposed to be sealed.
        let sealed = self.sealing.seal(&row.place(version), secret.expose().as_bytes())?;
        self.connection
            .execute(
                "INSERT OR REPLACE INTO secrets (kind, owner, version, nonce, sealed) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![row.kind, row.owner, version, sealed.nonce, sealed.bytes],
            )
            .map(drop)
            .map_err(sql)
    }

    fn forget(&self, row: SealedRow<'_>) -> Result<(), VaultError> {
        self.connection
            .execute("DELETE FROM secrets WHERE kind = ?1 AND owner = ?2", params![row.kind, row.owner])
            .map(drop)
            .map_err(sql)
    }

    fn put_signing_key(&self, id: &str, key: &Secret<String>) -> Result<(), VaultError> {
        let version = 1i64;
        // Exposed to be sealed.
        let place = SealedRow::signing_key(id).place(version);
        let sealed = self.sealing.seal(&place, key.expose().as_bytes())?;
        self.connection
            .execute(
                "INSERT INTO signing_keys (key_id, version, nonce, sealed) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (key_id) DO UPDATE SET nonce = excluded.nonce, sealed = excluded.sealed",
                params![id, version, sealed.nonce, sealed.bytes],
            )
            .map(drop)
            .map_err(sql)
    }

    fn delete_signing_key(&self, id: &str) -> Result<(), VaultError> {
        self.connection
            .execute("DELETE FROM signing_keys WHERE key_id = ?1", params![id])
            .map(drop)
            .map_err(sql)
    }

    fn unseal(
        &self,
        row: SealedRow<'_>,
        version: i64,
        sealed: &Sealed,
    ) -> Result<Secret<String>, VaultError> {
        let damaged = || sentences::damaged("a sealed secret was changed or moved");
        let bytes = self.sealing.unseal(&row.place(version), sealed).ok_or_else(damaged)?;
        std::str::from_utf8(&bytes).map(Secret::from).map_err(|_| damaged())
    }
}

impl<'a> SealedRow<'a> {
    const fn grant(owner: &'a str) -> Self {
        Self { table: "secrets", kind: "grant", owner }
    }

    const fn access(owner: &'a str) -> Self {
        Self { table: "secrets", kind: "access", owner }
    }

    const fn proof_key(owner: &'a str) -> Self {
        Self { table: "secrets", kind: "proof key", owner }
    }

    const fn client(owner: &'a str) -> Self {
        Self { table: "secrets", kind: "client", owner }
    }

    const fn released(owner: &'a str) -> Self {
        Self { table: "secrets", kind: "released", owner }
    }

    const fn signing_key(owner: &'a str) -> Self {
        Self { table: "signing_keys", kind: "signing key", owner }
    }

    /// Table, row and version, as the seal binds them.
    fn place(self, version: i64) -> Vec<u8> {
        let version = version.to_be_bytes();
        place(&[self.table.as_bytes(), self.kind.as_bytes(), self.owner.as_bytes(), &version])
    }
}

/// The text is wiped after use: it holds names and addresses.
pub(crate) fn write(it: &impl Serialize) -> Result<Zeroizing<String>, VaultError> {
    serde_json::to_string(it)
        .map(Zeroizing::new)
        .map_err(|_| sentences::io("vault.db", "a record cannot be written"))
}

pub(crate) fn read<T: DeserializeOwned>(body: &str) -> Result<T, VaultError> {
    serde_json::from_str(body).map_err(|_| no_record())
}

fn no_record() -> VaultError {
    sentences::damaged("a record in it cannot be understood")
}
