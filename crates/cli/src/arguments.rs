//! The words of the command line. Completions and the manual page are made from the same definition.

mod account;
mod activity;
mod app;
mod consent;
mod provider;
mod safekeeping;
mod settings;
mod token;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::{exit::Failed, output};

pub use account::{AccountAdd, AccountCommand, SignInWay};
pub use activity::{ActivityOptions, AuditCommand, ExportFormat};
pub use app::{AppCommand, AppRegister};
pub use consent::{Approve, ConsentChange, ConsentCommand, LeaseCommand, RequestCommand};
pub use provider::{ProviderAdd, ProviderCheck, ProviderClient, ProviderCommand};
pub use safekeeping::{BackupCommand, PassphraseCommand};
pub use settings::{Place, PolicyCommand, RouteCommand, RouteParts, SettingsCommand, Switch};
pub use token::{Format, GatewayCommand, RunOptions, TokenOptions, Wanted};

/// Lends local programs short-lived, scoped access to your online accounts; you decide who gets what.
#[derive(Debug, Parser)]
#[command(name = "keylodge", version, propagate_version = true, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// Print JSON on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// Read the passphrase from the first line of this file descriptor instead of asking for it
    #[arg(long, global = true, value_name = "FD")]
    pub passphrase_fd: Option<i32>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the broker: the vault, the loopback API and the window's other half
    Serve(ServeOptions),
    /// Open the window
    Open,
    /// Show how Keylodge is
    Status,
    /// Look for what could be wrong, and say what to do
    Doctor,
    /// Providers: where accounts can be added
    #[command(subcommand)]
    Provider(ProviderCommand),
    /// Accounts: what you are signed in to
    #[command(subcommand)]
    Account(AccountCommand),
    /// Programs that may ask, or have asked
    #[command(subcommand)]
    App(AppCommand),
    /// Questions that wait for you
    #[command(subcommand)]
    Request(RequestCommand),
    /// What you have allowed
    #[command(subcommand)]
    Consent(ConsentCommand),
    /// Tokens that are out
    #[command(subcommand)]
    Lease(LeaseCommand),
    /// Get a token for an account
    Token(TokenOptions),
    /// Run a command with a token in its environment
    Run(RunOptions),
    /// The gateway to an account's API
    #[command(subcommand)]
    Gateway(GatewayCommand),
    /// What happened
    #[command(subcommand)]
    Audit(AuditCommand),
    /// What you have set
    #[command(subcommand)]
    Settings(SettingsCommand),
    /// What an administrator has laid down for this computer
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Which account a tool gets when it names none
    #[command(subcommand)]
    Route(RouteCommand),
    /// Backups of everything that Keylodge remembers
    #[command(subcommand)]
    Backup(BackupCommand),
    /// The vault's passphrase
    #[command(subcommand)]
    Passphrase(PassphraseCommand),
    /// Whether Keylodge starts with your session: `on`, `off`, or nothing to show it
    Autostart {
        /// Without one: show
        #[arg(value_enum)]
        change: Option<Switch>,
    },
    /// For a while hand nothing out and ask nothing
    Pause {
        /// For how long: 15m, 1h
        #[arg(long = "for", value_name = "DURATION", default_value = "15m")]
        duration: String,
    },
    /// End the pause before its time
    Resume,
    /// Lock: keys leave memory, nothing is handed out
    Lock,
    /// Unlock with the passphrase
    Unlock,
    /// End every token, refuse everything that waits, and lock
    Panic,
    /// The seven steps of OAuth 2.0 and the refusals, on one screen; needs nothing from outside
    Demo(DemoOptions),
    /// The demo's local program, which the broker runs as a process of its own
    #[command(hide = true)]
    DemoProgram(DemoProgram),
    /// Print completions for a shell
    Completions { shell: Shell },
    /// Print the manual page
    Man,
}

#[derive(Args, Debug)]
pub struct ServeOptions {
    /// Port of the loopback API; 0 takes a free one
    #[arg(long, default_value_t = daemon::DEFAULT_PORT)]
    pub port: u16,
    /// Directory of the vault
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Start the embedded demo provider, too
    #[arg(long)]
    pub demo: bool,
}

#[derive(Args, Debug)]
pub struct DemoOptions {
    /// Answer the demo's questions yourself
    #[arg(long)]
    pub ask: bool,
    /// Show everything that goes over the wire, not only the essence
    #[arg(long)]
    pub wire: bool,
}

#[derive(Args, Debug)]
pub struct DemoProgram {
    /// Address of the loopback API
    #[arg(long)]
    pub base: String,
    /// The demo account's id
    #[arg(long)]
    pub account: String,
}

/// Prints completions for a shell.
pub fn completions(shell: Shell) -> ExitCode {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "keylodge", &mut text);
    output::whole(&text)
}

/// Prints the manual page.
pub fn man() -> Result<ExitCode, Failed> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut text).map_err(|error| Failed::other(&error))?;
    Ok(output::whole(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }
}
