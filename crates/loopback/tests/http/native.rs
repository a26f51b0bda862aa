//! The native form.

use serde_json::{Value, json};

use crate::{
    client::{Reply, http, send},
    house::{ACCOUNT, House, Mood},
};

async fn access(house: &House, wish: Value) -> Reply {
    send(http().post(house.at("/access")).json(&wish)).await
}

#[tokio::test]
async fn one_post_waits_for_the_person_and_answers_with_a_token() {
    let house = House::open().await;
    for word in [ACCOUNT, "work", "ada@example.org"] {
        let reply =
            access(&house, json!({ "account": word, "scope": "read", "purpose": "to\u{202e} test" })).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let answer = reply.json();
        assert_eq!(answer["scope"], "read");
        assert!(answer.get("refresh_token").is_none());
        let token = answer["access_token"].as_str().expect("a token");
        assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 200);
    }
    let question = &house.person.questions()[0];
    assert_eq!(question.purpose, "to test", "ui_06");
    assert!(question.caller.as_ref().is_some_and(|caller| !caller.file.is_empty()));
    let open = access(&house, json!({ "provider": "pro", "scope": "read" })).await;
    assert_eq!(open.json()["keylodge_account"], ACCOUNT);
}

#[tokio::test]
async fn oau_15_a_script_that_takes_either_gets_a_gateway_token_and_is_told_why() {
    let house = House::open().await;
    let part = |delivery| json!({ "account": ACCOUNT, "scope": "read", "delivery": delivery });
    assert_eq!(access(&house, part("release")).await.error(), (400, "invalid_target".into()));
    let answer = access(&house, part("release_or_gateway")).await.json();
    assert_eq!(answer["keylodge_delivery"], "gateway", "{answer}");
    assert!(
        answer["keylodge_note"].as_str().is_some_and(|note| note.contains("would also carry")),
        "{answer}"
    );
    let token = answer["access_token"].as_str().expect("a token");
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 200);
    let all = json!({ "account": ACCOUNT, "scope": "read write wide", "delivery": "release_or_gateway" });
    assert_eq!(access(&house, all).await.json()["keylodge_delivery"], "release");
}

#[tokio::test]
async fn errors_are_told_by_who_must_act() {
    let house = House::open().await;
    for (wish, error) in [
        (json!({ "account": "nobody", "scope": "read" }), (404, "invalid_request")),
        (json!({ "scope": "read" }), (400, "invalid_request")),
        (json!({ "account": ACCOUNT }), (400, "invalid_scope")),
        (json!({ "account": ACCOUNT, "scope": "unknown" }), (400, "invalid_scope")),
        (json!({ "account": ACCOUNT, "scopes": ["read"] }), (400, "invalid_request")),
        (json!({ "account": ACCOUNT, "scope": "read", "delivery": "post" }), (400, "invalid_request")),
        (
            json!({ "account": ACCOUNT, "scope": "read", "resource": "http://127.0.0.1:1/" }),
            (400, "invalid_target"),
        ),
        (json!({ "provider": "other", "scope": "read" }), (403, "login_required")),
        (json!({ "provider": "nobody", "scope": "read" }), (404, "not_found")),
    ] {
        let reply = access(&house, wish.clone()).await;
        assert_eq!(reply.error(), (error.0, error.1.to_owned()), "{wish}");
    }
    house.person.is(Mood::Denies);
    let denied = access(&house, json!({ "account": ACCOUNT, "scope": "read" })).await;
    assert_eq!(denied.error(), (403, "access_denied".into()));
}

#[tokio::test]
async fn as_12_loc_09_a_bare_client_id_gets_nothing_and_a_secret_does() {
    let house = House::open().await;
    let (public, confidential) = (house.program().await, house.confidential().await);
    house.tokens(&public, &[]).await;
    let wish = json!({ "account": ACCOUNT, "scope": "read", "client_id": public.id });
    assert_eq!(access(&house, wish).await.error(), (401, "invalid_client".into()));
    let wish = json!({ "account": ACCOUNT, "scope": "read", "client_id": confidential.id });
    assert_eq!(access(&house, wish.clone()).await.error(), (401, "invalid_client".into()));
    let request = http().post(house.at("/access")).json(&wish);
    let proven = request.basic_auth(&confidential.id, confidential.secret.as_ref());
    assert_eq!(send(proven).await.status, 200);
    let request = http().post(house.at("/access")).json(&wish);
    assert_eq!(
        send(request.basic_auth(&public.id, Some("x"))).await.error(),
        (400, "invalid_request".into())
    );
}

