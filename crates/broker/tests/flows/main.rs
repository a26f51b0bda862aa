//! The broker's flows among fakes: what is handed out, to whom, and what ends it.

mod bound;
mod device;
mod either;
mod exchange;
mod fakes;
mod leases;
mod narrowing;
mod offers;
mod person;
mod refresh;
mod release;
mod remembered;
mod second_sign_ins;
mod sign_in;
mod upstream;
mod widening;

use std::sync::{Arc, atomic::Ordering};

use broker::{
    AccessRequest, App, AuthorizationRequest, Caller, Choice, Delivery, Error, GatewayRefusal,
    GatewayRequest, HandOut, NewApp, NewProof, Presence, ProviderId, Redemption, Refresh, RequestOrigin,
    Secret, SecretOf, UpstreamError, consent::Duration, pkce::Challenge,
};
use fakes::{HOUR, House, program, scopes};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT: &str = "http://127.0.0.1/done";

async fn request(house: &House, caller: &Caller, what: &str) -> AccessRequest {
    let app = house.broker.native_app(caller).await.expect("known");
    AccessRequest {
        app: app.id,
        caller: caller.clone(),
        witness: None,
        provider: ProviderId::from_text("acme"),
        account: Some("work".into()),
        scopes: scopes(what),
        resource: None,
        delivery: Delivery::Gateway,
        or_gateway: false,
        purpose: String::new(),
        min_ttl: 0,
        max_age: None,
        by_details: false,
        origin: RequestOrigin::Program,
        at: broker::Whereabouts::default(),
    }
}

/// Asks, and lets the person choose.
async fn asked(house: &House, request: AccessRequest, choice: Choice) -> Result<HandOut, Error> {
    let (outcome, ()) = tokio::join!(house.broker.access(request), house.answer(choice));
    outcome
}

/// What the person is asked; they say no.
async fn question(house: &House, request: AccessRequest) -> broker::AccessQuestion {
    let (_, prompt) = tokio::join!(house.broker.access(request), async {
        let prompt = house.prompt().await;
        house.answer(Choice::Deny { remember: false }).await;
        prompt
    });
    let broker::Asks::Access(question) = prompt.asks else { panic!("another question") };
    question
}

/// The same vault and the same time, in a broker that has just been started with another provider before it.
async fn restarted(house: &House, upstream: &Arc<fakes::FakeUpstream>) -> House {
    let next = House::over(Arc::clone(&house.vault), Arc::clone(upstream), Arc::clone(&house.clock));
    next.broker.unlock(Some("correct horse".into()), None).await.expect("unlocked");
    settle().await;
    next
}

/// Lets everything that was begun go as far as it can.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

async fn registered(house: &House) -> App {
    let new = NewApp { name: "Editor".into(), redirect_uris: vec![REDIRECT.into()], ..NewApp::default() };
    house
        .broker
        .register_app(&ProviderId::from_text("acme"), new, program("editor"))
        .await
        .expect("registered")
        .app
}

async fn code(house: &House, app: &App, what: &str, duration: Duration) -> Secret<String> {
    let mut access = request(house, &program("editor"), what).await;
    access.app = app.id.clone();
    access.origin = RequestOrigin::Authorize { browser: false, redirect_host: "127.0.0.1:80".into() };
    let challenge = Challenge::parse(CHALLENGE).expect("legal");
    let request = AuthorizationRequest { access, redirect_uri: REDIRECT.into(), challenge, key: None };
    let choice = house.allow(what, Delivery::Gateway, duration);
    let (code, ()) = tokio::join!(house.broker.authorize(request), house.answer(choice));
    code.expect("a code")
}

fn redemption(code: &Secret<String>, verifier: &str) -> Redemption {
    Redemption {
        code: code.clone(),
        verifier: verifier.into(),
        redirect_uri: Some(REDIRECT.into()),
        resource: None,
        key: None,
    }
}

fn refreshing(token: &Secret<String>) -> Refresh {
    Refresh { token: token.clone(), scopes: None, resource: None, key: None, witness: None }
}

