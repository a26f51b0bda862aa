//! Stock OAuth libraries of JavaScript, unmodified: they check what they are told at every step.

use serde_json::{Value, json};
use stories::{Allowing, Keylodge, PATIENCE, Provider, Running, node};

const ALLOWED: Allowing<'_> = Allowing {
    scopes: &["openid", "photos:read"],
    duration: control::Duration::Seconds { seconds: 3600 },
    user_code: None,
};

/// Runs a program of `tests/node` to its end; the person allows `openid photos:read`. Gives what it printed.
async fn run(script: &str) -> Value {
    with_program(script, |keylodge, _| keylodge.allow(ALLOWED)).await
}

/// The same, with this person.
async fn with_program(script: &str, person: impl FnOnce(&Keylodge, &Running)) -> Value {
    let (provider, keylodge) = (Provider::start(), Keylodge::start());
    keylodge.add_provider(&provider);
    let account = keylodge.add_account(&["openid", "offline_access", "photos:read", "photos:write"]).await;
    let mut program = node(script);
    program.args([&keylodge.url, "house", account.gateway_url.trim_end_matches('/')]);
    let mut program = Running::start(program, &keylodge.home().path().join("program.log"));
    person(&keylodge, &program);
    assert!(program.end(PATIENCE).success(), "{}\n{}", program.log(), keylodge.log());
    serde_json::from_str(&program.rest()).expect("the program prints JSON")
}

fn as_it_must_be() -> Value {
    json!({
        "scope": ["openid", "photos:read"],
        "person": "ana",
        "seen": true,
        "rotated": true,
        "after_refresh": 200,
        "after_revocation": 401,
        "refused": "invalid_grant",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn dm_01_as_11_as_23_openid_client_works_as_it_is() {
    assert_eq!(run("openid_client_program.mjs").await, as_it_must_be());
}

#[tokio::test(flavor = "multi_thread")]
async fn dm_01_as_11_as_37_as_38_oauth4webapi_works_as_it_is() {
    assert_eq!(run("oauth4webapi_program.mjs").await, as_it_must_be());
}

#[tokio::test(flavor = "multi_thread")]
async fn as_32_as_39_openid_client_pushes_and_proves_its_keys() {
    let expected = json!({
        "pushed": ["client_id", "request_uri"],
        "scope": ["openid", "photos:read"],
        "kind": "dpop",
        "person": "ana",
        "copied": 401,
        "bound": true,
        "rotated": true,
        "after_refresh": 200,
    });
    assert_eq!(run("openid_client_bound_program.mjs").await, expected);
}

/// The person types the code that the program shows, and is not asked again (RFC 8628, RFC 6749 §4.4, RFC 8693).
#[tokio::test(flavor = "multi_thread")]
async fn as_29_as_35_openid_client_does_without_a_browser() {
    let printed = with_program("openid_client_grants_program.mjs", |keylodge, program| {
        let code = program.line("code");
        keylodge.allow(Allowing { user_code: Some(&code), ..ALLOWED });
    });
    let expected = json!({
        "early": "interaction_required",
        "scope": ["openid", "photos:read"],
        "rotated": true,
        "unasked": ["openid", "ana", null],
        "narrower": ["openid", "ana", null],
    });
    assert_eq!(printed.await, expected);
}
