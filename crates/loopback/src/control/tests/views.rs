//! How the rules' concepts look from outside.

use super::*;

#[tokio::test]
async fn a_provider_tells_what_to_enter_there() {
    let lodge = Lodge::new();
    let provider = Request::ProviderShow { provider: "testland".into() };
    let Ok(Answer::Provider(view)) = lodge.socket().ask(provider).await else { panic!("no provider") };
    assert_eq!(view.redirect_hint, "http://localhost:8123/callback/testland");
    assert_eq!(view.guide[0].text, "Enter http://localhost:8123/callback/testland there.");
    assert_eq!(view.guide[0].copy.as_deref(), Some(view.redirect_hint.as_str()));
    assert_eq!(view.loopback_issuer, "http://127.0.0.1:5395/testland");
    assert!(
        view.needs_client_id && view.needs_client_secret && view.gateway && !view.has_client && !view.own
    );
    assert_eq!(view.group, "Popular");
}

#[tokio::test]
async fn ui_09_a_scope_that_is_not_known_is_shown_raw() {
    let (lodge, _window) = Lodge::furnished().await;
    let (_asked, prompt) = lodge.program_asks(Delivery::Release).await;
    let control::PromptBody::Access { scopes, release_note, accounts, evidence, asked_before, .. } =
        prompt.body
    else {
        panic!("no access prompt")
    };
    let words: Vec<_> =
        scopes.iter().map(|asked| (asked.scope.words.as_str(), asked.scope.known, asked.new)).collect();
    assert_eq!(words, [("Read your mail", true, true), ("mail.send", false, true)]);
    assert_eq!(scopes[1].scope.access, control::ScopeAccess::Unknown);
    assert_eq!(scopes[1].scope.risk, control::Risk::Medium);
    assert!(release_note.starts_with("Testland's own token leaves Keylodge"), "{release_note}");
    assert!(
        release_note.contains("cannot end it: it runs out by itself within 60 minutes"),
        "{release_note}"
    );
    assert_eq!((accounts.len(), asked_before), (1, false));
    assert_eq!(evidence.expect("seen").hash, "0123456789abcdef");
}

#[tokio::test]
async fn ui_08_what_is_shown_keeps_its_hash() {
    let (lodge, mut window) = Lodge::furnished().await;
    let (_asked, prompt) = lodge.program_asks(Delivery::Gateway).await;
    lodge.clock.0.store(30, std::sync::atomic::Ordering::Relaxed);
    let Ok(Answer::Prompt(again)) = window.ask(Request::RequestShow { request: prompt.id.clone() }).await
    else {
        panic!("no prompt")
    };
    assert_eq!(again.shown, prompt.shown);
}

#[tokio::test]
async fn what_was_allowed_is_seen_and_withdrawn() {
    let (lodge, mut window) = Lodge::furnished().await;
    let (asked, prompt) = lodge.program_asks(Delivery::Gateway).await;
    window.ask(allow(&prompt)).await.expect("allowed");
    asked.await.expect("it ran").expect("handed out");
    let Ok(Answer::Apps(apps)) = window.ask(Request::AppList).await else { panic!("no programs") };
    assert_eq!((apps[0].name.as_str(), apps[0].registered, apps[0].consents.len()), ("mailer", false, 1));
    let consent = &apps[0].consents[0];
    assert_eq!(
        (consent.account_label.as_str(), consent.provider.as_str()),
        ("ada@testland.example", "testland")
    );
    let Ok(Answer::Leases(leases)) = window.ask(Request::LeaseList).await else { panic!("no leases") };
    assert_eq!((leases.len(), leases[0].app_name.as_str()), (1, "mailer"));
    let withdraw = Request::ConsentRevoke { consent: consent.id.clone(), scope: None };
    lodge.socket().ask(withdraw).await.expect("withdrawing takes nobody");
    let Ok(Answer::Leases(leases)) = window.ask(Request::LeaseList).await else { panic!("no leases") };
    assert!(leases.is_empty());
    let Ok(Answer::Status(status)) = window.ask(Request::Status).await else { panic!("no status") };
    assert_eq!((status.accounts, status.apps, status.leases, status.has_passphrase), (1, 1, 0, true));
    assert_eq!(status.socket, "/run/keylodge/api.sock");
    assert_eq!(status.language, "en");
    let german = Request::SettingsSet { key: "desktop.language".into(), value: "de".into() };
    window.ask(german).await.expect("set");
    window.ask(Request::Lock).await.expect("locked");
    let Ok(Answer::Status(status)) = window.ask(Request::Status).await else { panic!("no status") };
    assert_eq!(status.language, "de", "the lock screen is in the person's language, too");
}

#[tokio::test]
async fn an_own_provider_can_be_added_and_removed() {
    let (lodge, mut window) = Lodge::furnished().await;
    let source = control::ProviderSource::ByHand {
        authorization_endpoint: "https://sso.example/a".into(),
        token_endpoint: "https://sso.example/t".into(),
        revocation_endpoint: None,
        userinfo_endpoint: None,
        api: Some("https://api.example".into()),
        scopes: vec!["read:all".into()],
    };
    let add = Request::ProviderAdd { id: "work".into(), name: "Work".into(), source };
    let Ok(Answer::Provider(view)) = window.ask(add).await else { panic!("not added") };
    assert!(view.own && view.gateway && view.template.is_none());
    assert_eq!((view.scopes[0].scope.as_str(), view.scopes[0].known), ("read:all", false));
    lodge.socket().ask(Request::ProviderRemove { provider: "work".into() }).await.expect("removed");
    let gone = window.ask(Request::ProviderShow { provider: "work".into() }).await;
    assert_eq!(code(gone), FailureCode::NotFound);
}
