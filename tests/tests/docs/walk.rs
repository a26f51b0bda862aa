//! Keylodge as the pages assume it: the demo account under the label `work`, and a person who says yes.

use std::{path::Path, process::Command, time::Duration};

use control::{Answer, Duration as Allowed, PromptBody, PromptView, Request};
use serde_json::Value;
use stories::{Allowing, Build, Keylodge, Running, account_at, choice, until_some_within};

/// So long may everything on one page take.
const PAGE: Duration = Duration::from_secs(120);

/// Keylodge with the demo account under the label `work`.
pub async fn with_demo_account() -> Keylodge {
    let keylodge = Keylodge::start();
    let Answer::SignIn(begun) = keylodge.ask(Request::DemoStart) else { panic!("no sign-in") };
    keylodge.ask(Request::SignInCancel { sign_in: begun.sign_in });
    let mut source = account_at("demo", &[]);
    source.label = Some("work".into());
    let Answer::SignIn(begun) = keylodge.ask(Request::AccountAdd(source)) else { panic!("no sign-in") };
    demo::person::sign_in(&begun.authorize_url).await.expect("Ada signs in");
    keylodge.ask(Request::SignInShow { sign_in: begun.sign_in, wait: true });
    assert_eq!(keylodge.accounts()[0].label, "work");
    keylodge
}

/// A shell with this build's `keylodge` on its path and this story's directories. Nothing else of ours is in its
/// environment.
pub fn shell(keylodge: &Keylodge) -> Command {
    let ours = keylodge.command(&[], None);
    let mut shell = Command::new("sh");
    shell.env_clear();
    shell.envs(ours.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let binary = Build::Usual.binary("keylodge");
    let directory = binary.parent().map(Path::display).expect("a directory");
    shell.env("PATH", format!("{directory}:/usr/local/bin:/usr/bin:/bin"));
    shell
}

/// How a program ended, and what it said.
pub struct Ran {
    /// Whether it ended well.
    pub success: bool,
    /// Its standard output.
    pub printed: String,
    /// Its standard error.
    pub log: String,
}

/// Runs a program to its end while the person says yes to whatever it asks.
pub fn run(keylodge: &Keylodge, mut program: Command) -> Ran {
    program.env("KEYLODGE_URL", &keylodge.url);
    let mut running = Running::start(program, &keylodge.home().path().join("program.log"));
    let mut screen = Vec::new();
    let status = until_some_within(PAGE, "the program ends", || {
        screen.extend(running.new_lines());
        for question in keylodge.questions() {
            say_yes(keylodge, question, &screen);
        }
        running.ended()
    });
    screen.push(running.rest());
    Ran { success: status.success(), printed: screen.join("\n"), log: running.log() }
}

/// Allows what is asked. Where the question demands a code, the person waits until the program shows one.
fn say_yes(keylodge: &Keylodge, question: PromptView, screen: &[String]) {
    let user_code = if types_code(&question) {
        let Some(code) = code_on(screen) else { return };
        Some(code)
    } else {
        None
    };
    let allowing = Allowing { duration: preset(&question), user_code, ..Allowing::default() };
    let choice = choice(&question, allowing);
    let decision = Request::RequestDecide { request: question.id, shown: question.shown, choice };
    keylodge.ask(decision);
}

fn types_code(question: &PromptView) -> bool {
    matches!(question.body, PromptBody::Access { types_code: true, .. })
}

/// The last thing on the screen that looks like a device's code: `BCDF-GHJK`.
fn code_on(screen: &[String]) -> Option<&str> {
    let letters = |half: &str| half.len() == 4 && half.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_code = |word: &&str| word.split_once('-').is_some_and(|(a, b)| letters(a) && letters(b));
    screen.iter().flat_map(|line| line.split_whitespace()).rfind(is_code)
}

/// What the prompt offers first.
fn preset(question: &PromptView) -> Allowed {
    match &question.body {
        PromptBody::Access { durations, .. } => durations.first().copied().unwrap_or(Allowed::Once),
        PromptBody::Action { .. } => Allowed::Once,
    }
}

/// The same for a program that must end well; gives what it printed.
pub fn run_with_a_willing_person(keylodge: &Keylodge, program: Command) -> String {
    let ran = run(keylodge, program);
    assert!(ran.success, "{}\n{}", ran.printed, ran.log);
    ran.printed
}

/// A token for the account `work`, by one POST.
pub fn token(keylodge: &Keylodge, wish: &Value) -> String {
    let mut wish = wish.clone();
    wish["account"] = "work".into();
    let mut curl = Command::new("curl");
    curl.args(["-sS", "--json", &wish.to_string(), &format!("{}/access", keylodge.url)]);
    let answer: Value =
        serde_json::from_str(&run_with_a_willing_person(keylodge, curl)).expect("the answer is JSON");
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}
