//! Plays a local program through the seven steps of OAuth 2.0.
