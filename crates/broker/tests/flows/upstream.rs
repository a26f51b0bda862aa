//! The provider's own tokens: kept across a restart, renewed once and in time, and what a failure costs.

use std::sync::{Arc, atomic::Ordering};

use broker::{
    Delivery, Error, GatewayRefusal, HandOut, Health, Mend, Notice, Presence, Secret, SecretOf, SignInState,
    SignInWish, Tiding, UpstreamError, consent::Duration, provider::SignInWay,
};

use crate::{
    asked,
    fakes::{FakeUpstream, House, program, scopes},
    gateway, request, restarted, settle,
};

async fn leased(house: &House) -> HandOut {
    let wanted = request(house, &program("tool"), "read").await;
    asked(house, wanted, house.allow("read", Delivery::Gateway, Duration::Always)).await.expect("handed out")
}

async fn leased_again(house: &House) -> Secret<String> {
    let wanted = request(house, &program("tool"), "read").await;
    house.broker.access(wanted).await.expect("the consent stands").token
}

/// The provider's token has run out, and a token of ours that rests on it lives.
async fn run_out() -> (House, Secret<String>) {
    let house = House::with_account().await;
    let _ = leased(&house).await;
    house.clock.turn(3600 - 100);
    let token = leased_again(&house).await;
    house.clock.turn(100);
    (house, token)
}

/// A refresh is under way whose answer nobody will see, for the broker is killed; the provider's last token lives.
async fn cut_off() -> (House, Secret<String>) {
    let house = House::with_account().await;
    let _ = leased(&house).await;
    house.clock.turn(3600 - 200);
    let token = leased_again(&house).await;
    house.clock.turn(150);
    house.upstream.hangs.store(true, Ordering::SeqCst);
    let asking = gateway(&house, &token, "GET", "/things");
    let unanswered = tokio::time::timeout(std::time::Duration::from_millis(20), asking).await;
    assert!(unanswered.is_err(), "the provider does not answer before the kill");
    (house, token)
}

fn refreshes(upstream: &FakeUpstream) -> usize {
    upstream.seen_tokens.lock().expect("lock").len()
}

fn fail(house: &House, error: Option<UpstreamError>) {
    *house.upstream.fails_with.lock().expect("lock") = error;
}

fn refused(code: &str, detail: &str) -> UpstreamError {
    UpstreamError::Refused { provider: "Acme".into(), code: code.into(), detail: detail.into() }
}

fn away(retry_after: Option<u32>) -> UpstreamError {
    UpstreamError::Away { provider: "Acme".into(), detail: "503".into(), retry_after }
}

#[tokio::test]
async fn sto_06_a_restart_needs_no_refresh_while_the_access_token_lives() {
    let house = House::with_account().await;
    let token = leased(&house).await.token;
    let next = restarted(&house, &house.upstream).await;
    gateway(&next, &token, "GET", "/things").await.expect("served with the kept token");
    assert_eq!(refreshes(&house.upstream), 0);
    let grant = house.vault.records().grants[0].id.clone();
    assert_eq!(house.vault.secret_now(&SecretOf::Access(grant)).as_deref(), Some("upstream-0"));
}

/// What was withdrawn since would stand again: nothing that was allowed does, from the first moment on.
#[tokio::test]
async fn sto_02_nothing_that_was_allowed_stands_in_an_older_copy() {
    let house = House::with_account().await;
    let token = leased(&house).await.token;
    house.broker.lock().await.expect("locked");
    house.vault.older.store(true, Ordering::SeqCst);
    let next = restarted(&house, &house.upstream).await;
    assert!(
        next.broker.consents().expect("open").is_empty() && next.broker.leases().expect("open").is_empty()
    );
    assert!(gateway(&next, &token, "GET", "/things").await.is_err());
    assert!(next.told().contains(&Notice::Tiding(Tiding::OldCopy)), "the person is told");
    assert!(house.vault.sentences().iter().any(|sentence| sentence.contains("older copy")));
    assert!(next.broker.account("work").is_ok(), "the account is still there");
    assert_eq!(refreshes(&house.upstream), 0, "no old refresh token is tried");
}

