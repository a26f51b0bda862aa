//! Slow and greedy programs.

use std::time::Duration;

use loopback::Limits;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UnixStream},
};

use crate::{
    client::{http, send},
    house::{House, soon},
};

fn tight() -> Limits {
    Limits {
        connections: 8,
        connections_of_one: 4,
        head: Duration::from_millis(300),
        body: Duration::from_millis(300),
        ..Limits::default()
    }
}

#[tokio::test]
async fn dos_03_a_head_that_does_not_come_ends_the_connection() {
    let house = House::with(tight()).await;
    for bytes in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: x\r\nX: "] {
        let mut stream = TcpStream::connect(("127.0.0.1", house.port)).await.expect("connects");
        stream.write_all(bytes.as_bytes()).await.expect("written");
        let mut answer = Vec::new();
        drop(soon(stream.read_to_end(&mut answer)).await);
    }
}

#[tokio::test]
async fn dos_03_a_body_that_does_not_come_ends_the_request() {
    let house = House::with(tight()).await;
    let mut stream = TcpStream::connect(("127.0.0.1", house.port)).await.expect("connects");
    let head = format!(
        "POST /access HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        house.port
    );
    stream.write_all(head.as_bytes()).await.expect("written");
    let mut answer = Vec::new();
    drop(soon(stream.read_to_end(&mut answer)).await);
    assert!(String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn dos_03_a_body_that_is_too_long_is_not_read() {
    let house = House::open().await;
    let long = "x".repeat(65 * 1024);
    for (path, kind) in [("/access", "application/json"), ("/pro/token", "application/x-www-form-urlencoded")]
    {
        let request = http().post(house.at(path)).header("content-type", kind).body(long.clone());
        assert_eq!(send(request).await.error(), (413, "invalid_request".into()), "{path}");
    }
}

#[tokio::test]
async fn dos_01_connections_are_bounded_in_all() {
    let limits = Limits { head: Duration::from_secs(20), connections_of_one: 100, ..tight() };
    let house = House::with(limits).await;
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(TcpStream::connect(("127.0.0.1", house.port)).await.expect("connects"));
    }
    // Each has its place once it is answered.
    for stream in &mut open {
        ask(stream, &format!("127.0.0.1:{}", house.port)).await.expect("an answer");
    }
    let mut ninth = TcpStream::connect(("127.0.0.1", house.port)).await.expect("connects");
    assert!(ask(&mut ninth, &format!("127.0.0.1:{}", house.port)).await.is_none());
}

#[tokio::test]
async fn dos_01_connections_of_one_process_are_bounded() {
    let house = House::with(Limits { head: Duration::from_secs(20), ..tight() }).await;
    let mut open = Vec::new();
    for _ in 0..4 {
        let mut stream = UnixStream::connect(&house.socket).await.expect("connects");
        ask(&mut stream, "localhost").await.expect("an answer");
        open.push(stream);
    }
    let mut fifth = UnixStream::connect(&house.socket).await.expect("connects");
    assert!(ask(&mut fifth, "localhost").await.is_none());
}

#[tokio::test]
async fn dos_01_connections_of_one_process_are_bounded_over_tcp_too() {
    let house = House::with(Limits { head: Duration::from_secs(20), ..tight() }).await;
    let host = format!("127.0.0.1:{}", house.port);
    let mut open = Vec::new();
    for _ in 0..5 {
        open.push(TcpStream::connect(("127.0.0.1", house.port)).await.expect("connects"));
    }
    // The process behind each is searched for while it is served; the one that is found last goes.
    let one_is_closed = async {
        loop {
            for stream in &mut open {
                if ask(stream, &host).await.is_none() {
                    return;
                }
            }
        }
    };
    soon(one_is_closed).await;
}

/// One request on a connection that stays open. `None`: the connection was closed.
async fn ask<S: AsyncReadExt + AsyncWriteExt + Unpin>(stream: &mut S, host: &str) -> Option<String> {
    let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = vec![0; 1024];
    let read = soon(stream.read(&mut answer)).await.ok().filter(|read| *read > 0)?;
    Some(String::from_utf8_lossy(&answer[..read]).into_owned())
}
