//! Release: the provider's own token is never wider than its consent, and never out for longer.

use std::sync::atomic::Ordering;

use broker::{
    Choice, ConsentEdit, Delivery, Error, HandOut, LeaseId, Narrowing, Notice, Policy, PolicyState, Presence,
    ReleaseEnd, SecretOf, Tiding, UpstreamError, consent::Duration, provider::AccessRevocation,
};

use crate::{
    asked,
    fakes::{FakeUpstream, HOUR, House, program, scopes},
    gateway, request, restarted, settle,
};

const QUARTER: Duration = Duration::Seconds { seconds: 900 };
const MONTH: Duration = Duration::Seconds { seconds: 30 * 24 * 3600 };
const ALL: &str = "read write admin";

/// Asks for the provider's own token, and lets the person allow it for so long.
async fn released_to(house: &House, tool: &str, duration: Duration) -> Result<HandOut, Error> {
    let mut wanted = request(house, &program(tool), ALL).await;
    wanted.delivery = Delivery::Release;
    asked(house, wanted, house.allow(ALL, Delivery::Release, duration)).await
}

async fn released(house: &House, duration: Duration) -> HandOut {
    released_to(house, "tool", duration).await.expect("released")
}

async fn tick(house: &House) {
    house.broker.tick().await;
    settle().await;
}

fn away() -> UpstreamError {
    UpstreamError::Away { provider: "Acme".into(), detail: "503".into(), retry_after: None }
}

fn consent(house: &House) -> String {
    house.broker.consents().expect("open")[0].id.to_string()
}

fn told(house: &House, words: &str) -> usize {
    house.vault.sentences().iter().filter(|said| said.contains(words)).count()
}

fn alarmed(house: &House) -> bool {
    house.told().contains(&Notice::Tiding(Tiding::StillOut { app_name: "tool".into() }))
}

/// Nothing is kept of it any more, least of all the token.
fn is_forgotten(house: &House, lease: &LeaseId) -> bool {
    house.vault.records().released.is_empty()
        && house.vault.secret_now(&SecretOf::Released(lease.clone())).is_none()
}

#[tokio::test]
async fn tk_16_a_released_token_ends_with_its_consent_and_the_gateways_does_not() {
    let house = House::with_tokens_that_end().await;
    let out = released(&house, QUARTER).await;
    assert_eq!(out.token.expose(), "upstream-1", "one of its own");
    assert_eq!(out.expires_at.since(house.broker.now()), 900, "the consent's end, not the token's");
    assert!(out.note.contains("Keylodge ends it there"), "{}", out.note);
    house.clock.turn(899);
    tick(&house).await;
    assert!(house.upstream.revoked().is_empty());
    house.clock.turn(1);
    tick(&house).await;
    assert_eq!(house.upstream.revoked(), ["upstream-1"]);
    assert!(is_forgotten(&house, &out.lease) && told(&house, "Ended at Acme, too") == 1);
    let wanted = request(&house, &program("tool"), "read").await;
    let ours = asked(&house, wanted, house.allow("read", Delivery::Gateway, HOUR)).await.expect("out");
    gateway(&house, &ours.token, "GET", "/things").await.expect("the gateway's token is another one");
    assert_eq!(house.upstream.refreshes.load(Ordering::SeqCst), 1, "and lives");
}

#[tokio::test]
async fn tk_16_whatever_ends_the_lease_ends_the_token_at_once() {
    for way in 0..9 {
        let house = House::with_tokens_that_end().await;
        let out = released(&house, Duration::Always).await;
        let kept = house.vault.secret_now(&SecretOf::Released(out.lease.clone()));
        assert_eq!(kept.as_deref(), Some("upstream-1"), "written before it left");
        let broker = &house.broker;
        let app = house.vault.records().apps[0].id.to_string();
        let write = broker::Scope::parse("write").expect("legal");
        let forbid = Policy { forbid_release: true, ..Policy::default() };
        match way {
            0 => broker.revoke_consent(&consent(&house), None, None).await.expect("withdrawn"),
            1 => broker.revoke_consent(&consent(&house), Some(&write), None).await.expect("less"),
            2 => broker.revoke_lease(out.lease.as_str()).await.expect("ended"),
            3 => broker.revoke_app(&app).await.expect("revoked"),
            4 => broker.remove_app(&app, None).await.expect("removed"),
            5 => drop(broker.remove_account("work").await.expect("removed")),
            6 => broker.set_policy(PolicyState::Stands(forbid)).await.expect("taken up"),
            7 => broker.lock().await.expect("locked"),
            _ => broker.panic().await.expect("panicked"),
        }
        settle().await;
        assert_eq!(house.upstream.revoked(), ["upstream-1"], "way {way}");
        if way >= 7 {
            broker.unlock(Some("correct horse".into()), None).await.expect("opens");
        }
        assert!(is_forgotten(&house, &out.lease), "way {way}");
        assert_eq!(told(&house, "Ended at Acme, too: the token that “tool” had"), 1, "way {way}");
    }
}

