//! What the broker tells the window without being asked.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Page;

/// Something changed; the window re-reads what it shows.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(tag = "event", rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum Event {
    /// Accounts, programs, consents, leases, activity or the lock state changed.
    Changed,
    /// Prompts came or went. `waiting` is how many wait now.
    Prompts {
        /// How many prompts wait for the person.
        waiting: u32,
    },
    /// The main window should be shown, on this page.
    Show {
        /// The page to show.
        page: Page,
    },
    /// One step of the demo program, as it happens.
    Demo(DemoStep),
    /// The broker stops; the desktop process should end.
    Stopping,
}

/// One thing that the demo did, with what went over the wire (secrets shortened).
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct DemoStep {
    /// 1 to 7 for the steps of OAuth 2.0; 0 for what comes before; 8 and more for the refusals.
    pub number: u32,
    /// What happens, in a few words.
    pub title: String,
    /// The request and the answer, line by line.
    pub wire: Vec<String>,
    /// How it went.
    pub tone: StepTone,
    /// True on the last step.
    pub last: bool,
}

/// How a step of the demo went.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum StepTone {
    /// Something was asked; an answer is awaited.
    Waiting,
    /// It worked.
    Done,
    /// It was refused, as it should be.
    Refused,
    /// It went wrong.
    Failed,
}