#[tokio::test]
async fn sto_06_a_refresh_that_was_cut_off_is_tried_again_at_once_with_the_kept_token() {
    let (house, token) = cut_off().await;
    let provider = Arc::new(FakeUpstream::default());
    let next = restarted(&house, &provider).await;
    assert_eq!(
        provider.seen_tokens.lock().expect("lock").as_slice(),
        ["refresh-0"],
        "within its grace, unasked"
    );
    gateway(&next, &token, "GET", "/things").await.expect("nothing is lost");
    assert_eq!(refreshes(&provider), 1);
    let grant = &house.vault.records().grants[0];
    assert_eq!(grant.upkeep.in_doubt_since, None);
}

#[tokio::test]
async fn sto_06_oau_10_where_the_kept_token_is_refused_the_last_access_token_still_serves_and_then_it_is_said()
 {
    let (house, token) = cut_off().await;
    let strict = Arc::new(FakeUpstream::default());
    *strict.fails_with.lock().expect("lock") = Some(refused("invalid_grant", "spent"));
    let next = restarted(&house, &strict).await;
    gateway(&next, &token, "GET", "/things").await.expect("its access token lives on");
    next.clock.turn(60);
    let refused = gateway(&next, &token, "GET", "/things").await;
    assert!(
        matches!(&refused, Err(GatewayRefusal::Failed(Error::ReauthRequired { why, .. })) if why.contains("cut off")),
        "{refused:?}"
    );
    assert_eq!(refreshes(&strict), 1, "a token that was refused for good is not sent again");
    assert!(
        matches!(next.broker.account("work").expect("there").health, Health::NeedsSignIn { why, said: Some(said), .. } if why.contains("cut off") && said.message == "cause.cut_off")
    );
}

#[tokio::test]
async fn a_provider_that_is_away_does_not_cost_a_token_that_lives() {
    let house = House::with_account().await;
    let _ = leased(&house).await;
    house.clock.turn(3600 - 50);
    fail(&house, Some(away(None)));
    let token = leased_again(&house).await;
    gateway(&house, &token, "GET", "/things").await.expect("served");
    assert_eq!(refreshes(&house.upstream), 1, "it was tried");
    gateway(&house, &token, "GET", "/things").await.expect("served");
    assert_eq!(refreshes(&house.upstream), 1, "and not again at once");
}

#[tokio::test]
async fn dos_04_a_provider_that_fails_is_asked_less_and_less_often() {
    let (house, token) = run_out().await;
    fail(&house, Some(away(None)));
    let mut tried = Vec::new();
    for second in 0..120 {
        let refused = gateway(&house, &token, "GET", "/things").await.expect_err("away");
        assert!(matches!(refused, GatewayRefusal::Failed(Error::Provider(UpstreamError::Away { .. }))));
        if refreshes(&house.upstream) > tried.len() {
            tried.push(second);
        }
        house.clock.turn(1);
    }
    assert!((5..=8).contains(&tried.len()), "doubling pauses: {tried:?}");
    assert!(tried.windows(3).all(|t| t[2] - t[1] >= t[1] - t[0]), "{tried:?}");
}

#[tokio::test]
async fn dos_04_retry_after_is_honoured_and_told() {
    let (house, token) = run_out().await;
    fail(&house, Some(away(Some(90))));
    let _ = gateway(&house, &token, "GET", "/things").await;
    fail(&house, None);
    house.clock.turn(89);
    let refused = gateway(&house, &token, "GET", "/things").await;
    assert!(
        matches!(
            &refused,
            Err(GatewayRefusal::Failed(Error::Provider(UpstreamError::Away {
                retry_after: Some(1..=24),
                ..
            })))
        ),
        "{refused:?}"
    );
    assert_eq!(refreshes(&house.upstream), 1);
    house.clock.turn(24);
    gateway(&house, &token, "GET", "/things").await.expect("asked again");
    assert_eq!(house.broker.account("work").expect("there").health, Health::Working);
}

