//! Words about accounts.

use clap::{Args, Subcommand};

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
        /// Beside the account's own sign-in, for just these scopes: then a program can get the provider's own token with no more
        #[arg(long, requires = "scopes")]
        separate: bool,
    },
    /// End a second sign-in alone; also revokes it at the provider. The account's own stays
    EndSeparate {
        account: String,
        /// The second sign-in's id, as `keylodge account show` tells it
        sign_in: String,
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
