//! `vault.keys`: the data key, wrapped once for each way to open the vault.
//!
//! The file holds only salts, parameters, wrapped keys and random ids, so it tells a thief nothing; nor does it open
//! anything without the keyring's key or the passphrase (STO-04). A checksum tells damage from a wrong passphrase; a
//! tag under the data key sees to it that nobody adds, removes or mixes ways to open it (STO-01).

use broker::{VaultError, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    base64_text,
    passphrase::PassphraseCost,
    sealing::{Key, Sealed, fill_random, place},
    sentences,
};

/// Its name in the vault's folder.
pub(crate) const NAME: &str = "vault.keys";
/// The format that this program writes and the newest that it reads.
const FORMAT: u32 = 1;

/// A key file, read and checked for form.
#[derive(Clone, Debug)]
pub(crate) struct KeyFile {
    body: Body,
    tag: Option<Sealed>,
}

/// How a slot is opened.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Opener {
    /// By the key that the system keyring holds under this random id.
    Keyring {
        /// The id.
        entry: String,
    },
    /// By a passphrase.
    Passphrase {
        /// Random, new for each passphrase.
        #[serde(with = "base64_text")]
        salt: Vec<u8>,
        /// What a guess costs.
        cost: PassphraseCost,
    },
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Body {
    format: u32,
    vault: String,
    slots: Vec<Slot>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Slot {
    opener: Opener,
    wrapped: Sealed,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    body: Body,
    check: String,
    tag: Sealed,
}

impl Opener {
    /// A new entry for the keyring; its id says nothing.
    pub(crate) fn new_keyring() -> Result<Self, VaultError> {
        Ok(Self::Keyring { entry: random_id()? })
    }

    /// A new salt for a passphrase.
    pub(crate) fn new_passphrase(cost: PassphraseCost) -> Result<Self, VaultError> {
        let mut salt = vec![0; 16];
        fill_random(&mut salt)?;
        Ok(Self::Passphrase { salt, cost })
    }

    fn same_kind(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl KeyFile {
    /// A new one, without any slot.
    pub(crate) fn new() -> Result<Self, VaultError> {
        Ok(Self { body: Body { format: FORMAT, vault: random_id()?, slots: Vec::new() }, tag: None })
    }

    /// Reads one. Every byte must be as [`KeyFile::to_bytes`] wrote it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, VaultError> {
        if format_of(bytes).is_some_and(|format| format > FORMAT) {
            return Err(sentences::newer());
        }
        let written: Written = serde_json::from_slice(bytes).map_err(|_| damaged())?;
        let canonical = serde_json::to_vec(&written).map_err(|_| damaged())?;
        if canonical != bytes || written.check != checksum(&written.body, &written.tag)? {
            return Err(damaged());
        }
        Ok(Self { body: written.body, tag: Some(written.tag) })
    }

    /// The file's content, tagged with the data key.
    pub(crate) fn to_bytes(&self, data_key: &Key) -> Result<Vec<u8>, VaultError> {
        let body = self.body.clone();
        let tag = self.tagging_key(data_key)?.seal(&body.bytes()?, b"")?;
        let written = Written { check: checksum(&body, &tag)?, body, tag };
        serde_json::to_vec(&written).map_err(|_| damaged())
    }

    /// The vault's random id.
    pub(crate) fn vault(&self) -> &str {
        &self.body.vault
    }

    /// The keyring entry, if the keyring opens it.
    pub(crate) fn keyring(&self) -> Option<(&Opener, &str)> {
        self.openers().find_map(|opener| match opener {
            Opener::Keyring { entry } => Some((opener, entry.as_str())),
            Opener::Passphrase { .. } => None,
        })
    }

    /// Salt and cost, if a passphrase opens it.
    pub(crate) fn passphrase(&self) -> Option<(&Opener, &[u8], PassphraseCost)> {
        self.openers().find_map(|opener| match opener {
            Opener::Passphrase { salt, cost } => Some((opener, salt.as_slice(), *cost)),
            Opener::Keyring { .. } => None,
        })
    }

    /// Wraps the data key for `opener`, in place of another slot of its kind.
    pub(crate) fn put(&mut self, opener: Opener, wrapping: &Key, data_key: &Key) -> Result<(), VaultError> {
        let wrapped = wrapping.seal(&self.slot_place(&opener)?, data_key.bytes())?;
        self.body.slots.retain(|slot| !slot.opener.same_kind(&opener));
        self.body.slots.push(Slot { opener, wrapped });
        Ok(())
    }

    /// The data key. `None`: `wrapping` is not the key of that slot. Fails if the rest of the file was changed by
    /// someone who has not the data key.
    pub(crate) fn unwrap(&self, opener: &Opener, wrapping: &Key) -> Result<Option<Key>, VaultError> {
        let bound_to = self.slot_place(opener)?;
        let slot = self.body.slots.iter().find(|slot| slot.opener == *opener).ok_or_else(damaged)?;
        let Some(bytes) = wrapping.unseal(&bound_to, &slot.wrapped) else { return Ok(None) };
        let data_key = Key::from_bytes(&bytes).ok_or_else(damaged)?;
        let tag = self.tag.as_ref().ok_or_else(damaged)?;
        self.tagging_key(&data_key)?.unseal(&self.body.bytes()?, tag).ok_or_else(damaged)?;
        Ok(Some(data_key))
    }

    fn openers(&self) -> impl Iterator<Item = &Opener> {
        self.body.slots.iter().map(|slot| &slot.opener)
    }

    fn slot_place(&self, opener: &Opener) -> Result<Vec<u8>, VaultError> {
        let opener = serde_json::to_vec(opener).map_err(|_| damaged())?;
        let format = self.body.format.to_be_bytes();
        Ok(place(&[b"keylodge vault key slot", &format, self.body.vault.as_bytes(), &opener]))
    }

    fn tagging_key(&self, data_key: &Key) -> Result<Key, VaultError> {
        data_key.derive(&self.body.vault, "keylodge vault key file")
    }
}

impl Body {
    fn bytes(&self) -> Result<Vec<u8>, VaultError> {
        serde_json::to_vec(self).map_err(|_| damaged())
    }
}

fn checksum(body: &Body, tag: &Sealed) -> Result<String, VaultError> {
    let bytes = serde_json::to_vec(&(body, tag)).map_err(|_| damaged())?;
    Ok(hex(&Sha256::digest(bytes)))
}

/// The format that a file claims, whatever else is in it.
fn format_of(bytes: &[u8]) -> Option<u32> {
    let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    value.get("body")?.get("format")?.as_u64().map(|format| u32::try_from(format).unwrap_or(u32::MAX))
}

fn random_id() -> Result<String, VaultError> {
    let mut bytes = [0; 16];
    fill_random(&mut bytes)?;
    Ok(hex(&bytes))
}

fn damaged() -> VaultError {
    sentences::damaged("its key file `vault.keys` was changed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> (KeyFile, Key, Key) {
        let (data_key, wrapping) = (Key::generate().unwrap(), Key::generate().unwrap());
        let mut file = KeyFile::new().unwrap();
        file.put(Opener::new_keyring().unwrap(), &wrapping, &data_key).unwrap();
        file.put(Opener::new_passphrase(PassphraseCost::FOR_TESTS).unwrap(), &wrapping, &data_key).unwrap();
        (file, data_key, wrapping)
    }

    #[test]
    fn a_written_file_is_read_back() {
        let (file, data_key, wrapping) = file();
        let read = KeyFile::parse(&file.to_bytes(&data_key).unwrap()).unwrap();
        for opener in [read.keyring().unwrap().0, read.passphrase().unwrap().0] {
            assert_eq!(read.unwrap(opener, &wrapping).unwrap().unwrap().bytes(), data_key.bytes());
            assert!(read.unwrap(opener, &Key::generate().unwrap()).unwrap().is_none());
        }
    }

    #[test]
    fn sto_01_every_changed_bit_and_every_cut_is_refused() {
        let (file, data_key, _) = file();
        let good = file.to_bytes(&data_key).unwrap();
        for bit in 0..good.len() * 8 {
            let mut changed = good.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(KeyFile::parse(&changed).is_err(), "bit {bit}");
        }
        for cut in 0..good.len() {
            assert!(KeyFile::parse(&good[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn sto_01_a_slot_of_a_strangers_making_is_refused_though_the_checksum_fits() {
        let (mut file, data_key, wrapping) = file();
        let mut written: Written = serde_json::from_slice(&file.to_bytes(&data_key).unwrap()).unwrap();
        let stranger = Key::generate().unwrap();
        file.put(Opener::new_keyring().unwrap(), &stranger, &data_key).unwrap();
        written.body = file.body;
        written.check = checksum(&written.body, &written.tag).unwrap();
        let forged = KeyFile::parse(&serde_json::to_vec(&written).unwrap()).unwrap();
        assert!(forged.unwrap(forged.passphrase().unwrap().0, &wrapping).is_err());
        assert!(forged.unwrap(forged.keyring().unwrap().0, &stranger).is_err());
    }

    #[test]
    fn sto_01_slots_of_two_vaults_cannot_be_swapped() {
        let (one, data_key, wrapping) = file();
        let mut other = KeyFile::new().unwrap();
        other.body.slots.clone_from(&one.body.slots);
        let other = KeyFile::parse(&other.to_bytes(&data_key).unwrap()).unwrap();
        assert!(other.unwrap(other.keyring().unwrap().0, &wrapping).unwrap().is_none());
    }

    #[test]
    fn a_newer_format_is_named_as_such() {
        let text = br#"{"body":{"format":2,"novelty":true}}"#;
        assert_eq!(KeyFile::parse(text).unwrap_err(), sentences::newer());
    }
}
