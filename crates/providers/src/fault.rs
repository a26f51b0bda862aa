//! What can go wrong while talking to a server, before it is said in a provider's name.

use broker::{UpstreamError, messages::sign_in};

/// A call that did not bring what it should have.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No answer: connection, name look-up or time.
    #[error("{0}")]
    Unreachable(String),
    /// It answered that it cannot now (429 or 5xx).
    #[error("it answers {status}")]
    Busy { status: u16, retry_after: Option<u32> },
    /// It answered with the RFC's word for a refusal.
    #[error("{code}: {detail}")]
    Refused { code: String, detail: String },
    /// It answered something that it must not.
    #[error("{0}")]
    Untrusted(String),
    /// The address is none that may be called.
    #[error("{0}")]
    Forbidden(String),
}

impl Fault {
    /// The same where what the person entered is what was tried: they can mend it.
    pub(crate) fn of_entered(self, provider: &str) -> UpstreamError {
        match self {
            Self::Forbidden(detail) => UpstreamError::Unusable(
                sign_in::FORBIDDEN_ADDRESS.with([("provider", &provider), ("why", &detail)]),
            ),
            other => other.by(provider),
        }
    }

    /// The same in the name of a provider.
    pub(crate) fn by(self, provider: &str) -> UpstreamError {
        let provider = provider.to_owned();
        match self {
            Self::Unreachable(detail) => UpstreamError::Away { provider, detail, retry_after: None },
            Self::Busy { status, retry_after } => {
                UpstreamError::Away { provider, detail: format!("it answers {status}"), retry_after }
            }
            Self::Refused { code, detail } => UpstreamError::Refused { provider, code, detail },
            Self::Untrusted(detail) | Self::Forbidden(detail) => {
                UpstreamError::Misbehaved { provider, detail }
            }
        }
    }
}
