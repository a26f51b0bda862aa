//! What the ordinary tests do with the seeds; a module of each crate that has doors.

use std::{fs, path::Path};

/// Feeds a door all that stands in its folder: what the fuzzer starts from, and what it once found.
pub fn feed(door: fn(&[u8]), target: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let mut count = 0;
    for file in fs::read_dir(folder).expect("a folder of seeds") {
        door(&fs::read(file.expect("a seed").path()).expect("its bytes"));
        count += 1;
    }
    assert!(count > 0, "{target} has no seeds");
}
