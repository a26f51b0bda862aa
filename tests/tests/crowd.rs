//! Many connections and registrations at once: memory stays bounded, and the person's way in stays open.

use std::{
    fs,
    time::{Duration, Instant},
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use stories::{Keylodge, http};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpStream, UnixStream},
};

const CONNECTIONS: usize = 10_000;
const REGISTRATIONS: usize = 10_000;
/// So much more memory may a crowd take, at the most, in KiB. What is kept for each connection that has its place is a
/// few KiB.
const MORE_MEMORY: u64 = 24 * 1024;
/// So soon the command line is answered, however many others there are.
const SOON: Duration = Duration::from_secs(3);

/// Proportional set size in KiB.
fn memory(keylodge: &Keylodge) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", keylodge.pid())).expect("it runs");
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

fn answers_soon(keylodge: &Keylodge) {
    let asked = Instant::now();
    let outcome = keylodge.cli(&["status"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(asked.elapsed() < SOON, "after {:?}", asked.elapsed());
}

/// As many as the machine lets a process have.
fn make_room() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let most = getrlimit(Resource::Nofile).current.unwrap_or(1 << 20);
    usize::try_from(most).unwrap_or(usize::MAX).saturating_sub(100).min(CONNECTIONS)
}

#[tokio::test(flavor = "multi_thread")]
async fn dos_01_dos_03_ten_thousand_silent_connections_block_nobody() {
    let keylodge = Keylodge::start();
    let before = memory(&keylodge);
    let (address, socket) = (keylodge.url.replace("http://", ""), keylodge.runtime().join("api.sock"));
    let mut crowd: Vec<TcpStream> = Vec::new();
    let mut locals: Vec<UnixStream> = Vec::new();
    for number in 0..make_room() {
        // Half of one kind, half of the other; each says a little and then nothing.
        if number % 2 == 0 {
            let Ok(mut stream) = TcpStream::connect(&address).await else { continue };
            let _ = stream.write_all(b"GET / HT").await;
            crowd.push(stream);
        } else {
            let Ok(mut stream) = UnixStream::connect(&socket).await else { continue };
            let _ = stream.write_all(b"GET / HT").await;
            locals.push(stream);
        }
    }
    assert!(crowd.len() + locals.len() > 5_000, "a crowd: {} and {}", crowd.len(), locals.len());
    answers_soon(&keylodge);
    let after = memory(&keylodge);
    assert!(after < before + MORE_MEMORY, "{before} KiB, then {after} KiB");
    let token = keylodge.cli(&["token", "nobody"]);
    assert!(token.stderr.contains("nobody"), "another program is served: {}", token.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn dos_01_dos_02_ten_thousand_registrations_leave_memory_as_it_is() {
    let keylodge = Keylodge::start();
    keylodge.cli(&["status"]);
    let before = memory(&keylodge);
    let metadata = json!({ "client_name": "one of many", "redirect_uris": ["http://127.0.0.1/done"] });
    let (client, address) = (http(), format!("{}/github/register", keylodge.url));
    let (mut made, mut refused) = (0, 0);
    for _ in 0..REGISTRATIONS / 100 {
        let crowd = (0..100).map(|_| client.post(&address).json(&metadata).send());
        for answer in futures(crowd).await {
            match answer {
                Ok(answer) if answer.status() == 201 => made += 1,
                Ok(answer) if answer.status() == 429 => refused += 1,
                Ok(answer) => panic!("{}", answer.status()),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(made < 500 && refused > 9_000, "{made} made, {refused} refused");
    answers_soon(&keylodge);
    let after = memory(&keylodge);
    assert!(after < before + MORE_MEMORY, "{before} KiB, then {after} KiB");
}

/// Lets all run, and waits for all.
async fn futures<T: Send + 'static>(
    all: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = all.map(tokio::spawn).collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.expect("it ends"));
    }
    outcomes
}
