//! The query of an authorization request.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loopback::fuzzing::authorization_query(bytes));
