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

/// How a program wants its token.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// [`Delivery::Gateway`].
    #[default]
    Gateway,
    /// [`Delivery::Release`].
    Release,
    /// The provider's own, or a gateway token where that cannot be released: the program looks which it got.
    ReleaseOrGateway,
}

impl Wanted {
    /// The words for it.
    pub const WORDS: [&str; 3] = ["gateway", "release", "release_or_gateway"];

    /// Reads one of them.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "gateway" => Some(Self::Gateway),
            "release" => Some(Self::Release),
            "release_or_gateway" => Some(Self::ReleaseOrGateway),
            _ => None,
        }
    }

    /// The wider of what would do.
    #[must_use]
    pub const fn delivery(self) -> Delivery {
        match self {
            Self::Gateway => Delivery::Gateway,
            Self::Release | Self::ReleaseOrGateway => Delivery::Release,
        }
    }

    /// Whether a gateway token will do where the provider's own cannot be released.
    #[must_use]
    pub const fn or_gateway(self) -> bool {
        matches!(self, Self::ReleaseOrGateway)
    }
}

impl Delivery {
    /// Whether a consent to `self` covers a request for `asked`: release is the wider of the two.
    #[must_use]
    pub fn covers(self, asked: Self) -> bool {
        self >= asked
    }
}
