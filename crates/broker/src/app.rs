//! App: a local program registered with us, with its credential and its evidence.

use serde::{Deserialize, Serialize};

use crate::{AppId, Caller, ProviderId, Timestamp, TokenHash};

/// A program that may ask. Registered over OAuth (RFC 7591), or known by its file when it uses the native form.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct App {
    /// Its id; also its client id.
    pub id: AppId,
    /// The name it gave itself, cleaned.
    pub name: String,
    /// How it proves itself.
    pub credential: Credential,
    /// The issuer it registered at; `None` for native programs, which may ask at any.
    pub provider: Option<ProviderId>,
    /// Redirect addresses it registered.
    pub redirect_uris: Vec<String>,
    /// Resource identifiers it answers to, where it is a local resource server (RFC 8707).
    pub resources: Vec<String>,
    /// What was seen of its process, last.
    pub evidence: Option<Caller>,
    /// Since when.
    pub registered_at: Timestamp,
    /// When it last got a token.
    pub last_used: Option<Timestamp>,
}

/// How a program proves itself.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Credential {
    /// By PKCE alone (`none`).
    Public,
    /// By a secret of which we keep the hash.
    ClientSecret {
        /// The hash.
        hash: TokenHash,
    },
    /// By the file that runs (native form).
    Program {
        /// [`Caller::program_key`].
        key: String,
    },
}
