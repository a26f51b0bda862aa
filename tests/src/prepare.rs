//! Fetches what the stories need from npm and `PyPI`, pinned, once.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Command,
};

use crate::binaries::project;

/// The provider's directory, with its packages installed.
pub(crate) fn provider() -> PathBuf {
    packages("provider")
}

/// A command that runs a script of `tests/node` with its packages.
pub fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(packages("node").join(script));
    command
}

/// A directory of `tests` with its npm packages installed.
fn packages(name: &str) -> PathBuf {
    let directory = project().join("tests").join(name);
    let _turn = turn(&directory.join("package.json"));
    if !directory.join("node_modules/.package-lock.json").is_file() {
        let mut install = Command::new(project().join("scripts/node.sh"));
        run(install
            .args(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(&directory));
    }
    directory
}

/// A command that runs a script of `tests/python` with the packages of its virtual environment.
pub fn python(script: &str) -> Command {
    let directory = project().join("tests/python");
    let _turn = turn(&directory.join("requirements.txt"));
    run(&mut Command::new(project().join("scripts/python.sh")));
    let mut command = Command::new(directory.join(".venv/bin/python"));
    command.arg(directory.join(script));
    command
}

/// Tests run side by side: one installs, the others wait.
fn turn(file: &Path) -> File {
    let file = File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    file.lock().expect("a lock");
    file
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed:\n{said}");
}
