//! Locks small values so that only the holder of a key can read them, and nobody can move or change them unseen.
//!
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha §2) with random nonces; keys are derived with HKDF-SHA256 (RFC 5869),
//! one for each purpose.

use std::fmt;

use broker::VaultError;
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::base64_text;

/// Bytes of every key here.
pub(crate) const KEY_BYTES: usize = 32;

/// A 256-bit key, wiped on drop. On the heap, so that moving it leaves no copy behind, and on a page of its own, which
/// is kept out of the swap (LEK-06).
pub(crate) struct Key {
    page: Box<Page>,
    /// Lets the page go before it is given back. `None`: the system did not keep it (the limit of locked memory).
    locked: Option<region::LockGuard>,
}

/// So large and so aligned that nothing else is on it: letting one key's page go must not let another's go.
#[repr(C, align(4096))]
struct Page {
    key: Zeroizing<[u8; KEY_BYTES]>,
}

impl Page {
    fn empty() -> Box<Self> {
        Box::new(Self { key: Zeroizing::new([0; KEY_BYTES]) })
    }
}

impl Clone for Key {
    fn clone(&self) -> Self {
        let mut key = Self::empty();
        key.page.key.copy_from_slice(self.bytes());
        key
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.page.key.zeroize();
        // The page is unlocked here and freed after it.
        self.locked = None;
    }
}

/// Whether pages can be kept out of the swap here; if not, why.
pub(crate) fn can_lock_memory() -> Result<(), String> {
    let page = Page::empty();
    region::lock(std::ptr::from_ref(&*page), size_of::<Page>()).map(drop).map_err(|error| error.to_string())
}

impl Key {
    fn empty() -> Self {
        let page = Page::empty();
        let locked = region::lock(std::ptr::from_ref(&*page), size_of::<Page>()).ok();
        Self { page, locked }
    }

    /// A fresh one from the operating system's generator.
    pub(crate) fn generate() -> Result<Self, VaultError> {
        Self::filled(fill_random)
    }

    /// One that `fill` writes in place.
    pub(crate) fn filled(fill: impl FnOnce(&mut [u8]) -> Result<(), VaultError>) -> Result<Self, VaultError> {
        let mut key = Self::empty();
        fill(key.page.key.as_mut_slice())?;
        Ok(key)
    }

    /// The key in `bytes`; `None` if there are too few or too many.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut key = Self::empty();
        (bytes.len() == KEY_BYTES).then(|| key.page.key.copy_from_slice(bytes))?;
        Some(key)
    }

    /// The key itself, to be used or wrapped.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.page.key.as_slice()
    }

    /// Another key, for `purpose` alone, of the vault `vault` (RFC 5869 §2.3, §3.2).
    pub(crate) fn derive(&self, vault: &str, purpose: &str) -> Result<Self, VaultError> {
        let hkdf = Hkdf::<Sha256>::new(Some(vault.as_bytes()), self.bytes());
        Self::filled(|okm| {
            hkdf.expand(purpose.as_bytes(), okm)
                .map_err(|_| VaultError::Io("No key could be derived.".into()))
        })
    }

    /// Seals `plain` for the place that `bound_to` names.
    pub(crate) fn seal(&self, bound_to: &[u8], plain: &[u8]) -> Result<Sealed, VaultError> {
        let mut nonce = [0; 24];
        fill_random(&mut nonce)?;
        let bytes = self
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: bound_to })
            .map_err(|_| VaultError::Io("A secret could not be sealed.".into()))?;
        Ok(Sealed { nonce: nonce.to_vec(), bytes })
    }

    /// Unseals. `None`: another key, another place, or changed bytes; there is no telling which.
    pub(crate) fn unseal(&self, bound_to: &[u8], sealed: &Sealed) -> Option<Zeroizing<Vec<u8>>> {
        let nonce = XNonce::try_from(sealed.nonce.as_slice()).ok()?;
        let payload = Payload { msg: &sealed.bytes, aad: bound_to };
        self.cipher().decrypt(&nonce, payload).ok().map(Zeroizing::new)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.page.key).into())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// A sealed value: safe to write down.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sealed {
    /// Random, once for each sealing.
    #[serde(with = "base64_text")]
    pub(crate) nonce: Vec<u8>,
    /// Ciphertext and tag.
    #[serde(with = "base64_text")]
    pub(crate) bytes: Vec<u8>,
}

