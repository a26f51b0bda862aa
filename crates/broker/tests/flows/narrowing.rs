//! The ladder of narrowing: which way is taken, what its answer proves, and what is remembered of it.

use std::sync::atomic::Ordering;

use broker::{
    Delivery, Error, HandOut, Narrowing, Provider, Scope, ScopeSet,
    consent::Duration,
    provider::{
        Access, AccessRevocation, Revocation, RevocationProof, RevocationWay, ScopeEntry, SignInWay, Sureness,
    },
};

use crate::{
    asked,
    fakes::{FakeUpstream, HOUR, House, program, scopes},
    gateway, request, restarted, settle,
};

fn laddered(ways: &[Narrowing]) -> FakeUpstream {
    let upstream = FakeUpstream::default();
    upstream.narrowing.lock().expect("lock").extend(ways);
    upstream
}

pub async fn released(house: &House, tool: &str, what: &str) -> Result<HandOut, Error> {
    let mut wanted = request(house, &program(tool), what).await;
    wanted.delivery = Delivery::Release;
    asked(house, wanted, house.allow(what, Delivery::Release, Duration::Always)).await
}

fn known(house: &House) -> Vec<(Narrowing, bool)> {
    house.vault.records().grants[0].upkeep.narrows.clone().into_iter().collect()
}

fn unsure(provider: Provider) -> Provider {
    Provider { unsure_narrowing: provider.narrowing.clone(), ..provider }
}

/// An app whose permissions are its scopes, as at GitHub: a token for an installation, to measure.
fn github_app(provider: Provider) -> Provider {
    let entry = |name: &str, includes: &[&str]| ScopeEntry {
        includes: includes.iter().filter_map(|name| Scope::parse(name)).collect(),
        paths: vec!["/repos".into()],
        ..ScopeEntry::plain(Scope::parse(name).expect("legal"), name, "Code", Access::Write)
    };
    Provider {
        scopes: vec![
            entry("contents:read", &[]),
            entry("contents:write", &["contents:read"]),
            entry("issues:write", &[]),
        ],
        revocation: Revocation {
            way: RevocationWay::Own,
            proof: RevocationProof::Token,
            access_token: AccessRevocation::Alone,
            ..provider.revocation.clone()
        },
        ..provider
    }
}

async fn installed(what: &str) -> House {
    let upstream = laddered(&[Narrowing::ScopedApi]);
    *upstream.shape.lock().expect("lock") = Some(github_app);
    let house = House::empty(upstream).await;
    house.sign_in_by(what, SignInWay::GithubApp).await;
    house
}

#[tokio::test]
async fn an_app_s_token_is_limited_to_the_consent_s_repositories_and_permissions_and_ends_with_it() {
    let house = installed("contents:write issues:write").await;
    let out = released(&house, "tool", "contents:read only:docs").await.expect("released");
    assert_eq!(out.scopes, scopes("contents:read only:docs"), "as the answer proves");
    assert_eq!(*house.upstream.last_asked.lock().expect("lock"), Some(scopes("contents:read only:docs")));
    assert!(out.note.contains("no more than was allowed: it was made by the provider"), "{}", out.note);
    let told = house.vault.sentences();
    assert!(
        told.iter().any(|said| said.contains("released, made by the provider for just this")),
        "{told:?}"
    );
    assert_eq!(house.broker.leases().expect("open")[0].narrowed_by, Some(Narrowing::ScopedApi));
    let consent = house.broker.consents().expect("open")[0].id.to_string();
    house.broker.revoke_consent(&consent, None, None).await.expect("withdrawn");
    settle().await;
    assert_eq!(house.upstream.revoked(), ["upstream-1"], "by itself, without a client of ours");
    *house.upstream.answers_scopes.lock().expect("lock") = Some(scopes("contents:read"));
    let refused = released(&house, "other", "contents:read only:docs").await;
    let Err(Error::NotReleased(why)) = refused else { panic!("{refused:?}") };
    assert!(
        why.contains("the same outside of the limit"),
        "a limit that was not looked at proves nothing: {why}"
    );
}

