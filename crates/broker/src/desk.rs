//! The desk: where questions wait for the person. One open question a program, few in all (UI-01).

use std::collections::HashMap;

use tokio::sync::oneshot;

use crate::{AppId, Asks, Choice, Error, Prompt, PromptId, Timestamp, messages::refusals as refused};

/// So many questions wait in all, and of one program.
const MAX_WAITING: usize = 64;
const MAX_OF_ONE_APP: usize = 4;
/// So many may wait for the answer to one and the same question.
const MAX_WAITERS: usize = 256;
/// So many wrong codes may be typed for one question (RFC 8628 §5.1; OAU-12).
const MAX_WRONG_CODES: u8 = 5;
/// Pauses in seconds after the second, third, … denial of a program in a row.
const PAUSES: [i64; 5] = [10, 30, 120, 600, 3600];
/// Commands at a terminal, whose word any program can take, share one count. Their pause is short: the person's own commands
/// wait with the others.
const LONGEST_FOR_COMMANDS: i64 = 120;

/// Questions that wait, oldest first, and how often each program was refused.
#[derive(Default)]
pub struct Desk {
    waiting: Vec<Waiting>,
    refusals: HashMap<AppId, Refusals>,
    refused_commands: Refusals,
}

struct Waiting {
    prompt: Prompt,
    answers: Vec<oneshot::Sender<Outcome>>,
    /// The person decides later.
    put_off: bool,
    wrong_codes: u8,
}

/// How a question ended: with a choice (`None`: nobody answered in time, or it was withdrawn).
pub type Outcome = Option<Choice>;

#[derive(Default)]
struct Refusals {
    in_a_row: usize,
    pause_until: Timestamp,
}

impl Refusals {
    fn one_more(&mut self, now: Timestamp, longest: i64) {
        if let Some(step) = self.in_a_row.checked_sub(1) {
            self.pause_until = now.plus(PAUSES[step.min(PAUSES.len() - 1)].min(longest));
        }
        self.in_a_row += 1;
    }

    /// So many seconds of the pause are left. A clock that was set back makes it no longer than it ever was.
    fn left(&self, now: Timestamp) -> i64 {
        self.pause_until.since(now).clamp(0, PAUSES[PAUSES.len() - 1])
    }
}

impl Desk {
    /// Lays a question on the desk. The same question of the same program joins the one that waits.
    ///
    /// # Errors
    /// [`Error::ConsentDenied`] during the pause after denials, [`Error::TooMany`] when too many wait.
    pub fn ask(&mut self, prompt: Prompt, now: Timestamp) -> Result<oneshot::Receiver<Outcome>, Error> {
        match prompt.app() {
            Some(app) => self.check_pause(app, now)?,
            None => self.check_commands(now)?,
        }
        let (answer, outcome) = oneshot::channel();
        if let Some(same) = self.waiting.iter_mut().find(|waiting| same_question(&waiting.prompt, &prompt)) {
            same.answers.retain(|answer| !answer.is_closed());
            if same.answers.len() >= MAX_WAITERS {
                return Err(too_many());
            }
            same.answers.push(answer);
            return Ok(outcome);
        }
        if demands_code(&prompt) {
            // What the program showed before is no longer what it shows; dropped, its answer is that it ended.
            self.waiting.retain(|older| !(demands_code(&older.prompt) && older.prompt.app() == prompt.app()));
        }
        self.check_room(&prompt)?;
        self.waiting.push(Waiting { prompt, answers: vec![answer], put_off: false, wrong_codes: 0 });
        Ok(outcome)
    }

    /// Questions to show: of each program only the oldest.
    pub fn shown(&self) -> Vec<Prompt> {
        let mut shown: Vec<Prompt> = Vec::new();
        for Waiting { prompt, .. } in &self.waiting {
            let behind = prompt.app().is_some() && shown.iter().any(|other| other.app() == prompt.app());
            if !behind {
                shown.push(prompt.clone());
            }
        }
        shown
    }

    /// A question by id, shown or not.
    pub fn find(&self, id: &PromptId) -> Option<&Prompt> {
        self.waiting.iter().map(|waiting| &waiting.prompt).find(|prompt| prompt.id == *id)
    }

    /// Whether the person has put it off.
    pub fn is_put_off(&self, id: &PromptId) -> bool {
        self.waiting.iter().any(|waiting| waiting.prompt.id == *id && waiting.put_off)
    }

