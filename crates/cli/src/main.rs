//! The keylodge command.
fn main() {}