async fn gateway(
    house: &House,
    token: &Secret<String>,
    method: &str,
    path: &str,
) -> Result<String, GatewayRefusal> {
    let account = house.account();
    let request = GatewayRequest { account: &account, method, path, key: None };
    house.broker.gateway_pass(token, request).await.map(|pass| pass.target)
}

#[tokio::test]
async fn as_20_tk_01_a_program_gets_what_was_granted_and_no_more() {
    let house = House::with_account().await;
    let caller = program("tool");
    let request = request(&house, &caller, "read write admin").await;
    let choice = house.allow("read write", Delivery::Gateway, HOUR);
    let hand_out = asked(&house, request, choice).await.expect("handed out");
    assert_eq!(hand_out.scopes, scopes("read write"));
    assert_eq!(hand_out.delivery, Delivery::Gateway);
    assert_eq!(hand_out.expires_at.since(house.broker.now()), 300);
    let path = gateway(&house, &hand_out.token, "POST", "/things/1").await.expect("opened");
    assert_eq!(path, "https://api.acme.example/v1/things/1");
    let refused = gateway(&house, &hand_out.token, "GET", "/admin").await.expect_err("not granted");
    assert!(matches!(refused, GatewayRefusal::InsufficientScope { needed, .. } if needed == scopes("admin")));
}

#[tokio::test]
async fn a_standing_consent_answers_and_the_live_token_is_handed_out_again() {
    let house = House::with_account().await;
    let caller = program("tool");
    let first =
        asked(&house, request(&house, &caller, "read").await, house.allow("read", Delivery::Gateway, HOUR))
            .await;
    let first = first.expect("handed out");
    let again =
        house.broker.access(request(&house, &caller, "read").await).await.expect("without a question");
    assert_eq!(again.token.expose(), first.token.expose());
    house.clock.turn(280);
    let fresh =
        house.broker.access(request(&house, &caller, "read").await).await.expect("without a question");
    assert_ne!(fresh.token.expose(), first.token.expose(), "too little life was left");
    house.clock.turn(3600);
    let late = tokio::time::timeout(
        std::time::Duration::from_millis(50),
        house.broker.access(request(&house, &caller, "read").await),
    );
    assert!(late.await.is_err(), "the consent has ended: the person is asked again");
}

#[tokio::test]
async fn sto_11_tk_01_no_token_outlives_its_consent() {
    let house = House::with_account().await;
    let minute = Duration::Seconds { seconds: 900 };
    let request = request(&house, &program("tool"), "read").await;
    let hand_out =
        asked(&house, request, house.allow("read", Delivery::Gateway, minute)).await.expect("handed out");
    house.clock.turn(700);
    let caller = program("tool");
    let late = house.broker.access(self::request(&house, &caller, "read").await).await.expect("still stands");
    assert_eq!(late.expires_at.since(house.broker.now()), 200);
    assert_ne!(late.lease, hand_out.lease);
}

#[tokio::test]
async fn as_18_revoking_a_consent_ends_its_tokens_and_streams_at_once() {
    let house = House::with_account().await;
    let request = request(&house, &program("tool"), "read write").await;
    let choice = house.allow("read write", Delivery::Gateway, HOUR);
    let hand_out = asked(&house, request, choice).await.expect("handed out");
    let account = house.account();
    let pass = house
        .broker
        .gateway_pass(
            &hand_out.token,
            GatewayRequest { account: &account, method: "GET", path: "/things", key: None },
        )
        .await;
    let pass = pass.unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let consent = house.broker.consents().expect("open")[0].id.to_string();
    house.broker.revoke_consent(&consent, None, None).await.expect("revoked");
    assert!(*pass.ended.borrow(), "RG-03: a running stream is told");
    let refused = gateway(&house, &hand_out.token, "GET", "/things").await;
    assert!(matches!(refused, Err(GatewayRefusal::InvalidToken(_))), "{refused:?}");
    assert!(house.vault.records().leases.is_empty());
}

