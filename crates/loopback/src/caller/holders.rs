//! Which processes of ours hold a socket open, found by its inode.

use std::{
    collections::{HashMap, HashSet},
    fs,
    ops::ControlFlow,
    os::unix::fs::MetadataExt,
    sync::Arc,
};

use super::process::Process;

/// A process that holds a socket, and under which number.
#[derive(Debug)]
pub struct Holder {
    pub process: Arc<Process>,
    pub descriptor: u32,
}

/// The link by which `/proc/PID/fd` shows a socket.
pub fn link(inode: u64) -> String {
    format!("socket:[{inode}]")
}

/// All processes of the user that hold the socket, the one that started first in front. Walks through the
/// descriptors of all of the user's processes.
pub fn of_socket(inode: u64, uid: u32) -> Vec<Holder> {
    of_sockets(&HashSet::from([inode]), uid).remove(&inode).unwrap_or_default()
}

/// The same of several sockets, in one walk.
pub fn of_sockets(inodes: &HashSet<u64>, uid: u32) -> HashMap<u64, Vec<Holder>> {
    let mut held: HashMap<u64, Vec<Holder>> = HashMap::new();
    let Ok(processes) = fs::read_dir("/proc") else { return held };
    let pids = processes.flatten().filter(|entry| entry.metadata().is_ok_and(|m| m.uid() == uid));
    for pid in pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok()) {
        for (inode, holder) in of_process(pid, inodes) {
            held.entry(inode).or_default().push(holder);
        }
    }
    for holders in held.values_mut() {
        holders.sort_by_key(|holder| (holder.process.started, holder.process.pid));
    }
    held
}

/// The descriptors are read through the process's own directory: had another one taken the pid, the first would
/// answer no more (LOC-03).
fn of_process(pid: u32, inodes: &HashSet<u64>) -> Vec<(u64, Holder)> {
    let Some(process) = Process::open(pid).map(Arc::new) else { return Vec::new() };
    let mut numbers: HashMap<u64, u32> = HashMap::new();
    process.each_socket(usize::MAX, |inode, descriptor| {
        if inodes.contains(&inode) {
            numbers.entry(inode).or_insert(descriptor);
        }
        ControlFlow::<()>::Continue(())
    });
    if numbers.is_empty() || !process.lives() {
        return Vec::new();
    }
    let holder = |descriptor| Holder { process: Arc::clone(&process), descriptor };
    numbers.into_iter().map(|(inode, descriptor)| (inode, holder(descriptor))).collect()
}
