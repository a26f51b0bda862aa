//! Token exchange.

use serde_json::{Value, json};

use crate::{
    client::{EXCHANGE, Program, REDIRECT, Reply, http, send},
    house::{ACCOUNT, House},
};

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const SHELF: &str = "http://127.0.0.1:9100/";

impl House {
    async fn exchange(&self, program: &Program, token: &str, more: &[(&str, &str)]) -> Reply {
        let mut form =
            vec![("grant_type", EXCHANGE), ("subject_token", token), ("subject_token_type", ACCESS_TOKEN)];
        form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        form.extend_from_slice(more);
        self.token(program, &form).await
    }

    async fn access_token(&self, program: &Program, changes: &[(&str, Option<&str>)]) -> String {
        self.tokens(program, changes).await["access_token"].as_str().expect("a token").to_owned()
    }

    /// A resource server that can be allowed things itself.
    async fn acting_server(&self) -> Program {
        self.program_with(json!({
            "redirect_uris": [REDIRECT], "resources": [SHELF], "grant_types": ["authorization_code", EXCHANGE],
            "token_endpoint_auth_method": "client_secret_basic",
        }))
        .await
    }
}

fn text<'a>(answer: &'a Value, member: &str) -> &'a str {
    answer[member].as_str().expect("text")
}

#[tokio::test]
async fn as_35_an_exchange_gives_less_and_says_what() {
    let house = House::open().await;
    let program = house.program().await;
    house.resource_server(SHELF).await;
    let token = house.access_token(&program, &[]).await;
    house.clock.pass(60);
    let reply = house.exchange(&program, &token, &[("scope", "read"), ("audience", SHELF)]).await;
    assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-store")), "{}", reply.text);
    let answer = reply.json();
    assert_eq!(text(&answer, "issued_token_type"), ACCESS_TOKEN);
    assert_eq!((text(&answer, "token_type"), text(&answer, "scope")), ("Bearer", "read"));
    assert_eq!((&answer["expires_in"], text(&answer, "keylodge_audience")), (&json!(240), SHELF));
    assert!(answer.get("refresh_token").is_none());
    assert_eq!(house.exchange(&program, text(&answer, "access_token"), &[]).await.status, 200);
}

#[tokio::test]
async fn as_35_what_cannot_be_exchanged_has_the_rfcs_words() {
    let house = House::open().await;
    let (program, other) = (house.program().await, house.program().await);
    let token = house.access_token(&program, &[("scope", Some("read"))]).await;
    for (who, token, more, word) in [
        (&other, token.as_str(), vec![], "invalid_request"),
        (&program, "unknown", vec![], "invalid_request"),
        (
            &program,
            &token,
            vec![("subject_token_type", "urn:ietf:params:oauth:token-type:jwt")],
            "invalid_request",
        ),
        (
            &program,
            &token,
            vec![("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token")],
            "invalid_request",
        ),
        (&program, &token, vec![("actor_token", "x")], "invalid_request"),
        (&program, &token, vec![("scope", "read write")], "invalid_scope"),
        (&program, &token, vec![("audience", "http://127.0.0.1:9/")], "invalid_target"),
        (&program, &token, vec![("audience", SHELF), ("resource", "http://127.0.0.1:9/")], "invalid_target"),
        (&program, &token, vec![("delivery", "release")], "invalid_request"),
    ] {
        let reply = house.exchange(who, token, &more).await;
        assert_eq!(reply.error(), (400, word.into()), "{more:?}");
    }
    house.post("/pro/revoke", &program, &[("token", &token)]).await;
    assert_eq!(house.exchange(&program, &token, &[]).await.error(), (400, "invalid_request".into()));
}

#[tokio::test]
async fn as_36_a_server_acts_for_a_program_and_everybody_can_see_it() {
    let house = House::open().await;
    let (program, shelf) = (house.program().await, house.acting_server().await);
    let sent = house.access_token(&program, &[("scope", Some("read")), ("resource", Some(SHELF))]).await;
    let gateway = house.gateway("");
    let there = [("audience", gateway.as_str())];
    let alone = house.exchange(&shelf, &sent, &there).await;
    assert_eq!(alone.error(), (400, "interaction_required".into()), "OAU-13: nobody allowed the server");
    house.access_token(&shelf, &[("scope", Some("read write"))]).await;
    let acting = house.exchange(&shelf, &sent, &there).await.json();
    assert_eq!(text(&acting, "scope"), "read", "what both may");
    let token = text(&acting, "access_token");
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 200);
    let seen = house.post("/pro/introspect", &shelf, &[("token", token)]).await.json();
    assert_eq!(seen["act"], json!({ "sub": shelf.id, "act": { "sub": program.id } }));
    assert_eq!(seen["client_id"], json!(shelf.id));
    // What it was sent is withdrawn: what came of it ends in the same moment.
    house.post("/pro/revoke", &program, &[("token", &sent)]).await;
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 401);
}

#[tokio::test]
async fn oau_15_a_released_token_takes_a_consent_to_release() {
    let house = House::open().await;
    let program = house.confidential().await;
    let all = ("scope", Some("read write wide"));
    let token = house.access_token(&program, &[all]).await;
    let release = [("delivery", "release")];
    let early = house.exchange(&program, &token, &release).await;
    assert_eq!(early.error(), (400, "interaction_required".into()));
    house.tokens(&program, &[all, ("delivery", Some("release"))]).await;
    let token =
        house.token(&program, &[("grant_type", "client_credentials"), ("account", ACCOUNT)]).await.json();
    let released = house.exchange(&program, text(&token, "access_token"), &release).await.json();
    assert_eq!(text(&released, "keylodge_delivery"), "release");
    assert!(text(&released, "access_token").starts_with("upstream-"));
    assert_eq!(text(&released, "issued_token_type"), ACCESS_TOKEN);
}
