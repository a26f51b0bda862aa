//! Where the answer to one authorization request arrives: at the redirect address, or by the hands of the person, who
//! copied it from the browser. Whichever matches first is the one answer (UC-04).

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use broker::{Secret, UpstreamError, messages::sign_in};
use tokio::sync::mpsc;
use url::Url;

use crate::{
    callback_answer::{Expected, Verdict, judge},
    pasted,
};

/// The code, or why there is none.
pub(crate) type Code = Result<Secret<String>, UpstreamError>;

/// What an answer is measured by, and where it goes.
pub(crate) struct Arrival {
    redirect_uri: Option<Url>,
    expected: Expected,
    answered: AtomicBool,
    answers: mpsc::Sender<Code>,
}

impl Arrival {
    /// For a redirect address, or for a code that the provider shows. The receiver gets the one answer.
    pub(crate) fn new(redirect_uri: Option<Url>, expected: Expected) -> (Arc<Self>, mpsc::Receiver<Code>) {
        let (answers, answer) = mpsc::channel(1);
        let arrival = Self { redirect_uri, expected, answered: AtomicBool::new(false), answers };
        (Arc::new(arrival), answer)
    }

    /// Where the browser comes back to, if it does.
    pub(crate) fn redirect_uri(&self) -> Option<&Url> {
        self.redirect_uri.as_ref()
    }

    /// Judges the query that a browser brought.
    pub(crate) fn judge(&self, query: &str) -> Verdict {
        judge(query, &self.expected)
    }

    /// Delivers an answer. `false`: there was one before, and a second one finds nothing.
    pub(crate) fn deliver(&self, code: Code) -> bool {
        !self.answered.swap(true, Ordering::AcqRel) && self.answers.try_send(code).is_ok()
    }
}

impl broker::Arrival for Arrival {
    fn by_hand(&self, pasted: &Secret<String>) -> Result<(), UpstreamError> {
        // Exposed to be read; the code in it is a secret again at once.
        let code = pasted::read(pasted.expose(), self.redirect_uri(), &self.expected)
            .map_err(UpstreamError::Unusable)?;
        let second = || UpstreamError::Ended(sign_in::ANSWERED_ALREADY.sentence());
        self.deliver(code).then_some(()).ok_or_else(second)
    }
}