/// OAU-14: what was allowed for one repository is nothing for another, and nothing for all of them.
#[tokio::test]
async fn oau_14_a_consent_with_a_limit_covers_nothing_outside_of_it() {
    let house = installed("contents:write issues:write").await;
    released(&house, "tool", "contents:read only:docs").await.expect("released");
    for more in [
        "contents:read",
        "contents:read only:site",
        "contents:read only:docs only:site",
        "contents:write only:docs",
    ] {
        let mut wanted = request(&house, &program("tool"), more).await;
        wanted.delivery = Delivery::Release;
        let refused = house.broker.access_without_asking(wanted, None).await;
        assert!(matches!(refused, Err(Error::ConsentNeeded(_))), "{more}: {refused:?}");
    }
    let mut same = request(&house, &program("tool"), "contents:read only:docs").await;
    same.delivery = Delivery::Release;
    house.broker.access_without_asking(same, None).await.expect("it stands");
    let id = house.broker.consents().expect("open")[0].id.to_string();
    let limit = Scope::parse("only:docs").expect("legal");
    house.broker.revoke_consent(&id, Some(&limit), None).await.expect("withdrawn");
    assert!(
        house.broker.consents().expect("open").is_empty(),
        "without its limit it would allow more than before"
    );
}

#[tokio::test]
async fn rg_08_the_gateway_keeps_nobody_to_a_limit_that_it_cannot_see() {
    let house = installed("contents:write").await;
    let wanted = request(&house, &program("tool"), "contents:write only:docs").await;
    let refused = house.broker.access(wanted.clone()).await;
    assert!(matches!(refused, Err(Error::InvalidTarget(_))), "told before the person is asked: {refused:?}");
    let mut either = wanted;
    either.delivery = Delivery::Release;
    let choice = house.allow("contents:write only:docs", Delivery::Gateway, HOUR);
    let refused = asked(&house, either, choice).await;
    assert!(matches!(refused, Err(Error::InvalidTarget(_))), "nor by the person's choice: {refused:?}");
    // Where the sign-in itself is limited, its token is.
    let house = installed("contents:write only:docs").await;
    let wanted = request(&house, &program("tool"), "contents:write only:docs").await;
    let choice = house.allow("contents:write only:docs", Delivery::Gateway, HOUR);
    let out = asked(&house, wanted, choice).await.expect("out");
    gateway(&house, &out.token, "GET", "/repos/acme/docs").await.expect("served");
    let wider = request(&house, &program("tool"), "contents:write").await;
    assert!(house.broker.access(wider).await.is_err(), "a sign-in with a limit has nothing outside of it");
}

/// Microsoft: each token is for one service, and the sign-in reaches several.
fn services(provider: Provider) -> Provider {
    Provider { scope_service: Some("https://graph.example".into()), ..provider }
}

#[tokio::test]
async fn a_token_for_one_service_is_asked_for_by_itself_and_the_sign_in_keeps_both() {
    const MAIL: &str = "https://mail.example/IMAP https://mail.example/SMTP";
    let upstream = laddered(&[Narrowing::PerResource]);
    *upstream.shape.lock().expect("lock") = Some(services);
    *upstream.grants_only.lock().expect("lock") = Some(scopes("read write"));
    let house = House::empty(upstream).await;
    house.sign_in_for(&format!("read write {MAIL}")).await;
    let has = house.broker.account("work").expect("there").scopes;
    assert_eq!(
        has,
        scopes(&format!("read write {MAIL}")),
        "the first token is for one service; both were signed in to"
    );
    let out = released(&house, "tool", MAIL).await.expect("released");
    assert_eq!(
        (out.scopes, house.upstream.last_asked.lock().expect("lock").clone()),
        (scopes(MAIL), Some(scopes(MAIL)))
    );
    assert_eq!(house.broker.leases().expect("open")[0].narrowed_by, Some(Narrowing::PerResource));
    let mut two = request(&house, &program("other"), "read https://mail.example/SMTP").await;
    two.delivery = Delivery::Release;
    let refused = house.broker.access(two).await;
    let Err(Error::NotReleased(why)) = refused else { panic!("{refused:?}") };
    assert!(why.contains("one service"), "{why}");
    *house.upstream.answers_scopes.lock().expect("lock") = Some(scopes(MAIL));
    let refused = released(&house, "third", "https://mail.example/SMTP").await;
    assert!(
        matches!(refused, Err(Error::NotReleased(_))),
        "within a service the answer is as wide as it is: {refused:?}"
    );
    *house.upstream.answers_scopes.lock().expect("lock") = None;
    house.clock.turn(3600);
    let wanted = request(&house, &program("tool"), "read").await;
    let ours = asked(&house, wanted, house.allow("read", Delivery::Gateway, HOUR)).await.expect("out");
    gateway(&house, &ours.token, "GET", "/things").await.expect("served");
    assert_eq!(
        *house.upstream.last_asked.lock().expect("lock"),
        Some(scopes("read write")),
        "the gateway's service"
    );
    assert!(!house.vault.records().grants[0].upkeep.shrinks, "and nothing was lost by that");
}

