//! Ten thousand connections and ten thousand registrations: memory stays bounded, and everybody else is served.

use std::{fs, time::Duration};

use reqwest::StatusCode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use stories::{Keylodge, http};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpStream, UnixStream},
    task::JoinSet,
    time::timeout,
};

const CONNECTIONS: usize = 10_000;
const REGISTRATIONS: usize = 10_000;
/// At the same time.
const ABREAST: usize = 50;
/// So much more memory may a crowd take, at the most, in KiB.
const MORE_MEMORY: u64 = 48 * 1024;
/// A connection that is not taken by then is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Proportional set size in KiB.
fn memory(keylodge: &Keylodge) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", keylodge.pid())).expect("it runs");
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// The person's way in, and another program's.
fn others_are_served(keylodge: &Keylodge) {
    let status = keylodge.cli(&["status"]);
    assert_eq!(status.code, 0, "{}", status.stderr);
    let token = keylodge.cli(&["token", "nobody", "--scope", "read"]);
    assert!(token.stderr.contains("nobody"), "{}", token.stderr);
}

/// As many as the machine lets one process have.
fn most_connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let most = getrlimit(Resource::Nofile).current.unwrap_or(1 << 20);
    usize::try_from(most).unwrap_or(usize::MAX).saturating_sub(200).min(CONNECTIONS)
}

#[tokio::test(flavor = "multi_thread")]
async fn dos_01_dos_03_ten_thousand_silent_connections_keep_nobody_out() {
    let keylodge = Keylodge::start();
    others_are_served(&keylodge);
    let before = memory(&keylodge);
    let address = keylodge.url.replace("http://", "");
    let socket = keylodge.runtime().join("api.sock");
    let (mut tcp, mut unix) = (Vec::new(), Vec::new());
    // Half of one kind, half of the other; each says a little and then nothing, and stays.
    for _ in 0..most_connections() / 2 {
        if let Ok(Ok(mut stream)) = timeout(PATIENCE, TcpStream::connect(&address)).await {
            let _ = stream.write_all(b"GET / HT").await;
            tcp.push(stream);
        }
        if let Ok(Ok(mut stream)) = timeout(PATIENCE, UnixStream::connect(&socket)).await {
            let _ = stream.write_all(b"GET / HT").await;
            unix.push(stream);
        }
    }
    others_are_served(&keylodge);
    let after = memory(&keylodge);
    println!("{} and {} connections: {before} KiB, then {after} KiB", tcp.len(), unix.len());
    assert!(tcp.len() > 400 && unix.len() > 400, "a crowd");
    assert!(after < before + MORE_MEMORY, "{before} KiB, then {after} KiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn dos_01_dos_02_ten_thousand_registrations_leave_memory_as_it_is() {
    let keylodge = Keylodge::start();
    others_are_served(&keylodge);
    let before = memory(&keylodge);
    let metadata = json!({ "client_name": "one of many", "redirect_uris": ["http://127.0.0.1/done"] });
    let (client, address) = (http(), format!("{}/github/register", keylodge.url));
    let mut askers = JoinSet::new();
    for _ in 0..ABREAST {
        let (client, address, metadata) = (client.clone(), address.clone(), metadata.clone());
        askers.spawn(async move {
            let mut made = 0;
            for _ in 0..REGISTRATIONS / ABREAST {
                let answer = client.post(&address).json(&metadata).send().await.expect("an answer");
                match answer.status() {
                    StatusCode::CREATED => made += 1,
                    status => assert_eq!(status, StatusCode::TOO_MANY_REQUESTS),
                }
            }
            made
        });
    }
    let made: usize = askers.join_all().await.into_iter().sum();
    others_are_served(&keylodge);
    let after = memory(&keylodge);
    println!("{made} of {REGISTRATIONS} registered: {before} KiB, then {after} KiB");
    assert!(made < REGISTRATIONS / 10, "{made} were made");
    assert!(after < before + MORE_MEMORY, "{before} KiB, then {after} KiB");
}
