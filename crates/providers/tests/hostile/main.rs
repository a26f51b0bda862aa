//! The adapter against a provider that does everything a provider must not do.

mod by_hand;
mod callback;
mod check;
mod client_keys;
mod company;
mod device;
mod discovery;
mod dpop;
mod exchange;
mod id_token;
mod misc;
mod provider;
mod registration;
mod schema;
mod sign_in;
mod simulator;
mod tokens;
mod transport;
