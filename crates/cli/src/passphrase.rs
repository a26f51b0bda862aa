//! Where a passphrase comes from: a descriptor or the terminal; never an argument or the environment.

use std::{
    fs::File,
    io::{BufRead, BufReader, IsTerminal, Read},
};

use control::Passphrase;

use crate::exit::Failed;

/// A passphrase is not longer than this.
const MAX_BYTES: u64 = 4096;

/// The first line of an inherited descriptor.
pub fn from_descriptor(fd: i32) -> Result<Passphrase, Failed> {
    let path = format!("/dev/fd/{fd}");
    let file = File::open(&path)
        .map_err(|error| Failed::usage(format!("Descriptor {fd} cannot be read: {error}.")))?;
    let mut line = String::new();
    let read = BufReader::new(file.take(MAX_BYTES)).read_line(&mut line);
    read.map_err(|error| Failed::usage(format!("Descriptor {fd} cannot be read: {error}.")))?;
    line.truncate(line.trim_end_matches(['\n', '\r']).len());
    Ok(Passphrase::new(line))
}

/// What the person types, unseen. `None`: there is no terminal to ask at.
pub fn typed(question: &str) -> Result<Option<Passphrase>, Failed> {
    if !has_terminal() {
        return Ok(None);
    }
    let typed = rpassword::prompt_password(question).map_err(|error| Failed::other(&error))?;
    Ok(Some(Passphrase::new(typed)))
}

/// A new passphrase for the vault, typed twice. `None`: there is no terminal to ask at.
pub fn chosen() -> Result<Option<Passphrase>, Failed> {
    chosen_for("the vault")
}

/// A new passphrase, typed twice. `None`: there is no terminal to ask at.
pub fn chosen_for(what: &str) -> Result<Option<Passphrase>, Failed> {
    let Some(first) = typed(&format!("Choose a passphrase for {what} (8 characters or more): "))? else {
        return Ok(None);
    };
    let again = typed("Once more: ")?;
    if again.as_ref() != Some(&first) {
        return Err(Failed::usage("The two are not the same. Try again."));
    }
    Ok(Some(first))
}

/// Whether there is a person at a terminal.
pub fn has_terminal() -> bool {
    std::io::stderr().is_terminal() && File::open("/dev/tty").is_ok()
}
