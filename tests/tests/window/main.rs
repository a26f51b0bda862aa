//! The real window: a person sets Keylodge up, signs in, answers a prompt and takes access back, by clicks alone.
//!
//! Pictures of the way are kept under `target/pictures`, or where `KEYLODGE_PICTURES` says (relative to the project).

mod desk;
mod safekeeping;
mod tour;

use std::time::{Duration, Instant};

use control::{HealthState, PromptBody, PromptView};
use stories::{Allowing, Browser, Canaries, Keyring, PASSPHRASE, PATIENCE, Pkce, Program, Provider};

use crate::desk::{Desk, answer, asks_for_openid, set_up, sign_in, typed};

/// What the page can see holds no secret (TAU-01), and a prompt that has just appeared takes no yes (UI-02).
#[tokio::test(flavor = "multi_thread")]
async fn ui_02_tau_01_the_prompt_waits_before_it_takes_a_yes_and_the_page_sees_no_secret() {
    let provider = Provider::start();
    let desk = Desk::furnished(&provider).await;
    let driver = &desk.driver;

    let program = Program::register(&desk.keylodge.issuer("house"), "Hasty").await;
    let asked = Instant::now();
    let asking = asks_for_openid(&program);
    driver.turn_to("prompt").await;
    println!("the prompt is there {} ms after the program asked", asked.elapsed().as_millis());
    let source = driver.source().await;
    for exchange in provider.exchanges() {
        for name in ["access_token", "refresh_token", "id_token"] {
            assert!(
                exchange.got(name).is_none_or(|secret| !source.contains(secret)),
                "{name} is in the page"
            );
        }
    }
    // Somebody hammers on the button from the first moment: no click counts before the prompt has stood still.
    while desk.keylodge.consents().is_empty() {
        assert!(asked.elapsed() < PATIENCE, "it never takes a yes");
        driver.click_at_once("prompt-allow").await;
    }
    println!("it took a yes {} ms after the program asked", asked.elapsed().as_millis());
    assert!(asked.elapsed() >= Duration::from_millis(500), "a yes after {:?}", asked.elapsed());
    assert!(!asking.await.expect("the program goes on").code().is_empty());
    driver.close().await;
}

/// "Try it" in the first run: the demo provider, an account there, the demo program, and what it did on the page.
#[tokio::test(flavor = "multi_thread")]
async fn the_demo_is_tried_in_the_window() {
    let desk = Desk::laid().await;
    set_up(&desk).await;
    let driver = &desk.driver;
    driver.click("try-demo").await;
    driver.find("sign-in-panel").await;
    demo::person::sign_in(&desk.opened()).await.expect("Ada signs in");
    driver.click("sign-in-done").await;
    driver.click("demo-program").await;
    // It asks for three scopes; then for a token for another place; then once more, for a code that is stolen.
    answer(driver, Some("photos.write")).await;
    answer(driver, None).await;
    answer(driver, None).await;
    driver.turn_to("demo-timeline").await;
    driver.find("demo-finished").await;
    desk.picture("light/demo").await;
    for step in 1..=7 {
        let shown = driver.find(&format!("demo-step-{step}")).await;
        assert_ne!(driver.attribute(&shown, "data-tone").await.as_deref(), Some("failed"), "step {step}");
    }
    let refused = driver.all("[data-tone='refused']").await.len();
    assert!(refused >= 6, "{refused} refusals");
    assert!(driver.all("[data-tone='failed']").await.is_empty());
    driver.close().await;
}

