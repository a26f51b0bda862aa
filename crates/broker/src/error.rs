//! What can go wrong, by who must act. One table (in `loopback`) turns it into the RFC's wire form.

use crate::{AccountId, UpstreamError, VaultError};

/// An outcome other than the one asked for. Each `Display` is a sentence for a person and the next thing to do.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// The program's request is malformed.
    #[error("{0}")]
    InvalidRequest(String),
    /// The program asks for scopes that are unknown or not to be had.
    #[error("{0}")]
    InvalidScope(String),
    /// The program names a resource that is not known.
    #[error("{0}")]
    InvalidTarget(String),
    /// The provider's own token would outlast or exceed what was allowed; the gateway does not.
    #[error("{0}")]
    NotReleased(String),
    /// The `authorization_details` are not of the kind that is known here (RFC 9396 §5).
    #[error("{0}")]
    InvalidDetails(String),
    /// The code or refresh token is wrong, spent, expired or another program's.
    #[error("{0}")]
    InvalidGrant(String),
    /// No such program, or its credential is wrong.
    #[error("{0}")]
    UnknownApp(String),
    /// Nothing of that name.
    #[error("{0}")]
    NotFound(String),
    /// The person said no, or did not answer in time.
    #[error("{0}")]
    ConsentDenied(String),
    /// No consent stands, and whoever asks cannot wait for one.
    #[error("{0}")]
    ConsentNeeded(String),
    /// The person has not decided on a device code yet (RFC 8628 §3.5).
    #[error("The person has not decided yet. Ask again after the interval.")]
    AuthorizationPending,
    /// A device code is polled too often (RFC 8628 §3.5).
    #[error("That was too early. From now on wait {interval} seconds between two requests.")]
    SlowDown {
        /// Seconds between two polls from now on.
        interval: i64,
    },
    /// A device code has ended (RFC 8628 §3.5).
    #[error("{0}")]
    ExpiredToken(String),
    /// Too many requests wait for the person already.
    #[error("{0}")]
    TooMany(String),
    /// There is no account at this provider yet.
    #[error(
        "There is no account at {provider} yet. Add one in Keylodge's window, or run `keylodge account add {id}`."
    )]
    NoAccount {
        /// The provider's name.
        provider: String,
        /// Its id.
        id: String,
    },
    /// The account must be signed in again.
    #[error(
        "The account {label} must be signed in again: {why} Open Keylodge, or run `keylodge account reauth {account}`."
    )]
    ReauthRequired {
        /// Which.
        account: AccountId,
        /// Its label.
        label: String,
        /// Why, as a sentence.
        why: String,
    },
    /// The person has paused Keylodge.
    #[error("Keylodge is paused for {} more minutes. Try again later, or end the pause: `keylodge resume`.", seconds.max(&1).div_euclid(60) + 1)]
    Paused {
        /// So long.
        seconds: i64,
    },
    /// The vault is locked.
    #[error("Keylodge is locked. Unlock it in its window, or run `keylodge unlock`.")]
    Locked,
    /// The call widens access and came without proof of presence.
    #[error("{0}")]
    PresenceNeeded(String),
    /// The passphrase is wrong.
    #[error("That is not the passphrase. Try again.")]
    WrongPassphrase,
    /// What was shown is no longer what waits.
    #[error("That question is no longer open: it was answered, withdrawn or timed out. Ask again.")]
    Stale,
    /// The provider.
    #[error("{0}")]
    Provider(UpstreamError),
    /// The vault.
    #[error("{0}")]
    Vault(VaultError),
    /// A fault of ours.
    #[error("Something is wrong inside Keylodge: {0}. Please report it.")]
    Bug(String),
}

impl From<UpstreamError> for Error {
    fn from(error: UpstreamError) -> Self {
        Self::Provider(error)
    }
}

impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Locked => Self::Locked,
            VaultError::WrongPassphrase => Self::WrongPassphrase,
            wait @ VaultError::TooSoon { .. } => Self::TooMany(wait.to_string()),
            other => Self::Vault(other),
        }
    }
}
