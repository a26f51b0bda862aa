//! Words about questions, what was allowed, and tokens that are out.

use clap::{Args, Subcommand, ValueEnum};

use super::Switch;

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
    /// For how long: once, 15m, 1h, until-lock, 30d, always, or to the end of a day in your time zone, as 2027-05-31
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
    /// For how long from now: 15m, 1h, until-lock, 30d, always, or to the end of a day in your time zone, as 2027-05-31
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

#[derive(Debug, Subcommand)]
pub enum LeaseCommand {
    /// List the tokens that are out
    List,
    /// End one
    Revoke { lease: String },
}
