//! Programs that take either: the provider's own token, or a gateway token where that cannot be released. In every flow they
//! are told which they got, and why.

use broker::{
    AccessRequest, App, AuthorizationRequest, Choice, Credential, Delivery, Error, Exchange, HandOut, NewApp,
    NewProof, Presence, ProviderId, RequestOrigin, Secret, consent::Duration, pkce::Challenge,
};

use crate::{
    CHALLENGE, REDIRECT, VERIFIER,
    fakes::{HOUR, House, program, scopes},
    gateway, redemption, refreshing, request,
};

async fn app(house: &House) -> App {
    let new = NewApp {
        name: "Editor".into(),
        redirect_uris: vec![REDIRECT.into()],
        proof: NewProof::Secret,
        ..NewApp::default()
    };
    let provider = ProviderId::from_text("acme");
    let app = house.broker.register_app(&provider, new, program("editor")).await.expect("registered").app;
    assert!(matches!(app.credential, Credential::ClientSecret { .. }));
    app
}

async fn wish(house: &House, app: &App, what: &str) -> AccessRequest {
    AccessRequest {
        app: app.id.clone(),
        delivery: Delivery::Release,
        or_gateway: true,
        ..request(house, &program("editor"), what).await
    }
}

async fn code(house: &House, app: &App, what: &str, choice: Choice) -> Secret<String> {
    let origin = RequestOrigin::Authorize { browser: false, redirect_host: "127.0.0.1:80".into() };
    let access = AccessRequest { origin, ..wish(house, app, what).await };
    let challenge = Challenge::parse(CHALLENGE).expect("legal");
    let request = AuthorizationRequest { access, redirect_uri: REDIRECT.into(), challenge, key: None };
    let (code, ()) = tokio::join!(house.broker.authorize(request), house.answer(choice));
    code.expect("a code")
}

fn is_instead(out: &HandOut, why: &str) {
    assert_eq!(out.delivery, Delivery::Gateway);
    assert!(out.note.contains(why) && out.note.contains("Instead: A Keylodge token"), "{}", out.note);
}

#[tokio::test]
async fn oau_15_a_code_gives_whichever_can_be_had_and_so_does_each_refresh() {
    let house = House::with_account().await;
    let app = app(&house).await;
    let given = code(&house, &app, "read", house.allow("read", Delivery::Release, Duration::Always)).await;
    let out = house.broker.redeem(&app, &redemption(&given, VERIFIER)).await.expect("redeemed");
    is_instead(&out, "would also carry");
    gateway(&house, &out.token, "GET", "/things").await.expect("it works");
    let again = house
        .broker
        .refresh_app(&app, &refreshing(&out.refresh_token.expect("one")))
        .await
        .expect("refreshed");
    is_instead(&again, "would also carry");
    let replayed = house.broker.redeem(&app, &redemption(&given, VERIFIER)).await;
    assert!(
        replayed.is_err() && gateway(&house, &again.token, "GET", "/things").await.is_err(),
        "AS-06 holds for it"
    );
    // Where it can be had, it is the provider's own.
    let all = "read write admin";
    let given = code(&house, &app, all, house.allow(all, Delivery::Release, Duration::Always)).await;
    let out = house.broker.redeem(&app, &redemption(&given, VERIFIER)).await.expect("redeemed");
    assert_eq!((out.delivery, out.token.expose().as_str()), (Delivery::Release, "upstream-0"));
    // The person may allow less than that, and the program is told.
    let given = code(&house, &app, all, house.allow(all, Delivery::Gateway, Duration::Always)).await;
    let out = house.broker.redeem(&app, &redemption(&given, VERIFIER)).await.expect("redeemed");
    is_instead(&out, "The person allowed a gateway token");
}

#[tokio::test]
async fn a_device_code_gives_whichever_can_be_had() {
    let house = House::with_account().await;
    let app = app(&house).await;
    let device = house.broker.begin_device(wish(&house, &app, "read").await).await.expect("codes");
    let Choice::Allow { account, scopes, delivery, duration, conditions, .. } =
        house.allow("read", Delivery::Release, HOUR)
    else {
        panic!("no allowance")
    };
    let user_code = Some(device.user_code.expose().clone());
    let choice = Choice::Allow { account, scopes, delivery, duration, conditions, user_code };
    let (prompt, presence) = (house.prompt().await, Presence::of_native_window());
    house.broker.decide(prompt.id.as_str(), &prompt.shown(), choice, Some(&presence)).await.expect("allowed");
    crate::settle().await;
    let out = house.broker.redeem_device(&app, &device.device_code, None).await.expect("a token");
    is_instead(&out, "would also carry");
}

#[tokio::test]
async fn an_exchange_and_a_program_on_its_own_get_whichever_was_allowed() {
    let house = House::with_account().await;
    let app = app(&house).await;
    let given =
        code(&house, &app, "read write", house.allow("read write", Delivery::Gateway, Duration::Always))
            .await;
    let subject = house.broker.redeem(&app, &redemption(&given, VERIFIER)).await.expect("redeemed");
    let exchange = Exchange {
        subject: subject.token.clone(),
        scopes: Some(scopes("read")),
        target: None,
        delivery: Delivery::Release,
        or_gateway: true,
        caller: program("editor"),
        key: None,
    };
    let out = house.broker.exchange(&app, &exchange).await.expect("exchanged");
    is_instead(&out, "No standing consent");
    assert!(out.expires_at <= subject.expires_at, "AS-35 holds for it");
    let only = Exchange { or_gateway: false, ..exchange };
    assert!(matches!(house.broker.exchange(&app, &only).await, Err(Error::ConsentNeeded(_))));
    let alone =
        house.broker.access_without_asking(wish(&house, &app, "read").await, None).await.expect("it stands");
    is_instead(&alone, "No standing consent");
    assert!(house.broker.prompts().is_empty(), "nobody was asked");
}
