//! No answer carries a token, a passphrase or a client secret.

use super::*;

/// Everything that can be asked while an account, a program, a consent, two leases and a prompt are there.
fn everything(account: &str, app: &str, consent: &str, prompt: &str) -> Vec<Request> {
    vec![
        Request::Status,
        Request::ProviderList,
        Request::ProviderShow { provider: "testland".into() },
        Request::AccountList,
        Request::AccountShow { account: account.into() },
        Request::AppList,
        Request::AppShow { app: app.into() },
        Request::RequestList,
        Request::RequestShow { request: prompt.into() },
        Request::ConsentList,
        Request::ConsentShow { consent: consent.into() },
        Request::LeaseList,
        Request::ActivityList { before: None, limit: 500 },
        Request::AccountReauth { account: account.into(), scopes: vec!["mail.send".into()] },
        Request::DemoStart,
        Request::DemoProgram,
        Request::Open { page: control::Page::Accounts },
        Request::Unlock { passphrase: Some(Passphrase::new(PASSPHRASE.into())) },
        Request::Unlock { passphrase: Some(Passphrase::new("canary-wrong-passphrase".into())) },
        Request::AppRevoke { app: app.into() },
        Request::AccountRemove { account: account.into() },
        Request::Panic,
    ]
}

#[tokio::test]
async fn lek_01_no_answer_carries_a_secret() {
    let (lodge, mut window) = Lodge::furnished().await;
    let mut tokens = Vec::new();
    for delivery in [Delivery::Gateway, Delivery::Release] {
        let (asked, prompt) = lodge.program_asks(delivery).await;
        window.ask(allow(&prompt)).await.expect("allowed");
        tokens.push(asked.await.expect("it ran").expect("handed out").token);
    }
    // They are what a program gets, and only there.
    assert!(tokens.iter().all(|token| token.expose().starts_with("canary-")));
    let Ok(Answer::Apps(apps)) = window.ask(Request::AppList).await else { panic!("no programs") };
    let (app, consent) = (apps[0].id.clone(), apps[0].consents[0].clone());
    lodge.clock.0.store(100, std::sync::atomic::Ordering::Relaxed);
    let mut asking = lodge.socket();
    asking.send(add_account("testland"), None).await;
    let prompt = window.first_prompt().await;
    for request in everything(&consent.account, &app, &consent.id, &prompt.id) {
        let _ = window.ask(request).await;
    }
    assert!(window.heard.len() > 25);
    for line in &window.heard {
        assert!(!line.contains("canary"), "{line}");
    }
}
