use super::*;
use crate::{
    Policy,
    consent::{Conditions, Duration},
};

fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).expect("legal scopes")
}

fn consent(what: &str) -> Consent {
    Consent {
        id: ConsentId::from_text("con_1"),
        app: AppId::from_text("app_1"),
        account: AccountId::from_text("acc_1"),
        scopes: scopes(what),
        delivery: Delivery::Gateway,
        duration: Duration::Always,
        allows: true,
        fingerprint: None,
        since: Timestamp(100),
        until: Some(Timestamp(200)),
        last_used: None,
        uses: 0,
        note: String::new(),
        conditions: Conditions::default(),
        asks_each_time: false,
        by_policy: false,
    }
}

fn ask(consent: &Consent, what: &str, change: impl FnOnce(&mut Question<'_>), now: i64) -> Decision {
    ask_under(&PolicyState::None, &[consent], &Caller::default(), what, change, now)
}

fn ask_under(
    policy: &PolicyState,
    consents: &[&Consent],
    caller: &Caller,
    what: &str,
    change: impl FnOnce(&mut Question<'_>),
    now: i64,
) -> Decision {
    let (app, account, what) = (AppId::from_text("app_1"), AccountId::from_text("acc_1"), scopes(what));
    let provider = ProviderId::from_text("acme");
    let mut question = Question {
        app: &app,
        account: &account,
        provider: &provider,
        scopes: &what,
        delivery: Delivery::Gateway,
        caller,
        fingerprint: None,
        host: None,
        may_be_remembered: true,
        max_age: None,
    };
    change(&mut question);
    decide(&question, consents.iter().copied(), policy, Timestamp(now))
}

fn why(decision: &Decision) -> String {
    match decision {
        Decision::Allow(because) | Decision::Deny(because) | Decision::Ask { because, .. } => {
            because.to_string()
        }
    }
}

fn allowed(decision: &Decision) -> bool {
    matches!(decision, Decision::Allow(_))
}

#[test]
fn a_consent_covers_what_it_names_and_less_until_it_ends() {
    let consent = consent("read write");
    assert!(allowed(&ask(&consent, "read", |_| {}, 150)));
    assert!(allowed(&ask(&consent, "read write", |_| {}, 199)));
    assert!(!allowed(&ask(&consent, "read", |_| {}, 200)), "ended");
    assert!(!allowed(&ask(&consent, "read admin", |_| {}, 150)), "wider");
}

#[test]
fn tk_16_a_gateway_consent_never_covers_release() {
    let consent = consent("read");
    assert!(!allowed(&ask(&consent, "read", |q| q.delivery = Delivery::Release, 150)));
}

#[test]
fn web_08_what_a_browser_brings_is_never_remembered() {
    let consent = consent("read");
    let decision = ask(&consent, "read", |q| q.may_be_remembered = false, 150);
    let because = Because::Browser;
    assert_eq!(decision, Decision::Ask { allowed_before: scopes("read"), changed: false, because });
}

#[test]
fn loc_06_a_changed_program_is_asked_about_again() {
    let mut consent = consent("read");
    consent.fingerprint = Some("old".into());
    let decision = ask(&consent, "read", |q| q.fingerprint = Some("new"), 150);
    let because = Because::Changed(consent.id.clone());
    assert_eq!(decision, Decision::Ask { allowed_before: scopes("read"), changed: true, because });
    assert!(allowed(&ask(&consent, "read", |q| q.fingerprint = Some("old"), 150)));
}

#[test]
fn rg_11_a_decision_that_is_too_old_is_asked_for_anew() {
    let consent = consent("read");
    assert!(allowed(&ask(&consent, "read", |q| q.max_age = Some(50), 150)));
    assert!(!allowed(&ask(&consent, "read", |q| q.max_age = Some(49), 150)));
    assert!(!allowed(&ask(&consent, "read", |q| q.max_age = Some(0), 150)));
}

#[test]
fn a_refusal_wins_over_an_allowance() {
    let refusal = Consent { allows: false, id: ConsentId::from_text("con_2"), ..consent("") };
    let decision =
        ask_under(&PolicyState::None, &[&consent("read"), &refusal], &Caller::default(), "read", |_| {}, 150);
    assert_eq!(decision, Decision::Deny(Because::Refusal(refusal.id)));
}

#[test]
fn every_question_says_what_it_rests_on() {
    let given = consent("read");
    assert_eq!(why(&ask(&given, "read", |_| {}, 150)), "You allowed it.");
    assert!(why(&ask(&given, "read write", |_| {}, 150)).contains("more than you allowed: write"));
    assert!(why(&ask(&given, "read", |q| q.delivery = Delivery::Release, 150)).contains("own token"));
    let spent = Consent { duration: Duration::Once, uses: 1, ..consent("read") };
    assert!(why(&ask(&spent, "read", |_| {}, 150)).contains("one time"));
    assert!(why(&ask(&given, "read", |_| {}, 250)).contains("still stands"), "ended");
}

#[test]
fn the_wish_to_be_asked_each_time_wins_over_an_allowance() {
    let rule = Consent { asks_each_time: true, id: ConsentId::from_text("con_2"), ..consent("read") };
    let decision =
        ask_under(&PolicyState::None, &[&consent("read"), &rule], &Caller::default(), "read", |_| {}, 150);
    assert!(matches!(decision, Decision::Ask { because: Because::EachTime(_), .. }), "{decision:?}");
}

#[test]
fn loc_15_what_was_allowed_here_is_not_allowed_to_a_forwarder() {
    let forwarded = Caller { forwarded: true, ..Caller::default() };
    let here = consent("read");
    let decision = ask_under(&PolicyState::None, &[&here], &forwarded, "read", |_| {}, 150);
    assert!(matches!(decision, Decision::Ask { because: Because::Elsewhere(..), .. }), "{decision:?}");
    let conditions = Conditions { forwarded: true, ..Conditions::default() };
    let there = Consent { conditions, ..consent("read") };
    assert!(allowed(&ask_under(&PolicyState::None, &[&there], &forwarded, "read", |_| {}, 150)));
    assert!(!allowed(&ask(&there, "read", |_| {}, 150)));
}

#[test]
fn a_consent_holds_only_where_its_conditions_do() {
    let at = |session: &str, directory: &str| Caller {
        session: Some(session.into()),
        directory: Some(directory.into()),
        ..Caller::default()
    };
    let conditions = Conditions {
        session: Some("pts/1 10".into()),
        directory: Some("/home/ada/work".into()),
        host: Some("api.acme.example".into()),
        forwarded: false,
    };
    let consent = Consent { conditions, ..consent("read") };
    let asked = |session: &str, directory: &str, host: Option<&str>| {
        let caller = at(session, directory);
        let (app, account, what) = (AppId::from_text("app_1"), AccountId::from_text("acc_1"), scopes("read"));
        let provider = ProviderId::from_text("acme");
        let question = Question {
            app: &app,
            account: &account,
            provider: &provider,
            scopes: &what,
            delivery: Delivery::Gateway,
            caller: &caller,
            fingerprint: None,
            host,
            may_be_remembered: true,
            max_age: None,
        };
        allowed(&decide(&question, [&consent], &PolicyState::None, Timestamp(150)))
    };
    let host = Some("api.acme.example");
    assert!(asked("pts/1 10", "/home/ada/work/x", host));
    assert!(!asked("pts/2 11", "/home/ada/work/x", host), "another terminal");
    assert!(!asked("pts/1 10", "/home/ada/workshop", host), "another directory");
    assert!(!asked("pts/1 10", "/home/ada/work", None), "another host");
}

#[test]
fn the_policys_no_wins_over_every_consent() {
    let policy = PolicyState::Stands(Policy {
        forbid_providers: vec!["acme".into()],
        set_by: "IT".into(),
        ..Policy::default()
    });
    let decision = ask_under(&policy, &[&consent("read")], &Caller::default(), "read", |_| {}, 150);
    assert!(matches!(&decision, Decision::Deny(Because::Policy(why)) if why.contains("IT")), "{decision:?}");
    let broken = PolicyState::Broken("Line 1.".into());
    assert!(matches!(
        ask_under(&broken, &[&consent("read")], &Caller::default(), "read", |_| {}, 150),
        Decision::Deny(_)
    ));
}

#[test]
fn the_policy_allows_a_program_by_path_and_hash_unless_the_person_refused() {
    let rule = crate::PreApproval {
        path: "/usr/bin/tool".into(),
        sha256: "a".repeat(64),
        provider: "acme".into(),
        scopes: vec!["read".into()],
    };
    let policy = PolicyState::Stands(Policy { pre_approve: vec![rule], ..Policy::default() });
    let tool = Caller { file: "/usr/bin/tool".into(), file_hash: "a".repeat(64), ..Caller::default() };
    let decision = ask_under(&policy, &[], &tool, "read", |_| {}, 150);
    assert_eq!(decision, Decision::Allow(Because::PreApproved("/usr/bin/tool".into())));
    let refusal = Consent { allows: false, ..consent("") };
    assert!(matches!(
        ask_under(&policy, &[&refusal], &tool, "read", |_| {}, 150),
        Decision::Deny(Because::Refusal(_))
    ));
    assert!(!allowed(&ask_under(&policy, &[], &tool, "write", |_| {}, 150)));
    let fresh = |question: &mut Question<'_>| question.max_age = Some(300);
    assert!(!allowed(&ask_under(&policy, &[], &tool, "read", fresh, 150)), "the person did not decide");
    let given = Consent { by_policy: true, ..consent("read") };
    assert!(!allowed(&ask_under(&PolicyState::None, &[&given], &tool, "read", fresh, 150)));
}
