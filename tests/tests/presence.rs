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
    let plain = ("WEBKIT_DISABLE_DMABUF_RENDERER".to_owned(), "1".to_owned());
    let environment = [display.environment(), vec![plain]].concat();
    let setting = Setting { environment, ..Setting::default() };
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
    assert!(environment.contains("WEBKIT_DISABLE_DMABUF_RENDERER=1"), "how the person wants it drawn");
    let web = until_some("its web process", || of_file(windows, "WebKitWebProcess"));
    assert!(!makes_machine_code(web), "the web engine has set memory aside for a compiler");
    let door = keylodge.runtime().join("desktop-test.sock");
    assert!(!door.exists() && UnixStream::connect(door).is_err(), "TAU-08: no door for tests");
    keylodge.deny();
    asking.await.expect("the program goes on");
    keylodge.stop();
    until("the window ends with its broker", || !Path::new(&format!("/proc/{windows}")).exists());
}

/// The desktop process that this broker has started.
fn child(broker: u32) -> Option<u32> {
    of_file(broker, "keylodge-desktop")
}

/// A process that this one has started, by the file it runs.
fn of_file(parent: u32, file: &str) -> Option<u32> {
    let tasks = fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
    let children = tasks.map(|task| fs::read_to_string(task.path().join("children")).unwrap_or_default());
    let children: Vec<u32> = children
        .flat_map(|pids| pids.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect();
    let runs = |pid: &u32| fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|it| it.ends_with(file));
    children.into_iter().find(runs)
}

/// Whether a process has set aside what a compiler of scripts needs: much memory, all of it to be written and executed.
/// What draws for a machine without a graphics card has a little of that, too.
fn makes_machine_code(pid: u32) -> bool {
    const MUCH: u64 = 64 << 20;
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).expect("it runs");
    maps.lines().filter(|line| line.contains(" rwx")).any(|line| {
        let (begin, end) = line.split_once(' ').and_then(|(at, _)| at.split_once('-')).expect("a range");
        let number = |text| u64::from_str_radix(text, 16).expect("an address");
        number(end) - number(begin) >= MUCH
    })
}
