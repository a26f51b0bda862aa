//! Whatever the window is told in words of ours has its name in the catalogues (decision 0011).

use control::{ActivityFilter, RouteWhen, Whereabouts};
use serde_json::Value;

use super::*;

/// A sentence and where its name stands, in any object of an answer.
const SENTENCES: [(&str, &str); 13] = [
    ("sentence", "said"),
    ("reason", "said"),
    ("what", "what_said"),
    ("why", "why_said"),
    ("fixed", "fixed_said"),
    ("broken", "broken_said"),
    ("notice", "notice_said"),
    ("because", "because_said"),
    ("warning", "warning_said"),
    ("question", "question_said"),
    ("release_note", "release_said"),
    ("route", "route_said"),
    ("upstream", "said"),
];
/// Lines, and the list of their names.
const LINES: [(&str, &str); 3] =
    [("rules", "rules_said"), ("details", "details_said"), ("notes", "notes_said")];

/// Sentences without a name in an answer, and how many have one.
fn look(it: &Value, unnamed: &mut Vec<String>, named: &mut usize) {
    if let Value::Array(parts) = it {
        return parts.iter().for_each(|part| look(part, unnamed, named));
    }
    let Value::Object(members) = it else { return };
    let mut judge = |text: &str, name: Option<&Value>| match name {
        _ if text.is_empty() => {}
        Some(Value::Object(_)) => *named += 1,
        _ => unnamed.push(text.to_owned()),
    };
    for (words, name) in SENTENCES {
        if let Some(Value::String(text)) = members.get(words) {
            judge(text, members.get(name));
        }
    }
    for (words, names) in LINES {
        let list = members.get(names).and_then(Value::as_array);
        for (n, line) in members.get(words).and_then(Value::as_array).into_iter().flatten().enumerate() {
            judge(line.as_str().unwrap_or_default(), list.and_then(|list| list.get(n)));
        }
    }
    // What fills a message is looked at with the message.
    let parts = members.iter().filter(|(name, _)| !name.ends_with("said"));
    parts.for_each(|(_, part)| look(part, unnamed, named));
}

/// What the window is told has a name throughout, in so many sentences at least.
fn check(answer: &impl serde::Serialize, least: usize) {
    let (mut unnamed, mut named) = (Vec::new(), 0);
    look(&serde_json::to_value(answer).expect("JSON"), &mut unnamed, &mut named);
    assert_eq!(unnamed, Vec::<String>::new());
    assert!(named >= least, "{named} sentences were looked at");
}

fn policy() -> broker::Policy {
    broker::Policy {
        set_by: "Mill IT".into(),
        longest_consent_minutes: Some(60),
        forbid_providers: vec!["other".into()],
        forbid_own_providers: true,
        lock_idle_minutes: Some(10),
        passphrase: broker::PassphraseRule { release: true, high_risk: true, always: false },
        ..broker::Policy::default()
    }
}

#[tokio::test]
async fn what_the_pages_say_has_names() {
    let (lodge, mut window) = Lodge::furnished().await;
    lodge.broker.set_policy(broker::PolicyState::Stands(policy())).await.expect("taken up");
    check(&window.ask(Request::PolicyShow).await.expect("told"), 5);
    check(&window.ask(Request::SettingsList).await.expect("told"), 3);
    check(&window.ask(Request::Diagnostics).await.expect("told"), 12);
    check(&window.ask(Request::AccountList).await.expect("told"), 0);
    let when = RouteWhen { directory: Some("/work".into()), ..RouteWhen::default() };
    let add = Request::RouteAdd { account: "ada@testland.example".into(), when, note: String::new() };
    window.ask(add).await.expect("added");
    for (directory, least) in [("/work/x", 2), ("/elsewhere", 1)] {
        let at = Whereabouts { directory: Some(directory.into()), ..Whereabouts::default() };
        check(&window.ask(Request::RouteExplain { at }).await.expect("told"), least);
    }
    let events = Request::ActivityQuery { filter: ActivityFilter::default(), before: None, limit: 50 };
    check(&window.ask(events).await.expect("told"), 2);
}

#[tokio::test]
async fn what_a_program_asks_has_names() {
    let (lodge, mut window) = Lodge::furnished().await;
    let (asked, prompt) = lodge.program_asks(Delivery::Release).await;
    check(&prompt, 2);
    window.ask(deny(&prompt)).await.expect("denied");
    assert!(asked.await.expect("it ran").is_err());
}

#[tokio::test]
async fn what_a_command_asks_has_names() {
    let issuer = |id: &str| Request::ProviderAdd {
        id: id.into(),
        name: "Mill".into(),
        source: control::ProviderSource::Issuer { issuer: "https://sso.example".into(), api: None },
    };
    let program = control::AppRegistration {
        provider: "testland".into(),
        name: "Shelf".into(),
        redirect_uris: vec!["http://127.0.0.1/".into()],
        resources: vec!["http://127.0.0.1:9321/".into()],
        ..control::AppRegistration::default()
    };
    let again = |separate| Request::AccountReauth {
        account: "ada@testland.example".into(),
        scopes: vec!["mail.read".into()],
        separate,
    };
    for request in [
        issuer("mill"),
        add_account("testland"),
        again(false),
        again(true),
        Request::AppRegister(program),
        Request::ClientKey { provider: "testland".into() },
        Request::DemoStart,
        Request::SettingsSet { key: "lock.on_sleep".into(), value: "off".into() },
    ] {
        // Whoever was refused may not ask again at once.
        let (lodge, mut window) = Lodge::furnished().await;
        let mut socket = lodge.socket();
        let asked = socket.send(request, None).await;
        let prompt = window.first_prompt().await;
        check(&prompt, 1);
        window.ask(deny(&prompt)).await.expect("denied");
        assert_eq!(code(socket.answer(asked).await), FailureCode::Denied);
    }
}
