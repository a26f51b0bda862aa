//! Signs Keylodge's own access tokens, so that a resource server can check them by itself (RFC 9068).
//!
//! ES256 and nothing else: the algorithm belongs to the key and is never taken from a header (RFC 8725 §3.1).

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use broker::{Secret, TokenSigner};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header, encode,
    jwk::{Jwk, JwkSet, PublicKeyUse},
};

const ALGORITHM: Algorithm = Algorithm::ES256;
/// Header type of an access token (RFC 9068 §2.1; TK-08).
const ACCESS_TOKEN: &str = "at+jwt";

/// Holds the signing keys while the vault is open. The one loaded last signs; all are published.
#[derive(Default)]
pub struct Signer {
    keys: RwLock<Vec<Key>>,
}

struct Key {
    id: String,
    private: EncodingKey,
    public: Jwk,
}

impl Signer {
    /// A signer without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The public halves of all keys (RFC 7517 §5): none while the vault is closed.
    #[must_use]
    pub fn public_keys(&self) -> JwkSet {
        JwkSet { keys: self.read().iter().map(|key| key.public.clone()).collect() }
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<Key>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Vec<Key>> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenSigner for Signer {
    fn generate(&self) -> Result<Secret<String>, String> {
        let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| "no signing key could be made".to_owned())?;
        Ok(Secret::new(STANDARD.encode(pair.as_ref())))
    }

    fn load(&self, key_id: &str, key: &Secret<String>) -> Result<(), String> {
        // Exposed to be decoded.
        let pkcs8 = STANDARD.decode(key.expose()).map_err(|_| "a signing key is damaged".to_owned())?;
        let private = EncodingKey::from_ec_der(&pkcs8);
        let public = public_half(key_id, &private)?;
        let mut keys = self.write();
        keys.retain(|known| known.id != key_id);
        keys.push(Key { id: key_id.to_owned(), private, public });
        Ok(())
    }

    fn retire(&self, key_id: &str) {
        self.write().retain(|key| key.id != key_id);
    }

    fn forget(&self) {
        self.write().clear();
    }

    fn sign(&self, claims: &serde_json::Value) -> Result<Secret<String>, String> {
        let keys = self.read();
        let key = keys.last().ok_or("there is no signing key")?;
        let mut header = Header::new(ALGORITHM);
        header.typ = Some(ACCESS_TOKEN.to_owned());
        header.kid = Some(key.id.clone());
        encode(&header, claims, &key.private).map(Secret::new).map_err(|error| error.to_string())
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("keys", &self.read().len()).finish()
    }
}

fn public_half(key_id: &str, private: &EncodingKey) -> Result<Jwk, String> {
    let mut jwk = Jwk::from_encoding_key(private, ALGORITHM).map_err(|error| error.to_string())?;
    jwk.common.key_id = Some(key_id.to_owned());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok(jwk)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
    use serde_json::{Value, json};

    use super::*;

    fn loaded(ids: &[&str]) -> Signer {
        let signer = Signer::new();
        for id in ids {
            let key = signer.generate().expect("a key");
            signer.load(id, &key).expect("loads");
        }
        signer
    }

    fn validation() -> Validation {
        let mut validation = Validation::new(ALGORITHM);
        validation.set_audience(&["http://127.0.0.1:1"]);
        validation
    }

    #[test]
    fn tk_08_tokens_say_what_they_are_and_verify_with_the_published_key() {
        let signer = loaded(&["k1", "k2"]);
        let exp = jsonwebtoken::get_current_timestamp() + 60;
        let token = signer.sign(&json!({"aud": "http://127.0.0.1:1", "exp": exp})).expect("signs");
        let header = decode_header(token.expose()).expect("a header");
        assert_eq!(header.typ.as_deref(), Some("at+jwt"));
        assert_eq!(header.kid.as_deref(), Some("k2"), "the key loaded last signs");
        let keys = signer.public_keys();
        let key = DecodingKey::from_jwk(keys.find("k2").expect("published")).expect("usable");
        assert!(decode::<Value>(token.expose(), &key, &validation()).is_ok());
        let other = DecodingKey::from_jwk(keys.find("k1").expect("published")).expect("usable");
        assert!(decode::<Value>(token.expose(), &other, &validation()).is_err());
    }

    #[test]
    fn tk_14_the_key_set_has_public_members_only_and_unique_ids() {
        let signer = loaded(&["k1", "k2", "k2"]);
        let set = serde_json::to_value(signer.public_keys()).expect("json");
        let keys = set["keys"].as_array().expect("keys");
        assert_eq!(keys.len(), 2);
        for key in keys {
            let members: BTreeSet<_> =
                key.as_object().expect("an object").keys().map(String::as_str).collect();
            assert_eq!(members, BTreeSet::from(["alg", "crv", "kid", "kty", "use", "x", "y"]));
            assert_eq!((&key["alg"], &key["use"]), (&json!("ES256"), &json!("sig")));
        }
    }

    #[test]
    fn tk_09_without_a_key_nothing_is_signed() {
        let signer = loaded(&["k1"]);
        signer.forget();
        assert!(signer.sign(&json!({})).is_err());
        assert!(signer.public_keys().keys.is_empty());
        assert!(signer.load("k1", &Secret::from("bm90IGEga2V5")).is_err());
    }

    #[test]
    fn lek_01_debug_shows_no_key() {
        assert_eq!(format!("{:?}", loaded(&["k1"])), "Signer { keys: 1 }");
    }
}
