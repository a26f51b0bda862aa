//! What notifications say. A lock screen shows them to whoever passes by: they name programs and accounts where that is
//! what the person needs, and never a scope. A program's name is its own claim, and it is text for strangers: the catalogue's
//! words stand in the title, the name in the body, with its markup taken away.

use std::collections::BTreeSet;

use broker::{AccountMatters, Asking, Matters, Tiding, Timestamp};
use control::Page;

use crate::words::{Counted, Words};

/// A question that is shown but not answered for so many seconds may lie behind other windows.
const UNANSWERED_SECONDS: i64 = 15;
/// So many names are told.
const NAMES: usize = 3;

/// Kinds of notification. There is one of each at the most; what comes to it takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Questions wait.
    Questions,
    /// Programs wait for the vault to be opened.
    Door,
    /// Accounts must be signed in again.
    SignIn,
    /// Accounts will need the person soon.
    Soon,
    /// Somebody may have stolen something.
    Alarm,
    /// Access that was not used has ended.
    Lapsed,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Questions, Self::Door, Self::SignIn, Self::Soon, Self::Alarm, Self::Lapsed];

    /// Where a click leads.
    pub const fn page(self) -> Page {
        match self {
            Self::Questions | Self::SignIn | Self::Soon => Page::Accounts,
            Self::Door => Page::Unlock,
            Self::Alarm => Page::Activity,
            Self::Lapsed => Page::Programs,
        }
    }
}

/// A notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// In the catalogue's words alone.
    pub title: String,
    /// May hold names; no markup.
    pub body: String,
    /// What it tells of: if nothing of this is new, the person has been told.
    pub about: BTreeSet<String>,
}

/// What is to be told of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// This.
    Tell(Note),
    /// Nothing now, and nobody knows whether it is over.
    Hide,
    /// It is over.
    Over,
}

/// What there is to tell.
pub struct News<'a> {
    pub matters: &'a Matters,
    pub tidings: &'a [Tiding],
    /// The window can come and show questions.
    pub window: bool,
    pub now: Timestamp,
}

impl News<'_> {
    /// What is to be told of a kind.
    pub fn wish(&self, kind: Kind, words: &Words) -> Wish {
        let note = match kind {
            Kind::Questions => self.questions(words),
            Kind::Door => self.door(words),
            Kind::SignIn => return self.accounts(|it| sign_in(&it.now, words)),
            Kind::Soon => return self.accounts(|it| soon(&it.soon, words)),
            Kind::Alarm => self.alarm(words),
            // It names programs, and can wait until the vault is open.
            Kind::Lapsed if self.matters.accounts.is_none() => return Wish::Hide,
            Kind::Lapsed => self.lapsed(words),
        };
        note.map_or(Wish::Over, Wish::Tell)
    }

    fn accounts(&self, note: impl FnOnce(&AccountMatters) -> Option<Note>) -> Wish {
        let Some(accounts) = &self.matters.accounts else { return Wish::Hide };
        note(accounts).map_or(Wish::Over, Wish::Tell)
    }

    /// Only where the window does not tell already.
    fn questions(&self, words: &Words) -> Option<Note> {
        let overlooked =
            |asking: &&Asking| !self.window || self.now.since(asking.since) >= UNANSWERED_SECONDS;
        let waiting: Vec<_> = self.matters.questions.iter().filter(overlooked).collect();
        let about = waiting.iter().map(|it| format!("{}{:?}", it.since.0, it.app_name)).collect();
        let say = &words.notification;
        let (title, who) = match waiting.as_slice() {
            [] => return None,
            [Asking { app_name: Some(app), .. }] => {
                (say.asks.clone(), say.asks_who.replace("{app}", &plain(app)) + " ")
            }
            [_] => (say.asks_command.clone(), String::new()),
            several => (words.tray.waiting.of(several.len()), String::new()),
        };
        Some(Note { title, body: who + &say.answer, about })
    }

    fn door(&self, words: &Words) -> Option<Note> {
        let waiting = self.matters.at_the_door;
        let about = (1..=waiting).map(|number| number.to_string()).collect();
        let title = words.tray.waiting_locked.of(waiting);
        (waiting > 0 && !self.window).then(|| Note { title, body: words.notification.unlock.clone(), about })
    }

    fn alarm(&self, words: &Words) -> Option<Note> {
        let say = &words.notification;
        let about: BTreeSet<_> = numbered(self.tidings.iter().filter(|tiding| tiding.is_alarm()));
        let (mut reused, mut out) = (Vec::new(), BTreeSet::new());
        for tiding in self.tidings {
            match tiding {
                Tiding::TokenReused { app_name } => reused.push(app_name.clone()),
                Tiding::StillOut { app_name } => drop(out.insert(app_name.clone())),
                Tiding::OldCopy | Tiding::Lapsed { .. } => {}
            }
        }
        if !reused.is_empty() {
            let body = say.reused_what.replace("{names}", &names(&reused, words));
            return Some(Note { title: say.reused.clone(), body, about });
        }
        if !out.is_empty() {
            let out: Vec<_> = out.into_iter().collect();
            let body = say.still_out_what.replace("{names}", &names(&out, words));
            return Some(Note { title: say.still_out.clone(), body, about });
        }
        let (title, body) = (say.old_copy.clone(), say.old_copy_what.clone());
        self.tidings.contains(&Tiding::OldCopy).then_some(Note { title, body, about })
    }

    fn lapsed(&self, words: &Words) -> Option<Note> {
        let lapsed = self.tidings.iter().filter(|tiding| matches!(tiding, Tiding::Lapsed { .. }));
        let about = numbered(lapsed.clone());
        let apps = lapsed.filter_map(|tiding| match tiding {
            Tiding::Lapsed { app_name } => Some(app_name.clone()),
            _ => None,
        });
        let apps: BTreeSet<_> = apps.collect();
        let apps: Vec<_> = apps.into_iter().collect();
        let say = &words.notification;
        counted(&say.lapsed, &say.lapsed_who, &apps, words).map(|note| Note { about, ..note })
    }
}

