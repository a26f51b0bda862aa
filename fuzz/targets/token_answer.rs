//! The answer of a token endpoint.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| providers::fuzzing::token_answer(bytes));
