//! What the broker's own program does: `keylodge` becomes that program, with the same arguments, descriptors and process id.

use std::{
    convert::Infallible,
    env, io,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Command, ExitCode},
};

use crate::exit::Failed;

const BROKER: &str = "keylodge-broker";

/// Becomes the broker's program; comes back only if that cannot be started.
pub fn to_the_broker() -> Result<ExitCode, Failed> {
    let program = beside().map_err(|error| Failed::other(&error))?;
    let Err(error) = become_it(&program);
    Err(Failed::other(&format!(
        "{} could not be started: {error}. It belongs beside `keylodge`: install both again.",
        program.display()
    )))
}

/// In the directory of our own executable; no search path is asked.
fn beside() -> io::Result<PathBuf> {
    Ok(env::current_exe()?.with_file_name(BROKER))
}

fn become_it(program: &PathBuf) -> Result<Infallible, io::Error> {
    Err(Command::new(program).args(env::args_os().skip(1)).exec())
}
