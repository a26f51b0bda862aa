//! Gives memory back that is needed no more: what only the start has used, and what a busy hour has left behind.
//!
//! Most of what a program that has just started takes is its own files: what was read of them once, to link it, to parse
//! the catalogue, to open the vault, stays in its memory until somebody says that it may go.

#![expect(unsafe_code, reason = "what the C library and the kernel offer for this has no safe wrapper")]

use std::{fs, ops::Range};

use tokio::time::{Duration, interval, sleep};

/// So long after the broker was ready its start is over: tray and notifications are connected by then, too.
const SETTLED: Duration = Duration::from_secs(10);
/// Freed memory is given back so often.
const BETWEEN_TRIMS: Duration = Duration::from_secs(60);

/// The parts of memory into which the program and its libraries were loaded, as they are at the start. None of them is
/// ever unloaded, so that each stays what it is.
#[derive(Debug)]
pub struct ProgramFiles(Vec<Range<usize>>);

impl ProgramFiles {
    /// What is loaded now. Call it before another thread can load anything for a while only.
    pub fn at_start() -> Self {
        Self(unwritten(&fs::read_to_string("/proc/self/smaps").unwrap_or_default()))
    }

    /// Lets go of what was read of them so far. What is needed again comes back from the system's cache of files, a piece
    /// at a time.
    fn let_go(self) {
        // Where something was written meanwhile, by whatever means, that is kept.
        let still = unwritten(&fs::read_to_string("/proc/self/smaps").unwrap_or_default());
        for part in self.0.into_iter().filter(|part| still.contains(part)) {
            // SAFETY: nothing can be lost: it shows a file, cannot be written to, and holds nothing but what is in the
            // file. The file is the program or a library that it was linked with: it stays where it is until the end.
            let _ =
                unsafe { libc::madvise(part.start as *mut libc::c_void, part.len(), libc::MADV_DONTNEED) };
        }
    }
}

/// Lets go of what the start alone has used, once that is over, and from then on of what is freed; never ends.
pub async fn live_thriftily(files: ProgramFiles) {
    sleep(SETTLED).await;
    files.let_go();
    let mut trims = interval(BETWEEN_TRIMS);
    loop {
        trims.tick().await;
        trim();
    }
}

/// Gives freed memory back to the system. The C library keeps it otherwise: the start and the opening of a large vault
/// leave megabytes, and so do many clients at once.
fn trim() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes the allocator's own locks and touches only what is free.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// The parts that show a file and hold nothing else, by `/proc/PID/smaps`: they cannot be written to, and never were.
fn unwritten(smaps: &str) -> Vec<Range<usize>> {
    let (mut parts, mut part) = (Vec::new(), None);
    for line in smaps.lines() {
        if let Some(size) = line.strip_prefix("Anonymous:") {
            parts.extend(part.take().filter(|_| size.trim() == "0 kB"));
        } else if let Some(range) = range(line) {
            part = shows_a_file(line).then_some(range);
        }
    }
    parts
}

/// The addresses at the beginning of a part: `BEGIN-END perms offset device inode path`.
fn range(line: &str) -> Option<Range<usize>> {
    let (begin, end) = line.split_once(' ')?.0.split_once('-')?;
    let address = |text| usize::from_str_radix(text, 16).ok();
    Some(address(begin)?..address(end)?)
}

fn shows_a_file(line: &str) -> bool {
    let mut fields = line.split_whitespace().skip(1);
    let (rights, path) = (fields.next().unwrap_or_default(), fields.nth(3).unwrap_or_default());
    !rights.contains('w') && rights.ends_with('p') && path.starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMAPS: &str = "\
1000-3000 r-xp 00000000 08:01 12                 /usr/bin/keylodge-broker
Rss:                   8 kB
Anonymous:             0 kB
3000-4000 r--p 00002000 08:01 12                 /usr/bin/keylodge-broker
Anonymous:             4 kB
4000-5000 rw-p 00003000 08:01 12                 /usr/bin/keylodge-broker
Anonymous:             0 kB
5000-6000 r--p 00000000 00:00 0
Anonymous:             0 kB
6000-7000 r--s 00000000 08:01 13                 /usr/share/shared
Anonymous:             0 kB
7000-8000 r-xp 00000000 00:00 0                  [vdso]
Anonymous:             0 kB
8000-9000 r--p 00001000 08:01 14                 /usr/lib/a library.so
Anonymous:             0 kB
";

    #[test]
    fn nothing_that_was_or_can_be_written_is_let_go() {
        assert_eq!(unwritten(SMAPS), [0x1000..0x3000, 0x8000..0x9000]);
        assert!(unwritten("").is_empty() && unwritten("nonsense\nAnonymous: 0 kB\n").is_empty());
    }

    #[test]
    fn the_program_goes_on_with_less() {
        let files = ProgramFiles::at_start();
        assert!(!files.0.is_empty());
        let of_files = || {
            let smaps = fs::read_to_string("/proc/self/smaps").expect("our own");
            let own = smaps.lines().skip_while(|line| !line.contains(" r-xp "));
            let size = own.into_iter().find_map(|line| line.strip_prefix("Rss:"));
            size.and_then(|size| size.trim().strip_suffix(" kB")?.parse::<u64>().ok()).expect("a size")
        };
        let before = of_files();
        files.let_go();
        trim();
        assert!(of_files() < before, "{} kB of {before}", of_files());
    }
}
