//! Requests that are pushed before the browser goes (RFC 9126), and what they may say (RFC 9396).

use serde_json::json;
use url::Url;

use crate::{
    client::{Program, REDIRECT, Reply, http, send},
    dpop::Prover,
    house::{House, Mood},
};

async fn follow(house: &House, client: &str, reference: &str) -> Reply {
    let mut url = Url::parse(&house.at("/pro/authorize")).expect("an address");
    url.query_pairs_mut().append_pair("client_id", client).append_pair("request_uri", reference);
    send(http().get(url)).await
}

fn reference(pushed: &Reply) -> String {
    assert_eq!(pushed.status, 201, "{}", pushed.text);
    pushed.json()["request_uri"].as_str().expect("one").to_owned()
}

#[tokio::test]
async fn as_32_a_pushed_request_leads_to_a_token_once() {
    let house = House::open().await;
    for program in [house.program().await, house.confidential().await] {
        let pushed = house.push(&program, &[]).await;
        assert_eq!(
            (pushed.json()["expires_in"].as_i64(), pushed.header("cache-control")),
            (Some(90), Some("no-store"))
        );
        let reference = reference(&pushed);
        assert!(reference.starts_with("urn:ietf:params:oauth:request_uri:"));
        let sent = follow(&house, &program.id, &reference).await;
        let (_, answer) = sent.location();
        assert_eq!(answer["state"], "s t&1");
        assert_eq!(house.redeem(&program, &answer["code"]).await.status, 200);
        assert_eq!(
            follow(&house, &program.id, &reference).await.error(),
            (400, "invalid_request_uri".into())
        );
    }
}

#[tokio::test]
async fn as_32_a_reference_is_for_its_program_and_not_for_long() {
    let house = House::open().await;
    let (program, other) = (house.program().await, house.program().await);
    let pushed = reference(&house.push(&program, &[]).await);
    for (client, named) in
        [(&other.id, pushed.as_str()), (&program.id, "urn:ietf:params:oauth:request_uri:guess")]
    {
        assert_eq!(follow(&house, client, named).await.error(), (400, "invalid_request_uri".into()));
    }
    house.clock.pass(90);
    assert_eq!(follow(&house, &program.id, &pushed).await.error(), (400, "invalid_request_uri".into()));
    let outside = follow(&house, &program.id, "https://evil.example/request").await;
    assert_eq!(outside.status, 400);
    assert!(house.person.questions().is_empty());
}

#[tokio::test]
async fn as_32_what_is_wrong_is_told_to_the_program_at_once() {
    let house = House::open().await;
    let program = house.confidential().await;
    for (change, word) in [
        (("redirect_uri", Some("http://127.0.0.1:1/other")), "invalid_request"),
        (("response_type", Some("token")), "unsupported_response_type"),
        (("code_challenge", None), "invalid_request"),
        (("code_challenge_method", Some("plain")), "invalid_request"),
        (("scope", Some("bad\u{1}scope")), "invalid_scope"),
        (("scope", None), "invalid_scope"),
        (("resource", Some("http://127.0.0.1:9/")), "invalid_target"),
        (("request", Some("e30.e30.")), "request_not_supported"),
        (("request_uri", Some("urn:ietf:params:oauth:request_uri:x")), "invalid_request"),
        (("max_age", Some("soon")), "invalid_request"),
    ] {
        let reply = house.push(&program, &[change]).await;
        assert_eq!(reply.error(), (400, word.to_owned()), "{change:?}");
    }
    let wrong = Program { secret: Some("wrong".into()), ..program.clone() };
    assert_eq!(house.push(&wrong, &[]).await.error(), (401, "invalid_client".into()));
    let stranger = house.push(&program, &[("client_id", Some("app_other"))]).await;
    assert_eq!(stranger.status, 201, "who asks is who authenticates: no other id gets through");
}

#[tokio::test]
async fn as_32_the_address_adds_nothing_to_what_was_pushed() {
    let house = House::open().await;
    let program = house.program().await;
    let pushed = reference(&house.push(&program, &[("scope", Some("read"))]).await);
    let url = house.authorize_url(&program, &[("request_uri", Some(&pushed)), ("scope", Some("wide"))]);
    assert_eq!(send(http().get(url)).await.status, 303);
    assert_eq!(house.person.questions()[0].scopes.to_string(), "read");
}

