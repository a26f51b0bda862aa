//! `keylodge-broker`: see the library.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

/// Wipes what is given back. Types of ours wipe their secrets themselves; what passes through the buffers of others (HTTP,
/// TLS, JSON) is wiped here (LEK-07).
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> std::process::ExitCode {
    cli::broker()
}
