//! App: a local program registered with us, with its credential and its evidence.

use serde::{Deserialize, Serialize};

use crate::{AppId, Caller, ProviderId, Secret, Timestamp, TokenHash};

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
    /// What it agreed on when it registered.
    #[serde(default)]
    pub terms: Terms,
    /// Hash of the token that manages its registration (RFC 7592); `None` where it was not told one.
    #[serde(default)]
    pub management: Option<TokenHash>,
    /// Registered by the person and not by itself: it is kept until they remove it.
    #[serde(default)]
    pub by_hand: bool,
}

impl App {
    /// Whether it registered for this `grant_type`. One that registered nothing of the kind, having been registered by
    /// hand, may use any; a resource server that names none uses none.
    #[must_use]
    pub fn may_use(&self, grant: &str) -> bool {
        let said_nothing = self.terms.grants.is_empty() && self.resources.is_empty();
        said_nothing || self.terms.grants.iter().any(|named| named == grant)
    }

    /// Whether this is its secret.
    #[must_use]
    pub fn has_secret(&self, secret: &Secret<String>) -> bool {
        matches!(&self.credential, Credential::ClientSecret { hash } if hash.matches(secret))
    }
}

/// What a program agreed on when it registered (RFC 7591 §2). Empty for native programs.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(default)]
pub struct Terms {
    /// `token_endpoint_auth_method`.
    pub method: String,
    /// `grant_types`.
    pub grants: Vec<String>,
    /// `response_types`.
    pub responses: Vec<String>,
    /// `application_type`.
    pub application: String,
    /// Which form its access tokens have.
    pub token_format: TokenFormat,
    /// It takes no token that is not bound to its key (`dpop_bound_access_tokens`, RFC 9449 §5.2).
    pub dpop_bound: bool,
    /// Its authorization requests must be pushed (`require_pushed_authorization_requests`, RFC 9126 §6).
    pub pushed_only: bool,
}

/// The form of an access token.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum TokenFormat {
    /// Signed (RFC 9068): a resource server can check it by itself.
    #[default]
    Signed,
    /// Opaque: only the gateway and introspection know what it is.
    Opaque,
}

impl App {
    /// Whether it proves itself by a credential that nobody else has (RFC 6749 §2.1).
    #[must_use]
    pub const fn is_confidential(&self) -> bool {
        matches!(self.credential, Credential::ClientSecret { .. } | Credential::Keys { .. })
    }
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
    /// By its private key (`private_key_jwt`; RFC 7523 §2.2).
    Keys {
        /// Its public keys, a key set (RFC 7517 §5) as text.
        jwks: String,
    },
    /// By the file that runs (native form).
    Program {
        /// [`Caller::program_key`].
        key: String,
    },
}
