//! Words about what was set: settings, policy, routes.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

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