#[tokio::test]
async fn a_token_in_use_is_renewed_before_anyone_has_to_wait() {
    let house = House::with_account().await;
    let _ = leased(&house).await;
    house.clock.turn(3600 - 121);
    house.broker.tick().await;
    settle().await;
    assert_eq!(refreshes(&house.upstream), 0, "no lease rests on it any more");
    let token = leased_again(&house).await;
    house.clock.turn(61);
    house.broker.tick().await;
    settle().await;
    assert_eq!(refreshes(&house.upstream), 1, "renewed, with nobody waiting");
    gateway(&house, &token, "GET", "/things").await.expect("at hand");
    assert_eq!(refreshes(&house.upstream), 1);
}

#[tokio::test]
async fn after_a_weeks_sleep_nothing_is_refreshed_until_somebody_asks() {
    let house = House::with_account().await;
    let _ = leased(&house).await;
    house.clock.turn(7 * 24 * 3600);
    for _ in 0..10 {
        house.broker.tick().await;
        settle().await;
    }
    assert_eq!(refreshes(&house.upstream), 0);
}

#[tokio::test]
async fn uc_25_a_device_sign_in_shows_its_code_and_page_and_brings_the_account() {
    let house = House::with_account().await;
    let wish = SignInWish {
        provider: "acme".into(),
        label: Some("television".into()),
        client_id: None,
        client_secret: None,
        scopes: scopes("read"),
        open_browser: false,
        way: SignInWay::Device,
        key: None,
    };
    let begun = house.broker.begin_sign_in(wish, &Presence::of_native_window()).await.expect("begun");
    let code = begun.device.expect("a code to show");
    assert_eq!(code.user_code, "WDJB-MJHT");
    assert_eq!(begun.expires_at.since(house.broker.now()), 900, "shown as long as it is good");
    let end = house.broker.sign_in_end(begun.id.as_str()).await.expect("ends");
    let SignInState::Completed { account, .. } = end else { panic!("{end:?}") };
    assert_eq!(house.broker.account(account.as_str()).expect("there").account.way, SignInWay::Device);
}

#[tokio::test]
async fn what_is_only_the_clients_fault_is_said_and_mended_without_a_new_sign_in() {
    let (house, token) = run_out().await;
    let expired = "AADSTS7000222: The provided client secret keys are expired";
    fail(&house, Some(refused("invalid_client", expired)));
    assert!(gateway(&house, &token, "GET", "/things").await.is_err());
    let health = house.broker.account("work").expect("there").health;
    assert!(
        matches!(&health, Health::NeedsSignIn { mend: Mend::EnterSecret, why, .. } if why.contains("secret")),
        "{health:?}"
    );
    fail(&house, None);
    house.clock.turn(5);
    gateway(&house, &token, "GET", "/things").await.expect("the sign-in was never gone");
    assert_eq!(house.broker.account("work").expect("there").health, Health::Working);
}

