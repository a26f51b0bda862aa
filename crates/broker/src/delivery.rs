//! Delivery: how a token is handed over.

use serde::{Deserialize, Serialize};

/// The two ways.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// A token of ours, used through the gateway (or at a local resource server). The default.
    #[default]
    Gateway,
    /// The provider's own token.
    Release,
}

impl Delivery {
    /// Whether a consent to `self` covers a request for `asked`: release is the wider of the two.
    #[must_use]
    pub fn covers(self, asked: Self) -> bool {
        self >= asked
    }
}
