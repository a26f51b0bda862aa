//! Who started whom: the ancestors that the person is shown, and the program behind our own helper.

use std::{
    fs,
    os::{fd::OwnedFd, unix::fs::MetadataExt},
    path::Path,
    sync::{LazyLock, PoisonError, RwLock},
};

use broker::{Message, messages::questions, text::cleaned};
use rustix::fs::{Mode, OFlags};

use super::file_hash::FileKey;
use super::process::{Process, Stat};

const MAX_ANCESTORS: usize = 8;
/// A chain of helpers is short; a longer one is somebody playing games.
const MAX_HELPERS: usize = 8;
const MAX_NAME_CHARS: usize = 60;
/// They adopt orphans, so that being their child says nothing.
const ADOPTERS: [&str; 8] =
    ["systemd", "init", "tini", "dumb-init", "docker-init", "catatonit", "s6-svscan", "runit"];

/// Device and inode of the file that we run ourselves: the same for as long as we run.
static OWN: LazyLock<Option<(u64, u64)>> =
    LazyLock::new(|| fs::metadata("/proc/self/exe").ok().map(|file| (file.dev(), file.ino())));

static HELPERS: RwLock<Vec<Helper>> = RwLock::new(Vec::new());

/// A file that is a helper, as it was when it was named. It is kept open: so no other file gets its number.
struct Helper {
    _open: OwnedFd,
    key: FileKey,
}

/// Adds the file at a path to our helpers. What is put in its place later is none.
pub fn add_helper(path: &Path) {
    let Ok(open) = rustix::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()) else { return };
    let Some(key) = rustix::fs::fstat(&open).ok().as_ref().and_then(FileKey::of) else { return };
    HELPERS.write().unwrap_or_else(PoisonError::into_inner).push(Helper { _open: open, key });
}

/// The program behind a peer that is only our own helper: the nearest ancestor that is none. `None`: the peer is no
/// helper but the program itself; so is a helper that this very broker started (the demo program).
///
/// # Errors
/// A sentence for the person when nobody can be seen behind the helper.
pub fn program_behind(peer: &Process) -> Result<Option<Process>, Message> {
    const NOBODY: Message = questions::NOBODY_BEHIND;
    if peer.pid == std::process::id() || !is_helper(peer) {
        return Ok(None);
    }
    let mut ancestor = peer.parent();
    for _ in 0..MAX_HELPERS {
        match ancestor {
            Some(broker) if broker.pid == std::process::id() => return Ok(None),
            Some(helper) if is_helper(&helper) => ancestor = helper.parent(),
            Some(program) if !is_adopter(&program) => return Ok(Some(program)),
            _ => return Err(NOBODY),
        }
    }
    Err(NOBODY)
}

/// Names of the ancestors, nearest first, without the first process of all.
pub fn started_by(process: &Process) -> Vec<String> {
    let mut names = Vec::new();
    let mut next = process.parent();
    while let Some(ancestor) = next.filter(|ancestor| ancestor.pid > 1 && names.len() < MAX_ANCESTORS) {
        names.push(name(&ancestor));
        next = ancestor.parent();
    }
    names
}

/// The file name of what runs; the name it goes by where the file cannot be seen.
pub fn name(process: &Process) -> String {
    let file = process.link("exe").map(|path| String::from_utf8_lossy(&path).into_owned());
    let file = file
        .map(|path| path.trim_end_matches(" (deleted)").rsplit('/').next().unwrap_or_default().to_owned());
    let name = file.filter(|name| !name.is_empty()).or_else(|| Some(process.stat()?.name));
    cleaned(&name.unwrap_or_default(), MAX_NAME_CHARS)
}

/// The controlling terminal, as `pts/3` or `tty2`.
pub fn terminal(stat: &Stat) -> Option<String> {
    let (major, minor) =
        ((stat.terminal >> 8) & 0xfff, (stat.terminal & 0xff) | ((stat.terminal >> 12) & 0xf_ff00));
    match major {
        4 if minor < 64 => Some(format!("tty{minor}")),
        4 => Some(format!("ttyS{}", minor - 64)),
        136..=143 => Some(format!("pts/{}", (major - 136) * 256 + minor)),
        _ => None,
    }
}

/// Names the terminal session: the terminal, the leader's pid, and when the leader started.
pub fn session(stat: &Stat) -> Option<String> {
    let terminal = terminal(stat)?;
    let leader = Process::open(stat.session)?;
    Some(format!("{terminal} {} {}", leader.pid, leader.started))
}

fn is_helper(process: &Process) -> bool {
    let Some(key) = process.executable() else { return false };
    let is = |helper: &Helper| helper.key == key;
    Some(key.id()) == *OWN || HELPERS.read().unwrap_or_else(PoisonError::into_inner).iter().any(is)
}

fn is_adopter(process: &Process) -> bool {
    process.pid == 1 || ADOPTERS.contains(&name(process).as_str())
}
