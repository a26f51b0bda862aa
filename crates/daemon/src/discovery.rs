//! The discovery file: how a local program finds the broker (LOC-10).

use std::{fs, io, io::Write, os::unix::fs::OpenOptionsExt};

use control::Place;
use serde::{Deserialize, Serialize};

/// What stands in `broker.json` in the runtime directory, mode 0600.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Discovery {
    /// The loopback API, e.g. `http://127.0.0.1:5395`.
    pub url: String,
    /// The loopback API's Unix socket.
    pub socket: String,
    /// The control API's Unix socket.
    pub control: String,
    /// The broker's process id.
    pub pid: u32,
    /// The broker's version.
    pub version: String,
}

impl Discovery {
    /// Writes the file whole or not at all.
    pub fn write(&self, place: &Place) -> io::Result<()> {
        let path = place.discovery_file();
        let next = path.with_extension("json.next");
        let _ = fs::remove_file(&next);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&next)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        fs::rename(next, path)
    }

    /// Reads the file of a running broker.
    pub fn read(place: &Place) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(place.discovery_file())?)?)
    }

    /// Takes the file away, if it is still ours.
    pub fn remove(&self, place: &Place) {
        if Self::read(place).is_ok_and(|there| there.pid == self.pid) {
            let _ = fs::remove_file(place.discovery_file());
        }
    }
}
