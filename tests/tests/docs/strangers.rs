//! Programs and a service that know nothing of Keylodge but what the pages say.

use control::Request;
use reqwest::StatusCode;
use serde_json::{Value, json};
use stories::{Answered, Keylodge, Running, http, project, python};

use crate::walk::{run_with_a_willing_person, token, with_demo_account};

#[tokio::test(flavor = "multi_thread")]
async fn dm_06_rg_12_the_mcp_client_gets_in_with_the_gateways_address_alone() {
    let keylodge = with_demo_account().await;
    let gateway = keylodge.accounts()[0].gateway_url.trim_end_matches('/').to_owned();
    let mut program = python("mcp_program.py");
    program.args([gateway.as_str(), "/api/photos"]);
    let printed: Value =
        serde_json::from_str(&run_with_a_willing_person(&keylodge, program)).expect("it prints JSON");
    let expected = json!({
        "statuses": [200, 200],
        // What the challenge names; the SDK adds `offline_access` where the server has it.
        "asked": "photos.read offline_access",
        "resource": true,
        "granted": "offline_access photos.read",
        "client": "MCP program",
    });
    assert_eq!(printed, expected);
}

/// The example service, validating in one of its ways.
fn service(keylodge: &Keylodge, way: &str) -> (Running, String) {
    // With an absolute path, the stories' Python runs the example as it stands.
    let example = project().join("docs/examples/resource_server.py");
    let mut program = python(example.to_str().expect("a path"));
    program.arg(way).env("KEYLODGE_URL", &keylodge.url);
    let running = Running::start(program, &keylodge.home().path().join("service.log"));
    let address = running.line("Listening at");
    (running, address)
}

/// The same token with another signature.
fn changed(token: &str) -> String {
    let (rest, signature) = token.rsplit_once('.').expect("three parts");
    let other: String = signature.chars().rev().collect();
    format!("{rest}.{other}")
}

fn revoke_all(keylodge: &Keylodge) {
    let Ok(control::Answer::Leases(leases)) = keylodge.asked_by_anyone(Request::LeaseList) else {
        panic!("no list")
    };
    for lease in leases {
        keylodge.asked_by_anyone(Request::LeaseRevoke { lease: lease.id }).expect("to revoke takes no proof");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_service_lets_in_who_may_in_and_nobody_else() {
    let keylodge = with_demo_account().await;
    for way in ["introspection", "own_keys"] {
        let (_running, here) = service(&keylodge, way);
        let (_other, elsewhere) = service(&keylodge, way);
        let good = token(&keylodge, &json!({ "scope": "photos.read", "resource": here }));
        let foreign = token(&keylodge, &json!({ "scope": "photos.read", "resource": elsewhere }));
        let narrow = token(&keylodge, &json!({ "scope": "profile", "resource": here }));
        let gateway = token(&keylodge, &json!({ "scope": "photos.read" }));
        let get = async |path: &str, token: &str| {
            let request = http().get(format!("{here}{path}"));
            Answered::to(if token.is_empty() { request } else { request.bearer_auth(token) }).await
        };
        assert_eq!(get("", &good).await.json()["album"], "Prints in the darkroom", "{way}");
        let absent = get("", "").await;
        assert_eq!(
            (absent.status, absent.header("www-authenticate")),
            (StatusCode::UNAUTHORIZED, "Bearer realm=\"prints\"")
        );
        for (what, token, status, word) in [
            ("another service's", foreign.as_str(), 401, "invalid_token"),
            ("the gateway's", &gateway, 401, "invalid_token"),
            ("made up", "x.y.z", 401, "invalid_token"),
            ("changed", &changed(&good), 401, "invalid_token"),
            ("too narrow", &narrow, 403, "insufficient_scope"),
        ] {
            let answer = get("", token).await;
            let challenge = answer.header("www-authenticate");
            assert!(challenge.contains(&format!("error=\"{word}\"")), "{way}, {what}: {challenge}");
            assert_eq!(answer.status.as_u16(), status, "{way}, {what}");
        }
        assert_eq!(get(&format!("?access_token={good}"), "").await.status, StatusCode::BAD_REQUEST);
        if way == "introspection" {
            revoke_all(&keylodge);
            assert_eq!(get("", &good).await.status, StatusCode::UNAUTHORIZED, "revoked");
        }
    }
}
