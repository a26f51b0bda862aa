//! What is shown to the person. Times are seconds since 1970 (UTC).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, TS, PartialEq, Eq, PartialOrd, Ord)]
#[serde(transparent)]
#[ts(export, export_to = "control.ts", type = "number")]
pub struct Timestamp(pub i64);

/// How the broker is.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct Status {
    /// Keylodge's version.
    pub version: String,
    /// How the vault is.
    pub vault: VaultState,
    /// Whether a system keyring can be used.
    pub keyring: KeyringState,
    /// Whether the open vault also has a passphrase (so that a terminal can prove presence).
    pub has_passphrase: bool,
    /// Address of the loopback API, e.g. `http://127.0.0.1:5395`.
    pub url: String,
    /// Path of the loopback API's Unix socket.
    pub socket: String,
    /// How many prompts wait.
    pub waiting: u32,
    /// Whether a desktop process can be shown (a display is there).
    pub display: bool,
    /// Numbers for the head of the window.
    pub accounts: u32,
    /// Programs known.
    pub apps: u32,
    /// Leases that are still good.
    pub leases: u32,
    /// Whether the demo provider runs.
    pub demo: bool,
    /// Until when Keylodge is paused, if it is.
    pub paused_until: Option<Timestamp>,
    /// How many programs wait for the vault to be unlocked.
    pub waiting_for_unlock: u32,
}

/// How the vault is.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum VaultState {
    /// There is none yet.
    Absent,
    /// It is there and closed; opens with the keyring.
    LockedByKeyring,
    /// It is there and closed; opens with the passphrase.
    LockedByPassphrase,
    /// It is open.
    Open,
}

/// Whether the system keyring can be used.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(tag = "is", rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum KeyringState {
    /// It answers.
    Available,
    /// It does not, and why.
    Unavailable {
        /// In a sentence.
        why: String,
    },
}

/// A provider of the catalogue, or one of the person's own.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, shown by itself")]
pub struct ProviderView {
    /// Its id, e.g. `github`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// One or two letters for its mark.
    pub mark: String,
    /// Background of the mark, `#rrggbb`.
    pub colour: String,
    /// In which group of the list: `Popular`, `Own`, `Demo`, `Any`.
    pub group: String,
    /// Added by the person, not shipped.
    pub own: bool,
    /// `issuer`, `by_hand` or `inputs` where it is a form to fill in and not a provider yet.
    pub template: Option<String>,
    /// Blanks of its form. Where it is a provider already, another one can be made with other values.
    pub inputs: Vec<InputView>,
    /// Ways to sign in, best first: `code`, `device`, `client_credentials`, `jwt_bearer`, `github_app`.
    pub sign_in: Vec<String>,
    /// How the browser's answer comes back: `loopback`, `pasted`, `shown`, `scheme`.
    pub comes_back: String,
    /// Whether Keylodge registers itself there.
    pub registers_itself: bool,
    /// Whether a client secret may be entered, though it is not demanded.
    pub secret_optional: bool,
    /// Choices of scopes by name.
    pub presets: Vec<PresetView>,
    /// Ways to get less than the sign-in has, best first.
    pub narrowing: Vec<NarrowingView>,
    /// How access is given back: `standard`, `own`, or `by_hand` (at `withdraw_page`).
    pub revocation: String,
    /// Where the person can withdraw access by hand.
    pub withdraw_page: Option<String>,
    /// What can end the client's good standing.
    pub health: ClientHealthView,
    /// What all this is known from.
    pub facts: FactsView,
    /// Whether an own client id must be entered before the first sign-in.
    pub needs_client_id: bool,
    /// Whether the provider demands a client secret even of desktop programs.
    pub needs_client_secret: bool,
    /// Whether a client id is stored already.
    pub has_client: bool,
    /// What the person knows of it (`ProviderClient`).
    #[serde(default)]
    pub client_known: Option<ClientKnown>,
    /// How to get an own client id.
    pub guide: Vec<GuideStep>,
    /// The redirect address to enter at the provider.
    pub redirect_hint: String,
    /// Scopes it knows.
    pub scopes: Vec<ScopeView>,
    /// What it cannot do, said before sign-in.
    pub limits: Vec<String>,
    /// Whether its API is reachable through the gateway.
    pub gateway: bool,
    /// The issuer, as far as there is one.
    pub issuer: Option<String>,
    /// Addresses a local program uses instead of the provider's.
    pub loopback_issuer: String,
    /// What a file in the person's configuration directory proposes for it and the person has not accepted.
    #[serde(default)]
    pub offer: Option<OfferView>,
}

