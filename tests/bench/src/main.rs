//! Measures everything, prints one table, and writes it as JSON.
//!
//! Usage: `bench [--rounds N] [--json FILE] [--markdown FILE]`. `make bench` calls it.

use std::{
    env, fs,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use bench::{book::Book, measures, stage::Stage, table};

const ROUNDS: usize = 5;
/// No round begins later than this.
const TIME: Duration = Duration::from_secs(240);

#[derive(Debug)]
struct Options {
    rounds: usize,
    json: Option<PathBuf>,
    markdown: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Some(options) = Options::read(env::args().skip(1)) else {
        eprintln!("usage: bench [--rounds N] [--json FILE] [--markdown FILE]");
        return ExitCode::from(2);
    };
    let book = measure(options.rounds);
    let markdown = table::markdown(&book);
    println!("{markdown}");
    for (path, text) in
        [(options.json, format!("{:#}\n", table::to_json(&book))), (options.markdown, markdown)]
    {
        if let Some(path) = path
            && let Err(error) = fs::write(&path, text)
        {
            eprintln!("{}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn measure(rounds: usize) -> Book {
    let (begun, mut book) = (Instant::now(), Book::default());
    measures::once::before(&mut book);
    let mut stage = Stage::set();
    for round in 1..=rounds {
        if begun.elapsed() > TIME {
            eprintln!("Time is up: {} rounds instead of {rounds}.", round - 1);
            break;
        }
        eprintln!("round {round} of {rounds} …");
        measures::round(&stage, &mut book);
    }
    measures::once::after(&mut stage, &mut book);
    book
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut options = Self { rounds: ROUNDS, json: None, markdown: None };
        while let Some(name) = arguments.next() {
            let value = arguments.next()?;
            match name.as_str() {
                "--rounds" => options.rounds = value.parse().ok()?,
                "--json" => options.json = Some(value.into()),
                "--markdown" => options.markdown = Some(value.into()),
                _ => return None,
            }
        }
        Some(options)
    }
}
