//! What allows more than before takes the person, by whatever way it comes; and what was ended or narrowed stays so.

use broker::{
    Consent, ConsentEdit, Policy, PolicyState, Presence, Provider, SignInState, SignInWish, Witness,
    consent::Conditions,
    preferences::setting,
    provider::{AccessRevocation, Endpoints, Revocation, RevocationProof, RevocationWay, Risk, SignInWay},
};
use futures_util::future::BoxFuture;

use super::*;

/// The one consent that there is.
fn consent(house: &House) -> Consent {
    let consents = house.broker.consents().expect("open");
    assert_eq!(consents.len(), 1, "{consents:?}");
    consents[0].clone()
}

async fn allowed(house: &House, what: &str, delivery: Delivery, duration: Duration) -> HandOut {
    let wish = AccessRequest { delivery, ..request(house, &program("tool"), what).await };
    asked(house, wish, house.allow(what, delivery, duration)).await.expect("handed out")
}

async fn edited(house: &House, edit: ConsentEdit, presence: Option<&Presence>) -> Result<(), Error> {
    house.broker.edit_consent(consent(house).id.as_str(), edit, presence).await
}

fn lasting(duration: Duration) -> ConsentEdit {
    ConsentEdit { duration: Some(duration), ..ConsentEdit::default() }
}

fn needs_person(outcome: &Result<(), Error>) -> bool {
    matches!(outcome, Err(Error::PresenceNeeded(_)))
}

#[tokio::test]
async fn sto_10_what_ends_with_the_lock_outlives_it_by_no_edit_and_no_policy() {
    let house = House::with_account().await;
    allowed(&house, "read", Delivery::Gateway, Duration::UntilLock).await;
    for longer in [Duration::Seconds { seconds: u32::MAX }, HOUR, Duration::Once, Duration::Always] {
        let outcome = edited(&house, lasting(longer), None).await;
        assert!(needs_person(&outcome), "{longer:?} {outcome:?}");
    }
    let policy = Policy { longest_consent_minutes: Some(60), ..Policy::default() };
    house.broker.set_policy(PolicyState::Stands(policy)).await.expect("taken up");
    assert_eq!(consent(&house).until, Some(consent(&house).since.plus(3600)));
    house.broker.lock().await.expect("locks");
    assert!(house.vault.records().consents.is_empty(), "{:?}", house.vault.records().consents);
}

#[tokio::test]
async fn sto_11_one_time_is_had_no_later_than_what_stood() {
    let house = House::with_account().await;
    let wish = request(&house, &program("tool"), "read").await;
    // Allowed for an hour, and not used yet.
    let (_, ()) = tokio::join!(
        house.broker.authorise(&wish),
        house.answer(house.allow("read", Delivery::Gateway, HOUR))
    );
    let end = consent(&house).until;
    edited(&house, lasting(Duration::Once), None).await.expect("less");
    assert_eq!((consent(&house).duration, consent(&house).until), (Duration::Once, end));
    assert!(
        needs_person(&edited(&house, lasting(Duration::Seconds { seconds: 60 }), None).await),
        "many times"
    );
    house.clock.turn(3600);
    house.broker.tick().await;
    assert!(house.broker.consents().expect("open").is_empty());
}

#[tokio::test]
async fn as_18_who_wants_to_be_asked_each_time_is_not_passed_by_with_a_refresh_token() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let code = code(&house, &app, "read", HOUR).await;
    let out = house.broker.redeem(&app, &redemption(&code, VERIFIER)).await.expect("redeemed");
    let each = ConsentEdit { asks_each_time: Some(true), ..ConsentEdit::default() };
    edited(&house, each, None).await.expect("less");
    let refresh = refreshing(out.refresh_token.as_ref().expect("one"));
    let outcome = house.broker.refresh_app(&app, &refresh).await;
    assert!(matches!(outcome, Err(Error::ConsentDenied(_))), "{outcome:?}");
}

#[derive(Debug)]
struct At(Caller);

impl Witness for At {
    fn describe(&self) -> BoxFuture<'_, Caller> {
        Box::pin(async { self.0.clone() })
    }
}

