//! `keylodge demo`: the seven steps and the refusals, from one command, with nothing left behind.

use std::{fs, process::Command, time::Duration};

use stories::{Build, Home, Running};

fn demo(home: &Home, arguments: &[&str]) -> (i32, String) {
    let scratch = home.directory("scratch");
    let mut command = Command::new(Build::Usual.binary("keylodge"));
    command.env_clear().env("HOME", home.path()).env("TMPDIR", &scratch).env("PATH", "/usr/bin:/bin");
    command.arg("demo").args(arguments);
    let mut running = Running::start(command, &home.path().join("demo.log"));
    let status = running.end(Duration::from_secs(60));
    let left: Vec<_> = fs::read_dir(&scratch).expect("readable").collect();
    assert!(left.is_empty(), "it left something behind: {left:?}");
    (status.code().unwrap_or(-1), running.rest())
}

#[test]
fn it_shows_seven_steps_and_what_is_refused() {
    let home = Home::new();
    let (code, shown) = demo(&home, &[]);
    assert_eq!(code, 0, "{shown}");
    for number in 1..=7 {
        let done = shown
            .lines()
            .any(|line| line.trim_start().starts_with(&format!("{number}  ")) && !line.contains('✗'));
        assert!(done, "step {number} is missing:\n{shown}");
    }
    let refused = shown.lines().filter(|line| line.contains("✓ refused")).count();
    assert!(refused >= 6, "{refused} refusals:\n{shown}");
    assert!(!shown.contains("✗ failed"), "{shown}");
    assert!(shown.contains("Photos of Ada"), "the resource is delivered:\n{shown}");
}

#[test]
fn lek_01_it_shows_no_whole_secret() {
    let home = Home::new();
    let (code, shown) = demo(&home, &["--wire"]);
    assert_eq!(code, 0, "{shown}");
    for line in shown.lines() {
        let secret =
            ["access_token:", "refresh_token:", "client_secret:", "code:", "code_verifier:", "Bearer e"];
        if secret.iter().any(|name| line.contains(name)) {
            assert!(line.chars().count() < 120 && line.contains('…'), "{line}");
        }
    }
}