/// Fills `bytes` from the operating system's generator.
#[expect(
    clippy::disallowed_methods,
    reason = "keys and nonces are unpredictable in tests, too: a repeated nonce would give the key away"
)]
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), VaultError> {
    getrandom::fill(bytes)
        .map_err(|error| VaultError::Io(format!("the system gave no random numbers ({error})").into()))
}

/// Names a place without ambiguity: each part is preceded by its length.
pub(crate) fn place(parts: &[&[u8]]) -> Vec<u8> {
    parts.iter().fold(Vec::new(), |mut bytes, part| {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
        bytes
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sto_01_a_sealed_value_opens_only_in_its_place_and_unchanged() {
        let (key, other) = (Key::generate().unwrap(), Key::generate().unwrap());
        let sealed = key.seal(b"here", b"value").unwrap();
        assert_eq!(key.unseal(b"here", &sealed).unwrap().as_slice(), b"value");
        assert!(key.unseal(b"there", &sealed).is_none());
        assert!(other.unseal(b"here", &sealed).is_none());
        for bit in 0..sealed.bytes.len() * 8 {
            let mut changed = sealed.clone();
            changed.bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(key.unseal(b"here", &changed).is_none(), "bit {bit}");
        }
    }

    #[test]
    fn lek_06_each_key_has_a_page_of_its_own_and_works_where_none_can_be_locked() {
        let keys: Vec<_> = (0..3).map(|_| Key::generate().unwrap()).collect();
        let page = |key: &Key| key.bytes().as_ptr() as usize / 4096;
        assert!(page(&keys[0]) != page(&keys[1]) && page(&keys[1]) != page(&keys[2]));
        let unlocked = Key { page: keys[0].clone().page_copy(), locked: None };
        assert_eq!(unlocked.bytes(), keys[0].bytes());
        assert_eq!(keys[0].locked.is_some(), can_lock_memory().is_ok());
    }

    impl Key {
        fn page_copy(&self) -> Box<Page> {
            let mut page = Page::empty();
            page.key.copy_from_slice(self.bytes());
            page
        }
    }

    #[test]
    fn sto_01_a_nonce_or_text_cut_short_is_refused() {
        let key = Key::generate().unwrap();
        let sealed = key.seal(b"here", b"value").unwrap();
        for cut in 0..sealed.bytes.len() {
            let short = Sealed { bytes: sealed.bytes[..cut].to_vec(), ..sealed.clone() };
            assert!(key.unseal(b"here", &short).is_none());
        }
        assert!(key.unseal(b"here", &Sealed { nonce: vec![0; 3], ..sealed }).is_none());
    }

    #[test]
    fn keys_differ_by_vault_and_by_purpose() {
        let key = Key::generate().unwrap();
        let derived = |vault, purpose| key.derive(vault, purpose).unwrap().bytes().to_vec();
        assert_ne!(derived("a", "x"), derived("a", "y"));
        assert_ne!(derived("a", "x"), derived("b", "x"));
        assert_eq!(derived("a", "x"), derived("a", "x"));
    }

    #[test]
    fn places_cannot_be_confused() {
        assert_ne!(place(&[b"ab", b"c"]), place(&[b"a", b"bc"]));
    }

    #[test]
    fn lek_01_debug_prints_nothing_of_a_key() {
        assert_eq!(format!("{:?}", Key::generate().unwrap()), "Key(…)");
    }
}
