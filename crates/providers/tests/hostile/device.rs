//! Sign-in by device code (RFC 8628) against a provider whose every answer is chosen.

use broker::{DeviceUnderWay, Upstream, UpstreamError};
use serde_json::{Value, json};

use crate::provider::{Answer, Hostile, is_misbehaved, plan};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn provider(hostile: &Hostile) -> broker::Provider {
    let mut provider = hostile.plain();
    provider.endpoints.as_mut().expect("endpoints").device_authorization = Some(hostile.url("/device"));
    provider
}

fn code(hostile: &Hostile) -> Value {
    json!({
        "device_code": "dc-canary", "user_code": "WDJB-MJHT", "interval": 1, "expires_in": 30,
        "verification_uri": hostile.url("/activate"),
        "verification_uri_complete": hostile.url("/activate?user_code=WDJB-MJHT"),
    })
}

async fn begun(hostile: &Hostile, answer: &Value) -> Result<DeviceUnderWay, UpstreamError> {
    hostile.on("/device", Answer::json(answer));
    hostile.upstreams().begin_device_sign_in(plan(provider(hostile), "read write")).await
}

#[tokio::test]
async fn uc_24_a_device_sign_in_asks_shows_and_redeems() {
    let hostile = Hostile::start().await;
    let under_way = begun(&hostile, &code(&hostile)).await.expect("begun");
    assert_eq!(under_way.code.user_code, "WDJB-MJHT");
    assert_eq!(under_way.code.verification_uri.as_str(), hostile.url("/activate"));
    assert!(under_way.code.verification_uri_complete.is_some());
    let asked = &hostile.seen("/device")[0];
    assert_eq!(
        (asked.form("client_id").as_deref(), asked.form("scope").as_deref()),
        (Some("client-1"), Some("read write"))
    );
    hostile.give_plain();
    let signed_in = under_way.outcome.await.expect("signed in");
    assert_eq!(signed_in.subject, "user-1");
    let seen = &hostile.seen("/token")[0];
    assert_eq!(seen.form("grant_type").as_deref(), Some(GRANT));
    assert_eq!(seen.form("device_code").as_deref(), Some("dc-canary"));
    assert!(seen.query.is_empty(), "UC-11: nothing secret in an address");
}

#[tokio::test]
async fn uc_24_a_denial_ends_it_and_tells_no_secret() {
    let hostile = Hostile::start().await;
    let under_way = begun(&hostile, &code(&hostile)).await.expect("begun");
    let denied = json!({ "error": "access_denied", "error_description": "dc-canary" });
    hostile.on("/token", Answer::status(400, &denied));
    let error = under_way.outcome.await.expect_err("denied");
    assert!(matches!(&error, UpstreamError::Refused { code, .. } if code == "access_denied"), "{error}");
    assert!(!format!("{error:?}").contains("canary"));
    assert_eq!(hostile.seen("/token").len(), 1, "it does not ask again");
}

#[tokio::test]
async fn uc_12_the_device_endpoint_is_not_followed_elsewhere() {
    let hostile = Hostile::start().await;
    for status in [302, 307, 308] {
        hostile.on("/device", Answer::redirect(status, &hostile.url("/elsewhere")));
        let error = hostile.upstreams().begin_device_sign_in(plan(provider(&hostile), "read")).await.err();
        assert!(error.as_ref().is_some_and(is_misbehaved), "{status}: {error:?}");
    }
    assert!(hostile.seen("/elsewhere").is_empty());
}

#[tokio::test]
async fn oau_11_a_code_or_a_page_that_would_trap_the_person_is_not_shown() {
    let hostile = Hostile::start().await;
    for (member, value) in [
        ("user_code", json!("\u{202e}THJM")),
        ("user_code", json!("A".repeat(200))),
        ("user_code", json!("")),
        ("user_code", json!(7)),
        ("verification_uri", json!("javascript:alert(1)")),
        ("verification_uri", json!("http://evil.example/")),
        ("device_code", json!("")),
    ] {
        let mut answer = code(&hostile);
        answer[member] = value.clone();
        assert!(begun(&hostile, &answer).await.is_err(), "{member} {value}");
    }
    let mut answer = code(&hostile);
    answer["verification_uri_complete"] = json!("https://evil.example/?user_code=WDJB-MJHT");
    let under_way = begun(&hostile, &answer).await.expect("begun");
    assert_eq!(under_way.code.verification_uri_complete, None, "another host than the one that is shown");
}
