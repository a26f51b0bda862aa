//! Which processes of ours hold a socket open, found by its inode.

use std::{fs, os::unix::fs::MetadataExt};

use super::process::Process;

/// A process that holds a socket, and under which number.
#[derive(Debug)]
pub struct Holder {
    pub process: Process,
    pub descriptor: u32,
}

/// The link by which `/proc/PID/fd` shows a socket.
pub fn link(inode: u64) -> String {
    format!("socket:[{inode}]")
}

/// All processes of the user that hold the socket, the one that started first in front. Walks through the
/// descriptors of all of the user's processes.
pub fn of_socket(inode: u64, uid: u32) -> Vec<Holder> {
    let wanted = link(inode);
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = processes.flatten().filter(|entry| entry.metadata().is_ok_and(|m| m.uid() == uid));
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut holders: Vec<_> = pids.filter_map(|pid| holder(pid, &wanted)).collect();
    holders.sort_by_key(|holder| (holder.process.started, holder.process.pid));
    holders
}

/// The descriptors are read through the process's own directory: had another one taken the pid, the first would
/// answer no more (LOC-03).
fn holder(pid: u32, wanted: &str) -> Option<Holder> {
    let process = Process::open(pid)?;
    let descriptor = process.descriptor_of(wanted, usize::MAX)?;
    process.lives().then_some(Holder { process, descriptor })
}
