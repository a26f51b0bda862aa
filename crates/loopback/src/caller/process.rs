//! One process, held through its directory in `/proc`: once that is open, no other process can take its place, for
//! the kernel answers nothing through it after the process has ended (LOC-03).

use std::{
    collections::HashMap,
    ffi::CString,
    fs::File,
    io::Read,
    ops::ControlFlow,
    os::fd::{AsFd, OwnedFd},
    sync::LazyLock,
};

use rustix::fs::{self, AtFlags, CWD, Mode, OFlags};

use super::file_hash::FileKey;

/// Files in `/proc` that we read are short; whatever is longer is cut.
const MAX_READ: u64 = 64 * 1024;
const TYPICAL_READ: usize = 2048;
const TYPICAL_LINK: usize = 64;

/// Our own namespaces: the broker never enters others.
static OWN_NAMESPACES: LazyLock<HashMap<&str, CString>> = LazyLock::new(|| {
    let own = |kind| fs::readlinkat(CWD, format!("/proc/self/ns/{kind}"), Vec::new()).ok();
    ["mnt", "pid", "net", "user"].into_iter().filter_map(|kind| Some((kind, own(kind)?))).collect()
});

/// A process that was there when it was opened.
#[derive(Debug)]
pub struct Process {
    pub pid: u32,
    /// When it started, in clock ticks since the machine did.
    pub started: u64,
    directory: OwnedFd,
}

/// What `/proc/PID/stat` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    pub name: String,
    pub state: char,
    pub parent: u32,
    /// The pid of the session's leader.
    pub session: u32,
    /// Device number of the controlling terminal; 0: none.
    pub terminal: u32,
    pub started: u64,
    /// Where its code and its stack begin; both move with each exec.
    layout: (u64, u64),
}

/// What changes when a process executes another file, or the same one again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    file: Option<(u64, u64)>,
    layout: (u64, u64),
}

/// A living process at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    pub stat: Stat,
    /// The file that runs; `None` if it may not be seen.
    pub file: Option<FileKey>,
}

impl Look {
    pub fn image(&self) -> Image {
        Image { file: self.file.as_ref().map(FileKey::id), layout: self.stat.layout }
    }
}

