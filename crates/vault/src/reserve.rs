//! Room on the disk that is kept for what must not fail on a full one: a refresh token that a provider has just rotated
//! (STO-08), and whatever allows less than before.
//!
//! No refresh begins before there is room for its token. If the disk is full when the new token arrives, or when something is
//! withdrawn, the room is given up for it; what is left of the room afterwards is taken back, so that nothing else gets it.

use std::io::Write;

use broker::VaultError;
use rustix::fs::FallocateFlags;

use crate::{directory::Directory, sentences};

/// Its file in the vault's folder. There is nothing in it.
pub(crate) const NAME: &str = "vault.reserve";
/// The log grows by some pages with each commit; this is enough for many that wait at the same time.
const BYTES: u64 = 1024 * 1024;
/// So much must be left for a refresh to begin: what withdrawals have used up is not there for its token.
const ENOUGH: u64 = BYTES / 2;
/// What is left is taken back to within so much: a page, which no commit can do with.
const STEP: u64 = 4096;

/// The room. Whoever writes to the database owns it.
pub(crate) struct Reserve {
    directory: Directory,
    held: u64,
}

impl Reserve {
    /// In the vault's folder. What an earlier run left is held.
    pub(crate) fn new(directory: Directory) -> Self {
        let left = directory.has(NAME).unwrap_or(false).then(|| directory.length(NAME).ok()).flatten();
        Self { directory, held: left.unwrap_or(0).min(BYTES) }
    }

    /// Sees to it that there is room for the token of a refresh.
    pub(crate) fn hold(&mut self) -> Result<(), VaultError> {
        if self.held < ENOUGH {
            self.take_back();
        }
        if self.held < ENOUGH { Err(sentences::disk_full()) } else { Ok(()) }
    }

    /// Takes as much of the room as the disk still has.
    pub(crate) fn take_back(&mut self) {
        if self.held == BYTES || self.directory.remove(NAME).is_err() {
            return;
        }
        let mut sizes = (1..=BYTES / STEP).rev().map(|steps| steps * STEP);
        self.held = sizes.find(|size| self.take(*size)).unwrap_or(0);
    }

    /// Gives the room to the disk. Whether there was any.
    pub(crate) fn give_up(&mut self) -> bool {
        let held = std::mem::take(&mut self.held);
        held > 0 && self.directory.remove(NAME).is_ok()
    }

    /// Takes so much, or nothing.
    fn take(&self, bytes: u64) -> bool {
        use rustix::io::Errno;
        let Ok(mut file) = self.directory.make_file(NAME) else { return false };
        let taken = match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, bytes) {
            Ok(()) => true,
            Err(Errno::NOSPC | Errno::DQUOT) => false,
            // A file system that cannot promise room is written to.
            Err(_) => {
                let zeros = vec![0; usize::try_from(bytes).unwrap_or_default()];
                file.write_all(&zeros).and_then(|()| file.sync_all()).is_ok()
            }
        };
        // A part of it would look like the whole.
        if !taken {
            let _ = self.directory.remove(NAME);
        }
        taken
    }
}
