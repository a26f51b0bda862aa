//! Why a program may not be what it seems: another namespace, a sandbox, or a forwarder in between (LOC-08, LOC-15).

use broker::{Message, Sentence, messages::questions, text::cleaned};
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
const NAMESPACES: [(&str, Message); 4] = [
    ("mnt", questions::OTHER_FILES),
    ("pid", questions::OTHER_PROCESSES),
    ("net", questions::OWN_NETWORK),
    ("user", questions::OWN_USERS),
];

/// Programs behind which a person sits at another machine.
const REMOTE: [&str; 6] = ["sshd", "sshd-session", "dropbear", "mosh-server", "telnetd", "xrdp"];

/// Whether it only passes on what another program says.
pub fn is_forwarder(process: &Process) -> bool {
    let name = lineage::name(process);
    FORWARDERS.contains(&name.as_str()) || name.starts_with("qemu-")
}

/// Everything to warn of, as sentences. `ancestors` are the names of the programs above it.
pub fn of(process: &Process, ancestors: &[String]) -> Vec<Sentence> {
    let mut warnings = Vec::new();
    if is_forwarder(process) {
        warnings.push(questions::FORWARDED.with([("name", &lineage::name(process))]));
    } else if let Some(remote) = ancestors.iter().find(|name| REMOTE.contains(&name.as_str())) {
        warnings.push(questions::REMOTE.with([("name", remote)]));
    }
    if let Some(id) = flatpak(process) {
        warnings.push(questions::FLATPAK.with([("name", &id)]));
    } else if let Some(id) = snap(process) {
        warnings.push(questions::SNAP.with([("name", &id)]));
    } else {
        warnings.extend(other_namespaces(process));
    }
    warnings
}

fn other_namespaces(process: &Process) -> Option<Sentence> {
    let other = NAMESPACES.iter().filter(|(kind, _)| process.is_elsewhere(kind));
    let what = Sentence::list(other.map(|(_, what)| what.sentence()));
    (!what.is_empty()).then(|| questions::NAMESPACE.with([("what", &what)]))
}

/// The Flatpak that it runs in. `/.flatpak-info` is laid there by Flatpak, read-only; in our own tree anybody could
/// have made one.
pub fn flatpak(process: &Process) -> Option<String> {
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

/// The snap that it runs in, by its control group, which it cannot leave.
fn snap(process: &Process) -> Option<String> {
    snap_of(&String::from_utf8_lossy(&process.read("cgroup")?))
}

/// `…/snap.NAME.APP.….scope`.
pub(super) fn snap_of(groups: &str) -> Option<String> {
    let unit = groups.split(['/', '\n', ':']).find(|unit| unit.starts_with("snap."))?;
    let name = unit.split('.').nth(1).filter(|name| !name.is_empty())?;
    Some(cleaned(name, MAX_ID_CHARS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loc_08_a_snap_is_named_by_its_control_group() {
        let scope = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/snap.code.code-7d1.scope\n";
        assert_eq!(snap_of(scope).as_deref(), Some("code"));
        assert_eq!(snap_of("0::/user.slice/app-org.gnome.Terminal.slice/vte-spawn.scope\n"), None);
        assert_eq!(snap_of("0::/snap..x.scope\n"), None);
    }
}
