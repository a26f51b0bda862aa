//! Which notifications are up, and what is to be done about them. One of each kind, not oftener than every so many seconds,
//! and nothing twice that the person has closed.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use super::note::{Kind, Note, Wish};

/// Two notifications of a kind are so far apart at the least.
pub const APART: Duration = Duration::from_secs(10);

/// The notifications that are up or were.
#[derive(Default)]
pub struct Slots(BTreeMap<Kind, Slot>);

struct Slot {
    /// What the person was told, now or before.
    told: BTreeSet<String>,
    /// What is up, under the server's number for it.
    up: Option<(u32, Note)>,
    at: Instant,
}

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Show this, in the place of the one with this number (0: of none).
    Show(Note, u32),
    /// Take the one with this number away.
    Withdraw(u32),
}

impl Slots {
    /// What is to be done about a kind. After a [`Step::Show`] call [`Slots::shown`].
    pub fn next(&mut self, kind: Kind, wish: Wish, now: Instant) -> Option<Step> {
        let slot = self.0.get_mut(&kind);
        match (wish, slot) {
            (Wish::Tell(note), None) => Some(Step::Show(note, 0)),
            (Wish::Tell(note), Some(slot)) => slot.next(note, now),
            (Wish::Hide, Some(slot)) => slot.up.take().map(|(number, _)| Step::Withdraw(number)),
            (Wish::Over, Some(slot)) => {
                slot.told.clear();
                slot.up.take().map(|(number, _)| Step::Withdraw(number))
            }
            (Wish::Hide | Wish::Over, None) => None,
        }
    }

    /// Notes that a notification is up under this number.
    pub fn shown(&mut self, kind: Kind, number: u32, note: Note, now: Instant) {
        let told = note.about.clone();
        self.0.insert(kind, Slot { told, up: Some((number, note)), at: now });
    }

    /// Notes that one has gone, and says which it was.
    pub fn gone(&mut self, number: u32) -> Option<Kind> {
        let kind = self.kind(number)?;
        self.0.get_mut(&kind)?.up = None;
        Some(kind)
    }

    /// The kind of the one with this number.
    pub fn kind(&self, number: u32) -> Option<Kind> {
        let is = |slot: &Slot| slot.up.as_ref().is_some_and(|(up, _)| *up == number);
        self.0.iter().find(|(_, slot)| is(slot)).map(|(kind, _)| *kind)
    }

    /// Forgets that a kind was told: the next of it is new.
    pub fn forget(&mut self, kind: Kind) {
        self.0.remove(&kind);
    }

    /// Whether one was shown so lately that another of its kind may be held back.
    pub fn fresh(&self, now: Instant) -> bool {
        self.0.values().any(|slot| slot.soon(now))
    }

    /// Forgets what is up: the server has gone, and all with it.
    pub fn lost(&mut self) {
        self.0.clear();
    }
}

impl Slot {
    fn soon(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.at) < APART
    }

    fn next(&self, note: Note, now: Instant) -> Option<Step> {
        let new = !note.about.is_subset(&self.told);
        let other = self.up.as_ref().is_some_and(|(_, up)| *up != note);
        let number = self.up.as_ref().map_or(0, |(number, _)| *number);
        ((new || other) && !self.soon(now)).then_some(Step::Show(note, number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(about: &[&str]) -> Note {
        let about = about.iter().map(|it| (*it).to_owned()).collect();
        Note { title: String::new(), body: String::new(), about }
    }

    fn tell(about: &[&str]) -> Wish {
        Wish::Tell(note(about))
    }

    #[test]
    fn a_kind_is_told_once_replaced_when_there_is_more_and_withdrawn_when_over() {
        let (mut slots, begun) = (Slots::default(), Instant::now());
        let later = |seconds| begun + Duration::from_secs(seconds);
        assert_eq!(slots.next(Kind::SignIn, tell(&["a"]), begun), Some(Step::Show(note(&["a"]), 0)));
        slots.shown(Kind::SignIn, 7, note(&["a"]), begun);
        assert_eq!(slots.next(Kind::SignIn, tell(&["a"]), later(60)), None, "told already");
        assert_eq!(slots.next(Kind::SignIn, tell(&["a", "b"]), later(9)), None, "not so fast");
        assert_eq!(
            slots.next(Kind::SignIn, tell(&["a", "b"]), later(10)),
            Some(Step::Show(note(&["a", "b"]), 7)),
            "in its place"
        );
        slots.shown(Kind::SignIn, 7, note(&["a", "b"]), later(10));
        assert_eq!(slots.next(Kind::SignIn, Wish::Over, later(11)), Some(Step::Withdraw(7)));
        assert_eq!(slots.next(Kind::SignIn, Wish::Over, later(12)), None);
        assert!(slots.next(Kind::SignIn, tell(&["a"]), later(30)).is_some(), "it came anew");
    }

    #[test]
    fn what_the_person_closed_comes_not_again_unless_there_is_more() {
        let (mut slots, begun) = (Slots::default(), Instant::now());
        let later = begun + APART;
        slots.shown(Kind::SignIn, 7, note(&["a", "b"]), begun);
        assert_eq!(slots.gone(8), None, "another's");
        assert_eq!(slots.gone(7), Some(Kind::SignIn));
        assert_eq!(slots.next(Kind::SignIn, tell(&["a"]), later), None);
        assert_eq!(slots.next(Kind::SignIn, Wish::Hide, later), None);
        assert_eq!(slots.next(Kind::SignIn, tell(&["a", "b"]), later), None, "a lock does not make it new");
        assert_eq!(slots.next(Kind::SignIn, tell(&["c"]), later), Some(Step::Show(note(&["c"]), 0)));
    }

    #[test]
    fn a_thousand_questions_make_few_notifications() {
        let (mut slots, begun) = (Slots::default(), Instant::now());
        let mut shown = 0;
        for second in 0..1000u64 {
            let (now, id) = (begun + Duration::from_secs(second) / 20, second.to_string());
            if let Some(Step::Show(note, _)) = slots.next(Kind::Questions, tell(&[&id]), now) {
                slots.shown(Kind::Questions, 1, note, now);
                shown += 1;
            }
        }
        assert_eq!(shown, 5, "in 50 seconds");
    }
}
