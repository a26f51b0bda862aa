//! Private keys by which we prove ourselves, and the JWTs that they sign (RFC 7515, RFC 7519).

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use broker::Secret;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
/// Stands before a key that was made here: its id is its thumbprint, as its published half says.
const MADE: &str = "made by Keylodge";

/// A private key that signs: RSA with RS256, or P-256 with ES256.
pub(crate) struct SigningKey {
    pair: Pair,
    made: bool,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
}

/// Whether a text is a private key in PEM form, and no secret that may be sent.
pub(crate) fn is_key(text: &str) -> bool {
    text.contains(BEGIN) && text.contains("PRIVATE KEY")
}

impl SigningKey {
    /// A fresh P-256 key, as the text that is sealed.
    pub(crate) fn generate() -> Result<Secret<String>, String> {
        let failed = |_| "no key could be made".to_owned();
        let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(failed)?;
        let body = STANDARD.encode(pair.as_ref());
        Ok(Secret::new(format!("{MADE}\n{BEGIN}PRIVATE KEY-----\n{body}\n{END}PRIVATE KEY-----\n")))
    }

    /// Reads a key in PEM form, PKCS #8 or older, with or without its line breaks: a field of one line takes them away.
    /// The error says what is wrong and quotes nothing.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let (label, der) = decoded(text).ok_or("the private key is not in PEM form")?;
        let ec = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let rsa = |pair| Pair::Rsa(Box::new(pair));
        let pair = match label {
            "PRIVATE KEY" => EcdsaKeyPair::from_pkcs8(ec, &der)
                .map(|pair| Pair::Ec(Box::new(pair)))
                .or_else(|_| RsaKeyPair::from_pkcs8(&der).map(rsa)),
            "EC PRIVATE KEY" => {
                EcdsaKeyPair::from_private_key_der(ec, &der).map(|pair| Pair::Ec(Box::new(pair)))
            }
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der).map(rsa),
            _ => {
                return Err(
                    "the private key is encrypted or of a kind that Keylodge does not know".to_owned()
                );
            }
        };
        let pair = pair.map_err(|_| "the private key is no usable RSA or P-256 key")?;
        Ok(Self { pair, made: text.trim_start().starts_with(MADE) })
    }

    /// Signs claims. `key_id` goes into the header; a key that was made here names itself.
    pub(crate) fn sign(&self, key_id: Option<&str>, claims: &Value) -> Result<String, String> {
        let own = self.public_jwk().filter(|_| self.made);
        let own = own.as_ref().and_then(|jwk| jwk["kid"].as_str());
        let mut header = Map::from_iter([("typ".to_owned(), json!("JWT"))]);
        header.extend(key_id.or(own).map(|id| ("kid".to_owned(), id.into())));
        self.signed(header, claims)
    }

    /// The same with a header of the caller's; `alg` is the key's.
    pub(crate) fn signed(&self, mut header: Map<String, Value>, claims: &Value) -> Result<String, String> {
        let algorithm = if matches!(self.pair, Pair::Ec(_)) { "ES256" } else { "RS256" };
        header.insert("alg".to_owned(), algorithm.into());
        let part = |value: String| URL_SAFE_NO_PAD.encode(value);
        let text = format!("{}.{}", part(Value::Object(header).to_string()), part(claims.to_string()));
        let signature = self.signature(text.as_bytes()).ok_or("the private key does not sign")?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn signature(&self, text: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ec(pair) => pair.sign(&random, text).ok().map(|signature| signature.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature).ok()?;
                Some(signature)
            }
        }
    }

    /// The public half of a P-256 key (RFC 7517), named by its thumbprint (RFC 7638). `None` for RSA.
    pub(crate) fn public_jwk(&self) -> Option<Value> {
        let Pair::Ec(pair) = &self.pair else { return None };
        // An uncompressed point: 0x04, x, y.
        let (x, y) = pair.public_key().as_ref().get(1..65)?.split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let id = URL_SAFE_NO_PAD.encode(Sha256::digest(canonical));
        Some(json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": id, "alg": "ES256", "use": "sig" }))
    }
}

/// What stands between the two lines of dashes, and what they call it.
fn decoded(text: &str) -> Option<(&str, Vec<u8>)> {
    let (_, rest) = text.split_once(BEGIN)?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once(END)?;
    let body: String = body.split_whitespace().collect();
    Some((label, STANDARD.decode(body).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_key_is_read_again_with_and_without_line_breaks_and_names_itself() {
        let made = SigningKey::generate().expect("a key");
        let key = SigningKey::read(made.expose()).expect("a key");
        let jwk = key.public_jwk().expect("a public half");
        let flat = SigningKey::read(&made.expose().replace('\n', "")).expect("a key");
        assert_eq!(flat.public_jwk(), Some(jwk.clone()));
        let token = key.sign(None, &json!({ "iss": "a" })).expect("signed");
        let header = jsonwebtoken::decode_header(&token).expect("a header");
        assert_eq!(header.kid.as_deref(), jwk["kid"].as_str());
        assert!(jwk.get("d").is_none() && is_key(made.expose()));
    }

    #[test]
    fn what_is_no_key_is_told_without_quoting_it() {
        for text in [
            "canary",
            "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nY2FuYXJ5\n-----END ENCRYPTED PRIVATE KEY-----",
            "-----BEGIN EC PRIVATE KEY-----\nY2FuYXJ5\n-----END EC PRIVATE KEY-----",
        ] {
            let Err(why) = SigningKey::read(text) else { panic!("{text}") };
            assert!(why.starts_with("the private key") && !why.contains("canary"), "{why}");
        }
    }
}
