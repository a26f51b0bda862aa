//! The whole way of a person, with a picture of every page.

use std::time::Instant;

use control::{Choice, Request};
use reqwest::StatusCode;
use serde_json::{Value, json};
use stories::{Allowing, Answered, Keyring, Pkce, Program, Provider, REDIRECT_URI, choice, http};
use url::Url;

use crate::desk::{Desk, set_up, sign_in, typed};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sets_up_signs_in_allows_two_of_three_and_takes_it_back_in_the_window() {
    let (provider, keyring) = (Provider::start(), Keyring::open());
    let desk = Desk::laid_for_pictures("light", &keyring).await;
    set_up(&desk).await;
    sign_in(&desk, &provider).await;
    let account = desk.keylodge.accounts().pop().expect("the account is there");
    let program = register(&desk, "Weekly digest");
    let tokens = allow_two_of_three(&desk, &program).await;

    let me = || http().get(format!("{}/me", account.gateway_url)).bearer_auth(tokens.text("access_token"));
    let answered = Answered::to(me()).await;
    assert_eq!((answered.status, answered.text("sub")), (StatusCode::OK, "ana".to_owned()));

    every_page(&desk, &program).await;
    take_back(&desk, &program).await;
    let taken = Instant::now();
    assert_eq!(Answered::to(me()).await.status, StatusCode::UNAUTHORIZED, "the program is refused");
    assert!(taken.elapsed().as_secs() < 1);
    assert_eq!(program.refresh(&tokens.text("refresh_token")).await.text("error"), "invalid_grant");
    desk.driver.close().await;
}

fn register(desk: &Desk, name: &str) -> Program {
    let issuer = desk.keylodge.issuer("the-house");
    let metadata = json!({ "client_name": name, "redirect_uris": [REDIRECT_URI] }).to_string();
    let (kind, address) = ("content-type: application/json", format!("{issuer}/register"));
    let answer =
        typed(desk, &format!("register {name}"), &["--header", kind, "--data", &metadata, &address]).whole();
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    Program::known(&issuer, answer["client_id"].as_str().expect("a client id"))
}

/// A program asks for three scopes; the person takes one box away and allows the rest.
async fn allow_two_of_three(desk: &Desk, program: &Program) -> Answered {
    let (driver, pkce) = (&desk.driver, Pkce::fresh());
    let url = program.authorize_url("openid profile email", &pkce);
    let answer = typed(desk, "authorize", &["--dump-header", "-", url.as_str()]);
    driver.turn_to("prompt").await;
    assert_eq!(driver.read("prompt-app").await, "Weekly digest");
    driver.ready("prompt-allow").await;
    desk.picture("light/first-prompt").await;
    driver.click("prompt-scope-profile").await;
    let boxed = driver.find("prompt-scope-profile").await;
    assert!(!driver.ticked(&boxed).await);
    desk.picture_of_screen("light/screen");
    driver.click("prompt-allow").await;
    let answered = tokio::task::block_in_place(|| answer.whole());
    let location = answered.lines().find_map(|line| line.strip_prefix("location: ")).expect("a redirect");
    let location = Url::parse(location.trim()).expect("an address");
    let code = location.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
    let tokens = program.redeem(&code, &pkce).await;
    let mut scopes: Vec<_> = tokens.text("scope").split(' ').map(str::to_owned).collect();
    scopes.sort();
    assert_eq!(scopes, ["email", "openid"], "two of the three");
    tokens
}

