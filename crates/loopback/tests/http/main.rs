//! The loopback API over real connections, before a broker whose vault, provider and person are fakes.

mod api;
mod authorization;
mod client;
mod client_assertion;
mod client_credentials;
mod description;
mod device;
mod dpop;
mod gateway;
mod guard;
mod house;
mod introspection;
mod listening;
mod load;
mod management;
mod metadata;
mod native;
mod pair;
mod par;
mod registration;
mod token;
mod token_exchange;
mod vault;
