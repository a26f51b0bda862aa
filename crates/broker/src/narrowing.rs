//! Narrowing: how a lease gets less than the grant has.

use serde::{Deserialize, Serialize};

use crate::{Message, messages::questions};

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
    pub const fn how(self) -> Message {
        match self {
            Self::Refresh => questions::BY_REFRESH,
            Self::Exchange => questions::BY_EXCHANGE,
            Self::ScopedApi => questions::BY_SCOPED_API,
            Self::PerResource => questions::BY_RESOURCE,
            Self::SeparateGrant => questions::BY_SEPARATE_GRANT,
            Self::GatewayRules => questions::BY_GATEWAY,
        }
    }
}
