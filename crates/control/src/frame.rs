//! One line of JSON in either direction.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Answer, Event, Failure, Passphrase, Request};

/// The longest line either side accepts, in bytes.
pub const MAX_FRAME_BYTES: usize = 1 << 20;

/// A line from the window or the command line to the broker.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[ts(export, export_to = "control.ts")]
pub struct ToBroker {
    /// Chosen by the sender; the answer carries it back.
    pub id: u32,
    /// What is asked.
    pub request: Request,
    /// Proof of presence on `control.sock`; never needed on the desktop process's own channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub passphrase: Option<Passphrase>,
}

/// A line from the broker: the outcome of one request, or an event nobody asked for.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
#[expect(clippy::large_enum_variant, reason = "lines are built, written and dropped one at a time")]
pub enum FromBroker {
    /// The request with this id was carried out.
    Answer {
        /// The id of the request.
        id: u32,
        /// Its answer.
        answer: Answer,
    },
    /// The request with this id was not carried out.
    Failure {
        /// The id of the request.
        id: u32,
        /// Why, in words, and what to do.
        failure: Failure,
    },
    /// Something happened that the window shows. Only the desktop channel and `watch` get events.
    Event(Event),
}