#[tokio::test]
async fn tk_16_a_consent_that_is_cut_back_ends_what_it_covers_no_longer() {
    let house = House::with_tokens_that_end().await;
    released(&house, Duration::Always).await;
    let note = ConsentEdit { note: Some("mine".into()), ..ConsentEdit::default() };
    house.broker.edit_consent(&consent(&house), note, None).await.expect("edited");
    settle().await;
    assert!(house.upstream.revoked().is_empty(), "a note changes nothing");
    let shorter = ConsentEdit { duration: Some(QUARTER), ..ConsentEdit::default() };
    house.broker.edit_consent(&consent(&house), shorter, None).await.expect("edited");
    settle().await;
    assert_eq!(house.upstream.revoked(), ["upstream-1"], "it would have outlived the consent");
    let longest = Policy { longest_consent_minutes: Some(5), ..Policy::default() };
    let mut again = request(&house, &program("tool"), ALL).await;
    again.delivery = Delivery::Release;
    house.broker.access(again).await.expect("the consent stands");
    house.broker.set_policy(PolicyState::Stands(longest)).await.expect("taken up");
    settle().await;
    assert_eq!(house.upstream.revoked(), ["upstream-1", "upstream-2"], "the policy's end is earlier still");
}

#[tokio::test]
async fn what_is_for_once_or_until_lock_ends_so() {
    let house = House::with_tokens_that_end().await;
    let once = released(&house, Duration::Once).await;
    assert_eq!(
        once.expires_at.since(house.broker.now()),
        3600,
        "one hand-out, as long as it lasts by itself"
    );
    released_to(&house, "other", Duration::UntilLock).await.expect("released");
    house.clock.turn(3600);
    tick(&house).await;
    assert!(house.upstream.revoked().is_empty(), "what has run out needs no end");
    assert!(house.vault.records().released.is_empty() && house.broker.consents().expect("open").len() == 1);
    let mut again = request(&house, &program("other"), ALL).await;
    again.delivery = Delivery::Release;
    house.broker.access(again).await.expect("until lock");
    // Killed and started again: what was until lock is over.
    let next = restarted(&house, &house.upstream).await;
    assert_eq!(next.upstream.revoked(), ["upstream-3"]);
    assert!(next.broker.consents().expect("open").is_empty());
}

#[tokio::test]
async fn tokens_of_several_programs_are_not_pulled_from_under_each_other() {
    let house = House::with_tokens_that_end().await;
    let one = released_to(&house, "one", Duration::Always).await.expect("released");
    let two = released_to(&house, "two", Duration::Always).await.expect("released");
    assert_ne!(one.token.expose(), two.token.expose());
    house.broker.revoke_lease(one.lease.as_str()).await.expect("ended");
    settle().await;
    assert_eq!(house.upstream.revoked(), [one.token.expose().clone()]);
    let mut again = request(&house, &program("two"), ALL).await;
    again.delivery = Delivery::Release;
    assert_eq!(house.broker.access(again).await.expect("lives").token.expose(), two.token.expose());
}

