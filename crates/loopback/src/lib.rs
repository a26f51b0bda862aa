//! Answers on this machine: authorization server, gateway, control API, caller identity.
