//! `keylodge doctor`: looks for what could be wrong, and says what to do.

use std::{fs, os::unix::fs::MetadataExt, process::ExitCode};

use control::{CallError, Client, Finding, Place, Request};

use crate::{arguments::Global, exit::Failed, output};

/// Prints what was found; fails if something is wrong.
pub fn doctor(global: &Global) -> Result<ExitCode, Failed> {
    let findings = look();
    let all_fine = findings.iter().all(|finding| finding.fine);
    if global.json {
        output::json(&findings)?;
    } else {
        for finding in &findings {
            say!("{} {}: {}", if finding.fine { "✓" } else { "✗" }, finding.what, finding.sentence);
        }
    }
    Ok(if all_fine { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn look() -> Vec<Finding> {
    let Some(place) = Place::from_environment() else {
        return vec![finding("Runtime directory", Err("No home directory is known. Set HOME.".to_owned()))];
    };
    match ask(&place) {
        Ok(findings) => findings,
        Err(error) => {
            vec![finding("Runtime directory", runtime_dir(&place)), finding("Broker", Err(error.to_string()))]
        }
    }
}

fn ask(place: &Place) -> Result<Vec<Finding>, CallError> {
    match Client::connect(&place.control_socket())?.call(Request::Diagnostics, None)? {
        control::Answer::Diagnostics(findings) => Ok(findings),
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

fn finding(what: &str, outcome: Result<String, String>) -> Finding {
    let fine = outcome.is_ok();
    let sentence = outcome.unwrap_or_else(|problem| problem);
    Finding { what: what.to_owned(), what_said: None, fine, sentence, said: None }
}
