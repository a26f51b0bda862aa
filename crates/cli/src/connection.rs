//! The connection to the running broker, and proof of presence on it.

use std::process::ExitCode;

use control::{Answer, CallError, Client, FailureCode, Place, Request};

use crate::{arguments::Global, exit::Failed, passphrase, waiting::Waiting};

/// What to do where there is no terminal to type the passphrase at.
const NO_TERMINAL: &str = "Without a terminal it is read from a descriptor: `--passphrase-fd FD`.";

/// A connection to `control.sock`.
pub struct Broker {
    client: Client,
    passphrase_fd: Option<i32>,
}

impl Broker {
    /// Connects to the broker of this user.
    pub fn connect(global: &Global) -> Result<Self, Failed> {
        let place = Place::from_environment().ok_or_else(Failed::not_running)?;
        let client = Client::connect(&place.control_socket())?;
        Ok(Self { client, passphrase_fd: global.passphrase_fd })
    }

    /// Asks for something that needs no presence.
    pub fn ask(&mut self, request: Request) -> Result<Answer, Failed> {
        Ok(self.client.call(request, None)?)
    }

    /// Asks for something that narrows as a rule, and proves presence where the broker wants it after all.
    pub fn ask_and_prove_if_needed(&mut self, request: Request) -> Result<Answer, Failed> {
        match self.client.call(request.clone(), None) {
            Err(CallError::Refused(failure)) if failure.code == FailureCode::PresenceNeeded => {
                self.ask_with_presence(request)
            }
            other => Ok(other?),
        }
    }

    /// Asks for something that widens access: with the passphrase if it was given by descriptor, else in the window,
    /// else with the passphrase typed at the terminal.
    pub fn ask_with_presence(&mut self, request: Request) -> Result<Answer, Failed> {
        if let Some(fd) = self.passphrase_fd {
            let passphrase = passphrase::from_descriptor(fd)?;
            return Ok(self.client.call(request, Some(passphrase))?);
        }
        let waiting = self.has_window().then(|| Waiting::new("Answer in Keylodge's window …"));
        let answer = self.client.call(request.clone(), None);
        drop(waiting);
        match answer {
            Err(CallError::Refused(failure)) if failure.code == FailureCode::PresenceNeeded => {
                let passphrase = passphrase::typed("Keylodge passphrase: ")?
                    .ok_or_else(|| Failed::from(CallError::Refused(failure)).and_then_do(NO_TERMINAL))?;
                Ok(self.client.call(request, Some(passphrase))?)
            }
            other => Ok(other?),
        }
    }

    fn has_window(&mut self) -> bool {
        matches!(self.client.call(Request::Status, None), Ok(Answer::Status(status)) if status.display)
    }
}

/// An answer of the wrong kind: broker and command are of different versions.
pub fn unexpected<T>(answer: &Answer) -> Result<T, Failed> {
    let kind = serde_json::to_value(answer).ok();
    let kind = kind.as_ref().and_then(|value| value["is"].as_str()).unwrap_or("nothing");
    Err(Failed::other(&format!(
        "The broker answered {kind:?} where something else was expected: it is of another version. Restart it."
    )))
}

/// Asks for something that answers with `Done`, and says so.
pub fn done(answer: &Answer, global: &Global, sentence: &str) -> Result<ExitCode, Failed> {
    if !matches!(answer, Answer::Done) {
        return unexpected(answer);
    }
    if global.json {
        say!("{}", serde_json::json!({ "done": true }));
    } else {
        say!("{sentence}");
    }
    Ok(ExitCode::SUCCESS)
}
