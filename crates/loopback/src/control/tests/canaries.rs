//! No answer carries a token, a passphrase or a client secret.

use std::collections::BTreeSet;

use control::{
    ActivityFilter, AppRegistration, ConsentEdit, ExportFormat, ProviderSource, RouteWhen, Whereabouts,
};

use super::*;

/// What a conversation is about, so that each question finds something.
struct About {
    account: String,
    app: String,
    consent: String,
    lease: String,
    prompt: PromptView,
    sign_in: String,
}

/// Every look that can be taken.
fn looks(about: &About) -> Vec<Request> {
    let About { account, app, consent, prompt, sign_in, .. } = about;
    let everything = ActivityFilter::default;
    vec![
        Request::Status,
        Request::ProviderList,
        Request::ProviderShow { provider: "testland".into() },
        Request::ProviderReload,
        Request::SignInShow { sign_in: sign_in.clone(), wait: false },
        Request::AccountList,
        Request::AccountShow { account: account.clone() },
        Request::AppList,
        Request::AppShow { app: app.clone() },
        Request::RequestList,
        Request::RequestShow { request: prompt.id.clone() },
        Request::ConsentList,
        Request::ConsentShow { consent: consent.clone() },
        Request::LeaseList,
        Request::ActivityQuery { filter: everything(), before: None, limit: 500 },
        Request::ActivityCounts { filter: everything(), seconds: 3600 },
        Request::SettingsList,
        Request::PolicyShow,
        Request::Diagnostics,
        Request::RouteList,
        Request::RouteExplain { at: Whereabouts::default() },
        Request::AutostartShow,
    ]
}

/// Everything that can be done, the ends last.
fn acts(about: &About) -> Vec<Request> {
    let About { account, app, consent, lease, prompt, sign_in } = about;
    let secret = |text: &str| Passphrase::new(format!("canary-{text}"));
    let file = || "/nowhere/keylodge".to_owned();
    let (passphrase, new) = (|| Passphrase::new(PASSPHRASE.to_owned()), secret("new-passphrase"));
    vec![
        Request::Watch,
        // The vault of the fakes keeps no chain.
        Request::AuditVerify,
        Request::Setup { lock: LockChoice::Passphrase { passphrase: new.clone() } },
        Request::ProviderAdd {
            id: "other".into(),
            name: "Other".into(),
            source: ProviderSource::Offered { shown: String::new() },
        },
        Request::ProviderClient { provider: "testland".into(), secret_ends: None, testing: Some(true) },
        Request::ClientKey { provider: "testland".into() },
        Request::ClientSecret {
            provider: "testland".into(),
            client_secret: secret("client-secret"),
            secret_ends: None,
        },
        Request::SignInPaste { sign_in: sign_in.clone(), pasted: secret("pasted") },
        Request::AppRegister(AppRegistration { provider: "testland".into(), ..AppRegistration::default() }),
        Request::ConsentEdit { consent: consent.clone(), edit: ConsentEdit::default() },
        Request::ActivityExport {
            file: file(),
            format: ExportFormat::Json,
            filter: ActivityFilter::default(),
        },
        Request::SettingsSet { key: "desktop.theme".into(), value: "dark".into() },
        Request::SettingsReset { key: None },
        Request::RouteAdd { account: account.clone(), when: RouteWhen::default(), note: String::new() },
        Request::RouteRemove { route: "nobody".into() },
        Request::BackupCreate { file: file(), backup_passphrase: secret("backup") },
        Request::BackupRestore { file: file(), backup_passphrase: secret("backup") },
        Request::AutostartSet { on: false },
        Request::Pause { seconds: 60 },
        Request::Resume,
        Request::RequestLater { request: prompt.id.clone() },
        deny(prompt),
        add_account("testland"),
        Request::AccountReauth {
            account: account.clone(),
            scopes: vec!["mail.send".into()],
            separate: false,
        },
        Request::DemoStart,
        Request::DemoProgram,
        Request::Open { page: control::Page::Accounts },
        Request::PassphraseSet { new },
        Request::Lock,
        Request::Unlock { passphrase: Some(passphrase()) },
        Request::Unlock { passphrase: Some(secret("new-passphrase")) },
        Request::SignInCancel { sign_in: sign_in.clone() },
        Request::LeaseRevoke { lease: lease.clone() },
        Request::ConsentRevoke { consent: consent.clone(), scope: None },
        Request::AppRefuse { app: app.clone(), account: account.clone() },
        Request::AppRevoke { app: app.clone() },
        Request::AppRemove { app: app.clone() },
        Request::AccountEndSeparate { account: account.clone(), sign_in: sign_in.clone() },
        Request::AccountRemove { account: account.clone() },
        Request::ProviderRemove { provider: "testland".into() },
        Request::Panic,
    ]
}

/// The name of a request, as it goes over the line.
fn name(request: &Request) -> String {
    let line = serde_json::to_value(request).expect("written");
    line["ask"].as_str().expect("a name").to_owned()
}

/// The names of all requests that there are, as the window knows them.
fn names() -> BTreeSet<String> {
    let types = include_str!("../../../../../ui/src/backend/control.ts");
    let (_, union) = types.split_once("export type Request = ").expect("the requests");
    let (union, _) = union.split_once(";\n").expect("their end");
    let named = union.split("\"ask\": \"").skip(1);
    named.filter_map(|rest| rest.split_once('"')).map(|(name, _)| name.to_owned()).collect()
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
    let Ok(Answer::Leases(leases)) = window.ask(Request::LeaseList).await else { panic!("no leases") };
    lodge.clock.0.store(100, std::sync::atomic::Ordering::Relaxed);
    let mut asking = lodge.socket();
    asking.send(add_account("testland"), None).await;
    let prompt = window.first_prompt().await;
    let Ok(Answer::SignIn(begun)) = window.ask(add_account("nobody")).await else { panic!("no sign-in") };
    let lease = leases[0].id.clone();
    let about =
        About { account: consent.account, app, consent: consent.id, lease, prompt, sign_in: begun.sign_in };
    let (looks, acts) = (looks(&about), acts(&about));
    let asked: BTreeSet<String> = looks.iter().chain(&acts).map(name).collect();
    assert_eq!(asked, names(), "every request is in these lists");
    for request in looks {
        let told = window.ask(request.clone()).await;
        assert!(told.is_ok(), "{request:?}: {told:?}");
    }
    for request in acts {
        // Some are refused here, and what they are refused with tells nothing either.
        let _ = window.ask(request).await;
    }
    for line in &window.heard {
        assert!(!line.contains("canary"), "{line}");
    }
}