#[tokio::test]
async fn as_12_what_was_allowed_in_one_place_is_refreshed_in_no_other() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let code = code(&house, &app, "read", HOUR).await;
    let out = house.broker.redeem(&app, &redemption(&code, VERIFIER)).await.expect("redeemed");
    let place = Conditions { directory: Some("/home/ada/work".into()), ..Conditions::default() };
    let only_there = ConsentEdit { conditions: Some(place), ..ConsentEdit::default() };
    edited(&house, only_there, None).await.expect("less");
    let from = |directory: Option<&str>| {
        let caller = Caller { directory: directory.map(Into::into), ..program("editor") };
        Refresh {
            witness: Some(Arc::new(At(caller))),
            ..refreshing(out.refresh_token.as_ref().expect("one"))
        }
    };
    for elsewhere in [from(None), from(Some("/home/ada")), Refresh { witness: None, ..from(None) }] {
        let outcome = house.broker.refresh_app(&app, &elsewhere).await;
        assert!(matches!(outcome, Err(Error::ConsentDenied(_))), "{outcome:?}");
    }
    house.broker.refresh_app(&app, &from(Some("/home/ada/work/x"))).await.expect("there it holds");
}

#[tokio::test]
async fn a_pause_is_ended_by_no_shorter_pause() {
    let house = House::with_account().await;
    house.broker.pause(3600).await.expect("paused");
    house.broker.pause(1).await.expect("nothing to do");
    house.clock.turn(2);
    let refused = house.broker.access(request(&house, &program("tool"), "read").await).await;
    assert!(matches!(refused, Err(Error::Paused { .. })), "{refused:?}");
    house.broker.pause(7200).await.expect("longer");
    let end = Some(house.broker.now().plus(7200));
    assert_eq!(house.broker.pause_end(), end);
    house.vault.fails.store(true, Ordering::SeqCst);
    assert!(house.broker.resume(&Presence::of_native_window()).await.is_err());
    assert_eq!(house.broker.pause_end(), end, "what could not be written down has no effect");
    house.vault.fails.store(false, Ordering::SeqCst);
    house.broker.resume(&Presence::of_native_window()).await.expect("resumed");
    assert_eq!(house.broker.pause_end(), None);
}

#[tokio::test]
async fn sto_11_what_is_fetched_when_a_pause_or_a_policy_comes_is_not_handed_out() {
    for pauses in [true, false] {
        let house = House::with_account().await;
        allowed(&house, "read write admin", Delivery::Release, Duration::Always).await;
        house.clock.turn(3590);
        let wish = AccessRequest {
            delivery: Delivery::Release,
            ..request(&house, &program("tool"), "read write admin").await
        };
        let (out, ()) = tokio::join!(house.broker.access(wish), async {
            if pauses {
                house.broker.pause(60).await.expect("paused");
            } else {
                let policy = Policy { forbid_release: true, ..Policy::default() };
                house.broker.set_policy(PolicyState::Stands(policy)).await.expect("taken up");
            }
        });
        assert!(house.upstream.refreshes.load(Ordering::SeqCst) > 0, "it was being fetched");
        assert!(out.is_err(), "{out:?}");
    }
}

#[tokio::test]
async fn sto_11_nothing_that_is_handed_out_during_the_lock_is_good_after_it() {
    let house = House::with_account().await;
    allowed(&house, "read", Delivery::Gateway, Duration::Always).await;
    house.clock.turn(290);
    let wish = request(&house, &program("tool"), "read").await;
    let (locked, _) = tokio::join!(house.broker.lock(), house.broker.access(wish));
    locked.expect("locks");
    assert!(house.vault.records().leases.is_empty(), "{:?}", house.vault.records().leases);
    house.broker.unlock(Some("correct horse".into()), None).await.expect("opens");
    house.broker.access(request(&house, &program("tool"), "read").await).await.expect("as before");
}

#[tokio::test]
async fn ui_04_where_the_passphrase_is_asked_for_no_click_widens_what_was_allowed() {
    let house = House::with_account().await;
    allowed(&house, "read", Delivery::Gateway, HOUR).await;
    house.broker.set_preference(&setting::PASSPHRASE_FOR_RELEASE, "on", None).await.expect("tighter");
    let release = || ConsentEdit { delivery: Some(Delivery::Release), ..ConsentEdit::default() };
    let click = Presence::of_native_window();
    let outcome = edited(&house, release(), Some(&click)).await;
    assert!(needs_person(&outcome), "{outcome:?}");
    let shown = house.broker.widened(consent(&house).id.as_str(), release(), None);
    assert!(matches!(shown, Err(Error::PresenceNeeded(_))), "nobody is asked in vain");
    let longer = lasting(Duration::Always);
    edited(&house, longer, Some(&click)).await.expect("the gateway takes a click");
    let proof = house.broker.presence_by_passphrase(&"correct horse".into()).await.expect("right");
    edited(&house, release(), Some(&proof)).await.expect("allowed");
    assert_eq!(consent(&house).delivery, Delivery::Release);
}

