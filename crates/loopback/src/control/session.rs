//! One conversation: lines come in, each is answered by its id when its answer is there, events go out in between.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use broker::Error;
use control::{Event, Failure, FailureCode, FromBroker, MAX_FRAME_BYTES, ToBroker};
use tokio::{
    io::{
        AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadHalf, WriteHalf,
    },
    sync::{Semaphore, broadcast::error::RecvError, mpsc, watch},
};
use zeroize::Zeroizing;

use super::{Session, Way, failure};

/// So many requests of one connection may be under way.
const MAX_UNDER_WAY: usize = 32;
/// After connecting, the first request is there within so long: a person may type a passphrase before it.
const FIRST_LINE: Duration = Duration::from_secs(300);
/// So many lines wait for a slow reader.
const MAX_LINES: usize = 64;

/// Speaks with the other end until it hangs up. Requests that change something are carried out to their end all the
/// same; those that only wait for the person are given up.
pub async fn serve<S>(stream: S, session: Session)
where
    S: AsyncRead + AsyncWrite + Send,
{
    let (reader, writer) = tokio::io::split(stream);
    let (lines, lines_out) = mpsc::channel(MAX_LINES);
    let (hang_up, gone) = watch::channel(false);
    let talk = Talk::new(session, lines, gone);
    if matches!(talk.session.way, Way::Window) {
        talk.watch();
    }
    let mut writing = std::pin::pin!(write_lines(writer, lines_out));
    let finished = tokio::select! {
        () = talk.listen(reader) => false,
        () = &mut writing => true,
    };
    hang_up.send_replace(true);
    drop(talk);
    if !finished {
        writing.await;
    }
}

/// The conversation, as its tasks share it.
#[derive(Clone)]
pub struct Talk {
    pub session: Arc<Session>,
    lines: mpsc::Sender<Vec<u8>>,
    gone: watch::Receiver<bool>,
    room: Arc<Semaphore>,
    watching: Arc<AtomicBool>,
}

impl Talk {
    fn new(session: Session, lines: mpsc::Sender<Vec<u8>>, gone: watch::Receiver<bool>) -> Self {
        let room = Arc::new(Semaphore::new(MAX_UNDER_WAY));
        Self { session: Arc::new(session), lines, gone, room, watching: Arc::default() }
    }

    /// Sends events from now on; asked for twice, they still come once.
    pub fn watch(&self) {
        if self.watching.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut events = self.session.events.subscribe();
        let talk = self.clone();
        tokio::spawn(async move {
            let mut gone = talk.gone.clone();
            loop {
                let event = tokio::select! {
                    event = events.recv() => event,
                    _ = gone.wait_for(|gone| *gone) => return,
                };
                let event = match event {
                    Ok(event) => event,
                    // Some were missed: whoever watches re-reads everything.
                    Err(RecvError::Lagged(_)) => Event::Changed,
                    Err(RecvError::Closed) => return,
                };
                talk.say(&FromBroker::Event(event)).await;
            }
        });
    }

    /// Waits for something that is of no use any more once the other end has hung up.
    pub async fn while_there<T>(&self, what: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let mut gone = self.gone.clone();
        tokio::select! {
            outcome = what => outcome,
            _ = gone.wait_for(|gone| *gone) => Err(Error::Stale),
        }
    }

    /// Takes line after line until the other end hangs up or sends one that is too long.
    async fn listen<S: AsyncRead>(&self, reader: ReadHalf<S>) {
        let mut reader = BufReader::new(reader);
        let mut first = true;
        loop {
            // It may hold a passphrase.
            let mut line = Zeroizing::new(Vec::new());
            let whole = async {
                let read = (&mut reader).take(MAX_FRAME_BYTES as u64).read_until(b'\n', &mut line).await;
                read.is_ok() && line.last() == Some(&b'\n')
            };
            if !self.in_time(first, whole).await {
                return;
            }
            first = false;
            self.take(&line).await;
        }
    }

    /// Who connects over the socket has something to ask, and asks soon: a silent one gives its place away (DOS-03).
    async fn in_time(&self, first: bool, line: impl Future<Output = bool>) -> bool {
        if first && matches!(self.session.way, Way::Socket(_)) {
            return tokio::time::timeout(FIRST_LINE, line).await.unwrap_or(false);
        }
        line.await
    }

    async fn take(&self, line: &[u8]) {
        let Ok(frame) = serde_json::from_slice::<ToBroker>(line) else {
            let id = id_of(line).unwrap_or(0);
            return self
                .refuse(id, "That is no request of Keylodge's control API.", "Are both of one version?")
                .await;
        };
        let Ok(place) = Arc::clone(&self.room).try_acquire_owned() else {
            let next = "Wait for an answer before you ask more.";
            return self.refuse(frame.id, "Too many requests of this connection are under way.", next).await;
        };
        let talk = self.clone();
        tokio::spawn(async move {
            let id = frame.id;
            let said = match talk.answer(frame).await {
                Ok(answer) => FromBroker::Answer { id, answer },
                Err(error) => {
                    FromBroker::Failure { id, failure: failure::of(&talk.session.broker, &error).await }
                }
            };
            talk.say(&said).await;
            drop(place);
        });
    }

    async fn refuse(&self, id: u32, sentence: &str, next: &str) {
        let failure = Failure {
            code: FailureCode::InvalidRequest,
            sentence: sentence.to_owned(),
            next: next.to_owned(),
            id: self.session.broker.failure_id().to_string(),
            said: None,
        };
        tracing::warn!(id = failure.id, "{sentence}");
        self.say(&FromBroker::Failure { id, failure }).await;
    }

    async fn say(&self, what: &FromBroker) {
        match serde_json::to_vec(what) {
            Ok(mut line) => {
                line.push(b'\n');
                // Nobody reads any more: then nobody needs to know.
                let _ = self.lines.send(line).await;
            }
            Err(error) => tracing::error!(%error, "an answer could not be written"),
        }
    }
}

/// The id of a line that is not a request but nearly one, so that whoever waits for its answer gets one.
fn id_of(line: &[u8]) -> Option<u32> {
    let line: serde_json::Value = serde_json::from_slice(line).ok()?;
    line.get("id")?.as_u64()?.try_into().ok()
}

/// Writes until nobody has anything to say any more, or nobody listens.
async fn write_lines<S: AsyncWrite>(mut writer: WriteHalf<S>, mut lines: mpsc::Receiver<Vec<u8>>) {
    while let Some(line) = lines.recv().await {
        if writer.write_all(&line).await.is_err() || writer.flush().await.is_err() {
            return;
        }
    }
}
