//! Standard output holds data only: a table for people, JSON for programs.

use std::{
    fmt::Arguments,
    io::{self, ErrorKind, Write},
    process::{self, ExitCode},
};

use comfy_table::{ContentArrangement, Table, presets::NOTHING};
use serde::Serialize;

use crate::exit::Failed;

/// The code of a command whose reader has gone, as a shell tells it of one that SIGPIPE ended.
const READER_GONE: i32 = 128 + 13;

/// Prints a line on standard output, as `println!` does.
macro_rules! say {
    ($($text:tt)*) => { $crate::output::line(format_args!($($text)*)) };
}

/// Prints a line. Where nobody reads any more (`| head`), the command ends without a word; where it cannot be written, with
/// one.
pub fn line(text: Arguments<'_>) {
    end_unless_written(writeln!(anstream::stdout(), "{text}"));
}

/// The same for a whole text that was made elsewhere.
pub fn whole(text: &[u8]) -> ExitCode {
    let mut out = io::stdout().lock();
    end_unless_written(out.write_all(text).and_then(|()| out.flush()));
    ExitCode::SUCCESS
}

fn end_unless_written(written: io::Result<()>) {
    match written {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => process::exit(READER_GONE),
        Err(error) => {
            anstream::eprintln!("keylodge: The output could not be written ({error}).");
            process::exit(1);
        }
    }
}

/// Prints a value as JSON.
pub fn json(value: &impl Serialize) -> Result<ExitCode, Failed> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failed::other(&error))?;
    say!("{text}");
    Ok(ExitCode::SUCCESS)
}

/// Prints rows under a head; or, where there are none, what to do next.
pub fn table<const N: usize>(head: [&str; N], rows: Vec<[String; N]>, empty: &str) -> ExitCode {
    if rows.is_empty() {
        anstream::eprintln!("{empty}");
        return ExitCode::SUCCESS;
    }
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_header(head);
    for row in rows {
        table.add_row(row);
    }
    say!("{}", table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n"));
    ExitCode::SUCCESS
}

/// Prints names and values, one a line.
pub fn facts(facts: &[(&str, String)]) -> ExitCode {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        say!("{name:width$}  {value}");
    }
    ExitCode::SUCCESS
}
