//! Why a request was not carried out, by who must act.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Said;

/// A refusal with a sentence for the person, the next thing to do, and an id that stands in the log.
#[derive(Clone, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[ts(export, export_to = "control.ts")]
pub struct Failure {
    /// What programs branch on.
    pub code: FailureCode,
    /// What happened, in one sentence without a secret.
    pub sentence: String,
    /// What to do next, in one sentence; empty when there is nothing to do.
    pub next: String,
    /// Stands in the log beside the details.
    pub id: String,
    /// Sentence and next step together, by their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub said: Option<Box<Said>>,
}

/// The kinds of refusal that a window or a script treats differently.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "control.ts")]
pub enum FailureCode {
    /// The request itself is wrong.
    InvalidRequest,
    /// There is no such account, program, consent, lease, provider or prompt.
    NotFound,
    /// The call widens access and came without proof of presence, and there is no window to ask in.
    PresenceNeeded,
    /// The passphrase is not the right one.
    WrongPassphrase,
    /// The person said no, or did not answer in time.
    Denied,
    /// The vault is locked.
    Locked,
    /// There is no vault yet: first choose how to lock it.
    SetupNeeded,
    /// The account must be signed in again.
    SignInNeeded,
    /// The provider or another party is away; try again later.
    Away,
    /// The provider refused or answered nonsense.
    Provider,
    /// What was shown is no longer what waits (the prompt changed or ended).
    Stale,
    /// A fault of ours.
    Internal,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        if !self.next.is_empty() {
            write!(f, " {}", self.next)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
