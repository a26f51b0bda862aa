//! Room on the disk that is kept for what must not be lost: a refresh token that a provider has just rotated (STO-08).
//!
//! No refresh begins before the room is held. If the disk is full when the new token arrives, the room is given up for it.

use std::io::Write;

use broker::VaultError;
use rustix::fs::FallocateFlags;

use crate::{directory::Directory, sentences};

/// Its file in the vault's folder. There is nothing in it.
pub(crate) const NAME: &str = "vault.reserve";
/// The log grows by some pages with each commit; this is enough for many that wait at the same time.
const BYTES: u64 = 1024 * 1024;

/// The room. Whoever writes to the database owns it.
pub(crate) struct Reserve {
    directory: Directory,
    held: bool,
}

impl Reserve {
    /// In the vault's folder. What an earlier run left is held.
    pub(crate) fn new(directory: Directory) -> Self {
        let left = directory.has(NAME).unwrap_or(false) && directory.length(NAME).is_ok_and(|it| it == BYTES);
        Self { directory, held: left }
    }

    /// Sees to it that the room is there.
    pub(crate) fn hold(&mut self) -> Result<(), VaultError> {
        if self.held {
            return Ok(());
        }
        self.directory.remove(NAME)?;
        let taken = self.take();
        if taken.is_err() {
            // Half of it is no use to anybody.
            self.directory.remove(NAME)?;
        }
        self.held = taken.is_ok();
        taken
    }

    /// Gives the room back to the disk. Whether there was any.
    pub(crate) fn give_up(&mut self) -> bool {
        let held = std::mem::take(&mut self.held);
        held && self.directory.remove(NAME).is_ok()
    }

    fn take(&self) -> Result<(), VaultError> {
        use rustix::io::Errno;
        let mut file = self.directory.make_file(NAME)?;
        match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, BYTES) {
            Ok(()) => Ok(()),
            Err(Errno::NOSPC | Errno::DQUOT) => Err(sentences::disk_full()),
            // A file system that cannot promise room is written to.
            Err(_) => {
                let zeros = vec![0; usize::try_from(BYTES).unwrap_or_default()];
                file.write_all(&zeros).and_then(|()| file.sync_all()).map_err(|_| sentences::disk_full())
            }
        }
    }
}
