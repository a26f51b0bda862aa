//! Providers, and what is known of them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ScopeView, Timestamp};

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
    /// At an account: an answer of the provider's has shown it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub tried: bool,
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
