//! A private directory for one run; gone with it.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process,
};

/// Mode 0700, under the directory for temporary files. Its path is short: a socket's path must fit into it.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes it.
    ///
    /// # Panics
    /// If the system refuses.
    #[must_use]
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("lodge-bench-{}", process::id()));
        private(&path);
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A directory in it, made if need be.
    #[must_use]
    pub fn directory(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        private(&path);
        path
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn private(path: &Path) {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).expect("a directory of our own");
}
