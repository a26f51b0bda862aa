//! How the web engine runs. Its processes take that from the environment of this one; Tauri has no door to it.

#![expect(unsafe_code, reason = "the environment is shared")]

use std::env;

/// The engine interprets scripts and makes no machine code of them. Ours are small and run seldom; the compiler would
/// take memory for itself, and memory that is both written and executed is what an attack on a web engine is after.
const NO_COMPILER: (&str, &str) = ("JavaScriptCoreUseJIT", "0");

/// Call it once, before any other thread exists.
pub fn settle() {
    let (name, value) = NO_COMPILER;
    // SAFETY: `main` calls this before it starts any thread.
    unsafe { env::set_var(name, value) };
}
