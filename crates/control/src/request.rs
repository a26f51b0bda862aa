//! What the window and the command line may ask.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Conditions, Delivery, Duration, ExportFormat, Passphrase, RouteWhen, Timestamp};

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
    /// Reads the files again that propose providers. Narrows: they count only once they are accepted. → `ProviderFiles`.
    ProviderReload,
    /// Adds a provider of one's own: an issuer, endpoints by hand, a form, a file. Widens. → `Provider`.
    ProviderAdd {
        /// The id and name it gets, and where it is.
        id: String,
        /// The name shown to the person.
        name: String,
        /// Where it is.
        source: ProviderSource,
    },
    /// Keeps what the person knows of their client id at a provider, to be warned in time. → `Done`.
    ProviderClient {
        /// The provider's id.
        provider: String,
        /// When the client's secret ends.
        secret_ends: Option<Timestamp>,
        /// Whether the client is in testing mode.
        testing: Option<bool>,
    },
    /// Puts another secret of the client in the place of the one that is kept, and tries it; one that the provider refuses
    /// is not kept. Widens. → `Done`.
    ClientSecret {
        /// The provider's id.
        provider: String,
        /// The new secret.
        client_secret: Passphrase,
        /// When it ends; `None`: not known.
        secret_ends: Option<Timestamp>,
    },
    /// Removes an own provider without accounts. Narrows. → `Done`.
    ProviderRemove {
        /// The provider's id.
        provider: String,
    },

    /// The public half of the key by which Keylodge proves itself as a client there (`private_key_jwt`); makes the key if
    /// there is none. Takes presence, for it takes the place of a client id that no account uses. → `ClientKey`.
    ClientKey {
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
    /// What the person copied from the browser for a sign-in that is under way: what `by_hand` of its start says, or
    /// the address of the page that a browser on another machine could not open. It must match what the sign-in sent
    /// out, so it widens nothing; what does not match leaves the sign-in waiting. → `Done`.
    SignInPaste {
        /// The sign-in's id.
        sign_in: String,
        /// The address or code.
        pasted: Passphrase,
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
        /// Scopes to ask for on top of those it has; of a second sign-in, all that it is for.
        scopes: Vec<String>,
        /// A second time beside its own sign-in, with less, so that a program can get a token with just that.
        #[serde(default)]
        #[ts(as = "Option<bool>", optional)]
        separate: bool,
    },
    /// Ends a second sign-in of an account alone, with the tokens that were released by it; revokes it at the provider where
    /// that leaves the account's own in peace. Narrows. → `Removed`.
    AccountEndSeparate {
        /// The account's id or label.
        account: String,
        /// The second sign-in's id ([`SignInView`](crate::SignInView)).
        sign_in: String,
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
    /// Registers a program by hand. It opens nothing, for the program still has to ask; but it is marked as the person's
    /// and kept until they remove it. Widens. → `App`.
    AppRegister(AppRegistration),
    /// Revokes every consent and lease of a program. Narrows. → `Done`.
    AppRevoke {
        /// The program's id or client id.
        app: String,
    },
    /// Refuses a program for good at an account: what it was allowed there ends, and nobody is asked any more. Narrows.
    /// → `Done`.
    AppRefuse {
        /// The program's id or client id.
        app: String,
        /// The account's id or label.
        account: String,
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
    /// Changes a consent without a new question. Narrows; widens where it allows more than before. → `Consent`.
    ConsentEdit {
        /// The consent's id.
        consent: String,
        /// What is changed.
        edit: ConsentEdit,
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

    /// Events that fit, newest first. → `ActivityPage`.
    ActivityQuery {
        /// Which events.
        filter: ActivityFilter,
        /// Only events older than this one; `None` starts at the newest.
        before: Option<u32>,
        /// At most this many (500 at the most).
        limit: u32,
    },
    /// Writes all events that fit into a new file, newest first. Widens: a file is written in the person's name. → `Done`.
    ActivityExport {
        /// The file's path in full; it must not be there yet.
        file: String,
        /// How.
        format: ExportFormat,
        /// Which events.
        filter: ActivityFilter,
    },
    /// How many events fit, for each stretch of time and kind, oldest first: for charts. → `ActivityCounts`.
    ActivityCounts {
        /// Which events.
        filter: ActivityFilter,
        /// Length of one stretch in seconds (60 at the least).
        seconds: u32,
    },

    /// → `Settings`: everything that can be set.
    SettingsList,
    /// Sets one thing. Narrows, or is a matter of taste; widens where it loosens a guard. → `Settings`.
    SettingsSet {
        /// The setting's name.
        key: String,
        /// `on`, `off`, a number or a word, as the setting says.
        value: String,
    },
    /// Puts one thing, or everything, back to how it comes. Widens where that loosens a guard. → `Settings`.
    SettingsReset {
        /// The setting's name; `None`: all of them.
        key: Option<String>,
    },
    /// What an administrator has laid down; it cannot be changed here. → `Policy`.
    PolicyShow,
    /// What could be wrong, and what to do. → `Diagnostics`.
    Diagnostics,

    /// → `Routes`.
    RouteList,
    /// Which account a tool gets when it names none. Opens nothing. → `Route`.
    RouteAdd {
        /// The account's id or label.
        account: String,
        /// What must fit.
        when: RouteWhen,
        /// The person's own words.
        note: String,
    },
    /// → `Done`.
    RouteRemove {
        /// The route's id.
        route: String,
    },
    /// What each route says to a place. → `RouteExplained`.
    RouteExplain {
        /// The place.
        at: Whereabouts,
    },

    /// Gives the vault a passphrase, or another one. Widens; the present passphrase is the only proof, if there is one.
    /// → `Done`.
    PassphraseSet {
        /// At least eight characters.
        new: Passphrase,
    },
    /// Writes everything that is remembered, sealed with a passphrase of its own, into a new file. Widens; takes the vault's
    /// passphrase, if there is one. → `Done`.
    BackupCreate {
        /// The file's path in full; it must not be there yet.
        file: String,
        /// Opens the backup; at least eight characters.
        backup_passphrase: Passphrase,
    },
    /// Puts a backup in the place of everything that is remembered. Widens; takes the vault's passphrase, if there is one
    /// and there are accounts. → `Done`.
    BackupRestore {
        /// The file's path in full.
        file: String,
        /// The backup's passphrase.
        backup_passphrase: Passphrase,
    },
    /// Looks at every event: whether one was changed, taken out or put in. → `AuditVerified`.
    AuditVerify,
    /// Whether Keylodge starts with the session. → `Autostart`.
    AutostartShow,
    /// Starts Keylodge with the session from now on, or no longer. → `Autostart`.
    AutostartSet {
        /// Whether to.
        on: bool,
    },

    /// Puts a question off: it goes on waiting, but no longer comes to the front. Narrows. → `Done`.
    RequestLater {
        /// The prompt's id.
        request: String,
    },
    /// Hands nothing out and asks nothing for a while. Narrows. → `Done`.
    Pause {
        /// So many seconds; a day at the most.
        seconds: u32,
    },
    /// Ends the pause before its time. Widens. → `Done`.
    Resume,

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
    /// A form of the catalogue, filled in.
    Form {
        /// The id of the provider whose form it is, e.g. `okta`.
        form: String,
        /// What was entered, by the input's id; what is left out takes its default.
        inputs: BTreeMap<String, String>,
    },
    /// The text of a catalogue file.
    File {
        /// As TOML.
        text: String,
    },
    /// What a file in the person's configuration directory proposes under this id. Its name is in the file.
    Offered {
        /// What was shown of it ([`OfferView`](crate::OfferView)).
        shown: String,
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
    /// How to sign in; `None`: in the browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub by: Option<SignInBy>,
    /// For a provider that a file proposes: accepts it as it was shown ([`OfferView`](crate::OfferView)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub offered: Option<String>,
}

/// What a program is that the person registers by hand: one that proves nothing (a public client), or a local resource
/// server. One with a secret registers at a terminal, for no answer of this API carries a secret.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct AppRegistration {
    /// The id of the provider whose issuer it uses.
    pub provider: String,
    /// Its name.
    pub name: String,
    /// Where it waits for codes.
    pub redirect_uris: Vec<String>,
    /// `grant_types` (RFC 7591 §2); empty: those that are usual, or none for a resource server.
    pub grants: Vec<String>,
    /// Resource identifiers that it answers to, if it is a local resource server (RFC 8707).
    pub resources: Vec<String>,
}

/// How an account is signed in.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum SignInBy {
    /// In the system browser of this machine.
    Browser,
    /// With a short code that the person types at another page, on any device (RFC 8628).
    Device,
    /// As a company's program, with the client id and secret alone (RFC 6749 §4.4).
    ClientCredentials,
    /// As a company's service account or app installation, with the key that its provider gave (RFC 7523).
    ServiceAccount {
        /// The content of the key file (JSON or PEM). It is sealed in the vault; the file can go.
        key: Passphrase,
    },
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
        /// Where only; nothing: wherever the program is.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(optional, as = "Option<Vec<Only>>")]
        only: Vec<Only>,
        /// What the person typed, where the question demands the code that the program shows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        user_code: Option<String>,
    },
    /// No.
    Deny {
        /// Do not ask again for this program and account: refuse from now on.
        remember: bool,
    },
}

/// A narrower place that an answer can be held to.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum Only {
    /// The terminal session that asks now.
    Session,
    /// The directory in which the program works now, and those below.
    Directory,
    /// The host that the program says it speaks to.
    Host,
}

