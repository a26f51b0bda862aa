//! An ID token and its claims.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| providers::fuzzing::id_token(bytes));
