//! Speaks to authorization servers: discovery, sign-in, refresh, narrowing, revocation; and the catalogue.