#[tokio::test]
async fn tk_16_where_a_token_cannot_be_ended_in_time_it_does_not_leave_and_the_question_says_so() {
    let house = House::with_account().await;
    let mut wanted = request(&house, &program("tool"), ALL).await;
    wanted.delivery = Delivery::Release;
    let allow = house.allow(ALL, Delivery::Release, MONTH);
    let (out, shown) = tokio::join!(house.broker.access(wanted.clone()), async {
        let prompt = house.prompt().await;
        house.answer(allow).await;
        prompt.asks
    });
    let broker::Asks::Access(question) = shown else { panic!("another question") };
    assert_eq!(question.release, Some(ReleaseEnd::ByItself { seconds: Some(3600) }));
    assert_eq!(question.durations, [Duration::Once, Duration::UntilLock, MONTH, Duration::Always]);
    let out = out.expect("it ends before the consent does");
    assert_eq!(out.expires_at.since(house.broker.now()), 3600, "its real end");
    assert!(!out.note.contains("ends it there"));
    let shorter = ConsentEdit { duration: Some(QUARTER), ..ConsentEdit::default() };
    house.broker.edit_consent(&consent(&house), shorter, None).await.expect("edited");
    let refused = house.broker.access(wanted.clone()).await;
    assert!(
        matches!(&refused, Err(Error::NotReleased(why)) if why.contains("Use the gateway")),
        "{refused:?}"
    );
    house.clock.turn(3600 - 1000);
    let longer = ConsentEdit { duration: Some(HOUR), ..ConsentEdit::default() };
    let present = Presence::of_native_window();
    house.broker.edit_consent(&consent(&house), longer, Some(&present)).await.expect("edited");
    house.broker.access(wanted).await.expect("what is left of it ends in time");
    assert!(house.upstream.revoked().is_empty());
}

#[tokio::test]
async fn uc_17_a_token_without_an_end_leaves_for_an_hour_where_it_can_be_ended_and_else_not_at_all() {
    let endless = |what| {
        let upstream = FakeUpstream::revoking(what);
        upstream.expires_in.store(-1, Ordering::SeqCst);
        upstream
    };
    let house = House::at(endless(AccessRevocation::Alone)).await;
    let out = released(&house, Duration::Always).await;
    assert_eq!(out.expires_at.since(house.broker.now()), 3600);
    house.clock.turn(3600);
    tick(&house).await;
    assert_eq!(house.upstream.revoked(), [out.token.expose().clone()]);
    let short = released_to(&house, "other", QUARTER).await.expect("released");
    assert_eq!(short.expires_at.since(house.broker.now()), 900, "never beyond the consent");
    let house = House::at(endless(AccessRevocation::WithSignIn)).await;
    let mut wanted = request(&house, &program("tool"), ALL).await;
    wanted.delivery = Delivery::Release;
    let refused = house.broker.access(wanted).await;
    assert!(matches!(&refused, Err(Error::NotReleased(why)) if why.contains("do not end")), "{refused:?}");
    assert!(house.broker.prompts().is_empty(), "nobody was asked");
}

#[tokio::test]
async fn what_lasts_for_days_and_cannot_be_ended_is_refused_before_anybody_is_asked() {
    let upstream = FakeUpstream::default();
    upstream.expires_in.store(7 * 24 * 3600, Ordering::SeqCst);
    let house = House::at(upstream).await;
    let mut wanted = request(&house, &program("tool"), ALL).await;
    wanted.delivery = Delivery::Release;
    let refused = house.broker.access(wanted).await;
    assert!(
        matches!(&refused, Err(Error::NotReleased(why)) if why.contains("longer than a day")),
        "{refused:?}"
    );
    assert!(house.broker.prompts().is_empty());
}

#[tokio::test]
async fn a_token_that_the_gateway_uses_is_not_taken_for_one_of_its_own() {
    let upstream = FakeUpstream::revoking(AccessRevocation::Alone);
    upstream.repeats.store(true, Ordering::SeqCst);
    let house = House::at(upstream).await;
    let out = released(&house, Duration::Always).await;
    assert_eq!(out.token.expose(), "upstream-0", "the provider gave the same again");
    house.broker.revoke_lease(out.lease.as_str()).await.expect("ended");
    settle().await;
    assert!(house.upstream.revoked().is_empty(), "it is not ended under the gateway");
    house.upstream.expires_in.store(-1, Ordering::SeqCst);
    house.sign_in().await;
    let refused = released_to(&house, "other", Duration::Always).await;
    assert!(matches!(refused, Err(Error::NotReleased(_))), "the sign-in itself does not leave: {refused:?}");
}

#[tokio::test]
async fn sto_08_nothing_leaves_that_was_not_written_down() {
    let house = House::with_tokens_that_end().await;
    *house.upstream.breaks.lock().expect("lock") = Some(house.vault.clone());
    let refused = released_to(&house, "tool", HOUR).await;
    assert!(matches!(refused, Err(Error::Vault(_))), "{refused:?}");
    assert!(house.vault.records().released.is_empty());
}

