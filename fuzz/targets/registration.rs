//! The metadata of a registration.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loopback::fuzzing::registration(bytes));
