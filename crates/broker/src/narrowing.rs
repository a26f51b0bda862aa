//! Narrowing: how a lease gets less than the grant has.

use serde::{Deserialize, Serialize};

/// The ladder, in the words of the catalogue.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Narrowing {
    /// A smaller `scope` at refresh (RFC 6749 §6).
    Refresh,
    /// Token exchange (RFC 8693).
    Exchange,
    /// An own API of the provider's that makes tokens to measure (the installations of a GitHub App).
    ScopedApi,
    /// A token for one service of the provider's only (Microsoft).
    PerResource,
    /// A second, smaller sign-in beside the account's own.
    SeparateGrant,
    /// Method and path rules at the gateway; always there.
    GatewayRules,
}

impl Narrowing {
    /// How a token came to carry no more than was allowed, as the end of a sentence.
    #[must_use]
    pub const fn how(self) -> &'static str {
        match self {
            Self::Refresh => "asked for with less when the sign-in was renewed",
            Self::Exchange => "exchanged for one that may less",
            Self::ScopedApi => "made by the provider for just this",
            Self::PerResource => "asked for one of the provider's services alone",
            Self::SeparateGrant => "taken from a sign-in for just this",
            Self::GatewayRules => "kept to it at the gateway",
        }
    }
}
