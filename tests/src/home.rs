//! A directory for one story: made for it alone, gone with it.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A private temporary directory. Its path is short: a socket's path must fit into a hundred bytes.
#[derive(Debug)]
pub struct Home(PathBuf);

impl Home {
    /// Makes one, mode 0700.
    pub fn new() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("lodge-{}-{number}", process::id()));
        fs::DirBuilder::new().mode(0o700).create(&path).expect("a directory of our own");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A directory in it, made if need be, mode 0700.
    pub fn directory(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&path).expect("a directory in it");
        path
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // Left for a look after a failure, if that is wanted.
        if std::env::var_os("KEYLODGE_STORIES_KEEP").is_none() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}
