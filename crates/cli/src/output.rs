//! Standard output holds data only: a table for people, JSON for programs.

use std::process::ExitCode;

use comfy_table::{ContentArrangement, Table, presets::NOTHING};
use serde::Serialize;

use crate::exit::Failed;

/// Prints a value as JSON.
pub fn json(value: &impl Serialize) -> Result<ExitCode, Failed> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failed::other(&error))?;
    anstream::println!("{text}");
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
    anstream::println!("{}", table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n"));
    ExitCode::SUCCESS
}

/// Prints names and values, one a line.
pub fn facts(facts: &[(&str, String)]) -> ExitCode {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        anstream::println!("{name:width$}  {value}");
    }
    ExitCode::SUCCESS
}
