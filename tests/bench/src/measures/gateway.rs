//! The gateway beside a bare proxy, and a refresh beside a durable write.

use std::{
    fs::File,
    io::{Seek, Write},
    time::{Duration, Instant},
};

use super::median_millis;
use crate::{
    book::{Book, Side},
    furniture::{LONG, SHORT},
    stage::{Stage, load},
    wire::{Keeping, Request, Target},
};

const TIME: Duration = Duration::from_millis(400);
const COUNT: u64 = 5000;
/// So much life a token must have left at the beginning of a round.
const MIN_TTL: u32 = 120;
const WRITES: usize = 50;
const LARGE_MIB: f64 = 64.0;

/// One round.
pub fn round(stage: &Stage, book: &mut Book) {
    let direct = often(&stage.provider, "/api/data", None);
    let proxied = often(&stage.proxy, "/api/data", None);
    let (path, token) = pass(stage, LONG);
    let ours = &stage.keylodge.tcp;
    let through = often(ours, &format!("{path}/api/data"), Some(&token));
    book.note("gateway", Side::Floor, proxied - direct);
    book.note("gateway", Side::Ours, through - direct);
    refresh(stage, through, book);
    large(&stage.proxy, "/api/large", None, Side::Floor, book);
    large(ours, &format!("{path}/api/large"), Some(&token), Side::Ours, book);
}

/// Every request of this account renews the provider's token first.
fn refresh(stage: &Stage, without: f64, book: &mut Book) {
    let (path, token) = pass(stage, SHORT);
    let with = often(&stage.keylodge.tcp, &format!("{path}/api/data"), Some(&token));
    let form = "grant_type=refresh_token&refresh_token=short-0&client_id=keylodge";
    let kind = "application/x-www-form-urlencoded";
    let request = Request::post(&stage.provider, "/token", kind, form);
    let provider = load(&stage.provider, &request, Keeping::Kept, 1, COUNT, TIME).p50;
    book.note("refresh", Side::Ours, (with - without - provider) / 1e3);
    book.note("refresh", Side::Floor, durable_write(stage));
}

fn pass(stage: &Stage, account: &str) -> (String, String) {
    (stage.keylodge.gateway(account), stage.keylodge.token(account, MIN_TTL))
}

fn often(target: &Target, path: &str, token: Option<&str>) -> f64 {
    load(target, &Request::get(target, path, token), Keeping::Kept, 1, COUNT, TIME).p50
}

fn large(target: &Target, path: &str, token: Option<&str>, side: Side, book: &mut Book) {
    let request = Request::get(target, path, token);
    let outcome = load(target, &request, Keeping::Kept, 1, 1, Duration::from_secs(10));
    book.note("gateway.large", side, LARGE_MIB / (outcome.p50 / 1e6));
}

/// What the disk takes for one page that must last.
fn durable_write(stage: &Stage) -> f64 {
    let mut file = File::create(stage.scratch.path().join("durable")).expect("a file");
    let times: Vec<Duration> = (0..WRITES)
        .map(|_| {
            let begun = Instant::now();
            file.rewind()
                .and_then(|()| file.write_all(&[7; 4096]))
                .and_then(|()| file.sync_data())
                .expect("room");
            begun.elapsed()
        })
        .collect();
    median_millis(&times)
}
