//! The file that a process runs: where it is, whether it is still there, and who could replace it (LOC-06).

use std::{
    fs::File,
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    path::Path,
};

use broker::text::cleaned;
use rustix::{
    fs::{self, Access, AtFlags, OFlags, Stat, fstat},
    process::geteuid,
};

use super::process::Process;

/// The file that runs.
#[derive(Debug)]
pub struct Executable {
    /// Where it is or was, as the process itself sees it.
    pub path: Vec<u8>,
    /// It was deleted, or another file was put in its place.
    pub is_gone: bool,
    file: File,
}

impl Executable {
    /// The very file that runs, whatever stands under its path now. `None` if it may not be read.
    pub fn of(process: &Process) -> Option<Self> {
        let path = process.link("exe")?;
        let file = File::from(process.follow("exe", OFlags::RDONLY)?);
        let is_gone = fstat(&file).ok()?.st_nlink == 0;
        let path = match path.strip_suffix(b" (deleted)") {
            Some(path) if is_gone => path.to_vec(),
            _ => path,
        };
        Some(Self { path, is_gone, file })
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    /// Whether the same file stands under the same path for us, too.
    pub fn is_here(&self) -> bool {
        let Ok(here) = fs::stat(Path::new(std::ffi::OsStr::from_bytes(&self.path))) else { return false };
        fstat(&self.file).is_ok_and(|own| (own.st_dev, own.st_ino) == (here.st_dev, here.st_ino))
    }

    /// Whether programs without special rights can put another file in its place: the file itself or a directory above
    /// it is theirs to write.
    pub fn is_replaceable(&self, process: &Process) -> bool {
        let Some(root) = process.tree() else { return true };
        let path = Path::new(std::ffi::OsStr::from_bytes(&self.path));
        let steps: Vec<Step> = path.ancestors().filter_map(|step| Step::look(&root, step)).collect();
        steps.first().is_none_or(Step::is_ours) || steps.windows(2).any(|pair| pair[1].lets_replace(&pair[0]))
    }
}

/// A file or directory on the way to the executable.
struct Step {
    stat: Stat,
    writable: bool,
}

impl Step {
    fn look(root: &OwnedFd, path: &Path) -> Option<Self> {
        let inside = path.strip_prefix("/").ok()?;
        let inside = if inside.as_os_str().is_empty() { Path::new(".") } else { inside };
        let stat = fs::statat(root, inside, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let writable = fs::accessat(root, inside, Access::WRITE_OK, AtFlags::EACCESS).is_ok();
        Some(Self { stat, writable })
    }

    /// Whether programs without special rights may write it, or make it writable. Root may everything; what counts
    /// for root is whether anybody else may.
    fn is_ours(&self) -> bool {
        let uid = geteuid().as_raw();
        let Stat { st_uid, st_gid, st_mode, .. } = self.stat;
        if uid == 0 {
            return st_uid != 0 || st_mode & 0o002 != 0 || (st_gid != 0 && st_mode & 0o020 != 0);
        }
        st_uid == uid || self.writable
    }

    /// A directory that is ours lets its entries be replaced; a sticky one only those that are ours themselves.
    fn lets_replace(&self, entry: &Self) -> bool {
        let is_sticky = self.stat.st_mode & 0o1000 != 0;
        let owns = self.stat.st_uid == geteuid().as_raw() && self.stat.st_uid != 0;
        self.is_ours() && (!is_sticky || owns || entry.is_ours())
    }
}

/// A path for the person: as it is, unless something in it cannot be seen; then with every odd byte written out, so
/// that two paths never look the same (UI-06).
pub fn shown(path: &[u8]) -> String {
    match std::str::from_utf8(path) {
        Ok(text) if cleaned(text, usize::MAX) == text => text.to_owned(),
        _ => path.escape_ascii().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ui_06_paths_with_invisible_characters_are_written_out() {
        assert_eq!(shown("/usr/bin/é".as_bytes()), "/usr/bin/é");
        assert_eq!(shown("/tmp/a\u{202e}b".as_bytes()), "/tmp/a\\xe2\\x80\\xaeb");
        assert_eq!(shown(b"/tmp/a\nb\xff"), "/tmp/a\\nb\\xff");
    }
}
