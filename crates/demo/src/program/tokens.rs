//! What the token endpoint handed out, and what it means.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

use super::Options;
use crate::wire::Reply;

/// A token answer (RFC 6749 §5.1) with Keylodge's own members.
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token, if there is one.
    pub refresh: Option<String>,
    scope: String,
    expires_in: Option<u64>,
    delivery: Option<String>,
    audience: Option<String>,
    account: Option<String>,
    note: Option<String>,
}

impl Tokens {
    /// Reads an answer; a missing `scope` means what was asked for. `None` if it holds no token.
    pub fn read(reply: &Reply, asked: &str) -> Option<Self> {
        let text = |name| reply.member(name).map(str::to_owned);
        let bearer = reply.member("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
        (reply.status == 200 && bearer).then_some(())?;
        Some(Self {
            access: text("access_token")?,
            refresh: text("refresh_token"),
            scope: text("scope").unwrap_or_else(|| asked.to_owned()),
            expires_in: reply.json["expires_in"].as_u64(),
            delivery: text("keylodge_delivery"),
            audience: text("keylodge_audience"),
            account: text("keylodge_account"),
            note: text("keylodge_note"),
        })
    }

    /// Whether a scope was granted.
    pub fn has(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|name| name == scope)
    }

    /// Where the token works: Keylodge's gateway, or the provider's API if its own token was released.
    pub fn resource_base(&self, options: &Options) -> String {
        match (self.delivery.as_deref(), &self.audience) {
            (Some("release"), Some(audience)) => audience.trim_end_matches('/').to_owned(),
            _ => format!("{}/gateway/{}", options.base, self.account.as_ref().unwrap_or(&options.account)),
        }
    }

    /// What the person granted of what was asked, as lines.
    pub fn decision(&self, asked: &str) -> Vec<String> {
        let line = |scope: &str| {
            let verdict = if self.has(scope) { "granted" } else { "not granted" };
            format!("{verdict}: {scope}")
        };
        asked.split(' ').map(line).collect()
    }

    /// What the token is, as lines.
    pub fn facts(&self) -> Vec<String> {
        let life = self.expires_in.map_or("not said".to_owned(), |seconds| format!("in {seconds} seconds"));
        let mut lines = vec![
            format!("kind: {}", kind(&self.access)),
            format!("scopes: {}", self.scope),
            format!("expires: {life}"),
            format!("refresh token: {}", if self.refresh.is_some() { "yes, good once" } else { "none" }),
        ];
        let told = [("works at", &self.audience), ("delivery", &self.delivery), ("note", &self.note)];
        lines.extend(told.iter().filter_map(|(name, text)| Some(format!("{name}: {}", text.as_ref()?))));
        lines.iter().map(|line| crate::wire::plain(line)).collect()
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Tokens").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// One part of a signed token as JSON, unverified: 0 is the header, 1 are the claims.
pub fn part(token: &str, index: usize) -> Option<Value> {
    let parts: Vec<&str> = token.split('.').collect();
    let encoded = parts.get(index).filter(|_| parts.len() == 3)?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}

fn kind(token: &str) -> String {
    match part(token, 0) {
        Some(header) => format!(
            "Bearer, signed (typ {}, alg {})",
            header["typ"].as_str().unwrap_or("none"),
            header["alg"].as_str().unwrap_or("none")
        ),
        None => "Bearer, opaque".to_owned(),
    }
}
