//! Words about getting tokens.

use clap::{Args, Subcommand, ValueEnum};

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