/// A hundred requests: one question a program, the window stays usable, and all are denied with one click. Then several
/// programs wait: one question at a time, put off, refused for good; panic refuses the rest (UI-01).
#[tokio::test(flavor = "multi_thread")]
async fn ui_01_a_hundred_requests_are_denied_at_once_and_a_queue_is_put_off_and_ended_by_panic() {
    let provider = Provider::start();
    let desk = Desk::furnished(&provider).await;
    let driver = &desk.driver;

    // A hundred requests of twenty programs.
    let crowd = desk.crowd(20, 5).await;
    driver.turn_to("prompt").await;
    desk.picture("light/queue").await;
    driver.turn_to("nav-programs").await;
    let clicked = Instant::now();
    driver.click("nav-activity").await;
    driver.find_by("[data-testid^='event-']").await;
    println!("a page opens in {} ms while a hundred requests wait", clicked.elapsed().as_millis());
    driver.turn_to("prompt").await;
    driver.click("prompt-deny-all").await;
    let denied = Instant::now();
    for answer in crowd {
        assert_eq!(
            answer.await.expect("an answer").redirected_with("error").as_deref(),
            Some("access_denied")
        );
    }
    println!("a hundred requests were denied in {} ms", denied.elapsed().as_millis());
    assert!(desk.keylodge.questions().is_empty() && desk.keylodge.consents().is_empty(), "nothing for good");

    let mut asking = Vec::new();
    for name in ["First", "Second", "Third"] {
        let program = Program::register(&desk.keylodge.issuer("house"), name).await;
        asking.extend((0..5).map(|_| asks_for_openid(&program)));
        let keylodge = &desk.keylodge;
        tokio::task::block_in_place(|| {
            stories::until(name, || keylodge.questions().iter().any(|question| asks(question, name)));
        });
    }
    assert_eq!(desk.keylodge.questions().len(), 3, "one question a program, however often it asks");
    driver.turn_to("prompt").await;
    driver.find_by("#who[title='First']").await;
    driver.click("prompt-later").await;
    driver.find_by("#who[title='Second']").await;
    driver.click("prompt-deny-always").await;
    driver.find_by("#who[title='Third']").await;
    let refused = desk.keylodge.consents().pop().expect("a standing refusal");
    assert!(!refused.allows && refused.app_name == "Second");

    driver.turn_to("nav-programs").await;
    driver.click("panic").await;
    driver.click("confirm").await;
    driver.find("unlock").await;
    desk.picture("light/locked").await;
    for answer in asking {
        let answered = answer.await.expect("an answer");
        assert!(answered.redirected_with("code").is_none(), "{answered:?}");
    }
    driver.close().await;
}

/// The lock takes the question away, and the unlock brings it back: the program that waited gets its answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_question_comes_back_after_the_unlock_and_can_be_answered() {
    let provider = Provider::start();
    let desk = Desk::furnished(&provider).await;
    let driver = &desk.driver;
    let program = Program::register(&desk.keylodge.issuer("house"), "Patient").await;
    let asking = asks_for_openid(&program);
    driver.turn_to("prompt").await;
    driver.turn_to("nav-programs").await;
    driver.click("lock").await;
    driver.find_by("[data-testid='unlock'] .tag").await;
    assert!(desk.keylodge.questions().is_empty(), "nothing of it is shown while locked");
    desk.picture("light/locked-waiting").await;
    driver.type_into("passphrase", PASSPHRASE).await;
    driver.click("unlock-submit").await;
    answer(driver, None).await;
    assert!(!asking.await.expect("the program goes on").code().is_empty());
    let shown = desk.keylodge.consents().pop().expect("a consent");
    assert!(shown.allows && shown.app_name == "Patient");
    driver.close().await;
}

fn asks(question: &PromptView, name: &str) -> bool {
    matches!(&question.body, PromptBody::Access { app_name, .. } if app_name == name)
}

