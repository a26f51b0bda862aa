//! Sign-ins whose answer the person carries over from the browser, at a certified provider.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, Stdio},
};

use control::{Answer, CallError, HealthState, Request, SignInState};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use stories::{Browser, Keylodge, PASSPHRASE, Provider, account_at};

const SCOPES: [&str; 2] = ["openid", "offline_access"];
const BACK: &str = "https://lodge.example/back";

/// A command that does not outlive its test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A browser on another machine ends at an address that does not open there: pasted, it signs the person in. Another's does
/// not, and ends nothing (OAU-03).
#[tokio::test(flavor = "multi_thread")]
async fn oau_03_a_pasted_address_signs_in_whoever_began_it_and_nobody_else() {
    let (provider, keylodge) = (Provider::start(), Keylodge::start());
    keylodge.add_provider(&provider);
    let begin = || match keylodge.ask(Request::AccountAdd(account_at("house", &SCOPES))) {
        Answer::SignIn(begun) => begun,
        other => panic!("{other:?}"),
    };
    let (hers, his) = (begin(), begin());
    let own = Browser::of("ana").walk(&hers.authorize_url, true).await;
    let theirs = Browser::of("eve").walk(&his.authorize_url, true).await;
    let paste = |pasted: &str| {
        let pasted = control::Passphrase::new(pasted.to_owned());
        keylodge.asked_by_anyone(Request::SignInPaste { sign_in: hers.sign_in.clone(), pasted })
    };
    let foreign = paste(theirs.as_str());
    assert!(matches!(foreign, Err(CallError::Refused(_))), "{foreign:?}");
    assert!(provider.token_requests("authorization_code").is_empty(), "the code of a stranger goes nowhere");
    paste(own.as_str()).expect("taken");
    match keylodge.ask(Request::SignInShow { sign_in: hers.sign_in.clone(), wait: true }) {
        Answer::SignInState(SignInState::Completed { account, .. }) => assert_eq!(account.name, "ana"),
        other => panic!("{other:?}\n{}", keylodge.log()),
    }
}

/// At a provider that leads to an https address of one's own, the command asks for that page's address, takes it from
/// standard input, says what does not fit, and goes on.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_takes_the_address_from_standard_input_and_asks_again_for_a_wrong_one() {
    let (provider, keylodge) = (Provider::start(), Keylodge::start());
    let pasted = format!("redirect = {{ way = \"pasted\", address = \"{BACK}\" }}");
    keylodge.add_entry(&provider, &format!("sign_in = [\"code\"]\n{pasted}"), "dynamic = true");
    let mut command = account_add(&keylodge);
    let mut stdin = command.0.stdin.take().expect("a pipe");
    let mut stdout = BufReader::new(command.0.stdout.take().expect("a pipe"));
    let mut first = String::new();
    stdout.read_line(&mut first).expect("the sign-in");
    let started: Value = serde_json::from_str(&first).expect("JSON");
    assert_eq!(started["by_hand"], "address");
    let address = started["authorize_url"].as_str().expect("an address");
    let arrived = Browser::of("ana").walk(address, true).await;
    assert!(arrived.as_str().starts_with(BACK), "{arrived}");
    writeln!(stdin, "https://elsewhere.example/?{}", arrived.query().expect("an answer")).expect("written");
    writeln!(stdin, "{arrived}").expect("written");
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("the account");
    let mut said = String::new();
    command.0.stderr.take().expect("a pipe").read_to_string(&mut said).expect("its words");
    assert!(command.0.wait().expect("ended").success(), "{said}");
    assert!(said.contains(&format!("begins with {BACK}")) && said.contains("Signed in as ana"), "{said}");
    let accounts = keylodge.accounts();
    assert!(accounts.len() == 1 && accounts[0].health.state == HealthState::Working, "{rest}");
}

/// A sign-in that is given up at the terminal is over: who finishes it in the browser afterwards opens nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_ends_with_the_command_that_waits_for_it() {
    let (provider, keylodge) = (Provider::start(), Keylodge::start());
    keylodge.add_provider(&provider);
    let mut command = account_add(&keylodge);
    let mut first = String::new();
    BufReader::new(command.0.stdout.take().expect("a pipe")).read_line(&mut first).expect("the sign-in");
    let started: Value = serde_json::from_str(&first).expect("JSON");
    let text = |name: &str| started[name].as_str().expect("a text").to_owned();
    kill_process(Pid::from_child(&command.0), Signal::INT).expect("told to stop");
    // By the signal, or because it heard first that its sign-in is over.
    let status = command.0.wait().expect("ended");
    assert!(!status.success(), "{status}");
    let show = Request::SignInShow { sign_in: text("sign_in"), wait: true };
    let ended = keylodge.asked_by_anyone(show).expect("told");
    assert!(matches!(ended, Answer::SignInState(SignInState::Failed { .. })), "{ended:?}");
    let _ = Browser::of("ana").walk(&text("authorize_url"), true).await;
    assert!(keylodge.accounts().is_empty());
    assert!(provider.token_requests("authorization_code").is_empty());
}

/// `keylodge account add`, the passphrase on a descriptor of its own, standard input free for the address.
fn account_add(keylodge: &Keylodge) -> Started {
    let passphrase = keylodge.home().path().join("passphrase");
    fs::write(&passphrase, format!("{PASSPHRASE}\n")).expect("written");
    let bare = keylodge
        .command(&["--passphrase-fd", "3", "--json", "account", "add", "house", "--no-browser"], None);
    let mut command = Command::new("sh");
    command
        .args(["-c", "exec \"$@\" 3<\"$0\""])
        .arg(&passphrase)
        .arg(bare.get_program())
        .args(bare.get_args());
    command.args(SCOPES.iter().flat_map(|scope| ["--scope", scope])).env_clear();
    command.envs(bare.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Started(command.spawn().expect("started"))
}
