//! The words of the command line. Completions and the manual page are made from the same definition.

use std::{io, path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::exit::Failed;

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
    /// Start Keylodge with your session: on, off, or show
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

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one, for as long as the command runs")]
pub enum ProviderCommand {
    /// List all providers
    List,
    /// Show one: scopes, limits, and how to get a client id of your own
    Show { provider: String },
    /// Add a provider of your own: by a form, a file, its issuer, or by hand
    Add(ProviderAdd),
    /// Use what a file in your configuration directory proposes, after a look at where it leads
    Accept { provider: String },
    /// Read the files in your configuration directory again, and say how each is
    Reload,
    /// Show the public key by which Keylodge proves itself there; makes one if need be
    Key { provider: String },
    /// Look an entry over: a file of yours before you add it, or a shipped one; needs no broker
    Check(ProviderCheck),
    /// Say what you know of your client id there, to be warned before something ends
    Client(ProviderClient),
    /// Remove a provider of your own
    Remove { provider: String },
}

#[derive(Args, Debug)]
pub struct ProviderClient {
    /// The provider's id
    pub provider: String,
    /// The day on which the client secret ends, as 2027-05-31; without it: not known
    #[arg(long, value_name = "DATE")]
    pub secret_ends: Option<String>,
    /// The client is in testing mode: sign-ins end after some days
    #[arg(long, conflicts_with = "published")]
    pub testing: bool,
    /// The client is not, or no longer, in testing mode
    #[arg(long)]
    pub published: bool,
}

#[derive(Args, Debug)]
pub struct ProviderCheck {
    /// A catalogue file, or the id of a shipped provider
    #[arg(value_name = "FILE|ID")]
    pub what: String,
    /// Ask its issuer for its metadata, and say where the two differ and what the server can do
    #[arg(long)]
    pub live: bool,
    /// What the form of a shipped provider asks for, as NAME=VALUE; may be given several times
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    pub inputs: Vec<(String, String)>,
}

#[derive(Args, Debug)]
pub struct ProviderAdd {
    /// A short id of your choice, e.g. work-sso; with --file the id is in the file
    #[arg(required_unless_present = "file")]
    pub id: Option<String>,
    /// The name to show; the id if not given
    #[arg(long)]
    pub name: Option<String>,
    /// Fill in the form of this provider of the list, e.g. okta
    #[arg(long, conflicts_with_all = ["issuer", "token_endpoint", "file"])]
    pub form: Option<String>,
    /// What the form asks for, as NAME=VALUE; may be given several times (`keylodge provider show` tells the names)
    #[arg(long = "set", value_name = "NAME=VALUE", requires = "form", value_parser = pair)]
    pub inputs: Vec<(String, String)>,
    /// Add what this file says (see docs/providers.md)
    #[arg(long, conflicts_with_all = ["id", "name", "issuer", "token_endpoint"])]
    pub file: Option<PathBuf>,
    /// Its issuer (OpenID Connect or RFC 8414 metadata)
    #[arg(long, required_unless_present_any = ["token_endpoint", "form", "file"])]
    pub issuer: Option<String>,
    /// Address of its API, for the gateway
    #[arg(long)]
    pub api: Option<String>,
    /// Authorization endpoint, where there is no metadata
    #[arg(long, requires = "token_endpoint", conflicts_with = "issuer")]
    pub authorization_endpoint: Option<String>,
    /// Token endpoint, where there is no metadata
    #[arg(long, requires = "authorization_endpoint")]
    pub token_endpoint: Option<String>,
    /// Revocation endpoint (RFC 7009)
    #[arg(long, requires = "token_endpoint")]
    pub revocation_endpoint: Option<String>,
    /// Where the account's name can be read
    #[arg(long, requires = "token_endpoint")]
    pub userinfo_endpoint: Option<String>,
    /// A scope that it knows; may be given several times
    #[arg(long = "scope", requires = "token_endpoint")]
    pub scopes: Vec<String>,
}

/// Reads `NAME=VALUE`.
fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Sign in to a provider in your browser
    Add(AccountAdd),
    /// List all accounts
    List,
    /// Show one account
    Show { account: String },
    /// Sign in again, with more scopes if wanted
    Reauth {
        account: String,
        /// A scope to ask for on top; may be given several times
        #[arg(long = "scope")]
        scopes: Vec<String>,
    },
    /// Remove an account; also revokes the sign-in at the provider
    Remove { account: String },
}

