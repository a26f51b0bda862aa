//! The one table that turns what went wrong into the words of the RFCs (RFC 6749 §4.1.2.1, §5.2).

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use broker::{AppId, Broker, Error, Sentence, UpstreamError, messages::refusals};
use serde_json::json;

/// A refusal on its way to a program.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The HTTP status.
    pub status: StatusCode,
    /// The RFC's word.
    pub word: &'static str,
    /// What happened and what to do next.
    pub sentence: Sentence,
    /// When to try again, in seconds.
    pub retry_after: Option<u32>,
    /// A `WWW-Authenticate` challenge (RFC 9110 §11.6.1).
    pub challenge: Option<&'static str>,
    /// Which program is refused, where that is known.
    pub app: Option<AppId>,
}

/// For programs that authenticated, or should have, by the Authorization header (RFC 6749 §5.2).
pub const BASIC_CHALLENGE: &str = "Basic realm=\"Keylodge\", charset=\"UTF-8\"";

/// After too many requests, try again in so many seconds.
const PAUSE_SECONDS: u32 = 10;

impl Failure {
    /// A refusal with a word of its own.
    pub fn new(status: StatusCode, word: &'static str, sentence: impl Into<Sentence>) -> Self {
        Self { status, word, sentence: sentence.into(), retry_after: None, challenge: None, app: None }
    }

    /// The request is malformed.
    pub fn invalid_request(sentence: impl Into<Sentence>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", sentence)
    }

