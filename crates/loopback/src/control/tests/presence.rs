//! What widens access takes the person; what narrows it takes nobody.

use std::sync::atomic::Ordering;

use super::*;

#[tokio::test]
async fn tau_05_a_socket_can_allow_nothing() {
    let (lodge, _window) = Lodge::furnished().await;
    let (asked, prompt) = lodge.program_asks(Delivery::Gateway).await;
    let mut socket = lodge.socket();
    assert_eq!(code(socket.ask(allow(&prompt)).await), FailureCode::PresenceNeeded);
    assert_eq!(code(socket.ask_with("a guess", allow(&prompt)).await), FailureCode::WrongPassphrase);
    assert_eq!(socket.prompts().await.len(), 1, "it still waits for the person");
    assert!(!asked.is_finished());
    socket.ask_with(PASSPHRASE, allow(&prompt)).await.expect("the passphrase is the person");
    assert!(asked.await.expect("it ran").is_ok());
}

#[tokio::test]
async fn tau_05_a_socket_cannot_allow_what_it_asked_itself() {
    let (lodge, _window) = Lodge::furnished().await;
    let mut socket = lodge.socket();
    let asked = socket.send(add_account("testland"), None).await;
    socket.send(Request::Watch, None).await;
    let mut other = lodge.socket();
    let prompt = other.first_prompt().await;
    assert_eq!(code(other.ask(allow(&prompt)).await), FailureCode::PresenceNeeded);
    other.ask(deny(&prompt)).await.expect("denying takes nobody");
    assert_eq!(code(socket.answer(asked).await), FailureCode::Denied);
}

#[tokio::test]
async fn anybody_may_deny() {
    let (lodge, _window) = Lodge::furnished().await;
    let (asked, prompt) = lodge.program_asks(Delivery::Gateway).await;
    lodge.socket().ask(deny(&prompt)).await.expect("denied");
    assert!(asked.await.expect("it ran").is_err());
}

#[tokio::test]
async fn the_window_allows() {
    let (lodge, mut window) = Lodge::furnished().await;
    let (asked, prompt) = lodge.program_asks(Delivery::Gateway).await;
    window.ask(allow(&prompt)).await.expect("allowed");
    let hand_out = asked.await.expect("it ran").expect("handed out");
    assert_eq!(hand_out.delivery, Delivery::Gateway);
}

#[tokio::test]
async fn ui_08_an_answer_to_something_else_than_what_was_shown_is_refused() {
    let (lodge, mut window) = Lodge::furnished().await;
    let (asked, prompt) = lodge.program_asks(Delivery::Gateway).await;
    let mut other = prompt.clone();
    other.shown = prompt.shown.replace(|c: char| c.is_ascii_digit(), "0");
    assert_eq!(code(window.ask(allow(&other)).await), FailureCode::Stale);
    assert!(!asked.is_finished());
    window.ask(allow(&prompt)).await.expect("allowed");
    assert_eq!(code(window.ask(allow(&prompt)).await), FailureCode::Stale, "it was answered");
}

#[tokio::test]
async fn ui_08_more_than_was_asked_is_never_allowed() {
    let (lodge, mut window) = Lodge::furnished().await;
    let (_asked, prompt) = lodge.program_asks(Delivery::Gateway).await;
    let Request::RequestDecide { request, shown, choice: Choice::Allow { account, duration, .. } } =
        allow(&prompt)
    else {
        panic!("not an answer")
    };
    for (scopes, delivery) in [
        (vec!["admin".to_owned()], control::Delivery::Gateway),
        (vec!["mail.read".to_owned()], control::Delivery::Release),
    ] {
        let (account, only) = (account.clone(), Vec::new());
        let choice = Choice::Allow { account, scopes, delivery, duration, only, user_code: None };
        let wider = Request::RequestDecide { request: request.clone(), shown: shown.clone(), choice };
        assert_eq!(code(window.ask(wider).await), FailureCode::InvalidRequest);
    }
}

#[tokio::test]
async fn a_command_asks_in_the_window_and_names_what_it_wants() {
    let (lodge, mut window) = Lodge::furnished().await;
    let mut socket = lodge.socket();
    let asked = socket.send(add_account("testland"), None).await;
    let prompt = window.first_prompt().await;
    let control::PromptBody::Action { question, details, evidence, .. } = &prompt.body else {
        panic!("{prompt:?}")
    };
    assert_eq!(question, "Add an account at Testland?");
    assert_eq!(details[0], "Read your mail (mail.read)");
    assert!(evidence.as_ref().is_some_and(|seen| !seen.file.is_empty()), "who asks is shown");
    window.ask(allow(&prompt)).await.expect("allowed");
    assert!(matches!(socket.answer(asked).await, Ok(Answer::SignIn(_))));
}

