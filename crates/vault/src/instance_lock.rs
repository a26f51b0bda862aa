//! Sees to it that one program alone has the vault open: two would fight over rotating tokens (STO-07).

use std::{
    fs::File,
    io::{Read, Write},
};

use broker::VaultError;
use rustix::{fs::FlockOperation, io::Errno};

use crate::{directory::Directory, sentences};

const NAME: &str = "vault.lock";

/// Held while the vault is open; the kernel lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct InstanceLock {
    _file: File,
}

impl InstanceLock {
    /// Takes the lock, or says who holds it.
    pub(crate) fn take(directory: &Directory) -> Result<Self, VaultError> {
        let mut file = directory.open_or_make_file(NAME)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(held(&mut file)),
            Err(error) => return Err(sentences::io(NAME, error)),
        }
        // Only for the sentence that another process shows.
        file.set_len(0)
            .and_then(|()| write!(file, "{}", std::process::id()))
            .map_err(|error| sentences::io(NAME, error))?;
        Ok(Self { _file: file })
    }
}

fn held(file: &mut File) -> VaultError {
    let mut text = String::new();
    let _ = file.take(20).read_to_string(&mut text);
    let by = text
        .trim()
        .parse::<u32>()
        .map_or_else(|_| "another process".to_owned(), |pid| format!("process {pid}"));
    VaultError::Unusable(
        format!("Keylodge already runs ({by}) and has the vault open. Use that one, or stop it first.")
            .into(),
    )
}
