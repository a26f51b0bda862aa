//! What the tray shows: how Keylodge is, in a word and a sentence, and what can be done about it. Nothing of it names an
//! account, a program or a scope: a panel is seen by whoever passes by.

use broker::{Glance, VaultState};

use crate::words::Words;

/// How Keylodge is, as far as its sign tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// There is no vault yet.
    Absent,
    /// The vault is closed.
    Locked,
    /// Something waits for the person.
    Waiting,
    /// Nothing is handed out for a while.
    Paused,
    /// An account needs its person, or the policy cannot be followed.
    Trouble,
    /// All is well.
    Open,
}

/// What a click does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Opens the window.
    Show,
    /// Opens what waits for an answer.
    ShowWaiting,
    /// Opens the window where the vault is unlocked.
    ShowUnlock,
    /// Hands nothing out for an hour.
    Pause,
    /// Locks.
    Lock,
    /// Ends every token and locks.
    Panic,
    /// Ends the broker.
    Quit,
}

/// A line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Says something.
    Words(String),
    /// Does something.
    Deed(String, Deed),
    /// Opens a menu of its own, with one line in it.
    Menu(String, (String, Deed)),
    /// Parts others.
    Rule,
}

/// Everything that the tray shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What we are called.
    pub name: String,
    /// Which sign.
    pub state: State,
    /// The same in a sentence.
    pub sentence: String,
    /// The menu.
    pub menu: Vec<Line>,
}

impl Shown {
    /// What is to be shown.
    pub fn of(glance: Glance, vault: VaultState, words: &Words) -> Self {
        let state = state(glance, vault);
        Self {
            name: words.name.clone(),
            state,
            sentence: sentence(glance, state, words),
            menu: menu(glance, state, words),
        }
    }
}

/// What needs the person comes first.
fn state(glance: Glance, vault: VaultState) -> State {
    match glance {
        _ if vault == VaultState::Absent => State::Absent,
        Glance { questions: 1.., .. } | Glance { at_the_door: 1.., .. } => State::Waiting,
        Glance { open: false, .. } => State::Locked,
        Glance { policy_broken: true, .. } => State::Trouble,
        Glance { paused_until: Some(_), .. } => State::Paused,
        Glance { need_sign_in: 1.., .. } => State::Trouble,
        _ => State::Open,
    }
}

fn sentence(glance: Glance, state: State, words: &Words) -> String {
    let tray = &words.tray;
    match state {
        State::Absent => tray.absent.clone(),
        State::Locked => tray.locked.clone(),
        State::Waiting if glance.questions > 0 => tray.waiting.of(glance.questions),
        State::Waiting => tray.waiting_locked.of(glance.at_the_door),
        State::Paused => tray.paused.clone(),
        State::Trouble if glance.policy_broken => tray.policy_broken.clone(),
        State::Trouble => tray.need_sign_in.of(glance.need_sign_in),
        State::Open => tray.open.clone(),
    }
}

/// Only what opens the window and what narrows: whoever is on the session's bus can click here. To go on after a pause and
/// to unlock take the person, so these two open the window.
fn menu(glance: Glance, state: State, words: &Words) -> Vec<Line> {
    let tray = &words.tray;
    let deed = |label: &String, deed| Line::Deed(label.clone(), deed);
    let told = sentence(glance, state, words);
    let mut menu = match state {
        State::Waiting if glance.open => vec![Line::Deed(told, Deed::ShowWaiting)],
        State::Waiting => vec![Line::Deed(told, Deed::ShowUnlock)],
        State::Trouble => vec![Line::Deed(told, Deed::Show)],
        _ => vec![Line::Words(told)],
    };
    menu.extend([deed(&tray.show, Deed::Show), Line::Rule]);
    if state != State::Absent {
        menu.push(match glance.paused_until {
            Some(_) => deed(&tray.resume, Deed::Show),
            None => deed(&tray.pause, Deed::Pause),
        });
        menu.push(if glance.open {
            deed(&tray.lock, Deed::Lock)
        } else {
            deed(&tray.unlock, Deed::ShowUnlock)
        });
        // A slip of the hand must not end everything, and the window may be what cannot be had just now: so it is
        // confirmed in the menu itself.
        menu.extend([Line::Menu(tray.panic.clone(), (tray.panic_now.clone(), Deed::Panic)), Line::Rule]);
    }
    menu.push(deed(&tray.quit, Deed::Quit));
    menu
}

#[cfg(test)]
mod tests {
    use broker::Timestamp;

    use super::*;
    use broker::Language;

    fn shown(glance: Glance, vault: VaultState) -> Shown {
        Shown::of(glance, vault, &Words::of(Language::English))
    }

    fn open() -> Glance {
        Glance { open: true, ..Glance::default() }
    }

    fn deeds(shown: &Shown) -> Vec<Deed> {
        let deed = |line: &Line| match line {
            Line::Deed(_, deed) | Line::Menu(_, (_, deed)) => Some(*deed),
            Line::Words(_) | Line::Rule => None,
        };
        shown.menu.iter().filter_map(deed).collect()
    }

    #[test]
    fn what_needs_the_person_is_shown_first() {
        let paused = Glance { paused_until: Some(Timestamp(9)), ..open() };
        for (glance, state, sentence) in [
            (open(), State::Open, "Unlocked"),
            (Glance { need_sign_in: 2, ..open() }, State::Trouble, "2 accounts must be signed in again"),
            (Glance { need_sign_in: 2, ..paused }, State::Paused, "Paused"),
            (
                Glance { policy_broken: true, ..paused },
                State::Trouble,
                "The administrator’s policy cannot be followed",
            ),
            (Glance { questions: 1, ..paused }, State::Waiting, "1 question waits for you"),
            (Glance::default(), State::Locked, "Locked"),
            (
                Glance { at_the_door: 3, ..Glance::default() },
                State::Waiting,
                "3 programs wait for you to unlock",
            ),
        ] {
            let vault = if glance.open { VaultState::Open } else { VaultState::LockedByKeyring };
            let seen = shown(glance, vault);
            assert_eq!((seen.state, seen.sentence.as_str()), (state, sentence));
            let first = matches!(&seen.menu[0], Line::Words(said) | Line::Deed(said, _) if said == sentence);
            assert!(first, "a host without tooltips shows it, too");
        }
        assert_eq!(shown(Glance::default(), VaultState::Absent).state, State::Absent);
    }

    #[test]
    fn locked_it_offers_the_window_and_open_it_offers_the_lock() {
        let closed = shown(Glance::default(), VaultState::LockedByPassphrase);
        assert_eq!(deeds(&closed), [Deed::Show, Deed::Pause, Deed::ShowUnlock, Deed::Panic, Deed::Quit]);
        let paused = Glance { paused_until: Some(Timestamp(9)), ..open() };
        assert_eq!(
            deeds(&shown(paused, VaultState::Open)),
            [Deed::Show, Deed::Show, Deed::Lock, Deed::Panic, Deed::Quit],
            "the pause ends in the window"
        );
        assert_eq!(deeds(&shown(Glance::default(), VaultState::Absent)), [Deed::Show, Deed::Quit]);
    }
}
