//! `keylodge token`: the token on standard output, what it is good for on standard error.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::{
    api,
    arguments::{Format, TokenOptions, Wanted},
    exit::Failed,
    route, words,
};

/// A token, as the loopback API answered it.
pub struct Token {
    answer: Value,
}

impl Token {
    /// The token itself, for the program that asked.
    pub fn access_token(&self) -> &str {
        self.answer["access_token"].as_str().unwrap_or_default()
    }

    fn note(&self) -> &str {
        self.answer["keylodge_note"].as_str().unwrap_or_default()
    }
}

/// Prints a token.
pub fn token(options: &TokenOptions) -> Result<ExitCode, Failed> {
    let token = get(options.account.as_deref(), &options.wanted)?;
    match options.format {
        Format::Raw => say!("{}", token.access_token()),
        Format::Header => say!("Authorization: Bearer {}", token.access_token()),
        Format::Json => say!("{}", token.answer),
    }
    anstream::eprintln!("{}", token.note());
    Ok(ExitCode::SUCCESS)
}

/// Asks for a token and waits for the person's decision.
pub fn get(account: Option<&str>, wanted: &Wanted) -> Result<Token, Failed> {
    let at = route::whereabouts(wanted.host.clone(), account);
    let mut body = json!({
        "account": account,
        "directory": at.directory,
        "remote": at.remote,
        "host": at.host,
        "scope": wanted.scopes.join(" "),
        "delivery": if wanted.release { "release" } else { "gateway" },
    });
    if let Some(audience) = &wanted.audience {
        body["resource"] = json!(audience);
    }
    if let Some(purpose) = &wanted.purpose {
        body["purpose"] = json!(purpose);
    }
    if let Some(min_ttl) = &wanted.min_ttl {
        body["min_ttl"] = json!(words::seconds(min_ttl)?);
    }
    let awaited = "Waiting for your answer in Keylodge's window (or: keylodge request list) …";
    let (status, answer) = api::post("/access", &body, awaited)?;
    if status == 200 && answer["access_token"].is_string() {
        return Ok(Token { answer });
    }
    let sentence =
        answer["error_description"].as_str().unwrap_or("Keylodge refused without a reason.").to_owned();
    Err(Failed::by_oauth_error(answer["error"].as_str().unwrap_or_default(), sentence))
}