#[tokio::test]
async fn what_the_first_answer_shows_of_an_unsure_way_is_remembered_until_the_next_sign_in() {
    for (proves, silent, learnt) in [
        (Some(true), false, vec![(Narrowing::Exchange, true)]),
        (Some(false), false, vec![(Narrowing::Refresh, true), (Narrowing::Exchange, false)]),
        (None, false, vec![(Narrowing::Refresh, true), (Narrowing::Exchange, false)]),
        // An answer that names no scopes means "as asked" only where the provider's documents promise the narrowing.
        (None, true, vec![(Narrowing::Refresh, false), (Narrowing::Exchange, false)]),
    ] {
        let upstream = laddered(&[Narrowing::Exchange, Narrowing::Refresh]);
        *upstream.shape.lock().expect("lock") = Some(unsure);
        *upstream.exchange_proves.lock().expect("lock") = proves;
        upstream.silent.store(silent, Ordering::SeqCst);
        let house = House::at(upstream).await;
        let first = released(&house, "tool", "read").await;
        assert_eq!(first.is_err(), silent, "{first:?}");
        assert_eq!(known(&house), learnt);
        let asked_before = house.upstream.refreshes.load(Ordering::SeqCst);
        let next = restarted(&house, &house.upstream).await;
        let again = released(&next, "other", "read").await;
        assert_eq!(again.is_err(), silent, "{again:?}");
        let asked_again = next.upstream.refreshes.load(Ordering::SeqCst) - asked_before;
        assert_eq!(
            asked_again,
            usize::from(proves != Some(true) && !silent),
            "what does not narrow is not asked again"
        );
        let (way, sure) = next.broker.narrowing_of("work").expect("there")[0];
        assert_eq!(
            (way, sure),
            (Narrowing::Exchange, if proves == Some(true) { Sureness::High } else { Sureness::Low })
        );
        next.sign_in().await;
        assert_eq!(known(&next), [], "a new sign-in is tried anew");
        assert_eq!(
            next.broker.narrowing_of("work").expect("there")[0],
            (Narrowing::Exchange, Sureness::Medium)
        );
    }
}

pub fn signing_in_twice(provider: Provider) -> Provider {
    Provider { narrowing: vec![Narrowing::SeparateGrant], ..provider }
}

/// What each second sign-in of the account holds.
pub fn second_ones(house: &House) -> Vec<ScopeSet> {
    let held = house.broker.account("work").expect("there").sign_ins.into_iter();
    held.filter(|held| held.separate).map(|held| held.scopes).collect()
}

pub async fn second_sign_in(house: &House, what: &str) -> Result<broker::SignInState, Error> {
    let presence = broker::Presence::of_native_window();
    let begun = house.broker.begin_separate("work", scopes(what), false, &presence).await?;
    house.broker.sign_in_end(begun.id.as_str()).await
}

#[tokio::test]
async fn a_second_sign_in_for_less_gives_a_token_with_no_more_beside_the_account_s_own() {
    let upstream = FakeUpstream::default();
    *upstream.shape.lock().expect("lock") = Some(signing_in_twice);
    let house = House::at(upstream).await;
    let Err(Error::NotReleased(why)) = released(&house, "tool", "read").await else { panic!("released") };
    assert!(why.contains("--separate"), "{why}");
    second_sign_in(&house, "read").await.expect("signed in");
    assert_eq!(second_ones(&house), [scopes("read")]);
    let out = released(&house, "second", "read").await.expect("released");
    assert_eq!((out.token.expose().as_str(), out.scopes), ("upstream-signed-in-1", scopes("read")));
    assert_eq!(house.broker.leases().expect("open")[0].narrowed_by, Some(Narrowing::SeparateGrant));
    second_sign_in(&house, "read").await.expect("again");
    assert_eq!(house.vault.records().grants.len(), 2, "the same one, and no third");
    let wanted = request(&house, &program("tool"), "read write").await;
    let ours = asked(&house, wanted, house.allow("read write", Delivery::Gateway, HOUR)).await.expect("out");
    gateway(&house, &ours.token, "POST", "/things").await.expect("the account's own sign-in is as it was");
    for wrong in ["read write admin", "other", ""] {
        assert!(matches!(second_sign_in(&house, wrong).await, Err(Error::InvalidRequest(_))), "{wrong}");
    }
    // A dead one goes with the account's next own sign-in.
    house.clock.turn(3600);
    house.upstream.fail(Some(broker::UpstreamError::Refused {
        provider: "Acme".into(),
        code: "invalid_grant".into(),
        detail: String::new(),
    }));
    released(&house, "other", "read").await.expect_err("it has died");
    assert!(matches!(
        house.broker.account("work").expect("there").health,
        broker::Health::NeedsSignIn { .. }
    ));
    house.upstream.fail(None);
    house.sign_in().await;
    let health = house.broker.account("work").expect("there").health;
    assert_eq!((health, second_ones(&house)), (broker::Health::Working, vec![]));
}