#[tokio::test]
async fn revoking_one_scope_leaves_the_others() {
    let house = House::with_account().await;
    let caller = program("tool");
    let both = request(&house, &caller, "read write").await;
    asked(&house, both, house.allow("read write", Delivery::Gateway, HOUR)).await.expect("handed out");
    let consent = house.broker.consents().expect("open")[0].id.to_string();
    let write = broker::Scope::parse("write").expect("legal");
    house.broker.revoke_consent(&consent, Some(&write), None).await.expect("revoked");
    let read = house.broker.access(request(&house, &caller, "read").await).await.expect("still allowed");
    assert_eq!(read.scopes, scopes("read"));
    assert!(gateway(&house, &read.token, "POST", "/things").await.is_err());
}

#[tokio::test]
async fn allowing_takes_presence_and_denying_does_not() {
    let house = House::with_account().await;
    let request = request(&house, &program("tool"), "read").await;
    let choice = house.allow("read", Delivery::Gateway, HOUR);
    let denied = async {
        let prompt = house.prompt().await;
        let bare = house.broker.decide(prompt.id.as_str(), &prompt.shown(), choice, None).await;
        assert!(matches!(bare, Err(Error::PresenceNeeded(_))), "{bare:?}");
        let deny = Choice::Deny { remember: false };
        house.broker.decide(prompt.id.as_str(), &prompt.shown(), deny, None).await.expect("denied");
    };
    let (outcome, ()) = tokio::join!(house.broker.access(request), denied);
    assert!(matches!(outcome, Err(Error::ConsentDenied(_))));
    assert!(house.broker.consents().expect("open").is_empty());
}

#[tokio::test]
async fn ui_08_a_decision_must_carry_the_hash_of_what_was_shown() {
    let house = House::with_account().await;
    let request = request(&house, &program("tool"), "read").await;
    let choice = house.allow("read", Delivery::Gateway, HOUR);
    let wrong = async {
        let prompt = house.prompt().await;
        let presence = Presence::of_native_window();
        let stale = house.broker.decide(prompt.id.as_str(), "other", choice.clone(), Some(&presence)).await;
        assert_eq!(stale, Err(Error::Stale));
        let wider = house.allow("read admin", Delivery::Gateway, HOUR);
        let more = house.broker.decide(prompt.id.as_str(), &prompt.shown(), wider, Some(&presence)).await;
        assert!(matches!(more, Err(Error::InvalidRequest(_))), "more than was asked");
        let release = house.allow("read", Delivery::Release, HOUR);
        let other = house.broker.decide(prompt.id.as_str(), &prompt.shown(), release, Some(&presence)).await;
        assert!(matches!(other, Err(Error::InvalidRequest(_))), "handed over otherwise than asked");
        house
            .broker
            .decide(prompt.id.as_str(), &prompt.shown(), choice, Some(&presence))
            .await
            .expect("decided");
    };
    let (outcome, ()) = tokio::join!(house.broker.access(request), wrong);
    assert!(outcome.is_ok());
}

#[tokio::test]
async fn a_prompt_without_an_answer_ends_in_deny() {
    let house = House::with_account().await;
    let request = request(&house, &program("tool"), "read").await;
    let wait = async {
        house.prompt().await;
        house.clock.turn(121);
        house.broker.tick().await;
    };
    let (outcome, ()) = tokio::join!(house.broker.access(request), wait);
    assert!(matches!(outcome, Err(Error::ConsentDenied(_))));
}

#[tokio::test]
async fn deny_and_do_not_ask_again_refuses_from_then_on() {
    let house = House::with_account().await;
    let caller = program("tool");
    let outcome =
        asked(&house, request(&house, &caller, "read").await, Choice::Deny { remember: true }).await;
    assert!(outcome.is_err());
    let again = house.broker.access(request(&house, &caller, "write").await).await;
    assert!(matches!(again, Err(Error::ConsentDenied(_))), "no prompt, a refusal");
    assert!(house.broker.prompts().is_empty());
}

