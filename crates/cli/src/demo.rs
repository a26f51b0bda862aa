//! `keylodge demo`: a whole Keylodge in a temporary directory, a demo provider, a program that asks, a person who
//! decides, and a malicious program that gets nothing. Everything goes over real HTTP on this machine.

use std::{
    fs,
    io::{IsTerminal, Write},
    os::unix::fs::DirBuilderExt,
    path::PathBuf,
    process::ExitCode,
    thread,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use control::{
    Answer, CallError, Choice, Client, DemoStep, Event, Passphrase, Place, PromptBody, PromptView, Request,
    SignInState, StepTone,
};
use daemon::Configuration;

use crate::{arguments::DemoOptions, connection::unexpected, exit::Failed};

/// What the person of the demo does not allow.
const NOT_ALLOWED: &str = "photos.write";

/// Plays the demo. It leaves nothing behind.
pub fn demo(options: &DemoOptions) -> Result<ExitCode, Failed> {
    let stage = Stage::build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| Failed::other(&error))?;
    let running =
        runtime.block_on(daemon::start(stage.configuration())).map_err(|error| Failed::other(&error))?;
    let play = Play {
        place: stage.place(),
        passphrase: stage.passphrase.clone(),
        ask: options.ask,
        wire: options.wire,
    };
    let outcome = play.perform(&runtime);
    runtime.block_on(running.stop());
    drop(stage);
    outcome
}

/// A directory for one performance; gone when it ends.
struct Stage {
    directory: PathBuf,
    passphrase: Passphrase,
}

impl Stage {
    fn build() -> Result<Self, Failed> {
        let name = URL_SAFE_NO_PAD.encode(random::<12>());
        let directory = std::env::temp_dir().join(format!("keylodge-demo-{name}"));
        let made = fs::DirBuilder::new().mode(0o700).create(&directory);
        made.map_err(|error| Failed::other(&format!("{} could not be made: {error}.", directory.display())))?;
        Ok(Self { directory, passphrase: Passphrase::new(URL_SAFE_NO_PAD.encode(random::<24>())) })
    }

    fn place(&self) -> Place {
        Place::at(self.directory.join("run"))
    }

    fn configuration(&self) -> Configuration {
        Configuration {
            data_dir: self.directory.join("data"),
            provider_files: None,
            place: self.place(),
            port: 0,
            passphrase: Some(self.passphrase.expose().into()),
            demo: true,
            keyring: false,
            window: false,
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.directory) {
            anstream::eprintln!("{} could not be removed: {error}.", self.directory.display());
        }
    }
}

struct Play {
    place: Place,
    passphrase: Passphrase,
    ask: bool,
    wire: bool,
}

impl Play {
    fn perform(&self, runtime: &tokio::runtime::Runtime) -> Result<ExitCode, Failed> {
        say!("{BOLD}Keylodge demo{PLAIN}  {DIM}{}{PLAIN}\n", demo::NOTICE);
        let mut client = self.connect()?;
        self.sign_in(&mut client, runtime)?;
        client.call(Request::Watch, None)?;
        let mut other = self.connect()?;
        thread::spawn(move || other.call(Request::DemoProgram, None));
        self.follow(&mut client)
    }

    fn connect(&self) -> Result<Client, CallError> {
        Client::connect(&self.place.control_socket())
    }

    /// The person signs in to the demo provider; this process plays the browser.
    fn sign_in(&self, client: &mut Client, runtime: &tokio::runtime::Runtime) -> Result<(), Failed> {
        let started = match client.call(Request::DemoStart, Some(self.passphrase.clone()))? {
            Answer::SignIn(started) => started,
            other => return unexpected(&other),
        };
        let visited = runtime.block_on(demo::person::sign_in(&started.authorize_url));
        let wire = visited.map_err(|why| Failed::other(&why))?;
        match client.call(Request::SignInShow { sign_in: started.sign_in, wait: true }, None)? {
            Answer::SignInState(SignInState::Completed { account, .. }) => {
                let title = format!("You sign in to the demo provider, in the browser, as {}", account.name);
                self.print(&DemoStep { number: 0, title, wire, tone: StepTone::Done, last: false });
                Ok(())
            }
            Answer::SignInState(SignInState::Failed { failure }) => Err(CallError::Refused(failure).into()),
            other => unexpected(&other),
        }
    }