#[tokio::test]
async fn uc_23_a_provider_that_is_away_is_asked_again_and_what_that_means_is_said_once() {
    let house = House::with_tokens_that_end().await;
    let out = released(&house, QUARTER).await;
    house.upstream.fail(Some(away()));
    house.clock.turn(900);
    tick(&house).await;
    tick(&house).await;
    assert_eq!(house.upstream.revocations.load(Ordering::SeqCst), 1, "not again at once");
    assert_eq!(told(&house, "goes on trying to end it"), 1);
    assert!(alarmed(&house));
    let mut tried = Vec::new();
    for second in 0..600 {
        house.clock.turn(1);
        tick(&house).await;
        let times = house.upstream.revocations.load(Ordering::SeqCst);
        if times > tried.len() + 1 {
            tried.push(second);
        }
    }
    assert_eq!(tried.len(), 3, "after one, two and four minutes: {tried:?}");
    assert_eq!(told(&house, "goes on trying to end it"), 1);
    let next = restarted(&house, &house.upstream).await;
    next.upstream.fail(None);
    next.clock.turn(480);
    tick(&next).await;
    assert_eq!(next.upstream.revoked(), ["upstream-1"], "a restart forgets nothing");
    assert!(is_forgotten(&next, &out.lease));
}

#[tokio::test]
async fn uc_23_what_runs_out_meanwhile_needs_no_end() {
    let house = House::with_tokens_that_end().await;
    let out = released(&house, QUARTER).await;
    house.upstream.fail(Some(away()));
    for _ in 0..7 {
        house.clock.turn(600);
        tick(&house).await;
    }
    assert!(is_forgotten(&house, &out.lease) && house.upstream.revoked().is_empty());
}

#[tokio::test]
async fn uc_23_what_cannot_be_ended_is_said_with_what_to_do_by_hand() {
    let house = House::with_tokens_that_end().await;
    let out = released(&house, Duration::Always).await;
    let code = "unsupported_token_type";
    let no = UpstreamError::Refused { provider: "Acme".into(), code: code.into(), detail: "no".into() };
    house.upstream.fail(Some(no));
    house.broker.revoke_consent(&consent(&house), None, None).await.expect("withdrawn all the same");
    settle().await;
    assert_eq!(told(&house, "is still good there, for up to 60 minutes. Withdraw Keylodge's access"), 1);
    assert!(is_forgotten(&house, &out.lease) && alarmed(&house));
}

#[tokio::test]
async fn sto_06_overdue_tokens_are_ended_at_the_next_start_also_after_a_kill_in_the_middle() {
    let house = House::with_tokens_that_end().await;
    let out = released(&house, QUARTER).await;
    house.clock.turn(1000);
    let next = restarted(&house, &house.upstream).await;
    assert_eq!(next.upstream.revoked(), ["upstream-1"], "nobody had to ask");
    assert!(is_forgotten(&next, &out.lease));
    let out = released_to(&next, "other", Duration::Always).await.expect("released");
    // The provider has done it, and the disk is full: it is done once more.
    next.broker.revoke_lease(out.lease.as_str()).await.expect("ended");
    next.vault.fails.store(true, Ordering::SeqCst);
    settle().await;
    next.vault.fails.store(false, Ordering::SeqCst);
    let last = restarted(&next, &next.upstream).await;
    assert_eq!(last.upstream.revoked()[1..], [out.token.expose().clone(), out.token.expose().clone()]);
    assert!(is_forgotten(&last, &out.lease));
}

#[tokio::test]
async fn a_restore_ends_what_is_out_now_and_what_was_out_when_the_backup_was_made() {
    let house = House::with_tokens_that_end().await;
    let words = "the backup's own".into();
    let present = house.broker.presence_by_passphrase(&"correct horse".into()).await.expect("right");
    let then = released(&house, Duration::Always).await;
    let backup = house.broker.backup(&words, &present).await.expect("made");
    let now = released_to(&house, "other", Duration::Always).await.expect("released");
    house.broker.restore(&backup, &words, &present).await.expect("restored");
    settle().await;
    let mut revoked = house.upstream.revoked();
    revoked.sort_unstable();
    assert_eq!(revoked, [then.token.expose().clone(), now.token.expose().clone()]);
    assert!(house.vault.records().released.is_empty());
}