#[tokio::test]
async fn ui_01_no_program_lifts_a_standing_refusal() {
    let house = House::with_account().await;
    let caller = program("tool");
    let wanted = request(&house, &caller, "read").await;
    let app = wanted.app.to_string();
    assert!(asked(&house, wanted, Choice::Deny { remember: true }).await.is_err());
    let refusal = house.broker.consents().expect("open")[0].id.to_string();
    let lifted = house.broker.revoke_consent(&refusal, None, None).await;
    assert!(matches!(lifted, Err(Error::PresenceNeeded(_))), "{lifted:?}");
    house.broker.revoke_app(&app).await.expect("what it may ends; what it may not stays");
    assert!(matches!(house.broker.remove_app(&app, None).await, Err(Error::PresenceNeeded(_))));
    assert_eq!(house.broker.consents().expect("open").len(), 1);
    let presence = Presence::of_native_window();
    house.broker.revoke_consent(&refusal, None, Some(&presence)).await.expect("the person may");
    house.broker.remove_app(&app, None).await.expect("nothing is refused any more");
}

#[tokio::test]
async fn a_program_is_refused_for_good_without_waiting_for_it_to_ask() {
    let house = House::with_account().await;
    let caller = program("tool");
    let wanted = request(&house, &caller, "read").await;
    let (app, account) = (wanted.app.to_string(), house.account());
    let choice = house.allow("read", Delivery::Gateway, HOUR);
    asked(&house, wanted, choice).await.expect("handed out");
    assert!(matches!(house.broker.refuse_app(&app, "nobody").await, Err(Error::NotFound(_))));
    house.broker.refuse_app(&app, &account).await.expect("refused");
    assert!(house.broker.leases().expect("open").is_empty(), "its token has ended");
    let again = house.broker.access(request(&house, &caller, "read").await).await;
    assert!(matches!(again, Err(Error::ConsentDenied(_))), "{again:?}");
    assert!(house.broker.prompts().is_empty());
    house.broker.refuse_app(&app, &account).await.expect("it is so already");
    let consents = house.broker.consents().expect("open");
    assert!(consents.len() == 1 && !consents[0].allows, "{consents:?}");
}

#[tokio::test]
async fn once_is_once() {
    let house = House::with_account().await;
    let caller = program("tool");
    let choice = house.allow("read", Delivery::Gateway, Duration::Once);
    let first = asked(&house, request(&house, &caller, "read").await, choice).await.expect("handed out");
    gateway(&house, &first.token, "GET", "/things").await.expect("its token lives");
    let choice = Choice::Deny { remember: false };
    let again = asked(&house, request(&house, &caller, "read").await, choice).await;
    assert!(again.is_err(), "the person was asked again");
    house.clock.turn(301);
    house.broker.tick().await;
    assert!(house.broker.consents().expect("open").is_empty(), "it goes with its token");
}

#[tokio::test]
async fn loc_05_of_what_cannot_be_told_apart_a_question_says_so_and_offers_one_time() {
    let house = House::with_account().await;
    for (name, session, nameless) in
        [("timeout", None, true), ("timeout", Some("pts/3"), false), ("tool", None, false)]
    {
        let caller = broker::Caller { session: session.map(str::to_owned), ..program(name) };
        let wanted = request(&house, &caller, "read").await;
        let question = question(&house, wanted).await;
        assert_eq!(
            (question.nameless, question.durations == [Duration::Once]),
            (nameless, nameless),
            "{name} {session:?}"
        );
        assert!(!question.registered, "it is called as its file");
    }
}

#[tokio::test]
async fn loc_06_a_changed_program_asks_again() {
    let house = House::with_account().await;
    let mut caller = program("tool");
    let choice = house.allow("read", Delivery::Gateway, HOUR);
    asked(&house, request(&house, &caller, "read").await, choice).await.expect("handed out");
    caller.file_hash = "another".into();
    let outcome =
        asked(&house, request(&house, &caller, "read").await, Choice::Deny { remember: false }).await;
    assert!(outcome.is_err(), "a question came and was denied");
}

