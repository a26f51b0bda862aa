//! The demo's local program and the malicious one, as a process of their own: steps go out as lines of JSON.

use std::{io::Write, process::ExitCode};

use control::{DemoStep, StepTone};
use demo::{Step, Tone, program};

use crate::{arguments::DemoProgram, exit::Failed};

/// Plays the programs against a running broker.
pub fn run(options: &DemoProgram) -> Result<ExitCode, Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failed::other(&error))?;
    let options = program::Options::new(&options.base, daemon::DEMO_PROVIDER, &options.account);
    let played = runtime.block_on(program::run(options, print));
    let report = played.map_err(|why| Failed::other(&why))?;
    Ok(if report.passed { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn print(step: Step) {
    let tone = match step.tone {
        Tone::Waiting => StepTone::Waiting,
        Tone::Done => StepTone::Done,
        Tone::Refused => StepTone::Refused,
        Tone::Failed => StepTone::Failed,
    };
    let step = DemoStep { number: step.number, title: step.title, wire: step.wire, tone, last: step.last };
    let mut out = std::io::stdout().lock();
    // Whoever reads has gone: then the play goes on unseen to its end, which gives the tokens back.
    let _ = serde_json::to_writer(&mut out, &step).map(|()| out.write_all(b"\n").and_then(|()| out.flush()));
}
