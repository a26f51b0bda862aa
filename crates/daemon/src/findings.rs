//! What the daemon looks at for `keylodge doctor` and the diagnostics page.

use std::{fs, os::unix::fs::MetadataExt};

use broker::OfferFile;
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

/// Whether keys are kept out of the swap. Where they are not, an encrypted swap does it.
pub fn memory() -> Finding {
    let outcome = vault::keeps_keys_in_memory();
    let sentence = match &outcome {
        Ok(()) => "Keys are kept out of the swap.".to_owned(),
        Err(why) => {
            format!("Keys may reach the swap ({why}). Encrypt the swap, or raise the limit of locked memory.")
        }
    };
    Finding { what: "Memory".to_owned(), fine: outcome.is_ok(), sentence }
}

/// Whether the system tells of sleep and of the screen's lock.
pub fn lock_signals() -> Finding {
    let heard = crate::buses::heard();
    let sentence = match heard {
        (true, true) => "Keylodge hears of sleep and of the screen's lock.",
        (true, false) => "Keylodge hears of sleep; there is no session bus to hear of the screen's lock.",
        (false, true) => "Keylodge hears of the screen's lock; there is no system bus to hear of sleep.",
        (false, false) => "There is no message bus: Keylodge locks by hand and when idle only.",
    };
    Finding { what: "Lock".to_owned(), fine: true, sentence: sentence.to_owned() }
}

/// Files that propose providers: each that cannot be used; nothing where there are no files.
pub fn provider_files(files: &[OfferFile]) -> Option<Finding> {
    let problem = |file: &OfferFile| Some(format!("{}: {}", file.file, file.outcome.as_ref().err()?));
    let problems: Vec<String> = files.iter().filter_map(problem).collect();
    let outcome = match (files.len(), problems.is_empty()) {
        (0, _) => return None,
        (1, true) => Ok("One file can be read.".to_owned()),
        (count, true) => Ok(format!("{count} files can be read.")),
        (_, false) => Err(problems.join(" ")),
    };
    Some(finding("Provider files", outcome))
}

/// `Err` is what is wrong, and what to do.
pub fn finding(what: &str, outcome: Result<String, String>) -> Finding {
    let fine = outcome.is_ok();
    Finding { what: what.to_owned(), fine, sentence: outcome.unwrap_or_else(|problem| problem) }
}
