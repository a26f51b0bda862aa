//! What is shown to the person. Times are seconds since 1970 (UTC).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

mod account;
mod activity;
mod app;
mod consent;
mod prompt;
mod provider;
mod said;
mod scope;
mod status;

pub use account::{AccountView, Health, HealthState, Mend, SignInView};
pub use activity::{ActivityCount, ActivityPage, ActivityView};
pub use app::{AppView, EvidenceView, RegistrationView};
pub use consent::{Conditions, ConsentView, Delivery, Duration, LeaseView, ReleaseEnd};
pub use prompt::{AccountChoice, PassphraseRule, PromptBody, PromptView, ScopeAsked};
pub use provider::{
    ClientHealthView, ClientKnown, FactsView, GuideStep, InputView, NarrowingView, OfferView, PresetView,
    ProviderFileState, ProviderFileView, ProviderView,
};
pub use said::{Filling, Said};
pub use scope::{Risk, ScopeAccess, ScopeView};
pub use status::{KeyringState, Status, VaultState};

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, TS, PartialEq, Eq, PartialOrd, Ord)]
#[serde(transparent)]
#[ts(export, export_to = "control.ts", type = "number")]
pub struct Timestamp(pub i64);
