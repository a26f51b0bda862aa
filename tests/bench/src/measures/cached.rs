//! A token that is there already: over the socket and over TCP, by new connections and by kept ones, by 1, 8 and 64
//! clients at once.

use std::time::Duration;

use crate::{
    book::{Book, Side},
    furniture::LONG,
    keylodge::ask,
    load::Outcome,
    stage::{Stage, load},
    wire::{Keeping, Target},
};

/// One load is no longer than this.
const TIME: Duration = Duration::from_millis(400);
const COUNT: u64 = 20_000;

/// One round.
pub fn round(stage: &Stage, book: &mut Book) {
    let socket = (&stage.keylodge.socket, &stage.floor_socket);
    let tcp = (&stage.keylodge.tcp, &stage.floor_tcp);
    for (name, (ours, floor)) in [("socket", socket), ("tcp", tcp)] {
        for (way, keeping) in [("new", Keeping::New), ("kept", Keeping::Kept)] {
            for (side, target) in [(Side::Floor, floor), (Side::Ours, ours)] {
                let one = ask_often(target, keeping, 1);
                book.note(&format!("{name}.{way}.p50"), side, one.p50);
                book.note(&format!("{name}.{way}.p99"), side, one.p99);
            }
            for clients in [8, 64] {
                for (side, target) in [(Side::Floor, floor), (Side::Ours, ours)] {
                    let many = ask_often(target, keeping, clients);
                    book.note(&format!("{name}.{way}.{clients}"), side, many.per_second);
                }
            }
        }
    }
    let large = stage.large.as_ref().map_or(&stage.keylodge.socket, |large| &large.socket);
    for (side, target) in [(Side::Floor, &stage.floor_socket), (Side::Ours, large)] {
        book.note("socket.new.large", side, ask_often(target, Keeping::New, 1).p50);
    }
}

fn ask_often(target: &Target, keeping: Keeping, clients: usize) -> Outcome {
    load(target, &ask(target, LONG, 0), keeping, clients, COUNT, TIME)
}
