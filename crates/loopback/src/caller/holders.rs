//! Which processes of ours hold a socket open, found by its inode.

use std::{fs, os::unix::fs::MetadataExt};

use super::process::Process;

/// All processes of the user that hold the socket, the one that started first in front.
pub fn of_socket(inode: u64, uid: u32) -> Vec<Process> {
    let wanted = format!("socket:[{inode}]");
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = processes.flatten().filter(|entry| entry.metadata().is_ok_and(|m| m.uid() == uid));
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut holders: Vec<_> = pids
        .filter(|pid| has(*pid, &wanted))
        .filter_map(Process::open)
        .filter(|process| holds(process, &wanted))
        .collect();
    holders.sort_by_key(|process| (process.started, process.pid));
    holders
}

/// The descriptors are read by pid, and then the process is looked at again through its own directory: had another one
/// taken the pid, the first would answer no more (LOC-03).
fn holds(process: &Process, wanted: &str) -> bool {
    has(process.pid, wanted) && process.lives()
}

fn has(pid: u32, wanted: &str) -> bool {
    let Ok(descriptors) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    let mut links = descriptors.flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
    links.any(|link| link.as_os_str() == wanted)
}
