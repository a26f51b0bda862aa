//! What the broker does, one file a subject. Each adds methods to [`crate::Broker`].

pub mod accounts;
pub mod apps;
pub mod catalogue;
pub mod client_credentials;
pub mod code;
pub mod consents;
pub mod device;
pub mod exchange;
pub mod failures;
pub mod gateway;
pub mod hand_out;
pub mod introspection;
pub mod lock;
pub mod pause;
pub mod policy;
pub mod preferences;
pub mod prompts;
pub mod refresh_token;
pub mod registration;
pub mod renewal;
pub mod routes;
pub mod sign_in;
pub mod signing_keys;
pub mod upstream_access;
pub mod waiting;
pub mod withdrawal;
