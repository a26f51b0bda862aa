//! The conversation with the broker: requests go out, answers find their way back, events come in.
//!
//! One JSON line a frame. One task reads and writes; when the broker's end closes, every waiting
//! request fails and the stream of events ends, which ends the process.

use std::{
    collections::HashMap,
    io,
    os::unix::net::UnixStream as StdUnixStream,
    sync::{Arc, Mutex, PoisonError},
};

use control::{
    Answer, Event, Failure, FailureCode, FromBroker, MAX_FRAME_BYTES, Passphrase, Request, Said, ToBroker,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{mpsc, oneshot},
};

type Outcome = Result<Answer, Failure>;

const LINES_IN_FLIGHT: usize = 64;

/// The way to the broker; clones share it.
#[derive(Clone)]
pub struct Channel {
    lines: mpsc::Sender<Vec<u8>>,
    waiting: Arc<Mutex<Waiting>>,
}

/// Requests without an answer yet.
struct Waiting {
    next_id: u32,
    /// `None` once the broker is gone.
    callers: Option<HashMap<u32, oneshot::Sender<Outcome>>>,
}

impl Channel {
    /// Starts the task over `socket`, inside a Tokio runtime. The events end with the channel.
    pub fn open(socket: StdUnixStream) -> io::Result<(Self, mpsc::UnboundedReceiver<Event>)> {
        socket.set_nonblocking(true)?;
        let halves = UnixStream::from_std(socket)?.into_split();
        let (lines, lines_out) = mpsc::channel(LINES_IN_FLIGHT);
        let (events_in, events) = mpsc::unbounded_channel();
        let waiting = Arc::new(Mutex::new(Waiting { next_id: 1, callers: Some(HashMap::new()) }));
        tokio::spawn(converse(halves, lines_out, Arc::clone(&waiting), events_in));
        Ok((Self { lines, waiting }, events))
    }

    /// Sends one request and waits for its outcome, as long as the broker needs. The passphrase goes with an answer
    /// that the person's settings or a policy demand it for.
    pub async fn call(&self, request: Request, passphrase: Option<Passphrase>) -> Outcome {
        let (id, outcome) = enter(&self.waiting).ok_or_else(broker_gone)?;
        let line =
            line(&ToBroker { id, request, passphrase }).inspect_err(|_| drop(leave(&self.waiting, id)))?;
        self.lines.send(line).await.map_err(|_| broker_gone())?;
        outcome.await.unwrap_or_else(|_| Err(broker_gone()))
    }
}

/// Reads and writes until either is over, then closes the socket and fails whoever still waits.
async fn converse(
    (from_broker, to_broker): (OwnedReadHalf, OwnedWriteHalf),
    lines: mpsc::Receiver<Vec<u8>>,
    waiting: Arc<Mutex<Waiting>>,
    events: mpsc::UnboundedSender<Event>,
) {
    tokio::select! {
        () = write_lines(to_broker, lines) => {}
        () = read_lines(from_broker, &waiting, &events) => {}
    }
    lock(&waiting).callers = None;
}

async fn write_lines(mut socket: OwnedWriteHalf, mut lines: mpsc::Receiver<Vec<u8>>) {
    while let Some(line) = lines.recv().await {
        if socket.write_all(&line).await.is_err() {
            return;
        }
    }
}

async fn read_lines(socket: OwnedReadHalf, waiting: &Mutex<Waiting>, events: &mpsc::UnboundedSender<Event>) {
    let mut reader = BufReader::new(socket);
    while let Some(heard) = read_line(&mut reader).await {
        match heard {
            FromBroker::Answer { id, answer } => settle(waiting, id, Ok(answer)),
            FromBroker::Failure { id, failure } => settle(waiting, id, Err(failure)),
            // The receiver is gone only while the process ends.
            FromBroker::Event(event) => drop(events.send(event)),
        }
    }
}

/// The next line; `None` when the broker is gone or does not speak our words.
async fn read_line(reader: &mut BufReader<OwnedReadHalf>) -> Option<FromBroker> {
    let mut line = Vec::new();
    reader.take(MAX_FRAME_BYTES as u64).read_until(b'\n', &mut line).await.ok()?;
    if line.last() != Some(&b'\n') {
        return None;
    }
    let heard = serde_json::from_slice(&line);
    if heard.is_err() {
        eprintln!("The broker says something this window does not know; are both of one version?");
    }
    heard.ok()
}

fn line(frame: &ToBroker) -> Result<Vec<u8>, Failure> {
    let mut line = serde_json::to_vec(frame).map_err(|_| too_long())?;
    line.push(b'\n');
    if line.len() > MAX_FRAME_BYTES { Err(too_long()) } else { Ok(line) }
}

fn enter(waiting: &Mutex<Waiting>) -> Option<(u32, oneshot::Receiver<Outcome>)> {
    let mut waiting = lock(waiting);
    let id = waiting.next_id;
    waiting.next_id = id.wrapping_add(1);
    let (tell, outcome) = oneshot::channel();
    waiting.callers.as_mut()?.insert(id, tell);
    Some((id, outcome))
}

fn leave(waiting: &Mutex<Waiting>, id: u32) -> Option<oneshot::Sender<Outcome>> {
    lock(waiting).callers.as_mut()?.remove(&id)
}

fn settle(waiting: &Mutex<Waiting>, id: u32, outcome: Outcome) {
    if let Some(caller) = leave(waiting, id) {
        // A caller whose window closed meanwhile does not listen any more.
        drop(caller.send(outcome));
    }
}

fn lock(waiting: &Mutex<Waiting>) -> std::sync::MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

fn broker_gone() -> Failure {
    Failure {
        code: FailureCode::Away,
        sentence: "Keylodge's broker has stopped.".to_owned(),
        next: "Open Keylodge again.".to_owned(),
        id: "desktop-broker-gone".to_owned(),
        said: Some(Box::new(Said::new("desktop.broker_gone", []))),
    }
}

fn too_long() -> Failure {
    Failure {
        code: FailureCode::InvalidRequest,
        sentence: "That is too long.".to_owned(),
        next: "Shorten it and try again.".to_owned(),
        id: "desktop-too-long".to_owned(),
        said: Some(Box::new(Said::new("desktop.too_long", []))),
    }
}

#[cfg(test)]
#[path = "channel_tests.rs"]
mod tests;