#[tokio::test]
async fn a_locked_house_hands_nothing_out() {
    let house = House::open().await;
    house.broker.lock().await.expect("locks");
    let nobody_comes = async {
        while house.broker.status().await.waiting_for_unlock == 0 {
            tokio::task::yield_now().await;
        }
        house.clock.pass(3600);
        house.broker.tick().await;
    };
    let wish = json!({ "account": ACCOUNT, "scope": "read" });
    let (reply, ()) = futures_util::future::join(access(&house, wish), nobody_comes).await;
    assert_eq!(reply.error(), (403, "interaction_required".into()));
}

#[tokio::test]
async fn a_request_that_finds_the_house_locked_comes_back_when_it_is_opened() {
    let house = House::open().await;
    house.person.is(Mood::Silent);
    house.broker.lock().await.expect("locks");
    let opens = async {
        while house.broker.status().await.waiting_for_unlock == 0 {
            tokio::task::yield_now().await;
        }
        assert!(house.person.questions().is_empty(), "nothing is asked while it is locked");
        house.broker.open_at_start().await.expect("opens");
        house.person.asked(1).await;
        house.person.answers(Mood::Allows).await;
    };
    let wish = json!({ "account": ACCOUNT, "scope": "read" });
    let (reply, ()) = futures_util::future::join(access(&house, wish), opens).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
}

#[tokio::test]
async fn what_was_allowed_once_serves_one_of_two_that_asked_the_same() {
    let house = House::open().await;
    house.person.is(Mood::Silent);
    let wish = json!({ "account": ACCOUNT, "scope": "read" });
    let decided = async {
        house.person.asked(2).await;
        house.person.answers(Mood::AllowsOnce).await;
    };
    let (one, two, ()) =
        futures_util::future::join3(access(&house, wish.clone()), access(&house, wish), decided).await;
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 403], "{} {}", one.text, two.text);
}

#[tokio::test]
async fn a_question_ends_with_the_program_that_asked_it() {
    let house = House::open().await;
    house.person.is(Mood::Silent);
    let asking =
        http().post(house.at("/access")).json(&json!({ "account": ACCOUNT, "scope": "read" })).send();
    let gone = futures_util::future::select(Box::pin(asking), Box::pin(house.person.asked(1))).await;
    assert_eq!(house.broker.prompts().len(), 1);
    drop(gone);
    let withdrawn = async {
        while !house.broker.prompts().is_empty() {
            house.broker.tick().await;
            tokio::task::yield_now().await;
        }
    };
    crate::house::soon(withdrawn).await;
}

#[tokio::test]
async fn rg_11_a_script_can_ask_for_a_fresh_decision() {
    let house = House::open().await;
    let wish = |max_age: u32| json!({ "account": ACCOUNT, "scope": "read", "max_age": max_age });
    assert_eq!(access(&house, wish(60)).await.status, 200);
    house.clock.pass(60);
    assert_eq!(access(&house, wish(60)).await.status, 200);
    assert_eq!(house.person.questions().len(), 1, "fresh enough");
    assert_eq!(access(&house, wish(59)).await.status, 200);
    assert_eq!(house.person.questions().len(), 2, "asked anew");
}

#[tokio::test]
async fn what_a_program_was_refused_stands_in_the_activity_list_under_the_same_id() {
    let house = House::open().await;
    house.person.is(Mood::Denies);
    let denied = access(&house, json!({ "account": ACCOUNT, "scope": "read" })).await.json();
    let malformed =
        access(&house, json!({ "account": "canary-account", "scope": "canary-scope" })).await.json();
    for (answer, sentence) in
        [(denied, "The person said no."), (malformed, "A request was refused (invalid_request).")]
    {
        let id = answer["error_id"].as_str().expect("an id").to_owned();
        let fact = crate::house::soon(fact(&house, &id)).await;
        assert_eq!((fact.sentence.as_str(), fact.kind), (sentence, broker::AuditKind::Failed));
        assert_eq!(fact.app.is_some(), sentence.starts_with("The person"), "where it is known who asked");
    }
}

/// The fact about a failure, once it is there.
async fn fact(house: &House, id: &str) -> broker::AuditEvent {
    loop {
        let facts = house.broker.activity(&broker::ActivityFilter::default(), None, 100).await.expect("open");
        let about =
            |fact: &broker::AuditEvent| fact.failure.as_ref().is_some_and(|failure| failure.as_str() == id);
        if let Some(fact) = facts.into_iter().map(|record| record.event).find(about) {
            return fact;
        }
        tokio::task::yield_now().await;
    }
}