/// What a file proposes, to be accepted or not. Until then nothing goes to these places.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct OfferView {
    /// The file's name.
    pub file: String,
    /// Names exactly what stands in the file; accepting it says this again.
    pub shown: String,
    /// The provider is in use already, and stays as it is until the change is accepted.
    pub changed: bool,
    /// Hosts where the browser goes.
    pub sign_in: Vec<String>,
    /// Hosts where tokens and client secrets go.
    pub secrets: Vec<String>,
    /// Hosts that programs reach with the person's access.
    pub api: Vec<String>,
    /// Those of all of them where the provider in use does not lead.
    pub new: Vec<String>,
    /// Accepting it ends the sign-ins at the provider in use: their tokens do not go to other places.
    pub ends_sign_ins: bool,
}

/// A file in the person's configuration directory that proposes a provider.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct ProviderFileView {
    /// Its name.
    pub file: String,
    /// The id in it, if it can be read.
    pub provider: Option<String>,
    /// How it is.
    pub state: ProviderFileState,
    /// What is wrong with it, and where.
    pub problem: Option<String>,
}

/// How such a file is.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum ProviderFileState {
    /// Not accepted yet.
    New,
    /// Accepted as it stands.
    Accepted,
    /// It says something else than what is in use.
    Changed,
    /// It cannot be used.
    Broken,
}

/// One blank of a provider's form.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct InputView {
    /// Its id.
    pub id: String,
    /// What to call it.
    pub label: String,
    /// An example.
    pub example: String,
    /// What counts when nothing is entered; `None`: it must be entered.
    pub default: Option<String>,
}

/// A choice of scopes by name.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct PresetView {
    /// Its name, e.g. `Read mail`.
    pub name: String,
    /// Its scopes.
    pub scopes: Vec<String>,
}

/// A way to get less than the sign-in has.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct NarrowingView {
    /// `refresh`, `exchange`, `scoped_api`, `per_resource`, `separate_grant` or `gateway_rules`.
    pub way: String,
    /// `false`: not promised by the provider; Keylodge tries it and looks at the answer. At an account: nor seen to work.
    pub sure: bool,
    /// At an account: it was tried, and what came was as wide as ever.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub fails: bool,
}

/// What can end a client's good standing at a provider.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct ClientHealthView {
    /// In testing mode a sign-in ends after so many days.
    pub testing_days: Option<u32>,
    /// A secret ends after so many days at most.
    pub secret_days: Option<u32>,
    /// A client that registered itself ends after so many days.
    pub registration_days: Option<u32>,
    /// So many people can use an unreviewed client.
    pub user_cap: Option<u32>,
}

/// What the person knows of their client id at a provider: nothing that a provider answers tells it.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct ClientKnown {
    /// Whether there is a secret that can end.
    pub has_secret: bool,
    /// When its secret ends.
    pub secret_ends: Option<Timestamp>,
    /// Whether it is in testing mode, where sign-ins end after some days (`ClientHealthView`).
    pub testing: Option<bool>,
}

/// What a provider's entry is known from.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct FactsView {
    /// When its documents were read, as `2026-11`; empty: never.
    pub checked: String,
    /// `high`, `medium` or `low`.
    pub sure: String,
    /// The documents.
    pub sources: Vec<String>,
    /// What they leave open, in sentences.
    pub open: Vec<String>,
}

/// One step of the guide for an own client id.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct GuideStep {
    /// What to do.
    pub text: String,
    /// What to copy, if anything.
    pub copy: Option<String>,
    /// Where to go (https), if anywhere.
    pub link: Option<String>,
}

/// A scope in words.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct ScopeView {
    /// As the provider writes it.
    pub scope: String,
    /// What it allows, in words; the scope itself where it is unknown.
    pub words: String,
    /// The service it belongs to, e.g. `Calendar`.
    pub service: String,
    /// Read, write, or who one is.
    pub access: ScopeAccess,
    /// How bad misuse would be.
    pub risk: Risk,
    /// Part of the provider's preset.
    pub preset: bool,
    /// In the catalogue.
    pub known: bool,
}

/// Read and write told apart.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum ScopeAccess {
    /// Who the person is.
    Identity,
    /// Look.
    Read,
    /// Change.
    Write,
    /// Not known.
    Unknown,
}

