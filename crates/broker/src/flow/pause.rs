//! The pause: for a while nothing is handed out and nobody is asked.

use crate::{
    AuditKind, Broker, Change, Error, Notice, Presence, Sentence, Timestamp, broker::About, clock::spanned,
    messages::trail,
};

const LONGEST_SECONDS: u32 = 24 * 3600;

impl Broker {
    /// Until when Keylodge is paused.
    #[must_use]
    pub fn pause_end(&self) -> Option<Timestamp> {
        let now = self.now();
        self.paused_until().filter(|until| now < *until)
    }

    /// Hands nothing out and asks nothing for so many seconds (a day at the most). Narrows: a pause that lasts longer
    /// already stays as it is.
    pub async fn pause(&self, seconds: u32) -> Result<(), Error> {
        let seconds = seconds.clamp(1, LONGEST_SECONDS);
        let until = self.now().plus(seconds.into());
        if self.paused_until().is_some_and(|end| end >= until) {
            return Ok(());
        }
        *self.paused_until() = Some(until);
        self.note_pause(trail::PAUSED.with([("span", &spanned(seconds.into()))])).await
    }

    /// Ends the pause before its time. Widens.
    pub async fn resume(&self, _presence: &Presence) -> Result<(), Error> {
        self.note_pause(trail::RESUMED.sentence()).await?;
        *self.paused_until() = None;
        self.notify(Notice::Changed);
        Ok(())
    }

    /// Refuses while Keylodge is paused.
    pub(crate) fn check_running(&self) -> Result<(), Error> {
        let Some(until) = self.pause_end() else { return Ok(()) };
        Err(Error::Paused { seconds: until.since(self.now()) })
    }

    async fn note_pause(&self, sentence: Sentence) -> Result<(), Error> {
        let broker = self.clone();
        let noted = self.change(move |house| {
            let fact = broker.event(house, AuditKind::Vault, About::default(), sentence);
            Ok((vec![Change::Audit(fact)], ()))
        });
        let noted = noted.await;
        self.notify(Notice::Changed);
        match noted {
            // There is nothing to be handed out, and no trail to write it into.
            Err(Error::Locked) => Ok(()),
            other => other,
        }
    }
}
