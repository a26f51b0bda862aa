//! What a person pastes from their browser.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| providers::fuzzing::pasted(bytes));