    /// Too many requests of this kind.
    pub fn too_many(sentence: impl Into<Sentence>) -> Self {
        let failure = Self::new(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", sentence);
        Self { retry_after: Some(PAUSE_SECONDS), ..failure }
    }

    /// As the token endpoint says it: everything but a failed authentication is 400 there (RFC 6749 §5.2).
    #[must_use]
    pub fn at_token_endpoint(mut self) -> Self {
        if matches!(self.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND) {
            self.status = StatusCode::BAD_REQUEST;
        }
        self
    }

    /// Says it, and logs it under the id that it carries.
    pub fn answer(self, broker: &Broker) -> Response {
        let id = self.logged(broker);
        let body = json!({
            "error": self.word,
            "error_description": ascii(&self.sentence),
            "error_id": id,
        });
        self.headed((self.status, Json(body)).into_response())
    }

    /// Logs it, notes it in the activity list, and returns the id.
    pub fn logged(&self, broker: &Broker) -> String {
        let id = broker.failure_id();
        // A device that is told to ask again later was refused nothing (RFC 8628 §3.5).
        if !matches!(self.word, "authorization_pending" | "slow_down") {
            broker.note_failure(id.clone(), self.app.as_ref(), &self.noted());
        }
        let id = id.to_string();
        if self.status.is_server_error() {
            tracing::warn!(%id, word = self.word, sentence = %self.sentence, "a request failed");
        } else {
            tracing::info!(%id, word = self.word, sentence = %self.sentence, "a request was refused");
        }
        id
    }

    /// The same failure, of this program.
    #[must_use]
    pub fn of(self, app: &AppId) -> Self {
        Self { app: Some(app.clone()), ..self }
    }

    /// For the activity list. What is wrong with a request is told in words that may repeat the request, and those belong
    /// to the program alone.
    fn noted(&self) -> Sentence {
        match self.word {
            "access_denied"
            | "login_required"
            | "interaction_required"
            | "temporarily_unavailable"
            | "server_error" => self.sentence.clone(),
            word => refusals::REQUEST_REFUSED.with([("word", &word)]),
        }
    }

    /// Puts the headers that belong to it on an answer.
    pub fn headed(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (status, word) = row(&error);
        let retry_after = match &error {
            Error::Provider(UpstreamError::Away { retry_after, .. }) => {
                Some(retry_after.unwrap_or(PAUSE_SECONDS))
            }
            Error::TooMany(_) => Some(PAUSE_SECONDS),
            Error::Paused { seconds } => u32::try_from(*seconds).ok(),
            _ => None,
        };
        Self { status, word, sentence: error.sentence(), retry_after, challenge: None, app: None }
    }
}

/// By who must act: the program, the person, patience, or us.
fn row(error: &Error) -> (StatusCode, &'static str) {
    match error {
        Error::InvalidRequest(_) | Error::Stale => (StatusCode::BAD_REQUEST, "invalid_request"),
        Error::InvalidScope(_) => (StatusCode::BAD_REQUEST, "invalid_scope"),
        Error::InvalidTarget(_) | Error::NotReleased(_) => (StatusCode::BAD_REQUEST, "invalid_target"),
        Error::InvalidDetails(_) => (StatusCode::BAD_REQUEST, "invalid_authorization_details"),
        Error::InvalidGrant(_) => (StatusCode::BAD_REQUEST, "invalid_grant"),
        Error::UnknownApp(_) => (StatusCode::UNAUTHORIZED, "invalid_client"),
        Error::AuthorizationPending => (StatusCode::BAD_REQUEST, "authorization_pending"),
        Error::SlowDown { .. } => (StatusCode::BAD_REQUEST, "slow_down"),
        Error::ExpiredToken(_) => (StatusCode::BAD_REQUEST, "expired_token"),
        Error::NotFound(_) => (StatusCode::NOT_FOUND, "invalid_request"),
        Error::ConsentDenied(_) | Error::WrongPassphrase => (StatusCode::FORBIDDEN, "access_denied"),
        Error::NoAccount { .. } | Error::ReauthRequired { .. } => (StatusCode::FORBIDDEN, "login_required"),
        Error::Locked | Error::PresenceNeeded(_) | Error::ConsentNeeded(_) => {
            (StatusCode::FORBIDDEN, "interaction_required")
        }
        Error::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable"),
        Error::Paused { .. } | Error::Provider(UpstreamError::Away { .. }) => {
            (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable")
        }
        Error::Provider(_) => (StatusCode::BAD_GATEWAY, "server_error"),
        Error::Vault(_) | Error::Bug(_) => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
    }
}

/// The characters that an `error_description` may have (RFC 6749 §5.2).
pub fn ascii(sentence: &str) -> String {
    let plain = |c: char| match c {
        '"' | '‘' | '’' | '“' | '”' => "'".to_owned(),
        '\\' => "/".to_owned(),
        '…' => "...".to_owned(),
        ' '..='~' => c.to_string(),
        _ => "?".to_owned(),
    };
    sentence.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_10_each_error_has_its_word_and_status() {
        let away = |retry_after| {
            Error::Provider(UpstreamError::Away { provider: "P".into(), detail: "x".into(), retry_after })
        };
        let (text, told) = (String::new, Sentence::default);
        for (error, status, word) in [
            (Error::InvalidRequest(told()), 400, "invalid_request"),
            (Error::InvalidScope(told()), 400, "invalid_scope"),
            (Error::InvalidTarget(told()), 400, "invalid_target"),
            (Error::NotReleased(told()), 400, "invalid_target"),
            (Error::InvalidGrant(told()), 400, "invalid_grant"),
            (Error::InvalidDetails(told()), 400, "invalid_authorization_details"),
            (Error::UnknownApp(told()), 401, "invalid_client"),
            (Error::AuthorizationPending, 400, "authorization_pending"),
            (Error::SlowDown { interval: 10 }, 400, "slow_down"),
            (Error::ExpiredToken(told()), 400, "expired_token"),
            (Error::ConsentDenied(told()), 403, "access_denied"),
            (Error::ConsentNeeded(told()), 403, "interaction_required"),
            (Error::NoAccount { provider: text(), id: text() }, 403, "login_required"),
            (Error::Locked, 403, "interaction_required"),
            (Error::Paused { seconds: 60 }, 503, "temporarily_unavailable"),
            (Error::TooMany(told()), 429, "temporarily_unavailable"),
            (away(Some(7)), 503, "temporarily_unavailable"),
            (Error::Bug(text()), 500, "server_error"),
        ] {
            let failure = Failure::from(error);
            assert_eq!((failure.status.as_u16(), failure.word), (status, word));
        }
        assert_eq!(Failure::from(away(Some(7))).retry_after, Some(7));
        assert_eq!(Failure::from(Error::Locked).at_token_endpoint().status, StatusCode::BAD_REQUEST);
    }

    #[test]
    fn as_10_descriptions_keep_to_the_legal_characters() {
        assert_eq!(ascii("no \"x\\y\" … ü\n"), "no 'x/y' ... ??");
    }
}