#[derive(Args, Debug)]
pub struct AccountAdd {
    /// The provider's id
    pub provider: String,
    /// A name of your own for the account
    #[arg(long)]
    pub label: Option<String>,
    /// Your own client id at the provider
    #[arg(long)]
    pub client_id: Option<String>,
    /// Read the client secret from the first line of this file descriptor
    #[arg(long, value_name = "FD", requires = "client_id")]
    pub client_secret_fd: Option<i32>,
    /// Prove the client with the private key in this file (PEM) instead of a secret. The key is sealed in the vault; the
    /// file can be deleted afterwards. A key that Keylodge made (`keylodge provider key`) needs no file
    #[arg(long, value_name = "FILE", requires = "client_id", conflicts_with = "client_secret_fd")]
    pub client_key: Option<std::path::PathBuf>,
    /// A scope to ask for; may be given several times. Without any: the provider's preset
    #[arg(long = "scope")]
    pub scopes: Vec<String>,
    /// Only print the address, do not open a browser. Where your browser is on another machine, paste the address of the
    /// page where it ends
    #[arg(long)]
    pub no_browser: bool,
    #[command(flatten)]
    pub way: SignInWay,
}

/// How to sign in; without any of these: in the browser
#[derive(Args, Debug)]
#[group(multiple = false)]
pub struct SignInWay {
    /// Sign in with a short code that you type at the provider's page, on this or another device
    #[arg(long)]
    pub device: bool,
    /// As a company's account, with the key file that its provider gave: a service account's JSON, or a GitHub App's
    /// PEM. The key is sealed in the vault; the file can be deleted afterwards
    #[arg(long, value_name = "FILE")]
    pub service_account: Option<std::path::PathBuf>,
    /// As a company's program, with the client id and secret alone
    #[arg(long, requires = "client_id", requires = "client_secret_fd")]
    pub client_credentials: bool,
}

#[derive(Debug, Subcommand)]
pub enum AppCommand {
    /// List all programs
    List,
    /// Show one program
    Show { app: String },
    /// Register a program, or a local service that takes tokens
    Register(AppRegister),
    /// Withdraw everything a program was allowed
    Revoke { app: String },
    /// Remove a program altogether
    Remove { app: String },
}

#[derive(Args, Debug)]
pub struct AppRegister {
    /// The provider whose issuer it will use
    pub provider: String,
    /// The program's name
    #[arg(long)]
    pub name: String,
    /// A redirect address; may be given several times
    #[arg(long = "redirect-uri", value_name = "ADDRESS", required_unless_present_any = ["resources", "grants"])]
    pub redirect_uris: Vec<String>,
    /// Of a local service that takes tokens (a resource server): its own address; may be given several times
    #[arg(long = "resource", value_name = "ADDRESS")]
    pub resources: Vec<String>,
    /// How it gets tokens; may be given several times. Without any: authorization-code and refresh-token, or nothing for a
    /// resource server
    #[arg(long = "grant", value_enum, value_name = "GRANT")]
    pub grants: Vec<Grant>,
    /// It can keep a secret: print one, once
    #[arg(long)]
    pub confidential: bool,
    /// Mark it as yours and keep it until you remove it; asks you first. Without this a program that is allowed nothing goes
    /// after a day, a resource server that no token names after a month
    #[arg(long, conflicts_with = "confidential")]
    pub keep: bool,
}

/// A way to get tokens.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Grant {
    /// A code that the browser brings (RFC 6749 section 4.1)
    AuthorizationCode,
    /// A refresh token (RFC 6749 section 6)
    RefreshToken,
    /// A code that you type into Keylodge (RFC 8628)
    DeviceCode,
    /// Another token (RFC 8693)
    TokenExchange,
    /// Its own secret or key (RFC 6749 section 4.4)
    ClientCredentials,
}