/// How bad misuse would be.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum Risk {
    /// A nuisance.
    Low,
    /// Private things become known.
    Medium,
    /// Things can be destroyed or sent in the person's name.
    High,
}

/// An account.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct AccountView {
    /// Its id.
    pub id: String,
    /// The provider's id.
    pub provider: String,
    /// The provider's name.
    pub provider_name: String,
    /// Letters for the provider's mark.
    pub mark: String,
    /// Colour of the mark.
    pub colour: String,
    /// The person's own name for it.
    pub label: String,
    /// What the provider calls it (e-mail address or user name).
    pub name: String,
    /// How it is.
    pub health: Health,
    /// What the sign-in allows Keylodge to hand out.
    pub scopes: Vec<ScopeView>,
    /// Since when.
    pub added_at: Timestamp,
    /// Base address of its gateway; empty where there is none.
    pub gateway_url: String,
    /// Programs that hold a consent for it.
    pub apps: Vec<String>,
    /// Set for an account that belongs to a company and not to a person: what it is, e.g. `service account`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub company: Option<String>,
    /// Ways to get less than the sign-in has, best first: as the provider's documents say, or as the first answer showed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<NarrowingView>>", optional)]
    pub narrowing: Vec<NarrowingView>,
    /// Smaller sign-ins beside its own, each by its scopes: a program that asks for just these can get a token with no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub separate: Vec<String>,
}

/// How an account is, and what mends it.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct Health {
    /// What to show.
    pub state: HealthState,
    /// Why, in a sentence; empty when it works.
    pub reason: String,
    /// The same by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub said: Option<Said>,
    /// What mends it: the one button to show. `None` when nothing is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub mend: Option<Mend>,
    /// What will hurt soon, told before it does, in a sentence with the day; `None` when nothing is in sight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub notice: Option<String>,
    /// The same by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub notice_said: Option<Said>,
}

/// A sentence of the broker's by its name, for a window that speaks another language than English. It stands beside the
/// English sentence, which holds where the window knows no such name.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct Said {
    /// The message's name in the window's catalogue, e.g. `cause.unused`.
    pub message: String,
    /// What fills its places.
    #[serde(default)]
    pub with: BTreeMap<String, Filling>,
}

impl Said {
    /// A message with words to fill its places.
    #[must_use]
    pub fn new<const PLACES: usize>(message: &str, with: [(&str, String); PLACES]) -> Self {
        let with = with.map(|(place, words)| (place.to_owned(), Filling::Text(words)));
        Self { message: message.to_owned(), with: with.into() }
    }
}

/// What fills one place of a message.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(untagged)]
#[ts(export, export_to = "control.ts")]
pub enum Filling {
    /// A name, a number, scopes, or words of others: shown as they are.
    Text(String),
    /// Words of the broker's, again by their name.
    Said(Said),
}

/// What mends an account.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum Mend {
    /// Sign in again: `AccountReauth`.
    SignInAgain,
    /// Enter the client id or its secret again: `AccountAdd` with both.
    CheckClient,
    /// Set this machine's clock.
    SetClock,
    /// Ask whoever administers the account.
    AskAdministrator,
    /// Nothing but time: Keylodge tries again when a program asks.
    Wait,
}

/// The four states an account can be in.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum HealthState {
    /// It works.
    Working,
    /// The person must sign in again.
    NeedsSignIn,
    /// The provider does not answer.
    ProviderAway,
    /// The vault is locked.
    Locked,
}

/// A local program.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct AppView {
    /// Its id.
    pub id: String,
    /// Its client id on the loopback API.
    pub client_id: String,
    /// The name it gave itself.
    pub name: String,
    /// Registered over OAuth (true) or known only by its file (false).
    pub registered: bool,
    /// What it registered; `None` if it is known by its file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub registration: Option<RegistrationView>,
    /// What was seen of its process when it last asked.
    pub evidence: Option<EvidenceView>,
    /// Since when.
    pub registered_at: Timestamp,
    /// When it last got a token.
    pub last_used: Option<Timestamp>,
    /// Its consents.
    pub consents: Vec<ConsentView>,
}

/// What a program registered, or what was registered for it.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct RegistrationView {
    /// By the person, and not by itself.
    pub by_hand: bool,
    /// Address of the issuer that it uses.
    pub issuer: String,
    /// Where it waits for codes.
    pub redirect_uris: Vec<String>,
    /// `grant_types` (RFC 7591 §2).
    pub grants: Vec<String>,
    /// Resource identifiers that it answers to.
    pub resources: Vec<String>,
    /// It proves itself by a secret or a key.
    pub confidential: bool,
}

