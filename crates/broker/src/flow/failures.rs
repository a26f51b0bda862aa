//! What programs were refused, and what failed, as facts in the activity list: under the id that the program was told, and
//! never so many that a program in a loop fills the disk.

use std::collections::HashMap;

use crate::{
    AppId, AuditKind, Broker, Change, FailureId, Sentence, Timestamp, broker::About, messages::trail,
    text::cleaned,
};

/// So many failures of one program, and of all together, become facts within a minute; the rest are counted.
const MAX_OF_ONE: u32 = 5;
const MAX_OF_ALL: u32 = 30;
const WINDOW_SECONDS: i64 = 60;
const MAX_CHARS: usize = 300;

/// Failures of the running minute.
#[derive(Default)]
pub struct Failures {
    since: Timestamp,
    noted: u32,
    left_out: u32,
    of: HashMap<Option<AppId>, u32>,
}

/// What is to be done about a failure.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// It becomes a fact; so many before it did not.
    Note(u32),
    /// It is counted only.
    LeaveOut,
}

impl Failures {
    fn admit(&mut self, app: Option<&AppId>, now: Timestamp) -> Verdict {
        let mut before = 0;
        if !(0..WINDOW_SECONDS).contains(&now.since(self.since)) {
            before = self.left_out;
            *self = Self { since: now, ..Self::default() };
        }
        let of_one = self.of.get(&app.cloned()).copied().unwrap_or_default();
        if of_one >= MAX_OF_ONE || self.noted >= MAX_OF_ALL {
            self.left_out = self.left_out.saturating_add(1);
            return Verdict::LeaveOut;
        }
        self.of.insert(app.cloned(), of_one + 1);
        self.noted += 1;
        Verdict::Note(before)
    }
}

impl Broker {
    /// Notes a failure that a program was told under this id. `sentence` must hold nothing that the program said. While
    /// the vault is closed, the log is all there is.
    pub fn note_failure(&self, id: FailureId, app: Option<&AppId>, sentence: &Sentence) {
        let verdict = self.failures().admit(app, self.now());
        let Verdict::Note(before) = verdict else { return };
        let (text, said) = sentence.clone().parts();
        let mut sentence = Sentence::new(cleaned(&text, MAX_CHARS), said);
        let (broker, app) = (self.clone(), app.cloned());
        if before > 0 {
            sentence = sentence.then(&trail::LEFT_OUT.with([("count", &before)]));
        }
        self.0.ports.surroundings.run(Box::pin(async move {
            let teller = broker.clone();
            let noted = broker.change(move |house| {
                let about = About { app: app.as_ref(), account: None };
                let mut fact = teller.event(house, AuditKind::Failed, about, sentence);
                fact.failure = Some(id);
                Ok((vec![Change::Audit(fact)], ()))
            });
            if let Err(error) = noted.await {
                tracing::debug!(%error, "a failure is in the log only");
            }
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dos_01_a_program_in_a_loop_does_not_fill_the_list() {
        let (mut failures, app) = (Failures::default(), AppId::from_text("app_1"));
        let noted = |failures: &mut Failures, app: Option<&AppId>, at| {
            (0..1000).filter(|_| matches!(failures.admit(app, Timestamp(at)), Verdict::Note(_))).count()
        };
        assert_eq!(noted(&mut failures, Some(&app), 100), 5);
        assert_eq!(noted(&mut failures, None, 100), 5, "another one still is heard");
        for number in 0..100 {
            noted(&mut failures, Some(&AppId::from_text(format!("app_{number}x"))), 120);
        }
        assert_eq!(failures.noted, MAX_OF_ALL);
        assert_eq!(failures.admit(Some(&app), Timestamp(159)), Verdict::LeaveOut);
        assert!(matches!(failures.admit(Some(&app), Timestamp(160)), Verdict::Note(1990..)));
    }
}
