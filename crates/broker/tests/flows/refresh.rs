//! Refresh tokens of ours: rotation, the moments of grace after it, and the end of a family.

use std::sync::atomic::Ordering;

use broker::{
    App, Delivery, Error, HandOut, KeyThumbprint, Notice, Refresh, Secret, Tiding, consent::Duration,
};

use crate::{
    VERIFIER, code,
    fakes::{HOUR, House, scopes},
    gateway, redemption, refreshing, registered,
};

/// A program with its first tokens.
async fn refreshable(house: &House, what: &str, duration: Duration) -> (App, HandOut) {
    let app = registered(house).await;
    let code = code(house, &app, what, duration).await;
    let first = house.broker.redeem(&app, &redemption(&code, VERIFIER)).await.expect("redeemed");
    (app, first)
}

async fn refresh(house: &House, app: &App, token: &Secret<String>) -> Result<HandOut, Error> {
    house.broker.refresh_app(app, &refreshing(token)).await
}

fn token(hand_out: &HandOut) -> Secret<String> {
    hand_out.refresh_token.clone().expect("one came")
}

fn same(one: &HandOut, two: &HandOut) -> bool {
    token(one).expose() == token(two).expose() && one.token.expose() == two.token.expose()
}

fn is_refused(outcome: &Result<HandOut, Error>) -> bool {
    matches!(outcome, Err(Error::InvalidGrant(_)))
}

fn key(letter: char) -> KeyThumbprint {
    KeyThumbprint::parse(&letter.to_string().repeat(43)).expect("legal")
}

#[tokio::test]
async fn tk_04_oau_09_an_old_refresh_token_ends_the_family_and_the_person_is_told() {
    let house = House::with_account().await;
    let (app, first) = refreshable(&house, "read write", HOUR).await;
    let second = refresh(&house, &app, &token(&first)).await.expect("refreshed");
    assert_ne!(token(&first).expose(), token(&second).expose());
    let third = refresh(&house, &app, &token(&second)).await.expect("refreshed");
    assert!(is_refused(&refresh(&house, &app, &token(&first)).await), "its successor was used");
    assert!(is_refused(&refresh(&house, &app, &token(&third)).await), "the newest one ended, too");
    for issued in [&first, &second, &third] {
        assert!(gateway(&house, &issued.token, "GET", "/things").await.is_err());
    }
    let alarm = Tiding::TokenReused { app_name: app.name.clone() };
    assert!(alarm.is_alarm() && house.told().contains(&Notice::Tiding(alarm)));
    let sentences = house.vault.sentences();
    assert!(sentences.iter().any(|s| s.contains("old refresh token was used again")), "{sentences:?}");
}

#[tokio::test]
async fn oau_10_a_lost_answer_is_given_again_for_moments() {
    let house = House::with_account().await;
    let (app, first) = refreshable(&house, "read write", HOUR).await;
    let lost = refresh(&house, &app, &token(&first)).await.expect("refreshed");
    house.clock.turn(29);
    let again = refresh(&house, &app, &token(&first)).await.expect("within the grace");
    assert!(same(&lost, &again), "the same successor and the same access token");
    assert_eq!(house.vault.records().families.len(), 1);
    house.clock.turn(1);
    assert!(is_refused(&refresh(&house, &app, &token(&first)).await), "the grace is over");
    assert!(is_refused(&refresh(&house, &app, &token(&lost)).await), "and the family with it");
}

#[tokio::test]
async fn oau_10_two_processes_that_refresh_at_once_get_the_same() {
    let house = House::with_account().await;
    let (app, first) = refreshable(&house, "read write", HOUR).await;
    let old = token(&first);
    let all = futures_util::future::join_all((0..8).map(|_| refresh(&house, &app, &old))).await;
    let all: Vec<_> = all.into_iter().map(|outcome| outcome.expect("refreshed")).collect();
    assert!(all.iter().all(|one| token(one).expose() == token(&all[0]).expose()));
    refresh(&house, &app, &token(&all[7])).await.expect("and the successor is good");
}

