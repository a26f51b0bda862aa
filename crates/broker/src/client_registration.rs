//! `ClientRegistration`: our client id (and secret) at a provider.

use serde::{Deserialize, Serialize};

use crate::{ProviderId, Timestamp};

/// What we are to a provider. Stored per issuer and never sent to another one (RFC 6749 §2.2; UC-16).
/// The secret, if any, is kept apart, sealed.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct ClientRegistration {
    /// At which provider.
    pub provider: ProviderId,
    /// The issuer or token endpoint it was made for.
    pub issuer: String,
    /// The client id. Empty: only a key was made so far, to be registered there.
    pub client_id: String,
    /// Whether a secret is sealed beside it.
    pub has_secret: bool,
    /// Got by dynamic registration (RFC 7591) and not entered by the person.
    pub dynamic: bool,
    /// The redirect address it was registered with, if dynamically.
    pub redirect_uri: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// What the person knows of it.
    #[serde(default)]
    pub known: ClientFacts,
}

/// What only the person can know of a client id: nothing that a provider answers tells it.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(default)]
pub struct ClientFacts {
    /// When its secret ends.
    pub secret_ends: Option<Timestamp>,
    /// Whether it is in testing mode, where sign-ins end after some days.
    pub testing: Option<bool>,
}
