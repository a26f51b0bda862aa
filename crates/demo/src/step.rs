//! What the demo shows of itself: one step at a time, with what went over the wire.

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// 1 to 7 for the steps of OAuth 2.0, 8 and more for the refusals; 0 for what stands beside them.
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

/// Hands steps to the listener and remembers whether one failed. It holds one step back, because only the end of the
/// play shows which step was the last; a step that waits for the person goes out at once.
pub(crate) struct Teller<F> {
    listener: F,
    held: Option<Step>,
    /// No step has failed so far.
    pub passed: bool,
    /// Number of the newest step.
    pub number: u32,
}

impl<F: FnMut(Step)> Teller<F> {
    /// Nothing has been told yet.
    pub fn new(listener: F) -> Self {
        Self { listener, held: None, passed: true, number: 0 }
    }

    /// Tells a step.
    pub fn tell(&mut self, number: u32, title: &str, wire: Vec<String>, tone: Tone) {
        self.flush(false);
        self.passed &= tone != Tone::Failed;
        self.number = number;
        self.held = Some(Step { number, title: title.to_owned(), wire, tone, last: false });
        if tone == Tone::Waiting {
            self.flush(false);
        }
    }

    /// The newest step was the last.
    pub fn finish(&mut self) {
        self.flush(true);
    }

    fn flush(&mut self, last: bool) {
        if let Some(step) = self.held.take() {
            (self.listener)(Step { last, ..step });
        }
    }
}