    fn print(&self, step: &DemoStep) {
        let number = if step.number == 0 { "  ".to_owned() } else { format!("{:2}", step.number) };
        let tone = match step.tone {
            StepTone::Waiting => format!("{DIM}…{PLAIN}"),
            StepTone::Done => format!("{GREEN}✓{PLAIN}"),
            StepTone::Refused => format!("{GREEN}✓ refused{PLAIN}"),
            StepTone::Failed => format!("{RED}✗ failed{PLAIN}"),
        };
        say!("{number}  {BOLD}{}{PLAIN}  {tone}", step.title);
        let (lines, width) = if self.wire {
            (step.wire.iter().collect(), usize::MAX)
        } else {
            (essence(&step.wire), terminal_width() - 7)
        };
        for line in lines {
            say!("      {DIM}{}{PLAIN}", fitted(line, width));
        }
        say!("");
    }

    fn follow(&self, client: &mut Client) -> Result<ExitCode, Failed> {
        let mut good = true;
        loop {
            match client.next_event()? {
                Event::Demo(step) => {
                    good &= step.tone != StepTone::Failed;
                    self.print(&step);
                    if step.last {
                        self.finish(good);
                        return Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(1) });
                    }
                }
                Event::Prompts { waiting } if waiting > 0 => self.decide()?,
                Event::Stopping => return Err(Failed::other(&"The demo's broker stopped early.")),
                _ => {}
            }
        }
    }

    fn finish(&self, good: bool) {
        if good {
            say!("{GREEN}✓{PLAIN} Seven steps done, and everything that had to be refused was.");
        } else {
            say!("{RED}✗{PLAIN} Something went wrong above.");
        }
        if !self.wire {
            say!("{DIM}Everything that went over the wire: keylodge demo --wire{PLAIN}");
        }
    }

    /// Answers what waits, with the passphrase as the proof that the person is there.
    fn decide(&self) -> Result<(), Failed> {
        let mut client = self.connect()?;
        let prompts = match client.call(Request::RequestList, None)? {
            Answer::Prompts(prompts) => prompts,
            other => return unexpected(&other),
        };
        for prompt in prompts {
            let choice = self.choose(&prompt);
            let request = Request::RequestDecide { request: prompt.id, shown: prompt.shown, choice };
            client.call(request, Some(self.passphrase.clone()))?;
        }
        Ok(())
    }

    fn choose(&self, prompt: &PromptView) -> Choice {
        let PromptBody::Access { app_name, accounts, scopes, delivery, durations, .. } = &prompt.body else {
            return Choice::Deny { remember: false };
        };
        say!("    {BOLD}┌ {app_name} asks you{PLAIN}");
        let mut allowed = Vec::new();
        for asked in scopes {
            let allow = self.allows(&asked.scope.words, &asked.scope.scope);
            say!("    │ {} {}  {DIM}{}{PLAIN}", mark(allow), asked.scope.words, asked.scope.scope);
            if allow {
                allowed.push(asked.scope.scope.clone());
            }
        }
        say!("    └ You decide, with the passphrase as proof that it is you\n");
        match (accounts.first(), durations.first()) {
            (Some(account), Some(duration)) if !allowed.is_empty() => Choice::Allow {
                account: account.id.clone(),
                scopes: allowed,
                delivery: *delivery,
                duration: *duration,
                only: Vec::new(),
                user_code: None,
            },
            _ => Choice::Deny { remember: false },
        }
    }

    fn allows(&self, words: &str, scope: &str) -> bool {
        if !self.ask || !std::io::stdin().is_terminal() {
            return scope != NOT_ALLOWED;
        }
        anstream::print!("    │ {words}? [y/N] ");
        let mut line = String::new();
        std::io::stdout().flush().is_ok()
            && std::io::stdin().read_line(&mut line).is_ok()
            && line.trim().eq_ignore_ascii_case("y")
    }
}

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const PLAIN: &str = "\x1b[0m";

fn mark(allow: bool) -> String {
    if allow { format!("{GREEN}✓{PLAIN}") } else { format!("{RED}✗{PLAIN}") }
}

/// The wire lines that tell the story; the others are there with `--wire`.
fn essence(wire: &[String]) -> Vec<&String> {
    const TELLING: [&str; 15] = [
        "→",
        "←",
        "granted",
        "not granted",
        "scope:",
        "kind:",
        "expires:",
        "works at:",
        "error:",
        "error_description:",
        "Origin:",
        "Made up",
        "Location:",
        "\"album\"",
        "\"title\"",
    ];
    let telling = |line: &&String| TELLING.iter().any(|word| line.trim_start().starts_with(word));
    let told: Vec<_> = wire.iter().filter(telling).collect();
    if told.is_empty() { wire.iter().take(4).collect() } else { told }
}

/// A line no longer than the terminal is wide.
fn fitted(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        line.to_owned()
    } else {
        line.chars().take(width - 1).chain(['…']).collect()
    }
}

fn terminal_width() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).map(|size| usize::from(size.ws_col));
    size.ok().filter(|width| *width >= 40).unwrap_or(120)
}

#[expect(clippy::disallowed_methods, reason = "the demo's own throw-away names; no rule depends on them")]
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
