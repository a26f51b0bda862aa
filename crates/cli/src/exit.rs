//! Exit codes: 0 done, 1 failed, 2 usage, 4 sign-in needed, 69 broker not running, 75 try again, 77 denied, 141 nobody reads its
//! output any more.

use std::{fmt, process::ExitCode};

use control::{CallError, FailureCode};

/// Why a command did not do what it should, and its exit code.
#[derive(Debug)]
pub struct Failed {
    code: u8,
    sentence: String,
    next: String,
    id: Option<String>,
}

impl Failed {
    /// An ordinary failure.
    pub fn other(why: &dyn fmt::Display) -> Self {
        Self::with_code(1, why.to_string())
    }

    /// Wrong use of the command.
    pub fn usage(why: impl Into<String>) -> Self {
        Self::with_code(2, why.into())
    }

    /// The broker does not run.
    pub fn not_running() -> Self {
        Self::with_code(
            69,
            "Keylodge is not running. Start it with `keylodge serve`, or from the menu.".to_owned(),
        )
    }

    /// By the word of an OAuth error (RFC 6749 §5.2).
    pub fn by_oauth_error(error: &str, sentence: String) -> Self {
        let code = match error {
            "login_required" => 4,
            "temporarily_unavailable" | "interaction_required" => 75,
            "access_denied" => 77,
            _ => 1,
        };
        Self::with_code(code, sentence)
    }

    /// The same, with one more thing to do.
    pub fn and_then_do(mut self, next: &str) -> Self {
        self.next = if self.next.is_empty() { next.to_owned() } else { format!("{} {next}", self.next) };
        self
    }

    /// Says it on standard error.
    pub fn report(self) -> ExitCode {
        let next = if self.next.is_empty() { String::new() } else { format!(" {}", self.next) };
        let id = self.id.map(|id| format!(" [{id}]")).unwrap_or_default();
        anstream::eprintln!("keylodge: {}{next}{id}", self.sentence);
        ExitCode::from(self.code)
    }

    fn with_code(code: u8, sentence: String) -> Self {
        Self { code, sentence, next: String::new(), id: None }
    }
}

impl From<CallError> for Failed {
    fn from(error: CallError) -> Self {
        let failure = match error {
            CallError::NotRunning(_) => return Self::not_running(),
            CallError::Broken(_) => return Self::other(&error),
            CallError::Refused(failure) => failure,
        };
        let code = match failure.code {
            FailureCode::SignInNeeded => 4,
            FailureCode::Away | FailureCode::Locked | FailureCode::Stale | FailureCode::SetupNeeded => 75,
            FailureCode::Denied | FailureCode::PresenceNeeded | FailureCode::WrongPassphrase => 77,
            FailureCode::InvalidRequest
            | FailureCode::NotFound
            | FailureCode::Provider
            | FailureCode::Internal => 1,
        };
        Self { code, sentence: failure.sentence, next: failure.next, id: Some(failure.id) }
    }
}