    /// Puts a question off; `false` if it is not there.
    pub fn put_off(&mut self, id: &PromptId) -> bool {
        let found = self.waiting.iter_mut().find(|waiting| waiting.prompt.id == *id);
        found.map(|waiting| waiting.put_off = true).is_some()
    }

    /// Takes a question off the desk to answer it.
    pub fn take(&mut self, id: &PromptId) -> Option<Answerable> {
        let at = self.waiting.iter().position(|waiting| waiting.prompt.id == *id)?;
        let waiting = self.waiting.remove(at);
        Some(Answerable { answers: waiting.answers })
    }

    /// Counts a wrong code for a question; how many more may be typed, or `None` if it waits no more.
    pub fn wrong_code(&mut self, id: &PromptId) -> Option<u8> {
        let waiting = self.waiting.iter_mut().find(|waiting| waiting.prompt.id == *id)?;
        waiting.wrong_codes = waiting.wrong_codes.saturating_add(1);
        Some(MAX_WRONG_CODES.saturating_sub(waiting.wrong_codes))
    }

    /// Ends every question that demands a code. Returns whether there was any.
    pub fn end_codes(&mut self) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| !demands_code(&waiting.prompt));
        before != self.waiting.len()
    }

    /// Notes that the person refused a program, or allowed it something.
    pub fn note(&mut self, app: &AppId, refused: bool, now: Timestamp) {
        if refused {
            self.refusals.entry(app.clone()).or_default().one_more(now, i64::MAX);
        } else {
            self.refusals.remove(app);
        }
    }

    /// The same of a command.
    pub fn note_command(&mut self, refused: bool, now: Timestamp) {
        if refused {
            self.refused_commands.one_more(now, LONGEST_FOR_COMMANDS);
        } else {
            self.refused_commands = Refusals::default();
        }
    }

    /// Ends questions whose time is up and those nobody waits for any more. Returns whether any ended.
    pub fn sweep(&mut self, now: Timestamp) -> bool {
        let before = self.waiting.len();
        for waiting in &mut self.waiting {
            waiting.answers.retain(|answer| !answer.is_closed());
        }
        let (ended, kept) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|waiting| waiting.answers.is_empty() || waiting.prompt.expires_at <= now);
        self.waiting = kept;
        for waiting in ended {
            Answerable { answers: waiting.answers }.answer(&None);
        }
        self.waiting.len() != before
    }

    /// Ends every question unanswered (panic).
    pub fn clear(&mut self) {
        self.waiting.drain(..).for_each(|waiting| Answerable { answers: waiting.answers }.answer(&None));
    }

    /// Whether the program may ask, or was refused moments ago.
    pub fn check_pause(&self, app: &AppId, now: Timestamp) -> Result<(), Error> {
        let left = self.refusals.get(app).map_or(0, |refusals| refusals.left(now));
        if left == 0 {
            return Ok(());
        }
        Err(Error::ConsentDenied(refused::MOMENTS_AGO.with([("left", &left)])))
    }

    fn check_commands(&self, now: Timestamp) -> Result<(), Error> {
        let left = self.refused_commands.left(now);
        if left == 0 {
            return Ok(());
        }
        Err(Error::PresenceNeeded(refused::COMMANDS_REFUSED.with([("left", &left)])))
    }

    fn check_room(&self, prompt: &Prompt) -> Result<(), Error> {
        let of_app = self.waiting.iter().filter(|waiting| waiting.prompt.app() == prompt.app()).count();
        if self.waiting.len() >= MAX_WAITING || of_app >= MAX_OF_ONE_APP {
            return Err(too_many());
        }
        Ok(())
    }
}

/// A question on its way to being answered.
pub struct Answerable {
    answers: Vec<oneshot::Sender<Outcome>>,
}

impl Answerable {
    /// Tells everybody who waits. "Once" serves one of them; the others ask again.
    pub fn answer(self, outcome: &Outcome) {
        for answer in self.answers {
            let _ = answer.send(outcome.clone());
        }
    }
}

fn too_many() -> Error {
    Error::TooMany(refused::TOO_MANY_QUESTIONS.sentence())
}

fn demands_code(prompt: &Prompt) -> bool {
    matches!(&prompt.asks, Asks::Access(question) if question.user_code.is_some())
}

