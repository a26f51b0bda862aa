//! A screen that nobody looks at, for the real window, and pictures of it.

use std::{path::Path, process::Command};

use crate::{Home, Running};

/// An X server of its own (Xvfb) with a window manager.
#[derive(Debug)]
pub struct Display {
    /// Its name, e.g. `:42`.
    pub name: String,
    _manager: Running,
    _server: Running,
    _home: Home,
}

impl Display {
    /// Starts one.
    pub fn start() -> Self {
        let home = Home::new();
        let mut server = Command::new("Xvfb");
        // The server takes a free number itself and writes it to the descriptor.
        server.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]);
        let server = Running::start(server, &home.path().join("server.log"));
        let name = format!(":{}", server.line(""));
        let mut manager = Command::new("openbox");
        manager.env("DISPLAY", &name).env("HOME", home.path());
        let manager = Running::start(manager, &home.path().join("manager.log"));
        Self { name, _manager: manager, _server: server, _home: home }
    }

    /// What a program's environment needs to show a window on it.
    pub fn environment(&self) -> Vec<(String, String)> {
        vec![("DISPLAY".to_owned(), self.name.clone())]
    }

    /// Titles of all windows that are shown.
    pub fn windows(&self) -> Vec<String> {
        let mut tree = Command::new("xwininfo");
        let tree = tree.args(["-root", "-tree", "-display", &self.name]).output().expect("xwininfo");
        let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
        let titles = tree.lines().filter_map(|line| line.split('"').nth(1)).map(str::to_owned);
        titles.collect()
    }

    /// Takes a picture of the whole screen.
    pub fn picture(&self, file: &Path) {
        let mut import = Command::new("import");
        let taken =
            import.args(["-display", &self.name, "-window", "root"]).arg(file).status().expect("import");
        assert!(taken.success(), "no picture of {}", self.name);
    }
}
