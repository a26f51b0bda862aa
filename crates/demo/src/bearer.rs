//! How a resource server finds a token and says what is wrong with it (RFC 6750).

use axum::{
    Json,
    http::{HeaderMap, StatusCode, Uri, header::AUTHORIZATION, header::WWW_AUTHENTICATE},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::form::Form;

/// Why a request gets nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// There was no token: no error code (RFC 6750 §3.1).
    Absent,
    /// The request is malformed.
    InvalidRequest(&'static str),
    /// The token is not good, and why as far as the caller may know.
    InvalidToken(&'static str),
    /// It is good but does not reach so far: the scope that would.
    InsufficientScope(&'static str),
    /// The token could not be checked.
    Away(&'static str),
}

/// For a token that is bound to a key: this resource server takes no proofs, and without one it is worth nothing
/// (RFC 9449 §7.2).
pub const BOUND: Challenge =
    Challenge::InvalidToken("The token is bound to a key and came without a proof of it.");

/// The token of a request: in the `Authorization` header and nowhere else (RG-01).
pub fn token<'a>(headers: &'a HeaderMap, uri: &Uri) -> Result<&'a str, Challenge> {
    if Form::parse(uri.query().unwrap_or_default()).get("access_token").is_some() {
        return Err(Challenge::InvalidRequest("A token does not belong into an address."));
    }
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Challenge::Absent)?;
    if values.next().is_some() {
        return Err(Challenge::InvalidRequest("There are two Authorization headers."));
    }
    let (scheme, token) = value.to_str().unwrap_or_default().split_once(' ').ok_or(Challenge::Absent)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(Challenge::Absent) }
}

impl Challenge {
    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Absent => (StatusCode::UNAUTHORIZED, "", "A token is needed here."),
            Self::InvalidRequest(why) => (StatusCode::BAD_REQUEST, "invalid_request", why),
            Self::InvalidToken(why) => (StatusCode::UNAUTHORIZED, "invalid_token", why),
            Self::InsufficientScope(_) => {
                (StatusCode::FORBIDDEN, "insufficient_scope", "The token does not reach so far.")
            }
            Self::Away(why) => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", why),
        }
    }

    fn header(self) -> String {
        let (_, error, why) = self.parts();
        match self {
            Self::Absent => r#"Bearer realm="demo""#.to_owned(),
            Self::InsufficientScope(scope) => {
                format!(r#"Bearer realm="demo", error="{error}", error_description="{why}", scope="{scope}""#)
            }
            _ => format!(r#"Bearer realm="demo", error="{error}", error_description="{why}""#),
        }
    }
}

impl IntoResponse for Challenge {
    fn into_response(self) -> Response {
        let (status, error, why) = self.parts();
        let body = match error {
            "" => json!({ "error_description": why }),
            error => json!({ "error": error, "error_description": why }),
        };
        if matches!(self, Self::Away(_)) {
            return (status, Json(body)).into_response();
        }
        (status, [(WWW_AUTHENTICATE, self.header())], Json(body)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, Uri};

    use super::{Challenge, token};

    fn headers(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(axum::http::header::AUTHORIZATION, HeaderValue::from_static(value))])
    }

    #[test]
    fn rg_01_only_the_authorization_header_counts() {
        let plain = Uri::from_static("/photos");
        assert_eq!(token(&headers("bearer abc"), &plain), Ok("abc"));
        assert_eq!(token(&HeaderMap::new(), &plain), Err(Challenge::Absent));
        assert_eq!(token(&headers("Basic abc"), &plain), Err(Challenge::Absent));
        let query = Uri::from_static("/photos?access_token=abc");
        assert!(matches!(token(&headers("Bearer abc"), &query), Err(Challenge::InvalidRequest(_))));
    }

    #[test]
    fn rg_02_challenges_follow_rfc_6750() {
        assert_eq!(Challenge::Absent.header(), r#"Bearer realm="demo""#);
        assert!(Challenge::InsufficientScope("photos.write").header().ends_with(r#"scope="photos.write""#));
        assert!(Challenge::InvalidToken("Gone.").header().contains(r#"error="invalid_token""#));
    }
}
