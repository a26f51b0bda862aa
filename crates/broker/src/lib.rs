//! The rules of Keylodge: who may have which token, and what must be true before it leaves.
//!
//! There is no input or output here. What the rules need from outside (a vault, authorization servers, a signer,
//! a clock, randomness) are the traits in [`ports`]; the other crates implement them and `daemon` wires them up.
//! Each concept has a file of its own and one word everywhere; [`Broker`] is the façade that the surfaces call.

mod access_request;
mod account;
mod app;
mod attempts;
mod audit;
pub mod authorization_details;
mod broker;
mod caller;
mod client_registration;
mod clock;
pub mod consent;
mod decision;
mod delivery;
mod desk;
mod device_code;
mod entropy;
mod error;
mod flow;
mod house;
mod id;
mod index;
mod key_thumbprint;
mod language;
mod lease;
pub mod messages;
mod narrowing;
mod offer;
pub mod pkce;
mod policy;
mod ports;
pub mod preferences;
mod presence;
mod prompt;
pub mod provider;
pub mod redirect_uri;
mod refresh_family;
mod released;
pub mod route;
mod said;
mod scope;
mod secret;
mod settings;
mod signed_out;
pub mod text;
mod token_hash;
mod twins;
mod upstream_grant;
mod user_code;

pub use access_request::{AccessRequest, RequestOrigin};
pub use account::Account;
pub use app::{App, Credential, Terms, TokenFormat};
pub use attempts::Attempts;
pub use audit::{AuditEvent, AuditKind, AuditRecord};
pub use broker::{Broker, Ports};
pub use caller::{Caller, Witness, hex};
pub use client_registration::{ClientFacts, ClientRegistration};
pub use clock::{Clock, Timestamp, span, spanned};
pub use consent::Consent;
pub use decision::{Because, Decision, Question, decide};
pub use delivery::{Delivery, Wanted};
pub use entropy::{Entropy, secret_text};
pub use error::Error;
pub use flow::{
    accounts::{AccountInfo, Health},
    catalogue::ProviderInfo,
    code::{AuthorizationRequest, Redemption},
    consents::ConsentEdit,
    device::DeviceAuthorization,
    exchange::Exchange,
    gateway::{GatewayPass, GatewayRefusal, GatewayRequest},
    glance::Glance,
    hand_out::{Authority, HandOut},
    introspection::Introspection,
    lock::Status,
    matters::{AccountMatters, Asking, Matters},
    offers::OfferFile,
    refresh_token::Refresh,
    registration::{NewApp, NewProof, Registered},
    routes::{RouteAnswer, RouteChoice},
    sign_in::{HeldSignIn, SignInBegun, SignInState, SignInWish},
};
pub use id::{
    AccountId, AppId, ConsentId, FailureId, FamilyId, GrantId, LeaseId, PromptId, ProviderId, RouteId,
    SignInId,
};
pub use key_thumbprint::KeyThumbprint;
pub use language::{Language, Locale};
pub use lease::{Exchanged, Lease};
pub use narrowing::Narrowing;
pub use offer::{Offer, Standing};
pub use policy::{PassphraseRule, Policy, PolicyState, PreApproval};
pub use ports::{
    ActivityCount, ActivityFilter, Arrival, Backup, ByHand, Change, ClientCredential, CompanyPlan,
    DeviceCode, DeviceUnderWay, NewLock, Notice, ProofOf, Records, RegisteredClient, SecretOf, SignInPlan,
    SignInUnderWay, SignedIn, Surroundings, Tiding, TokenSigner, TrailCheck, Upstream, UpstreamError,
    UpstreamTokens, Vault, VaultError, VaultState, Word,
};
pub use preferences::Preferences;
pub use presence::Presence;
pub use prompt::{AccessQuestion, Asks, Choice, Prompt, ReleaseEnd};
pub use provider::Provider;
pub use refresh_family::RefreshFamily;
pub use released::Released;
pub use route::{Route, RouteWhen, Whereabouts};
pub use said::{Filling, Message, Place, Said, Sentence};
pub use scope::{Scope, ScopeSet};
pub use secret::Secret;
pub use settings::Settings;
pub use signed_out::{Cause, Foreseen, Mend, Refused, SignedOut, diagnose, foresee};
pub use token_hash::TokenHash;
pub use twins::Twins;
pub use upstream_grant::{GrantState, KeptAccess, Upkeep, UpstreamGrant, Withdrawal};
pub use user_code::UserCode;
