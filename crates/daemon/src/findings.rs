//! What the daemon looks at for `keylodge doctor` and the diagnostics page.

use std::{fs, os::unix::fs::MetadataExt};

use control::{Finding, Place};

/// The directory of sockets and discovery file.
pub fn runtime_dir(place: &Place) -> Finding {
    let path = place.runtime_dir();
    let outcome = match fs::metadata(path) {
        Err(error) => Err(format!("{} cannot be seen: {error}.", path.display())),
        Ok(there) if there.mode() & 0o077 != 0 => {
            Err(format!("{} is open to others. Run: chmod 700 {0}", path.display()))
        }
        Ok(_) => Ok(format!("{} is private.", path.display())),
    };
    finding("Runtime directory", outcome)
}

/// `Err` is what is wrong, and what to do.
pub fn finding(what: &str, outcome: Result<String, String>) -> Finding {
    let fine = outcome.is_ok();
    Finding { what: what.to_owned(), fine, sentence: outcome.unwrap_or_else(|problem| problem) }
}
