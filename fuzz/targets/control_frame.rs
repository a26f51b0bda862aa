//! A line on the control channel, in either direction.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loopback::fuzzing::control_frame(bytes));
