//! The real window: a person sets Keylodge up, signs in, answers a prompt and takes access back, by clicks alone.
//!
//! Pictures of the way are kept under `target/pictures`, or where `KEYLODGE_PICTURES` says (relative to the project).

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use control::{Answer, AppRegistration, ConsentEdit, PromptBody, PromptView, Request, RouteWhen, VaultState};
use reqwest::StatusCode;
use serde_json::{Value, json};
use stories::{
    Allowing, Answered, Browser, Build, Canaries, Display, Home, Keylodge, PASSPHRASE, PATIENCE, Pkce,
    Program, Provider, REDIRECT_URI, Setting, WebDriver, http, project, until_some,
};
use tokio::task::JoinHandle;
use url::Url;

/// A screen, Keylodge without a vault, and its window under a driver. The broker is the test build.
struct Desk {
    driver: WebDriver,
    keylodge: Keylodge,
    display: Display,
    opener: Home,
    pictures: PathBuf,
}

impl Desk {
    async fn laid() -> Self {
        let display = Display::start();
        let opener = Home::new();
        let environment = [display.environment(), browser(opener.path())].concat();
        let keylodge = Keylodge::with(Setting { build: Build::Window, passphrase: false, environment });
        let home = keylodge.home().directory("home").to_string_lossy().into_owned();
        let runtime = keylodge.runtime().to_string_lossy().into_owned();
        let own = [("KEYLODGE_RUNTIME_DIR".to_owned(), runtime), ("HOME".to_owned(), home)];
        let environment = [display.environment(), own.to_vec(), letters(opener.path())].concat();
        let driver = WebDriver::start(&Build::Window.binary("keylodge-desktop"), &environment).await;
        Self { driver, keylodge, display, opener, pictures: pictures() }
    }

    /// The same with an account of ana's at the provider, and the main window on its pages.
    async fn furnished(provider: &Provider) -> Self {
        let desk = Self::laid().await;
        set_up(&desk).await;
        desk.keylodge.add_provider(provider);
        let _ = desk.keylodge.add_account(&["openid", "email", "offline_access"]).await;
        desk.driver.click("skip-all").await;
        desk.driver.find("nav-programs").await;
        desk
    }

    /// So many programs that are registered and ask, each so often at once.
    async fn crowd(&self, programs: usize, each: usize) -> Vec<JoinHandle<Answered>> {
        let mut asking = Vec::new();
        for n in 1..=programs {
            let program = Program::register(&self.keylodge.issuer("house"), &format!("Program {n}")).await;
            for _ in 0..each {
                asking.push(asks_for_openid(&program));
            }
        }
        tokio::task::block_in_place(|| {
            stories::until("all have asked", || self.keylodge.questions().len() == programs);
        });
        asking
    }

    /// What a person has after a while: a route, a note, and a local service of their own.
    fn live_in(&self) {
        let account = self.keylodge.accounts().pop().expect("an account").id;
        let when = RouteWhen { directory: Some("/home/ana/mill".into()), ..RouteWhen::default() };
        let _ = self.keylodge.ask(Request::RouteAdd { account, when, note: "Work".into() });
        let consent = self.keylodge.consents().pop().expect("a consent").id;
        let edit =
            ConsentEdit { note: Some("Reads my name for the digest.".into()), ..ConsentEdit::default() };
        let _ = self.keylodge.ask(Request::ConsentEdit { consent, edit });
        let _ = self.keylodge.ask(Request::AppRegister(AppRegistration {
            provider: "the-house".into(),
            name: "Shelf".into(),
            resources: vec!["http://127.0.0.1:9321/".into()],
            ..AppRegistration::default()
        }));
    }

    async fn picture(&self, name: &str) {
        self.driver.picture(&self.pictures.join(format!("{name}.png"))).await;
    }

    /// The address that the system browser was opened with.
    fn opened(&self) -> String {
        let note = self.opener.path().join("opened");
        let noted = || fs::read_to_string(&note).ok().filter(|text| text.ends_with('\n'));
        until_some("the browser is opened", noted).trim().to_owned()
    }
}