impl Grant {
    /// The `grant_type`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
            Self::ClientCredentials => "client_credentials",
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum RequestCommand {
    /// List the questions that wait
    List,
    /// Show one question
    Show { request: String },
    /// Allow it, or a part of it; asks for the passphrase
    Approve(Approve),
    /// Decide later: it goes on waiting, but no longer comes to the front
    Later { request: String },
    /// Refuse it
    Deny {
        request: String,
        /// Refuse this program from now on
        #[arg(long)]
        always: bool,
    },
}

#[derive(Args, Debug)]
pub struct Approve {
    /// The question's id
    pub request: String,
    /// Allow only this scope; may be given several times. Without any: all that are asked for
    #[arg(long = "scope")]
    pub scopes: Vec<String>,
    /// For which of the offered accounts
    #[arg(long)]
    pub account: Option<String>,
    /// For how long: once, 15m, 1h, until-lock, 30d, always
    #[arg(long = "for", value_name = "DURATION")]
    pub duration: Option<String>,
    /// Hand the token over through the gateway even if release was asked for
    #[arg(long)]
    pub gateway: bool,
    /// Hold it to where the program is now; may be given several times
    #[arg(long, value_enum, value_name = "PLACE")]
    pub only: Vec<Only>,
    /// The code that the program shows, where it signs in as a device. Never one that somebody sent you
    #[arg(long)]
    pub code: Option<String>,
}

/// A narrower place that an answer can be held to.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Only {
    /// The terminal session that asks
    Session,
    /// The directory it works in, and those below
    Directory,
    /// The host that it says it speaks to
    Host,
}