#[tokio::test]
async fn oau_10_a_used_successor_closes_the_grace() {
    let house = House::with_account().await;
    let (app, first) = refreshable(&house, "read", HOUR).await;
    let second = refresh(&house, &app, &token(&first)).await.expect("refreshed");
    let third = refresh(&house, &app, &token(&second)).await.expect("refreshed");
    refresh(&house, &app, &token(&second)).await.expect("the one before is in its grace");
    assert!(is_refused(&refresh(&house, &app, &token(&first)).await), "the one before that is not");
    assert!(is_refused(&refresh(&house, &app, &token(&third)).await));
}

#[tokio::test]
async fn oau_10_the_grace_is_for_the_same_program_and_key() {
    let house = House::with_account().await;
    let (app, other) = (registered(&house).await, registered(&house).await);
    let code = code(&house, &app, "read", HOUR).await;
    let with_key = broker::Redemption { key: Some(key('k')), ..redemption(&code, VERIFIER) };
    let first = house.broker.redeem(&app, &with_key).await.expect("redeemed");
    let with = |key| Refresh { key, ..refreshing(&token(&first)) };
    let lost = house.broker.refresh_app(&app, &with(Some(key('k')))).await.expect("refreshed");
    assert!(is_refused(&house.broker.refresh_app(&other, &with(Some(key('k')))).await));
    for wrong in [None, Some(key('x'))] {
        assert!(is_refused(&house.broker.refresh_app(&app, &with(wrong)).await), "as_39");
    }
    let again = house.broker.refresh_app(&app, &with(Some(key('k')))).await.expect("a thief ended nothing");
    assert!(same(&lost, &again));
}

#[tokio::test]
async fn oau_10_nothing_in_clear_is_kept_of_the_successor() {
    let house = House::with_account().await;
    let (app, first) = refreshable(&house, "read", HOUR).await;
    let second = refresh(&house, &app, &token(&first)).await.expect("refreshed");
    let kept = format!("{:?}", house.vault.records());
    assert!(!kept.contains(token(&second).expose()) && !kept.contains(token(&first).expose()));
}

#[tokio::test]
async fn oau_10_what_could_not_be_made_durable_is_not_handed_out_later() {
    let house = House::with_account().await;
    let (app, first) = refreshable(&house, "read", HOUR).await;
    house.vault.fails.store(true, Ordering::SeqCst);
    assert!(refresh(&house, &app, &token(&first)).await.is_err());
    house.vault.fails.store(false, Ordering::SeqCst);
    let second = refresh(&house, &app, &token(&first)).await.expect("nothing was used up");
    refresh(&house, &app, &token(&second)).await.expect("and the chain goes on");
}

#[tokio::test]
async fn tk_05_tk_07_oau_14_a_refresh_narrows_for_once_and_never_widens() {
    let house = House::with_account().await;
    let (app, first) = refreshable(&house, "read write", HOUR).await;
    let other = registered(&house).await;
    assert!(is_refused(&refresh(&house, &other, &token(&first)).await));
    let narrowed = |what: &str| Refresh { scopes: Some(scopes(what)), ..refreshing(&token(&first)) };
    let wider = house.broker.refresh_app(&app, &narrowed("admin")).await;
    assert!(matches!(wider, Err(Error::InvalidScope(_))));
    let narrow = house.broker.refresh_app(&app, &narrowed("read admin")).await.expect("narrowed");
    assert_eq!(narrow.scopes, scopes("read"));
    let full = refresh(&house, &app, &token(&narrow)).await.expect("refreshed");
    assert_eq!(full.scopes, scopes("read write"));
}

#[tokio::test]
async fn tk_06_refresh_tokens_lapse() {
    let house = House::with_account().await;
    let (app, first) = refreshable(&house, "read", Duration::Always).await;
    house.clock.turn(31 * 24 * 3600);
    assert!(is_refused(&refresh(&house, &app, &token(&first)).await));
}

#[tokio::test]
async fn as_18_oau_10_a_revoked_family_has_no_grace() {
    let house = House::with_account().await;
    let (app, first) = refreshable(&house, "read", HOUR).await;
    refresh(&house, &app, &token(&first)).await.expect("refreshed");
    let consent = house.broker.consents().expect("open")[0].id.to_string();
    house.broker.revoke_consent(&consent, None, None).await.expect("revoked");
    assert!(is_refused(&refresh(&house, &app, &token(&first)).await));
    assert_eq!(first.delivery, Delivery::Gateway);
}
