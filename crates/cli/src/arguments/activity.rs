//! Words about what happened.

use clap::{Args, Subcommand, ValueEnum};

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
