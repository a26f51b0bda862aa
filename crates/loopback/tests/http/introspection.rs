//! Introspection and revocation.

use serde_json::json;

use crate::{
    client::{Program, http, send},
    house::House,
};

const RESOURCE: &str = "http://127.0.0.1:9100/";

async fn token_for_resource(house: &House) -> (Program, Program, String) {
    let (server, program) = (house.resource_server(RESOURCE).await, house.program().await);
    let tokens = house.tokens(&program, &[("resource", Some(RESOURCE))]).await;
    (server, program, tokens["access_token"].as_str().expect("a token").to_owned())
}

#[tokio::test]
async fn as_37_the_resource_server_learns_of_a_token_for_it() {
    let house = House::open().await;
    let (server, program, token) = token_for_resource(&house).await;
    let reply = house.post("/pro/introspect", &server, &[("token", &token)]).await;
    let told = reply.json();
    assert_eq!(told["active"], true);
    assert_eq!(told["aud"], RESOURCE);
    assert_eq!(told["client_id"], program.id);
    assert_eq!(told["scope"], "read write");
    assert_eq!(told["iss"], house.at("/pro"));
    assert!(told["exp"].is_i64() && told["sub"].is_string());
    assert!(!reply.text.contains("ada@example.org"), "tk_18");
}

#[tokio::test]
async fn as_37_dead_foreign_and_unknown_tokens_look_the_same() {
    let house = House::open().await;
    let (server, _, token) = token_for_resource(&house).await;
    let foreign = house.resource_server("http://127.0.0.1:9200/").await;
    let elsewhere = house.gateway_token("read").await;
    let inactive = json!({ "active": false });
    let ask = async |asker: &Program, token: &str| {
        house.post("/pro/introspect", asker, &[("token", token)]).await.json()
    };
    assert_eq!(ask(&foreign, &token).await, inactive, "another audience");
    assert_eq!(ask(&server, &elsewhere).await, inactive, "a gateway token");
    assert_eq!(ask(&server, "unknown").await, inactive);
    house.clock.pass(300);
    assert_eq!(ask(&server, &token).await, inactive, "expired");
}

#[tokio::test]
async fn as_37_nobody_asks_without_a_secret() {
    let house = House::open().await;
    let (server, program, token) = token_for_resource(&house).await;
    let nobody = send(http().post(house.at("/pro/introspect")).form(&[("token", &token)])).await;
    assert_eq!(nobody.error(), (401, "invalid_client".into()));
    let public = house.post("/pro/introspect", &program, &[("token", &token)]).await;
    assert_eq!(public.error(), (401, "invalid_client".into()), "an id is no credential");
    let wrong = Program { secret: Some("wrong".into()), ..server };
    assert_eq!(house.post("/pro/introspect", &wrong, &[("token", &token)]).await.status, 401);
}

#[tokio::test]
async fn as_38_an_access_token_can_be_given_back() {
    let house = House::open().await;
    let program = house.program().await;
    let tokens = house.tokens(&program, &[]).await;
    let token = tokens["access_token"].as_str().expect("a token");
    assert_eq!(house.post("/pro/revoke", &program, &[("token", token)]).await.status, 200);
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 401);
    let refresh = tokens["refresh_token"].as_str().expect("one");
    assert_eq!(house.refresh(&program, refresh, &[]).await.status, 200, "the grant goes on");
}

#[tokio::test]
async fn as_38_a_refresh_token_takes_everything_with_it() {
    let house = House::open().await;
    let program = house.program().await;
    let tokens = house.tokens(&program, &[]).await;
    let refresh = tokens["refresh_token"].as_str().expect("one");
    let hint = [("token", refresh), ("token_type_hint", "access_token")];
    assert_eq!(house.post("/pro/revoke", &program, &hint).await.status, 200);
    let token = tokens["access_token"].as_str().expect("a token");
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 401);
    assert_eq!(house.refresh(&program, refresh, &[]).await.error(), (400, "invalid_grant".into()));
    assert_eq!(house.post("/pro/revoke", &program, &[("token", refresh)]).await.status, 200, "again");
}

#[tokio::test]
async fn as_38_another_programs_token_is_refused_and_an_unknown_one_is_not() {
    let house = House::open().await;
    let (program, other) = (house.program().await, house.program().await);
    let tokens = house.tokens(&program, &[]).await;
    let token = tokens["access_token"].as_str().expect("a token");
    let refresh = tokens["refresh_token"].as_str().expect("one");
    for token in [token, refresh] {
        assert_eq!(house.post("/pro/revoke", &other, &[("token", token)]).await.error().0, 400);
    }
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 200);
    assert_eq!(house.post("/pro/revoke", &other, &[("token", "unknown")]).await.status, 200);
    let unauthenticated = send(http().post(house.at("/pro/revoke")).form(&[("token", token)])).await;
    assert_eq!(unauthenticated.error(), (401, "invalid_client".into()));
}
