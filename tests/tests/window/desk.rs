//! What a person sits at: a screen, Keylodge without a vault, and its window under a driver.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use control::{
    AccountSource, Answer, AppRegistration, ConsentEdit, ConsentView, Request, RouteWhen, VaultState,
};
use reqwest::StatusCode;
use stories::{
    Answered, Browser, Build, Display, Home, Keylodge, Keyring, PASSPHRASE, PATIENCE, Pkce, Program,
    Provider, Setting, WebDriver, account_at, project, until_some,
};
use tokio::task::JoinHandle;

/// A screen, Keylodge without a vault, and its window under a driver. The broker is the test build.
pub struct Desk {
    pub driver: WebDriver,
    pub keylodge: Keylodge,
    pub display: Display,
    /// Light or dark, as the system wants it.
    pub theme: &'static str,
    /// Pictures of the first run and of the sign-in are kept.
    shown: bool,
    opener: Home,
    pictures: PathBuf,
}

impl Desk {
    pub async fn laid() -> Self {
        Self::laid_in("light").await
    }

    /// The same where the system is light or dark.
    pub async fn laid_in(theme: &'static str) -> Self {
        Self::with(theme, Vec::new(), false).await
    }

    /// The same on a desktop with a keyring, as most have it; pictures of the way there are kept.
    pub async fn laid_for_pictures(theme: &'static str, keyring: &Keyring) -> Self {
        Self::with(theme, keyring.environment(), true).await
    }

    async fn with(theme: &'static str, more: Vec<(String, String)>, shown: bool) -> Self {
        let display = Display::start();
        let opener = Home::new();
        let environment = [display.environment(), browser(opener.path()), more].concat();
        let keylodge = Keylodge::with(Setting { build: Build::Window, passphrase: false, environment });
        let home = keylodge.home().directory("home").to_string_lossy().into_owned();
        let runtime = keylodge.runtime().to_string_lossy().into_owned();
        let own = [("KEYLODGE_RUNTIME_DIR".to_owned(), runtime), ("HOME".to_owned(), home)];
        let look = vec![("GTK_THEME".to_owned(), format!("Adwaita:{theme}"))];
        let environment = [display.environment(), own.to_vec(), look, letters(opener.path())].concat();
        let driver = WebDriver::start(&Build::Window.binary("keylodge-desktop"), &environment).await;
        Self { driver, keylodge, display, theme, shown, opener, pictures: pictures() }
    }

    /// The same with an account of ana's at the provider, and the main window on its pages.
    pub async fn furnished(provider: &Provider) -> Self {
        let desk = Self::laid().await;
        set_up(&desk).await;
        desk.keylodge.add_provider(provider);
        let _ = desk.keylodge.add_account(&["openid", "email", "offline_access"]).await;
        desk.driver.click("skip-all").await;
        desk.driver.find("nav-programs").await;
        desk
    }

    /// So many programs that are registered and ask, each so often at once.
    pub async fn crowd(&self, programs: usize, each: usize) -> Vec<JoinHandle<Answered>> {
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

    /// What a person has after a while: another account, a route, a note, and a local service of their own.
    pub async fn live_in(&self) {
        let source = account_at("the-house", &["openid", "email", "profile", "offline_access"]);
        let work = AccountSource { label: Some("Work".into()), ..source };
        let account = self.keylodge.sign_in(Request::AccountAdd(work), &mut Browser::of("mira")).await.id;
        let when = RouteWhen { directory: Some("/home/ana/mill".into()), ..RouteWhen::default() };
        let _ = self.keylodge.ask(Request::RouteAdd { account, when, note: "Work".into() });
        let consent = self.consent_of("Weekly digest").expect("a consent").id;
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

    /// What a program of this name may.
    pub fn consent_of(&self, name: &str) -> Option<ConsentView> {
        self.keylodge.consents().into_iter().find(|consent| consent.app_name == name)
    }

    /// Keeps a picture of the window, below the folder of a theme.
    pub async fn picture(&self, name: &str) {
        self.driver.picture(&self.place(name)).await;
    }

    /// The same on the way to the pages, if that is shown, in the system's theme.
    async fn picture_of_way(&self, name: &str) {
        if self.shown {
            self.picture(&format!("{}/{name}", self.theme)).await;
        }
    }

    /// The same of the whole screen.
    pub fn picture_of_screen(&self, name: &str) {
        self.display.picture(&self.place(name));
    }

    fn place(&self, name: &str) -> PathBuf {
        self.pictures.join(format!("{name}.png"))
    }

    /// The address that the system browser was opened with.
    pub fn opened(&self) -> String {
        let note = self.opener.path().join("opened");
        let noted = || fs::read_to_string(&note).ok().filter(|text| text.ends_with('\n'));
        until_some("the browser is opened", noted).trim().to_owned()
    }
}

pub fn asks_for_openid(program: &Program) -> JoinHandle<Answered> {
    let program = program.clone();
    tokio::spawn(async move { program.authorize("openid", &Pkce::fresh()).await })
}

/// The first run: a vault with a passphrase.
pub async fn set_up(desk: &Desk) {
    let driver = &desk.driver;
    driver.find("setup-passphrase").await;
    driver.find_by(&format!("html[data-theme='{}']", desk.theme)).await;
    desk.picture_of_way("first-run").await;
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
pub async fn sign_in(desk: &Desk, provider: &Provider) {
    let driver = &desk.driver;
    driver.click("first-provider").await;
    driver.find("provider-search").await;
    desk.picture_of_way("providers").await;
    driver.click("provider-issuer").await;
    driver.type_into("provider-name", "The House").await;
    driver.type_into("provider-issuer", &provider.issuer).await;
    driver.click("add-provider").await;
    driver.type_into("label", "Private").await;
    desk.picture_of_way("add-account").await;
    driver.click("sign-in").await;
    driver.find("sign-in-panel").await;
    desk.picture_of_way("sign-in").await;
    let arrived = Browser::of("ana").sign_in(&desk.opened()).await;
    assert_eq!(arrived.status, StatusCode::OK, "{}", arrived.page);
    driver.click("sign-in-done").await;
    driver.click("finish").await;
}

/// Allows what the prompt asks, but for one scope, and waits until it is gone.
pub async fn answer(driver: &WebDriver, but_for: Option<&str>) {
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

/// What a command prints that a person has typed into a shell.
pub struct Typed(PathBuf);

/// Runs curl in a shell of its own, as a person at a terminal does: the prompt names the two, and no test runner. It
/// ends with Keylodge, or by itself after a minute.
pub fn typed(desk: &Desk, name: &str, arguments: &[&str]) -> Typed {
    let output = desk.opener.path().join(name);
    let script = r#"out=$1; shift; curl --silent --max-time 60 "$@" > "$out.part"; mv "$out.part" "$out""#;
    let mut shell = Command::new("setsid");
    // Where it works is shown, too.
    shell.current_dir("/home").args(["--fork", "bash", "-c", script, "bash"]).arg(&output).args(arguments);
    assert!(shell.status().expect("a shell").success());
    Typed(output)
}

impl Typed {
    pub fn whole(&self) -> String {
        until_some("curl has its answer", || fs::read_to_string(&self.0).ok())
    }
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
