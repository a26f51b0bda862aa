//! What is measured once a run: memory, and the window.

use std::time::Duration;

use vault::PassphraseCost;

use crate::{
    book::{Book, Side},
    desktop,
    furniture::{LARGE, LONG, SMALL, Size},
    keylodge::House,
    memory::{peak, pss},
    stage::{Stage, load},
    wire::{Keeping, Request},
};

/// Before the rounds: memory of a Keylodge that has given one token, with a passphrase as people have it.
pub fn before(stage: &Stage, book: &mut Book) {
    for (row, name, size) in [("memory.small", "memory", SMALL), ("memory.large", "memory-large", LARGE)] {
        note(book, row, after_first_token(stage, name, size));
    }
}

/// After the rounds.
pub fn after(stage: &Stage, book: &mut Book) {
    note(book, "memory.load", pss(stage.keylodge.pid()));
    note(book, "gateway.memory", by_large_bodies(stage));
    desktop::measure(stage, book);
}

/// How much further the peak lies after large bodies than after small ones.
fn by_large_bodies(stage: &Stage) -> Option<f64> {
    let keylodge = stage.at_rest.small.start();
    let (path, token) = (keylodge.gateway(LONG), keylodge.token(LONG, 0));
    let fetch = |what: &str| {
        let request = Request::get(&keylodge.tcp, &format!("{path}/api/{what}"), Some(&token));
        let _ = load(&keylodge.tcp, &request, Keeping::Kept, 1, 2, Duration::from_secs(10));
    };
    fetch("data");
    let before = peak(keylodge.pid())?;
    fetch("large");
    Some(peak(keylodge.pid())? - before)
}

fn after_first_token(stage: &Stage, name: &str, size: Size) -> Option<f64> {
    let house = House::new(&stage.scratch, name, stage.provider_address, size, PassphraseCost::STRONG);
    let keylodge = house.start();
    keylodge.allowing(|| keylodge.token(LONG, 0));
    pss(keylodge.pid())
}

fn note(book: &mut Book, row: &str, value: Option<f64>) {
    if let Some(value) = value {
        book.note(row, Side::Ours, value);
    }
}
