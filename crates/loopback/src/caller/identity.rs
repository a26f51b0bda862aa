//! What decisions need to know of a program: which file runs, which script, in which terminal session. The rest of what
//! can be seen is for the person, and looked at when they are asked ([`super::evidence`]).

use broker::Caller;

use super::{
    command_line,
    executable::{self, Executable},
    file_hash::{self, FileKey},
    lineage,
    process::Process,
    script, warnings,
};

/// The program as decisions see it, and its script's file as it was then.
pub fn of(process: &Process) -> (Caller, Option<FileKey>) {
    let mut caller = Caller { pid: process.pid, ..Caller::default() };
    let Some(executable) = Executable::of(process) else { return (caller, None) };
    caller.file = qualified(&executable, process);
    caller.file_hash = file_hash::of(executable.file()).unwrap_or_default();
    caller.forwarded = warnings::is_forwarder(process);
    caller.session = session(process, caller.forwarded);
    caller.directory = directory(process);
    if !caller.is_interpreter() {
        return (caller, None);
    }
    let Some(script) = script::of(process, &caller.file, &command_line::words(process)) else {
        return (caller, None);
    };
    caller.script = Some(executable::shown(&script.path));
    caller.script_hash = script.hash;
    (caller, script.key)
}

/// The terminal session. It says nothing about what comes through a forwarder: that must not be remembered by it.
pub fn session(process: &Process, forwarded: bool) -> Option<String> {
    process.stat().filter(|_| !forwarded).and_then(|stat| lineage::session(&stat))
}

/// The directory it works in, where that is one of ours.
fn directory(process: &Process) -> Option<String> {
    let path = process.link("cwd").filter(|_| !process.is_elsewhere("mnt"))?;
    Some(executable::shown(&path))
}

/// A path inside a sandbox or container is no path of ours: it carries the name of the place, so that a program there
/// is never taken for the one that has this path here (LOC-08).
fn qualified(executable: &Executable, process: &Process) -> String {
    let path = executable::shown(&executable.path);
    if !process.is_elsewhere("mnt") {
        return path;
    }
    match warnings::flatpak(process) {
        Some(id) => format!("flatpak:{id}:{path}"),
        None if !executable.is_here() => format!("container:{path}"),
        None => path,
    }
}