/// What is changed of a consent; what is left out stays as it is.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS)]
#[serde(default)]
#[ts(export, export_to = "control.ts", optional_fields)]
pub struct ConsentEdit {
    /// The scopes it holds from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
    /// For how long, counted from now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Duration>,
    /// How tokens are handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// Where it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Conditions>,
    /// Whether to be asked each time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asks_each_time: Option<bool>,
    /// The person's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Which events are looked for. Everything that is given must fit.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS)]
#[serde(default)]
#[ts(export, export_to = "control.ts", optional_fields)]
pub struct ActivityFilter {
    /// A program's id, or a part of its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// An account's id, or a part of its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// A scope, or a part of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// A kind's word, or how it begins, e.g. `token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// A part of the English sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Words as they are shown: each is in the sentence, or in the name of the program or account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<Vec<Word>>,
    /// Not before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A word that is looked for in events as a window shows them.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts", optional_fields)]
pub struct Word {
    /// The word, or a phrase.
    pub word: String,
    /// For a window in another language than English: names of the messages whose words, there, hold it. Then the English
    /// sentence counts only where an event has no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<String>>,
    /// Scopes whose words, as the window shows them, hold it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub scopes: Vec<String>,
}

/// Where a tool is, as it says itself.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(default)]
#[ts(export, export_to = "control.ts", optional_fields)]
pub struct Whereabouts {
    /// The directory it works in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// The repository's remote address, as git writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// The host it speaks to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
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