fn asks_for_openid(program: &Program) -> JoinHandle<Answered> {
    let program = program.clone();
    tokio::spawn(async move { program.authorize("openid", &Pkce::fresh()).await })
}

/// The letters of a Linux desktop, where they are installed: pictures show what a person would see.
fn letters(place: &Path) -> Vec<(String, String)> {
    let file = place.join("fonts.conf");
    let families = ["system-ui", "sans-serif"].map(|family| {
        format!("<alias binding='strong'><family>{family}</family><prefer><family>Cantarell</family></prefer></alias>")
    });
    let all = families.concat();
    let text = format!(
        "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig>{all}\
         <include ignore_missing='yes'>/etc/fonts/fonts.conf</include></fontconfig>"
    );
    fs::write(&file, text).expect("a font configuration");
    vec![("FONTCONFIG_FILE".to_owned(), file.to_string_lossy().into_owned())]
}

/// A system browser that only notes what it is to open: the person's browser is ours.
fn browser(place: &Path) -> Vec<(String, String)> {
    let opener = place.join("xdg-open");
    let note = place.join("opened");
    fs::write(&opener, format!("#!/bin/sh\nprintf '%s\\n' \"$1\" > {}\n", note.display())).expect("a script");
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).expect("a script that runs");
    vec![("PATH".to_owned(), format!("{}:/usr/local/bin:/usr/bin:/bin", place.display()))]
}

