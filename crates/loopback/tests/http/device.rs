//! Device authorization.

use broker::{Asks, Choice, Delivery, Error, Presence};
use serde_json::{Value, json};

use crate::{
    client::{Program, Reply, http, send},
    house::House,
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

impl House {
    /// A program that has nowhere to be redirected to.
    async fn device(&self) -> Program {
        self.program_with(json!({ "client_name": "Box", "grant_types": [GRANT, "refresh_token"] })).await
    }

    async fn begin(&self, program: &Program, more: &[(&str, &str)]) -> Reply {
        self.post("/pro/device_authorization", program, more).await
    }

    async fn begun(&self, program: &Program) -> Value {
        let reply = self.begin(program, &[("scope", "read write")]).await;
        assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-store")), "{}", reply.text);
        reply.json()
    }

    async fn poll(&self, program: &Program, codes: &Value) -> Reply {
        let code = codes["device_code"].as_str().expect("a code");
        self.token(program, &[("grant_type", GRANT), ("device_code", code)]).await
    }

    /// The person types a code into the one prompt that waits.
    async fn types(&self, code: &str) -> Result<(), Error> {
        let prompt = self.broker.prompts().pop().expect("a prompt");
        let Asks::Access(question) = &prompt.asks else { panic!("another question") };
        let choice = Choice::Allow {
            account: question.accounts.first().cloned(),
            scopes: question.scopes.clone(),
            delivery: Delivery::Gateway,
            duration: question.durations[0],
            conditions: broker::consent::Conditions::default(),
            user_code: Some(code.to_owned()),
        };
        let presence = Presence::of_native_window();
        self.broker.decide(prompt.id.as_str(), &prompt.shown(), choice, Some(&presence)).await?;
        // The decision reaches the code by a task of its own.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

#[tokio::test]
async fn as_29_a_device_gets_codes_polls_and_gets_its_tokens() {
    let house = House::open().await;
    let program = house.device().await;
    let codes = house.begun(&program).await;
    let members: Vec<&String> = codes.as_object().expect("an object").keys().collect();
    assert_eq!(
        members,
        ["device_code", "expires_in", "interval", "user_code", "verification_uri"],
        "AS-31: no verification_uri_complete"
    );
    assert_eq!((&codes["expires_in"], &codes["interval"]), (&json!(600), &json!(5)));
    assert_eq!(codes["verification_uri"], house.at("/pro/device"));
    assert_eq!(house.poll(&program, &codes).await.error(), (400, "authorization_pending".into()));
    assert_eq!(house.poll(&program, &codes).await.error(), (400, "slow_down".into()));
    house.types(codes["user_code"].as_str().expect("a code")).await.expect("allowed");
    let answer = house.poll(&program, &codes).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = answer.json();
    assert_eq!((&answer["token_type"], &answer["scope"]), (&json!("Bearer"), &json!("read write")));
    let token = answer["access_token"].as_str().expect("a token");
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 200);
    let refresh = answer["refresh_token"].as_str().expect("a refresh token");
    assert_eq!(house.refresh(&program, refresh, &[]).await.status, 200);
    assert_eq!(house.poll(&program, &codes).await.error(), (400, "invalid_grant".into()), "AS-30: once");
}

#[tokio::test]
async fn as_29_the_other_ends_have_their_words() {
    let house = House::open().await;
    let (program, other) = (house.device().await, house.device().await);
    let codes = house.begun(&program).await;
    assert_eq!(house.poll(&other, &codes).await.error(), (400, "invalid_grant".into()), "AS-30: bound");
    house.person.answers(crate::house::Mood::Denies).await;
    tokio::task::yield_now().await;
    assert_eq!(house.poll(&program, &codes).await.error(), (400, "access_denied".into()));
    let codes = house.begun(&program).await;
    house.clock.pass(600);
    assert_eq!(house.poll(&program, &codes).await.error(), (400, "expired_token".into()));
    let missing = house.token(&program, &[("grant_type", GRANT)]).await;
    assert_eq!(missing.error(), (400, "invalid_request".into()));
    for (more, word) in [
        (vec![], "invalid_scope"),
        (vec![("scope", "read"), ("resource", "http://127.0.0.1:9/")], "invalid_target"),
        (vec![("scope", "read"), ("account", "nobody")], "invalid_request"),
        (vec![("scope", "read"), ("delivery", "post")], "invalid_request"),
        (vec![("scope", "unheard")], "invalid_scope"),
    ] {
        assert_eq!(house.begin(&program, &more).await.error(), (400, word.into()), "{more:?}");
    }
    let nobody = Program { id: "app_nobody".into(), secret: None };
    assert_eq!(house.begin(&nobody, &[("scope", "read")]).await.error(), (401, "invalid_client".into()));
}

#[tokio::test]
async fn as_31_oau_11_the_prompt_shows_the_process_and_takes_no_code_from_elsewhere() {
    let house = House::open().await;
    let program = house.device().await;
    let codes = house.begun(&program).await;
    let asked = house.person.questions().pop().expect("asked at once");
    assert!(asked.caller.is_some_and(|caller| !caller.file.is_empty()), "which process");
    let wrong = house.types("BCDF-BCDF").await;
    assert!(matches!(wrong, Err(Error::InvalidRequest(_))), "{wrong:?}");
    assert_eq!(house.poll(&program, &codes).await.error().1, "authorization_pending");
    for _ in 0..4 {
        assert!(house.types("BCDF-BCDF").await.is_err());
    }
    assert!(house.broker.prompts().is_empty(), "OAU-12: five tries");
    assert_eq!(house.poll(&program, &codes).await.error().1, "expired_token");
}

#[tokio::test]
async fn as_31_the_page_for_the_person_takes_nothing_and_knows_no_code() {
    let house = House::open().await;
    let program = house.device().await;
    let codes = house.begun(&program).await;
    let code = codes["user_code"].as_str().expect("a code");
    let plain = send(http().get(house.at("/pro/device"))).await;
    assert_eq!(plain.status, 200);
    assert!(plain.text.contains("window") && plain.text.contains("do not type it"));
    for tag in ["<form", "<input", "<a ", "<script", "<button"] {
        assert!(!plain.text.contains(tag), "{tag}");
    }
    let filled = send(http().get(house.at(&format!("/pro/device?user_code={code}")))).await;
    assert_eq!(filled.text, plain.text, "nothing is filled in");
    assert_eq!(send(http().post(house.at("/pro/device"))).await.status, 405);
    assert_eq!(house.broker.prompts().len(), 1, "and nothing was decided");
    assert_eq!(send(http().get(house.at("/nobody/device"))).await.status, 404);
}
