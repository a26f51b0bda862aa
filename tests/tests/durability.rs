//! What was confirmed is there after a power cut, and a rotating refresh token is used once however many ask.

use std::{collections::BTreeSet, time::Duration};

use control::{AccountView, Answer, HealthState, Request, SignInState};
use reqwest::StatusCode;
use serde_json::json;
use stories::{
    Allowing, Answered, Browser, Keylodge, Pkce, Program, Provider, Switches, account_at, http, until,
    until_some,
};
use tokio::task::JoinSet;

const SCOPES: [&str; 3] = ["openid", "offline_access", "photos:read"];

async fn me(account: &AccountView, token: &str) -> Answered {
    Answered::to(http().get(format!("{}/me", account.gateway_url)).bearer_auth(token)).await
}

/// A token for the gateway, for a program that is allowed it for an hour.
async fn token(keylodge: &Keylodge) -> String {
    let token = keylodge.token_for_a_program().await;
    tokio::task::block_in_place(Switches::until_run_out);
    token
}

/// Sixty-four programs at once find the provider's token run out: one of them renews it, all of them get on.
#[tokio::test(flavor = "multi_thread")]
async fn uc_21_sixty_four_requests_cause_one_refresh() {
    let (provider, keylodge) = (Provider::with(&Switches::short_lived()), Keylodge::start());
    keylodge.add_provider(&provider);
    let account = keylodge.add_account(&SCOPES).await;
    let token = token(&keylodge).await;
    // Keylodge itself has asked once who signed in.
    let before = provider.api_requests().len();
    let mut requests = JoinSet::new();
    for _ in 0..64 {
        let (account, token) = (account.clone(), token.clone());
        requests.spawn(async move { me(&account, &token).await });
    }
    for answered in requests.join_all().await {
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
    }
    let refreshes = provider.token_requests("refresh_token");
    assert_eq!(refreshes.len(), 1, "one refresh for all");
    let new = format!("Bearer {}", refreshes[0].got("access_token").expect("a token"));
    let seen = provider.api_requests().split_off(before);
    assert_eq!(seen.len(), 64);
    assert!(seen.iter().all(|request| request.authorization == new), "RG-05: all with the new token");
}

/// The rotated refresh token is on disk before anybody sees the new access token (STO-06, UC-20).
#[tokio::test(flavor = "multi_thread")]
async fn uc_20_sto_06_a_rotated_refresh_token_survives_a_kill() {
    let switches = Switches { later_token_seconds: Some(1), ..Switches::short_lived() };
    let (provider, mut keylodge) = (Provider::with(&switches), Keylodge::start());
    keylodge.add_provider(&provider);
    let account = keylodge.add_account(&SCOPES).await;
    let token = token(&keylodge).await;
    let mut used = BTreeSet::new();
    for round in 1..=3 {
        assert_eq!(me(&account, &token).await.status, StatusCode::OK, "round {round}");
        keylodge.kill();
        tokio::task::block_in_place(Switches::until_run_out);
        keylodge.start_again();
        assert_eq!(keylodge.accounts()[0].health.state, HealthState::Working);
    }
    let refreshes = provider.token_requests("refresh_token");
    for refresh in &refreshes {
        assert_eq!(refresh.status, 200, "each is accepted: {refresh:?}");
        assert!(used.insert(refresh.sent["refresh_token"].to_string()), "none is used twice");
    }
    assert_eq!(refreshes.len(), 3, "each start needs one, for the access token had run out");
}

/// While the access token lives, a restart asks the provider nothing.
#[tokio::test(flavor = "multi_thread")]
async fn sto_06_a_restart_needs_no_refresh_while_the_access_token_lives() {
    let (provider, mut keylodge) = (Provider::with(&Switches::short_lived()), Keylodge::start());
    keylodge.add_provider(&provider);
    let account = keylodge.add_account(&SCOPES).await;
    let token = token(&keylodge).await;
    for round in 1..=3 {
        assert_eq!(me(&account, &token).await.status, StatusCode::OK, "round {round}");
        keylodge.kill();
        keylodge.start_again();
    }
    assert_eq!(provider.token_requests("refresh_token").len(), 1);
}

