//! The person's side: the lock, unused consents, policy, routes, restore.

use broker::{
    Consent, Delivery, Error, Policy, PolicyState, PreApproval, Presence, RouteWhen, Whereabouts,
    preferences::setting,
};

use super::*;

fn policy(policy: Policy) -> PolicyState {
    PolicyState::Stands(policy)
}

fn consents(house: &House) -> Vec<Consent> {
    house.broker.consents().expect("open")
}

#[tokio::test]
async fn what_is_not_used_lapses_with_a_notice() {
    let house = House::with_account().await;
    let wish = request(&house, &program("tool"), "read").await;
    asked(&house, wish, house.allow("read", Delivery::Gateway, Duration::Always)).await.expect("allowed");
    house.clock.turn(89 * 24 * 3600);
    house.broker.tick().await;
    assert_eq!(consents(&house).len(), 1);
    house.clock.turn(2 * 24 * 3600);
    house.broker.tick().await;
    assert!(consents(&house).is_empty());
    assert!(house.vault.sentences().iter().any(|said| said.contains("not used for 90 days")));
}

#[tokio::test]
async fn sto_10_an_idle_house_locks_itself_and_opens_again_with_what_waited() {
    let house = House::with_account().await;
    house.broker.set_preference(&setting::LOCK_IDLE_MINUTES, "10", None).await.expect("tighter");
    let wish = request(&house, &program("tool"), "read").await;
    let broker = house.broker.clone();
    let waiting = tokio::spawn(async move { broker.access(wish).await });
    let prompt = house.prompt().await;
    house.broker.lock().await.expect("locks");
    assert!(house.broker.prompts().is_empty(), "nothing is shown while it is locked");
    house.broker.unlock(Some("correct horse".into()), None).await.expect("opens");
    assert_eq!(house.prompt().await.id, prompt.id, "what waited comes back");
    house.answer(house.allow("read", Delivery::Gateway, HOUR)).await;
    waiting.await.expect("ends").expect("handed out");
    house.clock.turn(599);
    house.broker.tick().await;
    assert!(house.broker.accounts().is_ok());
    house.clock.turn(1);
    house.broker.tick().await;
    assert_eq!(house.broker.accounts().err(), Some(Error::Locked));
}

#[tokio::test]
async fn a_policy_bites_at_once_and_says_whose_it_is() {
    let house = House::with_account().await;
    let wish = request(&house, &program("tool"), "read").await;
    let out = asked(&house, wish.clone(), house.allow("read", Delivery::Gateway, Duration::Always)).await;
    let token = out.expect("allowed").token;
    let forbid = Policy { forbid_providers: vec!["acme".into()], set_by: "IT".into(), ..Policy::default() };
    house.broker.set_policy(policy(forbid)).await.expect("taken up");
    assert!(gateway(&house, &token, "GET", "/things").await.is_err(), "the token that was out has ended");
    let refused = house.broker.access(wish.clone()).await.expect_err("refused");
    assert!(matches!(&refused, Error::ConsentDenied(why) if why.contains("IT")), "{refused}");
    house.broker.set_policy(PolicyState::Broken("Line 1.".into())).await.expect("taken up");
    assert!(matches!(house.broker.access(wish.clone()).await, Err(Error::ConsentDenied(_))), "fails closed");
    house.broker.set_policy(PolicyState::None).await.expect("taken up");
    house.broker.access(wish).await.expect("the consent stands again");
}

#[tokio::test]
async fn a_policy_shortens_what_stands_and_what_is_offered() {
    let house = House::with_account().await;
    let wish = request(&house, &program("tool"), "read").await;
    asked(&house, wish, house.allow("read", Delivery::Gateway, Duration::Always)).await.expect("allowed");
    let short = Policy { longest_consent_minutes: Some(15), ..Policy::default() };
    house.broker.set_policy(policy(short)).await.expect("taken up");
    assert_eq!(consents(&house)[0].until, Some(consents(&house)[0].since.plus(900)));
    let wish = request(&house, &program("other"), "read").await;
    let (refused, ()) = tokio::join!(house.broker.access(wish), async {
        let prompt = house.prompt().await;
        let broker::Asks::Access(question) = &prompt.asks else { panic!("{prompt:?}") };
        assert!(!question.durations.contains(&Duration::Always) && !question.durations.contains(&HOUR));
        house.answer(Choice::Deny { remember: false }).await;
    });
    assert!(refused.is_err());
}

