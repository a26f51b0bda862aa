//! The demo's programs and its resource server against a stand-in for Keylodge.

mod fake;
mod program;
mod resource_server;
