//! A backup: everything that is remembered, sealed with a passphrase of its own, in one file.
//!
//! `{"keylodge_backup": 1, "salt": …, "cost": …, "sealed": …}`: Argon2id makes the key, XChaCha20-Poly1305 seals, and the
//! rest of the file is bound to it. Leases, refresh families, signing keys and the trail are not in it. Providers' tokens
//! that are out are, so that they can be ended from where it is restored.

use broker::{
    Account, App, Backup, ClientRegistration, Consent, GrantId, LeaseId, Preferences, Provider, ProviderId,
    Records, Released, Route, Secret, SecretOf, Timestamp, UpstreamGrant, VaultError, messages::refusals,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    base64_text,
    passphrase::{self, PassphraseCost},
    sealing::{Key, Sealed, fill_random, place},
    sentences,
    store::Store,
};

/// The format that this program writes and the newest that it reads.
const FORMAT: u32 = 1;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    keylodge_backup: u32,
    #[serde(with = "base64_text")]
    salt: Vec<u8>,
    cost: PassphraseCost,
    sealed: Sealed,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Content {
    made_at: i64,
    providers: Vec<Provider>,
    clients: Vec<ClientRegistration>,
    accounts: Vec<Account>,
    grants: Vec<UpstreamGrant>,
    apps: Vec<App>,
    consents: Vec<Consent>,
    routes: Vec<Route>,
    preferences: Preferences,
    released: Vec<Released>,
    grant_secrets: Vec<(String, Plain)>,
    proof_keys: Vec<(String, Plain)>,
    client_secrets: Vec<(String, Plain)>,
    released_tokens: Vec<(String, Plain)>,
}

/// A secret on its way into a backup or out of one; wiped after use.
#[derive(Deserialize, Serialize)]
#[serde(transparent)]
struct Plain(Zeroizing<String>);

impl Plain {
    fn of(secret: &Secret<String>) -> Self {
        // Exposed to be sealed in the backup, which is what the person asked for.
        Self(Zeroizing::new(secret.expose().clone()))
    }

    fn secret(self) -> Secret<String> {
        Secret::from(self.0.as_str())
    }
}

/// What a backup holds of the open vault, as text; wiped after use.
pub(crate) fn content(store: &Store, now: Timestamp) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let records = store.load()?;
    let mut content = Content { made_at: now.0, ..Content::default() };
    for grant in &records.grants {
        if let Some(secret) = store.secret(&SecretOf::Grant(grant.id.clone()))? {
            content.grant_secrets.push((grant.id.to_string(), Plain::of(&secret)));
        }
        if let Some(key) = store.secret(&SecretOf::ProofKey(grant.id.clone()))? {
            content.proof_keys.push((grant.id.to_string(), Plain::of(&key)));
        }
    }
    for client in &records.clients {
        if let Some(secret) = store.secret(&SecretOf::Client(client.provider.clone()))? {
            content.client_secrets.push((client.provider.to_string(), Plain::of(&secret)));
        }
    }
    for released in &records.released {
        if let Some(token) = store.secret(&SecretOf::Released(released.lease.clone()))? {
            content.released_tokens.push((released.lease.to_string(), Plain::of(&token)));
        }
    }
    content.providers = records.providers;
    content.clients = records.clients;
    content.accounts = records.accounts;
    content.grants = records.grants;
    content.apps = records.apps;
    content.consents = records.consents;
    content.routes = records.routes;
    content.preferences = records.preferences;
    content.released = records.released;
    let bytes = serde_json::to_vec(&content);
    bytes.map(Zeroizing::new).map_err(|_| sentences::io("the backup", "a record cannot be written"))
}

/// Seals what a backup holds. Slow on purpose; not for an async thread.
pub(crate) fn seal(
    content: &[u8],
    passphrase: &Secret<String>,
    cost: PassphraseCost,
) -> Result<Vec<u8>, VaultError> {
    passphrase::check(passphrase)?;
    let mut salt = vec![0; 16];
    fill_random(&mut salt)?;
    let sealed = passphrase::derive(passphrase, &salt, cost)?.seal(&bound(FORMAT, &salt, cost), content)?;
    let written = Written { keylodge_backup: FORMAT, salt, cost, sealed };
    serde_json::to_vec(&written).map_err(|_| sentences::io("the backup", "it cannot be written"))
}

/// Opens a backup. Slow on purpose; not for an async thread.
pub(crate) fn open(bytes: &[u8], passphrase: &Secret<String>) -> Result<Backup, VaultError> {
    let written: Written = serde_json::from_slice(bytes).map_err(|_| no_backup())?;
    if written.keylodge_backup > FORMAT {
        return Err(sentences::newer());
    }
    let key: Key = passphrase::derive(passphrase, &written.salt, written.cost)?;
    let bound_to = bound(written.keylodge_backup, &written.salt, written.cost);
    // A wrong passphrase and changed bytes look alike.
    let bytes = key.unseal(&bound_to, &written.sealed).ok_or(VaultError::WrongPassphrase)?;
    let content: Content = serde_json::from_slice(&bytes).map_err(|_| no_backup())?;
    let grant = |(id, secret): (String, Plain)| (SecretOf::Grant(GrantId::from_text(id)), secret.secret());
    let proof_key = |(id, key): (String, Plain)| (SecretOf::ProofKey(GrantId::from_text(id)), key.secret());
    let client =
        |(id, secret): (String, Plain)| (SecretOf::Client(ProviderId::from_text(id)), secret.secret());
    let released =
        |(id, token): (String, Plain)| (SecretOf::Released(LeaseId::from_text(id)), token.secret());
    Ok(Backup {
        made_at: Timestamp(content.made_at),
        secrets: content
            .grant_secrets
            .into_iter()
            .map(grant)
            .chain(content.proof_keys.into_iter().map(proof_key))
            .chain(content.client_secrets.into_iter().map(client))
            .chain(content.released_tokens.into_iter().map(released))
            .collect(),
        records: Records {
            providers: content.providers,
            clients: content.clients,
            accounts: content.accounts,
            grants: content.grants,
            apps: content.apps,
            consents: content.consents,
            routes: content.routes,
            preferences: content.preferences,
            released: content.released,
            ..Records::default()
        },
    })
}

fn bound(format: u32, salt: &[u8], cost: PassphraseCost) -> Vec<u8> {
    let numbers = [format, cost.memory_kib, cost.passes, cost.lanes].map(u32::to_be_bytes).concat();
    place(&[b"keylodge backup", &numbers, salt])
}

fn no_backup() -> VaultError {
    VaultError::Unusable(refusals::BAD_BACKUP.sentence())
}
