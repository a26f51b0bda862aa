//! Keeps a *yes* back until the prompt has stood still for half a second.
//!
//! A prompt that appears, moves or changes under a person's click would otherwise collect a yes that
//! was meant for something else. Denying is never kept back.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use control::{Failure, FailureCode, Said};

/// How long the prompt must have stood still.
pub const STILL: Duration = Duration::from_millis(500);

/// Knows when the prompt last changed: shown, moved, resized, or with other content.
#[derive(Debug, Default)]
pub struct Gate {
    disturbed_at: Mutex<Option<Instant>>,
}

impl Gate {
    /// The prompt changed at `now`.
    pub fn disturb(&self, now: Instant) {
        let mut disturbed_at = self.disturbed_at.lock().unwrap_or_else(PoisonError::into_inner);
        *disturbed_at = disturbed_at.max(Some(now));
    }

    /// Whether a yes may pass at `now`. Without a prompt that was shown, none may.
    pub fn pass(&self, now: Instant) -> Result<(), Failure> {
        let disturbed_at = *self.disturbed_at.lock().unwrap_or_else(PoisonError::into_inner);
        let still_for = disturbed_at.and_then(|at| now.checked_duration_since(at));
        if still_for.is_some_and(|length| length >= STILL) { Ok(()) } else { Err(too_soon()) }
    }
}

fn too_soon() -> Failure {
    Failure {
        code: FailureCode::InvalidRequest,
        sentence: "The question appeared, moved or changed a moment ago, so nothing was allowed.".to_owned(),
        next: "Read it again, then choose.".to_owned(),
        id: "desktop-too-soon".to_owned(),
        said: Some(Box::new(Said::new("desktop.too_soon", []))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ui_02_a_click_at_show_time_allows_nothing() {
        let (gate, shown) = (Gate::default(), Instant::now());
        gate.disturb(shown);
        assert!(gate.pass(shown).is_err());
        assert!(gate.pass(shown + Duration::from_millis(499)).is_err());
        assert!(gate.pass(shown + STILL).is_ok());
    }

    #[test]
    fn ui_02_each_move_begins_the_wait_anew() {
        let (gate, shown) = (Gate::default(), Instant::now());
        gate.disturb(shown);
        gate.disturb(shown + STILL);
        assert!(gate.pass(shown + STILL + Duration::from_millis(1)).is_err());
        assert!(gate.pass(shown + STILL * 2).is_ok());
    }

    #[test]
    fn tau_05_without_a_shown_prompt_there_is_no_yes() {
        assert!(Gate::default().pass(Instant::now() + STILL).is_err());
    }

    #[test]
    fn a_clock_that_goes_back_allows_nothing() {
        let (gate, now) = (Gate::default(), Instant::now());
        gate.disturb(now + STILL * 4);
        gate.disturb(now);
        assert!(gate.pass(now + STILL * 2).is_err());
    }
}
