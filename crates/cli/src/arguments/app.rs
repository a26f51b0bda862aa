//! Words about programs.

use clap::{Args, Subcommand, ValueEnum};

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
    /// Refuse a program for good at an account: nobody is asked about it any more
    Refuse {
        /// The program
        app: String,
        /// The account: id or label
        account: String,
    },
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
