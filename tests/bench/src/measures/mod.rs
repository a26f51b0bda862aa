//! One file for each kind of work; each measures one round, Keylodge and floor in turn.

pub mod activity;
pub mod cached;
pub mod gateway;
pub mod introspection;
pub mod once;
pub mod process;
pub mod start;

use crate::{book::Book, stage::Stage};

/// One round of everything that is measured in rounds.
pub fn round(stage: &Stage, book: &mut Book) {
    cached::round(stage, book);
    process::round(stage, book);
    introspection::round(stage, book);
    gateway::round(stage, book);
    start::round(stage, book);
}

/// The middle one of several times, in milliseconds.
fn median_millis(times: &[std::time::Duration]) -> f64 {
    let millis: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1e3).collect();
    crate::book::Spread::of(&millis).map_or(f64::NAN, |spread| spread.median)
}
