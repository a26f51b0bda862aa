//! Events as lines of a file that other programs read: what `keylodge audit export` prints and the window saves.

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, macros::format_description};
use ts_rs::TS;

use crate::{ActivityView, Timestamp};

/// How events are exported. Neither holds secrets: no event does.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum ExportFormat {
    /// One JSON object a line.
    Json,
    /// Comma-separated (RFC 4180), with a head.
    Csv,
}

const COLUMNS: &str = "number,at,kind,program,account,scopes,sentence,because,failure";

impl ExportFormat {
    /// The line before the first event, if there is one.
    #[must_use]
    pub const fn head(self) -> Option<&'static str> {
        match self {
            Self::Json => None,
            Self::Csv => Some(COLUMNS),
        }
    }

    /// An event's line, without the end of a line.
    ///
    /// # Errors
    /// What serde says of an event that cannot be written as JSON.
    pub fn line(self, event: &ActivityView) -> serde_json::Result<String> {
        match self {
            Self::Json => serde_json::to_string(event),
            Self::Csv => Ok(csv(event)),
        }
    }
}

impl Timestamp {
    /// `2026-11-20 19:05` (UTC).
    #[must_use]
    pub fn in_utc(self) -> String {
        let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
        let moment = OffsetDateTime::from_unix_timestamp(self.0).ok();
        moment.and_then(|moment| moment.format(&format).ok()).unwrap_or_else(|| self.0.to_string())
    }
}

fn csv(event: &ActivityView) -> String {
    let fields = [
        event.id.to_string(),
        event.at.in_utc(),
        event.kind.clone(),
        event.app_name.clone().unwrap_or_default(),
        event.account_label.clone().unwrap_or_default(),
        event.scopes.join(" "),
        event.sentence.clone(),
        event.because.clone(),
        event.failure.clone().unwrap_or_default(),
    ];
    fields.iter().map(|field| cell(field)).collect::<Vec<_>>().join(",")
}

/// One cell (RFC 4180 §2). What a spreadsheet would take for a formula begins with an apostrophe: names come from
/// programs.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programs_name_is_no_formula_and_no_second_cell() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("plain"), "plain");
    }

    #[test]
    fn times_are_utc() {
        assert_eq!(Timestamp(0).in_utc(), "1970-01-01 00:00");
    }
}
