//! Another user of the same machine gets nothing, not even an answer. (Only root can play another user; elsewhere
//! these stories say that they were left out.)

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

use stories::{Home, Keylodge};

/// Runs a program of the system's as its owner, who must have an answer, and as the user `nobody`. `None` where that
/// cannot be done.
fn as_nobody(arguments: &[&str]) -> Option<Output> {
    let mut other = Command::new("setpriv");
    other.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]).args(arguments);
    if !rustix::process::geteuid().is_root() {
        println!("left out: only root can play another user");
        return None;
    }
    let own = Command::new(arguments[0]).args(&arguments[1..]).output().expect("the same, as ourselves");
    assert!(!own.stdout.is_empty(), "the owner has an answer");
    Some(other.output().expect("setpriv"))
}

fn curl(keylodge: &Keylodge, more: &[&str]) -> Option<Output> {
    let address = format!("{}/.well-known/oauth-authorization-server/demo", keylodge.url);
    as_nobody(
        &[&["curl", "--silent", "--show-error", "--max-time", "10"], more, &[address.as_str()]].concat(),
    )
}

fn open_to_all(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours to change");
}

#[test]
fn loc_01_another_user_is_refused_on_the_port() {
    let keylodge = Keylodge::start();
    let Some(output) = curl(&keylodge, &[]) else { return };
    assert!(output.stdout.is_empty(), "it was told: {}", String::from_utf8_lossy(&output.stdout));
    assert!(!output.status.success(), "the connection is closed");
}

/// Even where somebody has opened the directory and the sockets to all.
#[test]
fn loc_02_another_user_is_refused_on_the_sockets() {
    let keylodge = Keylodge::start();
    let runtime = keylodge.runtime();
    let api = runtime.join("api.sock");
    let api = api.to_str().expect("text");
    let Some(output) = curl(&keylodge, &["--unix-socket", api]) else { return };
    assert!(!output.status.success() && output.stdout.is_empty(), "the directory keeps others out");
    for path in [keylodge.home().path(), &runtime] {
        open_to_all(path, 0o755);
    }
    for socket in ["api.sock", "control.sock"] {
        open_to_all(&runtime.join(socket), 0o777);
    }
    let Some(output) = curl(&keylodge, &["--unix-socket", api]) else { return };
    assert!(!output.status.success() && output.stdout.is_empty(), "api.sock looks at who connects");
    let control = runtime.join("control.sock");
    let asking = r#"import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(10)
s.connect(sys.argv[1])
s.sendall(b'{"id": 1, "request": {"ask": "status"}}\n')
sys.stdout.write(s.recv(4096).decode())"#;
    let asking = ["python3", "-c", asking, control.to_str().expect("text")];
    let output = as_nobody(&asking).expect("root");
    assert!(output.stdout.is_empty(), "control.sock looks at who connects");
}

/// A directory that another user could write to is not used (STO-05, LOC-13).
#[test]
fn sto_05_loc_13_a_data_directory_open_to_others_is_refused() {
    let keylodge = Keylodge::start();
    let home = Home::new();
    let data = home.directory("data");
    open_to_all(&data, 0o777);
    let arguments = ["serve", "--port", "0", "--data", data.to_str().expect("text")];
    let mut serve = keylodge.command(&arguments, Some(stories::PASSPHRASE));
    serve.env("KEYLODGE_RUNTIME_DIR", home.directory("run"));
    let mut serve = stories::Running::start(serve, &home.path().join("log"));
    let ended = stories::until_some("it ends or closes the directory", || {
        let closed = fs::metadata(&data).expect("it").permissions().mode() & 0o777 == 0o700;
        serve.ended().map(|status| status.success()).or(closed.then_some(true))
    });
    let mode = fs::metadata(&data).expect("it").permissions().mode() & 0o777;
    assert!(!ended || mode == 0o700, "it runs on a directory of mode {mode:o}:\n{}", serve.log());
}
