//! The key that signs the demo's own tokens. Made at start, gone at the end.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};

use crate::random;

/// DER of a PKCS #8 Ed25519 private key up to the 32 bytes of the key itself (RFC 8410 §7).
const PKCS8_HEAD: [u8; 16] = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];

/// An Ed25519 key with its id.
pub struct SigningKey {
    key: EncodingKey,
    id: String,
}

impl SigningKey {
    /// A fresh one.
    #[must_use]
    pub fn generate() -> Self {
        let der = [PKCS8_HEAD.as_slice(), &random::bytes()].concat();
        Self { key: EncodingKey::from_ed_der(&der), id: random::token("demo-key-")[..17].to_owned() }
    }

    /// The public half as a key set (RFC 7517 §5).
    ///
    /// # Errors
    /// A sentence, if the key cannot be used.
    pub fn public_keys(&self) -> Result<Value, String> {
        let mut jwk = Jwk::from_encoding_key(&self.key, Algorithm::EdDSA).map_err(|why| why.to_string())?;
        jwk.common.key_id = Some(self.id.clone());
        jwk.common.public_key_use = Some(jsonwebtoken::jwk::PublicKeyUse::Signature);
        Ok(json!({ "keys": [jwk] }))
    }

    /// Signs `claims` as a token of the kind `typ`.
    ///
    /// # Errors
    /// A sentence, if the key cannot be used.
    pub fn sign(&self, typ: &str, claims: &Value) -> Result<String, String> {
        self.sign_named(&self.id, typ, claims)
    }

    /// The same under another key's name, which is what a forger does.
    pub(crate) fn sign_named(&self, key_id: &str, typ: &str, claims: &Value) -> Result<String, String> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(typ.to_owned());
        header.kid = Some(key_id.to_owned());
        encode(&header, claims, &self.key).map_err(|why| why.to_string())
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::SigningKey;

    #[test]
    fn tk_14_key_set_has_no_private_member() {
        let set = SigningKey::generate().public_keys().expect("a key set");
        assert_eq!(set["keys"][0]["alg"], "EdDSA");
        assert_eq!(set["keys"][0]["kid"].as_str().map(str::len), Some(17));
        assert!(set["keys"][0].get("d").is_none());
    }

    #[test]
    fn lek_01_debug_shows_no_key() {
        let shown = format!("{:?}", SigningKey::generate());
        assert!(shown.starts_with("SigningKey { id: ") && shown.ends_with(", .. }"), "{shown}");
    }
}
