//! Answers of token endpoints: real ones, odd ones and hostile ones.

use broker::{Upstream, UpstreamError, UpstreamTokens};
use serde_json::{Value, json};

use crate::provider::{Answer, Hostile, client, is_misbehaved, scopes, secret};

async fn refreshed(hostile: &Hostile, answer: Answer) -> Result<UpstreamTokens, UpstreamError> {
    hostile.on("/token", answer);
    let asked = scopes("read write");
    hostile.upstreams().refresh(&hostile.plain(), &client(), &secret("rt-canary"), Some(&asked)).await
}

fn tokens(name: &str, value: &Value) -> Answer {
    let mut answer =
        json!({ "access_token": "at-1", "token_type": "Bearer", "expires_in": 3600, "scope": "read" });
    answer[name] = value.clone();
    Answer::json(&answer)
}

#[tokio::test]
async fn uc_17_the_life_of_a_token_in_all_spellings() {
    let hostile = Hostile::start().await;
    for (said, expected) in [
        (json!(3600), Some(3600)),
        (json!("3600"), Some(3600)),
        (json!(" 3600 "), Some(3600)),
        (json!(3599.9), Some(3599)),
        (json!("3600.0"), Some(3600)),
        (json!(0), Some(0)),
        (json!("0"), Some(0)),
        (json!(-1), Some(0)),
        (json!("-1"), Some(0)),
        (json!(u64::MAX), Some(31_536_000)),
        (json!(1e300), Some(31_536_000)),
        (json!("99999999999999999999"), Some(31_536_000)),
        (json!("inf"), Some(31_536_000)),
        (json!("NaN"), None),
        (json!("soon"), None),
        (json!(""), None),
        (json!(null), None),
        (json!([3600]), None),
        (json!({}), None),
        (json!(true), None),
    ] {
        let got = refreshed(&hostile, tokens("expires_in", &said)).await.expect("tokens");
        assert_eq!(got.expires_in, expected, "{said}");
    }
    let none = Answer::json(&json!({ "access_token": "at-1", "token_type": "bearer" }));
    assert_eq!(refreshed(&hostile, none).await.expect("tokens").expires_in, None);
}

#[tokio::test]
async fn uc_17_a_missing_life_is_what_the_catalogue_says() {
    let hostile = Hostile::start().await;
    hostile.on("/token", Answer::json(&json!({ "access_token": "at-1", "token_type": "bearer" })));
    let mut provider = hostile.plain();
    provider.access_token_seconds = Some(7200);
    let got = hostile.upstreams().refresh(&provider, &client(), &secret("rt-1"), None).await.expect("tokens");
    assert_eq!(got.expires_in, Some(7200));
}

#[tokio::test]
async fn uc_17_token_types_are_compared_without_case_and_unknown_ones_refused() {
    let hostile = Hostile::start().await;
    for kind in ["bearer", "Bearer", "BEARER", "bEaReR"] {
        refreshed(&hostile, tokens("token_type", &kind.into())).await.expect(kind);
    }
    for kind in
        [json!("DPoP"), json!("mac"), json!("N_A"), json!(""), json!("bearer "), json!(1), json!(["bearer"])]
    {
        let error = refreshed(&hostile, tokens("token_type", &kind)).await.expect_err("unknown");
        assert!(is_misbehaved(&error), "{kind}");
    }
}

#[tokio::test]
async fn uc_17_real_answers_with_members_of_their_own() {
    let hostile = Hostile::start().await;
    for answer in [
        json!({ "access_token": "ya29.x", "expires_in": 3599, "scope": "read write", "token_type": "Bearer", "refresh_token_expires_in": 604_799 }),
        json!({ "token_type": "Bearer", "scope": "read write", "expires_in": 4736, "ext_expires_in": 4736, "access_token": "EwB..." }),
        json!({ "access_token": "x", "token_type": "bearer", "expires_in": 7200, "refresh_token": "y", "scope": "read write", "created_at": 1_607_635_748 }),
        json!({ "access_token": "x", "token_type": "bearer", "scope": "read,write" }),
        json!({ "access_token": "x", "token_type": "Bearer", "expires_in": "3600", "uid": 12, "team": { "id": "T1" }, "list": [1, null] }),
    ] {
        let got = refreshed(&hostile, Answer::json(&answer)).await.expect("tokens");
        assert!(got.scopes.is_none_or(|scope| scope == scopes("read write")), "{answer}");
    }
}

