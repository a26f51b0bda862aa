//! The words between the broker and its person.
//!
//! The window and the command line speak to the broker in these types and in no others: one JSON
//! object a line, over `control.sock` (command line) or the inherited channel (desktop process).
//! The types also generate the UI's TypeScript (`ui/src/backend/control.ts`), so that the window and
//! the command line cannot drift apart. No answer carries a token, a password or a client secret.

mod answer;
mod client;
mod event;
mod export;
mod failure;
mod frame;
mod passphrase;
mod person;
mod place;
mod request;
mod view;

pub use answer::{Answer, ByHand, DeviceCodeView, SignInStarted, SignInState};
pub use client::{CallError, Client};
pub use event::{DemoStep, Event, StepTone};
pub use export::ExportFormat;
pub use failure::{Failure, FailureCode};
pub use frame::{FromBroker, MAX_FRAME_BYTES, ToBroker};
pub use passphrase::Passphrase;
pub use person::{
    AuditVerified, AutostartView, Finding, PolicyView, RouteExplained, RouteSays, RouteView, RouteWhen,
    SettingGuard, SettingKind, SettingView,
};
pub use place::{Place, RUNTIME_DIR_VARIABLE};
pub use request::{
    AccountSource, ActivityFilter, AppRegistration, Choice, ConsentEdit, LockChoice, Only, Page,
    ProviderSource, Request, SignInBy, Whereabouts, Word,
};
pub use view::{
    AccountChoice, AccountView, ActivityCount, ActivityPage, ActivityView, AppView, ClientHealthView,
    ClientKnown, Conditions, ConsentView, Delivery, Duration, EvidenceView, FactsView, Filling, GuideStep,
    Health, HealthState, InputView, KeyringState, LeaseView, Mend, NarrowingView, OfferView, PassphraseRule,
    PresetView, PromptBody, PromptView, ProviderFileState, ProviderFileView, ProviderView, RegistrationView,
    ReleaseEnd, Risk, Said, ScopeAccess, ScopeAsked, ScopeView, SignInView, Status, Timestamp, VaultState,
};
