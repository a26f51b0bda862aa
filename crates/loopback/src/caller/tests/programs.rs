//! LOC-05, LOC-06: which program it is, and whether it is still the same one.

use super::*;
use crate::caller::{listener_on, set_helper_executable};

fn by_python(script: &Path, port: &str) -> Command {
    let mut command = Command::new("python3");
    command.arg(script).arg(port);
    command
}

#[test]
fn a_program_is_described_by_its_file() {
    let lodge = Lodge::open();
    let tool = lodge.copy("tool");
    let caller = lodge.seen(shell(&tool, &lodge.port()).arg("--password").arg("canary-5f"));
    assert_eq!(Path::new(&caller.file), tool);
    assert_eq!((caller.file_hash.len(), caller.script.as_deref()), (64, None));
    assert_eq!(caller.uid, geteuid().as_raw());
    assert!(caller.command_line.contains("tool -c") && !caller.command_line.contains("canary"));
    let own = std::env::current_exe().expect("ours");
    let own = own.file_name().and_then(|name| name.to_str()).expect("a name");
    assert_eq!(
        caller.started_by.first().map(String::as_str),
        Some(own).map(|name| &name[..name.len().min(60)])
    );
    assert!(caller.fingerprint().is_some() && caller.warning.is_empty(), "{}", caller.warning);
    assert_eq!(lodge.seen(&mut shell(&tool, &lodge.port())).fingerprint(), caller.fingerprint());
}

#[test]
fn a_unix_peer_is_described_like_a_tcp_peer() {
    let lodge = Lodge::open();
    let mut running = Running::start(&mut perl(&lodge.socket()));
    let (peer, _stream) = lodge.unix();
    let peer = peer.expect("our own user");
    let caller = peer.evidence();
    assert!(caller.file.contains("perl"), "{}", caller.file);
    assert_eq!(caller.pid, running.0.id());
    assert!(peer.still_same());
    running.end();
    assert!(!peer.still_same(), "it has ended");
}

#[test]
fn loc_05_two_scripts_under_one_interpreter_are_two_programs() {
    let lodge = Lodge::open();
    let (a, b) = (lodge.script("a.py", &python("")), lodge.script("b.py", &python("")));
    let (a_seen, b_seen) =
        (lodge.seen(&mut by_python(&a, &lodge.port())), lodge.seen(&mut by_python(&b, &lodge.port())));
    assert_eq!(a_seen.file, b_seen.file);
    assert_eq!(a_seen.script.as_deref().map(Path::new), Some(a.as_path()));
    assert_ne!(a_seen.program_key(), b_seen.program_key());
    assert_ne!(a_seen.fingerprint(), b_seen.fingerprint());
}

#[test]
fn loc_05_a_script_is_found_from_its_own_directory() {
    let lodge = Lodge::open();
    let script = lodge.script("here.sh", "#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/$1\nread -r x\n");
    let caller = lodge.seen(Command::new("./here.sh").arg(lodge.port()).current_dir(lodge.path("")));
    assert_eq!(caller.script.as_deref().map(Path::new), Some(script.as_path()));
}

#[test]
fn loc_05_code_on_the_command_line_is_no_script() {
    let lodge = Lodge::open();
    let decoy = lodge.script("decoy.py", "");
    let caller =
        lodge.seen(Command::new("setsid").args(["python3", "-c", &python(""), &lodge.port()]).arg(&decoy));
    assert_eq!((caller.script.as_deref(), caller.terminal.as_deref()), (None, None));
    assert!(caller.is_interpreter() && caller.fingerprint().is_none());
}

#[test]
fn loc_06_a_changed_script_has_another_fingerprint() {
    let lodge = Lodge::open();
    let script = lodge.script("a.py", &python("x = 1"));
    let before = lodge.seen(&mut by_python(&script, &lodge.port()));
    lodge.script("a.py", &python("x = 2"));
    let after = lodge.seen(&mut by_python(&script, &lodge.port()));
    assert_eq!(before.program_key(), after.program_key());
    assert_ne!(before.fingerprint(), after.fingerprint());
}

#[test]
fn loc_06_a_replaced_program_has_another_fingerprint_at_once() {
    let lodge = Lodge::open();
    let tool = lodge.copy("tool");
    let before = lodge.seen(&mut shell(&tool, &lodge.port()));
    let mut bytes = fs::read(&tool).expect("read");
    bytes.extend(b"changed");
    fs::write(&tool, bytes).expect("written");
    let after = lodge.seen(&mut shell(&tool, &lodge.port()));
    assert_eq!(before.program_key(), after.program_key());
    assert_ne!(before.fingerprint(), after.fingerprint());
}

#[test]
fn loc_06_a_deleted_file_is_told_and_its_bytes_are_still_known() {
    let lodge = Lodge::open();
    let tool = lodge.copy("tool");
    let whole = lodge.seen(&mut shell(&tool, &lodge.port()));
    let _running = Running::start(&mut shell(&tool, &lodge.port()));
    let (peer, _stream) = lodge.tcp();
    fs::remove_file(&tool).expect("removed");
    fs::write(&tool, "another file").expect("put in its place");
    let caller = peer.expect("our own user").evidence();
    assert_eq!((&caller.file, &caller.file_hash), (&whole.file, &whole.file_hash));
    assert!(caller.warning.contains("deleted or replaced"), "{}", caller.warning);
}

