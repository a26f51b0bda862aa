//! Whole processes: the command, the smallest program that asks, and a program that was never seen before.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use super::median_millis;
use crate::{
    book::{Book, Side},
    furniture::{LONG, SCOPE},
    keylodge::body,
    process::beside,
    stage::Stage,
    wire::Target,
};

/// Processes of each kind in a round.
const PROCESSES: usize = 40;
/// New programs in a round.
const PROGRAMS: usize = 3;

/// One round.
pub fn round(stage: &Stage, book: &mut Book) {
    let (mut command, mut program, mut floor) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PROCESSES {
        floor.push(timed(asking(&smallest(), &stage.floor_socket)));
        command.push(timed(token_command(stage)));
        program.push(timed(asking(&smallest(), &stage.keylodge.socket)));
    }
    for (row, ours) in [("process.command", command), ("process.program", program)] {
        book.note(row, Side::Ours, median_millis(&ours));
        book.note(row, Side::Floor, median_millis(&floor));
    }
    let first: Vec<Duration> = (0..PROGRAMS).map(|_| first_token(stage)).collect();
    book.note("first.token", Side::Ours, median_millis(&first));
}

/// Asks Keylodge as the smallest program, once.
///
/// # Panics
/// If it is refused.
pub fn ask_as_program(stage: &Stage) {
    let _ = timed(asking(&smallest(), &stage.keylodge.socket));
}

/// Compiled statically where `scripts/bench.sh` has done that.
fn smallest() -> PathBuf {
    let fixed = beside("bench-ask-static");
    if fixed.is_file() { fixed } else { beside("bench-ask") }
}

/// A program that asks there for a token.
///
/// # Panics
/// If that is no socket.
#[must_use]
pub fn asking(program: &Path, target: &Target) -> Command {
    let Target::Unix(socket) = target else { panic!("it asks over a socket") };
    let mut command = Command::new(program);
    command.arg(socket).arg(body(LONG, 0));
    command
}

fn token_command(stage: &Stage) -> Command {
    let mut command = stage.house.command();
    command.args(["token", LONG, "--scope", SCOPE]);
    command
}

fn timed(mut command: Command) -> Duration {
    let begun = Instant::now();
    let output = command.output().expect("it can be started");
    let elapsed = begun.elapsed();
    demand_success(&output);
    elapsed
}

/// A program that Keylodge has never seen asks; the person says yes at once.
fn first_token(stage: &Stage) -> Duration {
    let program = unseen(stage);
    let mut command = asking(&program, &stage.keylodge.socket);
    let (ended, yes) = stage.keylodge.allowing(|| {
        let output = command.output().expect("it can be started");
        demand_success(&output);
        Instant::now()
    });
    fs::remove_file(&program).expect("it is ours");
    ended.duration_since(yes.expect("the person was asked"))
}

/// A copy of the smallest program that differs from all before it, in its name and by what is appended to it.
///
/// # Panics
/// If it cannot be made.
#[must_use]
pub fn unseen(stage: &Stage) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("unseen-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let path = stage.scratch.path().join(&name);
    let mut bytes = fs::read(smallest()).expect("the smallest program");
    bytes.extend_from_slice(name.as_bytes());
    let mut file =
        fs::File::options().create_new(true).write(true).mode(0o700).open(&path).expect("a new file");
    file.write_all(&bytes).expect("room for it");
    path
}

fn demand_success(output: &Output) {
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
