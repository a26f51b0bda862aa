//! What the window and the command line may ask.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Delivery, Duration, Passphrase};

/// One request. Those that widen access say so; they need presence (the native window, or the
/// passphrase at a terminal). Those that narrow access never do.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(tag = "ask", rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum Request {
    /// → [`Answer::Status`](crate::Answer::Status).
    Status,
    /// Creates the vault on first start. → `Done`.
    Setup {
        /// How the vault is locked.
        lock: LockChoice,
    },
    /// Opens the vault. Widens; the passphrase is itself the proof. → `Done`.
    Unlock {
        /// `None` opens with the keyring, from the native window only.
        passphrase: Option<Passphrase>,
    },
    /// Closes the vault; keys leave memory. Narrows. → `Done`.
    Lock,
    /// Locks and revokes every lease and every waiting request. Narrows. → `Done`.
    Panic,
    /// Opens the window. → `Done`.
    Open {
        /// The page to show.
        page: Page,
    },

    /// → `Providers`.
    ProviderList,
    /// → `Provider`.
    ProviderShow {
        /// The provider's id.
        provider: String,
    },
    /// Adds a provider of one's own: an issuer, or endpoints by hand. Widens. → `Provider`.
    ProviderAdd {
        /// The id and name it gets, and where it is.
        id: String,
        /// The name shown to the person.
        name: String,
        /// Where it is.
        source: ProviderSource,
    },
    /// Removes an own provider without accounts. Narrows. → `Done`.
    ProviderRemove {
        /// The provider's id.
        provider: String,
    },

    /// Begins a sign-in in the system browser. Widens. → `SignIn`.
    AccountAdd(AccountSource),
    /// → `SignInState`. With `wait`, answers only when the sign-in has ended.
    SignInShow {
        /// The sign-in's id.
        sign_in: String,
        /// Whether to wait for its end.
        wait: bool,
    },
    /// Ends a sign-in that is under way. Narrows. → `Done`.
    SignInCancel {
        /// The sign-in's id.
        sign_in: String,
    },
    /// → `Accounts`.
    AccountList,
    /// → `Account`.
    AccountShow {
        /// The account's id or label.
        account: String,
    },
    /// Signs the account in again, with the same scopes and these more. Widens. → `SignIn`.
    AccountReauth {
        /// The account's id or label.
        account: String,
        /// Scopes to ask for on top of those it has.
        scopes: Vec<String>,
    },
    /// Removes the account, its grants, consents and leases; revokes at the provider. Narrows. → `Removed`.
    AccountRemove {
        /// The account's id or label.
        account: String,
    },

    /// → `Apps`.
    AppList,
    /// → `App`.
    AppShow {
        /// The program's id or client id.
        app: String,
    },
    /// Revokes every consent and lease of a program. Narrows. → `Done`.
    AppRevoke {
        /// The program's id or client id.
        app: String,
    },
    /// Removes a program altogether. Narrows; widens where it was told not to ask again. → `Done`.
    AppRemove {
        /// The program's id or client id.
        app: String,
    },

    /// → `Prompts`: what waits for the person.
    RequestList,
    /// → `Prompt`.
    RequestShow {
        /// The prompt's id.
        request: String,
    },
    /// Answers a prompt. Allowing widens; denying narrows. → `Done`.
    RequestDecide {
        /// The prompt's id.
        request: String,
        /// The hash of what was shown; a prompt that changed since is `Stale`.
        shown: String,
        /// What the person chose.
        choice: Choice,
    },

    /// → `Consents`.
    ConsentList,
    /// → `Consent`.
    ConsentShow {
        /// The consent's id.
        consent: String,
    },
    /// Withdraws a consent, or one scope of it; its tokens end at once. Narrows; widens where it is a standing refusal,
    /// for the program may ask again. → `Done`.
    ConsentRevoke {
        /// The consent's id.
        consent: String,
        /// Only this scope; `None` withdraws all of it.
        scope: Option<String>,
    },

    /// → `Leases`: hand-outs that are still good.
    LeaseList,
    /// Ends one hand-out. Narrows. → `Done`.
    LeaseRevoke {
        /// The lease's id.
        lease: String,
    },

    /// → `Activity`, newest first.
    ActivityList {
        /// Only events older than this one; `None` starts at the newest.
        before: Option<u32>,
        /// At most this many (500 at the most).
        limit: u32,
    },

    /// Starts the embedded demo provider and begins the demo account's sign-in. Widens. → `SignIn`.
    DemoStart,
    /// Runs the demo program against the demo account; its steps come as events. → `Done`.
    DemoProgram,
    /// Sends events on this connection from now on. → `Done`.
    Watch,
}

/// How a new vault is locked.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum LockChoice {
    /// By a key in the system's keyring; opens with the login.
    Keyring,
    /// By a passphrase, asked for at each start.
    Passphrase {
        /// At least eight characters.
        passphrase: Passphrase,
    },
}

/// Where a provider of one's own is.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(tag = "from", rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum ProviderSource {
    /// An issuer that publishes its metadata (RFC 8414 or OpenID Connect discovery).
    Issuer {
        /// The issuer's address.
        issuer: String,
        /// Where its API is, for the gateway; `None`: the host of its userinfo endpoint.
        api: Option<String>,
    },
    /// Endpoints entered by hand.
    ByHand {
        /// Authorization endpoint.
        authorization_endpoint: String,
        /// Token endpoint.
        token_endpoint: String,
        /// Revocation endpoint (RFC 7009), if there is one.
        revocation_endpoint: Option<String>,
        /// Where the account's name can be read, if anywhere.
        userinfo_endpoint: Option<String>,
        /// Where its API is, for the gateway.
        api: Option<String>,
        /// Scopes it knows, as it writes them.
        scopes: Vec<String>,
    },
}

/// What a new account is signed in with.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct AccountSource {
    /// The provider's id.
    pub provider: String,
    /// The person's own name for the account; `None`: what the provider calls it.
    pub label: Option<String>,
    /// An own client id; `None`: the stored one, or dynamic registration where the provider offers it.
    pub client_id: Option<String>,
    /// Its secret, where the provider gave one.
    pub client_secret: Option<Passphrase>,
    /// Scopes to ask the provider for; empty: the provider's own preset.
    pub scopes: Vec<String>,
    /// Whether the broker opens the system browser itself.
    pub open_browser: bool,
}

/// What the person chose in a prompt.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(tag = "choice", rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum Choice {
    /// Yes, to this much.
    Allow {
        /// The account; one of those offered. Empty for an action without an account.
        account: String,
        /// The scopes left ticked.
        scopes: Vec<String>,
        /// How the token is handed over; never wider than what was asked.
        delivery: Delivery,
        /// For how long.
        duration: Duration,
    },
    /// No.
    Deny {
        /// Do not ask again for this program and account: refuse from now on.
        remember: bool,
    },
}

/// A page of the main window.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum Page {
    /// Accounts, or the first run where there is none.
    #[default]
    Accounts,
    /// The list of providers to add an account at.
    AddAccount,
    /// Programs with their consents.
    Programs,
    /// Programs by accounts: who may what.
    Matrix,
    /// What happened.
    Activity,
    /// Which account a tool gets.
    Routes,
    /// What can be set, the policy, backup and restore.
    Settings,
    /// What `keylodge doctor` says.
    Diagnostics,
    /// The demo.
    Demo,
    /// The lock screen.
    Unlock,
}