impl From<Only> for control::Only {
    fn from(only: Only) -> Self {
        match only {
            Only::Session => Self::Session,
            Only::Directory => Self::Directory,
            Only::Host => Self::Host,
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum ConsentCommand {
    /// List what you have allowed, and refused for good
    List,
    /// Show one consent
    Show { consent: String },
    /// Change a consent; to allow more takes presence
    Edit(ConsentChange),
    /// Withdraw a consent, or one scope of it
    Revoke {
        consent: String,
        /// Only this scope
        #[arg(long)]
        scope: Option<String>,
    },
}

#[derive(Args, Debug)]
pub struct ConsentChange {
    /// The consent's id
    pub consent: String,
    /// A scope that it holds from now on; may be given several times
    #[arg(long = "scope")]
    pub scopes: Vec<String>,
    /// For how long from now: 15m, 1h, until-lock, 30d, always
    #[arg(long = "for", value_name = "DURATION")]
    pub duration: Option<String>,
    /// Hand tokens over through the gateway only
    #[arg(long)]
    pub gateway: bool,
    /// Only in this directory, or below it
    #[arg(long, value_name = "DIR", conflicts_with = "anywhere")]
    pub directory: Option<String>,
    /// Only to speak to this host
    #[arg(long, conflicts_with = "anywhere")]
    pub host: Option<String>,
    /// Wherever the program is
    #[arg(long)]
    pub anywhere: bool,
    /// Ask each time
    #[arg(long, value_enum)]
    pub each_time: Option<Switch>,
    /// A note of your own
    #[arg(long)]
    pub note: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

#[derive(Debug, Subcommand)]
pub enum SettingsCommand {
    /// List everything that can be set
    List,
    /// Set one thing; to loosen a guard takes presence
    Set { key: String, value: String },
    /// Put one thing, or everything, back to how it comes
    Reset { key: Option<String> },
}

#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Show it
    Show,
}

#[derive(Debug, Subcommand)]
pub enum RouteCommand {
    /// List all routes
    List,
    /// Add a route; every part that is given must fit
    Add {
        /// The account it leads to
        account: String,
        #[command(flatten)]
        when: RouteParts,
        /// A note of your own
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Remove a route
    Remove { route: String },
    /// Say where a tool is led from a place, and why
    Explain(Place),
}

#[derive(Args, Debug)]
pub struct RouteParts {
    /// The tool works in this directory, or below it
    #[arg(long, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// The repository: host/owner/name, with * for any part
    #[arg(long)]
    pub repository: Option<String>,
    /// The host it speaks to; *.example.org for any name below
    #[arg(long)]
    pub host: Option<String>,
    /// The program: its path, or the last part of it
    #[arg(long)]
    pub program: Option<String>,
}

#[derive(Args, Debug)]
pub struct Place {
    /// The directory; the current one if not given
    #[arg(long, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// The repository's remote address; that of the directory if not given
    #[arg(long)]
    pub remote: Option<String>,
    /// The host
    #[arg(long)]
    pub host: Option<String>,
    /// The program's path
    #[arg(long)]
    pub program: Option<String>,
}

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

#[derive(Args, Debug)]
pub struct ActivityOptions {
    /// Of this program: its id, or a part of its name
    #[arg(long)]
    pub app: Option<String>,
    /// Of this account: its id, or a part of its label
    #[arg(long)]
    pub account: Option<String>,
    /// About this scope, or a part of one
    #[arg(long)]
    pub scope: Option<String>,
    /// Of this kind, e.g. token or consent.denied
    #[arg(long)]
    pub kind: Option<String>,
    /// With this in the sentence
    #[arg(long)]
    pub text: Option<String>,
    /// Of the last: 90s, 5m, 1h, 30d
    #[arg(long, value_name = "DURATION")]
    pub last: Option<String>,
}

/// How events are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One JSON object a line
    Json,
    /// Comma-separated, with a head
    Csv,
}

impl From<ExportFormat> for control::ExportFormat {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Json => Self::Json,
            ExportFormat::Csv => Self::Csv,
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum LeaseCommand {
    /// List the tokens that are out
    List,
    /// End one
    Revoke { lease: String },
}

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// List what happened, newest first
    List {
        /// At most so many (500 at the most)
        #[arg(long, default_value_t = 50)]
        limit: u32,
        #[command(flatten)]
        of: ActivityOptions,
    },
    /// Check whether any event was changed, taken out or put in
    Verify,
    /// Print all events that fit, newest first; they hold no secrets
    Export {
        #[arg(long, value_enum, default_value_t = ExportFormat::Json)]
        format: ExportFormat,
        #[command(flatten)]
        of: ActivityOptions,
    },
}

#[derive(Debug, Subcommand)]
pub enum GatewayCommand {
    /// Print the address to use instead of the provider's API
    Url { account: String },
}

#[derive(Args, Debug)]
pub struct Wanted {
    /// A scope; may be given several times
    #[arg(long = "scope", required = true)]
    pub scopes: Vec<String>,
    /// A local resource server that the token shall be good for, instead of the gateway
    #[arg(long, value_name = "ADDRESS")]
    pub audience: Option<String>,
    /// At least so much life: 90s, 5m
    #[arg(long, value_name = "DURATION")]
    pub min_ttl: Option<String>,
    /// Ask for the provider's own token instead of one for the gateway
    #[arg(long)]
    pub release: bool,
    /// Why, in your own words; shown to the person
    #[arg(long)]
    pub purpose: Option<String>,
    /// The host you speak to: routes and consents may depend on it
    #[arg(long)]
    pub host: Option<String>,
}

#[derive(Args, Debug)]
pub struct TokenOptions {
    /// The account's label, name or id; without one a route chooses it
    pub account: Option<String>,
    #[command(flatten)]
    pub wanted: Wanted,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Raw)]
    pub format: Format,
}

#[derive(Args, Debug)]
pub struct RunOptions {
    /// The account's label, name or id; without one a route chooses it
    #[arg(long)]
    pub account: Option<String>,
    #[command(flatten)]
    pub wanted: Wanted,
    /// The variable that gets the token
    #[arg(long, default_value = "KEYLODGE_TOKEN")]
    pub env: String,
    /// The command and its arguments
    #[arg(last = true, required = true)]
    pub command: Vec<String>,
}

/// How a token is printed.
#[derive(Clone, Copy, Debug, ValueEnum, PartialEq, Eq)]
pub enum Format {
    /// The token and a newline
    Raw,
    /// The whole answer
    Json,
    /// `Authorization: Bearer …`
    Header,
}

/// Prints completions for a shell.
pub fn completions(shell: Shell) -> ExitCode {
    clap_complete::generate(shell, &mut Arguments::command(), "keylodge", &mut io::stdout());
    ExitCode::SUCCESS
}

/// Prints the manual page.
pub fn man() -> Result<ExitCode, Failed> {
    clap_mangen::Man::new(Arguments::command())
        .render(&mut io::stdout())
        .map_err(|error| Failed::other(&error))?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }
}
