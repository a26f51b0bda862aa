//! A process that a story starts, and ends by its id.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::until::{PATIENCE, pause};

/// A running process; killed when dropped.
#[derive(Debug)]
pub struct Running {
    name: String,
    child: Child,
    // Behind a lock, so that several threads of a story can look on.
    lines: Mutex<Receiver<String>>,
    log: PathBuf,
}

impl Running {
    /// Starts it. Standard output is read line by line, standard error goes to the file `log` (appended).
    pub fn start(mut command: Command, log: &Path) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let stderr = File::options().create(true).append(true).open(log).expect("a log file");
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        let stdout = child.stdout.take().expect("a pipe");
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { name, child, lines: Mutex::new(lines), log: log.to_owned() }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the first line that begins so; gives the rest of that line.
    pub fn line(&self, beginning: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines().recv_timeout(left) else {
                panic!("{} did not say {beginning:?}. Its log:\n{}", self.name, self.log());
            };
            if let Some(rest) = line.strip_prefix(beginning) {
                return rest.trim().to_owned();
            }
        }
    }

    /// The lines that it has written to standard output since they were last taken.
    pub fn new_lines(&self) -> Vec<String> {
        self.lines().try_iter().collect()
    }

    /// What is left of its standard output; call it when the process has ended.
    pub fn rest(&self) -> String {
        self.lines().iter().collect::<Vec<_>>().join("\n")
    }

    /// What it wrote to standard error so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be waited for")
    }

    /// Waits for its end.
    pub fn end(&mut self, patience: Duration) -> ExitStatus {
        let end = Instant::now() + patience;
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(Instant::now() < end, "{} does not end. Its log:\n{}", self.name, self.log());
            pause();
        }
    }

    /// Asks it to end (SIGTERM) and waits for that.
    pub fn stop(&mut self) -> ExitStatus {
        let pid = Pid::from_child(&self.child);
        let _ = kill_process(pid, Signal::TERM);
        self.end(PATIENCE)
    }

    fn lines(&self) -> MutexGuard<'_, Receiver<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends it without asking (SIGKILL).
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}
