//! `keylodge serve`: the broker process.

use std::process::ExitCode;

use daemon::{Configuration, ServeError};

use crate::{
    arguments::{Global, ServeOptions},
    exit::Failed,
    passphrase,
};

/// Runs until it is told to stop.
pub fn serve(options: &ServeOptions, global: &Global) -> Result<ExitCode, Failed> {
    daemon::start_logging();
    let mut configuration =
        Configuration::usual().ok_or_else(|| Failed::other(&"No home directory is known. Set HOME."))?;
    configuration.port = options.port;
    configuration.demo = options.demo;
    if let Some(data) = &options.data {
        configuration.data_dir = std::path::absolute(data).map_err(|error| Failed::other(&error))?;
    }
    if let Some(fd) = global.passphrase_fd {
        let given = passphrase::from_descriptor(fd)?;
        configuration.passphrase = Some(given.expose().into());
    }
    daemon::serve(configuration, ask).map_err(|error| match error {
        ServeError::Usage(sentence) => Failed::usage(sentence),
        other => Failed::other(&other),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Asks at the terminal for the passphrase, where there is no window to ask in.
fn ask(new: bool) -> Option<control::Passphrase> {
    let asked = if new { passphrase::chosen() } else { passphrase::typed("Keylodge passphrase: ") };
    match asked {
        Ok(typed) => typed,
        Err(failed) => {
            failed.report();
            None
        }
    }
}
