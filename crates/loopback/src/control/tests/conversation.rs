//! Lines, ids, events, and what happens when somebody does not keep to them.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::control::{accept_loop, listen};

#[tokio::test]
async fn a_line_that_is_no_request_is_told_and_the_conversation_goes_on() {
    let lodge = Lodge::new();
    let mut socket = lodge.socket();
    for (line, id) in
        [("", 0), ("nonsense \u{7}", 0), ("[1]", 0), (r#"{"id": 7, "request": {"ask": "fly"}}"#, 7)]
    {
        socket.write(line).await;
        let failure = socket.answer(id).await.expect_err("it is no request");
        assert_eq!(failure.code, FailureCode::InvalidRequest, "{line:?}");
        assert!(!failure.to_string().contains("fly"), "what was sent is not sent back");
    }
    assert!(matches!(socket.ask(Request::Status).await, Ok(Answer::Status(_))));
}

#[tokio::test]
async fn dos_02_a_line_that_is_too_long_ends_the_conversation() {
    let lodge = Lodge::new();
    let mut socket = lodge.socket();
    let long = vec![b' '; control::MAX_FRAME_BYTES + 1];
    let sent = socket.writer.write_all(&long).await;
    assert!(sent.is_err() || socket.hear().await.is_none());
}

#[tokio::test]
async fn a_request_that_waits_holds_up_no_other() {
    let (lodge, _window) = Lodge::furnished().await;
    let mut window = lodge.window();
    let Ok(Answer::SignIn(begun)) = window.ask(add_account("nobody")).await else { panic!("no sign-in") };
    let waiting = Request::SignInShow { sign_in: begun.sign_in.clone(), wait: true };
    let first = window.send(waiting.clone(), None).await;
    assert!(matches!(window.ask(Request::Status).await, Ok(Answer::Status(_))));
    for _ in 0..31 {
        window.send(waiting.clone(), None).await;
    }
    assert_eq!(code(window.ask(Request::Status).await), FailureCode::InvalidRequest, "the thirty-third");
    lodge.socket().ask(Request::SignInCancel { sign_in: begun.sign_in }).await.expect("cancelled");
    let ended = window.answer(first).await.expect("answered");
    assert!(matches!(ended, Answer::SignInState(SignInState::Failed { .. })), "{ended:?}");
}

#[tokio::test]
async fn the_window_gets_events_and_a_socket_gets_them_when_it_watches() {
    let lodge = Lodge::new();
    let (mut window, mut socket) = (lodge.window(), lodge.socket());
    socket.ask(Request::Status).await.expect("answered");
    window.ask(Request::Status).await.expect("answered");
    lodge.events.send(Event::Changed).expect("the window watches");
    window.event(|event| *event == Event::Changed).await;
    socket.ask(Request::Status).await.expect("answered");
    assert!(socket.events.is_empty(), "nobody asked for events here");
    socket.ask(Request::Watch).await.expect("watches");
    socket.ask(Request::Watch).await.expect("once is enough");
    lodge.events.send(Event::Stopping).expect("they watch");
    socket.event(|event| *event == Event::Stopping).await;
    socket.ask(Request::Status).await.expect("answered");
    assert!(socket.events.is_empty(), "each event comes once");
}

#[tokio::test]
async fn whoever_missed_events_is_told_to_look_again() {
    let lodge = Lodge::new();
    let mut window = lodge.window();
    window.ask(Request::Status).await.expect("answered");
    for waiting in 0..65 {
        let _ = lodge.events.send(Event::Prompts { waiting });
    }
    window.event(|event| *event == Event::Changed).await;
}

#[tokio::test]
async fn an_answer_on_its_way_is_still_given_to_whoever_says_no_more() {
    let (lodge, _window) = Lodge::furnished().await;
    let mut socket = lodge.socket();
    let id = socket.send(Request::AccountRemove { account: "ada@testland.example".into() }, None).await;
    socket.writer.shutdown().await.expect("it says no more");
    assert!(matches!(socket.answer(id).await, Ok(Answer::Removed { .. })));
    assert!(socket.hear().await.is_none());
}

#[tokio::test]
async fn loc_02_loc_13_the_command_line_finds_the_broker_at_its_socket() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("run/control.sock");
    let listener = listen(&path).expect("listens");
    let mode = std::fs::metadata(&path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    assert!(listen(&path).is_err(), "somebody answers there");
    let lodge = Lodge::new();
    let (broker, events) = (lodge.broker.clone(), lodge.events.clone());
    let accepting = tokio::spawn(accept_loop(listener, move |peer| Session {
        broker: broker.clone(),
        house: Arc::new(FakeHouse(broker.clone(), Written::default())),
        way: Way::Socket(peer),
        events: events.clone(),
    }));
    let asked = tokio::task::spawn_blocking(move || {
        let mut client = control::Client::connect(&path).expect("connected");
        client.call(Request::Status, None)
    });
    assert!(matches!(asked.await.expect("it ran"), Ok(Answer::Status(status)) if status.version == "1.2.3"));
    accepting.abort();
}

#[tokio::test(start_paused = true)]
async fn dos_03_who_connects_and_stays_silent_gives_its_place_away() {
    let lodge = Lodge::new();
    let (mut silent, mut busy) = (lodge.socket(), lodge.socket());
    busy.ask(Request::Status).await.expect("answered");
    tokio::time::sleep(std::time::Duration::from_secs(301)).await;
    assert!(silent.served.is_finished());
    assert!(silent.hear().await.is_none());
    assert!(busy.ask(Request::Status).await.is_ok(), "who has asked once may stay");
}
