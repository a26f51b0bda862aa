//! Makes the process harder to read for its neighbours (LOC-14, LEK-02).

use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

/// Room for all connections that are served at once, with what each needs besides; the usual limit is 1,024.
const FILES: u64 = 4096;

/// No core dumps, no attaching by programs of the same user, files for the person only. What the system refuses is
/// logged: a broker that runs is better than none.
pub fn harden() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let files = getrlimit(Resource::Nofile);
    let wanted = files.maximum.map_or(FILES, |most| most.min(FILES)).max(files.current.unwrap_or(FILES));
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: files.maximum })
    {
        tracing::warn!(%error, "fewer connections than usual can be served at once");
    }
    let none = Rlimit { current: Some(0), maximum: getrlimit(Resource::Core).maximum };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps could not be switched off");
    }
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "other programs of this user may attach to the broker");
    }
}
