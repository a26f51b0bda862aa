//! Keylodge itself: the real binary in a directory of its own, and a person with its passphrase.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use control::{
    AccountSource, AccountView, Answer, CallError, Choice, Client, Delivery, Passphrase, PromptBody,
    PromptView, ProviderSource, Request, SignInState,
};
use serde_json::Value;

use crate::{Browser, Build, Home, Pkce, Program, Provider, Running, until::PATIENCE, until_some};

/// The passphrase of every vault here.
pub const PASSPHRASE: &str = "a passphrase for the stories";

/// How Keylodge is started.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Which build.
    pub build: Build,
    /// With the passphrase on standard input; else it must look for a keyring, or wait.
    pub passphrase: bool,
    /// More for its environment, which is else empty.
    pub environment: Vec<(String, String)>,
}

/// A running Keylodge.
#[derive(Debug)]
pub struct Keylodge {
    /// Its loopback API, `http://127.0.0.1:PORT`.
    pub url: String,
    setting: Setting,
    process: Running,
    home: Home,
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// Its exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// What the person allows of a question, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Allowing<'a> {
    /// These scopes; all that are asked for if empty.
    pub scopes: &'a [&'a str],
    /// So long.
    pub duration: control::Duration,
    /// With this code, where the question demands one.
    pub user_code: Option<&'a str>,
}

impl Default for Setting {
    fn default() -> Self {
        Self { build: Build::Usual, passphrase: true, environment: Vec::new() }
    }
}

impl Default for Allowing<'_> {
    fn default() -> Self {
        Self { scopes: &[], duration: control::Duration::Seconds { seconds: 3600 }, user_code: None }
    }
}

impl Keylodge {
    /// Starts it with a new vault that has a passphrase.
    pub fn start() -> Self {
        Self::with(Setting::default())
    }

    /// Starts it in this way.
    pub fn with(setting: Setting) -> Self {
        let home = Home::new();
        let (process, url) = run(&setting, &home, 0);
        Self { url, setting, process, home }
    }

    /// Ends it without asking, as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Asks it to end.
    pub fn stop(&mut self) {
        let status = self.process.stop();
        assert!(status.success(), "it ended with {status}:\n{}", self.log());
    }

    /// Waits until it ends by itself.
    pub fn ended(&mut self) -> std::process::ExitStatus {
        self.process.end(PATIENCE)
    }

    /// Starts it again, on the same port and with the same vault.
    pub fn start_again(&mut self) {
        let port = self.url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        self.process.kill();
        let (process, url) = run(&self.setting, &self.home, port);
        assert_eq!(url, self.url, "the same issuer as before (DM-05)");
        self.process = process;
    }

