//! The desktop process with its window and its prompt, beside a bare Tauri program, on a display that nobody looks at.

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
    measures::process::{asking, unseen},
    memory::{child_called, pss_of_tree},
    process::{Running, beside, clean, pause},
    stage::Stage,
};

/// A window is there after so long, or not at all; the same for its memory to come to rest.
const PATIENCE: Duration = Duration::from_secs(20);
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);
const BETWEEN_WEIGHINGS: Duration = Duration::from_millis(500);
/// At rest: so many weighings in a row that differ by less than a hundredth.
const CALM: usize = 4;
const ROUNDS: usize = 3;

const WINDOW: &str = "\"Keylodge\"";
const PROMPT: &str = "\"Keylodge: a program asks\"";
const BARE: &str = "\"Bare Tauri program\"";

/// A display, and a Keylodge that may use it.
struct Desk<'a> {
    stage: &'a Stage,
    display: String,
    house: House,
}

/// In turns, a few times. Without Xvfb on this machine, nothing is measured.
pub fn measure(stage: &Stage, book: &mut Book) {
    let Some((_server, display)) = display(stage) else {
        return eprintln!("There is no Xvfb here: the window is not measured.");
    };
    let provider = stage.provider_address;
    let house = House::new(&stage.scratch, "desktop", provider, SMALL, PassphraseCost::FOR_TESTS);
    let house = house.with("DISPLAY", &display);
    let desk = Desk { stage, display, house };
    for _ in 0..ROUNDS {
        desk.bare(book);
        desk.window(book);
        desk.cold_prompt(book);
    }
}

impl Desk<'_> {
    /// From the start of a bare program to its window, and its memory.
    fn bare(&self, book: &mut Book) {
        let mut command = clean(&beside("bench-bare"), self.stage.scratch.path());
        command.env("DISPLAY", &self.display);
        let begun = Instant::now();
        let bare = Running::start(command, &self.stage.scratch.path().join("bare.log"));
        let shown = self.until_shown(BARE, begun);
        for row in ["desktop.window", "desktop.prompt.cold"] {
            note(book, row, Side::Floor, shown);
        }
        note(book, "desktop.memory", Side::Floor, at_rest(|| Some(bare.pid())));
    }

    /// From `open` to the window, its memory, and from a program's request to the prompt beside it.
    fn window(&self, book: &mut Book) {
        let keylodge = self.house.start();
        let begun = Instant::now();
        let opened = keylodge.control().call(Request::Open { page: Page::Accounts }, None);
        opened.expect("a window can be shown");
        note(book, "desktop.window", Side::Ours, self.until_shown(WINDOW, begun));
        let desktop = || child_called(keylodge.pid(), "keylodge-desktop");
        note(book, "desktop.memory", Side::Ours, at_rest(desktop));
        note(book, "desktop.prompt.warm", Side::Ours, self.prompt(&keylodge));
    }

    /// From a program's request to the prompt, where there is no desktop process yet.
    fn cold_prompt(&self, book: &mut Book) {
        let keylodge = self.house.start();
        note(book, "desktop.prompt.cold", Side::Ours, self.prompt(&keylodge));
    }

    fn prompt(&self, keylodge: &Keylodge) -> Option<f64> {
        let program = unseen(self.stage);
        let begun = Instant::now();
        let command = asking(&program, &keylodge.socket);
        let _asker = Running::start(command, &self.stage.scratch.path().join("asker.log"));
        let shown = self.until_shown(PROMPT, begun);
        std::fs::remove_file(&program).expect("it is ours");
        shown
    }

    fn until_shown(&self, title: &str, begun: Instant) -> Option<f64> {
        let shown = until(|| is_shown(&self.display, title).then(|| begun.elapsed()))?;
        Some(shown.as_secs_f64() * 1e3)
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

/// Whether a window of this title is on the display.
fn is_shown(display: &str, title: &str) -> bool {
    let tree = Command::new("xwininfo").args(["-root", "-children", "-display", display]).output();
    let tree = tree.map(|tree| String::from_utf8_lossy(&tree.stdout).into_owned()).unwrap_or_default();
    let ids =
        tree.lines().filter(|line| line.contains(title)).filter_map(|line| line.split_whitespace().next());
    ids.filter(|id| id.starts_with("0x")).any(|id| {
        let window = Command::new("xwininfo").args(["-id", id, "-display", display]).output();
        window.is_ok_and(|window| String::from_utf8_lossy(&window.stdout).contains("IsViewable"))
    })
}

/// MiB of a process and all below it, once that changes no more.
fn at_rest(process: impl Fn() -> Option<u32>) -> Option<f64> {
    let mut weighings: Vec<f64> = Vec::new();
    until(|| {
        pause(BETWEEN_WEIGHINGS);
        weighings.push(pss_of_tree(process()?)?);
        let last = &weighings[weighings.len().saturating_sub(CALM)..];
        let (min, max) =
            (last.iter().copied().fold(f64::MAX, f64::min), last.iter().copied().fold(0.0, f64::max));
        (last.len() == CALM && max <= min * 1.01).then_some(max)
    })
}

fn note(book: &mut Book, row: &str, side: Side, value: Option<f64>) {
    if let Some(value) = value {
        book.note(row, side, value);
    }
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
