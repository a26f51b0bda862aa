//! What a command does where its output goes nowhere.

use std::{
    fs::OpenOptions,
    process::{Command, Output, Stdio},
};

fn manual(to: Stdio) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keylodge"));
    command.arg("man").stdin(Stdio::null()).stdout(to).stderr(Stdio::piped());
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_reader_that_has_gone_ends_a_command_without_a_word() {
    let mut running = manual(Stdio::piped()).spawn().expect("started");
    drop(running.stdout.take());
    let ended = running.wait_with_output().expect("ended");
    assert_eq!((ended.status.code(), said(&ended).as_str()), (Some(141), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_cannot_be_written_is_told_in_a_sentence() {
    let full = OpenOptions::new().write(true).open("/dev/full").expect("there");
    let ended = manual(full.into()).output().expect("ended");
    assert_eq!(ended.status.code(), Some(1));
    assert!(said(&ended).starts_with("keylodge: The output could not be written ("), "{}", said(&ended));
}
