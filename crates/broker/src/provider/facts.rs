//! What is known about a provider's side of things, how surely, and what the person is told of it before signing in.

use serde::{Deserialize, Serialize};

use crate::ScopeSet;

/// A way to sign in.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignInWay {
    /// In the browser (RFC 6749 §4.1).
    #[default]
    Code,
    /// With a short code that is typed at another page or on another device (RFC 8628).
    Device,
    /// A company's program, by its own id and secret (RFC 6749 §4.4).
    ClientCredentials,
    /// A company's service account, by a signed assertion (RFC 7523).
    JwtBearer,
    /// An installation of a GitHub App.
    GithubApp,
}

/// Where the facts of an entry come from.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Facts {
    /// When the provider's documents were read, as `2026-11`. Reading is not trying: nothing here was called live.
    pub checked: String,
    /// How sure the entry is as a whole.
    pub sure: Sureness,
    /// The documents, by name.
    pub sources: Vec<String>,
    /// What those documents leave open, in sentences.
    pub open: Vec<String>,
}

/// How sure a fact is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sureness {
    /// From hearsay.
    Low,
    /// The documents say so in part.
    #[default]
    Medium,
    /// The documents say so.
    High,
}

/// What can end our client's good standing, told before it hurts.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ClientHealth {
    /// While the client is in testing mode, a sign-in ends after so many days.
    pub testing_days: Option<u32>,
    /// A client secret ends after so many days at most.
    pub secret_days: Option<u32>,
    /// A client that registered itself ends after so many days.
    pub registration_days: Option<u32>,
    /// So many people can use an unreviewed client.
    pub user_cap: Option<u32>,
}

/// A choice of scopes that a person would want, by name.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Its name, e.g. `Read mail`.
    pub name: String,
    /// Its scopes.
    pub scopes: ScopeSet,
}

/// One step of the guide for an own client id.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GuideStep {
    /// What to do.
    pub text: String,
    /// What to copy. `{redirect}` stands for the redirect address.
    #[serde(default)]
    pub copy: Option<String>,
    /// Where to go (https).
    #[serde(default)]
    pub link: Option<String>,
}
