//! Narrowing: how a lease gets less than the grant has.

use serde::{Deserialize, Serialize};

/// The ladder, in the words of the catalogue.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Narrowing {
    /// A smaller `scope` at refresh (RFC 6749 §6).
    Refresh,
    /// Token exchange (RFC 8693).
    Exchange,
    /// An own API of the provider's.
    ScopedApi,
    /// A token for one resource only (RFC 8707 and the like).
    PerResource,
    /// A separate, smaller grant for that program.
    SeparateGrant,
    /// Method and path rules at the gateway; always there.
    GatewayRules,
}
