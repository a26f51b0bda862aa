//! What the gateway says when a request does not pass (RFC 6750 §3.1; RG-02).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use broker::{Broker, Error, GatewayRefusal, ScopeSet, Sentence};

use crate::{
    dpop::{self, Fault},
    wire::{Failure, ascii},
};

const REALM: &str = "Keylodge gateway";

/// Why a request does not pass.
#[derive(Debug)]
pub enum Refusal {
    /// There is no token: a challenge without an error code.
    Absent,
    /// A refusal with a word of RFC 6750 §3.1.
    Bearer(StatusCode, &'static str, String),
    /// The proof of a bound token's key does not hold (RFC 9449 §7.1).
    Proof(&'static str, &'static str),
    /// The token's scopes do not open this; with all that the program needs to ask for next.
    Insufficient(ScopeSet, String),
    /// The person decided too long ago (RFC 9470 §3); so old may it be, in seconds.
    StaleDecision(u32, String),
    /// Something that has nothing to do with the program's token.
    Failed(Box<Failure>),
}

impl Refusal {
    pub fn absent() -> Self {
        Self::Absent
    }

    pub fn invalid_request(sentence: impl Into<String>) -> Self {
        Self::Bearer(StatusCode::BAD_REQUEST, "invalid_request", sentence.into())
    }

    pub fn invalid_token(sentence: impl Into<String>) -> Self {
        Self::Bearer(StatusCode::UNAUTHORIZED, "invalid_token", sentence.into())
    }

    pub fn path() -> Self {
        Self::invalid_request(
            "The path must be plain: /gateway/{account id}/…, without empty or dot segments and encoded separators.",
        )
    }

    /// The provider refuses even a renewed token.
    pub fn not_accepted() -> Self {
        Self::failed(
            StatusCode::BAD_GATEWAY,
            "server_error",
            "The provider does not accept Keylodge's token for this.",
        )
    }

    /// The token was renewed, but the body is gone.
    pub fn send_again() -> Self {
        let sentence = "The provider's token had to be renewed. Send the request again.";
        let failure = Failure::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", sentence);
        Self::Failed(Box::new(Failure { retry_after: Some(1), ..failure }))
    }

    pub fn failed(status: StatusCode, word: &'static str, sentence: impl Into<Sentence>) -> Self {
        Self::Failed(Box::new(Failure::new(status, word, sentence)))
    }

    /// Says it, with the challenge that belongs to it.
    pub fn answer(self, broker: &Broker) -> Response {
        let absent = matches!(self, Self::Absent);
        let (failure, challenge) = match self {
            Self::Failed(failure) => return failure.answer(broker),
            Self::Absent => {
                let sentence = "Send a Keylodge token in the Authorization header.";
                let failure = Failure::new(StatusCode::UNAUTHORIZED, "unauthorized", sentence);
                (failure, format!("Bearer realm=\"{REALM}\""))
            }
            Self::Proof(word, sentence) => {
                let described = format!(
                    "{}, error=\"{word}\", error_description=\"{}\"",
                    proof_challenge(),
                    ascii(sentence)
                );
                (Failure::new(StatusCode::UNAUTHORIZED, word, sentence), described)
            }
            Self::Bearer(status, word, sentence) => {
                let challenge = challenge(word, &sentence, None);
                (Failure::new(status, word, sentence), challenge)
            }
            Self::Insufficient(needed, sentence) => {
                let word = "insufficient_scope";
                let challenge = challenge(word, &sentence, Some(&needed));
                (Failure::new(StatusCode::FORBIDDEN, word, sentence), challenge)
            }
            Self::StaleDecision(max_age, sentence) => {
                let word = "insufficient_user_authentication";
                let challenge = format!("{}, max_age=\"{max_age}\"", challenge(word, &sentence, None));
                (Failure::new(StatusCode::UNAUTHORIZED, word, sentence), challenge)
            }
        };
        let mut response = failure.answer(broker);
        if let Ok(challenge) = HeaderValue::from_str(&challenge) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        // A token is shown in one of two ways (RFC 9449 §7.1).
        if let Some(challenge) =
            absent.then(proof_challenge).and_then(|text| HeaderValue::from_str(&text).ok())
        {
            response.headers_mut().append(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// The other way to show a token (RFC 9449 §7.1).
fn proof_challenge() -> String {
    format!("DPoP realm=\"{REALM}\", algs=\"{}\"", dpop::ALGORITHMS.join(" "))
}

/// `ascii` leaves neither quotes nor backslashes, and scopes have none.
fn challenge(word: &str, sentence: &str, needed: Option<&ScopeSet>) -> String {
    let described =
        format!("Bearer realm=\"{REALM}\", error=\"{word}\", error_description=\"{}\"", ascii(sentence));
    match needed.filter(|needed| !needed.is_empty()) {
        Some(needed) => format!("{described}, scope=\"{needed}\""),
        None => described,
    }
}

impl From<GatewayRefusal> for Refusal {
    fn from(refusal: GatewayRefusal) -> Self {
        match refusal {
            GatewayRefusal::InvalidToken(sentence) => Self::invalid_token(sentence),
            GatewayRefusal::InsufficientScope { ask, sentence, .. } => Self::Insufficient(ask, sentence),
            GatewayRefusal::StaleDecision { max_age, sentence } => Self::StaleDecision(max_age, sentence),
            GatewayRefusal::Failed(error) => error.into(),
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Full => Self::Failed(Box::new(fault.into())),
            Fault::Invalid(_) | Fault::Nonce => {
                let (word, sentence) = fault.words();
                Self::Proof(word, sentence)
            }
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        // While Keylodge is closed no token of ours is good, and a new one must be asked for once it is open.
        let person_must_act =
            matches!(error, Error::Locked | Error::ReauthRequired { .. } | Error::NoAccount { .. });
        let mut failure = Failure::from(error);
        if person_must_act {
            failure.status = StatusCode::SERVICE_UNAVAILABLE;
        }
        Self::Failed(Box::new(failure))
    }
}
