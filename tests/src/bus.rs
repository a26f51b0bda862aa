//! A message bus that nobody else is on.

use std::process::Command;

use crate::{Home, Running};

/// A running bus.
#[derive(Debug)]
pub struct Bus {
    /// Its address.
    pub address: String,
    _daemon: Running,
    _home: Home,
}

impl Bus {
    /// Starts one, without any service that it could start itself.
    pub fn start() -> Self {
        let home = Home::new();
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--nosyslog", "--print-address=1"]);
        command
            .env("XDG_RUNTIME_DIR", home.directory("run"))
            .env("XDG_DATA_DIRS", home.directory("no-services"));
        let daemon = Running::start(command, &home.path().join("bus.log"));
        let address = format!("unix:{}", daemon.line("unix:"));
        Self { address, _daemon: daemon, _home: home }
    }

    /// What Keylodge's environment needs to take it for the session's.
    pub fn environment(&self) -> Vec<(String, String)> {
        vec![("DBUS_SESSION_BUS_ADDRESS".to_owned(), self.address.clone())]
    }
}
