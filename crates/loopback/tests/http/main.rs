//! The loopback API over real connections, before a broker whose vault, provider and person are fakes.

mod api;
mod authorization;
mod client;
mod description;
mod gateway;
mod guard;
mod house;
mod introspection;
mod listening;
mod load;
mod metadata;
mod native;
mod registration;
mod token;
mod vault;
