//! What is read of `/proc` and of the kernel, for `fuzz/`: any program can choose much of it.

use std::net::{Ipv4Addr, SocketAddr};

use super::{command_line, process, script, sock_diag, socket_table, warnings};

/// `/proc/PID/stat`, `cmdline`, `cgroup`, `/proc/net/tcp` and the kernel's answers about sockets.
pub(crate) fn proc_files(bytes: &[u8]) {
    let stat = process::parse(bytes);
    // What follows the name is the kernel's: nothing that a program writes into its name moves it.
    if let (Some(stat), Some(end)) = (&stat, bytes.iter().rposition(|byte| *byte == b')')) {
        let fields = String::from_utf8_lossy(&bytes[end + 1..]).into_owned();
        assert!(fields.trim_ascii_start().starts_with(stat.state));
    }
    let words = command_line::divided(bytes);
    assert!(command_line::shown(&words).chars().count() <= 201);
    for interpreter in ["python3.11", "bash", "node", "busybox", "deno"] {
        let _ = script::script_word(interpreter, &words);
    }
    let text = String::from_utf8_lossy(bytes);
    drop(warnings::snap_of(&text));
    for line in text.lines() {
        let _ = socket_table::parse(line);
    }
    let here = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    drop(sock_diag::read_answer(bytes, here(1), here(2)));
}