#[tokio::test]
async fn a_locked_vault_keeps_what_its_provider_did_not_answer_until_it_opens() {
    let house = House::with_tokens_that_end().await;
    let out = released(&house, Duration::Always).await;
    house.upstream.fail(Some(away()));
    house.broker.lock().await.expect("locked");
    settle().await;
    assert_eq!(house.upstream.revocations.load(Ordering::SeqCst), 1, "asked once, from memory");
    house.upstream.fail(None);
    house.clock.turn(60);
    tick(&house).await;
    assert!(house.upstream.revoked().is_empty(), "the token is sealed again");
    house.broker.unlock(Some("correct horse".into()), None).await.expect("opens");
    settle().await;
    assert_eq!(house.upstream.revoked(), ["upstream-1"]);
    assert!(is_forgotten(&house, &out.lease));
}

#[tokio::test]
async fn panic_ends_at_the_provider_what_is_out_whatever_ends_with_it() {
    let house = House::at(FakeUpstream::revoking(AccessRevocation::WithSignIn)).await;
    released(&house, Duration::Always).await;
    house.broker.revoke_consent(&consent(&house), None, None).await.expect("withdrawn");
    settle().await;
    assert!(house.upstream.revoked().is_empty(), "a withdrawal does not cost the sign-in");
    assert_eq!(house.vault.records().released.len(), 1, "but it is remembered what is out");
    assert_eq!(told(&house, "works at the provider for up to 60 minutes more"), 1);
    house.broker.panic().await.expect("panicked");
    settle().await;
    assert_eq!(house.upstream.revoked(), ["upstream-0"]);
    house.broker.unlock(Some("correct horse".into()), None).await.expect("opens");
    assert!(house.vault.records().released.is_empty());
}

#[tokio::test]
async fn panic_waits_for_no_provider_and_no_disk() {
    let house = House::with_tokens_that_end().await;
    released(&house, Duration::Always).await;
    house.upstream.hangs.store(true, Ordering::SeqCst);
    let panic = house.broker.panic();
    tokio::time::timeout(std::time::Duration::from_millis(50), panic).await.expect("at once").expect("done");
    let next = restarted(&house, &std::sync::Arc::new(FakeUpstream::revoking(AccessRevocation::Alone))).await;
    assert_eq!(
        next.upstream.revoked(),
        ["upstream-1"],
        "what the provider left open is tried at the next start"
    );
    released_to(&next, "other", Duration::Always).await.expect("released");
    next.vault.fails.store(true, Ordering::SeqCst);
    assert!(matches!(next.broker.panic().await, Err(Error::Vault(_))));
    settle().await;
    assert_eq!(next.upstream.revoked().len(), 2, "told to the provider though it could not be written down");
}

#[tokio::test]
async fn tk_16_release_is_never_wider_than_the_consent() {
    let house = House::with_account().await;
    let mut wanted = request(&house, &program("tool"), "read").await;
    wanted.delivery = Delivery::Release;
    let refused = asked(&house, wanted, house.allow("read", Delivery::Release, MONTH)).await;
    assert!(matches!(refused, Err(Error::NotReleased(_))), "OAU-15: the token would carry more: {refused:?}");
    assert!(
        house.vault.sentences().iter().any(|told| told.starts_with("Not released")),
        "and the person sees it"
    );
    let mut all = request(&house, &program("tool"), "read write admin").await;
    all.delivery = Delivery::Release;
    let released = asked(&house, all, house.allow("read write admin", Delivery::Release, MONTH))
        .await
        .expect("released");
    assert_eq!(released.token.expose(), "upstream-0");
    assert_eq!(released.expires_at.since(house.broker.now()), 3600, "its real end");
    assert!(
        gateway(&house, &released.token, "GET", "/things").await.is_err(),
        "RG-04: not good at the gateway"
    );
}

