//! Notifications, on a bus of its own with a server of ours: what they tell, and that they decide nothing.

use control::{Answer, CallError, HealthState, Mend, Passphrase, Request, Timestamp};
use stories::{
    Allowing, Answered, Browser, Bus, Keylodge, Notifications, PATIENCE, Panel, Pkce, Program, Provider,
    Running, Setting, Switches, account_at, http, until,
};
use tokio::task::{JoinHandle, block_in_place};

const SCOPES: &[&str] = &["openid", "email", "offline_access"];

async fn with_account(bus: &Bus, provider: &Provider) -> Keylodge {
    let keylodge = Keylodge::with(Setting { environment: bus.environment(), ..Setting::default() });
    keylodge.add_provider(provider);
    let _ = keylodge.add_account(SCOPES).await;
    keylodge
}

fn asks(program: &Program) -> JoinHandle<Answered> {
    let program = program.clone();
    tokio::spawn(async move { program.authorize("openid email", &Pkce::fresh()).await })
}

/// Every action of every notification is chosen, those that there are and those that a forger would like there to be:
/// the question still waits, and nothing was allowed. It is withdrawn when the question is over.
#[tokio::test(flavor = "multi_thread")]
async fn ui_10_a_notification_tells_and_never_decides() {
    let (bus, provider) = (Bus::start(), Provider::start());
    let keylodge = with_account(&bus, &provider).await;
    let server = Notifications::on(&bus);
    let program = Program::register(&keylodge.issuer("house"), "Edi\u{202e}tor <b>&amp;</b>").await;
    let asking = asks(&program);
    let note = block_in_place(|| server.titled("A program asks for access"));
    assert!(note.body.starts_with("“Editor (b)+amp;(/b)”, as it calls itself."), "{}", note.body);
    assert!(!note.body.contains("email"), "no scope is told to whoever passes by");
    assert_eq!(note.actions, ["default", "Open"], "no button decides");

    for action in ["default", "Open", "allow", "approve", "yes", "deny", "", "default "] {
        server.choose(note.number, action);
        server.choose(note.number + 1, action);
    }
    block_in_place(|| {
        until("the click was heard", || keylodge.log().contains("a notification was clicked"));
    });
    assert_eq!(keylodge.questions().len(), 1, "it still waits");
    assert!(keylodge.consents().is_empty() && !asking.is_finished(), "nothing was allowed, nothing refused");

    keylodge.deny();
    let _ = asking.await.expect("an answer");
    block_in_place(|| until("it is withdrawn", || server.up().is_empty()));
}

/// A theft is told, once, until the person has looked. What waits at the locked door is told without names.
#[tokio::test(flavor = "multi_thread")]
async fn a_reused_token_and_a_locked_door_are_told() {
    let (bus, provider) = (Bus::start(), Provider::start());
    let keylodge = with_account(&bus, &provider).await;
    let account = keylodge.accounts().remove(0).id;
    let server = Notifications::on(&bus);
    let program = Program::register(&keylodge.issuer("house"), "Editor").await;
    let (pkce, asking) = (Pkce::fresh(), program.clone());
    let challenge = pkce.clone();
    let asking = tokio::spawn(async move { asking.authorize("openid email", &challenge).await });
    block_in_place(|| keylodge.allow(Allowing::default()));
    let tokens = program.redeem(&asking.await.expect("an answer").code(), &pkce).await;
    let second = program.refresh(&tokens.text("refresh_token")).await;
    let _ = program.refresh(&second.text("refresh_token")).await;
    let _ = program.refresh(&tokens.text("refresh_token")).await;
    let note = block_in_place(|| server.titled("A used token came back"));
    assert!(note.body.contains("Editor"), "{}", note.body);
    server.close(note.number);

    keylodge.asked_by_anyone(Request::Lock).expect("locked");
    let command = keylodge.command(&["token", &account, "--scope", "email"], None);
    let mut waiting = Running::start(command, &keylodge.home().path().join("waiting.log"));
    let door = block_in_place(|| server.titled("1 program waits for you to unlock"));
    assert_eq!(door.body, "Open Keylodge to unlock.");
    assert!(matches!(keylodge.ask(Request::Unlock { passphrase: None }), Answer::Done));
    keylodge.deny();
    assert!(!waiting.end(PATIENCE).success());
    block_in_place(|| until("nothing is up", || server.up().is_empty()));
    let told = server.all().into_iter().filter(|it| it.title == note.title).count();
    assert_eq!(told, 1, "and not again after it was closed");
}

