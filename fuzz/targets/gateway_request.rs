//! A request to the gateway: its target, a line end, fields.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loopback::fuzzing::gateway_request(bytes));
