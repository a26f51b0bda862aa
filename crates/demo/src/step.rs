//! What the demo shows of itself: one step at a time, with what went over the wire.

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// 1 to 7 for the steps of OAuth 2.0; 0 for what comes before; 8 and more for the refusals.
    pub number: u32,
    /// What happens, in a few words.
    pub title: String,
    /// The request and the answer, line by line, secrets shortened.
    pub wire: Vec<String>,
    /// How it went.
    pub tone: Tone,
    /// True on the last step.
    pub last: bool,
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something was asked; an answer is awaited.
    Waiting,
    /// It worked.
    Done,
    /// It was refused, as it should be.
    Refused,
    /// It went wrong, or was not refused although it had to be.
    Failed,
}

/// How the whole went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// The resource was delivered, and everything that had to be refused was.
    pub passed: bool,
}

/// Hands steps to the listener and remembers whether one failed.
pub(crate) struct Teller<F> {
    listener: F,
    /// No step has failed so far.
    pub passed: bool,
}

impl<F: FnMut(Step)> Teller<F> {
    /// Nothing has been told yet.
    pub fn new(listener: F) -> Self {
        Self { listener, passed: true }
    }

    /// Tells a step after which more come.
    pub fn tell(&mut self, number: u32, title: &str, wire: Vec<String>, tone: Tone) {
        self.step(number, title, wire, tone, false);
    }

    /// Tells the last step.
    pub fn end(&mut self, number: u32, title: &str, wire: Vec<String>, tone: Tone) {
        self.step(number, title, wire, tone, true);
    }

    fn step(&mut self, number: u32, title: &str, wire: Vec<String>, tone: Tone, last: bool) {
        self.passed &= tone != Tone::Failed;
        (self.listener)(Step { number, title: title.to_owned(), wire, tone, last });
    }
}
