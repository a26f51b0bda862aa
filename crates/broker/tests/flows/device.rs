//! The device flow (RFC 8628): codes, polls, guesses, and what is left of them.

use broker::{
    AccessRequest, App, Choice, Delivery, DeviceAuthorization, Error, HandOut, Presence, Secret,
    consent::Duration,
};

use crate::{
    fakes::{HOUR, House, program, scopes},
    gateway, refreshing, registered, request,
};

async fn device_request(house: &House, app: &App, what: &str) -> AccessRequest {
    AccessRequest { app: app.id.clone(), ..request(house, &program("editor"), what).await }
}

async fn begun(house: &House, app: &App, what: &str) -> DeviceAuthorization {
    house.broker.begin_device(device_request(house, app, what).await).await.expect("codes")
}

/// A yes with this code.
fn typed(house: &House, what: &str, code: &str) -> Choice {
    let Choice::Allow { account, scopes, delivery, duration, conditions, .. } =
        house.allow(what, Delivery::Gateway, HOUR)
    else {
        panic!("no allowance")
    };
    Choice::Allow { account, scopes, delivery, duration, conditions, user_code: Some(code.to_owned()) }
}

async fn decide(house: &House, choice: Choice) -> Result<(), Error> {
    let (prompt, presence) = (house.prompt().await, Presence::of_native_window());
    house.broker.decide(prompt.id.as_str(), &prompt.shown(), choice, Some(&presence)).await
}

async fn poll(house: &House, app: &App, code: &Secret<String>) -> Result<HandOut, Error> {
    // What was decided has reached the code.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    house.broker.redeem_device(app, code, None).await
}

#[tokio::test]
async fn as_29_a_program_polls_until_the_person_has_typed_its_code() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let device = begun(&house, &app, "read write").await;
    assert_eq!((device.expires_in, device.interval), (600, 5));
    let code = &device.device_code;
    assert_eq!(poll(&house, &app, code).await.expect_err("not yet"), Error::AuthorizationPending);
    assert_eq!(poll(&house, &app, code).await.expect_err("too fast"), Error::SlowDown { interval: 10 });
    house.clock.turn(9);
    assert_eq!(poll(&house, &app, code).await.expect_err("too fast"), Error::SlowDown { interval: 15 });
    house.clock.turn(15);
    assert_eq!(poll(&house, &app, code).await.expect_err("not yet"), Error::AuthorizationPending);
    decide(&house, typed(&house, "read", device.user_code.expose())).await.expect("allowed");
    let hand_out = poll(&house, &app, code).await.expect("a token");
    assert_eq!(hand_out.scopes, scopes("read"), "what the person left ticked");
    gateway(&house, &hand_out.token, "GET", "/things").await.expect("it works");
    let refresh = hand_out.refresh_token.expect("one came");
    house.broker.refresh_app(&app, &refreshing(&refresh)).await.expect("it renews");
}

#[tokio::test]
async fn as_30_a_device_code_is_bound_to_its_program_and_good_once() {
    let house = House::with_account().await;
    let (app, other) = (registered(&house).await, registered(&house).await);
    let device = begun(&house, &app, "read").await;
    assert_eq!(device.device_code.expose().len(), 43, "256 bits");
    decide(&house, typed(&house, "read", device.user_code.expose())).await.expect("allowed");
    let swapped = poll(&house, &other, &device.device_code).await;
    assert!(matches!(swapped, Err(Error::InvalidGrant(_))), "{swapped:?}");
    let unknown = poll(&house, &app, &device.user_code).await;
    assert!(matches!(unknown, Err(Error::InvalidGrant(_))), "{unknown:?}");
    poll(&house, &app, &device.device_code).await.expect("the wrong attempts used nothing up");
    let again = poll(&house, &app, &device.device_code).await;
    assert!(matches!(again, Err(Error::InvalidGrant(_))), "{again:?}");
}