/// What was seen of a program's process. Evidence for the person, not authentication.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct EvidenceView {
    /// The file that runs.
    pub file: String,
    /// The script, where `file` is an interpreter.
    pub script: Option<String>,
    /// The command line, shortened.
    pub command_line: String,
    /// First sixteen hex digits of the file's SHA-256.
    pub hash: String,
    /// Whether the person's own programs can replace the file.
    pub user_writable: bool,
    /// Whether the file differs from the one seen before.
    pub changed: bool,
    /// Who started it, nearest first, e.g. `bash`, `gnome-terminal`.
    pub started_by: Vec<String>,
    /// Its terminal, if it has one.
    pub terminal: Option<String>,
    /// Why it may not be what it seems (forwarded, another namespace, unknown); empty if nothing.
    pub warning: String,
}

/// A person's decision that still stands.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct ConsentView {
    /// Its id.
    pub id: String,
    /// The program's id.
    pub app: String,
    /// The program's name.
    pub app_name: String,
    /// The account's id.
    pub account: String,
    /// The account's label.
    pub account_label: String,
    /// The provider's id.
    pub provider: String,
    /// What it may; empty for a standing refusal.
    pub scopes: Vec<ScopeView>,
    /// `false` for a standing refusal ("do not ask again").
    pub allows: bool,
    /// How tokens are handed over.
    pub delivery: Delivery,
    /// For how long it was given.
    pub duration: Duration,
    /// Given at.
    pub since: Timestamp,
    /// Ends at; `None`: no end, or until lock.
    pub until: Option<Timestamp>,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
    /// How often it was used.
    pub uses: u32,
    /// The person's own words.
    pub note: String,
    /// Where it holds.
    pub conditions: Conditions,
    /// The person wants to be asked each time.
    pub asks_each_time: bool,
    /// The administrator's policy gave it.
    pub by_policy: bool,
    /// When it lapses if it stays unused; `None`: it does not.
    pub lapses: Option<Timestamp>,
}

/// Where a consent holds; what is left out does not matter.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(default)]
#[ts(export, export_to = "control.ts")]
pub struct Conditions {
    /// Only in this terminal session.
    pub session: Option<String>,
    /// Only in this directory, or below it.
    pub directory: Option<String>,
    /// Only to speak to this host.
    pub host: Option<String>,
    /// Holds for programs that speak through a forwarder, and for those only. Cannot be changed.
    pub forwarded: bool,
}

/// One hand-out of access.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct LeaseView {
    /// Its id.
    pub id: String,
    /// The program's id.
    pub app: String,
    /// The program's name.
    pub app_name: String,
    /// The account's id.
    pub account: String,
    /// The account's label.
    pub account_label: String,
    /// What it may.
    pub scopes: Vec<ScopeView>,
    /// How it was handed over.
    pub delivery: Delivery,
    /// How the provider's own token ends; none where it was not handed over.
    pub release: Option<ReleaseEnd>,
    /// Handed out at.
    pub since: Timestamp,
    /// Good until.
    pub until: Timestamp,
}

/// How a provider's own token ends that is out.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum ReleaseEnd {
    /// Keylodge ends it at the provider with its lease.
    WithLease,
    /// It runs out by itself; Keylodge cannot end it sooner.
    ByItself,
}

/// How a token is handed over.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum Delivery {
    /// A token of Keylodge's own, good at the gateway only. The provider's token stays here.
    Gateway,
    /// The provider's own access token.
    Release,
}

/// For how long a consent is given.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(tag = "for", rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum Duration {
    /// This one time.
    Once,
    /// So many seconds.
    Seconds {
        /// How many.
        seconds: u32,
    },
    /// Until the vault is locked or the broker stops.
    UntilLock,
    /// Until it is withdrawn.
    Always,
}

/// A question that waits for the person. What it shows cannot change: `shown` is its hash.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct PromptView {
    /// Its id.
    pub id: String,
    /// The hash of everything below; goes back with the decision.
    pub shown: String,
    /// Came at.
    pub asked_at: Timestamp,
    /// Ends in *deny* at.
    pub expires_at: Timestamp,
    /// The person has put it off: it waits, but does not come to the front.
    pub later: bool,
    /// What is asked.
    pub body: PromptBody,
}