/// Ten times killed between the provider's rotation and its answer, with a provider that forgives that for a while:
/// ten times the sign-in stands, and the program gets on without anyone's help.
#[tokio::test(flavor = "multi_thread")]
async fn sto_06_killed_ten_times_after_the_rotation_nothing_is_lost_where_the_provider_has_a_grace() {
    let switches =
        Switches { later_token_seconds: Some(1), grace_seconds: Some(60), ..Switches::short_lived() };
    let (provider, mut keylodge) = (Provider::with(&switches), Keylodge::start());
    keylodge.add_provider(&provider);
    let account = keylodge.add_account(&SCOPES).await;
    let token = token(&keylodge).await;
    for round in 1..=10 {
        let before = provider.token_requests("refresh_token").len();
        provider.slow_down("refresh_token", 10_000);
        let (there, asked) = (account.clone(), token.clone());
        let asking = tokio::spawn(async move {
            let request = http().get(format!("{}/me", there.gateway_url)).bearer_auth(asked);
            request.send().await.is_ok_and(|answered| answered.status().is_success())
        });
        tokio::task::block_in_place(|| {
            until("the provider has rotated", || provider.token_requests("refresh_token").len() > before);
        });
        keylodge.kill();
        assert!(!asking.await.expect("it ends"), "round {round}: cut off");
        provider.behave();
        keylodge.start_again();
        let answered = me(&account, &token).await;
        assert_eq!(answered.status, StatusCode::OK, "round {round}: {}", answered.body);
        assert_eq!(keylodge.accounts()[0].health.state, HealthState::Working, "round {round}");
        tokio::task::block_in_place(Switches::until_run_out);
    }
}

/// Killed between the provider's rotation and its answer: nothing is lost but the sign-in, and that is said.
#[tokio::test(flavor = "multi_thread")]
async fn uc_20_sto_06_killed_while_a_refresh_is_under_way_the_account_stays_and_says_what_it_needs() {
    let (provider, mut keylodge) = (Provider::with(&Switches::short_lived()), Keylodge::start());
    keylodge.add_provider(&provider);
    let account = keylodge.add_account(&SCOPES).await;
    let token = token(&keylodge).await;
    let consents = keylodge.consents().len();
    provider.slow_down("refresh_token", 10_000);
    let (there, asked) = (account.clone(), token.clone());
    let asking = tokio::spawn(async move {
        let request = http().get(format!("{}/me", there.gateway_url)).bearer_auth(asked);
        request.send().await.is_ok_and(|answered| answered.status().is_success())
    });
    tokio::task::block_in_place(|| {
        until("the provider has rotated", || !provider.token_requests("refresh_token").is_empty());
    });
    keylodge.kill();
    assert!(!asking.await.expect("it ends"), "the request has ended with the broker");
    provider.behave();
    keylodge.start_again();
    assert_eq!(keylodge.accounts().len(), 1, "the account is there");
    assert_eq!(keylodge.consents().len(), consents, "and so is every consent");
    // The provider takes the old token for stolen: the person must sign in again, and is told so.
    let answered = me(&account, &token).await;
    assert!(!answered.status.is_success(), "{}", answered.body);
    let health = keylodge.accounts()[0].health.clone();
    assert_eq!(health.state, HealthState::NeedsSignIn, "{health:?}");
    assert!(!health.reason.is_empty());
    let again = Request::AccountReauth { account: account.id.clone(), scopes: Vec::new(), separate: false };
    let renewed = keylodge.sign_in(again, &mut Browser::of("ana")).await;
    assert_eq!((renewed.id, renewed.health.state), (account.id.clone(), HealthState::Working));
    assert_eq!(
        me(&account, &token).await.status,
        StatusCode::OK,
        "the program goes on with the token it has"
    );
}

/// Killed at one moment after another of a sign-in: an account is there exactly if it was confirmed, and the next
/// sign-in works.
#[tokio::test(flavor = "multi_thread")]
async fn killed_during_a_sign_in_nothing_confirmed_is_lost() {
    let (provider, mut keylodge) = (Provider::start(), Keylodge::start());
    keylodge.add_provider(&provider);
    // Before the browser comes back.
    let first = begun(&keylodge);
    let callback = Browser::of("ana").walk(&first, true).await;
    keylodge.start_again();
    assert!(keylodge.accounts().is_empty());
    let refused = http().get(callback).send().await;
    assert!(refused.is_err(), "UC-05: nobody waits for that any more");
    // While the code is exchanged.
    provider.slow_down("authorization_code", 10_000);
    let second = begun(&keylodge);
    let mut browser = Browser::of("ana");
    let coming_back = tokio::spawn(async move {
        let callback = browser.walk(&second, true).await;
        let _ = http().get(callback).send().await;
    });
    tokio::task::block_in_place(|| {
        until("the code is exchanged", || !provider.token_requests("authorization_code").is_empty());
    });
    keylodge.start_again();
    coming_back.await.expect("the browser goes on");
    provider.behave();
    assert!(keylodge.accounts().is_empty());
    // The very moment that it is confirmed.
    let account = keylodge.add_account(&SCOPES).await;
    keylodge.start_again();
    let there = keylodge.accounts();
    assert_eq!((there.len(), &there[0].id, there[0].health.state), (1, &account.id, HealthState::Working));
}