#[tokio::test]
async fn the_account_s_own_sign_in_stays_its_own_though_it_comes_back_smaller_than_a_second_one() {
    let upstream = FakeUpstream::default();
    *upstream.shape.lock().expect("lock") = Some(signing_in_twice);
    let house = House::at(upstream).await;
    let whole = house.vault.records().grants[0].scopes.clone();
    second_sign_in(&house, "read write").await.expect("signed in");
    for (answer, own) in [(Some(scopes("read")), scopes("read")), (None, whole)] {
        *house.upstream.grants_only.lock().expect("lock") = answer;
        house.sign_in().await;
        assert_eq!(second_ones(&house), [scopes("read write")]);
        let grants = house.vault.records().grants;
        let mut kept: Vec<_> = grants.iter().map(|grant| grant.scopes.clone()).collect();
        kept.retain(|kept| *kept != scopes("read write"));
        assert_eq!(kept, [own], "it is replaced, and no other");
    }
}

#[tokio::test]
async fn oau_15_a_second_sign_in_that_adds_what_was_allowed_before_is_not_kept_and_not_tried_again() {
    let upstream = FakeUpstream::default();
    *upstream.shape.lock().expect("lock") = Some(signing_in_twice);
    let house = House::at(upstream).await;
    *house.upstream.grants_only.lock().expect("lock") = Some(scopes("read write admin"));
    let end = second_sign_in(&house, "read").await.expect("ends");
    assert!(matches!(end, broker::SignInState::Failed(_)), "{end:?}");
    assert_eq!(house.vault.records().grants.len(), 1);
    let Err(Error::InvalidRequest(why)) = second_sign_in(&house, "read").await else { panic!("begun") };
    assert!(why.contains("It was tried"), "{why}");
    let merging = |provider| Provider { merges_consent: true, ..signing_in_twice(provider) };
    let upstream = FakeUpstream::default();
    *upstream.shape.lock().expect("lock") = Some(merging);
    let house = House::at(upstream).await;
    let Err(Error::InvalidRequest(why)) = second_sign_in(&house, "read").await else { panic!("begun") };
    assert!(why.contains("adds up what was ever allowed"), "known beforehand: {why}");
}

#[tokio::test]
async fn the_question_says_by_which_way_a_token_with_just_this_is_tried_for() {
    for (ways, narrowing) in [
        (vec![Narrowing::Exchange, Narrowing::GatewayRules], Some(vec![Narrowing::Exchange])),
        (vec![Narrowing::GatewayRules], Some(vec![])),
    ] {
        let house = House::at(laddered(&ways)).await;
        let mut wanted = request(&house, &program("tool"), "read").await;
        wanted.delivery = Delivery::Release;
        let answer = async {
            let prompt = house.prompt().await;
            let broker::Asks::Access(question) = &prompt.asks else { panic!("another question") };
            assert_eq!(question.narrowing, narrowing);
            house.answer(broker::Choice::Deny { remember: false }).await;
        };
        let (refused, ()) = tokio::join!(house.broker.access(wanted), answer);
        assert!(refused.is_err());
    }
}

#[tokio::test]
async fn a_client_id_that_is_nearly_full_says_so_in_time() {
    let capped = |provider: Provider| {
        let mut provider = provider;
        provider.client.health.user_cap = Some(1);
        provider
    };
    let upstream = FakeUpstream::default();
    *upstream.shape.lock().expect("lock") = Some(capped);
    let house = House::at(upstream).await;
    let notice = || house.broker.account("work").expect("there").notice;
    assert!(notice().is_some_and(|soon| soon.told.contains("takes 1 accounts")), "{:?}", notice());
}

#[tokio::test]
async fn a_used_consent_that_is_made_for_once_ends_with_what_is_out_already() {
    let house = House::with_account().await;
    let wanted = request(&house, &program("tool"), "read").await;
    let out =
        asked(&house, wanted, house.allow("read", Delivery::Gateway, Duration::Always)).await.expect("out");
    let id = house.broker.consents().expect("open")[0].id.to_string();
    let once = broker::ConsentEdit { duration: Some(Duration::Once), ..broker::ConsentEdit::default() };
    house.broker.edit_consent(&id, once, None).await.expect("it narrows");
    assert_eq!(house.broker.consents().expect("open")[0].until, Some(out.expires_at));
    gateway(&house, &out.token, "GET", "/things").await.expect("what is out runs to its end");
}
