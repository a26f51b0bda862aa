//! Started by a service manager: the real binary on sockets that somebody else opened.

use std::{
    io::{Read, Write},
    net::TcpListener,
    os::{
        fd::{AsFd, AsRawFd},
        unix::net::{UnixDatagram, UnixListener, UnixStream},
    },
    process::{Command, Stdio},
    time::Duration,
};

use rustix::io::{FdFlags, fcntl_setfd};
use stories::{Build, Home, Running};

const PATIENCE: Duration = Duration::from_secs(20);

/// Passed on to the next program that is started.
fn passed_on(socket: &impl AsFd) -> String {
    fcntl_setfd(socket, FdFlags::empty()).expect("it may be inherited");
    socket.as_fd().as_raw_fd().to_string()
}

/// What the manager is told next.
fn heard(manager: &UnixDatagram) -> String {
    let mut word = [0; 64];
    let length = manager.recv(&mut word).expect("a word in time");
    String::from_utf8_lossy(&word[..length]).into_owned()
}

fn answers(mut stream: impl Read + Write) -> String {
    write!(stream, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn loc_13_it_serves_on_sockets_that_a_service_manager_opened_and_leaves_them_there() {
    let home = Home::new();
    let run = home.directory("run");
    let (api, control) = (run.join("api.sock"), run.join("control.sock"));
    let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = tcp.local_addr().expect("an address").port();
    let sockets = [&api, &control].map(|path| UnixListener::bind(path).expect("a socket"));
    let manager = UnixDatagram::bind(home.path().join("manager")).expect("the manager's ear");
    manager.set_read_timeout(Some(PATIENCE)).expect("bounded");
    // It connected before the broker was there: the service manager would start it for that.
    let early = UnixStream::connect(&api).expect("somebody listens");

    let numbers = [passed_on(&tcp), passed_on(&sockets[0]), passed_on(&sockets[1])];
    let text =
        "exec 3<&$0 4<&$1 5<&$2; export LISTEN_FDS=3 LISTEN_PID=$$; exec \"$3\" serve --data \"$4\" --port 1";
    let mut command = Command::new("bash");
    command
        .args(["-c", text])
        .args(&numbers)
        .arg(Build::Usual.binary("keylodge"))
        .arg(home.directory("data"))
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", home.directory("home"))
        .env("KEYLODGE_RUNTIME_DIR", &run)
        .env("NOTIFY_SOCKET", home.path().join("manager"))
        .stdin(Stdio::null());
    let mut process = Running::start(command, &home.path().join("serve.log"));
    assert_eq!(heard(&manager), "READY=1", "{}", process.log());
    assert_eq!(
        process.line("Keylodge is ready at"),
        format!("http://127.0.0.1:{port}"),
        "the port that was opened"
    );
    early.set_read_timeout(Some(PATIENCE)).expect("bounded");
    assert!(answers(early).starts_with("HTTP/1.1 200 "), "who came early is served");
    assert!(UnixStream::connect(&control).is_ok());

    assert!(process.stop().success(), "{}", process.log());
    assert_eq!(heard(&manager), "STOPPING=1");
    assert!(api.exists() && control.exists(), "they are the manager's");
    assert!(UnixStream::connect(&api).is_ok(), "and it goes on listening");
}

#[test]
fn what_was_meant_for_another_process_is_left_alone() {
    let home = Home::new();
    let mut command = Command::new(Build::Usual.binary("keylodge"));
    command
        .args(["serve", "--port", "0", "--data"])
        .arg(home.directory("data"))
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", home.directory("home"))
        .env("KEYLODGE_RUNTIME_DIR", home.directory("run"))
        .env("LISTEN_FDS", "2")
        .env("LISTEN_PID", "1")
        .stdin(Stdio::null());
    let mut process = Running::start(command, &home.path().join("serve.log"));
    process.line("Keylodge is ready at");
    assert!(process.stop().success(), "{}", process.log());
    assert!(!home.directory("run").join("api.sock").exists(), "its own sockets it takes away");
}
