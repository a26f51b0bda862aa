//! SHA-256 of an open file, computed once for as long as the file stays as it is.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read},
    os::fd::AsFd,
    sync::{LazyLock, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::fs::{Stat, fstat};
use sha2::{Digest, Sha256};

/// What changes whenever the bytes do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileKey {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// Programs are smaller than this; what is larger stays without a hash, so that nobody keeps us busy.
const MAX_BYTES: u64 = 1 << 30;
const MAX_KEPT: usize = 512;
/// Within one tick of the file system's clock a second change leaves the same times: what was changed so short a while
/// ago is hashed anew.
const SETTLED: Duration = Duration::from_secs(2);

static KNOWN: LazyLock<Mutex<HashMap<FileKey, String>>> = LazyLock::new(Mutex::default);

impl FileKey {
    pub fn of(stat: &Stat) -> Option<Self> {
        let time = |seconds, nanoseconds| Some((seconds, i64::try_from(nanoseconds).ok()?));
        Some(Self {
            device: stat.st_dev,
            inode: stat.st_ino,
            size: u64::try_from(stat.st_size).ok()?,
            modified: time(stat.st_mtime, stat.st_mtime_nsec)?,
            changed: time(stat.st_ctime, stat.st_ctime_nsec)?,
        })
    }

    /// Device and inode.
    pub fn id(&self) -> (u64, u64) {
        (self.device, self.inode)
    }

    /// Whether the last change is so long ago that another would leave another time.
    #[expect(clippy::disallowed_methods, reason = "the file system stamps by this clock and by no other")]
    pub fn is_settled(&self) -> bool {
        let changed = u64::try_from(self.changed.0).map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
        changed.is_ok_and(|changed| SystemTime::now().duration_since(changed).is_ok_and(|age| age > SETTLED))
    }
}

/// The hash in hex; `None` if the file cannot be read or changes under our eyes.
pub fn of(file: &File) -> Option<String> {
    let key = key(file)?;
    if let Some(hash) = known().get(&key) {
        return Some(hash.clone());
    }
    let hash = hash(file).ok()?;
    if self::key(file)? != key {
        return None;
    }
    if key.is_settled() {
        let mut known = known();
        if known.len() >= MAX_KEPT {
            known.clear();
        }
        known.insert(key, hash.clone());
    }
    Some(hash)
}

fn key(file: &File) -> Option<FileKey> {
    FileKey::of(&fstat(file.as_fd()).ok()?).filter(|key| key.size <= MAX_BYTES)
}

fn hash(mut file: &File) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0u8; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(broker::hex(&hash.finalize())),
            length => hash.update(&buffer[..length]),
        }
    }
}

fn known() -> std::sync::MutexGuard<'static, HashMap<FileKey, String>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}