fn pictures() -> PathBuf {
    let place = std::env::var_os("KEYLODGE_PICTURES").map_or_else(|| "target/pictures".into(), PathBuf::from);
    let place = project().join(place);
    for theme in ["light", "dark"] {
        fs::create_dir_all(place.join(theme)).expect("a directory for pictures");
    }
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sets_up_signs_in_allows_two_of_three_and_takes_it_back_in_the_window() {
    let (provider, desk) = (Provider::start(), Desk::laid().await);
    set_up(&desk).await;
    sign_in(&desk, &provider).await;
    let account = desk.keylodge.accounts().pop().expect("the account is there");
    let program = register(&desk);
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

/// What a command prints that a person has typed into a shell.
struct Typed(PathBuf);

/// Runs curl in a shell of its own, as a person at a terminal does: the prompt names the two, and no test runner. It
/// ends with Keylodge, or by itself after a minute.
fn typed(desk: &Desk, name: &str, arguments: &[&str]) -> Typed {
    let output = desk.opener.path().join(name);
    let script = r#"out=$1; shift; curl --silent --max-time 60 "$@" > "$out.part"; mv "$out.part" "$out""#;
    let mut shell = Command::new("setsid");
    // Where it works is shown, too.
    shell.current_dir("/home").args(["--fork", "bash", "-c", script, "bash"]).arg(&output).args(arguments);
    assert!(shell.status().expect("a shell").success());
    Typed(output)
}

impl Typed {
    fn whole(&self) -> String {
        until_some("curl has its answer", || fs::read_to_string(&self.0).ok())
    }
}

fn register(desk: &Desk) -> Program {
    let issuer = desk.keylodge.issuer("the-house");
    let metadata = json!({ "client_name": "Weekly digest", "redirect_uris": [REDIRECT_URI] }).to_string();
    let (kind, address) = ("content-type: application/json", format!("{issuer}/register"));
    let answer = typed(desk, "register", &["--header", kind, "--data", &metadata, &address]).whole();
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    Program::known(&issuer, answer["client_id"].as_str().expect("a client id"))
}

/// The first run: a vault with a passphrase.
async fn set_up(desk: &Desk) {
    let driver = &desk.driver;
    driver.find("setup-passphrase").await;
    desk.picture("light/first-run").await;
    driver.click("setup-passphrase").await;
    driver.type_into("passphrase", PASSPHRASE).await;
    driver.type_into("passphrase-again", PASSPHRASE).await;
    driver.click("setup-continue").await;
    driver.find("first-provider").await;
    let Ok(Answer::Status(status)) = desk.keylodge.asked_by_anyone(Request::Status) else {
        panic!("no status")
    };
    assert_eq!((status.vault, status.has_passphrase), (VaultState::Open, true));
}

/// Adds the provider by its issuer, and an account there. The sign-in itself is in the system browser (UC-01).
async fn sign_in(desk: &Desk, provider: &Provider) {
    let driver = &desk.driver;
    driver.click("first-provider").await;
    driver.find("provider-search").await;
    desk.picture("light/providers").await;
    driver.click("provider-issuer").await;
    driver.type_into("provider-name", "The House").await;
    driver.type_into("provider-issuer", &provider.issuer).await;
    driver.click("add-provider").await;
    driver.type_into("label", "ana").await;
    desk.picture("light/add-account").await;
    driver.click("sign-in").await;
    driver.find("sign-in-panel").await;
    desk.picture("light/sign-in").await;
    let arrived = Browser::of("ana").sign_in(&desk.opened()).await;
    assert_eq!(arrived.status, StatusCode::OK, "{}", arrived.page);
    driver.click("sign-in-done").await;
    driver.click("finish").await;
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
    desk.display.picture(&desk.pictures.join("light/screen.png"));
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
    desk.live_in();
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

/// What closes a dialog: the one button of those that only show something, else the first.
const CLOSES: &str = "dialog[open] .actions .primary[type='button'], \
    dialog[open] .actions:not(:has(.primary[type='button'])) > button[type='button']:first-child";

/// The dialogs that a page opens, each under the name of its picture.
async fn every_dialog(desk: &Desk, theme: &str, page: &str) {
    let dialogs: &[(&str, &str)] = match page {
        "programs" => &[("register", "[data-testid='register']")],
        "activity" => &[
            ("event", ".item:nth-child(6) [data-testid^='open-event-']"),
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
    let consent = desk.keylodge.consents().pop().expect("a consent");
    driver.click(&format!("revoke-consent-{}", consent.id)).await;
    driver.click("confirm").await;
    let keylodge = &desk.keylodge;
    tokio::task::block_in_place(|| stories::until("the consent is gone", || keylodge.consents().is_empty()));
    driver.click("nav-activity").await;
    driver.find_by("[data-testid^='event-']").await;
}

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

/// Allows what the prompt asks, but for one scope, and waits until it is gone.
async fn answer(driver: &WebDriver, but_for: Option<&str>) {
    driver.turn_to("prompt").await;
    let prompt = driver.find("prompt").await;
    let id = driver.attribute(&prompt, "data-prompt").await;
    if let Some(scope) = but_for {
        driver.click(&format!("prompt-scope-{scope}")).await;
    }
    let end = Instant::now() + PATIENCE;
    loop {
        driver.click_at_once("prompt-allow").await;
        let now = driver.all("[data-testid='prompt']").await.into_iter().next();
        let shown = match &now {
            Some(prompt) => driver.attribute(prompt, "data-prompt").await,
            None => None,
        };
        if shown.is_none() || shown != id {
            return;
        }
        assert!(Instant::now() < end, "the prompt stays");
    }
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

/// What the web view leaves on disk holds neither passphrase nor token (TAU-10, LEK-01).
#[tokio::test(flavor = "multi_thread")]
async fn tau_10_lek_01_the_web_view_keeps_no_secret_on_disk() {
    let (provider, desk) = (Provider::start(), Desk::laid().await);
    set_up(&desk).await;
    sign_in(&desk, &provider).await;
    let driver = &desk.driver;
    for page in ["programs", "activity", "settings", "accounts"] {
        driver.click(&format!("nav-{page}")).await;
    }
    let mut canaries = Canaries::default();
    canaries.add("the passphrase", PASSPHRASE);
    for exchange in provider.exchanges() {
        for name in ["access_token", "refresh_token", "id_token"] {
            if let Some(secret) = exchange.got(name) {
                canaries.add(name, secret);
            }
        }
    }
    let profile = desk.keylodge.runtime().join("desktop-webview");
    assert!(profile.is_dir(), "the web view has its files there");
    assert!(canaries.below(&profile).is_empty(), "{:?}", canaries.below(&profile));
    driver.close().await;
}
