//! Redirects, large, slow and broken answers, and settings of the surroundings.

use std::time::Duration;

use broker::{ClientCredential, Upstream, UpstreamError};
use serde_json::json;

use crate::provider::{Answer, Hostile, begin, client, finish, good, is_misbehaved, secret};

#[tokio::test]
async fn uc_12_ups_06_no_redirect_is_followed_anywhere() {
    let (hostile, other) = (Hostile::start().await, Hostile::start().await);
    other.give_plain();
    let with_secret = ClientCredential {
        client_id: "client-1".to_owned(),
        client_secret: Some(secret("canary")),
        proof_key: None,
    };
    for status in [301, 302, 303, 307, 308] {
        let away = Answer::redirect(status, &other.url("/token"));
        for path in ["/token", "/revoke", "/userinfo"] {
            hostile.on(path, away.clone());
        }
        let (upstreams, provider) = (hostile.upstreams(), hostile.plain());
        let refreshed = upstreams.refresh(&provider, &with_secret, &secret("rt-1"), None).await;
        assert!(refreshed.as_ref().is_err_and(is_misbehaved), "{status}");
        let revoked = upstreams.revoke(&provider, &with_secret, &secret("rt-1")).await;
        assert!(revoked.as_ref().is_err_and(is_misbehaved), "{status}");
        hostile.on("/token", Answer::json(&json!({ "access_token": "at-1", "token_type": "bearer" })));
        let under_way = begin(&upstreams, provider, "read").await;
        let query = good(&under_way);
        assert!(finish(under_way, &query).await.as_ref().is_err_and(is_misbehaved), "{status}");
    }
    assert!(other.paths().is_empty(), "{:?}", other.paths());
}

#[tokio::test]
async fn ups_02_a_body_without_end_is_cut_off() {
    let hostile = Hostile::start().await;
    hostile.on("/token", Answer::Endless);
    let error = hostile.upstreams().refresh(&hostile.plain(), &client(), &secret("rt-1"), None).await;
    assert!(matches!(error, Err(UpstreamError::Misbehaved { detail, .. }) if detail.contains("too large")));
}

#[tokio::test]
async fn ups_03_a_body_that_stalls_is_given_up() {
    let hostile = Hostile::start().await;
    hostile.on("/token", Answer::Stalls);
    let upstreams = hostile.builder().total_timeout(Duration::from_millis(200)).build();
    let error = upstreams.refresh(&hostile.plain(), &client(), &secret("rt-1"), None).await;
    assert!(matches!(error, Err(UpstreamError::Away { detail, .. }) if detail.contains("too long")));
}

#[tokio::test]
async fn ups_03_a_server_that_accepts_and_stays_silent_is_given_up() {
    let hostile = Hostile::start().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut provider = hostile.plain();
    let address = silent.local_addr().expect("bound");
    provider.endpoints.as_mut().expect("endpoints").token = format!("https://{address}/token");
    let upstreams = hostile.builder().connect_timeout(Duration::from_millis(200)).build();
    let error = upstreams.refresh(&provider, &client(), &secret("rt-1"), None).await;
    assert!(matches!(error, Err(UpstreamError::Away { .. })));
}

#[tokio::test]
async fn ups_05_a_compressed_answer_is_refused_and_none_is_asked_for() {
    let hostile = Hostile::start().await;
    for encoding in ["gzip", "br", "deflate"] {
        let headers =
            vec![("content-type", "application/json".to_owned()), ("content-encoding", encoding.to_owned())];
        hostile.on("/token", Answer::Whole(200, headers, vec![0x1f, 0x8b, 8, 0]));
        let error = hostile.upstreams().refresh(&hostile.plain(), &client(), &secret("rt-1"), None).await;
        assert!(error.as_ref().is_err_and(is_misbehaved), "{encoding}");
    }
    assert!(hostile.seen("/token").iter().all(|seen| !seen.headers.contains_key("accept-encoding")));
}

#[tokio::test]
async fn a_server_that_is_gone_is_away() {
    let hostile = Hostile::start().await;
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
    let mut provider = hostile.plain();
    provider.endpoints.as_mut().expect("endpoints").token = format!("http://{gone}/token");
    let error = hostile.upstreams().refresh(&provider, &client(), &secret("rt-1"), None).await;
    assert!(matches!(error, Err(UpstreamError::Away { retry_after: None, .. })));
}

#[tokio::test]
async fn ups_11_cookies_are_neither_kept_nor_sent() {
    let hostile = Hostile::start().await;
    let body = json!({ "access_token": "at-1", "token_type": "bearer" }).to_string().into_bytes();
    let headers = vec![("content-type", "application/json".to_owned()), ("set-cookie", "track=1".to_owned())];
    hostile.on("/token", Answer::Whole(200, headers, body));
    let upstreams = hostile.upstreams();
    for _ in 0..2 {
        upstreams.refresh(&hostile.plain(), &client(), &secret("rt-1"), None).await.expect("tokens");
    }
    assert!(hostile.seen("/token").iter().all(|seen| !seen.headers.contains_key("cookie")));
}

#[tokio::test]
async fn a_refresh_is_sent_once_even_if_its_answer_is_lost() {
    let hostile = Hostile::start().await;
    hostile.on("/token", Answer::Whole(500, Vec::new(), Vec::new()));
    let error = hostile.upstreams().refresh(&hostile.plain(), &client(), &secret("rt-1"), None).await;
    assert!(matches!(error, Err(UpstreamError::Away { .. })));
    assert_eq!(hostile.seen("/token").len(), 1);
}