/// Killed at many moments while the person decides: a consent is there if it was confirmed, and never by half.
#[tokio::test(flavor = "multi_thread")]
async fn killed_while_the_person_decides_every_confirmed_consent_is_there() {
    let (provider, mut keylodge) = (Provider::start(), Keylodge::start());
    keylodge.add_provider(&provider);
    let account = keylodge.add_account(&SCOPES).await;
    let program = Program::register(&keylodge.issuer("house"), "One").await;
    let mut confirmed = 0;
    for moment in 0..6u64 {
        let asking = program.clone();
        let asking = tokio::spawn(async move {
            let url = asking.authorize_url("openid", &Pkce::fresh());
            http().get(url).send().await.map(|answered| answered.status())
        });
        let question = keylodge.question();
        let choice = stories::choice(&question, Allowing::default());
        let decision = Request::RequestDecide { request: question.id, shown: question.shown, choice };
        let mut control = keylodge.control();
        let passphrase = control::Passphrase::new(stories::PASSPHRASE.to_owned());
        let deciding = std::thread::spawn(move || control.call(decision, Some(passphrase)).is_ok());
        // From before the passphrase is checked to after the answer.
        tokio::time::sleep(Duration::from_millis(moment * moment * 20)).await;
        keylodge.kill();
        confirmed += usize::from(deciding.join().expect("an outcome"));
        let _ = asking.await;
        keylodge.start_again();
        let consents = keylodge.consents();
        assert!(consents.len() >= confirmed, "{confirmed} were confirmed, {} are there", consents.len());
        assert!(consents.iter().all(|c| c.account == account.id && c.scopes.len() == 1));
        assert!(keylodge.questions().is_empty(), "what waited has ended with the broker");
    }
    assert!(keylodge.accounts()[0].health.state == HealthState::Working);
}

/// Two brokers never open one vault (STO-07).
#[test]
fn sto_07_a_second_broker_on_the_same_vault_is_refused() {
    let keylodge = Keylodge::start();
    let data = keylodge.home().directory("data");
    let runtime = keylodge.home().directory("other-run");
    let arguments = ["serve", "--port", "0", "--data", data.to_str().expect("text")];
    let mut second = keylodge.command(&arguments, Some(stories::PASSPHRASE));
    second.env("KEYLODGE_RUNTIME_DIR", runtime);
    let mut second = stories::Running::start(second, &keylodge.home().path().join("second.log"));
    let status = second.end(stories::PATIENCE);
    assert!(!status.success(), "it must not run");
    assert!(second.log().contains("already") || second.log().contains("another"), "{}", second.log());
    assert!(
        matches!(keylodge.asked_by_anyone(Request::Status), Ok(Answer::Status(_))),
        "the first one goes on"
    );
}

/// The provider takes the sign-in back: the next request says so, and why.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_the_provider_ended_is_reported_with_its_reason() {
    let (provider, keylodge) = (Provider::with(&Switches::short_lived()), Keylodge::start());
    keylodge.add_provider(&provider);
    let account = keylodge.add_account(&SCOPES).await;
    let token = token(&keylodge).await;
    provider.refuse("refresh_token", "invalid_grant");
    let answered = me(&account, &token).await;
    assert!(!answered.status.is_success());
    assert_eq!(answered.text("error"), "login_required", "{}", answered.body);
    assert_eq!(keylodge.accounts()[0].health.state, HealthState::NeedsSignIn);
    let asked = json!({ "account": account.id, "scope": "openid" });
    let native = format!("{}/access", keylodge.url);
    let asking = tokio::spawn(async move { Answered::to(http().post(native).json(&asked)).await });
    let waiting = || (!keylodge.questions().is_empty() || asking.is_finished()).then_some(());
    tokio::task::block_in_place(|| until_some("a question or an answer", waiting));
    assert!(keylodge.asked_by_anyone(Request::Panic).is_ok());
    let _ = asking.await;
}

/// Begins a sign-in and gives the address that the browser opens.
fn begun(keylodge: &Keylodge) -> String {
    match keylodge.ask(Request::AccountAdd(account_at("house", &SCOPES))) {
        Answer::SignIn(started) => {
            let state = keylodge.ask(Request::SignInShow { sign_in: started.sign_in, wait: false });
            assert!(matches!(state, Answer::SignInState(SignInState::Pending)));
            started.authorize_url
        }
        other => panic!("{other:?}"),
    }
}
