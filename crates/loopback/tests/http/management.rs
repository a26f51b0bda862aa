//! Programs manage their own registrations (RFC 7592), and those that nobody ever allowed anything go.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::{REDIRECT, Reply, http, send},
    house::{House, Mood},
};

/// A registration as its program keeps it.
struct Managed {
    id: String,
    uri: String,
    token: String,
    echo: Value,
}

impl Managed {
    async fn new(house: &House, metadata: Value) -> Self {
        let echo = house.register(metadata).await.json();
        let text = |name: &str| echo[name].as_str().expect("a text").to_owned();
        let (id, uri, token) =
            (text("client_id"), text("registration_client_uri"), text("registration_access_token"));
        Self { id, uri, token, echo }
    }

    async fn ask(&self, method: Method, token: &str, body: Option<Value>) -> Reply {
        let request = http().request(method, &self.uri).bearer_auth(token);
        send(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    async fn read(&self) -> Reply {
        self.ask(Method::GET, &self.token, None).await
    }

    async fn replace(&self, body: Value) -> Reply {
        self.ask(Method::PUT, &self.token, Some(body)).await
    }
}

fn editor() -> Value {
    json!({ "client_name": "Editor", "redirect_uris": [REDIRECT] })
}

#[tokio::test]
async fn as_27_a_program_reads_replaces_and_removes_its_registration() {
    let house = House::open().await;
    let managed = Managed::new(&house, editor()).await;
    assert_eq!(managed.uri, house.at(&format!("/pro/register/{}", managed.id)));
    assert_eq!(managed.read().await.json(), managed.echo, "nothing was lost");
    let address = "http://127.0.0.1/other";
    let changed = json!({ "client_id": managed.id, "client_name": "Writer", "redirect_uris": [address] });
    let reply = managed.replace(changed).await;
    assert_eq!((reply.status, &reply.json()["client_name"]), (200, &json!("Writer")), "{}", reply.text);
    assert_eq!(managed.read().await.json()["redirect_uris"], json!([address]));
    let removed = managed.ask(Method::DELETE, &managed.token, None).await;
    assert_eq!((removed.status, removed.text.as_str()), (204, ""));
    for reply in [managed.read().await, managed.ask(Method::DELETE, &managed.token, None).await] {
        assert_eq!(reply.error(), (401, "invalid_token".into()), "afterwards");
    }
    let program = crate::client::Program { id: managed.id, secret: None };
    assert_eq!(house.authorize(&program, &[]).await.status, 400, "it is gone");
}

#[tokio::test]
async fn as_27_the_token_of_one_program_is_nothing_to_another() {
    let house = House::open().await;
    let (one, two) = (Managed::new(&house, editor()).await, Managed::new(&house, editor()).await);
    let body = json!({ "client_id": two.id, "redirect_uris": [REDIRECT] });
    for token in [one.token.as_str(), "", "guess", two.id.as_str()] {
        for (method, body) in [(Method::GET, None), (Method::PUT, Some(body.clone())), (Method::DELETE, None)]
        {
            let reply = two.ask(method.clone(), token, body).await;
            assert_eq!(reply.error(), (401, "invalid_token".into()), "{method}");
            assert!(
                reply.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Bearer"))
            );
        }
    }
    let elsewhere = send(http().get(two.uri.replace("/pro/", "/other/")).bearer_auth(&two.token)).await;
    assert_eq!(elsewhere.status, 401, "another issuer");
    assert_eq!(two.read().await.status, 200);
}

#[tokio::test]
async fn as_27_a_replacement_is_checked_like_a_registration() {
    let house = House::open().await;
    let managed = Managed::new(&house, editor()).await;
    let with = |member: &str, value: Value| {
        let mut body = json!({ "client_id": managed.id, "redirect_uris": [REDIRECT] });
        body[member] = value;
        body
    };
    for wrong in [
        with("client_id", json!("app_other")),
        with("client_secret", json!("chosen")),
        with("redirect_uris", json!(["javascript:alert(1)"])),
        with("redirect_uris", json!([])),
        with("token_endpoint_auth_method", json!("client_secret_basic")),
        with("grant_types", json!(["password"])),
        json!([managed.id]),
        json!({ "redirect_uris": [REDIRECT] }),
    ] {
        assert_eq!(managed.replace(wrong.clone()).await.status, 400, "{wrong}");
    }
    assert_eq!(managed.read().await.json(), managed.echo, "nothing of it was taken");
}

#[tokio::test]
async fn as_27_removing_a_program_ends_its_tokens_but_no_refusal() {
    let house = House::open().await;
    let managed = Managed::new(&house, editor()).await;
    let program = crate::client::Program { id: managed.id.clone(), secret: None };
    let token = house.tokens(&program, &[]).await["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(&token)).await.status, 200);
    assert_eq!(managed.ask(Method::DELETE, &managed.token, None).await.status, 204);
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(&token)).await.status, 401);

    let refused = Managed::new(&house, editor()).await;
    house.person.is(Mood::DeniesForGood);
    let program = crate::client::Program { id: refused.id.clone(), secret: None };
    assert_eq!(house.authorize(&program, &[]).await.location().1["error"], "access_denied");
    let reply = refused.ask(Method::DELETE, &refused.token, None).await;
    assert_eq!(reply.error(), (403, "interaction_required".into()), "only the person lifts a refusal");
}

#[tokio::test]
async fn as_27_only_hashes_are_kept() {
    let house = House::open().await;
    let metadata =
        json!({ "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "client_secret_basic" });
    let managed = Managed::new(&house, metadata).await;
    let secret = managed.echo["client_secret"].as_str().expect("one");
    let kept = format!("{:?}", house.broker.apps().expect("open"));
    assert!(!kept.contains(&managed.token) && !kept.contains(secret));
    let told = managed.read().await;
    assert!(told.json().get("client_secret").is_none(), "told once");
    let same = json!({
        "client_id": managed.id, "client_secret": secret, "redirect_uris": [REDIRECT],
        "token_endpoint_auth_method": "client_secret_basic",
    });
    assert_eq!(managed.replace(same).await.status, 200, "and it stays what it was");
}

#[tokio::test]
async fn as_25_programs_that_nobody_allowed_anything_go_after_a_day() {
    let house = House::open().await;
    let (idle, used) = (house.program().await, house.program().await);
    let server = house.resource_server("http://127.0.0.1:9100/").await;
    house.tokens(&used, &[]).await;
    house.clock.pass(24 * 3600 - 1);
    house.broker.tick().await;
    assert!(house.broker.app(&idle.id).is_ok());
    house.clock.pass(1);
    house.broker.tick().await;
    assert!(house.broker.app(&idle.id).is_err(), "nobody ever allowed it anything");
    assert!(house.broker.app(&used.id).is_ok(), "though its consent has ended");
    assert!(house.broker.app(&server.id).is_ok(), "a resource server may wait longer to be named");
    house.clock.pass(30 * 24 * 3600);
    house.broker.tick().await;
    assert!(house.broker.app(&server.id).is_err());
}
