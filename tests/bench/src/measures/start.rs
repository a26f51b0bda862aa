//! From the start of the process to the first token.

use std::time::{Duration, Instant};

use crate::{
    book::{Book, Side},
    furniture::LONG,
    keylodge::House,
    stage::{Stage, floor_start},
};

/// One round.
pub fn round(stage: &Stage, book: &mut Book) {
    let (floor_ready, floor_answer) = floor_start(&stage.scratch);
    let (ready, token) = start(&stage.at_rest.small, true);
    let (_, large) = start(&stage.at_rest.large, true);
    let (strong, _) = start(&stage.at_rest.strong, false);
    note(book, "start.ready", ready, Some(floor_ready));
    note(book, "start.token", token, Some(floor_answer));
    note(book, "start.large", large, Some(floor_answer));
    note(book, "start.passphrase", strong, None);
}

/// How long until it is ready, and until it has given a token.
fn start(house: &House, ask: bool) -> (Duration, Duration) {
    let begun = Instant::now();
    let keylodge = house.start();
    let ready = begun.elapsed();
    if ask {
        let _ = keylodge.token(LONG, 0);
    }
    (ready, begun.elapsed())
}

fn note(book: &mut Book, row: &str, ours: Duration, floor: Option<Duration>) {
    book.note(row, Side::Ours, ours.as_secs_f64() * 1e3);
    if let Some(floor) = floor {
        book.note(row, Side::Floor, floor.as_secs_f64() * 1e3);
    }
}
