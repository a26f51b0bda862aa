//! Keylodge itself: the real binary on a furnished vault, and a person who says yes with its passphrase.

use std::{
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use control::{Answer, Choice, Client, Passphrase, Place, PromptBody, PromptView, Request};
use serde_json::json;
use vault::PassphraseCost;

use crate::{
    furniture::{PASSPHRASE, SCOPE, Size, furnish},
    process::{Running, beside, clean, pause},
    scratch::Scratch,
    wire::{self, Target},
};

const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

/// A vault with its directories, whether or not Keylodge runs on it.
#[derive(Debug)]
pub struct House {
    home: PathBuf,
    data: PathBuf,
    place: Place,
    environment: Vec<(String, String)>,
}

/// A running Keylodge.
#[derive(Debug)]
pub struct Keylodge {
    /// Its socket for programs.
    pub socket: Target,
    /// Its address for programs.
    pub tcp: Target,
    process: Running,
    place: Place,
}

impl House {
    /// Furnishes a new one.
    #[must_use]
    pub fn new(
        scratch: &Scratch,
        name: &str,
        provider: SocketAddr,
        size: Size,
        cost: PassphraseCost,
    ) -> Self {
        let base = scratch.directory(name);
        let data = base.join("data");
        furnish(&data, provider, size, cost);
        let home = scratch.directory(&format!("{name}/home"));
        let run = scratch.directory(&format!("{name}/run"));
        Self { home, data, place: Place::at(run), environment: Vec::new() }
    }

    /// The same with more in Keylodge's environment.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts Keylodge and waits until it is ready.
    ///
    /// # Panics
    /// If it does not become ready.
    #[must_use]
    pub fn start(&self) -> Keylodge {
        let mut command = self.command();
        command.arg("serve").arg("--data").arg(&self.data).args(["--port", "0", "--passphrase-fd", "0"]);
        command.stdin(line(PASSPHRASE));
        let mut process = Running::start(command, &self.home.join("serve.log"));
        let url = process.line("Keylodge is ready at");
        let address =
            url.strip_prefix("http://").and_then(|address| address.parse().ok()).expect("an address");
        let socket = Target::Unix(self.place.api_socket());
        Keylodge { socket, tcp: Target::Tcp(address), process, place: self.place.clone() }
    }

    /// A `keylodge` command in this environment.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = clean(&beside("keylodge"), &self.home);
        command.env(control::RUNTIME_DIR_VARIABLE, self.place.runtime_dir());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Its directory for what others write.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }
}

impl Keylodge {
    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// A connection to the control socket.
    ///
    /// # Panics
    /// If nothing listens there.
    #[must_use]
    pub fn control(&self) -> Client {
        Client::connect(&self.place.control_socket()).expect("the control socket answers")
    }

    /// Does something during which whatever is asked is allowed. Gives when the last yes was said.
    ///
    /// # Panics
    /// If a yes is not taken.
    pub fn allowing<T>(&self, act: impl FnOnce() -> T) -> (T, Option<Instant>) {
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let person = scope.spawn(|| {
                let (mut client, mut last) = (self.control(), None);
                while !done.load(Ordering::Relaxed) {
                    last = allow_all(&mut client).or(last);
                    pause(BETWEEN_LOOKS);
                }
                last
            });
            let value = act();
            done.store(true, Ordering::Relaxed);
            (value, person.join().expect("the person stays"))
        })
    }

    /// A token for an account, by the native form over the socket.
    ///
    /// # Panics
    /// If it is refused.
    #[must_use]
    pub fn token(&self, account: &str, min_ttl: u32) -> String {
        let (status, answer) = ask(&self.socket, account, min_ttl).send(&self.socket).expect("an answer");
        assert_eq!(status, 200, "{answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    /// The path of an account's gateway.
    ///
    /// # Panics
    /// If there is no such account.
    #[must_use]
    pub fn gateway(&self, account: &str) -> String {
        let asked = Request::AccountShow { account: account.to_owned() };
        match self.control().call(asked, None) {
            Ok(Answer::Account(account)) => format!("/gateway/{}", account.id),
            other => panic!("{other:?}"),
        }
    }
}

/// The native form's request.
#[must_use]
pub fn ask(target: &Target, account: &str, min_ttl: u32) -> wire::Request {
    wire::Request::post(target, "/access", "application/json", body(account, min_ttl))
}

/// Its body.
#[must_use]
pub fn body(account: &str, min_ttl: u32) -> String {
    json!({ "account": account, "scope": SCOPE, "min_ttl": min_ttl }).to_string()
}

fn allow_all(client: &mut Client) -> Option<Instant> {
    let prompts = match client.call(Request::RequestList, None) {
        Ok(Answer::Prompts(prompts)) => prompts,
        other => panic!("{other:?}"),
    };
    let mut last = None;
    for prompt in prompts {
        let choice = yes(&prompt);
        let request = Request::RequestDecide { request: prompt.id, shown: prompt.shown, choice };
        last = Some(Instant::now());
        client.call(request, Some(Passphrase::new(PASSPHRASE.to_owned()))).expect("a yes is taken");
    }
    last
}

fn yes(prompt: &PromptView) -> Choice {
    let PromptBody::Access { accounts, scopes, delivery, .. } = &prompt.body else {
        panic!("nothing else is asked here");
    };
    Choice::Allow {
        account: accounts[0].id.clone(),
        scopes: scopes.iter().map(|asked| asked.scope.scope.clone()).collect(),
        delivery: *delivery,
        duration: control::Duration::Seconds { seconds: 3600 },
        only: Vec::new(),
        user_code: None,
    }
}

/// A pipe that holds one line.
fn line(text: &str) -> Stdio {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writeln!(writer, "{text}").expect("room for a line");
    reader.into()
}
