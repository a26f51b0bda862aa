//! Judges what a browser brings back (RFC 6749 §4.1.2, RFC 9207 §2.4): ours or a stray, a code or a refusal.

use broker::{Secret, UpstreamError};
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use crate::{clean, fault::Fault, server::Server};

/// The longest query that is read.
const MAX_QUERY: usize = 16 * 1024;

/// What was sent out, and what the answer must match.
pub(crate) struct Expected {
    /// From whom.
    pub(crate) server: Server,
    /// The one value that only our own browser journey knows.
    pub(crate) state: Secret<String>,
}

/// What a request to the redirect address means.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Nothing of ours; the sign-in goes on waiting (UC-04, WEB-09).
    Stray,
    /// The sign-in has its answer.
    Ours(Result<Secret<String>, UpstreamError>),
}

/// Judges a query. Nothing of it is believed before `state` and issuer match (UC-10).
pub(crate) fn judge(query: &str, expected: &Expected) -> Verdict {
    if query.len() > MAX_QUERY {
        return Verdict::Stray;
    }
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let all = |name: &str| -> Vec<&str> {
        pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    };
    match all("state")[..] {
        [state] if is_same(state, expected.state.expose()) => {}
        _ => return Verdict::Stray,
    }
    let answer = answer(&all("iss"), &all("error"), &all("code"), &all("error_description"), expected);
    Verdict::Ours(answer.map_err(|fault| fault.by(expected.server.name())))
}

fn answer(
    iss: &[&str],
    error: &[&str],
    code: &[&str],
    description: &[&str],
    expected: &Expected,
) -> Result<Secret<String>, Fault> {
    // A parameter that comes twice is no answer (RFC 6749 §3.1; UC-07).
    if [iss, error, code, description].iter().any(|values| values.len() > 1) {
        return Err(untrusted("the browser came back with the same parameter twice"));
    }
    check_issuer(iss.first().copied(), &expected.server)?;
    match (code.first(), error.first()) {
        (Some(code), None) if !code.is_empty() => Ok(Secret::new((*code).to_owned())),
        (None, Some(error)) => Err(refused(error, description.first().copied().unwrap_or_default())),
        _ => Err(untrusted("the browser came back without a code")),
    }
}

/// The four rows of RFC 9207 §2.4: a returned issuer is compared, a promised one must be there (UC-08, OAU-02).
/// Where no issuer is known, the path of the provider's own tells providers apart (UC-09).
fn check_issuer(iss: Option<&str>, server: &Server) -> Result<(), Fault> {
    match iss {
        Some(iss) if server.is_issuer(iss, None) == Some(false) => {
            Err(untrusted("the browser came back from another server"))
        }
        None if server.endpoints.sends_iss => Err(untrusted(
            "the browser came back without the server's name, which the server promises to send",
        )),
        _ => Ok(()),
    }
}

fn refused(error: &str, description: &str) -> Fault {
    let code = clean::code(error);
    if matches!(code.as_str(), "temporarily_unavailable" | "server_error") {
        return Fault::Unreachable("it says that it cannot sign anyone in now".to_owned());
    }
    let detail = clean::shown(description, &[]);
    let detail = match (detail.is_empty(), code.as_str()) {
        (false, _) => detail,
        (true, "access_denied") => "the sign-in was cancelled in the browser".to_owned(),
        (true, _) => "it gave no reason".to_owned(),
    };
    Fault::Refused { code, detail }
}

/// In constant time (OAU-20, WEB-09).
fn is_same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

fn untrusted(why: &str) -> Fault {
    Fault::Untrusted(why.to_owned())
}