#[tokio::test]
async fn as_06_oau_01_a_code_is_bound_to_everything_it_was_asked_with() {
    let house = House::with_account().await;
    let (app, other) = (registered(&house).await, registered(&house).await);
    let code = code(&house, &app, "read", HOUR).await;
    let wrong = |change: fn(&mut Redemption)| {
        let mut redemption = redemption(&code, VERIFIER);
        change(&mut redemption);
        redemption
    };
    for (who, redemption) in [
        (&other, wrong(|_| {})),
        (&app, wrong(|r| r.verifier = "x".repeat(43).as_str().into())),
        (&app, wrong(|r| r.redirect_uri = Some("http://127.0.0.1/other".into()))),
        (&app, wrong(|r| r.resource = Some("http://127.0.0.1:9/".into()))),
        (&app, wrong(|r| r.code = "unknown".into())),
    ] {
        let outcome = house.broker.redeem(who, &redemption).await;
        assert!(matches!(outcome, Err(Error::InvalidGrant(_))), "{outcome:?}");
    }
    let mut bare = redemption(&code, VERIFIER);
    bare.redirect_uri = None;
    house
        .broker
        .redeem(&app, &bare)
        .await
        .expect("AS-07: wrong attempts used nothing up; AS-08: absent is fine");
}

#[tokio::test]
async fn as_06_a_code_runs_out_after_a_minute() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let code = code(&house, &app, "read", HOUR).await;
    house.clock.turn(60);
    assert!(house.broker.redeem(&app, &redemption(&code, VERIFIER)).await.is_err());
}

#[tokio::test]
async fn as_07_oau_08_a_second_redemption_takes_back_what_the_first_gave() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let code = code(&house, &app, "read", HOUR).await;
    let first = house.broker.redeem(&app, &redemption(&code, VERIFIER)).await.expect("redeemed");
    let wrong = house.broker.redeem(&app, &redemption(&code, &"x".repeat(43))).await;
    assert!(wrong.is_err());
    gateway(&house, &first.token, "GET", "/things").await.expect("an invalid replay revokes nothing");
    assert!(house.broker.redeem(&app, &redemption(&code, VERIFIER)).await.is_err());
    assert!(gateway(&house, &first.token, "GET", "/things").await.is_err());
    let refresh = first.refresh_token.expect("one came");
    assert!(house.broker.refresh_app(&app, &refreshing(&refresh)).await.is_err());
}

#[tokio::test]
async fn web_08_the_authorization_endpoint_always_asks() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    code(&house, &app, "read", Duration::Always).await;
    // `code` answers a prompt each time: without one it would panic.
    code(&house, &app, "read", Duration::Always).await;
}

