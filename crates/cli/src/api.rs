//! One request to the loopback API over its Unix socket: what `keylodge token` needs, and no runtime.

use std::{
    io::{self, ErrorKind, Read, Write},
    os::unix::net::UnixStream,
    time::Duration,
};

use control::Place;
use serde_json::Value;

use crate::{exit::Failed, waiting::Waiting};

/// After so long without an answer the person is told what is awaited.
const BEFORE_A_WORD: Duration = Duration::from_millis(400);
/// An answer is not longer than this.
const MAX_ANSWER: u64 = 1 << 20;

/// Sends a JSON body to `path` and returns the status and the JSON answer. While it waits it says `awaited`.
pub fn post(path: &str, body: &Value, awaited: &str) -> Result<(u16, Value), Failed> {
    let place = Place::from_environment().ok_or_else(Failed::not_running)?;
    let stream = UnixStream::connect(place.api_socket()).map_err(|_| Failed::not_running())?;
    let answer = exchange(stream, path, body.to_string().as_bytes(), awaited);
    let answer = answer
        .map_err(|error| Failed::other(&format!("The connection to Keylodge broke: {error}. Try again.")))?;
    parse(&answer).ok_or_else(|| Failed::other(&"Keylodge answered something that is no JSON. Restart it."))
}

fn exchange(mut stream: UnixStream, path: &str, body: &[u8], awaited: &str) -> io::Result<Vec<u8>> {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    // At once: the broker need not wake for each part of it.
    stream.write_all(&request)?;
    stream.set_read_timeout(Some(BEFORE_A_WORD))?;
    let mut answer = vec![0];
    match stream.read(&mut answer) {
        Ok(1) => {}
        Ok(_) => return Err(ErrorKind::UnexpectedEof.into()),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            let _waiting = Waiting::new(awaited);
            stream.set_read_timeout(None)?;
            stream.read_exact(&mut answer)?;
        }
        Err(error) => return Err(error),
    }
    stream.set_read_timeout(None)?;
    stream.take(MAX_ANSWER).read_to_end(&mut answer)?;
    Ok(answer)
}

/// Reads the status line and the body of an answer with a length (the broker sends no other kind here).
fn parse(answer: &[u8]) -> Option<(u16, Value)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = &answer[end + 4..];
    let value = if body.is_empty() { Value::Null } else { serde_json::from_slice(body).ok()? };
    Some((status, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        let answer = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(parse(answer), Some((403, serde_json::json!({}))));
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\n\r\nno json"), None);
        assert_eq!(parse(b""), None);
    }
}
