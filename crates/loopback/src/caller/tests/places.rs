//! LOC-08, LOC-15: terminals, namespaces, sandboxes and forwarders.

use super::*;

#[test]
fn loc_15_what_comes_through_a_forwarder_is_told_and_not_remembered() {
    let lodge = Lodge::open();
    let caller = lodge.seen(&mut shell(lodge.copy("socat"), &lodge.port()));
    assert!(caller.warning.contains("comes through socat"), "{}", caller.warning);
    assert_eq!((caller.session.as_deref(), caller.fingerprint()), (None, None));
}

#[test]
fn a_terminal_session_is_named_after_its_leader() {
    let lodge = Lodge::open();
    let line = format!("bash -c '{SHELL_TCP}' {}; true", lodge.port());
    let caller = lodge.seen(Command::new("script").args(["-qec", &line, "/dev/null"]));
    let terminal = caller.terminal.as_deref().expect("a terminal");
    assert!(terminal.starts_with("pts/"), "{terminal}");
    assert!(
        caller.session.as_deref().is_some_and(|session| session.starts_with(terminal)),
        "{:?}",
        caller.session
    );
    assert!(caller.fingerprint().is_some(), "an interpreter is known by its terminal session");
}

#[test]
fn loc_08_a_path_in_another_namespace_is_not_ours() {
    if !is_root() {
        return;
    }
    let lodge = Lodge::open();
    let tool = lodge.copy("tool");
    let inside = lodge.path("inside");
    fs::create_dir(&inside).expect("made");
    let line = format!(
        "mount -t tmpfs none {0} && cp {1} {0}/tool && exec {0}/tool -c '{SHELL_TCP}' {2}",
        inside.display(),
        tool.display(),
        lodge.port()
    );
    let caller = lodge.seen(Command::new("unshare").args(["-m", "sh", "-c", &line]));
    assert_eq!(caller.file, format!("container:{}/tool", inside.display()));
    assert!(caller.warning.contains("sees other files"), "{}", caller.warning);
}

#[test]
fn loc_08_flatpak_is_named_by_its_own_file_and_not_by_one_of_ours() {
    if !is_root() {
        return;
    }
    let lodge = Lodge::open();
    let root = lodge.path("root");
    for directory in ["usr", "old"] {
        fs::create_dir_all(root.join(directory)).expect("made");
    }
    for link in ["bin", "lib", "lib64"] {
        std::os::unix::fs::symlink(format!("usr/{link}"), root.join(link)).expect("linked");
    }
    fs::write(root.join(".flatpak-info"), "[Application]\nname=org.example.\u{202e}Mail\n").expect("written");
    let line = format!(
        "mount --bind {0} {0} && mount --bind /usr {0}/usr && cd {0} && pivot_root . old && \
         exec chroot . /usr/bin/bash -c '{SHELL_TCP}' {1}",
        root.display(),
        lodge.port()
    );
    let caller = lodge.seen(Command::new("unshare").args(["-m", "sh", "-c", &line]));
    assert_eq!(caller.file, "flatpak:org.example.Mail:/usr/bin/bash");
    assert!(caller.warning.contains("Flatpak sandbox of org.example.Mail"), "{}", caller.warning);
}

#[test]
fn loc_15_every_usual_forwarder_is_known() {
    let lodge = Lodge::open();
    for name in ["sshd-session", "ssh", "pasta", "slirp4netns", "docker-proxy", "qemu-system-x86_64"] {
        let caller = lodge.seen(&mut shell(lodge.copy(name), &lodge.port()));
        assert!(caller.forwarded && caller.warning.contains(name), "{name}: {}", caller.warning);
        assert_eq!(caller.fingerprint(), None, "{name}");
    }
}

#[test]
fn loc_15_a_session_from_another_machine_is_told() {
    let lodge = Lodge::open();
    let line = format!("{} -c '{SHELL_TCP}' $0; true", lodge.copy("tool").display());
    let caller = lodge.seen(Command::new(lodge.copy("sshd-session")).args(["-c", &line, &lodge.port()]));
    assert!(caller.warning.contains("from another machine"), "{}", caller.warning);
    assert!(!caller.forwarded, "it is a program of this machine all the same");
}

#[test]
fn dos_01_one_search_finds_the_programs_of_all_connections_that_wait() {
    let lodge = Lodge::open();
    let programs = ["one", "two", "three"].map(|name| lodge.copy(name));
    let running = programs.each_ref().map(|program| Running::start(&mut shell(program, &lodge.port())));
    let peers = running.each_ref().map(|_| lodge.tcp());
    let peers = peers.map(|(peer, stream)| (peer.expect("our own user"), stream));
    assert!(peers.iter().all(|(peer, _)| !peer.is_known()), "nobody has searched yet");
    assert!(peers[0].0.process().is_some());
    assert!(peers.iter().all(|(peer, _)| peer.is_known()), "all were found at once");
    let mut found: Vec<_> = peers.iter().filter_map(|(peer, _)| peer.process()).collect();
    let mut started: Vec<_> = running.iter().map(|running| running.0.id()).collect();
    found.sort_unstable();
    started.sort_unstable();
    assert_eq!(found, started, "each its own");
}

#[test]
fn connections_of_one_program_that_come_together_are_found_without_a_search() {
    let lodge = Lodge::open();
    let connect = || TcpStream::connect(lodge.tcp.local_addr().expect("bound")).expect("it listens");
    // Their numbers lie far apart, for it opens files in between.
    let _open: Vec<_> =
        (0..8).map(|_| (connect(), [(); 8].map(|()| std::fs::File::open("/dev/null")))).collect();
    let first = lodge.tcp().0.expect("our own user");
    assert_eq!(first.process(), Some(std::process::id()));
    for _ in 1..8 {
        let next = lodge.tcp().0.expect("our own user");
        assert!(next.is_known());
        assert_eq!(next.process(), Some(std::process::id()));
    }
}
