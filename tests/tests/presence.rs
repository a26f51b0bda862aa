//! What widens access takes a person: a passphrase, or a click in a window that the broker itself has opened.

use std::{fs, os::unix::net::UnixStream, path::Path, process::Command};

use control::{Answer, CallError, Choice, FailureCode, Passphrase, ProviderSource, Request};
use stories::{
    Allowing, Build, Display, Keylodge, PATIENCE, Program, Provider, Running, Setting, account_at, choice,
    until, until_some,
};

/// A program waits for an answer.
async fn asked(setting: Setting) -> (Provider, Keylodge, tokio::task::JoinHandle<stories::Answered>) {
    let (provider, keylodge) = (Provider::start(), Keylodge::with(setting));
    keylodge.add_provider(&provider);
    let _ = keylodge.add_account(&["openid", "offline_access"]).await;
    let program = Program::register(&keylodge.issuer("house"), "One").await;
    let asking = tokio::spawn(async move { program.authorize("openid", &stories::Pkce::fresh()).await });
    (provider, keylodge, asking)
}

fn decide(keylodge: &Keylodge) -> Request {
    let question = keylodge.question();
    let choice = choice(&question, Allowing::default());
    Request::RequestDecide { request: question.id, shown: question.shown, choice }
}

fn refused(outcome: Result<Answer, CallError>) -> FailureCode {
    outcome.expect_err("it must be refused").code().expect("the broker's own refusal")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_alone_can_approve_nothing() {
    let (_provider, keylodge, asking) = asked(Setting::default()).await;
    let with = |passphrase: &str| Some(Passphrase::new(passphrase.to_owned()));
    assert_eq!(refused(keylodge.asked_by_anyone(decide(&keylodge))), FailureCode::PresenceNeeded);
    let wrong = keylodge.control().call(decide(&keylodge), with("not the passphrase"));
    assert_eq!(refused(wrong), FailureCode::WrongPassphrase);
    assert!(keylodge.consents().is_empty(), "nothing was allowed");
    assert!(!asking.is_finished(), "the program still waits");

    let denial = match decide(&keylodge) {
        Request::RequestDecide { request, shown, .. } => {
            Request::RequestDecide { request, shown, choice: Choice::Deny { remember: false } }
        }
        other => other,
    };
    assert!(keylodge.asked_by_anyone(denial).is_ok(), "to deny takes nothing");
    let answered = asking.await.expect("the program goes on");
    assert_eq!(answered.redirected_with("error").as_deref(), Some("access_denied"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ui_08_an_answer_to_something_else_than_what_was_shown_is_stale() {
    let (_provider, keylodge, asking) = asked(Setting::default()).await;
    let Request::RequestDecide { request, choice, .. } = decide(&keylodge) else { panic!("no decision") };
    let shown = "what somebody else was shown".to_owned();
    let decision = Request::RequestDecide { request, shown, choice };
    let passphrase = Passphrase::new(stories::PASSPHRASE.to_owned());
    assert_eq!(refused(keylodge.control().call(decision, Some(passphrase))), FailureCode::Stale);
    assert!(!asking.is_finished());
    keylodge.deny();
    asking.await.expect("the program goes on");
}

#[test]
fn everything_that_widens_takes_presence_and_nothing_that_narrows_does() {
    let (provider, keylodge) = (Provider::start(), Keylodge::start());
    let issuer = ProviderSource::Issuer { issuer: provider.issuer.clone(), api: None };
    let add = Request::ProviderAdd { id: "house".into(), name: "The House".into(), source: issuer };
    assert_eq!(refused(keylodge.asked_by_anyone(add)), FailureCode::PresenceNeeded);
    keylodge.add_provider(&provider);
    let sign_in = Request::AccountAdd(account_at("house", &["openid"]));
    assert_eq!(refused(keylodge.asked_by_anyone(sign_in)), FailureCode::PresenceNeeded);
    assert_eq!(refused(keylodge.asked_by_anyone(Request::DemoStart)), FailureCode::PresenceNeeded);
    assert!(keylodge.asked_by_anyone(Request::Lock).is_ok());
    let unlock = Request::Unlock { passphrase: None };
    assert_eq!(refused(keylodge.asked_by_anyone(unlock)), FailureCode::PresenceNeeded);
    let guess = Request::Unlock { passphrase: Some(Passphrase::new("not the passphrase".into())) };
    assert_eq!(refused(keylodge.asked_by_anyone(guess)), FailureCode::WrongPassphrase);
    assert!(keylodge.asked_by_anyone(Request::Panic).is_ok(), "panic always works");
    // After a wrong guess the next one has to wait a moment.
    until("the right passphrase unlocks", || keylodge.cli_with_passphrase(&["unlock"]).code == 0);
}

/// Started by hand, with automation switched on, the desktop program opens no window of its own: it asks the broker
/// for one and leaves. The window is a child of the broker, and of the automation it knows nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_desktop_program_started_by_hand_approves_nothing() {
    let display = Display::start();
    let setting = Setting { environment: display.environment(), ..Setting::default() };
    let (_provider, mut keylodge, asking) = asked(setting).await;
    let decision = decide(&keylodge);
    let windows = until_some("the prompt of the broker's own desktop process", || child(keylodge.pid()));
    until("the prompt is shown", || display.windows().iter().any(|title| title.contains("a program asks")));

    let mut by_hand = Command::new(Build::Usual.binary("keylodge-desktop"));
    by_hand
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", keylodge.home().directory("home"))
        .env("KEYLODGE_RUNTIME_DIR", keylodge.runtime())
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .env("WEBKIT_INSPECTOR_SERVER", "127.0.0.1:9")
        .envs(display.environment());
    let mut by_hand = Running::start(by_hand, &keylodge.home().path().join("by-hand.log"));
    let status = by_hand.end(PATIENCE);
    assert!(status.success(), "it has asked for the window and left: {}", by_hand.log());

    assert_eq!(refused(keylodge.asked_by_anyone(decision)), FailureCode::PresenceNeeded);
    assert!(!asking.is_finished() && keylodge.consents().is_empty(), "nothing was allowed");
    assert_eq!(child(keylodge.pid()), Some(windows), "the one window process is the broker's own");
    let environment = fs::read(format!("/proc/{windows}/environ")).expect("its environment");
    let environment = String::from_utf8_lossy(&environment).into_owned();
    for name in ["TAURI_WEBVIEW_AUTOMATION", "WEBKIT_INSPECTOR", "LD_PRELOAD", "KEYLODGE_LOG"] {
        assert!(!environment.contains(name), "{name} has come through");
    }
    let door = keylodge.runtime().join("desktop-test.sock");
    assert!(!door.exists() && UnixStream::connect(door).is_err(), "TAU-08: no door for tests");
    keylodge.deny();
    asking.await.expect("the program goes on");
    keylodge.stop();
    until("the window ends with its broker", || !Path::new(&format!("/proc/{windows}")).exists());
}

/// The desktop process that this broker has started.
fn child(broker: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{broker}/task/{broker}/children")).unwrap_or_default();
    let mut tasks: Vec<u32> = children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect();
    for task in fs::read_dir(format!("/proc/{broker}/task")).into_iter().flatten().flatten() {
        let more = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        tasks.extend(more.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
    }
    let is_desktop = |pid: &u32| {
        fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|file| file.ends_with("keylodge-desktop"))
    };
    tasks.into_iter().find(is_desktop)
}
