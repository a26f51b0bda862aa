//! What files propose: shown with all places that it leads to, and accepted by the person alone.

use control::{PromptBody, ProviderFileState, ProviderSource, ProviderView};

use super::*;

const ENTRY: &str = r##"{"id": "own", "name": "Own", "mark": "O", "colour": "#123456", "group": "own",
    "client": {"own_id": true}, "api": [{"path": "/", "base": "https://api.own.example/"}],
    "endpoints": {"authorization": "https://login.own.example/authorize", "token": "https://own.example/token"}}"##;

fn offer(lodge: &Lodge, text: &str) {
    lodge.broker.set_offers(vec![
        ("bad.toml".to_owned(), Err("It is no plain file.".to_owned())),
        ("own.toml".to_owned(), Ok(text.to_owned())),
    ]);
}

async fn own(line: &mut Line) -> ProviderView {
    match line.ask(Request::ProviderShow { provider: "own".to_owned() }).await {
        Ok(Answer::Provider(provider)) => provider,
        other => panic!("{other:?}"),
    }
}

fn add_offered(shown: &str) -> Request {
    let Request::AccountAdd(source) = add_account("own") else { panic!("an account") };
    Request::AccountAdd(AccountSource { offered: Some(shown.to_owned()), ..source })
}

#[tokio::test]
async fn ups_10_the_person_sees_every_place_before_anything_goes_there() {
    let (lodge, mut window) = Lodge::furnished().await;
    offer(&lodge, ENTRY);
    let offered = own(&mut window).await.offer.expect("an offer");
    assert_eq!(
        (&*offered.sign_in, &*offered.secrets, &*offered.api),
        (
            &["login.own.example".to_owned()][..],
            &["own.example".to_owned()][..],
            &["api.own.example".to_owned()][..]
        )
    );
    assert_eq!(code(window.ask(add_account("own")).await), FailureCode::NotFound);
    let mut socket = lodge.socket();
    let asked = socket.send(add_offered(&offered.shown), None).await;
    let prompt = window.first_prompt().await;
    let PromptBody::Action { details, .. } = &prompt.body else { panic!("{prompt:?}") };
    let lines = details.join("\n");
    for line in
        ["own.toml", "You sign in at: login.own", "Tokens and secrets go to: own.", "Programs reach: api."]
    {
        assert!(lines.contains(line), "{line}: {lines}");
    }
    window.ask(allow(&prompt)).await.expect("allowed");
    assert!(matches!(socket.answer(asked).await, Ok(Answer::SignIn(_))));
    let accepted = own(&mut window).await;
    assert!(accepted.own && accepted.offer.is_none());
}

#[tokio::test]
async fn ups_10_a_socket_alone_accepts_nothing() {
    let (lodge, mut window) = Lodge::furnished().await;
    lodge.surroundings.display.store(false, std::sync::atomic::Ordering::Relaxed);
    offer(&lodge, ENTRY);
    let shown = own(&mut window).await.offer.expect("an offer").shown;
    let mut socket = lodge.socket();
    let source = ProviderSource::Offered { shown: shown.clone() };
    let accept = Request::ProviderAdd { id: "own".to_owned(), name: String::new(), source };
    assert_eq!(code(socket.ask(accept).await), FailureCode::PresenceNeeded);
    assert_eq!(code(socket.ask(add_offered(&shown)).await), FailureCode::PresenceNeeded);
    assert_eq!(code(window.ask(add_offered("another text")).await), FailureCode::InvalidRequest);
    assert!(own(&mut window).await.offer.is_some());
}

#[tokio::test]
async fn a_changed_file_says_what_is_new_and_what_it_costs() {
    let (lodge, mut window) = Lodge::furnished().await;
    offer(&lodge, ENTRY);
    let shown = own(&mut window).await.offer.expect("an offer").shown;
    let source = ProviderSource::Offered { shown };
    let accept = Request::ProviderAdd { id: "own".to_owned(), name: String::new(), source };
    window.ask(accept).await.expect("accepted");
    offer(&lodge, &ENTRY.replace("https://own.example", "https://new.example"));
    let offered = own(&mut window).await.offer.expect("an offer");
    assert!(offered.changed && offered.ends_sign_ins && offered.new == ["new.example"], "{offered:?}");
    let Ok(Answer::ProviderFiles { files, .. }) = window.ask(Request::ProviderReload).await else { panic!() };
    let states: Vec<_> = files.iter().map(|file| file.state).collect();
    assert_eq!(states, [ProviderFileState::Broken, ProviderFileState::Changed]);
    assert_eq!(files[0].problem.as_deref(), Some("It is no plain file."));
}