    /// Its issuer for a provider.
    pub fn issuer(&self, provider: &str) -> String {
        format!("{}/{provider}", self.url)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Its log so far, at debug level.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Where everything is that it wrote: vault, sockets, log.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Its runtime directory.
    pub fn runtime(&self) -> PathBuf {
        self.home.directory("run")
    }

    /// A connection to `control.sock`.
    pub fn control(&self) -> Client {
        let client =
            Client::connect(&self.runtime().join("control.sock")).expect("the control socket answers");
        client.set_timeout(Some(PATIENCE)).expect("a time-out");
        client
    }

    /// Asks over `control.sock` without any proof of presence.
    pub fn asked_by_anyone(&self, request: Request) -> Result<Answer, CallError> {
        self.control().call(request, None)
    }

    /// Asks over `control.sock` with the passphrase.
    pub fn ask(&self, request: Request) -> Answer {
        let asked = format!("{request:?}");
        self.control()
            .call(request, Some(Passphrase::new(PASSPHRASE.to_owned())))
            .unwrap_or_else(|error| panic!("{asked}: {error}\n{}", self.log()))
    }

    /// The same where it may be refused.
    pub fn try_ask(&self, request: Request) -> Result<Answer, CallError> {
        self.control().call(request, Some(Passphrase::new(PASSPHRASE.to_owned())))
    }

    /// The question that waits for the person; waits until there is one.
    pub fn question(&self) -> PromptView {
        until_some("a question for the person", || self.questions().pop())
    }

    /// All questions that wait.
    pub fn questions(&self) -> Vec<PromptView> {
        match self.asked_by_anyone(Request::RequestList) {
            Ok(Answer::Prompts(prompts)) => prompts,
            other => panic!("{other:?}"),
        }
    }

    /// A fresh program asks at the provider `house`, is allowed, and gets its token for the gateway.
    pub async fn token_for_a_program(&self) -> String {
        let program = Program::register(&self.issuer("house"), "Picture frame").await;
        let pkce = Pkce::fresh();
        let (asking, asked) = (program.clone(), pkce.clone());
        let asking = tokio::spawn(async move { asking.authorize("openid", &asked).await });
        self.allow(Allowing::default());
        let code = asking.await.expect("the program goes on").code();
        program.redeem(&code, &pkce).await.text("access_token")
    }

    /// Waits for the next question and allows it.
    pub fn allow(&self, allowing: Allowing<'_>) {
        let question = self.question();
        let choice = choice(&question, allowing);
        let request = Request::RequestDecide { request: question.id, shown: question.shown, choice };
        let _ = self.ask(request);
    }

    /// Waits for the next question and denies it.
    pub fn deny(&self) {
        let question = self.question();
        let choice = Choice::Deny { remember: false };
        let request = Request::RequestDecide { request: question.id, shown: question.shown, choice };
        self.asked_by_anyone(request).expect("to deny takes no proof");
    }

    /// Adds the provider as an issuer under the id `house`.
    pub fn add_provider(&self, provider: &Provider) {
        let source = ProviderSource::Issuer { issuer: provider.issuer.clone(), api: None };
        let _ = self.ask(Request::ProviderAdd { id: "house".into(), name: "The House".into(), source });
    }

    /// Adds the provider `house` by an entry of its own, with these lines at its top and in its table `[client]`.
    pub fn add_entry(&self, provider: &Provider, top: &str, client: &str) {
        let text = format!(
            "id = \"house\"\nname = \"The House\"\nmark = \"H\"\ncolour = \"#123456\"\nissuer = \"{}\"\n\
             openid = true\nprivate = true\n{top}\n[client]\n{client}\n",
            provider.issuer
        );
        let source = ProviderSource::File { text };
        let _ = self.ask(Request::ProviderAdd { id: "house".into(), name: "The House".into(), source });
    }

    /// Signs `ana` in at the provider `house`.
    pub async fn add_account(&self, scopes: &[&str]) -> AccountView {
        let source = account_at("house", scopes);
        self.sign_in(Request::AccountAdd(source), &mut Browser::of("ana")).await
    }

    /// Carries out a sign-in in this browser.
    pub async fn sign_in(&self, request: Request, browser: &mut Browser) -> AccountView {
        let Answer::SignIn(started) = self.ask(request) else { panic!("no sign-in") };
        let arrived = browser.sign_in(&started.authorize_url).await;
        assert!(arrived.status.is_success(), "{}: {}", arrived.status, arrived.page);
        match self.ask(Request::SignInShow { sign_in: started.sign_in, wait: true }) {
            Answer::SignInState(SignInState::Completed { account, .. }) => account,
            other => panic!("{other:?}\n{}", self.log()),
        }
    }

    /// The accounts.
    pub fn accounts(&self) -> Vec<AccountView> {
        match self.asked_by_anyone(Request::AccountList) {
            Ok(Answer::Accounts(accounts)) => accounts,
            other => panic!("{other:?}"),
        }
    }

    /// The consents.
    pub fn consents(&self) -> Vec<control::ConsentView> {
        match self.asked_by_anyone(Request::ConsentList) {
            Ok(Answer::Consents(consents)) => consents,
            other => panic!("{other:?}"),
        }
    }

    /// A command, not yet started. With `passphrase`, that is on its standard input.
    pub fn command(&self, arguments: &[&str], passphrase: Option<&str>) -> Command {
        let mut command = command(&self.setting, &self.home);
        if let Some(passphrase) = passphrase {
            command.args(["--passphrase-fd", "0"]).stdin(line(passphrase));
        }
        command.args(arguments);
        command
    }

    /// Runs a command to its end.
    pub fn cli(&self, arguments: &[&str]) -> Outcome {
        Outcome::of_command(self.command(arguments, None), &self.home)
    }

    /// Runs a command to its end, with the passphrase as proof of presence.
    pub fn cli_with_passphrase(&self, arguments: &[&str]) -> Outcome {
        Outcome::of_command(self.command(arguments, Some(PASSPHRASE)), &self.home)
    }
}

impl Outcome {
    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// Runs a command to its end; its log lies in `home` meanwhile.
    pub fn of_command(command: Command, home: &Home) -> Self {
        let log = home.path().join(format!("command-{:?}.log", std::thread::current().id()));
        let _ = std::fs::remove_file(&log);
        let mut process = Running::start(command, &log);
        let code = process.end(PATIENCE + Duration::from_secs(10)).code().unwrap_or(-1);
        Self { code, stdout: process.rest(), stderr: process.log() }
    }
}

/// An account to be added; the browser is ours and not the broker's.
pub fn account_at(provider: &str, scopes: &[&str]) -> AccountSource {
    AccountSource {
        provider: provider.to_owned(),
        label: None,
        client_id: None,
        client_secret: None,
        scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        open_browser: false,
        by: None,
        offered: None,
    }
}

/// A yes to a question.
pub fn choice(question: &PromptView, allowing: Allowing<'_>) -> Choice {
    let PromptBody::Access { accounts, scopes, delivery, .. } = &question.body else {
        let (account, scopes) = (String::new(), Vec::new());
        return Choice::Allow {
            account,
            scopes,
            delivery: Delivery::Gateway,
            duration: control::Duration::Once,
            only: Vec::new(),
            user_code: None,
        };
    };
    let asked = scopes.iter().map(|asked| asked.scope.scope.clone());
    let left = |scope: &String| allowing.scopes.is_empty() || allowing.scopes.contains(&scope.as_str());
    Choice::Allow {
        account: accounts[0].id.clone(),
        scopes: asked.filter(left).collect(),
        delivery: *delivery,
        duration: allowing.duration,
        only: Vec::new(),
        user_code: allowing.user_code.map(str::to_owned),
    }
}

fn run(setting: &Setting, home: &Home, port: u16) -> (Running, String) {
    let mut command = command(setting, home);
    command.arg("serve").arg("--data").arg(home.directory("data")).args(["--port", &port.to_string()]);
    command.stdin(Stdio::null());
    if setting.passphrase {
        command.args(["--passphrase-fd", "0"]).stdin(line(PASSPHRASE));
    }
    let process = Running::start(command, &home.path().join("serve.log"));
    let url = process.line("Keylodge is ready at");
    (process, url)
}

fn command(setting: &Setting, home: &Home) -> Command {
    let mut command = Command::new(setting.build.binary("keylodge"));
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LANG", "C.UTF-8")
        .env("HOME", home.directory("home"))
        .env("KEYLODGE_RUNTIME_DIR", home.directory("run"))
        .env("KEYLODGE_LOG", "debug,hyper=info,h2=info")
        .envs(setting.environment.iter().map(|(name, value)| (name, value)));
    command
}

/// A pipe that holds one line.
fn line(text: &str) -> Stdio {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writeln!(writer, "{text}").expect("room for a line");
    reader.into()
}
