//! What can go wrong, by who must act. One table (in `loopback`) turns it into the RFC's wire form.

use std::fmt;

use crate::{AccountId, Sentence, UpstreamError, VaultError, clock::spanned, messages::refusals};

/// An outcome other than the one asked for. Each is told in a sentence for a person and the next thing to do
/// ([`Error::sentence`]); `Display` is its English text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The program's request is malformed.
    InvalidRequest(Sentence),
    /// The program asks for scopes that are unknown or not to be had.
    InvalidScope(Sentence),
    /// The program names a resource that is not known.
    InvalidTarget(Sentence),
    /// The provider's own token would outlast or exceed what was allowed; the gateway does not.
    NotReleased(Sentence),
    /// The `authorization_details` are not of the kind that is known here (RFC 9396 §5).
    InvalidDetails(Sentence),
    /// The code or refresh token is wrong, spent, expired or another program's.
    InvalidGrant(Sentence),
    /// No such program, or its credential is wrong.
    UnknownApp(Sentence),
    /// Nothing of that name.
    NotFound(Sentence),
    /// The person said no, or did not answer in time.
    ConsentDenied(Sentence),
    /// No consent stands, and whoever asks cannot wait for one.
    ConsentNeeded(Sentence),
    /// The person has not decided on a device code yet (RFC 8628 §3.5).
    AuthorizationPending,
    /// A device code is polled too often (RFC 8628 §3.5).
    SlowDown {
        /// Seconds between two polls from now on.
        interval: i64,
    },
    /// A device code has ended (RFC 8628 §3.5).
    ExpiredToken(Sentence),
    /// Too many requests wait for the person already.
    TooMany(Sentence),
    /// There is no account at this provider yet.
    NoAccount {
        /// The provider's name.
        provider: String,
        /// Its id.
        id: String,
    },
    /// The account must be signed in again.
    ReauthRequired {
        /// Which.
        account: AccountId,
        /// Its label.
        label: String,
        /// Why.
        why: Sentence,
    },
    /// The person has paused Keylodge.
    Paused {
        /// So long.
        seconds: i64,
    },
    /// The vault is locked.
    Locked,
    /// The call widens access and came without proof of presence.
    PresenceNeeded(Sentence),
    /// The passphrase is wrong.
    WrongPassphrase,
    /// What was shown is no longer what waits.
    Stale,
    /// The provider.
    Provider(UpstreamError),
    /// The vault.
    Vault(VaultError),
    /// A fault of ours.
    Bug(String),
}

impl Error {
    /// What the person is told.
    #[must_use]
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::InvalidRequest(why)
            | Self::InvalidScope(why)
            | Self::InvalidTarget(why)
            | Self::NotReleased(why)
            | Self::InvalidDetails(why)
            | Self::InvalidGrant(why)
            | Self::UnknownApp(why)
            | Self::NotFound(why)
            | Self::ConsentDenied(why)
            | Self::ConsentNeeded(why)
            | Self::ExpiredToken(why)
            | Self::TooMany(why)
            | Self::PresenceNeeded(why) => why.clone(),
            Self::AuthorizationPending => refusals::PENDING.sentence(),
            Self::SlowDown { interval } => refusals::SLOW_DOWN.with([("interval", interval)]),
            Self::NoAccount { provider, id } => {
                refusals::NO_ACCOUNT_AT.with([("provider", provider), ("id", id)])
            }
            Self::ReauthRequired { account, label, why } => {
                refusals::SIGN_IN_AGAIN.with([("account", label), ("why", why), ("id", account)])
            }
            Self::Paused { seconds } => refusals::PAUSED.with([("span", &spanned(*seconds))]),
            Self::Locked => refusals::LOCKED.sentence(),
            Self::WrongPassphrase => refusals::WRONG_PASSPHRASE.sentence(),
            Self::Stale => refusals::STALE.sentence(),
            Self::Provider(error) => error.sentence(),
            Self::Vault(error) => error.sentence(),
            Self::Bug(what) => refusals::BUG.with([("what", what)]),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl std::error::Error for Error {}

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
            wait @ VaultError::TooSoon { .. } => Self::TooMany(wait.sentence()),
            other => Self::Vault(other),
        }
    }
}