#[tokio::test]
async fn a_new_client_secret_is_tried_and_a_wrong_one_leaves_everything_as_it_was() {
    let (house, _) = run_out().await;
    house.sign_in_with_secret("the old one").await;
    let presence = Presence::of_native_window();
    let ends = Some(house.broker.now().plus(90 * 24 * 3600));
    let kept = || {
        let client = house.vault.records().clients[0].clone();
        let secret = house.vault.secret_now(&SecretOf::Client(client.provider.clone()));
        (secret.unwrap_or_default(), client.known.secret_ends)
    };
    fail(&house, Some(refused("invalid_client", "AADSTS7000215: Invalid client secret provided")));
    let no = house.broker.replace_client_secret("acme", "a wrong one".into(), ends, &presence).await;
    assert!(matches!(no, Err(Error::InvalidRequest(_))), "{no:?}");
    assert_eq!(kept(), ("the old one".to_owned(), None));
    assert_eq!(
        house.broker.account("work").expect("there").health,
        Health::Working,
        "the old one was not tried"
    );
    fail(&house, None);
    house.broker.replace_client_secret("acme", "the new one".into(), ends, &presence).await.expect("taken");
    assert_eq!(kept(), ("the new one".to_owned(), ends));
    assert_eq!(house.upstream.client_secrets(), ["a wrong one", "the new one"], "each was tried");
    let told = house.vault.sentences();
    assert!(told.iter().any(|said| said.contains("did not take the new client secret")), "{told:?}");
    let none = house.broker.replace_client_secret("other", "it".into(), None, &presence).await;
    assert!(matches!(none, Err(Error::NotFound(_))), "{none:?}");
}

#[tokio::test]
async fn uc_23_a_removed_account_is_revoked_when_its_provider_is_back() {
    let house = House::with_account().await;
    fail(&house, Some(away(Some(3600))));
    let told = house.broker.remove_account("work").await.expect("removed");
    assert!(told.contains("goes on trying") && house.vault.records().accounts.is_empty(), "{told}");
    let waiting = house.vault.records().grants[0].clone();
    assert_eq!(house.vault.secret_now(&SecretOf::Grant(waiting.id.clone())).as_deref(), Some("refresh-0"));
    assert_eq!(house.vault.secret_now(&SecretOf::Access(waiting.id)), None, "nothing else is kept");
    let next = restarted(&house, &house.upstream).await;
    next.clock.turn(3599);
    next.broker.tick().await;
    settle().await;
    assert_eq!(house.vault.records().grants.len(), 1, "not before it said");
    fail(&house, None);
    next.clock.turn(2);
    next.broker.tick().await;
    settle().await;
    assert!(house.vault.records().grants.is_empty(), "revoked, and its token destroyed");
    assert!(house.vault.sentences().iter().any(|sentence| sentence.contains("revoked at Acme")));
}

#[tokio::test]
async fn uc_23_what_cannot_be_revoked_is_said_and_not_tried_for_ever() {
    let house = House::with_account().await;
    fail(&house, Some(refused("unsupported_token_type", "no")));
    let told = house.broker.remove_account("work").await.expect("removed");
    assert!(told.contains("may still stand") && told.contains("settings at Acme"), "{told}");
    assert!(house.vault.records().grants.is_empty());
}

#[tokio::test]
async fn oau_16_a_sign_in_that_comes_back_smaller_is_told_and_never_narrowed_again() {
    let (house, token) = run_out().await;
    *house.upstream.answers_scopes.lock().expect("lock") = Some(scopes("read"));
    let _ = gateway(&house, &token, "GET", "/things").await;
    let grant = house.vault.records().grants[0].clone();
    assert!(grant.upkeep.shrinks);
    assert_eq!(grant.scopes, scopes("read write admin"), "what was granted is not forgotten silently");
    let told: Vec<_> =
        house.vault.sentences().into_iter().filter(|s| s.contains("came back smaller")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
}

#[tokio::test]
async fn uc_19_uc_22_no_more_is_asked_of_the_provider_than_was_chosen_and_granted() {
    let house = House::with_account().await;
    house.sign_in_for("read").await;
    assert_eq!(
        house.vault.records().grants[0].scopes,
        scopes("read"),
        "the provider was asked for that alone"
    );
    let mut wider = request(&house, &program("tool"), "read write").await;
    wider.delivery = Delivery::Release;
    assert!(matches!(house.broker.access(wider).await, Err(Error::InvalidScope(_))));
    assert_eq!(refreshes(&house.upstream), 0, "the provider is not even asked");
}