/// A sign-in that the provider has ended is told with the account's name, and no longer once it is mended.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_ran_out_is_told_until_it_is_mended() {
    let (bus, provider) = (Bus::start(), Provider::with(&Switches::short_lived()));
    let keylodge = with_account(&bus, &provider).await;
    let (server, account) = (Notifications::on(&bus), keylodge.accounts().remove(0));
    let token = keylodge.token_for_a_program().await;
    block_in_place(Switches::until_run_out);
    provider.refuse("refresh_token", "invalid_grant");
    let call = http().get(format!("{}/me", account.gateway_url)).bearer_auth(token);
    assert_eq!(Answered::to(call).await.text("error"), "login_required");
    let note = block_in_place(|| server.titled("1 account must be signed in again"));
    assert_eq!(note.body, format!("Until then, programs that use it get nothing: {}.", account.label));
    provider.behave();
    let again = Request::AccountReauth { account: account.id, scopes: Vec::new(), separate: false };
    let _ = keylodge.sign_in(again, &mut Browser::of("ana")).await;
    block_in_place(|| until("it is withdrawn", || server.up().is_empty()));
}

/// A client secret that ends is told before anything fails. A new one is tried at the provider: the wrong one is not kept,
/// and with the right one there is nothing to tell any more.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_secret_that_ends_is_told_and_mended_by_a_new_one() {
    const SECRET: &str = "a secret of the client's, long enough";
    let switches = Switches { client_secret: Some(SECRET.to_owned()), ..Switches::default() };
    let (bus, provider) = (Bus::start(), Provider::with(&switches));
    let keylodge = Keylodge::with(Setting { environment: bus.environment(), ..Setting::default() });
    keylodge.add_provider(&provider);
    let mut source = account_at("house", SCOPES);
    source.client_id = Some("lodge-client".to_owned());
    source.client_secret = Some(Passphrase::new(SECRET.to_owned()));
    let _ = keylodge.sign_in(Request::AccountAdd(source), &mut Browser::of("ana")).await;
    let server = Notifications::on(&bus);
    let ended = Some(Timestamp(1_600_000_000));
    let know = Request::ProviderClient { provider: "house".into(), secret_ends: ended, testing: None };
    keylodge.asked_by_anyone(know).expect("what the person knows");
    let note = block_in_place(|| server.titled("1 account will need you soon"));
    assert_eq!(note.body, format!("Open Keylodge to see why: {}.", keylodge.accounts()[0].label));
    let health = keylodge.accounts().remove(0).health;
    assert_eq!((health.state, health.mend), (HealthState::Working, Some(Mend::EnterSecret)));

    let enter = |secret: &str| Request::ClientSecret {
        provider: "house".into(),
        client_secret: Passphrase::new(secret.to_owned()),
        secret_ends: None,
    };
    assert!(keylodge.asked_by_anyone(enter(SECRET)).is_err(), "it takes the person");
    let refused = keylodge.try_ask(enter("not the secret of this client at all"));
    assert!(
        matches!(&refused, Err(CallError::Refused(failure)) if failure.sentence.contains("does not take"))
    );
    let health = keylodge.accounts().remove(0).health;
    assert_eq!((health.state, health.mend), (HealthState::Working, Some(Mend::EnterSecret)), "as before");
    assert!(matches!(keylodge.ask(enter(SECRET)), Answer::Done));
    block_in_place(|| until("it is withdrawn", || server.up().is_empty()));
}

/// Switched off, nothing is told.
#[tokio::test(flavor = "multi_thread")]
async fn switched_off_nothing_is_told() {
    let (bus, provider) = (Bus::start(), Provider::start());
    let keylodge = with_account(&bus, &provider).await;
    let server = Notifications::on(&bus);
    let request = Request::SettingsSet { key: "desktop.notifications".to_owned(), value: "off".to_owned() };
    keylodge.asked_by_anyone(request).expect("a matter of taste takes no proof");
    let program = Program::register(&keylodge.issuer("house"), "Editor").await;
    let (asking, panel) = (asks(&program), Panel::on(&bus));
    // Where the sign in the tray has told it, a notification would have been there, too.
    block_in_place(|| until("a question", || panel.sign().text() == "1 question waits for you"));
    keylodge.deny();
    let _ = asking.await.expect("an answer");
    block_in_place(|| until("no question", || panel.sign().text() == "Unlocked"));
    let request = Request::SettingsSet { key: "desktop.notifications".to_owned(), value: "on".to_owned() };
    keylodge.asked_by_anyone(request).expect("a matter of taste takes no proof");
    let asking = asks(&program);
    let _ = block_in_place(|| server.titled("A program asks for access"));
    assert_eq!(server.all().len(), 1, "only after it was switched on again");
    keylodge.deny();
    let _ = asking.await.expect("an answer");
}