/// What a prompt asks.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(tag = "asks", rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
#[expect(clippy::large_enum_variant, reason = "prompts are few and short-lived")]
pub enum PromptBody {
    /// A program wants access to an account.
    Access {
        /// The program's id.
        app: String,
        /// The name it gave itself, cleaned.
        app_name: String,
        /// What was seen of its process.
        evidence: Option<EvidenceView>,
        /// Whether a browser brought the request (then the program is not proven at all).
        from_browser: bool,
        /// Where the code will be sent, e.g. `127.0.0.1:8912`; empty if the program itself waits.
        redirect_host: String,
        /// The provider's name.
        provider_name: String,
        /// The accounts it could be for; the first is preset.
        accounts: Vec<AccountChoice>,
        /// What it asks for.
        scopes: Vec<ScopeAsked>,
        /// How it wants the token handed over.
        delivery: Delivery,
        /// What a released token can really do, in a sentence; empty for the gateway.
        release_note: String,
        /// Why, in the program's own words, cleaned; empty if it did not say.
        purpose: String,
        /// Durations offered; the first is preset.
        durations: Vec<Duration>,
        /// The program has asked before and was allowed something.
        asked_before: bool,
        /// Why no consent answers, in a sentence.
        because: String,
        /// The same by its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        because_said: Option<Said>,
        /// When allowing takes the passphrase: send it with the decision.
        passphrase: PassphraseRule,
        /// Where it could be allowed to hold only (`only` in the answer).
        conditions: Conditions,
        /// Why this account, where a route chose it; empty if none did.
        route: String,
        /// Names of other programs that look like this one's (UTS 39); empty if none.
        looks_like: Vec<String>,
        /// It signs in as a device (RFC 8628): to allow, the person types the code that it shows itself.
        #[serde(default)]
        types_code: bool,
    },
    /// A command at a terminal wants to do something that widens access.
    Action {
        /// What, as a question.
        question: String,
        /// Details, line by line.
        details: Vec<String>,
        /// What was seen of the process that asks.
        evidence: Option<EvidenceView>,
    },
}

/// When allowing takes the passphrase and not only a click.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct PassphraseRule {
    /// If the provider's own token is handed out.
    pub release: bool,
    /// If a scope of high risk is among those allowed.
    pub high_risk: bool,
    /// Whatever is allowed.
    pub always: bool,
}

/// An account offered in a prompt.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct AccountChoice {
    /// The account's id.
    pub id: String,
    /// The person's own name for it.
    pub label: String,
    /// What the provider calls it.
    pub name: String,
    /// Letters for the provider's mark.
    pub mark: String,
    /// Colour of the mark.
    pub colour: String,
}

/// A scope in a prompt.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct ScopeAsked {
    /// The scope in words.
    pub scope: ScopeView,
    /// Not allowed to this program before.
    pub new: bool,
}

/// One event of the activity list.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct ActivityView {
    /// Its number; later events have higher ones.
    pub id: u32,
    /// When.
    pub at: Timestamp,
    /// A word for it, e.g. `token.issued`.
    pub kind: String,
    /// What happened, in a sentence.
    pub sentence: String,
    /// The same by its name; events of older versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub said: Option<Said>,
    /// `info`, `good` or `refused`.
    pub tone: String,
    /// The program, if one was involved.
    pub app_name: Option<String>,
    /// The account, if one was involved.
    pub account_label: Option<String>,
    /// Id of the failure, if it was one.
    pub failure: Option<String>,
    /// The program's id, if one was involved.
    pub app: Option<String>,
    /// The account's id, if one was involved.
    pub account: Option<String>,
    /// The scopes it is about, as the provider writes them.
    pub scopes: Vec<String>,
    /// Which consent, policy or rule decided, in a sentence; empty where nothing was decided.
    pub because: String,
    /// The same by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub because_said: Option<Said>,
}

/// A page of events.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct ActivityPage {
    /// Newest first.
    pub events: Vec<ActivityView>,
    /// Ask with this as `before` for the next page; `None`: there is none.
    pub next: Option<u32>,
}

/// How many events of a kind fell into one stretch of time.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct ActivityCount {
    /// When the stretch begins.
    pub from: Timestamp,
    /// The kind's word.
    pub kind: String,
    /// `info`, `good` or `refused`.
    pub tone: String,
    /// How many.
    pub count: u32,
}
