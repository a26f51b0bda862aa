//! The query that a browser brings back.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| providers::fuzzing::callback(bytes));
