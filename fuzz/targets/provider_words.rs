//! Addresses and words of a provider.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| providers::fuzzing::words(bytes));
