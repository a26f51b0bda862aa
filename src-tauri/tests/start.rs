//! Starts the real program the ways a person or another program could, without a broker's channel.

#![cfg(not(feature = "webdriver"))]

use std::{
    fs::{self, Permissions},
    io::{BufRead, BufReader, Write},
    os::unix::{
        fs::PermissionsExt,
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    process::{Command, Output},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use control::{Answer, FromBroker, Request, ToBroker};

const PROGRAM: &str = env!("CARGO_BIN_EXE_keylodge-desktop");

/// A directory with the program in it, a runtime directory, and what else a test puts there.
struct Stage {
    root: PathBuf,
}

impl Stage {
    fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&root));
        fs::create_dir_all(root.join("run")).expect("directories");
        fs::create_dir_all(root.join("path")).expect("directories");
        fs::hard_link(PROGRAM, root.join("keylodge-desktop")).expect("link");
        Self { root }
    }

    fn socket(&self) -> PathBuf {
        self.root.join("run/control.sock")
    }

    /// A program of this name that notes that it ran (with its arguments), then does `then`.
    fn script(&self, name: &str, note: &str, then: &str) {
        let path = self.root.join(name);
        let note = self.root.join(note);
        let text = format!("#!/bin/sh\necho \"$0 $@\" > {0}.part\nmv {0}.part {0}\n{then}\n", note.display());
        fs::write(&path, text).expect("script");
        fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("mode");
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.root.join("keylodge-desktop"));
        command
            .env("KEYLODGE_RUNTIME_DIR", self.root.join("run"))
            .env("PATH", format!("{}:/usr/bin:/bin", self.root.join("path").display()))
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env_remove("KEYLODGE_CHANNEL_FD");
        command
    }

    fn run(&self) -> Output {
        self.command().output().expect("runs")
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.root));
    }
}

/// Answers everything with `Done` on one connection, and says what it heard.
fn fake_broker(listener: UnixListener) -> JoinHandle<Vec<ToBroker>> {
    thread::spawn(move || {
        let (socket, _) = listener.accept().expect("a caller");
        BufReader::new(socket.try_clone().expect("clone"))
            .lines()
            .map(|line| answer(&socket, &line.expect("a line")))
            .collect()
    })
}

fn answer(mut socket: &UnixStream, line: &str) -> ToBroker {
    let heard: ToBroker = serde_json::from_str(line).expect("a frame");
    let done = FromBroker::Answer { id: heard.id, answer: Answer::Done };
    writeln!(socket, "{}", serde_json::to_string(&done).expect("json")).expect("write");
    heard
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn tau_05_started_by_hand_with_automation_it_only_asks_for_the_window() {
    let stage = Stage::new("by-hand");
    let broker = fake_broker(UnixListener::bind(stage.socket()).expect("bind"));
    let output = stage.run();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stdout(&output), "Keylodge is open.\n");
    let heard = broker.join().expect("broker");
    assert!(
        matches!(heard[..], [ToBroker { request: Request::Open { .. }, passphrase: None, .. }]),
        "{heard:?}"
    );
}

#[test]
fn tau_11_starts_the_broker_beside_it_and_not_the_one_on_the_path() {
    let stage = Stage::new("starts");
    stage.script("keylodge", "started", "exec sleep 3");
    stage.script("path/keylodge", "decoy", "exec sleep 3");
    let (note, socket) = (stage.root.join("started"), stage.socket());
    let broker = thread::spawn(move || {
        wait_until(|| note.exists());
        fake_broker(UnixListener::bind(socket).expect("bind")).join().expect("broker")
    });
    let output = stage.run();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(broker.join().expect("broker").len(), 1);
    let started = fs::read_to_string(stage.root.join("started")).expect("note");
    assert_eq!(started.trim(), format!("{} serve", stage.root.join("keylodge").display()));
    assert!(!stage.root.join("decoy").exists());
}

#[test]
fn says_what_is_wrong_when_no_broker_can_be_started() {
    let stage = Stage::new("nothing");
    let output = stage.run();
    assert_eq!(output.status.code(), Some(69));
    assert!(stderr(&output).starts_with("Keylodge's broker is not there"), "{}", stderr(&output));

    stage.script("keylodge", "started", "echo 'the port is taken' >&2; exit 1");
    let output = stage.run();
    assert_eq!(output.status.code(), Some(69));
    assert!(stderr(&output).contains("ended at once"), "{}", stderr(&output));
    let log = fs::read_to_string(stage.root.join("run/broker.log")).expect("log");
    assert_eq!(log.trim(), "the port is taken");
}

#[test]
fn tau_05_a_number_that_is_no_channel_opens_no_window() {
    let stage = Stage::new("no-channel");
    for number in ["", "0", "2", "-1", "99", "four", "3 "] {
        let output = stage.command().env("KEYLODGE_CHANNEL_FD", number).output().expect("runs");
        assert_eq!(output.status.code(), Some(64), "{number:?}: {}", stderr(&output));
    }
}

#[test]
fn tau_07_arguments_start_nothing() {
    let stage = Stage::new("arguments");
    let listener = UnixListener::bind(stage.socket()).expect("bind");
    listener.set_nonblocking(true).expect("non-blocking");
    for (arguments, code) in [("--version", 0), ("--help", 0), ("approve", 64), ("keylodge://allow", 64)] {
        let output = stage.command().arg(arguments).output().expect("runs");
        assert_eq!(output.status.code(), Some(code), "{arguments}");
    }
    assert!(listener.accept().is_err(), "somebody called");
}

#[test]
fn tau_08_the_way_in_for_a_web_driver_is_not_in_this_build() {
    let program = fs::read(PROGRAM).expect("program");
    let path = control::Place::at(PathBuf::from("/")).test_channel();
    let name = path.file_name().expect("name").as_encoded_bytes();
    assert!(!program.windows(name.len()).any(|bytes| bytes == name), "{}", path.display());
}

#[expect(clippy::disallowed_methods, reason = "looks at another process until a deadline")]
fn wait_until(mut condition: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(10);
    while !condition() && Instant::now() < until {
        thread::sleep(Duration::from_millis(10));
    }
}
