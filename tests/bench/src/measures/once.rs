//! What is measured once a run: memory, and the window.

use std::{net::SocketAddr, time::Duration};

use vault::PassphraseCost;

use crate::{
    book::{Book, Side},
    desktop,
    furniture::{LARGE, LONG, SMALL, Size},
    keylodge::{House, Keylodge},
    measures::activity,
    memory::{peak, pss, written},
    process::pause,
    scratch::Scratch,
    stage::{Stage, load, server},
    wire::{Keeping, Request},
};

/// By then what only the start has used is given back.
const UNTIL_REST: Duration = Duration::from_secs(15);

/// Before anything else runs, for what several Keylodges share would count by its share alone: memory of one that has
/// given one token, with a passphrase as people have it; and looks through many events.
pub fn before(book: &mut Book) {
    let scratch = Scratch::new();
    let (_provider, address) = server(&scratch, &["provider"]);
    for (row, name, size) in [("memory.small", "memory", SMALL), ("memory.large", "memory-large", LARGE)] {
        let keylodge = after_first_token(&scratch, address, name, size);
        note(book, row, pss(keylodge.pid()));
        note(book, &format!("{row}.written"), written(keylodge.pid()));
        pause(UNTIL_REST);
        note(book, &format!("{row}.rest"), pss(keylodge.pid()));
    }
    activity::measure(&scratch, book);
}

/// After the rounds.
pub fn after(stage: &mut Stage, book: &mut Book) {
    stage.alone();
    note(book, "memory.load", pss(stage.keylodge.pid()));
    note(book, "memory.load.written", written(stage.keylodge.pid()));
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

fn after_first_token(scratch: &Scratch, provider: SocketAddr, name: &str, size: Size) -> Keylodge {
    let house = House::new(scratch, name, provider, size, PassphraseCost::STRONG);
    let keylodge = house.start();
    keylodge.allowing(|| keylodge.token(LONG, 0));
    keylodge
}

fn note(book: &mut Book, row: &str, value: Option<f64>) {
    if let Some(value) = value {
        book.note(row, Side::Ours, value);
    }
}
