//! Settings, consents changed by hand, routes, the pause, and the passphrase where a click is not enough.

use control::{ActivityFilter, ConsentEdit, Delivery as Handed, RouteWhen, Whereabouts};

use super::*;

fn set(key: &str, value: &str) -> Request {
    Request::SettingsSet { key: key.into(), value: value.into() }
}

fn value(answer: Answer, key: &str) -> String {
    let Answer::Settings(settings) = answer else { panic!("{answer:?}") };
    settings.into_iter().find(|it| it.key == key).expect("a setting").value
}

#[tokio::test]
async fn loosening_a_setting_takes_the_person_and_tightening_does_not() {
    let (lodge, _window) = Lodge::furnished().await;
    lodge.surroundings.display.store(false, std::sync::atomic::Ordering::Relaxed);
    let mut socket = lodge.socket();
    assert_eq!(code(socket.ask(set("lock.on_sleep", "off")).await), FailureCode::PresenceNeeded);
    socket.ask_with(PASSPHRASE, set("lock.on_sleep", "off")).await.expect("with the passphrase");
    assert_eq!(value(socket.ask(set("lock.on_sleep", "on")).await.expect("free"), "lock.on_sleep"), "on");
    assert_eq!(
        value(socket.ask(set("lock.idle_minutes", "5")).await.expect("free"), "lock.idle_minutes"),
        "5"
    );
    let reset = Request::SettingsReset { key: None };
    assert_eq!(code(socket.ask(reset).await), FailureCode::PresenceNeeded, "never to lock is looser");
    assert_eq!(code(socket.ask(set("no.such", "1")).await), FailureCode::NotFound);
    assert_eq!(code(socket.ask(set("desktop.theme", "pink")).await), FailureCode::InvalidRequest);
}

#[tokio::test]
async fn ui_03_the_persons_own_phrase_is_told_to_the_window_alone() {
    let (lodge, mut window) = Lodge::furnished().await;
    window.ask(set("prompt.phrase", "canary blue teapot")).await.expect("set");
    assert_eq!(
        value(window.ask(Request::SettingsList).await.expect("told"), "prompt.phrase"),
        "canary blue teapot"
    );
    let mut socket = lodge.socket();
    assert_eq!(value(socket.ask(Request::SettingsList).await.expect("told"), "prompt.phrase"), "");
    let everything = Request::ActivityQuery { filter: ActivityFilter::default(), before: None, limit: 50 };
    socket.ask(everything).await.expect("told");
    assert!(!socket.heard.iter().any(|line| line.contains("teapot")));
}

#[tokio::test]
async fn ui_04_a_click_is_not_enough_where_the_passphrase_is_asked_for() {
    let (lodge, mut window) = Lodge::furnished().await;
    window.ask(set("presence.release", "on")).await.expect("set");
    let (asked, prompt) = lodge.program_asks(Delivery::Release).await;
    let control::PromptBody::Access { passphrase, .. } = &prompt.body else { panic!("{prompt:?}") };
    assert!(passphrase.release);
    assert_eq!(code(window.ask(allow(&prompt)).await), FailureCode::PresenceNeeded);
    assert_eq!(code(window.ask_with("a wrong guess", allow(&prompt)).await), FailureCode::WrongPassphrase);
    assert!(!asked.is_finished(), "it still waits");
    window.ask_with(PASSPHRASE, allow(&prompt)).await.expect("with the passphrase");
    asked.await.expect("ends").expect("released");
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned())
}

/// What one click too many must not give away.
fn outlasting() -> [Request; 4] {
    let (file, new) = ("/tmp/never".to_owned(), passphrase("canary-new-passphrase"));
    [
        Request::PassphraseSet { new: new.clone() },
        Request::BackupCreate { file: file.clone(), backup_passphrase: new.clone() },
        Request::BackupRestore { file, backup_passphrase: new },
        set("presence.release", "off"),
    ]
}

