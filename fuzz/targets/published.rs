//! Metadata and key set of an issuer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| providers::fuzzing::published(bytes));
