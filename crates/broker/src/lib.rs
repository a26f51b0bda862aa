//! The rules of Keylodge: who may have which token, and what must be true before it leaves.
//!
//! There is no input or output here. What the rules need from outside (a vault, authorization servers, a signer,
//! a clock, randomness) are the traits in [`ports`]; the other crates implement them and `daemon` wires them up.
//! Each concept has a file of its own and one word everywhere; [`Broker`] is the façade that the surfaces call.

mod access_request;
mod account;
mod app;
mod audit;
mod caller;
mod client_registration;
mod clock;
pub mod consent;
mod decision;
mod delivery;
mod entropy;
mod error;
mod id;
mod lease;
mod narrowing;
mod ports;
mod prompt;
pub mod provider;
mod refresh_family;
mod scope;
mod secret;
mod token_hash;
mod upstream_grant;

pub use access_request::{AccessRequest, RequestOrigin};
pub use account::Account;
pub use app::{App, Credential};
pub use audit::{AuditEvent, AuditKind, AuditRecord};
pub use caller::{Caller, hex};
pub use client_registration::ClientRegistration;
pub use clock::{Clock, Timestamp};
pub use consent::Consent;
pub use decision::{Decision, Question, decide};
pub use delivery::Delivery;
pub use entropy::{Entropy, secret_text};
pub use error::Error;
pub use id::{
    AccountId, AppId, ConsentId, FailureId, FamilyId, GrantId, LeaseId, PromptId, ProviderId, SignInId,
};
pub use lease::Lease;
pub use narrowing::Narrowing;
pub use ports::{
    Change, ClientCredential, NewLock, Notice, Records, RegisteredClient, SecretOf, SignInPlan,
    SignInUnderWay, SignedIn, Surroundings, TokenSigner, Upstream, UpstreamError, UpstreamTokens, Vault,
    VaultError, VaultState,
};
pub use prompt::{AccessQuestion, Asks, Choice, Prompt};
pub use provider::Provider;
pub use refresh_family::RefreshFamily;
pub use scope::{Scope, ScopeSet};
pub use secret::Secret;
pub use token_hash::TokenHash;
pub use upstream_grant::{GrantState, UpstreamGrant};
