//! Puts together what the person is shown of a program.

use broker::Caller;

use super::{
    command_line,
    executable::{self, Executable},
    file_hash, lineage,
    process::Process,
    script,
    warnings::{self, Sandbox},
};

/// Describes a process. What cannot be seen stays empty, with a warning.
pub fn of(process: &Process) -> Caller {
    let words = command_line::words(process);
    let mut caller = Caller {
        pid: process.pid,
        command_line: command_line::shown(&words),
        started_by: lineage::started_by(process),
        ..Caller::default()
    };
    describe_file(&mut caller, process);
    describe_script(&mut caller, process, &words);
    if let Some(stat) = process.stat() {
        caller.terminal = lineage::terminal(&stat);
        // A terminal says nothing about what comes through a forwarder: that must not be remembered by it.
        caller.session = lineage::session(&stat).filter(|_| !warnings::is_forwarder(process));
    }
    if !process.lives() {
        warn(&mut caller, "It ended while Keylodge looked at it.");
    }
    caller
}

/// Adds a sentence to the warning.
pub fn warn(caller: &mut Caller, sentence: &str) {
    if !caller.warning.is_empty() {
        caller.warning.push(' ');
    }
    caller.warning.push_str(sentence);
}

fn describe_file(caller: &mut Caller, process: &Process) {
    let sandbox = warnings::sandbox(process);
    for warning in warnings::of(process, sandbox.as_ref()) {
        warn(caller, &warning);
    }
    let Some(executable) = Executable::of(process) else {
        return warn(caller, "Keylodge may not see which file it runs.");
    };
    caller.file = qualified(&executable, process, sandbox.as_ref());
    caller.file_hash = file_hash::of(executable.file()).unwrap_or_default();
    caller.user_writable = executable.is_replaceable(process);
    if executable.is_gone {
        warn(caller, "Its file was deleted or replaced after it had started.");
    }
}

/// A path inside a sandbox or container is no path of ours: it carries the name of the place, so that a program there
/// is never taken for the one that has this path here (LOC-08).
fn qualified(executable: &Executable, process: &Process, sandbox: Option<&Sandbox>) -> String {
    let path = executable::shown(&executable.path);
    match sandbox {
        Some(Sandbox::Flatpak(id)) => format!("flatpak:{id}:{path}"),
        _ if process.is_elsewhere("mnt") && !executable.is_here() => format!("container:{path}"),
        _ => path,
    }
}

fn describe_script(caller: &mut Caller, process: &Process, words: &[String]) {
    if !caller.is_interpreter() {
        return;
    }
    if let Some(script) = script::of(process, &caller.file, words) {
        caller.script = Some(executable::shown(&script.path));
        caller.script_hash = script.hash;
    }
}
