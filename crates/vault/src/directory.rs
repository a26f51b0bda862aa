//! The folder that holds the vault's files. Each file is reached through the folder's descriptor and is looked at
//! before it is trusted: ours, nobody else's to read or write, no link (STO-05; CWE-59, CWE-732).

use std::{
    fs::{DirBuilder, File},
    io::{Read, Write},
    os::{fd::OwnedFd, unix::fs::DirBuilderExt},
    path::{Path, PathBuf},
};

use broker::{Message, VaultError, messages::refusals};
use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, Stat},
    io::Errno,
};

use crate::sentences;

/// No file that is read whole is longer.
const MAX_BYTES: u64 = 64 * 1024;
const PRIVATE_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

/// The folder, opened and verified.
#[derive(Debug)]
pub(crate) struct Directory {
    descriptor: OwnedFd,
    path: PathBuf,
}

impl Directory {
    /// Opens an existing folder; `None` if there is none.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, VaultError> {
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::RDONLY | OFlags::CLOEXEC;
        let descriptor = match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(descriptor) => descriptor,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP | Errno::NOTDIR) => {
                return Err(refuse(path, refusals::IS_LINK));
            }
            Err(error) => return Err(sentences::io(&path.display().to_string(), error)),
        };
        verify(path, &stat(&descriptor)?, FileType::Directory)?;
        let path = Self::without_links(path)?;
        Ok(Some(Self { descriptor, path }))
    }

    /// Opens the folder; makes it, private, if there is none.
    pub(crate) fn open_or_make(path: &Path) -> Result<Self, VaultError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .or_else(|error| if path.symlink_metadata().is_ok() { Ok(()) } else { Err(error) })
            .map_err(|error| sentences::io(&path.display().to_string(), error))?;
        Self::open(path)?.ok_or_else(|| sentences::io(&path.display().to_string(), "it vanished"))
    }

    /// Where a file is, for a library that takes only paths. No part of it is a link.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Whether something of that name is there; if so, it is verified.
    pub(crate) fn has(&self, name: &str) -> Result<bool, VaultError> {
        match rustix::fs::statat(&self.descriptor, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => verify(&self.path_of(name), &found, FileType::RegularFile).map(|()| true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(sentences::io(name, error)),
        }
    }

    /// How long a file is.
    pub(crate) fn length(&self, name: &str) -> Result<u64, VaultError> {
        let found = rustix::fs::statat(&self.descriptor, name, AtFlags::SYMLINK_NOFOLLOW)
            .map_err(|error| sentences::io(name, error))?;
        Ok(u64::try_from(found.st_size).unwrap_or_default())
    }

    /// Opens a file for reading and writing; makes it, private, if there is none.
    pub(crate) fn open_or_make_file(&self, name: &str) -> Result<File, VaultError> {
        self.open_file(name, OFlags::RDWR | OFlags::CREATE)
    }

    /// Makes a new, empty, private file.
    pub(crate) fn make_file(&self, name: &str) -> Result<File, VaultError> {
        self.open_file(name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)
    }

    /// A small file's content.
    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>, VaultError> {
        let mut bytes = Vec::new();
        self.open_file(name, OFlags::RDONLY)?
            .take(MAX_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|error| sentences::io(name, error))?;
        Ok(bytes)
    }

    /// Replaces a file whole: whoever reads it finds the old content or the new, after a power cut too.
    pub(crate) fn replace(&self, name: &str, content: &[u8]) -> Result<(), VaultError> {
        let new = format!("{name}.new");
        self.remove(&new)?;
        let mut file = self.make_file(&new)?;
        file.write_all(content).and_then(|()| file.sync_all()).map_err(|error| sentences::io(name, error))?;
        rustix::fs::renameat(&self.descriptor, &new, &self.descriptor, name)
            .map_err(|error| sentences::io(name, error))?;
        self.sync()
    }

    /// Removes a file; none of that name is no error.
    pub(crate) fn remove(&self, name: &str) -> Result<(), VaultError> {
        match rustix::fs::unlinkat(&self.descriptor, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(sentences::io(name, error)),
        }
    }

    /// Makes new and renamed entries last.
    pub(crate) fn sync(&self) -> Result<(), VaultError> {
        rustix::fs::fsync(&self.descriptor).map_err(|error| sentences::io("the vault's folder", error))
    }

    fn open_file(&self, name: &str, flags: OFlags) -> Result<File, VaultError> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let descriptor =
            rustix::fs::openat(&self.descriptor, name, flags, PRIVATE_FILE).map_err(|error| match error {
                Errno::LOOP => refuse(&self.path_of(name), refusals::IS_LINK),
                other => sentences::io(name, other),
            })?;
        verify(&self.path_of(name), &stat(&descriptor)?, FileType::RegularFile)?;
        Ok(File::from(descriptor))
    }

    /// Links above the folder are the system's business; below it none is followed.
    fn without_links(path: &Path) -> Result<PathBuf, VaultError> {
        path.canonicalize().map_err(|error| sentences::io(&path.display().to_string(), error))
    }
}

fn stat(descriptor: &OwnedFd) -> Result<Stat, VaultError> {
    rustix::fs::fstat(descriptor).map_err(|error| sentences::io("the vault's folder", error))
}

/// The rules of STO-05, each with what to do about it.
fn verify(path: &Path, found: &Stat, wanted: FileType) -> Result<(), VaultError> {
    if FileType::from_raw_mode(found.st_mode) != wanted {
        return Err(refuse(path, refusals::IS_LINK));
    }
    if found.st_uid != rustix::process::geteuid().as_raw() {
        return Err(refuse(path, refusals::OTHER_USERS));
    }
    if wanted == FileType::RegularFile && found.st_nlink != 1 {
        return Err(refuse(path, refusals::SECOND_NAME));
    }
    if found.st_mode & 0o077 != 0 {
        return Err(refuse(path, refusals::OPEN_TO_USERS));
    }
    Ok(())
}

fn refuse(path: &Path, why: Message) -> VaultError {
    VaultError::Unusable(why.with([("path", &path.display().to_string())]))
}