/// A provider of the person's own, whose tokens can be ended one by one, at this host.
fn own(host: &str) -> Provider {
    let endpoints = Endpoints {
        authorization: format!("https://{host}/authorize"),
        token: format!("https://{host}/token"),
        revocation: Some(format!("https://{host}/revoke")),
        ..Endpoints::default()
    };
    let acme = fakes::acme();
    let mut own = Provider {
        id: ProviderId::from_text("own"),
        name: "Own".into(),
        issuer: None,
        endpoints: Some(endpoints),
        ..acme
    };
    // The token itself is the proof: no client has to be known for that.
    own.revocation = Revocation {
        way: RevocationWay::Own,
        proof: RevocationProof::Token,
        address: Some(format!("https://{host}/revoke")),
        access_token: AccessRevocation::Alone,
        ..Revocation::default()
    };
    own
}

async fn signed_in_at_own(house: &House) {
    let click = Presence::of_native_window();
    house.broker.add_provider(own("own.example"), &click).await.expect("added");
    let wish = SignInWish {
        provider: "own".into(),
        label: Some("mine".into()),
        client_id: Some("ours".into()),
        client_secret: None,
        scopes: scopes("read"),
        open_browser: false,
        way: SignInWay::Code,
        key: None,
    };
    let begun = house.broker.begin_sign_in(wish, &click).await.expect("begins");
    let end = house.broker.sign_in_end(begun.id.as_str()).await.expect("ends");
    assert!(matches!(end, SignInState::Completed { .. }), "{end:?}");
}

#[tokio::test]
async fn uc_16_a_sign_in_that_waits_to_be_given_back_goes_to_no_other_provider_of_that_id() {
    let house = House::empty(fakes::FakeUpstream::default()).await;
    signed_in_at_own(&house).await;
    let grant = SecretOf::Grant(house.vault.records().grants[0].id.clone());
    let away = UpstreamError::Away { provider: "Own".into(), detail: "no".into(), retry_after: None };
    house.upstream.fail(Some(away));
    house.broker.remove_account("mine").await.expect("removed");
    assert!(house.vault.secret_now(&grant).is_some(), "it waits");
    house.broker.remove_provider("own").await.expect("removed");
    house.broker.add_provider(own("evil.example"), &Presence::of_native_window()).await.expect("added");
    assert_eq!(house.vault.secret_now(&grant), None);
}

#[tokio::test]
async fn uc_16_a_released_token_is_ended_where_it_came_from_or_nowhere() {
    let house = House::empty(fakes::FakeUpstream::default()).await;
    signed_in_at_own(&house).await;
    let mut wish = request(&house, &program("tool"), "read").await;
    (wish.provider, wish.account) = (ProviderId::from_text("own"), Some("mine".into()));
    wish.delivery = Delivery::Release;
    let account = house.broker.account("mine").expect("there").account.id;
    let choice = Choice::Allow {
        account: Some(account),
        scopes: scopes("read"),
        delivery: Delivery::Release,
        duration: HOUR,
        conditions: Conditions::default(),
        user_code: None,
    };
    asked(&house, wish, choice).await.expect("released");
    assert_eq!(house.broker.tokens_out().expect("open").len(), 1);
    house.broker.add_provider(own("evil.example"), &Presence::of_native_window()).await.expect("moved");
    settle().await;
    assert!(house.broker.leases().expect("open").is_empty());
    assert_eq!(house.upstream.revocations.load(Ordering::SeqCst), 0, "nobody there is shown the token");
    assert!(house.broker.tokens_out().expect("open").is_empty());
    assert!(house.vault.sentences().iter().any(|said| said.contains("is still good there")));
}

#[tokio::test]
async fn uc_16_where_keylodge_registered_elsewhere_nothing_of_that_is_sent_to_the_provider_of_now() {
    let house = House::with_account().await;
    allowed(&house, "read", Delivery::Gateway, Duration::Always).await;
    house.vault.tamper(|records| {
        for client in &mut records.clients {
            (client.dynamic, client.issuer) = (true, "http://127.0.0.1:1".into());
        }
    });
    house.clock.turn(4000);
    let next = restarted(&house, &house.upstream).await;
    let wish = request(&next, &program("tool"), "read").await;
    let out = next.broker.access(wish).await.expect("the consent stands");
    let refused = gateway(&next, &out.token, "GET", "/things").await;
    assert!(matches!(&refused, Err(GatewayRefusal::Failed(Error::ReauthRequired { .. }))), "{refused:?}");
    assert!(house.upstream.seen_tokens.lock().expect("lock").is_empty());
}

