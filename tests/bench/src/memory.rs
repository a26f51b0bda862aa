//! Memory of processes: the proportional set size, in which shared pages count by their share.

use std::{collections::HashMap, fs};

/// MiB of one process; `None` if this user may not read it.
#[must_use]
pub fn pss(pid: u32) -> Option<f64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    kibibytes(&rollup, "Pss:")
}

/// MiB of one process that it has written itself. The rest shows files: above all its own program, of which the system can
/// take any page back at any time.
#[must_use]
pub fn written(pid: u32) -> Option<f64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    kibibytes(&rollup, "Anonymous:")
}

/// The most that a process ever had in memory, in MiB, shared pages in full.
#[must_use]
pub fn peak(pid: u32) -> Option<f64> {
    kibibytes(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?, "VmHWM:")
}

/// MiB of a process and all that descend from it.
#[must_use]
pub fn pss_of_tree(root: u32) -> Option<f64> {
    let tree = tree(root);
    tree.into_iter().map(pss).sum()
}

/// A process of this name that the other one started.
#[must_use]
pub fn child_called(parent: u32, name: &str) -> Option<u32> {
    let parents = parents();
    let mut children = parents.iter().filter(|(_, of)| **of == parent).map(|(pid, _)| *pid);
    children.find(|pid| fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|file| file.ends_with(name)))
}

fn tree(root: u32) -> Vec<u32> {
    let parents = parents();
    let mut tree = vec![root];
    let mut at = 0;
    while let Some(parent) = tree.get(at).copied() {
        tree.extend(parents.iter().filter(|(_, of)| **of == parent).map(|(pid, _)| *pid));
        at += 1;
    }
    tree
}

/// Every process with its parent.
fn parents() -> HashMap<u32, u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return HashMap::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: u32| Some((pid, parent(pid)?))).collect()
}

fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

#[expect(clippy::cast_precision_loss, reason = "memory is far below 2^52 KiB")]
fn kibibytes(text: &str, name: &str) -> Option<f64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = value.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes as f64 / 1024.0)
}
