//! `keylodge provider check`: an entry, looked over by the broker's program; no broker has to run.

use std::process::ExitCode;

use daemon::{ProviderReport, check_provider};
use serde_json::{Value, json};

use crate::{
    arguments::{Global, ProviderCheck},
    exit::Failed,
    output,
};

/// Prints what was found; fails if the entry cannot work like that.
pub fn check(options: ProviderCheck, global: &Global) -> Result<ExitCode, Failed> {
    let inputs = options.inputs.into_iter().collect();
    let report = check_provider(&options.what, &inputs, options.live).map_err(|why| Failed::other(&why))?;
    if global.json {
        output::json(&report)?;
    } else {
        print(&options.what, &report);
    }
    Ok(if report.fine { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn print(what: &str, report: &ProviderReport) {
    for remark in &report.remarks {
        say!("{}  {}: {}", word(&json!(remark.weight)), remark.about, remark.says);
    }
    if let Some(supports) = &report.supports {
        say!("\nThe server says it can:");
        let lines = json!(supports);
        for (name, value) in lines.as_object().into_iter().flatten() {
            say!("  {}  {}", name.replace('_', " "), word(value));
        }
    }
    let end = if report.fine { "can be used" } else { "cannot be used like that" };
    say!("{what} {end}.");
}

fn word(value: &Value) -> String {
    match value {
        Value::Bool(yes) => (if *yes { "yes" } else { "no" }).to_owned(),
        Value::Array(items) if items.is_empty() => "not said".to_owned(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}