#[tokio::test]
async fn uc_16_no_backup_puts_a_provider_in_the_place_of_a_shipped_one() {
    let house = House::with_account().await;
    let (click, pass) = (Presence::of_native_window(), "correct horse".into());
    let proof = house.broker.presence_by_passphrase(&pass).await.expect("right");
    house.broker.add_provider(own("own.example"), &click).await.expect("added");
    house.broker.backup(&pass, &proof).await.expect("made");
    house.vault.in_backup(|records| {
        for provider in &mut records.providers {
            provider.id = ProviderId::from_text("acme");
        }
    });
    house.broker.restore(&[], &pass, &proof).await.expect("restored");
    let acme = house.broker.provider("acme").expect("there").provider;
    assert_eq!(acme.issuer, fakes::acme().issuer);
    assert!(house.vault.records().providers.is_empty());
}

#[tokio::test]
async fn rg_11_a_scope_that_is_held_by_way_of_another_is_not_exempt_from_a_fresh_decision() {
    let upstream = fakes::FakeUpstream::default();
    *upstream.shape.lock().expect("lock") = Some(|mut acme| {
        for entry in &mut acme.scopes {
            match entry.scope.as_str() {
                "write" => {
                    entry.paths.clear();
                    entry.includes = vec![broker::Scope::parse("admin").expect("legal")];
                }
                "admin" => entry.risk = Risk::High,
                _ => {}
            }
        }
        acme
    });
    let house = House::at(upstream).await;
    house.broker.set_preference(&setting::HIGH_RISK_MINUTES, "1", None).await.expect("tighter");
    let out = allowed(&house, "write", Delivery::Gateway, HOUR).await;
    gateway(&house, &out.token, "GET", "/admin").await.expect("just decided");
    house.clock.turn(61);
    let late = gateway(&house, &out.token, "GET", "/admin").await;
    assert!(matches!(late, Err(GatewayRefusal::StaleDecision { .. })), "{late:?}");
}

#[tokio::test]
async fn dos_04_a_program_has_so_many_of_a_providers_tokens_and_no_more() {
    let house = House::with_tokens_that_end().await;
    allowed(&house, "read write admin", Delivery::Release, HOUR).await;
    let key = broker::KeyThumbprint::parse(&"k".repeat(43)).expect("a thumbprint");
    let wish = AccessRequest {
        delivery: Delivery::Release,
        ..request(&house, &program("tool"), "read write admin").await
    };
    let before = house.upstream.refreshes.load(Ordering::SeqCst);
    house.broker.access_bound(wish.clone(), Some(key)).await.expect("the same once more");
    assert_eq!(house.upstream.refreshes.load(Ordering::SeqCst), before, "a proof is no reason for a new one");
    let greedy = AccessRequest { min_ttl: u32::MAX, ..wish };
    let mut refused = 0;
    for _ in 0..40 {
        match house.broker.access(greedy.clone()).await {
            Ok(_) => {}
            Err(Error::TooMany(_)) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(refused, 25, "one was there, fifteen came");
}

#[tokio::test]
async fn dos_01_who_asks_for_more_life_than_there_is_gets_no_new_token_each_time() {
    let house = House::with_account().await;
    let first = allowed(&house, "read", Delivery::Gateway, HOUR).await;
    let greedy = AccessRequest { min_ttl: u32::MAX, ..request(&house, &program("tool"), "read").await };
    let again = house.broker.access(greedy).await.expect("handed out");
    assert_eq!(again.lease, first.lease);
}

#[tokio::test]
async fn oau_08_a_code_that_brought_nothing_may_be_tried_again_and_is_good_once() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let code = code(&house, &app, "read", HOUR).await;
    house.vault.fails.store(true, Ordering::SeqCst);
    assert!(house.broker.redeem(&app, &redemption(&code, VERIFIER)).await.is_err());
    house.vault.fails.store(false, Ordering::SeqCst);
    let out = house.broker.redeem(&app, &redemption(&code, VERIFIER)).await.expect("redeemed");
    assert!(!house.vault.sentences().iter().any(|said| said.contains("twice")), "nobody is accused");
    assert!(house.broker.redeem(&app, &redemption(&code, VERIFIER)).await.is_err());
    assert!(gateway(&house, &out.token, "GET", "/things").await.is_err(), "now it was a replay");
}

#[tokio::test]
async fn sto_08_a_program_can_give_its_token_back_on_a_full_disk() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let code = code(&house, &app, "read", HOUR).await;
    let out = house.broker.redeem(&app, &redemption(&code, VERIFIER)).await.expect("redeemed");
    house.vault.full.store(true, Ordering::SeqCst);
    house.broker.revoke_token(&app, &out.token).await.expect("given back");
    assert!(house.vault.records().leases.is_empty());
}