#[tokio::test]
async fn as_32_dos_02_pushed_requests_are_bounded() {
    let house = House::open().await;
    let program = house.program().await;
    let mut pushed = Vec::new();
    for _ in 0..9 {
        pushed.push(reference(&house.push(&program, &[]).await));
    }
    house.person.is(Mood::Denies);
    assert_eq!(follow(&house, &program.id, &pushed[0]).await.status, 400, "the oldest went");
    assert_eq!(follow(&house, &program.id, &pushed[8]).await.status, 303);
}

#[tokio::test]
async fn as_32_a_program_can_insist_on_pushing() {
    let house = House::open().await;
    let metadata = json!({ "redirect_uris": [REDIRECT], "require_pushed_authorization_requests": true });
    let program = house.program_with(metadata).await;
    assert_eq!(house.authorize(&program, &[]).await.error(), (400, "invalid_request".into()));
    let pushed = reference(&house.push(&program, &[]).await);
    assert_eq!(follow(&house, &program.id, &pushed).await.status, 303);
}

#[tokio::test]
async fn as_32_as_39_a_proof_at_the_push_binds_the_code() {
    let house = House::open().await;
    let (program, prover) = (house.program().await, Prover::new());
    let url = Url::parse(&house.authorize_url(&program, &[])).expect("an address");
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let pushed = reference(&prover.post(&house, "/pro/par", &pairs).await);
    let code = follow(&house, &program.id, &pushed).await.location().1["code"].clone();
    assert_eq!(house.redeem(&program, &code).await.error(), (400, "invalid_grant".into()));
    let other = Prover::new().thumbprint();
    let both = [pairs, vec![("dpop_jkt", other.as_str())]].concat();
    assert_eq!(prover.post(&house, "/pro/par", &both).await.error(), (400, "invalid_request".into()));
}

const DETAILS: &str = r#"[{"type":"keylodge_account_access","account":"work","scopes":["read"]}]"#;

#[tokio::test]
async fn as_33_details_are_asked_for_granted_and_told() {
    let house = House::open().await;
    let program = house.confidential().await;
    let tokens = house.tokens(&program, &[("scope", None), ("authorization_details", Some(DETAILS))]).await;
    let granted = json!([{
        "type": "keylodge_account_access", "account": "acc_ada", "scopes": ["read"], "delivery": "gateway",
    }]);
    assert_eq!((&tokens["authorization_details"], &tokens["scope"]), (&granted, &json!("read")));
    let token = tokens["access_token"].as_str().expect("a token");
    let told = house.post("/pro/introspect", &program, &[("token", token)]).await.json();
    assert_eq!(told["authorization_details"], granted);
    let refresh = tokens["refresh_token"].as_str().expect("one");
    assert_eq!(house.refresh(&program, refresh, &[]).await.json()["authorization_details"], granted);
    let plain = house.tokens(&program, &[]).await;
    assert!(plain.get("authorization_details").is_none(), "who asked otherwise is told otherwise");
}

#[tokio::test]
async fn as_33_what_is_not_known_is_refused_at_every_door() {
    let house = House::open().await;
    let program = house.program().await;
    let unknown = r#"[{"type":"keylodge_account_access","scopes":["read"],"limit":3}]"#;
    for details in ["[]", r#"[{"type":"payment"}]"#, unknown] {
        let change = [("authorization_details", Some(details))];
        for reply in [house.authorize(&program, &change).await, house.push(&program, &change).await] {
            assert_eq!(reply.error(), (400, "invalid_authorization_details".into()), "{details}");
        }
    }
    let otherwise = [("authorization_details", Some(DETAILS)), ("login_hint", Some("home"))];
    assert_eq!(house.authorize(&program, &otherwise).await.error(), (400, "invalid_request".into()));
    let code = house.code(&program, &[]).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("code_verifier", crate::client::VERIFIER),
        ("authorization_details", DETAILS),
    ];
    assert_eq!(house.token(&program, &form).await.error(), (400, "invalid_authorization_details".into()));
}