#[tokio::test]
async fn uc_18_granted_scopes_in_all_spellings() {
    let hostile = Hostile::start().await;
    for (said, expected) in [
        (json!("read write"), Some("read write")),
        (json!("write  read"), Some("read write")),
        (json!("read"), Some("read")),
        (json!("read write admin"), Some("admin read write")),
        (json!("read,write"), Some("read write")),
        (json!(["read", "write"]), Some("read write")),
        (json!("read\twrite"), Some("read write")),
        (json!("read wr\"ite"), Some("read")),
        (json!(""), Some("")),
        (json!(null), None),
        (json!(7), None),
    ] {
        let got = refreshed(&hostile, tokens("scope", &said)).await.expect("tokens");
        assert_eq!(got.scopes, expected.map(scopes), "{said}");
    }
}

#[tokio::test]
async fn a_new_refresh_token_is_passed_on_and_an_empty_one_is_none() {
    let hostile = Hostile::start().await;
    let got = refreshed(&hostile, tokens("refresh_token", &"rt-2".into())).await.expect("tokens");
    assert_eq!(got.refresh_token.expect("rotated").expose(), "rt-2");
    for nothing in [json!(""), json!(null), json!(5)] {
        let got = refreshed(&hostile, tokens("refresh_token", &nothing)).await.expect("tokens");
        assert!(got.refresh_token.is_none(), "{nothing}");
    }
}

#[tokio::test]
async fn uc_17_an_error_is_an_error_with_any_status() {
    let hostile = Hostile::start().await;
    for status in [200, 400, 401, 403] {
        let body = json!({ "error": "invalid_grant", "error_description": "rt-canary was\u{202e} revoked" });
        let error = refreshed(&hostile, Answer::status(status, &body)).await.expect_err("refused");
        let UpstreamError::Refused { code, detail, provider } = error else { panic!("{error}") };
        assert_eq!((code.as_str(), provider.as_str()), ("invalid_grant", "Mock"));
        assert_eq!(detail, "… was revoked", "{status}");
    }
    for (own, word) in [
        ("bad_refresh_token", "invalid_grant"),
        ("bad_verification_code", "invalid_grant"),
        ("incorrect_client_credentials", "invalid_client"),
        ("redirect_uri_mismatch", "redirect_uri_mismatch"),
        ("<script>", "unknown_error"),
    ] {
        let error = refreshed(&hostile, Answer::json(&json!({ "error": own }))).await.expect_err("refused");
        assert!(matches!(&error, UpstreamError::Refused { code, .. } if code == word), "{own}: {error}");
    }
    let both = json!({ "error": "invalid_grant", "access_token": "at-1", "token_type": "bearer" });
    assert!(matches!(refreshed(&hostile, Answer::json(&both)).await, Err(UpstreamError::Refused { .. })));
}

#[tokio::test]
async fn uc_17_nonsense_is_misbehaviour_and_is_not_quoted() {
    let hostile = Hostile::start().await;
    for (name, answer) in [
        ("html", Answer::text(200, "text/html", "<h1>rt-canary</h1>")),
        ("html error", Answer::text(400, "text/html", "<h1>rt-canary</h1>")),
        (
            "form",
            Answer::text(200, "application/x-www-form-urlencoded", "access_token=at-1&token_type=bearer"),
        ),
        ("empty", Answer::text(200, "application/json", "")),
        ("cut", Answer::text(200, "application/json", "{\"access_token\":\"rt-canary")),
        ("array", Answer::text(200, "application/json", "[]")),
        ("number", Answer::text(200, "application/json", "{\"access_token\":\"at\",\"expires_in\":1e400}")),
        (
            "twice",
            Answer::text(
                200,
                "application/json",
                "{\"access_token\":\"a\",\"access_token\":\"b\",\"token_type\":\"bearer\"}",
            ),
        ),
        ("no token", Answer::json(&json!({ "token_type": "bearer" }))),
        ("empty token", Answer::json(&json!({ "access_token": "", "token_type": "bearer" }))),
        ("number as token", Answer::json(&json!({ "access_token": 1, "token_type": "bearer" }))),
        (
            "split token",
            Answer::json(&json!({ "access_token": "a\r\nSet-Cookie: x", "token_type": "bearer" })),
        ),
        ("400 without words", Answer::status(400, &json!({}))),
        ("404", Answer::status(404, &json!({ "message": "rt-canary" }))),
    ] {
        let error = refreshed(&hostile, answer).await.expect_err(name);
        assert!(is_misbehaved(&error), "{name}: {error}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{name}: {error:?}");
    }
}

