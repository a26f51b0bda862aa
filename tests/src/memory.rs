//! Looks for secrets in the memory of a process.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::PathBuf,
};

use crate::{Canaries, Find};

/// Reads so much at a time; what lies across an edge is seen by the overlap.
const CHUNK: usize = 1 << 20;
const OVERLAP: usize = 4096;

/// Secrets in what a process can write to: heap, stacks, and everything else that it did not load from a file.
///
/// # Errors
/// If its memory may not be read. A process that may not be dumped shows it to root alone.
pub fn in_memory_of(pid: u32, canaries: &Canaries) -> io::Result<Vec<Find>> {
    let memory = File::open(format!("/proc/{pid}/mem"))?;
    let maps = fs::read_to_string(format!("/proc/{pid}/maps"))?;
    let mut finds: Vec<Find> = Vec::new();
    for (begin, end, name) in maps.lines().filter_map(writable) {
        for at in (begin..end).step_by(CHUNK) {
            let length = (CHUNK + OVERLAP).min(usize::try_from(end - at).unwrap_or(CHUNK));
            let mut bytes = vec![0; length];
            // It may have been given back meanwhile.
            if memory.read_exact_at(&mut bytes, at).is_ok() {
                finds.extend(canaries.raw_within(&PathBuf::from(&name), &bytes));
            }
        }
    }
    finds.dedup();
    Ok(finds)
}

/// Begin, end and name of a writable part of a process's memory.
fn writable(line: &str) -> Option<(u64, u64, String)> {
    let mut fields = line.split_whitespace();
    let (begin, end) = fields.next()?.split_once('-')?;
    let may_write = fields.next()?.starts_with("rw");
    let name = fields.nth(3).unwrap_or("anonymous").to_owned();
    let number = |text| u64::from_str_radix(text, 16).ok();
    may_write.then_some((number(begin)?, number(end)?, name))
}