impl Process {
    pub fn open(pid: u32) -> Option<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = fs::openat(CWD, format!("/proc/{pid}"), flags, Mode::empty()).ok()?;
        let started = parse(&read(&directory, "stat")?)?.started;
        Some(Self { pid, started, directory })
    }

    pub fn stat(&self) -> Option<Stat> {
        parse(&self.read("stat")?)
    }

    /// Neither gone nor a zombie.
    pub fn lives(&self) -> bool {
        self.stat().is_some_and(|stat| stat.lives())
    }

    /// `None` once it is gone or a zombie.
    pub fn look(&self) -> Option<Look> {
        let stat = self.stat().filter(Stat::lives)?;
        Some(Look { stat, file: self.executable() })
    }

    /// The file that runs; `None` if it may not be seen.
    pub fn executable(&self) -> Option<FileKey> {
        FileKey::of(&fs::statat(&self.directory, "exe", AtFlags::empty()).ok()?)
    }

    /// Its device and inode.
    pub fn executable_id(&self) -> Option<(u64, u64)> {
        self.executable().map(|file| file.id())
    }

    /// Shows the inode and the number of each socket that it holds open, among its first `most` descriptors, until
    /// `visit` breaks off.
    pub fn each_socket<T>(
        &self,
        most: usize,
        mut visit: impl FnMut(u64, u32) -> ControlFlow<T>,
    ) -> Option<T> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let table = fs::openat(&self.directory, "fd", flags, Mode::empty()).ok()?;
        let mut link = Vec::with_capacity(TYPICAL_LINK);
        for entry in fs::Dir::read_from(&table).ok()?.take(most.saturating_add(2)).flatten() {
            let Ok(target) = fs::readlinkat(&table, entry.file_name(), link) else {
                link = Vec::with_capacity(TYPICAL_LINK);
                continue;
            };
            let number = entry.file_name().to_str().ok().and_then(|number| number.parse().ok());
            if let Some((inode, number)) = socket(target.as_bytes()).zip(number)
                && let ControlFlow::Break(broken) = visit(inode, number)
            {
                return Some(broken);
            }
            link = target.into_bytes();
        }
        None
    }

    /// Whether it holds a socket open under this number.
    pub fn holds(&self, socket: &str, descriptor: u32) -> bool {
        self.link(&format!("fd/{descriptor}")).is_some_and(|link| link == socket.as_bytes())
    }

    /// One of its files, e.g. `cmdline`.
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        read(&self.directory, name)
    }

    /// Where one of its links leads, e.g. `exe`.
    pub fn link(&self, name: &str) -> Option<Vec<u8>> {
        Some(fs::readlinkat(&self.directory, name, Vec::new()).ok()?.into_bytes())
    }

    /// Opens what one of its links leads to, also where the path is another one for us.
    pub fn follow(&self, name: &str, flags: OFlags) -> Option<OwnedFd> {
        fs::openat(&self.directory, name, flags | OFlags::CLOEXEC, Mode::empty()).ok()
    }

    /// Whether it has another file tree, network, … than we have; `kind` is a name in `/proc/PID/ns`. Processes of ours
    /// that hide from us are taken to have the same.
    pub fn is_elsewhere(&self, kind: &str) -> bool {
        let own = OWN_NAMESPACES.get(kind);
        let other = self.link(&format!("ns/{kind}"));
        own.zip(other).is_some_and(|(own, other)| own.as_bytes() != other)
    }

    /// The root of the tree that the paths of its links are in: ours, unless it has a tree of its own.
    pub fn tree(&self) -> Option<OwnedFd> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        if self.is_elsewhere("mnt") {
            return self.follow("root", flags);
        }
        fs::openat(CWD, "/", flags, Mode::empty()).ok()
    }

    /// The process that started it, if that still runs. A pid that was given to a younger process is not taken for it.
    pub fn parent(&self) -> Option<Self> {
        let named = self.stat()?.parent;
        let parent = Self::open(named)?;
        let still = self.stat()?.parent == named && parent.started <= self.started;
        still.then_some(parent)
    }
}

impl Stat {
    fn lives(&self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }
}

/// The inode in a link `socket:[INODE]`.
fn socket(link: &[u8]) -> Option<u64> {
    std::str::from_utf8(link.strip_prefix(b"socket:[")?.strip_suffix(b"]")?).ok()?.parse().ok()
}

fn read(directory: impl AsFd, name: &str) -> Option<Vec<u8>> {
    let file = fs::openat(directory, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    // What is read mostly fits at once; each further read would be another walk through the kernel.
    let mut bytes = Vec::with_capacity(TYPICAL_READ);
    File::from(file).take(MAX_READ).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The name stands in parentheses and may hold anything, parentheses and line ends, too.
pub(super) fn parse(stat: &[u8]) -> Option<Stat> {
    let text = String::from_utf8_lossy(stat);
    let (head, tail) = text.rsplit_once(')')?;
    let name = head.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = tail.split_ascii_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let id = |at: usize| fields.get(at)?.parse::<i64>().ok().map(|id| u32::try_from(id).unwrap_or(0));
    Some(Stat {
        name,
        state: fields.first()?.chars().next()?,
        parent: id(1)?,
        session: id(3)?,
        terminal: id(4)?,
        started: number(19)?,
        layout: (number(23).unwrap_or(0), number(25).unwrap_or(0)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_forge_the_fields_after_it() {
        let forged = b"12 (x) S 1 1 1 (\n) R 77 77 78 34819 77 0 0 0 0 0 0 0 0 0 20 0 1 0 4242 0 0 0 5 6 7 0";
        let stat = parse(forged).expect("parsed");
        assert_eq!((stat.parent, stat.session, stat.terminal, stat.started), (77, 78, 34819, 4242));
        assert_eq!(stat.layout, (5, 7));
    }

    #[test]
    fn this_very_process_lives_and_does_not_change() {
        let own = Process::open(std::process::id()).expect("we run");
        assert!(own.lives());
        let image = || own.look().map(|look| look.image());
        assert!(image().is_some() && image() == image());
        assert!(Process::open(0).is_none());
    }
}
