//! Scopes, challenges and texts for the person.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loopback::fuzzing::scope_text(bytes));
