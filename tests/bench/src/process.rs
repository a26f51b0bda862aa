//! Processes that are measured: found beside this one, started, and ended by their id.

use std::{
    env,
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// A process has so long to end when it is asked to.
const LAST_WORDS: Duration = Duration::from_secs(5);
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// A running process; ended when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    output: Option<BufReader<ChildStdout>>,
}

/// A binary of the same build.
///
/// # Panics
/// If this program does not know its own file.
#[must_use]
pub fn beside(name: &str) -> PathBuf {
    env::current_exe().expect("a program knows its file").with_file_name(name)
}

/// A command with an environment of its own.
#[must_use]
pub fn clean(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LANG", "C.UTF-8").env("HOME", home);
    command
}

impl Running {
    /// Starts it; standard error goes to the file `log`.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn start(mut command: Command, log: &Path) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let stderr = File::options().create(true).append(true).open(log).expect("a log file");
        let started = command.stdout(Stdio::piped()).stderr(stderr).spawn();
        let mut child = started.unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        let output = child.stdout.take().map(BufReader::new);
        Self { child, output }
    }

    /// Waits for the first line that begins so; gives the rest of it.
    ///
    /// # Panics
    /// If the process ends without having said it.
    pub fn line(&mut self, beginning: &str) -> String {
        let output = self.output.as_mut().expect("its output is read here");
        let mut line = String::new();
        loop {
            line.clear();
            let count = output.read_line(&mut line).expect("readable output");
            assert!(count > 0, "the process ended without saying {beginning:?}");
            if let Some(rest) = line.strip_prefix(beginning) {
                return rest.trim().to_owned();
            }
        }
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let end = Instant::now() + LAST_WORDS;
        while Instant::now() < end {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            pause(BETWEEN_LOOKS);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A moment between two looks at another process.
#[expect(clippy::disallowed_methods, reason = "another process tells nobody when it has done its part")]
pub fn pause(time: Duration) {
    thread::sleep(time);
}