#[tokio::test]
async fn as_30_tk_17_codes_run_out_and_stand_nowhere() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let device = begun(&house, &app, "read").await;
    let kept = serde_json::to_string(&house.broker.prompts()).expect("serialises");
    let debug = format!("{:?} {device:?}", house.broker.prompts());
    for code in [device.device_code.expose(), device.user_code.expose()] {
        assert!(!kept.contains(code.as_str()) && !debug.contains(code.as_str()));
    }
    house.clock.turn(600);
    house.broker.tick().await;
    assert!(house.broker.prompts().is_empty());
    let late = poll(&house, &app, &device.device_code).await;
    assert!(matches!(late, Err(Error::ExpiredToken(_))), "{late:?}");
    house.clock.turn(301);
    house.broker.tick().await;
    let forgotten = poll(&house, &app, &device.device_code).await;
    assert!(matches!(forgotten, Err(Error::InvalidGrant(_))), "{forgotten:?}");
}

#[tokio::test]
async fn as_30_oau_12_the_fifth_wrong_code_ends_the_request() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let device = begun(&house, &app, "read").await;
    for tried in 1..=5 {
        let wrong = decide(&house, typed(&house, "read", "BBBB-BBBB")).await;
        assert!(matches!(wrong, Err(Error::InvalidRequest(_))), "{wrong:?}");
        assert_eq!(house.broker.prompts().is_empty(), tried == 5);
    }
    let ended = poll(&house, &app, &device.device_code).await;
    assert!(matches!(ended, Err(Error::ExpiredToken(_))), "{ended:?}");
    assert!(house.broker.consents().expect("open").is_empty());
    let facts = house.vault.sentences();
    assert!(facts.iter().any(|sentence| sentence.contains("wrong codes")), "{facts:?}");
}

#[tokio::test]
async fn as_31_oau_11_nothing_is_allowed_without_the_code_of_this_very_request() {
    let house = House::with_account().await;
    let (app, other) = (registered(&house).await, registered(&house).await);
    let device = begun(&house, &app, "read").await;
    let shown = house.prompt().await;
    let without = decide(&house, house.allow("read", Delivery::Gateway, HOUR)).await;
    assert!(matches!(without, Err(Error::InvalidRequest(_))), "{without:?}");
    assert!(decide(&house, typed(&house, "read", " - ")).await.is_err());
    let elsewhere = House::with_account().await;
    let stranger = registered(&elsewhere).await;
    // Codes of the same house and of another one, both made later.
    for sent in [begun(&house, &other, "read").await, begun(&elsewhere, &stranger, "write").await] {
        if sent.user_code.expose() == device.user_code.expose() {
            continue;
        }
        let presence = Presence::of_native_window();
        let choice = typed(&house, "read", sent.user_code.expose());
        let refused = house.broker.decide(shown.id.as_str(), &shown.shown(), choice, Some(&presence)).await;
        assert!(matches!(refused, Err(Error::InvalidRequest(_))), "{refused:?}");
    }
    assert_eq!(poll(&house, &app, &device.device_code).await.expect_err("open"), Error::AuthorizationPending);
    assert!(house.broker.consents().expect("open").is_empty());
}

#[tokio::test]
async fn oau_12_a_guess_without_the_person_costs_no_try_and_gains_nothing() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let device = begun(&house, &app, "read").await;
    let prompt = house.prompt().await;
    for _ in 0..20 {
        let choice = typed(&house, "read", "BBBB-BBBB");
        let bare = house.broker.decide(prompt.id.as_str(), &prompt.shown(), choice, None).await;
        assert!(matches!(bare, Err(Error::PresenceNeeded(_))), "{bare:?}");
    }
    decide(&house, typed(&house, "read", device.user_code.expose())).await.expect("the person still may");
}

#[tokio::test]
async fn a_denied_device_request_stays_denied() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let device = begun(&house, &app, "read").await;
    decide(&house, Choice::Deny { remember: false }).await.expect("denied");
    for _ in 0..2 {
        let denied = poll(&house, &app, &device.device_code).await;
        assert!(matches!(denied, Err(Error::ConsentDenied(_))), "{denied:?}");
    }
}

