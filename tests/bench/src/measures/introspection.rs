//! A local resource server that asks what a token is (RFC 7662), over connections that it keeps.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    book::{Book, Side},
    furniture::{LONG, SCOPE},
    keylodge::ask,
    stage::{Stage, load},
    wire::{Keeping, Request, Target},
};

const TIME: Duration = Duration::from_millis(400);
const COUNT: u64 = 20_000;
const CLIENTS: usize = 8;
const JSON: &str = "application/json";
const RESOURCE: &str = "http://127.0.0.1:9321/";

/// One round.
pub fn round(stage: &Stage, book: &mut Book) {
    let ours = &stage.keylodge.tcp;
    let request = introspection(stage, ours);
    let floor = ask(&stage.floor_tcp, LONG, 0);
    for (side, target, request) in [(Side::Floor, &stage.floor_tcp, &floor), (Side::Ours, ours, &request)] {
        let asked = load(target, request, Keeping::Kept, CLIENTS, COUNT, TIME);
        book.note("introspection", side, asked.per_second);
    }
}

/// A resource server registers, a program gets a token for it, and this is the question about that token.
fn introspection(stage: &Stage, target: &Target) -> Request {
    let metadata = json!({
        "client_name": "A resource server", "redirect_uris": [], "grant_types": [], "response_types": [],
        "resources": [RESOURCE], "token_endpoint_auth_method": "client_secret_post",
    });
    let server = answer(&Request::post(target, "/bench/register", JSON, metadata.to_string()), target);
    let wish = json!({ "account": LONG, "scope": SCOPE, "resource": RESOURCE }).to_string();
    let (token, _) =
        stage.keylodge.allowing(|| answer(&Request::post(target, "/access", JSON, wish), target));
    let member = |of: &Value, name: &str| of[name].as_str().expect("a text").to_owned();
    let form: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &member(&server, "client_id"))
        .append_pair("client_secret", &member(&server, "client_secret"))
        .append_pair("token", &member(&token, "access_token"))
        .finish();
    let request = Request::post(target, "/bench/introspect", "application/x-www-form-urlencoded", form);
    assert_eq!(answer(&request, target)["active"], true, "it is told what the token is");
    request
}

fn answer(request: &Request, target: &Target) -> Value {
    let (status, text) = request.send(target).expect("an answer");
    assert!(status < 300, "{status}: {text}");
    serde_json::from_str(&text).expect("JSON")
}
