//! Puts together what the person is shown of a program.

use broker::Caller;

use super::{command_line, executable::Executable, identity, lineage, process::Process, warnings};

/// Describes a process. What cannot be seen stays empty, with a warning.
pub fn of(process: &Process) -> Caller {
    let (mut caller, _) = identity::of(process);
    caller.command_line = command_line::shown(&command_line::words(process));
    caller.started_by = lineage::started_by(process);
    caller.terminal = process.stat().and_then(|stat| lineage::terminal(&stat));
    caller.session = identity::session(process, caller.forwarded);
    for warning in warnings::of(process, &caller.started_by) {
        warn(&mut caller, &warning);
    }
    describe_file(&mut caller, process);
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
    let Some(executable) = Executable::of(process) else {
        return warn(caller, "Keylodge may not see which file it runs.");
    };
    caller.user_writable = executable.is_replaceable(process);
    if executable.is_gone {
        warn(caller, "Its file was deleted or replaced after it had started.");
    }
}