#[test]
fn loc_06_a_file_that_others_can_write_is_told() {
    let lodge = Lodge::open();
    let tool = lodge.copy("tool");
    let seen = || lodge.seen(&mut shell(&tool, &lodge.port())).user_writable;
    if !geteuid().is_root() {
        assert!(seen(), "our own file");
        return;
    }
    assert!(!seen(), "root's own, below root's own directories");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o777)).expect("opened");
    assert!(seen(), "anybody may write it");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("closed");
    fs::set_permissions(lodge.home.path(), fs::Permissions::from_mode(0o777)).expect("opened");
    assert!(seen(), "anybody may replace it");
}

#[test]
fn our_own_command_line_stands_for_whoever_started_it() {
    let lodge = Lodge::open();
    let helper = lodge.copy("keylodge-of-a-script");
    set_helper_executable(&helper);
    let text = format!("#!/bin/bash\n{} -c '{SHELL_TCP}' \"$1\"\nexit 0\n", helper.display());
    let script = lodge.script("backup.sh", &text);
    let caller = lodge.seen(Command::new(&script).arg(lodge.port()));
    assert_eq!(caller.script.as_deref().map(Path::new), Some(script.as_path()));
}

#[test]
fn loc_06_what_is_put_in_a_helpers_place_is_no_helper() {
    let lodge = Lodge::open();
    let helper = lodge.copy("keylodge-replaced");
    set_helper_executable(&helper);
    fs::remove_file(&helper).expect("ours");
    let helper = lodge.copy("keylodge-replaced");
    let text = format!("#!/bin/bash\n{} -c '{SHELL_TCP}' \"$1\"\nexit 0\n", helper.display());
    let script = lodge.script("trusted.sh", &text);
    let caller = lodge.seen(Command::new(&script).arg(lodge.port()));
    assert_eq!(Path::new(&caller.file), helper);
}

#[test]
fn a_helper_that_the_broker_itself_started_is_the_program() {
    let lodge = Lodge::open();
    let helper = lodge.copy("keylodge-demo");
    set_helper_executable(&helper);
    let caller = lodge.seen(&mut shell(&helper, &lodge.port()));
    assert_eq!(Path::new(&caller.file), helper);
}

#[test]
fn loc_05_nobody_is_taken_for_the_adopter_of_an_orphaned_helper() {
    let lodge = Lodge::open();
    let helper = lodge.copy("keylodge-orphaned");
    set_helper_executable(&helper);
    let text = format!("{} -c 'read -r x; {SHELL_TCP}' \"$0\" <&0 & exit 0", helper.display());
    let mut parent = Running::start(Command::new("bash").args(["-c", &text, &lodge.port()]));
    let mut input = parent.0.stdin.take().expect("its input");
    parent.0.wait().expect("it ends");
    writeln!(input, "go").expect("the orphan is told to connect");
    let (peer, _stream) = lodge.tcp();
    let caller = peer.expect("our own user").evidence();
    assert_eq!(caller.program_key(), None, "{caller:?}");
    assert!(caller.warning.contains("command line"), "{}", caller.warning);
}

#[test]
fn whoever_listens_on_a_port_is_described() {
    let text = "use Socket; socket(S, AF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(0, INADDR_LOOPBACK)); listen(S, 1); \
                $| = 1; print +(sockaddr_in(getsockname(S)))[0], \"\\n\"; <STDIN>";
    let mut running = Running::start(Command::new("perl").args(["-e", text]));
    let port = running.hear().parse().expect("a port");
    let caller = listener_on(port).expect("it listens");
    assert_eq!(caller.pid, running.0.id());
    running.end();
    assert_eq!(listener_on(port), None);
}

/// A library in an allowed program speaks with that program's voice: an accepted limit. What it gets is bounded by what
/// the program was allowed, for nothing of it makes the caller another one.
#[test]
fn loc_07_a_preloaded_library_is_the_program_that_it_is_in_and_no_other() {
    let Some(library) = compiled("int loaded;\n") else {
        eprintln!("left out: there is no C compiler");
        return;
    };
    let lodge = Lodge::open();
    let (tool, other) = (lodge.copy("tool"), lodge.copy("other"));
    let plain = lodge.seen(&mut shell(&tool, &lodge.port()));
    let loaded = lodge.seen(shell(&tool, &lodge.port()).env("LD_PRELOAD", library.path()));
    assert_eq!((loaded.program_key(), loaded.fingerprint()), (plain.program_key(), plain.fingerprint()));
    let elsewhere = lodge.seen(shell(&other, &lodge.port()).env("LD_PRELOAD", library.path()));
    assert_ne!(
        elsewhere.program_key(),
        plain.program_key(),
        "it carries nothing from one program to another"
    );
    assert_ne!(elsewhere.fingerprint(), plain.fingerprint());
}

/// A shared library from this text.
fn compiled(text: &str) -> Option<tempfile::NamedTempFile> {
    let library = tempfile::NamedTempFile::new().ok()?;
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-x", "c", "-", "-o"]).arg(library.path()).stdin(Stdio::piped());
    let mut compiler = compiler.spawn().ok()?;
    compiler.stdin.take()?.write_all(text.as_bytes()).ok()?;
    compiler.wait().ok()?.success().then_some(library)
}
