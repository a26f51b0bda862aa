//! Real processes at the other end: interpreters, copies of a small program, other users, other namespaces.
//!
//! What takes the rights of root (another user, a namespace, a chosen pid) is left out without them, and says so.

mod changes;
mod places;
mod programs;
mod users;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    os::{fd::AsFd, unix::fs::PermissionsExt, unix::net::UnixListener, unix::net::UnixStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::geteuid,
};
use tempfile::TempDir;

use super::{Peer, Refusal, of_tcp, of_unix};

/// Connects over TCP from a shell (or a copy of one), and stays until its input ends.
const SHELL_TCP: &str = "exec 3<>/dev/tcp/127.0.0.1/$0; read -r x";
/// The same under another number.
const SHELL_TCP_4: &str = "exec 4<>/dev/tcp/127.0.0.1/$0; read -r x";
/// Connects to a Unix socket from Perl, and stays until its input ends.
const PERL_UNIX: &str =
    "use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); connect(S, sockaddr_un($ARGV[0])) or die; <STDIN>";

/// A child that ends with the test.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        Self(command.spawn().expect("it starts"))
    }

    fn tell(&mut self, line: &str) {
        let input = self.0.stdin.as_mut().expect("its input");
        writeln!(input, "{line}").expect("told");
    }

    /// The next line that it prints.
    fn hear(&mut self) -> String {
        let mut line = String::new();
        BufReader::new(self.0.stdout.as_mut().expect("its output")).read_line(&mut line).expect("heard");
        line.trim().to_owned()
    }

    fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// A program that was just copied cannot be run while another test's child, not yet executed, has its file open for
/// writing: one test at a time.
static TURN: Mutex<()> = Mutex::new(());

/// Listens on both kinds of address, in a directory of its own.
struct Lodge {
    _turn: MutexGuard<'static, ()>,
    home: TempDir,
    tcp: TcpListener,
    unix: UnixListener,
}

impl Lodge {
    fn open() -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let home = tempfile::tempdir().expect("a directory");
        let unix = UnixListener::bind(home.path().join("s")).expect("a socket");
        Self { _turn: turn, tcp: TcpListener::bind("127.0.0.1:0").expect("a port"), unix, home }
    }

    fn path(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.home.path()).expect("there").join(name)
    }

    fn socket(&self) -> PathBuf {
        self.path("s")
    }

    fn port(&self) -> String {
        self.tcp.local_addr().expect("an address").port().to_string()
    }

    /// A file that can be run, with this text.
    fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("made executable");
        path
    }

    /// A copy of a small program under another name, so that it is no interpreter to us.
    fn copy(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::copy("/bin/bash", &path).expect("copied");
        path
    }

    fn tcp(&self) -> (Result<Peer, Refusal>, TcpStream) {
        await_one(&self.tcp);
        let (stream, from) = self.tcp.accept().expect("accepted");
        (of_tcp(from, stream.local_addr().expect("local")), stream)
    }

    fn unix(&self) -> (Result<Peer, Refusal>, UnixStream) {
        await_one(&self.unix);
        let (stream, _) = self.unix.accept().expect("accepted");
        (of_unix(&stream), stream)
    }

    /// What is seen of a program that connects over TCP.
    fn seen(&self, command: &mut Command) -> broker::Caller {
        let _running = Running::start(command);
        let (peer, _stream) = self.tcp();
        peer.expect("our own user").evidence()
    }
}

/// A script in Python that connects to the port in its first argument and stays until its input ends.
fn python(more: &str) -> String {
    format!(
        "import socket, sys\ns = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n{more}\nsys.stdin.read()\n"
    )
}

/// Waits for a connection, and not for ever.
fn await_one(listener: impl AsFd) {
    let mut fds = [PollFd::from_borrowed_fd(listener.as_fd(), PollFlags::IN)];
    let patience = Timespec { tv_sec: 20, tv_nsec: 0 };
    assert_eq!(poll(&mut fds, Some(&patience)).expect("waited"), 1, "nobody connected");
}

fn shell(program: impl AsRef<Path>, port: &str) -> Command {
    let mut command = Command::new(program.as_ref());
    command.args(["-c", SHELL_TCP, port]);
    command
}

fn perl(socket: &Path) -> Command {
    let mut command = Command::new("perl");
    command.args(["-e", PERL_UNIX]).arg(socket);
    command
}

/// Whether the test may do what only root may; says so if not.
fn is_root() -> bool {
    let root = geteuid().is_root();
    if !root {
        eprintln!("left out: this takes root");
    }
    root
}