#[tokio::test]
async fn uc_21_sixty_four_programs_cause_one_refresh() {
    let house = Arc::new(House::with_account().await);
    let request = request(&house, &program("tool"), "read").await;
    let hand_out =
        asked(&house, request, house.allow("read", Delivery::Gateway, Duration::Always)).await.expect("out");
    house.clock.turn(3600);
    let caller = program("tool");
    let fresh = house.broker.access(self::request(&house, &caller, "read").await).await.expect("out");
    assert_ne!(fresh.lease, hand_out.lease);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (house, token) = (Arc::clone(&house), fresh.token.clone());
        tasks.spawn(async move { gateway(&house, &token, "GET", "/things").await.is_ok() });
    }
    assert!(tasks.join_all().await.into_iter().all(|served| served));
    assert_eq!(house.upstream.refreshes.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn uc_20_a_rotated_refresh_token_is_durable_before_its_access_token_is_used() {
    let house = House::with_account().await;
    house.clock.turn(3600);
    let request = request(&house, &program("tool"), "read").await;
    let hand_out = asked(&house, request, house.allow("read", Delivery::Gateway, HOUR)).await.expect("out");
    let grant = house.vault.records().grants[0].id.clone();
    house.vault.fails.store(true, Ordering::SeqCst);
    let refused = gateway(&house, &hand_out.token, "GET", "/things").await;
    assert!(matches!(refused, Err(GatewayRefusal::Failed(Error::Vault(_)))), "STO-08: {refused:?}");
    assert!(house.upstream.seen_tokens.lock().expect("lock").is_empty(), "STO-06: nothing is sent unwritten");
    house.vault.fails.store(false, Ordering::SeqCst);
    *house.upstream.breaks.lock().expect("lock") = Some(Arc::clone(&house.vault));
    let refused = gateway(&house, &hand_out.token, "GET", "/things").await;
    assert!(matches!(refused, Err(GatewayRefusal::Failed(Error::Vault(_)))), "STO-08: {refused:?}");
    *house.upstream.breaks.lock().expect("lock") = None;
    house.vault.fails.store(false, Ordering::SeqCst);
    gateway(&house, &hand_out.token, "GET", "/things").await.expect("works again");
    let kept = house.vault.secret_now(&SecretOf::Grant(grant)).expect("kept");
    assert_eq!(kept, "refresh-2");
}

#[tokio::test]
async fn a_final_refusal_asks_for_a_new_sign_in_and_a_passing_one_does_not() {
    let house = House::with_account().await;
    house.clock.turn(3600);
    let request = request(&house, &program("tool"), "read").await;
    let hand_out = asked(&house, request, house.allow("read", Delivery::Gateway, HOUR)).await.expect("out");
    let away = UpstreamError::Away { provider: "Acme".into(), detail: "503".into(), retry_after: Some(5) };
    *house.upstream.fails_with.lock().expect("lock") = Some(away);
    let refused = gateway(&house, &hand_out.token, "GET", "/things").await;
    assert!(matches!(refused, Err(GatewayRefusal::Failed(Error::Provider(UpstreamError::Away { .. })))));
    house.clock.turn(10);
    let gone = UpstreamError::Refused {
        provider: "Acme".into(),
        code: "invalid_grant".into(),
        detail: "revoked".into(),
    };
    *house.upstream.fails_with.lock().expect("lock") = Some(gone);
    let refused = gateway(&house, &hand_out.token, "GET", "/things").await;
    assert!(matches!(refused, Err(GatewayRefusal::Failed(Error::ReauthRequired { .. }))), "{refused:?}");
    let calls = house.upstream.seen_tokens.lock().expect("lock").len();
    assert!(gateway(&house, &hand_out.token, "GET", "/things").await.is_err());
    assert_eq!(house.upstream.seen_tokens.lock().expect("lock").len(), calls, "nothing is refreshed in vain");
    *house.upstream.fails_with.lock().expect("lock") = None;
    house.sign_in().await;
    gateway(&house, &hand_out.token, "GET", "/things").await.expect("signed in again");
}

#[tokio::test]
async fn lock_ends_what_is_until_lock_and_a_restart_keeps_the_rest() {
    let house = House::with_account().await;
    let request = request(&house, &program("tool"), "read").await;
    let kept =
        asked(&house, request, house.allow("read", Delivery::Gateway, Duration::Always)).await.expect("out");
    let other = self::request(&house, &program("other"), "read").await;
    asked(&house, other, house.allow("read", Delivery::Gateway, Duration::UntilLock)).await.expect("out");
    house.broker.lock().await.expect("locked");
    let refused = gateway_locked(&house, &kept.token).await;
    assert!(matches!(refused, Err(GatewayRefusal::Failed(Error::Locked))));
    assert!(matches!(house.broker.unlock(None, None).await, Err(Error::PresenceNeeded(_))));
    assert_eq!(house.broker.unlock(Some("wrong".into()), None).await, Err(Error::WrongPassphrase));
    house.broker.unlock(Some("correct horse".into()), None).await.expect("unlocked");
    assert_eq!(house.broker.consents().expect("open").len(), 1);
}

async fn gateway_locked(house: &House, token: &Secret<String>) -> Result<(), GatewayRefusal> {
    let request = GatewayRequest { account: "acc_x", method: "GET", path: "/things", key: None };
    house.broker.gateway_pass(token, request).await.map(|_| ())
}

#[tokio::test]
async fn panic_ends_everything_and_locks() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let code = code(&house, &app, "read", Duration::Always).await;
    house.broker.redeem(&app, &redemption(&code, VERIFIER)).await.expect("redeemed");
    let waiting = request(&house, &program("tool"), "read").await;
    let panic = async {
        house.prompt().await;
        house.broker.panic().await.expect("panicked");
    };
    let (outcome, ()) = tokio::join!(house.broker.access(waiting), panic);
    assert!(matches!(outcome, Err(Error::ConsentDenied(_))));
    assert!(matches!(house.broker.apps(), Err(Error::Locked)));
    let records = house.vault.records();
    assert!(records.leases.is_empty() && records.families.is_empty());
}

