//! Words about backups and the passphrase.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum BackupCommand {
    /// Write a backup into a new file
    Create(BackupFile),
    /// Put a backup in the place of everything that is here
    Restore(BackupFile),
}

#[derive(Args, Debug)]
pub struct BackupFile {
    /// The file
    pub file: PathBuf,
    /// Read the backup's own passphrase from the first line of this file descriptor
    #[arg(long, value_name = "FD")]
    pub backup_passphrase_fd: Option<i32>,
}

#[derive(Debug, Subcommand)]
pub enum PassphraseCommand {
    /// Give the vault a passphrase, or another one
    Set {
        /// Read the new passphrase from the first line of this file descriptor
        #[arg(long, value_name = "FD")]
        new_passphrase_fd: Option<i32>,
    },
}