#[tokio::test]
async fn what_the_policy_allows_is_not_asked_and_ends_with_the_policy() {
    let house = House::with_account().await;
    let tool = Caller { file_hash: "a".repeat(64), ..program("tool") };
    let rule = PreApproval {
        path: tool.file.clone(),
        sha256: tool.file_hash.clone(),
        provider: "acme".into(),
        scopes: vec!["read".into()],
    };
    let state = policy(Policy { pre_approve: vec![rule], ..Policy::default() });
    house.broker.set_policy(state).await.expect("taken up");
    let wish = request(&house, &tool, "read").await;
    house.broker.access(wish).await.expect("nobody is asked");
    assert!(consents(&house)[0].by_policy);
    let changed = Caller { file_hash: "b".repeat(64), ..tool };
    let wish = request(&house, &changed, "read").await;
    let denied = asked(&house, wish, Choice::Deny { remember: false }).await;
    assert!(denied.is_err(), "other bytes are asked about");
    house.broker.set_policy(PolicyState::None).await.expect("taken up");
    assert!(consents(&house).is_empty() && house.broker.leases().expect("open").is_empty());
}

#[tokio::test]
async fn a_route_chooses_the_account_that_a_tool_does_not_name() {
    let house = House::with_account().await;
    let when = RouteWhen { directory: Some("/home/ada/work".into()), ..RouteWhen::default() };
    let route = house.broker.add_route("work", when, "").await.expect("added");
    let at = Whereabouts { directory: Some("/home/ada/work/x".into()), ..Whereabouts::default() };
    let led = house.broker.route_from(&at, None).expect("open").expect("led");
    assert_eq!(led.provider.as_str(), "acme");
    let mut wish = request(&house, &program("tool"), "read").await;
    (wish.account, wish.at) = (None, at);
    let (out, ()) = tokio::join!(house.broker.access(wish), async {
        let prompt = house.prompt().await;
        let broker::Asks::Access(question) = &prompt.asks else { panic!("{prompt:?}") };
        assert_eq!(question.route, "/home/ada/work/x is in /home/ada/work");
        house.answer(house.allow("read", Delivery::Gateway, HOUR)).await;
    });
    assert_eq!(out.expect("allowed").account.as_str(), house.account());
    house.broker.remove_route(route.id.as_str()).await.expect("removed");
    let facts = house.broker.activity(&broker::ActivityFilter::default(), None, 1).await.expect("told");
    assert_eq!(facts[0].event.sentence, "The route “in /home/ada/work → work” was removed.");
}

#[tokio::test]
async fn the_language_is_what_was_set_and_stays_so_under_the_lock() {
    let house = House::with_account().await;
    assert_eq!(house.broker.locale().tag(), "en", "what the system speaks");
    house.broker.set_preference(&setting::LANGUAGE, "de", None).await.expect("free");
    assert_eq!(house.broker.locale().language(), broker::Language::German);
    house.broker.lock().await.expect("locked");
    assert_eq!(house.broker.locale().tag(), "de");
}

#[tokio::test]
async fn each_hand_out_says_which_consent_decided() {
    let house = House::with_account().await;
    let wish = request(&house, &program("tool"), "read").await;
    asked(&house, wish, house.allow("read", Delivery::Gateway, HOUR)).await.expect("allowed");
    let id = consents(&house)[0].id.clone();
    let facts = house.broker.activity(&broker::ActivityFilter::default(), None, 10).await.expect("told");
    let issued = facts.iter().find(|fact| fact.event.kind == broker::AuditKind::Issued).expect("a fact");
    assert_eq!(issued.event.because, "You allowed it.", "an id tells a person nothing");
    let said = issued.event.because_said.as_ref().expect("it has a name");
    assert_eq!(said.with["consent"], broker::Filling::Text(id.to_string()), "who looks for it finds it");
    assert_eq!(issued.event.scopes, scopes("read"));
}

#[tokio::test]
async fn ui_04_to_be_asked_for_the_passphrase_no_longer_takes_the_passphrase() {
    let house = House::with_account().await;
    house.broker.set_preference(&setting::PASSPHRASE_FOR_RELEASE, "on", None).await.expect("tighter");
    let off = house.broker.set_preference(&setting::PASSPHRASE_FOR_RELEASE, "off", None).await;
    assert!(matches!(off, Err(Error::PresenceNeeded(_))));
    let click = Presence::of_native_window();
    let off = house.broker.set_preference(&setting::PASSPHRASE_FOR_RELEASE, "off", Some(&click)).await;
    assert!(matches!(off, Err(Error::PresenceNeeded(_))), "a click may be another program's");
    let all = house.broker.reset_preferences(None, Some(&click)).await;
    assert!(matches!(all, Err(Error::PresenceNeeded(_))), "nor with everything else");
    let proof = house.broker.presence_by_passphrase(&"correct horse".into()).await.expect("right");
    house.broker.set_preference(&setting::PASSPHRASE_FOR_RELEASE, "off", Some(&proof)).await.expect("off");
}
