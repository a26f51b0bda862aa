//! The least of an HTTP client: one request, one answer, over a Unix socket or TCP.

use std::{
    fmt,
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::net::UnixStream,
    path::PathBuf,
    str::FromStr,
};

/// Where a server listens: `unix:PATH` or `tcp:ADDRESS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A socket in the file system.
    Unix(PathBuf),
    /// A loopback address.
    Tcp(SocketAddr),
}

/// An open connection.
#[derive(Debug)]
pub enum Wire {
    /// Over the socket.
    Unix(UnixStream),
    /// Over TCP.
    Tcp(TcpStream),
}

/// Whether a connection serves one request or many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// A new one for each request; the server closes it.
    New,
    /// One for all.
    Kept,
}

/// A request but for the line that says whether the connection is kept.
#[derive(Clone, Debug)]
pub struct Request {
    head: String,
    body: String,
}

impl Target {
    /// Connects.
    ///
    /// # Errors
    /// If nothing listens.
    pub fn open(&self) -> io::Result<Wire> {
        match self {
            Self::Unix(path) => UnixStream::connect(path).map(Wire::Unix),
            Self::Tcp(address) => {
                let stream = TcpStream::connect(address)?;
                stream.set_nodelay(true)?;
                Ok(Wire::Tcp(stream))
            }
        }
    }

    /// What stands in the `Host` field (RFC 9110 §7.2).
    #[must_use]
    pub fn host(&self) -> String {
        match self {
            Self::Unix(_) => "localhost".to_owned(),
            Self::Tcp(address) => address.to_string(),
        }
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("unix", path)) => Ok(Self::Unix(path.into())),
            Some(("tcp", address)) => address.parse().map(Self::Tcp).map_err(|_| format!("{address}?")),
            _ => Err(format!("{text} is neither unix:PATH nor tcp:ADDRESS")),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
        }
    }
}

impl Request {
    /// A GET.
    #[must_use]
    pub fn get(target: &Target, path: &str, bearer: Option<&str>) -> Self {
        let token = bearer.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        Self {
            head: format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{token}", target.host()),
            body: String::new(),
        }
    }

    /// A POST.
    #[must_use]
    pub fn post(target: &Target, path: &str, kind: &str, body: impl Into<String>) -> Self {
        let body = body.into();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n",
            target.host(),
            body.len()
        );
        Self { head, body }
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn bytes(&self, keeping: Keeping) -> Vec<u8> {
        let close = if keeping == Keeping::New { "Connection: close\r\n" } else { "" };
        format!("{}{close}\r\n{}", self.head, self.body).into_bytes()
    }

    /// Sends it over a connection of its own; gives status and body.
    ///
    /// # Errors
    /// If the connection breaks.
    pub fn send(&self, target: &Target) -> io::Result<(u16, String)> {
        let mut answer = Vec::new();
        let mut wire = target.open()?;
        let status = wire.exchange(&self.bytes(Keeping::New), Keeping::New, &mut answer)?;
        let body = head_end(&answer).map(|end| &answer[end..]).unwrap_or_default();
        Ok((status, String::from_utf8_lossy(body).into_owned()))
    }
}

impl Wire {
    /// Sends a request and reads the answer into `answer`, whose old content goes. Gives the status.
    ///
    /// # Errors
    /// If the connection breaks.
    pub fn exchange(&mut self, request: &[u8], keeping: Keeping, answer: &mut Vec<u8>) -> io::Result<u16> {
        answer.clear();
        self.write_all(request)?;
        if keeping == Keeping::New {
            self.read_to_end(answer)?;
        } else {
            self.read_answer(answer)?;
        }
        status(answer).ok_or_else(|| ErrorKind::InvalidData.into())
    }

    fn read_answer(&mut self, answer: &mut Vec<u8>) -> io::Result<()> {
        let mut piece = vec![0; 16 * 1024];
        loop {
            let count = self.read(&mut piece)?;
            if count == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            answer.extend_from_slice(&piece[..count]);
            if is_complete(answer) {
                return Ok(());
            }
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.read(buffer),
            Self::Tcp(stream) => stream.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.write(buffer),
            Self::Tcp(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// By length, or by the last chunk: enough for the servers that are measured here.
fn is_complete(answer: &[u8]) -> bool {
    let Some(end) = head_end(answer) else { return false };
    match length(&answer[..end]) {
        Some(length) => answer.len() >= end + length,
        None => answer.ends_with(b"\r\n0\r\n\r\n"),
    }
}

fn head_end(answer: &[u8]) -> Option<usize> {
    answer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

fn length(head: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(head).ok()?;
    let field =
        |line: &str| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
    let found =
        head.split("\r\n").filter_map(field).find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?;
    found.1.parse().ok()
}

fn status(answer: &[u8]) -> Option<u16> {
    std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_with_its_length_or_its_last_chunk() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert!(is_complete(whole) && !is_complete(&whole[..whole.len() - 1]));
        let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
        assert!(is_complete(chunked) && !is_complete(&chunked[..chunked.len() - 3]));
        assert_eq!(status(whole), Some(200));
    }

    #[test]
    fn targets_are_written_as_they_are_read() {
        for text in ["unix:/run/a.sock", "tcp:127.0.0.1:80"] {
            assert_eq!(text.parse::<Target>().map(|target| target.to_string()), Ok(text.to_owned()));
        }
        assert!("http://x".parse::<Target>().is_err());
    }
}