/// Names made to deceive are text, short, and marked where they look like another program's.
#[tokio::test(flavor = "multi_thread")]
async fn ui_05_ui_06_ui_07_names_that_deceive_are_plain_text_in_the_window() {
    let provider = Provider::start();
    let desk = Desk::furnished(&provider).await;
    let issuer = desk.keylodge.issuer("house");
    let honest = Program::register(&issuer, "Paypal helper").await;
    let names = [
        "\u{202e}gpj.exe\u{200b}".to_owned(),
        "\u{1b}[31mred\u{1b}[0m".to_owned(),
        "<img src=x onerror=alert(1)>".to_owned(),
        "A".repeat(10_000),
        "P\u{430}yp\u{430}l helper".to_owned(),
    ];
    let driver = &desk.driver;
    let asking = asks_for_openid(&honest);
    desk.keylodge.allow(Allowing::default());
    assert!(!asking.await.expect("an answer").code().is_empty());
    for (n, name) in names.iter().enumerate() {
        let program = Program::register(&issuer, name).await;
        let url = program.authorize_url("openid", &Pkce::fresh());
        let asking = typed(&desk, &format!("hostile-{n}"), &["--dump-header", "-", url.as_str()]);
        driver.turn_to("prompt").await;
        let shown = driver.read("prompt-app").await;
        assert!(shown.chars().count() <= 80, "{shown}");
        let tricks = ['\u{202e}', '\u{200b}', '\u{1b}'];
        assert!(!driver.page().await.contains(tricks), "{name:?}");
        assert!(driver.all("[data-testid='prompt'] img").await.is_empty());
        if n == 4 {
            assert!(driver.read("prompt-warnings").await.contains("Paypal helper"));
        }
        desk.picture(&format!("light/hostile-{}", n + 1)).await;
        driver.click("prompt-deny").await;
        let answer = tokio::task::block_in_place(|| asking.whole());
        assert!(answer.contains("error=access_denied"), "{answer}");
    }
    driver.close().await;
}

/// Among the account's details: a second sign-in for less is made in the system browser, shown, and ended alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_sign_in_is_made_shown_and_ended_alone_in_the_window() {
    let provider = Provider::start();
    let desk = Desk::laid().await;
    set_up(&desk).await;
    desk.keylodge.add_entry(&provider, "narrowing = [\"separate_grant\"]", "");
    let _ = desk.keylodge.add_account(&["openid", "email", "offline_access"]).await;
    desk.driver.click("skip-all").await;
    let driver = &desk.driver;
    let account = desk.keylodge.accounts().remove(0).id;
    driver.click("nav-accounts").await;
    driver.click(&format!("account-toggle-{account}")).await;
    driver.click(&format!("separate-{account}")).await;
    driver.click("part-email").await;
    driver.ready("begin-separate").await;
    desk.picture("light/separate").await;
    driver.click("begin-separate").await;
    driver.find("sign-in-panel").await;
    let arrived = Browser::of("ana").sign_in(&desk.opened()).await;
    assert!(arrived.status.is_success(), "{}", arrived.page);
    driver.click("sign-in-done").await;

    let second = || desk.keylodge.accounts().remove(0).sign_ins.into_iter().find(|one| one.separate);
    let held = second().expect("it is kept beside the account's own");
    assert!(held.works && held.scopes.iter().any(|scope| scope.scope == "email"), "{held:?}");
    driver.find(&format!("sign-in-{}", held.id)).await;
    desk.picture("light/second-sign-in").await;
    driver.click(&format!("end-{}", held.id)).await;
    driver.click("confirm").await;
    let told = driver.read("removed").await;
    assert!(told.contains("The sign-in was revoked at The House, too."), "{told}");
    assert!(second().is_none());
    let left = desk.keylodge.accounts().remove(0);
    assert_eq!((left.health.state, left.sign_ins.len()), (HealthState::Working, 1));
    driver.close().await;
}

/// What the web view leaves on disk holds neither passphrase nor token (TAU-10, LEK-01).
#[tokio::test(flavor = "multi_thread")]
async fn tau_10_lek_01_the_web_view_keeps_no_secret_on_disk() {
    let (provider, keyring) = (Provider::start(), Keyring::open());
    let desk = Desk::laid_for_pictures("dark", &keyring).await;
    set_up(&desk).await;
    sign_in(&desk, &provider).await;
    let driver = &desk.driver;
    for page in ["programs", "activity", "settings", "accounts"] {
        driver.click(&format!("nav-{page}")).await;
    }
    let mut canaries = Canaries::default();
    canaries.add("the passphrase", PASSPHRASE);
    canaries.add_tokens(&provider);
    let profile = desk.keylodge.runtime().join("desktop-webview");
    assert!(profile.is_dir(), "the web view has its files there");
    assert!(canaries.below(&profile).is_empty(), "{:?}", canaries.below(&profile));
    driver.close().await;
}
