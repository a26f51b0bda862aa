//! A token request: the Authorization header, a line end, the form.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loopback::fuzzing::token_request(bytes));
