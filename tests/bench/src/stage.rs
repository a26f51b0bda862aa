//! Everything that runs during the whole of a run: provider, floor, proxy, and Keylodge with few and with many accounts.

use std::{
    io::Write,
    net::SocketAddr,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use vault::PassphraseCost;

use crate::{
    furniture::{LARGE, LONG, SHORT, SMALL},
    keylodge::{House, Keylodge, ask},
    load::{Load, Outcome},
    process::{Running, beside},
    scratch::Scratch,
    wire::{Keeping, Request, Target},
};

/// The stage.
pub struct Stage {
    /// The vault that [`Stage::keylodge`] runs on.
    pub house: House,
    /// With few accounts.
    pub keylodge: Keylodge,
    /// With many; `None` once [`Stage::alone`] was called.
    pub large: Option<Keylodge>,
    /// Not running: for starts.
    pub at_rest: Resting,
    /// The floor over its socket.
    pub floor_socket: Target,
    /// The floor over TCP.
    pub floor_tcp: Target,
    /// The bare proxy.
    pub proxy: Target,
    /// The provider itself.
    pub provider: Target,
    /// Where that is.
    pub provider_address: SocketAddr,
    /// For files.
    pub scratch: Scratch,
    _servers: [Running; 3],
}

/// Vaults that Keylodge is started on again and again.
pub struct Resting {
    /// With few accounts.
    pub small: House,
    /// With many.
    pub large: House,
    /// With few, and a passphrase that costs as much as people's.
    pub strong: House,
}

impl Stage {
    /// Starts everything, and lets the person allow all programs of the bench.
    #[must_use]
    pub fn set() -> Self {
        let scratch = Scratch::new();
        let (provider_server, provider_address) = server(&scratch, &["provider"]);
        let (proxy_server, proxy) = server(&scratch, &["proxy", &provider_address.to_string()]);
        let socket = scratch.path().join("floor.sock");
        let (floor_server, floor) = server(&scratch, &["json", &socket.display().to_string()]);
        let cheap = PassphraseCost::FOR_TESTS;
        let house = |name: &str, size, cost| House::new(&scratch, name, provider_address, size, cost);
        let at_rest = Resting {
            small: house("rest", SMALL, cheap),
            large: house("rest-large", LARGE, cheap),
            strong: house("rest-strong", SMALL, PassphraseCost::STRONG),
        };
        let (small, large) = (house("small", SMALL, cheap), house("large", LARGE, cheap));
        let stage = Self {
            keylodge: small.start(),
            large: Some(large.start()),
            house: small,
            at_rest,
            floor_socket: Target::Unix(socket),
            floor_tcp: Target::Tcp(floor),
            proxy: Target::Tcp(proxy),
            provider: Target::Tcp(provider_address),
            provider_address,
            scratch,
            _servers: [provider_server, proxy_server, floor_server],
        };
        stage.be_allowed();
        stage
    }

    /// Ends the one with many accounts: what two of them share counts by halves in the memory of each.
    pub fn alone(&mut self) {
        self.large = None;
    }

    /// The person allows every program of the bench once; from then on it is not asked again.
    fn be_allowed(&self) {
        for keylodge in [Some(&self.keylodge), self.large.as_ref()].into_iter().flatten() {
            let request = ask(&keylodge.socket, LONG, 0);
            keylodge
                .allowing(|| load(&keylodge.socket, &request, Keeping::New, 1, 1, Duration::from_secs(1)));
        }
        let both = || [LONG, SHORT].map(|account| self.keylodge.token(account, 0));
        self.keylodge.allowing(both);
        self.keylodge.allowing(|| crate::measures::process::ask_as_program(self));
        for house in [&self.at_rest.small, &self.at_rest.large] {
            let keylodge = house.start();
            keylodge.allowing(|| keylodge.token(LONG, 0));
        }
    }
}

/// Sends load from a process of its own.
///
/// # Panics
/// If it fails, or an answer is not 200.
#[must_use]
pub fn load(
    target: &Target,
    request: &Request,
    keeping: Keeping,
    clients: usize,
    count: u64,
    time: Duration,
) -> Outcome {
    let load = Load { target: target.clone(), keeping, clients, count, time };
    let how = if keeping == Keeping::Kept { "kept" } else { "new" };
    let numbers = [clients.to_string(), count.to_string(), time.as_millis().to_string()];
    let mut command = Command::new(beside("bench-load"));
    command.arg(target.to_string()).arg(how).args(numbers);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the load can be started");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(&request.bytes(keeping)).expect("room for a request");
    drop(input);
    let output = child.wait_with_output().expect("the load ends");
    let text = String::from_utf8_lossy(&output.stdout);
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    let outcome = Outcome::from_json(&value).unwrap_or_else(|| panic!("{load:?}: {text}"));
    assert_eq!(outcome.errors, 0, "{load:?} had failures");
    outcome
}

/// Starts one of the floor's servers.
///
/// # Panics
/// If it does not start.
#[must_use]
pub fn server(scratch: &Scratch, arguments: &[&str]) -> (Running, SocketAddr) {
    let mut command = Command::new(beside("bench-floor"));
    command.args(arguments);
    let mut server = Running::start(command, &scratch.path().join("floor.log"));
    let address = server.line("ready").parse().expect("an address");
    (server, address)
}

/// Starts the floor once more and asks it once: how long until ready, and until the answer.
///
/// # Panics
/// If it does not answer.
#[must_use]
pub fn floor_start(scratch: &Scratch) -> (Duration, Duration) {
    let socket: PathBuf = scratch.path().join("start.sock");
    drop(std::fs::remove_file(&socket));
    let begun = Instant::now();
    let (server, _) = server(scratch, &["json", &socket.display().to_string()]);
    let ready = begun.elapsed();
    let target = Target::Unix(socket);
    let answer = ask(&target, LONG, 0).send(&target).expect("an answer");
    let answered = begun.elapsed();
    assert_eq!(answer.0, 200);
    drop(server);
    (ready, answered)
}
