//! Why a program may not be what it seems: another namespace, a sandbox, or a forwarder in between (LOC-08, LOC-15).

use broker::text::cleaned;
use rustix::fs::{Mode, OFlags, openat};

use super::{lineage, process::Process};

const MAX_ID_CHARS: usize = 80;
/// Programs that pass on what somebody elsewhere says.
const FORWARDERS: [&str; 20] = [
    "sshd",
    "sshd-session",
    "ssh",
    "autossh",
    "dropbear",
    "socat",
    "ncat",
    "nc",
    "nc.openbsd",
    "nc.traditional",
    "docker-proxy",
    "pasta",
    "pasta.avx2",
    "passt",
    "slirp4netns",
    "rootlessport",
    "gvproxy",
    "vpnkit",
    "chisel",
    "qemu",
];
const NAMESPACES: [(&str, &str); 4] = [
    ("mnt", "sees other files"),
    ("pid", "sees other processes"),
    ("net", "has a network of its own"),
    ("user", "has users of its own"),
];

/// The sandbox that a process is in, by what the sandbox itself says.
#[derive(Debug, PartialEq, Eq)]
pub enum Sandbox {
    Flatpak(String),
    Snap(String),
}

/// Whether it only passes on what another program says.
pub fn is_forwarder(process: &Process) -> bool {
    let name = lineage::name(process);
    FORWARDERS.contains(&name.as_str()) || name.starts_with("qemu-")
}

/// Everything to warn of, as sentences.
pub fn of(process: &Process, sandbox: Option<&Sandbox>) -> Vec<String> {
    let mut warnings = Vec::new();
    if is_forwarder(process) {
        let name = lineage::name(process);
        warnings.push(format!("This comes through {name}: the real program is elsewhere."));
    }
    match sandbox {
        Some(Sandbox::Flatpak(id)) => warnings.push(format!("It runs in the Flatpak sandbox of {id}.")),
        Some(Sandbox::Snap(id)) => warnings.push(format!("It runs in the snap {id}.")),
        None => warnings.extend(other_namespaces(process)),
    }
    warnings
}

/// The sandbox, from files that the program inside cannot change.
pub fn sandbox(process: &Process) -> Option<Sandbox> {
    flatpak(process).map(Sandbox::Flatpak).or_else(|| snap(process).map(Sandbox::Snap))
}

fn other_namespaces(process: &Process) -> Option<String> {
    let other: Vec<_> =
        NAMESPACES.iter().filter(|(kind, _)| process.is_elsewhere(kind)).map(|(_, what)| *what).collect();
    if other.is_empty() {
        return None;
    }
    Some(format!("It runs in a container or namespace of its own: it {}.", other.join(", ")))
}

/// `/.flatpak-info` is laid there by Flatpak, read-only; in our own tree anybody could have made one.
fn flatpak(process: &Process) -> Option<String> {
    if !process.is_elsewhere("mnt") {
        return None;
    }
    let root = process.follow("root", OFlags::PATH | OFlags::DIRECTORY)?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let info = openat(root, ".flatpak-info", flags, Mode::empty()).ok()?;
    let mut text = String::new();
    std::io::Read::read_to_string(&mut std::io::Read::take(std::fs::File::from(info), 64 * 1024), &mut text)
        .ok()?;
    let name = text.lines().find_map(|line| line.strip_prefix("name="))?;
    Some(cleaned(name, MAX_ID_CHARS))
}

/// `…/snap.NAME.APP.….scope` in its control group.
fn snap(process: &Process) -> Option<String> {
    let groups = String::from_utf8_lossy(&process.read("cgroup")?).into_owned();
    let unit = groups.split(['/', '\n', ':']).find(|unit| unit.starts_with("snap."))?;
    let name = unit.split('.').nth(1).filter(|name| !name.is_empty())?;
    Some(cleaned(name, MAX_ID_CHARS))
}
