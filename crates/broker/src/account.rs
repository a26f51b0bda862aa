//! Account: a person's, or a company's, identity at a provider.

use serde::{Deserialize, Serialize};

use crate::{AccountId, ProviderId, Timestamp, provider::SignInWay};

/// An identity that was signed in. Its grants are kept apart.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Account {
    /// Its id here.
    pub id: AccountId,
    /// At which provider.
    pub provider: ProviderId,
    /// The provider's immutable id for it (OAU-19).
    pub subject: String,
    /// What the provider calls it.
    pub name: String,
    /// The person's own name for it; unique.
    pub label: String,
    /// Since when.
    pub added_at: Timestamp,
    /// How it was signed in.
    #[serde(default)]
    pub way: SignInWay,
}

impl Account {
    /// What it is, where it belongs to a company and not to a person.
    #[must_use]
    pub const fn company(&self) -> Option<&'static str> {
        match self.way {
            SignInWay::Code | SignInWay::Device => None,
            SignInWay::ClientCredentials => Some("program of a company"),
            SignInWay::JwtBearer => Some("service account"),
            SignInWay::GithubApp => Some("app installation"),
        }
    }

    /// Whether a caller's word means this account: its id, its label, or its name.
    #[must_use]
    pub fn is_called(&self, word: &str) -> bool {
        self.id.as_str() == word || self.label == word || self.name == word
    }
}
