//! Stock OAuth libraries of Python, unmodified: metadata, code with PKCE, gateway, renewal, revocation.

use serde_json::{Value, json};
use stories::{Allowing, Keylodge, PATIENCE, Provider, Running, python};

/// Runs a program of `tests/python` to its end; the person allows these scopes. Gives what it printed.
async fn run(script: &str, allowed: &[&str]) -> Value {
    let (provider, keylodge) = (Provider::start(), Keylodge::start());
    keylodge.add_provider(&provider);
    let account =
        keylodge.add_account(&["openid", "profile", "offline_access", "photos:read", "photos:write"]).await;
    let mut program = python(script);
    program
        .args([&keylodge.url, "house", account.gateway_url.trim_end_matches('/')])
        // Both libraries refuse plain http unless they are told that it stays on this machine.
        .env("AUTHLIB_INSECURE_TRANSPORT", "1")
        .env("OAUTHLIB_INSECURE_TRANSPORT", "1")
        // That the person may allow less than was asked is an error to oauthlib unless it is told so.
        .env("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")
        .env("NO_PROXY", "127.0.0.1");
    let mut program = Running::start(program, &keylodge.home().path().join("program.log"));
    keylodge.allow(Allowing { scopes: allowed, ..Allowing::default() });
    assert!(program.end(PATIENCE).success(), "{}\n{}", program.log(), keylodge.log());
    serde_json::from_str(&program.rest()).expect("the program prints JSON")
}

fn as_it_must_be() -> Value {
    json!({
        "scope": ["openid", "photos:read"],
        "person": "ana",
        "rotated": true,
        "after_refresh": 200,
        "after_revocation": 401,
        "refused": "invalid_grant",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn dm_01_as_38_authlib_works_as_it_is() {
    assert_eq!(run("authlib_program.py", &["openid", "photos:read"]).await, as_it_must_be());
}

#[tokio::test(flavor = "multi_thread")]
async fn dm_01_as_38_requests_oauthlib_works_as_it_is() {
    assert_eq!(run("requests_oauthlib_program.py", &["openid", "photos:read"]).await, as_it_must_be());
}

#[tokio::test(flavor = "multi_thread")]
async fn authlib_proves_itself_by_its_key() {
    let expected = json!({
        "scope": ["openid", "photos:read"],
        "person": "ana",
        "rotated": true,
        "after_revocation": 401,
    });
    assert_eq!(run("authlib_key_program.py", &["openid", "photos:read"]).await, expected);
}

/// The person is asked once; after that the job gets its tokens by itself (RFC 6749 §4.4, RFC 8693).
#[tokio::test(flavor = "multi_thread")]
async fn as_35_authlib_runs_a_job_that_nobody_watches() {
    let expected = json!({
        "early": "interaction_required",
        "unasked": [["openid", "photos:read"], false],
        "narrower": ["openid", "urn:ietf:params:oauth:token-type:access_token", "ana"],
    });
    assert_eq!(run("authlib_grants_program.py", &["openid", "photos:read"]).await, expected);
}