#[tokio::test]
async fn removing_an_account_ends_all_that_hangs_on_it() {
    let house = House::with_account().await;
    let request = request(&house, &program("tool"), "read").await;
    asked(&house, request, house.allow("read", Delivery::Gateway, HOUR)).await.expect("out");
    let told = house.broker.remove_account("work").await.expect("removed");
    assert!(told.contains("revoked at Acme"), "UC-23: {told}");
    let records = house.vault.records();
    assert!(records.accounts.is_empty() && records.grants.is_empty());
    assert!(records.consents.is_empty() && records.leases.is_empty());
}

#[tokio::test]
async fn as_37_introspection_tells_only_whom_it_concerns() {
    let house = House::with_account().await;
    let (app, other) = (registered(&house).await, registered(&house).await);
    let code = code(&house, &app, "read", HOUR).await;
    let token = house.broker.redeem(&app, &redemption(&code, VERIFIER)).await.expect("redeemed").token;
    assert!(house.broker.introspect(&app, &token).expect("open").is_some());
    assert!(house.broker.introspect(&other, &token).expect("open").is_none());
    house.clock.turn(300);
    assert!(house.broker.introspect(&app, &token).expect("open").is_none(), "expired");
}

#[tokio::test]
async fn as_38_revoking_a_token_is_for_its_own_program() {
    let house = House::with_account().await;
    let (app, other) = (registered(&house).await, registered(&house).await);
    let code = code(&house, &app, "read", HOUR).await;
    let hand_out = house.broker.redeem(&app, &redemption(&code, VERIFIER)).await.expect("redeemed");
    assert!(house.broker.revoke_token(&other, &hand_out.token).await.is_err());
    house.broker.revoke_token(&app, &"unknown".into()).await.expect("unknown is fine");
    house.broker.revoke_token(&app, &hand_out.refresh_token.expect("one came")).await.expect("revoked");
    assert!(gateway(&house, &hand_out.token, "GET", "/things").await.is_err(), "the family went with it");
}

#[tokio::test]
async fn as_34_oau_17_a_token_is_good_at_one_place() {
    let house = House::with_account().await;
    let new =
        NewApp { name: "Shelf".into(), resources: vec!["http://127.0.0.1:9/".into()], ..NewApp::default() };
    let provider = ProviderId::from_text("acme");
    let shelf = house.broker.register_app(&provider, new, program("shelf")).await.expect("registered").app;
    let mut wanted = request(&house, &program("tool"), "read").await;
    wanted.resource = Some("http://127.0.0.1:10/".into());
    let unknown = house.broker.access(wanted.clone()).await;
    assert!(matches!(unknown, Err(Error::InvalidTarget(_))));
    wanted.resource = Some("http://127.0.0.1:9/".into());
    let choice = house.allow("read", Delivery::Gateway, HOUR);
    let hand_out = asked(&house, wanted, choice).await.expect("out");
    assert!(gateway(&house, &hand_out.token, "GET", "/things").await.is_err(), "not for the gateway");
    assert!(house.broker.introspect(&shelf, &hand_out.token).expect("open").is_some());
}

#[tokio::test]
async fn as_25_registrations_are_bounded() {
    let house = House::with_account().await;
    for _ in 0..230 {
        registered(&house).await;
    }
    assert!(house.broker.apps().expect("open").len() <= 200);
}

#[tokio::test]
async fn as_25_what_the_person_registered_stays_until_they_remove_it() {
    let house = House::with_account().await;
    let (presence, new) = (Presence::of_native_window(), NewApp { name: "Mine".into(), ..NewApp::default() });
    let mine = house.broker.register_by_hand("acme", new.clone(), &presence).await.expect("registered");
    for _ in 0..230 {
        registered(&house).await;
    }
    house.clock.turn(90 * 24 * 3600);
    house.broker.tick().await;
    let kept: Vec<_> = house.broker.apps().expect("open").into_iter().map(|app| app.id).collect();
    assert_eq!(kept, std::slice::from_ref(&mine.id), "the others went");
    let secret = NewApp { proof: NewProof::Secret, ..new };
    let refused = house.broker.register_by_hand("acme", secret, &presence).await;
    assert!(matches!(refused, Err(Error::InvalidRequest(_))), "whom would the secret be told: {refused:?}");
    house.broker.remove_app(mine.id.as_str(), None).await.expect("removed");
    assert!(house.broker.apps().expect("open").is_empty());
}

