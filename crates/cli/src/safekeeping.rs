//! `keylodge backup …` and `keylodge passphrase …`.

use std::{env, path::PathBuf, process::ExitCode};

use control::{Passphrase, Request};

use crate::{
    arguments::{BackupCommand, Global, PassphraseCommand},
    connection::{Broker, done},
    exit::Failed,
    passphrase,
};

/// Carries out a command about backups.
pub fn backup(command: BackupCommand, global: &Global) -> Result<ExitCode, Failed> {
    let mut broker = Broker::connect(global)?;
    match command {
        BackupCommand::Create(backup) => {
            let file = in_full(backup.file)?;
            let backup_passphrase = new_passphrase(backup.backup_passphrase_fd, "the backup")?;
            let request = Request::BackupCreate { file: file.clone(), backup_passphrase };
            let sentence = format!("{file} is written. Keep its passphrase apart from it.");
            done(&broker.ask_with_presence(request)?, global, &sentence)
        }
        BackupCommand::Restore(backup) => {
            let file = in_full(backup.file)?;
            let given = match backup.backup_passphrase_fd {
                Some(descriptor) => Some(passphrase::from_descriptor(descriptor)?),
                None => passphrase::typed("Passphrase of the backup: ")?,
            };
            let request = Request::BackupRestore { file, backup_passphrase: given.ok_or_else(no_terminal)? };
            done(&broker.ask_with_presence(request)?, global, "Restored.")
        }
    }
}

/// Carries out a command about the vault's passphrase.
pub fn passphrase(command: &PassphraseCommand, global: &Global) -> Result<ExitCode, Failed> {
    let PassphraseCommand::Set { new_passphrase_fd } = *command;
    let mut broker = Broker::connect(global)?;
    let new = new_passphrase(new_passphrase_fd, "the vault")?;
    done(&broker.ask_with_presence(Request::PassphraseSet { new })?, global, "The passphrase is set.")
}

fn new_passphrase(descriptor: Option<i32>, what: &str) -> Result<Passphrase, Failed> {
    match descriptor {
        Some(descriptor) => passphrase::from_descriptor(descriptor),
        None => passphrase::chosen_for(what)?.ok_or_else(no_terminal),
    }
}

fn no_terminal() -> Failed {
    Failed::usage("There is no terminal to ask for the passphrase at. Run this at one, or use the window.")
}

/// The broker works in another directory.
fn in_full(file: PathBuf) -> Result<String, Failed> {
    let here = env::current_dir().map_err(|error| Failed::other(&error))?;
    Ok(here.join(file).display().to_string())
}
