//! What leaves in a file, and comes back from one, by the window's own forms.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Instant};

use control::AccountView;
use reqwest::StatusCode;
use stories::{Allowing, Answered, Canaries, Home, PASSPHRASE, PATIENCE, Pkce, Program, Provider, http};

use crate::desk::{Desk, asks_for_openid, set_up};

/// What opens the file, and nothing else.
const OPENS: &str = "four words for the file";

/// Another computer, another vault: the accounts are back with what was allowed, and work. The file is the person's
/// alone, and tells nobody anything.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_the_window_brings_accounts_and_permissions_back_on_another_computer() {
    let (provider, stick) = (Provider::start(), Home::new());
    let file = stick.path().join("keylodge.backup");
    let (account, program) = leave_with(&provider, &file).await;

    let mut canaries = Canaries::default();
    canaries.add_tokens(&provider);
    canaries.add("the passphrase", PASSPHRASE);
    canaries.add("the passphrase of the file", OPENS);
    assert_eq!(canaries.below(stick.path()), []);

    let desk = Desk::laid_in("dark").await;
    set_up(&desk).await;
    restore(&desk, &file).await;
    let back = desk.keylodge.accounts().pop().expect("the account is back");
    assert_eq!((&back.id, &back.label), (&account.id, &account.label));
    assert_eq!(desk.keylodge.consents().len(), 1, "what was allowed is back");
    still_gets_in(&desk, &back, &program).await;
    desk.driver.close().await;
}

/// The first computer: an account, a program that may use it, and a backup of both. It is gone afterwards.
async fn leave_with(provider: &Provider, file: &Path) -> (AccountView, String) {
    let desk = Desk::furnished(provider).await;
    let program = Program::register(&desk.keylodge.issuer("house"), "Weekly digest").await;
    let asking = asks_for_openid(&program);
    desk.keylodge.allow(Allowing::default());
    assert!(!asking.await.expect("an answer").code().is_empty());

    let driver = &desk.driver;
    driver.click("nav-settings").await;
    driver.click("backup-open").await;
    driver.type_into("backup-file", &file.to_string_lossy()).await;
    driver.type_into("passphrase", OPENS).await;
    driver.type_into("passphrase-again", OPENS).await;
    driver.type_into("own-passphrase", PASSPHRASE).await;
    driver.click("backup-save").await;
    driver.find_by("body:not(:has(dialog[open]))").await;
    for_the_person_alone(file);
    driver.close().await;
    (desk.keylodge.accounts().pop().expect("an account"), program.client_id)
}

/// By the first run's own way, at first with the wrong passphrase.
async fn restore(desk: &Desk, file: &Path) {
    let driver = &desk.driver;
    driver.click("first-restore").await;
    driver.type_into("restore-file", &file.to_string_lossy()).await;
    driver.type_into("restore-passphrase", "four words for another").await;
    driver.click("restore-do").await;
    driver.find("failure").await;
    desk.picture("dark/first-restore").await;
    assert!(desk.keylodge.accounts().is_empty(), "nothing came of it");
    driver.type_into("restore-passphrase", OPENS).await;
    // After a wrong one the next has to wait a second.
    let end = Instant::now() + PATIENCE;
    while driver.all("[data-testid='nav-accounts']").await.is_empty() {
        assert!(Instant::now() < end, "the right passphrase opens it");
        driver.click_at_once("restore-do").await;
    }
}

/// The program asks at the new address with the client id it had, and gets in; the provider knows the account.
async fn still_gets_in(desk: &Desk, account: &AccountView, program: &str) {
    let program = Program::known(&desk.keylodge.issuer("house"), program);
    let pkce = Pkce::fresh();
    let asking = {
        let (program, pkce) = (program.clone(), pkce.clone());
        tokio::spawn(async move { program.authorize("openid", &pkce).await })
    };
    desk.keylodge.allow(Allowing::default());
    let code = asking.await.expect("an answer").code();
    let token = program.redeem(&code, &pkce).await.text("access_token");
    let me = Answered::to(http().get(format!("{}/me", account.gateway_url)).bearer_auth(token)).await;
    assert_eq!((me.status, me.text("sub")), (StatusCode::OK, "ana".to_owned()));
}

/// What happened goes into a file that holds no secret, in both forms.
#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_exported_from_the_window_without_a_secret() {
    let (provider, place) = (Provider::start(), Home::new());
    let desk = Desk::furnished(&provider).await;
    let driver = &desk.driver;
    for (format, begins) in [("csv", "number,at,kind"), ("json", "{\"id\":")] {
        let file = place.path().join(format!("activity.{format}"));
        driver.click("nav-activity").await;
        driver.click("export").await;
        driver.click_on(&format!("[data-testid='export-format'] option[value='{format}']")).await;
        driver.type_into("export-file", &file.to_string_lossy()).await;
        driver.click("export-save").await;
        driver.find_by("body:not(:has(dialog[open]))").await;
        for_the_person_alone(&file);
        let text = fs::read_to_string(&file).expect("text");
        assert!(text.trim_start().starts_with(begins), "{text}");
        assert!(text.contains("ana@example.test"), "{text}");
    }
    let mut canaries = Canaries::default();
    canaries.add_tokens(&provider);
    assert_eq!(canaries.below(place.path()), []);
    driver.close().await;
}

fn for_the_person_alone(file: &Path) {
    let mode = fs::metadata(file).expect("the file is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{}", file.display());
}
