//! The lock: the system's signals bring it, and nothing that it guards stays in memory.

use control::{Answer, Duration, Passphrase, Request, VaultState};
use stories::{
    Allowing, Browser, Bus, Canaries, Keylodge, Login, PASSPHRASE, Pkce, Program, Provider, Setting,
    Switches, account_at, http, in_memory_of, lock_the_screen, until,
};
use tokio::task::block_in_place;

const CLIENT_SECRET: &str = "client-secret-canary-5b7d09e1";

fn on(session: &Bus, system: &Bus) -> Setting {
    let mut environment = session.environment();
    environment.push(("DBUS_SYSTEM_BUS_ADDRESS".to_owned(), system.address.clone()));
    Setting { environment, ..Setting::default() }
}

fn is_open(keylodge: &Keylodge) -> bool {
    match keylodge.asked_by_anyone(Request::Status) {
        Ok(Answer::Status(status)) => status.vault == VaultState::Open,
        other => panic!("{other:?}"),
    }
}

fn unlock(keylodge: &Keylodge) {
    let _ = keylodge.ask(Request::Unlock { passphrase: None });
}

/// The person's own session is locked, and nobody else's; before sleep the system waits until it is done; the screen
/// locks, too; each only while its setting is on.
#[test]
fn the_systems_signals_lock_as_the_person_set_it() {
    let (session, system) = (Bus::start(), Bus::start());
    let login = Login::on(&system);
    let keylodge = Keylodge::with(on(&session, &system));
    login.held_back(1);

    login.lock("other");
    // Signals come one after the other: this one is answered when the one before it is done.
    login.sleep(false);
    login.held_back(2);
    assert!(is_open(&keylodge), "another person's session is none of ours");
    login.lock("mine");
    until("it locks with the session", || !is_open(&keylodge));

    unlock(&keylodge);
    login.sleep(true);
    login.let_go();
    assert!(!is_open(&keylodge), "it is locked before the computer may sleep");
    login.sleep(false);
    login.held_back(3);

    unlock(&keylodge);
    lock_the_screen(&session);
    until("it locks with the screen", || !is_open(&keylodge));

    unlock(&keylodge);
    for key in ["lock.on_sleep", "lock.with_screen"] {
        let _ = keylodge.ask(Request::SettingsSet { key: key.to_owned(), value: "off".to_owned() });
    }
    login.lock("mine");
    login.sleep(true);
    login.let_go();
    assert!(is_open(&keylodge), "as the person set it");
}

/// A whole life with every kind of secret in it; then the screen is locked. What was allowed until then has ended, and
/// no secret is left in the process's memory (LEK-07), while the same search finds them before.
#[tokio::test(flavor = "multi_thread")]
async fn lek_07_with_the_lock_secrets_leave_memory_and_consents_until_then_end() {
    let (session, system) = (Bus::start(), Bus::start());
    let switches = Switches { client_secret: Some(CLIENT_SECRET.to_owned()), ..Switches::default() };
    let (provider, keylodge) = (Provider::with(&switches), Keylodge::with(on(&session, &system)));
    keylodge.add_provider(&provider);
    let mut source = account_at("house", &["openid", "email", "offline_access", "photos:read"]);
    source.client_id = Some("lodge-client".to_owned());
    source.client_secret = Some(Passphrase::new(CLIENT_SECRET.to_owned()));
    let account = keylodge.sign_in(Request::AccountAdd(source), &mut Browser::of("ana")).await;

    let program = Program::register(&keylodge.issuer("house"), "Editor").await;
    let (pkce, asking) = (Pkce::fresh(), program.clone());
    let challenge = pkce.clone();
    let asking = tokio::spawn(async move { asking.authorize("openid email", &challenge).await });
    block_in_place(|| keylodge.allow(Allowing { duration: Duration::UntilLock, ..Allowing::default() }));
    let tokens = program.redeem(&asking.await.expect("an answer").code(), &pkce).await;
    let me = http().get(format!("{}/me", account.gateway_url)).bearer_auth(tokens.text("access_token"));
    assert!(me.send().await.expect("an answer").status().is_success());
    assert_eq!(keylodge.consents().len(), 1);

    let mut canaries = Canaries::default();
    canaries.add("the passphrase", PASSPHRASE);
    canaries.add("the client secret", CLIENT_SECRET);
    canaries.add("the program's access token", &tokens.text("access_token"));
    canaries.add("the program's refresh token", &tokens.text("refresh_token"));
    canaries.add("the program's verifier", &pkce.verifier);
    for exchange in provider.exchanges() {
        for name in ["access_token", "refresh_token", "id_token"] {
            if let Some(token) = exchange.got(name) {
                canaries.add(&format!("the provider's {name}"), token);
            }
        }
    }
    let open = match in_memory_of(keylodge.pid(), &canaries) {
        Ok(finds) => finds,
        Err(error) => {
            // Nobody but root sees into a process that may not be dumped: that is as it should be.
            assert!(!rustix::process::geteuid().is_root(), "{error}");
            return;
        }
    };
    assert!(
        open.iter().any(|find| find.what == "the provider's access_token"),
        "the search finds it: {open:?}"
    );

    block_in_place(|| {
        lock_the_screen(&session);
        until("it locks with the screen", || !is_open(&keylodge));
    });
    // Connections that close take a moment.
    block_in_place(|| {
        until("no secret is left in memory", || {
            in_memory_of(keylodge.pid(), &canaries).is_ok_and(|left| left.is_empty())
        });
    });
    let refused = program.refresh(&tokens.text("refresh_token")).await;
    assert!(!refused.status.is_success(), "{}", refused.body);
    unlock(&keylodge);
    assert!(keylodge.consents().is_empty(), "what was allowed until the lock has ended with it");
}