#[tokio::test]
async fn a_provider_that_can_narrow_releases_just_what_was_granted() {
    let upstream = FakeUpstream::default();
    upstream.narrowing.lock().expect("lock").push(Narrowing::Refresh);
    let house = House::at(upstream).await;
    let mut wanted = request(&house, &program("tool"), "read").await;
    wanted.delivery = Delivery::Release;
    let choice = house.allow("read", Delivery::Release, MONTH);
    let released = asked(&house, wanted, choice).await.expect("narrowed");
    assert_eq!(released.scopes, scopes("read"));
    *house.upstream.answers_scopes.lock().expect("lock") = Some(scopes("read write"));
    let mut wanted = request(&house, &program("other"), "read").await;
    wanted.delivery = Delivery::Release;
    let refused = asked(&house, wanted, house.allow("read", Delivery::Release, MONTH)).await;
    assert!(refused.is_err(), "OAU-15: the answer proves it, not the wish");
}

#[tokio::test]
async fn oau_15_who_takes_either_gets_a_gateway_token_for_one_that_would_be_too_wide_and_is_told_why() {
    let house = House::with_account().await;
    let mut wanted = request(&house, &program("tool"), "read").await;
    (wanted.delivery, wanted.or_gateway) = (Delivery::Release, true);
    let choice = house.allow("read", Delivery::Release, Duration::Once);
    let (out, ()) = tokio::join!(house.broker.access(wanted.clone()), house.answer(choice));
    let out = out.expect("a gateway token");
    assert_eq!((out.delivery, out.scopes.clone()), (Delivery::Gateway, scopes("read")));
    assert!(out.note.contains("would also carry") && out.note.contains("A Keylodge token"), "{}", out.note);
    gateway(&house, &out.token, "GET", "/things")
        .await
        .expect("it works, and it was one answer of the person's");
    assert_eq!(told(&house, "Not released: Acme gives no token with only read"), 1);
    assert!(house.vault.records().released.is_empty());
    let twice = asked(&house, wanted, Choice::Deny { remember: false }).await;
    assert!(twice.is_err(), "once is once");
}

#[tokio::test]
async fn who_takes_either_is_not_asked_for_what_cannot_be_released() {
    let upstream = FakeUpstream::default();
    upstream.expires_in.store(7 * 24 * 3600, Ordering::SeqCst);
    let house = House::at(upstream).await;
    let mut wanted = request(&house, &program("tool"), "read").await;
    (wanted.delivery, wanted.or_gateway) = (Delivery::Release, true);
    let answer = async {
        let prompt = house.prompt().await;
        let broker::Asks::Access(question) = &prompt.asks else { panic!("another question") };
        assert_eq!(question.delivery, Delivery::Gateway);
        house.answer(house.allow("read", Delivery::Gateway, HOUR)).await;
    };
    let (out, ()) = tokio::join!(house.broker.access(wanted), answer);
    let out = out.expect("a gateway token");
    assert_eq!(out.delivery, Delivery::Gateway);
    assert!(out.note.contains("last longer than a day"), "{}", out.note);
}

/// The first way of the entry that works, as the answer proves it: an exchange that narrows leaves the sign-in alone; one
/// that proves nothing, or is refused, gives way to the next.
#[tokio::test]
async fn oau_15_an_exchange_narrows_where_it_proves_to_and_else_the_next_way_does() {
    for (proves, by_refresh, says) in [
        (Some(true), false, Some("exchanged for upstream-0")),
        (Some(false), false, None),
        (None, false, None),
        (Some(false), true, Some("upstream-1")),
        (None, true, Some("upstream-1")),
    ] {
        let upstream = FakeUpstream::default();
        *upstream.exchange_proves.lock().expect("lock") = proves;
        upstream.narrowing.lock().expect("lock").push(Narrowing::Exchange);
        if by_refresh {
            upstream.narrowing.lock().expect("lock").push(Narrowing::Refresh);
        }
        let house = House::at(upstream).await;
        let mut wanted = request(&house, &program("tool"), "read").await;
        wanted.delivery = Delivery::Release;
        let released = asked(&house, wanted, house.allow("read", Delivery::Release, MONTH)).await;
        match says {
            Some(token) => {
                let released = released.expect("narrowed");
                assert_eq!((released.token.expose().as_str(), released.scopes), (token, scopes("read")));
            }
            None => assert!(matches!(released, Err(Error::NotReleased(_))), "{released:?}"),
        }
        let refreshed = house.upstream.seen_tokens.lock().expect("lock").len();
        assert_eq!(refreshed, usize::from(by_refresh), "the sign-in itself is asked only where it must be");
    }
}