#[tokio::test]
async fn a_standing_consent_does_not_answer_a_device_request() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    for _ in 0..2 {
        let device = begun(&house, &app, "read").await;
        assert_eq!(
            poll(&house, &app, &device.device_code).await.expect_err("open"),
            Error::AuthorizationPending
        );
        decide(&house, typed(&house, "read", device.user_code.expose())).await.expect("allowed");
        poll(&house, &app, &device.device_code).await.expect("a token");
    }
}

#[tokio::test]
async fn a_newer_request_of_a_program_takes_the_place_of_the_older() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let (old, new) = (begun(&house, &app, "read").await, begun(&house, &app, "read").await);
    assert_eq!(house.broker.prompts().len(), 1);
    decide(&house, typed(&house, "read", new.user_code.expose())).await.expect("what the screen shows now");
    assert!(matches!(poll(&house, &app, &old.device_code).await, Err(Error::ExpiredToken(_))));
    poll(&house, &app, &new.device_code).await.expect("a token");
}

#[tokio::test]
async fn dos_02_device_codes_are_bounded() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    for _ in 0..100 {
        begun(&house, &app, "read").await;
    }
    assert_eq!(house.broker.prompts().len(), 1, "of one program there is one question");
    let mut begun = 0;
    for _ in 0..150 {
        let app = registered(&house).await;
        let request = device_request(&house, &app, "read").await;
        begun += usize::from(house.broker.begin_device(request).await.is_ok());
    }
    assert!((1..=64).contains(&begun), "{begun}");
    let refused = house.broker.begin_device(device_request(&house, &app, "read").await).await;
    assert!(matches!(refused, Ok(_) | Err(Error::TooMany(_))), "{refused:?}");
}

#[tokio::test]
async fn allowed_codes_that_nobody_fetches_are_bounded_too() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    for _ in 0..8 {
        let device = begun(&house, &app, "read").await;
        decide(&house, typed(&house, "read", device.user_code.expose())).await.expect("allowed");
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }
    let more = house.broker.begin_device(device_request(&house, &app, "read").await).await;
    assert!(matches!(more, Err(Error::TooMany(_))), "{more:?}");
    house.clock.turn(600);
    begun(&house, &app, "read").await;
}

#[tokio::test]
async fn what_fails_for_the_provider_may_be_polled_again() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let device = begun(&house, &app, "read").await;
    decide(&house, typed(&house, "read", device.user_code.expose())).await.expect("allowed");
    house.vault.fails.store(true, std::sync::atomic::Ordering::SeqCst);
    let failed = poll(&house, &app, &device.device_code).await;
    assert!(matches!(failed, Err(Error::Vault(_))), "STO-08: {failed:?}");
    house.vault.fails.store(false, std::sync::atomic::Ordering::SeqCst);
    poll(&house, &app, &device.device_code).await.expect("now");
}

#[tokio::test]
async fn a_lock_ends_device_codes_and_their_questions() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let device = begun(&house, &app, "read").await;
    house.broker.lock().await.expect("locked");
    assert!(house.broker.prompts().is_empty());
    house.broker.unlock(Some("correct horse".into()), None).await.expect("unlocked");
    assert!(matches!(poll(&house, &app, &device.device_code).await, Err(Error::InvalidGrant(_))));
}

#[tokio::test]
async fn once_is_once_for_a_device_too() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let device = begun(&house, &app, "read").await;
    let Choice::Allow { account, scopes, delivery, conditions, .. } =
        house.allow("read", Delivery::Gateway, Duration::Once)
    else {
        panic!("no allowance")
    };
    let user_code = Some(device.user_code.expose().to_lowercase());
    let once = Choice::Allow { account, scopes, delivery, duration: Duration::Once, conditions, user_code };
    decide(&house, once).await.expect("allowed");
    let hand_out = poll(&house, &app, &device.device_code).await.expect("a token");
    assert!(hand_out.refresh_token.is_none());
}
