//! Where the broker is found: the runtime directory and the sockets in it.

use std::{
    env,
    path::{Path, PathBuf},
};

/// Environment variable that names another runtime directory (tests, several brokers side by side).
pub const RUNTIME_DIR_VARIABLE: &str = "KEYLODGE_RUNTIME_DIR";

/// The directory (mode 0700, owned by the person) that holds the broker's sockets and discovery file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    runtime_dir: PathBuf,
}

impl Place {
    /// `$KEYLODGE_RUNTIME_DIR`, else `$XDG_RUNTIME_DIR/keylodge`, else `~/.local/state/keylodge/run`.
    /// `None` when not even a home directory is known.
    #[must_use]
    pub fn from_environment() -> Option<Self> {
        let named = |name| env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let runtime_dir = named(RUNTIME_DIR_VARIABLE)
            .or_else(|| named("XDG_RUNTIME_DIR").map(|dir| dir.join("keylodge")))
            .or_else(|| named("HOME").map(|dir| dir.join(".local/state/keylodge/run")))?;
        Some(Self { runtime_dir })
    }

    /// A given directory.
    #[must_use]
    pub fn at(runtime_dir: PathBuf) -> Self {
        Self { runtime_dir }
    }

    /// The directory itself.
    #[must_use]
    pub fn runtime_dir(&self) -> &Path {
        &self.runtime_dir
    }

    /// The control API's socket.
    #[must_use]
    pub fn control_socket(&self) -> PathBuf {
        self.runtime_dir.join("control.sock")
    }

    /// The loopback API's socket.
    #[must_use]
    pub fn api_socket(&self) -> PathBuf {
        self.runtime_dir.join("api.sock")
    }

    /// The discovery file: address, socket and process id of the running broker.
    #[must_use]
    pub fn discovery_file(&self) -> PathBuf {
        self.runtime_dir.join("broker.json")
    }

    /// Where test builds (and only those) let a desktop process in that the broker did not start.
    #[must_use]
    pub fn test_channel(&self) -> PathBuf {
        self.runtime_dir.join("desktop-test.sock")
    }
}
