//! `keylodge run`: a command with a token in its environment, because the person asked for that.

use std::{
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};

use crate::{arguments::RunOptions, exit::Failed, token};

/// Becomes the command.
pub fn run(options: &RunOptions) -> Result<ExitCode, Failed> {
    let token = token::get(options.account.as_deref(), &options.wanted)?;
    let (program, arguments) =
        options.command.split_first().ok_or_else(|| Failed::usage("Name a command."))?;
    let error = Command::new(program).args(arguments).env(&options.env, token.access_token()).exec();
    Err(Failed::other(&format!("{program} could not be started: {error}.")))
}
