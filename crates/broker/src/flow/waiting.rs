//! Waiting at the locked door: programs that ask while the vault is locked wait until it is opened, bounded in time and
//! number. Nothing of what they want is looked at before, and nothing but the unlock is shown.

use tokio::sync::oneshot;

use crate::{Broker, Caller, Error, Notice, Timestamp, VaultState};

const MAX_WAITING: usize = 64;
const MAX_OF_ONE_PROGRAM: usize = 8;

/// Who waits, oldest first.
#[derive(Default)]
pub struct Door {
    waiting: Vec<AtTheDoor>,
}

struct AtTheDoor {
    program: Option<String>,
    until: Timestamp,
    opened: oneshot::Sender<()>,
}

impl Door {
    /// A place in the queue.
    ///
    /// # Errors
    /// [`Error::Locked`] where too many wait already.
    fn wait(&mut self, program: Option<String>, until: Timestamp) -> Result<oneshot::Receiver<()>, Error> {
        self.waiting.retain(|other| !other.opened.is_closed());
        let of_program = self.waiting.iter().filter(|other| other.program == program).count();
        if self.waiting.len() >= MAX_WAITING || of_program >= MAX_OF_ONE_PROGRAM {
            return Err(Error::Locked);
        }
        let (opened, receiver) = oneshot::channel();
        self.waiting.push(AtTheDoor { program, until, opened });
        Ok(receiver)
    }

    /// Lets everybody in.
    pub fn open(&mut self) {
        for other in self.waiting.drain(..) {
            let _ = other.opened.send(());
        }
    }

    /// Sends everybody away.
    pub fn close(&mut self) {
        self.waiting.clear();
    }

    /// Sends away whose time is up; returns whether anybody left.
    pub fn sweep(&mut self, now: Timestamp) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|other| now < other.until && !other.opened.is_closed());
        self.waiting.len() != before
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.iter().filter(|other| !other.opened.is_closed()).count()
    }
}

impl Broker {
    /// Returns once the vault is open: at once, or when the person has unlocked it. The person is told that somebody
    /// waits; who and what for is seen after the unlock.
    ///
    /// # Errors
    /// [`Error::Locked`] when there is no vault yet, when too many wait, or when nobody has unlocked it in time.
    pub async fn when_open(&self, caller: &Caller) -> Result<(), Error> {
        if self.look(|_| ()).is_ok() {
            return Ok(());
        }
        if self.vault_state().await == VaultState::Absent {
            return Err(Error::Locked);
        }
        let until = self.now().plus(self.0.settings.prompt_seconds.into());
        let opened = self.door().wait(caller.program_key(), until)?;
        self.notify(Notice::WaitingForUnlock(self.door().len()));
        opened.await.map_err(|_| Error::Locked)
    }
}
