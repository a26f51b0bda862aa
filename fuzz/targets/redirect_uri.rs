//! Redirect addresses: a registered one on the first line, that of a request on the second.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loopback::fuzzing::redirect_uri(bytes));
