//! Tokens that look right and that nobody issued.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{program::token_part, random, signing_key::SigningKey};

/// Each with a remark on how it was made. They copy whatever a real token says.
pub fn tokens(real: &str) -> Vec<(&'static str, String)> {
    let claims = token_part(real, 1).unwrap_or_else(invented);
    let key_id = token_part(real, 0).and_then(|header| Some(header["kid"].as_str()?.to_owned()));
    let mut made = vec![
        ("Made up:", random::token("kl_at_")),
        ("Unsigned, with the claims of a real one (alg none):", unsigned(&claims)),
    ];
    let signed = SigningKey::generate().sign_named(&key_id.unwrap_or_default(), "at+jwt", &claims);
    made.extend(signed.ok().map(|token| ("Signed with a key of its own under Keylodge's key id:", token)));
    made.extend(altered(real).map(|token| ("A real one with a wider scope written in:", token)));
    made
}

fn unsigned(claims: &Value) -> String {
    format!("{}.{}.", encoded(&json!({ "alg": "none", "typ": "at+jwt" })), encoded(claims))
}

/// A real token whose claims were changed under the old signature.
fn altered(real: &str) -> Option<String> {
    let mut claims = token_part(real, 1)?;
    claims["scope"] = json!("profile photos.read photos.write calendar.read");
    claims["jti"] = json!(random::token(""));
    let (head, signature) = (real.split('.').next()?, real.rsplit('.').next()?);
    Some(format!("{head}.{}.{signature}", encoded(&claims)))
}

fn invented() -> Value {
    json!({ "sub": "somebody", "scope": "photos.read", "exp": 4_102_444_800_u64 })
}

fn encoded(part: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(part.to_string())
}
