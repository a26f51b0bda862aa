//! LOC-03, LOC-04: the process ends, another takes its pid, or it becomes another program after it connected.

use std::io;

use super::*;

/// Connects, waits for a line, and executes what its second argument says, with the connection still open.
const PERL_EXEC: &str = "use Socket; $^F = 99; socket(S, AF_UNIX, SOCK_STREAM, 0); \
                         connect(S, sockaddr_un($ARGV[0])) or die; <STDIN>; exec 'bash', '-c', $ARGV[1]";
const LAST_PID: &str = "/proc/sys/kernel/ns_last_pid";
const TRIES: usize = 200;

fn connected_then_executes(lodge: &Lodge, what: &str) -> (Running, Peer, UnixStream) {
    let mut command = Command::new("perl");
    let mut running = Running::start(command.args(["-e", PERL_EXEC]).arg(lodge.socket()).arg(what));
    let (peer, stream) = lodge.unix();
    let peer = peer.expect("our own user");
    assert!(peer.still_same(), "nothing has happened yet");
    running.tell("go");
    assert_eq!(running.hear(), "done", "it has executed");
    (running, peer, stream)
}

#[test]
fn loc_04_exec_after_connect_is_noticed() {
    let lodge = Lodge::open();
    let (_running, peer, _stream) = connected_then_executes(&lodge, "echo done; read -r x");
    assert!(!peer.still_same());
    let caller = peer.evidence();
    assert!(caller.file.ends_with("bash") && caller.warning.contains("changed itself"), "{caller:?}");
    assert!(!peer.still_same(), "looking does not mend it");
}

#[test]
fn loc_04_exec_of_the_same_interpreter_with_another_script_is_noticed() {
    if fs::read_to_string("/proc/sys/kernel/randomize_va_space").is_ok_and(|on| on.trim() == "0") {
        eprintln!("left out: this kernel lays every program out alike");
        return;
    }
    let lodge = Lodge::open();
    let what = r#"exec perl -e '$| = 1; print "done\n"; <STDIN>'"#;
    let (_running, peer, _stream) = connected_then_executes(&lodge, what);
    assert!(!peer.still_same());
}

#[test]
fn loc_03_a_program_that_has_ended_is_not_described() {
    let lodge = Lodge::open();
    let mut running = Running::start(&mut perl(&lodge.socket()));
    await_one(&lodge.unix);
    running.end();
    let (peer, _stream) = lodge.unix();
    let peer = peer.expect("the user is known all the same");
    let caller = peer.evidence();
    assert_eq!((caller.program_key(), caller.fingerprint()), (None, None));
    assert!(caller.warning.contains("has ended"));
    assert!(!peer.still_same());
}

#[test]
fn loc_03_whoever_takes_a_dead_programs_pid_is_not_taken_for_it() {
    if !is_root() || fs::write(LAST_PID, "").is_err_and(|e| e.kind() == io::ErrorKind::PermissionDenied) {
        return;
    }
    let lodge = Lodge::open();
    for _ in 0..TRIES {
        let mut first = Running::start(&mut perl(&lodge.socket()));
        await_one(&lodge.unix);
        let pid = first.0.id();
        first.end();
        fs::write(LAST_PID, (pid - 1).to_string()).expect("the next pid is chosen");
        let second = Running::start(Command::new("sleep").arg("60"));
        let (peer, _stream) = lodge.unix();
        if second.0.id() != pid {
            continue;
        }
        let caller = peer.expect("the user is known").evidence();
        assert_eq!(caller.program_key(), None, "{caller:?}");
        return;
    }
    eprintln!("left out: the pid was never to be had again");
}

#[test]
fn loc_03_a_tcp_peer_that_has_ended_is_not_described() {
    let lodge = Lodge::open();
    // Another process keeps the connection, so that it is still somebody's; then that one ends, too.
    let mut running = Running::start(&mut shell("/bin/bash", &lodge.port()));
    let (peer, _stream) = lodge.tcp();
    running.end();
    let peer = peer.expect("our own user");
    assert_eq!(peer.evidence().program_key(), None);
    assert!(!peer.still_same());
}

/// Connects over TCP, waits for a line, and executes another program, with the connection still open.
const SHELL_TCP_EXEC: &str =
    "exec 3<>/dev/tcp/127.0.0.1/$0; read -r x; exec perl -e '$| = 1; print \"done\\n\"; <STDIN>'";

#[test]
fn loc_04_exec_after_connect_is_noticed_over_tcp_before_the_first_request() {
    let lodge = Lodge::open();
    let mut running = Running::start(Command::new("bash").args(["-c", SHELL_TCP_EXEC, &lodge.port()]));
    let (peer, _stream) = lodge.tcp();
    let peer = peer.expect("our own user");
    assert_eq!(peer.process(), Some(running.0.id()), "looked at when it was accepted");
    running.tell("go");
    assert_eq!(running.hear(), "done", "it has executed");
    assert!(!peer.still_same());
    assert!(peer.evidence().warning.contains("changed itself"));
}

#[test]
fn loc_04_a_connection_that_was_handed_down_is_the_parents() {
    let lodge = Lodge::open();
    let (outer, inner) = (lodge.copy("outer"), lodge.copy("inner"));
    let text = format!("exec 3<>/dev/tcp/127.0.0.1/$0; {} -c '{SHELL_TCP_4}' $0; true", inner.display());
    let _running = Running::start(Command::new(&outer).args(["-c", &text, &lodge.port()]));
    await_one(&lodge.tcp);
    let (first, from) = lodge.tcp.accept().expect("accepted");
    let (second, _second) = lodge.tcp();
    let second = second.expect("our own user");
    assert_eq!(Path::new(&second.identity().file), inner, "it opened this one itself");
    let first = of_tcp(from, first.local_addr().expect("local")).expect("our own user");
    let caller = first.evidence();
    assert_eq!(Path::new(&caller.file), outer, "not the one that connected lately");
    assert!(caller.warning.contains("Several programs"), "{}", caller.warning);
}

#[test]
fn loc_04_what_was_seen_lately_is_used_again_only_for_the_same_program() {
    let lodge = Lodge::open();
    let text = "for i in 1 2; do exec 3<>/dev/tcp/127.0.0.1/$0; read -r x; exec 3>&-; done; read -r x";
    let mut running = Running::start(Command::new("bash").args(["-c", text, &lodge.port()]));
    let (peer, _stream) = lodge.tcp();
    let first = peer.expect("our own user");
    assert!(!first.is_known(), "all processes must be searched");
    let caller = first.identity();
    running.tell("next");
    let (peer, _stream) = lodge.tcp();
    let second = peer.expect("our own user");
    assert!(second.is_known());
    assert_eq!((second.process(), second.identity()), (Some(running.0.id()), caller.clone()));
    let evidence = second.evidence();
    assert_eq!(evidence.program_key(), caller.program_key());
    assert_eq!(evidence.fingerprint(), caller.fingerprint());
    running.end();
    assert!(!second.still_same());
}
