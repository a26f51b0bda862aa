//! Sends load and prints how it went as JSON. The request comes on standard input, so that a token in it stands on no
//! command line.
//!
//! Usage: `bench-load TARGET new|kept CLIENTS COUNT MILLISECONDS < REQUEST`.

use std::{
    env,
    io::{self, Read},
    process::ExitCode,
    time::Duration,
};

use bench::{load::Load, wire::Keeping};

fn main() -> ExitCode {
    let Some(load) = read(env::args().skip(1)) else { return ExitCode::from(2) };
    let mut request = Vec::new();
    let outcome = io::stdin().read_to_end(&mut request).and_then(|_| load.run(&request));
    match outcome {
        Ok(outcome) => {
            println!("{}", outcome.to_json());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", load.target);
            ExitCode::FAILURE
        }
    }
}

fn read(mut arguments: impl Iterator<Item = String>) -> Option<Load> {
    let target = arguments.next()?.parse().ok()?;
    let keeping = if arguments.next()? == "kept" { Keeping::Kept } else { Keeping::New };
    let clients = arguments.next()?.parse().ok()?;
    let count = arguments.next()?.parse().ok()?;
    let time = Duration::from_millis(arguments.next()?.parse().ok()?);
    Some(Load { target, keeping, clients, count, time })
}