#[tokio::test]
async fn ui_04_what_outlasts_every_other_guard_takes_the_passphrase() {
    let (lodge, mut window) = Lodge::furnished().await;
    window.ask(set("presence.release", "on")).await.expect("to tighten takes nothing");
    let mut socket = lodge.socket();
    for request in outlasting() {
        assert_eq!(code(window.ask(request.clone()).await), FailureCode::PresenceNeeded, "{request:?}");
        let wrong = window.ask_with("a wrong guess", request.clone()).await;
        assert_eq!(code(wrong), FailureCode::WrongPassphrase, "{request:?}");
        assert_eq!(code(socket.ask(request.clone()).await), FailureCode::PresenceNeeded, "{request:?}");
    }
    assert!(window.prompts().await.is_empty(), "nothing is asked that a click could not answer");
    let all = Request::SettingsReset { key: None };
    assert_eq!(code(window.ask(all).await), FailureCode::PresenceNeeded, "nor with everything else");
    assert!(lodge.written.lock().expect("whole").is_empty());
    let [another, _, _, off] = outlasting();
    window.ask_with(PASSPHRASE, off).await.expect("with the passphrase");
    window.ask_with(PASSPHRASE, another.clone()).await.expect("with the passphrase");
    assert_eq!(
        code(window.ask_with(PASSPHRASE, another).await),
        FailureCode::WrongPassphrase,
        "it is another"
    );
}

#[tokio::test]
async fn what_happened_is_written_into_a_file_for_the_person() {
    let (lodge, mut window) = Lodge::furnished().await;
    lodge.surroundings.display.store(false, std::sync::atomic::Ordering::Relaxed);
    let export = Request::ActivityExport {
        file: "/home/ada/activity.csv".into(),
        format: control::ExportFormat::Csv,
        filter: ActivityFilter::default(),
    };
    assert_eq!(code(lodge.socket().ask(export.clone()).await), FailureCode::PresenceNeeded);
    window.ask(export).await.expect("written");
    let written = lodge.written.lock().expect("whole").remove(0);
    let lines: Vec<_> = std::str::from_utf8(&written.1).expect("text").lines().collect();
    assert_eq!(written.0, "/home/ada/activity.csv");
    assert!(lines[0].starts_with("number,at,kind"), "{lines:?}");
    let events = lodge.broker.activity(&broker::ActivityFilter::default(), None, 500).await.expect("told");
    assert_eq!(lines.len(), events.len() + 1);
}

#[tokio::test]
async fn a_consent_is_narrowed_freely_and_widened_by_the_person() {
    let (lodge, mut window) = Lodge::furnished().await;
    let (asked, prompt) = lodge.program_asks(Delivery::Gateway).await;
    window.ask(allow(&prompt)).await.expect("allowed");
    asked.await.expect("ends").expect("handed out");
    lodge.surroundings.display.store(false, std::sync::atomic::Ordering::Relaxed);
    let mut socket = lodge.socket();
    let Ok(Answer::Consents(consents)) = socket.ask(Request::ConsentList).await else { panic!("no list") };
    let consent = consents[0].id.clone();
    let edit = |edit| Request::ConsentEdit { consent: consent.clone(), edit };
    let narrower = ConsentEdit {
        scopes: Some(vec!["mail.read".into()]),
        note: Some("only \u{202e}reads".into()),
        ..ConsentEdit::default()
    };
    let Ok(Answer::Consent(now)) = socket.ask(edit(narrower)).await else { panic!("not narrowed") };
    assert_eq!((now.scopes.len(), now.note.as_str()), (1, "only reads"));
    assert!(lodge.broker.leases().expect("open").is_empty(), "its wider token has ended");
    let wider = ConsentEdit { delivery: Some(Handed::Release), ..ConsentEdit::default() };
    assert_eq!(code(socket.ask(edit(wider.clone())).await), FailureCode::PresenceNeeded);
    socket.ask_with(PASSPHRASE, edit(wider)).await.expect("with the passphrase");
    let unheard = ConsentEdit { scopes: Some(vec!["everything".into()]), ..ConsentEdit::default() };
    assert_eq!(code(socket.ask_with(PASSPHRASE, edit(unheard)).await), FailureCode::InvalidRequest);
}

