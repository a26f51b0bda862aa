//! The desktop process with its window, on a display that nobody looks at.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use control::{Page, Request};
use vault::PassphraseCost;

use crate::{
    book::{Book, Side},
    furniture::SMALL,
    keylodge::{House, Keylodge},
    memory::{child_called, pss_of_tree},
    process::{Running, clean, pause},
    stage::Stage,
};

/// A window is there after so long, or not at all; the same for its memory to come to rest.
const PATIENCE: Duration = Duration::from_secs(20);
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);
const BETWEEN_WEIGHINGS: Duration = Duration::from_millis(500);
/// At rest: so many weighings in a row that differ by less than a hundredth.
const CALM: usize = 4;

/// Shows the window once. Without Xvfb on this machine, nothing is measured.
///
/// # Panics
/// If Keylodge refuses to show it.
pub fn measure(stage: &Stage, book: &mut Book) {
    let Some((_server, display)) = display(stage) else {
        return eprintln!("There is no Xvfb here: the window is not measured.");
    };
    let provider = stage.provider_address;
    let house = House::new(&stage.scratch, "desktop", provider, SMALL, PassphraseCost::FOR_TESTS);
    let keylodge = house.with("DISPLAY", &display).start();
    let begun = Instant::now();
    let opened = keylodge.control().call(Request::Open { page: Page::Accounts }, None);
    opened.expect("a window can be shown");
    if let Some(shown) = until(|| is_shown(&display).then(|| begun.elapsed())) {
        book.note("desktop.window", Side::Ours, shown.as_secs_f64() * 1e3);
    }
    if let Some(memory) = at_rest(&keylodge) {
        book.note("desktop.memory", Side::Ours, memory);
    }
}

/// The server takes a free number itself.
fn display(stage: &Stage) -> Option<(Running, String)> {
    let found = Command::new("sh").args(["-c", "command -v Xvfb"]).output().ok()?;
    let program = String::from_utf8(found.stdout).ok()?;
    let program = Some(program.trim()).filter(|program| !program.is_empty())?;
    let mut command = clean(program.as_ref(), stage.scratch.path());
    command.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]);
    let mut server = Running::start(command, &stage.scratch.path().join("display.log"));
    let display = format!(":{}", server.line(""));
    Some((server, display))
}

/// Whether a window of a fair size is on the display.
fn is_shown(display: &str) -> bool {
    let tree = Command::new("xwininfo").args(["-root", "-children", "-display", display]).output();
    let tree = tree.map(|tree| String::from_utf8_lossy(&tree.stdout).into_owned()).unwrap_or_default();
    let ids = tree
        .lines()
        .filter(|line| line.contains("Keylodge"))
        .filter_map(|line| line.split_whitespace().next());
    ids.filter(|id| id.starts_with("0x")).any(|id| {
        let window = Command::new("xwininfo").args(["-id", id, "-display", display]).output();
        window.is_ok_and(|window| String::from_utf8_lossy(&window.stdout).contains("IsViewable"))
    })
}

fn at_rest(keylodge: &Keylodge) -> Option<f64> {
    let mut weighings: Vec<f64> = Vec::new();
    until(|| {
        pause(BETWEEN_WEIGHINGS);
        let process = child_called(keylodge.pid(), "keylodge-desktop")?;
        weighings.push(pss_of_tree(process)?);
        let last = &weighings[weighings.len().saturating_sub(CALM)..];
        let (min, max) =
            (last.iter().copied().fold(f64::MAX, f64::min), last.iter().copied().fold(0.0, f64::max));
        (last.len() == CALM && max <= min * 1.01).then_some(max)
    })
}

fn until<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if let Some(seen) = look() {
            return Some(seen);
        }
        pause(BETWEEN_LOOKS);
    }
    None
}