#[tokio::test]
async fn every_hand_out_is_in_the_activity_list() {
    let house = House::with_account().await;
    let request = request(&house, &program("tool"), "read").await;
    asked(&house, request, house.allow("read", Delivery::Gateway, HOUR)).await.expect("out");
    let sentences = house.vault.sentences();
    assert!(sentences.iter().any(|s| s.starts_with("Allowed in the window")), "{sentences:?}");
    assert!(sentences.iter().any(|s| s.starts_with("Handed out: read")), "{sentences:?}");
    assert!(!sentences.iter().any(|s| s.contains("upstream-0") || s.contains("refresh-0")));
}

#[tokio::test]
async fn rg_08_a_scope_that_only_the_provider_can_tell_apart_does_not_ride_on_a_wider_one() {
    let house = House::with_account().await;
    let request = request(&house, &program("tool"), "some").await;
    let refused = house.broker.access(request).await;
    assert!(matches!(refused, Err(Error::InvalidScope(_))), "the account has no such scope yet: {refused:?}");
    house.sign_in_for("read write admin some").await;
    let request = self::request(&house, &program("tool"), "some").await;
    let hand_out = asked(&house, request, house.allow("some", Delivery::Gateway, HOUR)).await.expect("out");
    let refused = gateway(&house, &hand_out.token, "GET", "/things").await;
    assert!(
        matches!(refused, Err(GatewayRefusal::InsufficientScope { .. })),
        "the provider's token could see all"
    );
    house.sign_in_for("some").await;
    gateway(&house, &hand_out.token, "GET", "/things").await.expect("now the provider itself draws the line");
}

/// Sees of a caller what a test says.
#[derive(Debug)]
struct Sees(Caller);

impl broker::Witness for Sees {
    fn describe(&self) -> futures_util::future::BoxFuture<'_, Caller> {
        Box::pin(std::future::ready(self.0.clone()))
    }
}

#[tokio::test]
async fn the_person_sees_more_of_a_program_than_a_decision_needs() {
    let house = House::with_account().await;
    let mut asks = request(&house, &program("tool"), "read").await;
    let seen = Caller { command_line: "tool --now".into(), ..program("tool") };
    asks.witness = Some(Arc::new(Sees(seen)));
    let (outcome, shown) = tokio::join!(house.broker.access(asks), async {
        let prompt = house.prompt().await;
        house.answer(house.allow("read", Delivery::Gateway, HOUR)).await;
        prompt.asks
    });
    outcome.expect("handed out");
    let broker::Asks::Access(question) = shown else { panic!("another question") };
    assert_eq!(question.caller.expect("a caller").command_line, "tool --now");
}

#[tokio::test]
async fn loc_04_a_program_that_changed_before_the_question_is_refused() {
    let house = House::with_account().await;
    let mut asks = request(&house, &program("tool"), "read").await;
    asks.witness = Some(Arc::new(Sees(program("another"))));
    let refused = house.broker.access(asks).await.expect_err("another program by now");
    assert!(matches!(refused, Error::ConsentDenied(_)));
    assert!(house.broker.prompts().is_empty(), "nobody was asked");
}

#[tokio::test]
async fn dos_02_a_program_that_asks_many_times_at_once_is_one_program() {
    let house = House::with_account().await;
    let caller = program("editor");
    let asking = (0..8).map(|_| house.broker.native_app(&caller));
    let apps = futures_util::future::join_all(asking).await;
    let first = apps[0].as_ref().expect("known").id.clone();
    assert!(apps.iter().all(|app| app.as_ref().is_ok_and(|app| app.id == first)));
    assert_eq!(house.broker.apps().expect("open").len(), 1);
}
