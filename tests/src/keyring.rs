//! A real keyring: gnome-keyring on a message bus that nobody else is on.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use crate::{Bus, Home, Running, until};

/// A bus with a keyring, open or locked.
#[derive(Debug)]
pub struct Keyring {
    // In the order in which they end: the keyring first.
    daemon: Running,
    bus: Bus,
    home: Home,
}

impl Keyring {
    /// Starts one whose login collection is open.
    pub fn open() -> Self {
        let (home, bus) = (Home::new(), Bus::start());
        let daemon = daemon(&home, &bus.address, Some("login"));
        Self { daemon, bus, home }
    }

    /// Restarts the keyring locked, as after a login without its password.
    pub fn lock(&mut self) {
        self.daemon.stop();
        self.daemon = daemon(&self.home, &self.bus.address, None);
    }

    /// What Keylodge's environment needs to find it.
    pub fn environment(&self) -> Vec<(String, String)> {
        self.bus.environment()
    }
}

/// Starts the keyring in the foreground, so that it ends by its id; waits until it answers.
fn daemon(home: &Home, bus: &str, password: Option<&str>) -> Running {
    let mut command = Command::new("gnome-keyring-daemon");
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", home.directory("home"))
        .env("XDG_DATA_HOME", home.directory("keyrings"))
        .env("XDG_RUNTIME_DIR", home.directory("run"))
        .env("DBUS_SESSION_BUS_ADDRESS", bus)
        .args(["--foreground", "--components=secrets"])
        .stdin(Stdio::null());
    if let Some(password) = password {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        write!(writer, "{password}").expect("room for a password");
        command.arg("--unlock").stdin(reader);
    }
    let daemon = Running::start(command, &home.path().join("keyring.log"));
    until("the keyring is on the bus", || is_there(bus));
    daemon
}

fn is_there(bus: &str) -> bool {
    let mut ask = Command::new("dbus-send");
    ask.env("DBUS_SESSION_BUS_ADDRESS", bus).args(["--session", "--print-reply", "--reply-timeout=2000"]);
    ask.args([
        "--dest=org.freedesktop.DBus",
        "/",
        "org.freedesktop.DBus.NameHasOwner",
        "string:org.freedesktop.secrets",
    ]);
    ask.output().is_ok_and(|answer| String::from_utf8_lossy(&answer.stdout).contains("boolean true"))
}
