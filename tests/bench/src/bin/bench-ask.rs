//! The smallest program that asks for something: one POST over a Unix socket, the answer on standard output.
//!
//! Usage: `bench-ask SOCKET BODY`. It stands alone, so that it can be compiled statically by itself.

use std::{
    env,
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    process::ExitCode,
};

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let (Some(socket), Some(body)) = (arguments.next(), arguments.next()) else { return ExitCode::from(2) };
    match ask(&socket, &body) {
        Ok(true) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn ask(socket: &str, body: &str) -> io::Result<bool> {
    let mut stream = UnixStream::connect(socket)?;
    let request = format!(
        "POST /access HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    io::stdout().write_all(&answer)?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}
