//! A small authorization server and resource server on loopback, to try Keylodge without any account.
