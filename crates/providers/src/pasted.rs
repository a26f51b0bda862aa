//! Reads what the person copied from the browser: the address where they ended up, or the code that a page showed.
//!
//! An address is judged like a redirect: place, `state`, issuer. A bare code carries neither, so that only a server that
//! ties codes to whoever asked (PKCE, or an ID token's nonce) may show one.

use broker::{Secret, Sentence, messages::sign_in};
use url::Url;

use crate::{
    arrival::Code,
    callback_answer::{Expected, Verdict, judge},
};

/// The longest text that is read.
const MAX_PASTED: usize = 16 * 1024;
/// The longest bare code.
const MAX_CODE: usize = 2048;

/// The answer in what was pasted. An error is a sentence that says what to paste, and quotes nothing of it.
pub(crate) fn read(pasted: &str, redirect_uri: Option<&Url>, expected: &Expected) -> Result<Code, Sentence> {
    let text = pasted.trim();
    if text.len() > MAX_PASTED {
        return Err(sign_in::PASTED_TOO_LONG.sentence());
    }
    match redirect_uri {
        Some(address) => from_address(text, address, expected),
        None => from_page(text, expected),
    }
}

fn from_address(text: &str, redirect_uri: &Url, expected: &Expected) -> Result<Code, Sentence> {
    let provider = expected.server.name();
    let elsewhere =
        || sign_in::PASTED_ELSEWHERE.with([("provider", &provider), ("address", &redirect_uri.as_str())]);
    let url = address(text, redirect_uri).ok_or_else(elsewhere)?;
    match judge(url.query().unwrap_or_default(), expected) {
        Verdict::Ours(code) => Ok(code),
        Verdict::Stray => Err(other_sign_in()),
    }
}

/// The address, if it leads to the redirect address. Some browsers leave the scheme out when one copies.
fn address(text: &str, redirect_uri: &Url) -> Option<Url> {
    let whole =
        if text.contains("://") { text.to_owned() } else { format!("{}://{text}", redirect_uri.scheme()) };
    let url = Url::parse(&whole).ok()?;
    let same = url.origin() == redirect_uri.origin() && url.path() == redirect_uri.path();
    same.then_some(url)
}

fn from_page(text: &str, expected: &Expected) -> Result<Code, Sentence> {
    // Some pages show `code=…&state=…`, alone or at the end of their own address.
    if text.contains("code=") {
        let query = text.split_once('?').map_or(text, |(_, query)| query);
        return match judge(query, expected) {
            Verdict::Ours(code) => Ok(code),
            Verdict::Stray => Err(other_sign_in()),
        };
    }
    let legal = (1..=MAX_CODE).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if !legal || text.contains("://") {
        return Err(sign_in::PASTED_NO_CODE.with([("provider", &expected.server.name())]));
    }
    Ok(Ok(Secret::from(text)))
}

fn other_sign_in() -> Sentence {
    sign_in::PASTED_OTHER.sentence()
}
