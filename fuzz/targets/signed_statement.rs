//! A DPoP proof or a client assertion.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loopback::fuzzing::signed_statement(bytes));