#[tokio::test]
async fn a_server_that_cannot_now_is_away_and_says_until_when() {
    let hostile = Hostile::start().await;
    for (status, said, expected) in [
        (503, Some("120"), Some(120)),
        (429, Some("7"), Some(7)),
        (500, None, None),
        (502, Some("Sun, 17 Mar 2030 17:47:40 GMT"), Some(60)),
        (502, Some("Wed, 21 Oct 2026 07:28:00 GMT"), Some(0)),
        (502, Some("tomorrow"), None),
        (503, Some("-5"), None),
        (503, Some("99999999999"), Some(86_400)),
    ] {
        let headers = said.map(|value| ("retry-after", value.to_owned())).into_iter().collect();
        let error = refreshed(&hostile, Answer::Whole(status, headers, Vec::new())).await.expect_err("away");
        assert!(
            matches!(error, UpstreamError::Away { retry_after, .. } if retry_after == expected),
            "{status} {said:?}: {error}"
        );
    }
    let busy = Answer::status(400, &json!({ "error": "temporarily_unavailable" }));
    assert!(matches!(refreshed(&hostile, busy).await, Err(UpstreamError::Away { .. })));
}

#[tokio::test]
async fn uc_23_revocation() {
    let hostile = Hostile::start().await;
    let (upstreams, provider) = (hostile.upstreams(), hostile.plain());
    let revoke = async || upstreams.revoke(&provider, &client(), &secret("rt-canary")).await;
    hostile.on("/revoke", Answer::Whole(200, Vec::new(), Vec::new()));
    assert!(revoke().await.expect("revoked"));
    let seen = &hostile.seen("/revoke")[0];
    assert_eq!(seen.method, "POST");
    assert_eq!(seen.form("token").as_deref(), Some("rt-canary"));
    assert_eq!(seen.form("token_type_hint").as_deref(), Some("refresh_token"));
    assert_eq!(seen.form("client_id").as_deref(), Some("client-1"));
    hostile.on("/revoke", Answer::Whole(503, vec![("retry-after", "9".to_owned())], Vec::new()));
    assert!(matches!(revoke().await, Err(UpstreamError::Away { retry_after: Some(9), .. })));
    hostile.on("/revoke", Answer::status(400, &json!({ "error": "unsupported_token_type" })));
    assert!(
        matches!(revoke().await, Err(UpstreamError::Refused { code, .. }) if code == "unsupported_token_type")
    );
    hostile.on("/revoke", Answer::text(404, "text/html", "canary"));
    assert!(revoke().await.as_ref().is_err_and(is_misbehaved));
    hostile.on("/revoke", Answer::Whole(200, Vec::new(), Vec::new()));
    assert!(upstreams.revoke_access(&provider, &client(), &secret("at-canary")).await.expect("revoked"));
    let seen = &hostile.seen("/revoke")[4];
    assert_eq!(seen.form("token").as_deref(), Some("at-canary"));
    assert_eq!(seen.form("token_type_hint").as_deref(), Some("access_token"));
    let mut without = hostile.plain();
    without.endpoints.as_mut().expect("endpoints").revocation = None;
    assert!(!upstreams.revoke(&without, &client(), &secret("rt-1")).await.expect("no way to"));
    assert!(!upstreams.revoke_access(&without, &client(), &secret("at-1")).await.expect("no way to"));
}
