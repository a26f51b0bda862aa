//! What is read of `/proc` and of the kernel.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loopback::fuzzing::proc_files(bytes));
