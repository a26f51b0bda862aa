//! What a person waits for who looks through 100,000 events: the vault by itself, without a broker.

use std::time::Instant;

use broker::{ActivityFilter, Vault, Word};
use vault::FileVault;

use crate::{
    book::{Book, Side},
    furniture,
    scratch::Scratch,
};

/// So many events are there.
const EVENTS: usize = 100_000;
/// Each question is asked so often.
const TIMES: usize = 5;
/// Events of one page.
const PAGE: u32 = 500;
/// The charts count by the hour.
const HOUR: u32 = 3600;

/// All rows, once a run.
///
/// # Panics
/// If the vault does not answer.
pub fn measure(scratch: &Scratch, book: &mut Book) {
    let folder = scratch.directory("activity");
    furniture::on_one_thread(async {
        let vault = furniture::with_events(&folder, EVENTS).await;
        let all = ActivityFilter::default();
        let word = Word { word: "nowhere".to_owned(), messages: None, scopes: Vec::new() };
        let of_one = ActivityFilter { app: Some("tool-77".to_owned()), ..all.clone() };
        let missing = ActivityFilter { words: vec![word], ..all.clone() };
        for _ in 0..TIMES {
            list(&vault, &all, "activity.page", book).await;
            list(&vault, &of_one, "activity.program", book).await;
            list(&vault, &missing, "activity.word", book).await;
            let begun = Instant::now();
            vault.activity_counts(&all, HOUR).await.expect("counted");
            note(book, "activity.counts", begun);
        }
        vault.close().await;
    });
}

async fn list(vault: &FileVault, filter: &ActivityFilter, row: &str, book: &mut Book) {
    let begun = Instant::now();
    vault.activity(filter, None, PAGE).await.expect("listed");
    note(book, row, begun);
}

fn note(book: &mut Book, row: &str, begun: Instant) {
    book.note(row, Side::Ours, begun.elapsed().as_secs_f64() * 1e3);
}