#[tokio::test]
async fn a_program_registered_by_hand_takes_the_person_and_may_nothing() {
    let (lodge, mut window) = Lodge::furnished().await;
    lodge.surroundings.display.store(false, Ordering::Relaxed);
    let wish = control::AppRegistration {
        provider: "testland".into(),
        name: "Shelf \u{202e}server".into(),
        resources: vec!["http://127.0.0.1:9321/".into()],
        ..control::AppRegistration::default()
    };
    let register = Request::AppRegister(wish.clone());
    assert_eq!(code(lodge.socket().ask(register.clone()).await), FailureCode::PresenceNeeded);
    let Ok(Answer::App(app)) = window.ask(register).await else { panic!("not registered") };
    let registration = app.registration.expect("what was registered");
    assert_eq!(
        (app.name.as_str(), registration.by_hand, registration.confidential),
        ("Shelf server", true, false)
    );
    assert_eq!(registration.issuer, "http://127.0.0.1:5395/testland");
    assert!(registration.grants.is_empty(), "a resource server asks for nothing itself");
    assert!(app.consents.is_empty());
    for wrong in [
        control::AppRegistration { resources: vec!["https://elsewhere.example/".into()], ..wish.clone() },
        control::AppRegistration { resources: Vec::new(), ..wish.clone() },
        control::AppRegistration { redirect_uris: vec!["http://elsewhere.example/".into()], ..wish.clone() },
        control::AppRegistration { grants: vec!["password".into()], ..wish.clone() },
        control::AppRegistration { name: "\u{202e}".into(), ..wish.clone() },
    ] {
        let refused = window.ask(Request::AppRegister(wrong.clone())).await;
        assert_eq!(code(refused), FailureCode::InvalidRequest, "{wrong:?}");
    }
    let nowhere = control::AppRegistration { provider: "nowhere".into(), ..wish };
    assert_eq!(code(window.ask(Request::AppRegister(nowhere)).await), FailureCode::NotFound);
}

#[tokio::test]
async fn a_question_goes_with_the_command_that_asked_it() {
    let (lodge, mut window) = Lodge::furnished().await;
    let mut socket = lodge.socket();
    socket.send(Request::DemoStart, None).await;
    window.first_prompt().await;
    drop((socket.reader, socket.writer));
    socket.served.await.expect("the conversation has ended");
    lodge.broker.tick().await;
    assert!(window.prompts().await.is_empty());
}

#[tokio::test]
async fn without_a_display_it_takes_the_passphrase() {
    let (lodge, _window) = Lodge::furnished().await;
    lodge.surroundings.display.store(false, Ordering::Relaxed);
    let mut socket = lodge.socket();
    assert_eq!(code(socket.ask(add_account("testland")).await), FailureCode::PresenceNeeded);
    assert_eq!(code(socket.ask_with("a guess", add_account("testland")).await), FailureCode::WrongPassphrase);
    assert!(matches!(socket.ask_with(PASSPHRASE, add_account("testland")).await, Ok(Answer::SignIn(_))));
}

#[tokio::test]
async fn unlocking_over_the_socket_takes_the_passphrase() {
    let (lodge, _window) = Lodge::furnished().await;
    let mut socket = lodge.socket();
    socket.ask(Request::Lock).await.expect("locking takes nobody");
    assert_eq!(code(socket.ask(Request::AccountList).await), FailureCode::Locked);
    assert_eq!(code(socket.ask(add_account("testland")).await), FailureCode::Locked, "nobody is asked");
    assert_eq!(code(socket.ask(Request::Unlock { passphrase: None }).await), FailureCode::PresenceNeeded);
    let typed = |text: &str| Request::Unlock { passphrase: Some(Passphrase::new(text.to_owned())) };
    assert_eq!(code(socket.ask(typed("a guess")).await), FailureCode::WrongPassphrase);
    socket.ask(typed(PASSPHRASE)).await.expect("unlocked");
}

#[tokio::test]
async fn setting_up_is_for_a_vault_that_is_not_there() {
    let lodge = Lodge::new();
    let mut socket = lodge.socket();
    let by = |text: &str| Request::Setup {
        lock: LockChoice::Passphrase { passphrase: Passphrase::new(text.to_owned()) },
    };
    assert_eq!(code(socket.ask(Request::AccountList).await), FailureCode::SetupNeeded);
    assert_eq!(code(socket.ask(add_account("testland")).await), FailureCode::SetupNeeded);
    assert_eq!(code(socket.ask(by("short")).await), FailureCode::InvalidRequest);
    socket.ask(by(PASSPHRASE)).await.expect("set up");
    assert_eq!(code(socket.ask(by("another one")).await), FailureCode::InvalidRequest);
    assert_eq!(code(lodge.window().ask(by("another one")).await), FailureCode::InvalidRequest);
}