#[tokio::test]
async fn as_16_a_command_that_widens_a_consent_is_shown_with_all_that_it_would_add() {
    let (lodge, mut window) = Lodge::furnished().await;
    let (asked, prompt) = lodge.program_asks(Delivery::Gateway).await;
    window.ask(allow(&prompt)).await.expect("allowed");
    asked.await.expect("ends").expect("handed out");
    let mut socket = lodge.socket();
    let consent = lodge.broker.consents().expect("open")[0].id.to_string();
    let edit = ConsentEdit {
        delivery: Some(Handed::Release),
        duration: Some(control::Duration::Always),
        ..ConsentEdit::default()
    };
    let wider = Request::ConsentEdit { consent, edit };
    let asked = socket.send(wider.clone(), None).await;
    let prompt = window.first_prompt().await;
    let control::PromptBody::Action { details, .. } = &prompt.body else { panic!("{prompt:?}") };
    for said in ["From now on: until you withdraw it", "It would get the provider's own token"] {
        assert!(details.iter().any(|detail| detail == said), "{details:?}");
    }
    window.ask(deny(&prompt)).await.expect("denied");
    assert_eq!(code(socket.answer(asked).await), FailureCode::Denied);
    window.ask(set("presence.release", "on")).await.expect("tighter");
    assert_eq!(
        code(window.ask(wider.clone()).await),
        FailureCode::PresenceNeeded,
        "UI-04: a click will not do"
    );
    assert_eq!(code(socket.ask(wider.clone()).await), FailureCode::PresenceNeeded);
    assert!(window.prompts().await.is_empty(), "nothing is asked that a click could not answer");
    window.ask_with(PASSPHRASE, wider).await.expect("with the passphrase");
}

#[tokio::test]
async fn routes_are_added_explained_and_removed() {
    let (_lodge, mut window) = Lodge::furnished().await;
    let when = RouteWhen { directory: Some("/home/ada/work".into()), ..RouteWhen::default() };
    let add = Request::RouteAdd { account: "ada@testland.example".into(), when, note: String::new() };
    let Ok(Answer::Route(route)) = window.ask(add.clone()).await else { panic!("not added") };
    assert_eq!(code(window.ask(add).await), FailureCode::InvalidRequest, "twice");
    let at = Whereabouts { directory: Some("/home/ada/work/x".into()), ..Whereabouts::default() };
    let Ok(Answer::RouteExplained(told)) = window.ask(Request::RouteExplain { at }).await else {
        panic!("untold")
    };
    assert_eq!(told.leads.as_deref(), Some(route.id.as_str()));
    assert!(told.sentence.contains("/home/ada/work/x is in /home/ada/work"), "{}", told.sentence);
    window.ask(Request::RouteRemove { route: route.id.clone() }).await.expect("removed");
    assert_eq!(code(window.ask(Request::RouteRemove { route: route.id }).await), FailureCode::NotFound);
}

#[tokio::test]
async fn a_pause_hands_nothing_out_and_only_the_person_ends_it() {
    let (lodge, mut window) = Lodge::furnished().await;
    let mut socket = lodge.socket();
    socket.ask(Request::Pause { seconds: 600 }).await.expect("narrows");
    let caller = Caller { file: "/usr/bin/x".into(), file_hash: "00".into(), ..Caller::default() };
    let app = lodge.broker.native_app(&caller).await.expect("known");
    let pause = lodge.broker.pause_end().expect("paused");
    assert_eq!(pause.since(lodge.broker.now()), 600);
    lodge.surroundings.display.store(false, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(code(socket.ask(Request::Resume).await), FailureCode::PresenceNeeded);
    window.ask(Request::Resume).await.expect("the person");
    assert_eq!(lodge.broker.pause_end(), None);
    assert!(!app.id.as_str().is_empty());
}

#[tokio::test]
async fn events_are_asked_for_a_page_at_a_time() {
    let (_lodge, mut window) = Lodge::furnished().await;
    let query = |before| Request::ActivityQuery { filter: ActivityFilter::default(), before, limit: 1 };
    let Ok(Answer::ActivityPage(first)) = window.ask(query(None)).await else { panic!("no page") };
    let next = first.next.expect("there is more");
    let Ok(Answer::ActivityPage(second)) = window.ask(query(Some(next))).await else { panic!("no page") };
    assert!(second.events.iter().all(|event| event.id < first.events[0].id));
}

#[tokio::test]
async fn ui_05_a_name_that_looks_like_anothers_is_marked() {
    let (lodge, _window) = Lodge::furnished().await;
    let fake = Caller { file: "/tmp/m\u{430}iler".into(), file_hash: "22".into(), ..Caller::default() };
    lodge.broker.native_app(&fake).await.expect("known");
    let (_asked, prompt) = lodge.program_asks(Delivery::Gateway).await;
    let control::PromptBody::Access { looks_like, .. } = &prompt.body else { panic!("{prompt:?}") };
    assert_eq!(looks_like, &["m\u{430}iler"]);
}
