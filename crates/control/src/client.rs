//! A blocking connection to `control.sock`, for the command line and the launcher.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use crate::{
    Answer, Event, Failure, FailureCode, FromBroker, MAX_FRAME_BYTES, Passphrase, Request, ToBroker,
};

/// One connection; requests are answered in the order they are sent.
#[derive(Debug)]
pub struct Client {
    reader: BufReader<UnixStream>,
    writer: UnixStream,
    next_id: u32,
}

/// Why a call had no answer.
#[derive(Debug)]
pub enum CallError {
    /// No broker listens there.
    NotRunning(io::Error),
    /// The connection broke or carried nonsense.
    Broken(io::Error),
    /// The broker refused.
    Refused(Failure),
}

impl Client {
    /// Connects to the broker's control socket.
    ///
    /// # Errors
    /// [`CallError::NotRunning`] when nothing listens at `socket`.
    pub fn connect(socket: &Path) -> Result<Self, CallError> {
        let writer = UnixStream::connect(socket).map_err(CallError::NotRunning)?;
        let reader = BufReader::new(writer.try_clone().map_err(CallError::Broken)?);
        Ok(Self { reader, writer, next_id: 1 })
    }

    /// Bounds how long each answer is awaited; `None` waits as long as the broker needs.
    pub fn set_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.writer.set_read_timeout(timeout)
    }

    /// Sends one request and waits for its answer; events in between are dropped.
    ///
    /// # Errors
    /// [`CallError::Refused`] with the broker's own words, or [`CallError::Broken`].
    pub fn call(&mut self, request: Request, passphrase: Option<Passphrase>) -> Result<Answer, CallError> {
        let id = self.send(request, passphrase)?;
        loop {
            match self.read()? {
                FromBroker::Answer { id: of, answer } if of == id => return Ok(answer),
                FromBroker::Failure { id: of, failure } if of == id => {
                    return Err(CallError::Refused(failure));
                }
                FromBroker::Answer { .. } | FromBroker::Failure { .. } | FromBroker::Event(_) => {}
            }
        }
    }

    /// Waits for the next event (after [`Request::Watch`]).
    ///
    /// # Errors
    /// [`CallError::Broken`] when the connection ends.
    pub fn next_event(&mut self) -> Result<Event, CallError> {
        loop {
            if let FromBroker::Event(event) = self.read()? {
                return Ok(event);
            }
        }
    }

    fn send(&mut self, request: Request, passphrase: Option<Passphrase>) -> Result<u32, CallError> {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        let mut line = serde_json::to_vec(&ToBroker { id, request, passphrase })
            .map_err(|error| CallError::Broken(error.into()))?;
        line.push(b'\n');
        self.writer.write_all(&line).map_err(CallError::Broken)?;
        Ok(id)
    }

    fn read(&mut self) -> Result<FromBroker, CallError> {
        let mut line = Vec::new();
        let limit = MAX_FRAME_BYTES as u64;
        self.reader.by_ref().take(limit).read_until(b'\n', &mut line).map_err(CallError::Broken)?;
        if line.last() != Some(&b'\n') {
            return Err(CallError::Broken(io::ErrorKind::UnexpectedEof.into()));
        }
        serde_json::from_slice(&line).map_err(|error| CallError::Broken(error.into()))
    }
}

impl CallError {
    /// The broker's code, if it was the broker that refused.
    #[must_use]
    pub fn code(&self) -> Option<FailureCode> {
        match self {
            Self::Refused(failure) => Some(failure.code),
            Self::NotRunning(_) | Self::Broken(_) => None,
        }
    }
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotRunning(_) => f.write_str("Keylodge is not running. Start it with `keylodge serve`."),
            Self::Broken(error) => write!(f, "The connection to Keylodge broke: {error}. Try again."),
            Self::Refused(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for CallError {}