fn sign_in(labels: &[String], words: &Words) -> Option<Note> {
    counted(&words.tray.need_sign_in, &words.notification.sign_in, labels, words)
}

fn soon(labels: &[String], words: &Words) -> Option<Note> {
    counted(&words.notification.soon, &words.notification.soon_why, labels, words)
}

fn counted(title: &Counted, body: &str, of: &[String], words: &Words) -> Option<Note> {
    let body = body.replace("{names}", &names(of, words));
    (!of.is_empty()).then(|| Note { title: title.of(of.len()), body, about: of.iter().cloned().collect() })
}

/// The same tiding twice is two of them.
fn numbered<'a>(tidings: impl Iterator<Item = &'a Tiding>) -> BTreeSet<String> {
    tidings.enumerate().map(|(number, tiding)| format!("{number}{tiding:?}")).collect()
}

fn names(of: &[String], words: &Words) -> String {
    let told: Vec<_> = of.iter().take(NAMES).map(|name| plain(name)).collect();
    let told = told.join(", ");
    if of.len() > NAMES { words.notification.more.replace("{names}", &told) } else { told }
}

/// A stranger's text: of one line, short, and with nothing in it that a server could take for markup or for a place that
/// is still to be filled.
fn plain(name: &str) -> String {
    let harmless = |c: char| match c {
        '<' | '{' => '(',
        '>' | '}' => ')',
        '&' => '+',
        other => other,
    };
    broker::text::cleaned(name, 60).chars().map(harmless).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use broker::Language;

    fn news(matters: &Matters) -> News<'_> {
        News { matters, tidings: &[], window: false, now: Timestamp(100) }
    }

    fn note(news: &News<'_>, kind: Kind) -> Note {
        match news.wish(kind, &Words::of(Language::English)) {
            Wish::Tell(note) => note,
            other => panic!("{other:?}"),
        }
    }

    fn asking(name: &str, since: i64) -> Asking {
        Asking { app_name: Some(name.to_owned()), since: Timestamp(since) }
    }

    #[test]
    fn ui_06_a_programs_name_is_its_own_claim_and_holds_no_markup() {
        let name = "Key\u{202e}lodge<b>&nbsp;<a href='http://x'>{names}\n\u{0}";
        let matters = Matters { questions: vec![asking(name, 100)], ..Matters::default() };
        let note = note(&news(&matters), Kind::Questions);
        assert_eq!(note.title, "A program asks for access");
        assert!(
            note.body.starts_with("“Keylodge(b)+nbsp;(a href='http://x')(names)”, as it calls itself."),
            "{}",
            note.body
        );
        assert!(!note.body.contains(['<', '>', '&', '\u{202e}', '\n']));
    }

    #[test]
    fn questions_are_told_where_the_window_does_not_show_them_or_is_overlooked() {
        let matters = Matters { questions: vec![asking("a", 80), asking("b", 90)], ..Matters::default() };
        let (at, words) = (
            |now| News { window: true, now: Timestamp(now), ..news(&matters) },
            Words::of(Language::English),
        );
        assert_eq!(at(94).wish(Kind::Questions, &words), Wish::Over, "the window has just come");
        assert!(note(&at(95), Kind::Questions).body.contains("“a”"));
        assert_eq!(note(&news(&matters), Kind::Questions).title, "2 questions wait for you");
    }

    #[test]
    fn while_locked_no_account_is_named() {
        let locked = Matters { at_the_door: 1, ..Matters::default() };
        let words = Words::of(Language::English);
        let tidings = [Tiding::Lapsed { app_name: "x".into() }];
        let news = News { tidings: &tidings, ..news(&locked) };
        for kind in [Kind::SignIn, Kind::Soon, Kind::Lapsed] {
            assert_eq!(news.wish(kind, &words), Wish::Hide);
        }
        assert_eq!(note(&news, Kind::Door).title, "1 program waits for you to unlock");
    }

    #[test]
    fn a_token_that_could_not_be_ended_is_told_once_for_each_program() {
        let (matters, words) = (Matters::default(), Words::of(Language::English));
        let out = |name: &str| Tiding::StillOut { app_name: name.into() };
        let tidings = [out("tool"), out("other"), out("tool")];
        let told = note(&News { tidings: &tidings, ..news(&matters) }, Kind::Alarm);
        assert_eq!(told.title, words.notification.still_out);
        assert!(told.body.starts_with("other, tool can go on"), "{}", told.body);
        assert!(tidings.iter().all(Tiding::is_alarm));
    }

    #[test]
    fn many_names_are_cut_short() {
        let now = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let accounts = Some(AccountMatters { now, soon: Vec::new() });
        let matters = Matters { accounts, ..Matters::default() };
        let note = note(&news(&matters), Kind::SignIn);
        assert_eq!(note.title, "4 accounts must be signed in again");
        assert!(note.body.ends_with("a, b, c and more."), "{}", note.body);
    }
}