/// Whether two prompts ask the same but for id and times.
fn same_question(one: &Prompt, two: &Prompt) -> bool {
    matches!(one.asks, Asks::Access(_)) && one.asks == two.asks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AccessQuestion, Delivery, ProviderId, ScopeSet, Sentence};

    fn prompt(id: &str, app: &str, scopes: &str) -> Prompt {
        Prompt {
            id: PromptId::from_text(id),
            asked_at: Timestamp(0),
            expires_at: Timestamp(120),
            asks: Asks::Access(AccessQuestion {
                app: AppId::from_text(app),
                app_name: app.into(),
                registered: false,
                nameless: false,
                caller: None,
                from_browser: false,
                redirect_host: String::new(),
                provider: ProviderId::from_text("p"),
                accounts: vec![],
                scopes: ScopeSet::parse(scopes).expect("legal"),
                allowed_before: ScopeSet::default(),
                changed: false,
                delivery: Delivery::Gateway,
                release: None,
                narrowing: None,
                purpose: String::new(),
                durations: vec![],
                because: String::new(),
                because_said: None,
                passphrase: crate::PassphraseRule::default(),
                conditions: crate::consent::Conditions::default(),
                route: Sentence::default(),
                user_code: None,
            }),
        }
    }

    #[test]
    fn ui_01_a_hundred_requests_of_one_program_show_one_prompt() {
        let mut desk = Desk::default();
        let outcomes: Vec<_> =
            (0..100).map(|n| desk.ask(prompt(&format!("ask_{n}"), "app_1", "read"), Timestamp(0))).collect();
        assert!(outcomes.iter().all(Result::is_ok));
        assert_eq!(desk.shown().len(), 1);
        for n in 0..100 {
            let _ = desk.ask(prompt(&format!("x_{n}"), "app_1", &format!("s{n}")), Timestamp(0));
        }
        assert_eq!(desk.shown().len(), 1, "different questions queue behind the first");
        assert_eq!(desk.waiting.len(), MAX_OF_ONE_APP);
    }

    #[test]
    fn ui_01_the_pause_after_denials_grows() {
        let (mut desk, app) = (Desk::default(), AppId::from_text("app_1"));
        desk.note(&app, true, Timestamp(0));
        assert!(desk.check_pause(&app, Timestamp(0)).is_ok(), "once may be a slip");
        desk.note(&app, true, Timestamp(0));
        assert!(desk.check_pause(&app, Timestamp(9)).is_err());
        assert!(desk.check_pause(&app, Timestamp(10)).is_ok());
        desk.note(&app, true, Timestamp(10));
        assert!(desk.check_pause(&app, Timestamp(39)).is_err());
        desk.note(&app, false, Timestamp(39));
        assert!(desk.check_pause(&app, Timestamp(39)).is_ok(), "allowed again");
    }

    fn command(id: &str) -> Prompt {
        let asks = Asks::Action { question: format!("Do {id}?").into(), details: Vec::new(), caller: None };
        Prompt { asks, ..prompt(id, "", "") }
    }

    #[test]
    fn ui_01_commands_that_were_refused_cannot_ask_on_and_on() {
        let mut desk = Desk::default();
        let _first = desk.ask(command("1"), Timestamp(0)).expect("room");
        desk.note_command(true, Timestamp(0));
        let _second = desk.ask(command("2"), Timestamp(0)).expect("once may be a slip");
        desk.note_command(true, Timestamp(0));
        assert!(matches!(desk.ask(command("3"), Timestamp(9)), Err(Error::PresenceNeeded(_))));
        assert!(desk.ask(prompt("4", "app_1", "read"), Timestamp(9)).is_ok(), "programs ask for themselves");
        for _ in 0..10 {
            desk.note_command(true, Timestamp(10));
        }
        assert!(desk.ask(command("5"), Timestamp(129)).is_err());
        let _sixth =
            desk.ask(command("6"), Timestamp(130)).expect("the person's own commands wait no longer");
        desk.note_command(false, Timestamp(130));
        assert!(desk.ask(command("7"), Timestamp(130)).is_ok());
    }

    #[test]
    fn a_question_ends_in_deny_when_its_time_is_up() {
        let mut desk = Desk::default();
        let mut outcome = desk.ask(prompt("ask_1", "app_1", "read"), Timestamp(0)).expect("room");
        assert!(!desk.sweep(Timestamp(119)));
        assert!(desk.sweep(Timestamp(120)));
        assert_eq!(outcome.try_recv(), Ok(None));
    }

    #[test]
    fn dos_02_the_desk_is_bounded() {
        let mut desk = Desk::default();
        let kept: Vec<_> = (0..1000)
            .filter_map(|n| {
                desk.ask(prompt(&format!("ask_{n}"), &format!("app_{n}"), "read"), Timestamp(0)).ok()
            })
            .collect();
        assert_eq!(kept.len(), MAX_WAITING);
    }
}
