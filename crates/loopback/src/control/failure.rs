//! Turns what went wrong into words for the person: the sentence, the next thing to do, and an id that is in the log.

use broker::{Broker, Error, Sentence, UpstreamError, VaultError, VaultState, messages::refusals};
use control::{Failure, FailureCode};

use super::view;

/// The failure as it is told, and written to the log under the same id.
pub async fn of(broker: &Broker, error: &Error) -> Failure {
    let failure = told(broker, error, broker.vault_state().await);
    tracing::warn!(id = failure.id, code = ?failure.code, "{}", failure.sentence);
    failure
}

/// The same, for a failure that is itself part of an answer.
pub fn told(broker: &Broker, error: &Error, vault: VaultState) -> Failure {
    let id = broker.failure_id().to_string();
    if *error == Error::Locked && vault == VaultState::Absent {
        return failure(FailureCode::SetupNeeded, &refusals::NOT_SET_UP.sentence(), false, id);
    }
    failure(code(error), &error.sentence(), is_foreign(error), id)
}

fn failure(code: FailureCode, told: &Sentence, foreign: bool, id: String) -> Failure {
    let (sentence, next) = parts(told, foreign);
    Failure { code, sentence, next, id, said: told.said().map(|said| Box::new(view::said(said))) }
}

fn code(error: &Error) -> FailureCode {
    match error {
        Error::InvalidRequest(_)
        | Error::InvalidScope(_)
        | Error::InvalidTarget(_)
        | Error::NotReleased(_)
        | Error::InvalidGrant(_)
        | Error::InvalidDetails(_)
        | Error::Provider(UpstreamError::Unusable(_)) => FailureCode::InvalidRequest,
        Error::UnknownApp(_) | Error::NotFound(_) | Error::NoAccount { .. } => FailureCode::NotFound,
        Error::ConsentDenied(_)
        | Error::ConsentNeeded(_)
        | Error::ExpiredToken(_)
        | Error::Provider(UpstreamError::Ended(_)) => FailureCode::Denied,
        Error::TooMany(_)
        | Error::Paused { .. }
        | Error::AuthorizationPending
        | Error::SlowDown { .. }
        | Error::Provider(UpstreamError::Away { .. })
        | Error::Vault(VaultError::Keyring(_) | VaultError::TooSoon { .. }) => FailureCode::Away,
        Error::ReauthRequired { .. } => FailureCode::SignInNeeded,
        Error::Locked | Error::Vault(VaultError::Locked) => FailureCode::Locked,
        Error::PresenceNeeded(_) => FailureCode::PresenceNeeded,
        Error::WrongPassphrase | Error::Vault(VaultError::WrongPassphrase) => FailureCode::WrongPassphrase,
        Error::Stale => FailureCode::Stale,
        Error::Provider(UpstreamError::Refused { .. } | UpstreamError::Misbehaved { .. }) => {
            FailureCode::Provider
        }
        Error::Vault(VaultError::Unusable(_) | VaultError::Io(_)) | Error::Bug(_) => FailureCode::Internal,
    }
}

/// The sentence, and what to do: our own errors end with that, a provider's words end with whatever it said.
fn parts(whole: &str, foreign: bool) -> (String, String) {
    match whole.rsplit_once(". ").filter(|(_, next)| !foreign && next.ends_with('.')) {
        Some((sentence, next)) => (format!("{sentence}."), next.to_owned()),
        None => (whole.to_owned(), String::new()),
    }
}

/// Whether the end of the sentence is somebody else's words.
const fn is_foreign(error: &Error) -> bool {
    matches!(
        error,
        Error::Provider(UpstreamError::Refused { .. } | UpstreamError::Misbehaved { .. })
            | Error::Vault(VaultError::Io(_))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(error: &Error) -> (String, String) {
        parts(&error.sentence(), is_foreign(error))
    }

    #[test]
    fn what_to_do_stands_apart_from_what_happened() {
        let (sentence, next) = split(&Error::Locked);
        assert_eq!(sentence, "Keylodge is locked.");
        assert_eq!(next, "Unlock it in its window, or run `keylodge unlock`.");
        assert_eq!(split(&Error::ConsentDenied("You said no.".into())).1, "");
    }

    #[test]
    fn a_providers_own_words_are_never_what_to_do() {
        let refused = UpstreamError::Refused {
            provider: "X".into(),
            code: "access_denied".into(),
            detail: "No. Call this number.".into(),
        };
        assert_eq!(split(&Error::Provider(refused)).1, "");
    }
}
