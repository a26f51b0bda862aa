//! Puts together what the person is shown of a program.

use broker::{Caller, messages::questions};

use super::{command_line, executable::Executable, identity, lineage, process::Process, warnings};

/// Describes a process. What cannot be seen stays empty, with a warning.
pub fn of(process: &Process) -> Caller {
    let (mut caller, _) = identity::of(process);
    caller.command_line = command_line::shown(&command_line::words(process));
    caller.started_by = lineage::started_by(process);
    caller.terminal = process.stat().and_then(|stat| lineage::terminal(&stat));
    caller.session = identity::session(process, caller.forwarded);
    for warning in warnings::of(process, &caller.started_by) {
        caller.warn(&warning);
    }
    describe_file(&mut caller, process);
    if !process.lives() {
        caller.warn(&questions::ENDED_MEANWHILE.sentence());
    }
    caller
}

fn describe_file(caller: &mut Caller, process: &Process) {
    let Some(executable) = Executable::of(process) else {
        return caller.warn(&questions::UNSEEN_FILE.sentence());
    };
    caller.user_writable = executable.is_replaceable(process);
    if executable.is_gone {
        caller.warn(&questions::FILE_GONE.sentence());
    }
}
