//! `keylodge doctor`: looks for what could be wrong, and says what to do.

use std::{fs, os::unix::fs::MetadataExt, process::ExitCode};

use control::{CallError, Client, KeyringState, Place, Request, Status, VaultState};
use serde::Serialize;

use crate::{arguments::Global, exit::Failed, output};

/// One thing that was looked at.
#[derive(Serialize)]
struct Finding {
    what: &'static str,
    fine: bool,
    sentence: String,
}

/// Prints what was found; fails if something is wrong.
pub fn doctor(global: &Global) -> Result<ExitCode, Failed> {
    let findings = look();
    let all_fine = findings.iter().all(|finding| finding.fine);
    if global.json {
        output::json(&findings)?;
    } else {
        for finding in &findings {
            anstream::println!(
                "{} {}: {}",
                if finding.fine { "✓" } else { "✗" },
                finding.what,
                finding.sentence
            );
        }
    }
    Ok(if all_fine { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn look() -> Vec<Finding> {
    let Some(place) = Place::from_environment() else {
        return vec![finding("Runtime directory", Err("No home directory is known. Set HOME.".to_owned()))];
    };
    let mut findings = vec![finding("Runtime directory", runtime_dir(&place))];
    match ask_status(&place) {
        Ok(status) => findings.extend(look_at(&status)),
        Err(error) => findings.push(finding("Broker", Err(error.to_string()))),
    }
    findings
}

fn look_at(status: &Status) -> [Finding; 5] {
    let vault = match status.vault {
        VaultState::Open => Ok("It is open.".to_owned()),
        VaultState::Absent => Err("There is none yet. Open the window, or run `keylodge unlock`.".to_owned()),
        _ => Ok("It is locked.".to_owned()),
    };
    let keyring = match &status.keyring {
        KeyringState::Available => Ok("It answers.".to_owned()),
        KeyringState::Unavailable { why } if status.has_passphrase => Ok(format!("Not used: {why}")),
        KeyringState::Unavailable { why } => Err(format!("{why} Use a passphrase instead.")),
    };
    let window = if status.display {
        "It can be shown."
    } else {
        "There is no display: questions are answered with `keylodge request`."
    };
    [
        finding("Broker", Ok(format!("Version {} runs.", status.version))),
        finding("Vault", vault),
        finding("System keyring", keyring),
        finding("Window", Ok(window.to_owned())),
        finding("Loopback API", Ok(format!("{} and {}", status.url, status.socket))),
    ]
}

fn ask_status(place: &Place) -> Result<Status, CallError> {
    let answer = Client::connect(&place.control_socket())?.call(Request::Status, None)?;
    match answer {
        control::Answer::Status(status) => Ok(status),
        _ => Err(CallError::Broken(std::io::ErrorKind::InvalidData.into())),
    }
}

fn runtime_dir(place: &Place) -> Result<String, String> {
    let path = place.runtime_dir();
    let there =
        fs::metadata(path).map_err(|_| format!("{} is not there; the broker makes it.", path.display()))?;
    if there.mode() & 0o077 != 0 {
        return Err(format!("{} is open to others. Run: chmod 700 {0}", path.display()));
    }
    Ok(format!("{} is private.", path.display()))
}

fn finding(what: &'static str, outcome: Result<String, String>) -> Finding {
    let fine = outcome.is_ok();
    Finding { what, fine, sentence: outcome.unwrap_or_else(|problem| problem) }
}