/// Pictures of every page, its dialogs and the prompt, in both themes.
async fn every_page(desk: &Desk, program: &Program) {
    let driver = &desk.driver;
    desk.live_in().await;
    for (name, scopes, label) in
        [("Mail notifier", "openid email", "Work"), ("Photo backup", "openid", "Private")]
    {
        lend(desk, name, scopes, label);
    }
    let _waits = typed(desk, "waits", &[program.authorize_url("openid profile", &Pkce::fresh()).as_str()]);
    for theme in ["light", "dark"] {
        let set = Request::SettingsSet { key: "desktop.theme".into(), value: theme.into() };
        desk.keylodge.asked_by_anyone(set).expect("a matter of taste");
        driver.turn_to("prompt").await;
        driver.find_by(&format!("html[data-theme='{theme}']")).await;
        driver.ready("prompt-allow").await;
        desk.picture(&format!("{theme}/prompt")).await;
        driver.turn_to("nav-programs").await;
        driver.find_by(&format!("html[data-theme='{theme}']")).await;
        for page in ["accounts", "programs", "matrix", "activity", "routes", "settings", "diagnostics"] {
            driver.click(&format!("nav-{page}")).await;
            driver.find_by(&format!("[data-testid='nav-{page}'][aria-current='page']")).await;
            driver.find_by("main:not(:has([aria-busy]))").await;
            desk.picture(&format!("{theme}/{page}")).await;
            every_dialog(desk, theme, page).await;
        }
        driver.click("nav-programs").await;
        driver.click(&format!("app-toggle-{}", program.client_id)).await;
        driver.find("back").await;
        desk.picture(&format!("{theme}/program")).await;
        driver.click("back").await;
        driver.click("panic").await;
        driver.find("confirm").await;
        desk.picture(&format!("{theme}/panic")).await;
        driver.click("confirm-cancel").await;
    }
    desk.keylodge.deny();
}

/// A program that was allowed all it asked for at this account.
fn lend(desk: &Desk, name: &str, scopes: &str, label: &str) {
    let program = register(desk, name);
    let url = program.authorize_url(scopes, &Pkce::fresh());
    let asking = typed(desk, &format!("asks {name}"), &["--dump-header", "-", url.as_str()]);
    let question = desk.keylodge.question();
    let mut choice = choice(&question, Allowing::default());
    let wanted = desk.keylodge.accounts().into_iter().find(|one| one.label == label).expect("the account");
    if let Choice::Allow { account, .. } = &mut choice {
        *account = wanted.id;
    }
    let _ = desk.keylodge.ask(Request::RequestDecide { request: question.id, shown: question.shown, choice });
    assert!(tokio::task::block_in_place(|| asking.whole()).contains("code="));
}

/// What closes a dialog: the one button of those that only show something, else the first.
const CLOSES: &str = "dialog[open] .actions .primary[type='button'], \
    dialog[open] .actions:not(:has(.primary[type='button'])) > button[type='button']:first-child";

/// The dialogs that a page opens, each under the name of its picture.
async fn every_dialog(desk: &Desk, theme: &str, page: &str) {
    let dialogs: &[(&str, &str)] = match page {
        "programs" => &[("register", "[data-testid='register']")],
        "activity" => &[
            ("event", "[data-kind='token.issued'] [data-testid^='open-event-']"),
            ("export", "[data-testid='export']"),
        ],
        "routes" => &[("add-route", "[data-testid='route-add']")],
        "settings" => &[
            ("passphrase", "[data-testid='passphrase-open']"),
            ("backup", "[data-testid='backup-open']"),
            ("restore", "[data-testid='restore-open']"),
        ],
        _ => &[],
    };
    for (name, opens) in dialogs {
        desk.driver.click_on(opens).await;
        desk.driver.find_by("dialog[open]").await;
        desk.picture(&format!("{theme}/{name}")).await;
        desk.driver.click_on(CLOSES).await;
        desk.driver.find_by("body:not(:has(dialog[open]))").await;
    }
}

/// Withdraws the consent on the page of programs.
async fn take_back(desk: &Desk, program: &Program) {
    let driver = &desk.driver;
    driver.turn_to("nav-programs").await;
    driver.click("nav-programs").await;
    driver.click(&format!("app-toggle-{}", program.client_id)).await;
    let consent = desk.consent_of("Weekly digest").expect("a consent");
    driver.click(&format!("revoke-consent-{}", consent.id)).await;
    driver.click("confirm").await;
    tokio::task::block_in_place(|| {
        stories::until("the consent is gone", || desk.consent_of("Weekly digest").is_none());
    });
    driver.click("nav-activity").await;
    driver.find_by("[data-testid^='event-']").await;
}
