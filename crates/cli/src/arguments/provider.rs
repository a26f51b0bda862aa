//! Words about providers.

use std::path::PathBuf;

use clap::{Args, Subcommand};

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
    /// Say what you know of your client id there, to be warned before something ends; or enter a new secret of it
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
    /// Read a new client secret from the first line of this file descriptor. It is tried at once; where it is refused, the
    /// old one stays
    #[arg(long, value_name = "FD", conflicts_with_all = ["testing", "published"])]
    pub secret_fd: Option<i32>,
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
