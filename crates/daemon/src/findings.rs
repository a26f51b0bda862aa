//! What the daemon looks at for `keylodge doctor` and the diagnostics page.

use std::{fs, os::unix::fs::MetadataExt};

use broker::{Message, OfferFile, Sentence, messages::findings};
use control::{Finding, Place};

/// The directory of sockets and discovery file.
pub fn runtime_dir(place: &Place) -> Finding {
    let path = place.runtime_dir().display().to_string();
    let outcome = match fs::metadata(place.runtime_dir()) {
        Err(error) => Err(findings::UNSEEN.with([("path", &path), ("why", &error.to_string())])),
        Ok(there) if there.mode() & 0o077 != 0 => Err(findings::OPEN_TO_OTHERS.with([("path", &path)])),
        Ok(_) => Ok(findings::PRIVATE.with([("path", &path)])),
    };
    finding(&findings::RUNTIME_DIRECTORY, outcome)
}

/// Whether keys are kept out of the swap. Where they are not, an encrypted swap does it.
pub fn memory() -> Finding {
    let outcome = match vault::keeps_keys_in_memory() {
        Ok(()) => Ok(findings::OUT_OF_SWAP.sentence()),
        Err(why) => Err(findings::IN_SWAP.with([("why", &why)])),
    };
    finding(&findings::MEMORY, outcome)
}

/// Whether the system tells of sleep and of the screen's lock.
pub fn lock_signals() -> Finding {
    let heard = match crate::buses::heard() {
        (true, true) => findings::HEARS_BOTH,
        (true, false) => findings::HEARS_SLEEP,
        (false, true) => findings::HEARS_SCREEN,
        (false, false) => findings::HEARS_NOTHING,
    };
    finding(&findings::LOCK, Ok(heard.sentence()))
}

/// Files that propose providers: each that cannot be used; nothing where there are no files.
pub fn provider_files(files: &[OfferFile]) -> Option<Finding> {
    let problem = |file: &OfferFile| {
        let why = file.outcome.as_ref().err()?;
        Some(findings::IN_FILE.with([("file", &file.file), ("why", why)]))
    };
    let problems: Vec<Sentence> = files.iter().filter_map(problem).collect();
    let outcome = match (files.len(), problems.is_empty()) {
        (0, _) => return None,
        (1, true) => Ok(findings::ONE_FILE.sentence()),
        (count, true) => Ok(findings::FILES.with([("count", &count)])),
        (_, false) => Err(problems.iter().fold(Sentence::default(), Sentence::then)),
    };
    Some(finding(&findings::PROVIDER_FILES, outcome))
}

fn finding(what: &Message, outcome: Result<Sentence, Sentence>) -> Finding {
    loopback::control::finding(&what.sentence(), outcome)
}
