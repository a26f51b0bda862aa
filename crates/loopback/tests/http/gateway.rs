//! The gateway, before a provider's API that shows what it got.

use std::sync::atomic::Ordering;

use broker::{Presence, Secret, preferences};
use futures_util::StreamExt;
use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::{
    client::{http, raw, send},
    house::{ACCOUNT, House, held, soon},
};

#[tokio::test]
async fn rg_05_rg_07_the_providers_token_takes_the_place_of_ours() {
    let house = House::open().await;
    let token = house.gateway_token("read write").await;
    let request = http()
        .post(house.gateway("/things/a%2Ab?q=1&r=%2F"))
        .bearer_auth(&token)
        .header("cookie", "a=b")
        .header("proxy-authorization", "Basic x")
        .header("x-forwarded-for", "10.0.0.1")
        .header("x-http-method-override", "DELETE")
        .header("x-custom", "kept")
        .body("hello");
    let reply = send(request).await;
    assert_eq!(reply.json(), json!({ "method": "POST", "uri": "/v1/things/a%2Ab?q=1&r=%2F", "length": 5 }));
    let arrived = house.api.last();
    assert_eq!((arrived.method, arrived.uri.as_str()), (Method::POST, "/v1/things/a%2Ab?q=1&r=%2F"));
    let authorizations: Vec<_> = arrived.headers.get_all(header::AUTHORIZATION).iter().collect();
    assert_eq!(authorizations, ["Bearer upstream-1"]);
    assert_eq!(arrived.headers["host"].to_str().ok(), house.api.url.strip_prefix("http://"));
    assert_eq!(arrived.headers["x-custom"], "kept");
    for name in ["cookie", "proxy-authorization", "x-forwarded-for", "x-http-method-override"] {
        assert!(!arrived.headers.contains_key(name), "{name}");
    }
    let sent = format!("{:?}{:?}", arrived.headers, arrived.body);
    assert!(!sent.contains(&token), "our token stays here");
}

#[tokio::test]
async fn rg_01_tokens_in_addresses_and_forms_are_refused() {
    let house = House::open().await;
    let token = house.gateway_token("read write").await;
    for query in ["?access_token=x", "?a=1&access%5Ftoken=x", "?ACCESS_TOKEN=x"] {
        let with = send(http().get(house.gateway(&format!("/things{query}"))).bearer_auth(&token)).await;
        assert_eq!(with.error(), (400, "invalid_request".into()), "{query}");
        let alone = send(http().get(house.gateway(&format!("/things{query}")))).await;
        assert_eq!(alone.status, 400, "{query}");
    }
    let form = [("access_token", token.as_str())];
    let alone = send(http().post(house.gateway("/things")).form(&form)).await;
    assert_eq!(alone.status, 401);
    let with = send(http().post(house.gateway("/things")).bearer_auth(&token).form(&form)).await;
    assert_eq!(with.error(), (400, "invalid_request".into()));
    let twice = http().get(house.gateway("/things")).bearer_auth(&token).bearer_auth(&token);
    assert_eq!(send(twice).await.status, 400);
    assert!(house.api.arrived().is_empty());
}

#[tokio::test]
async fn rg_02_each_refusal_has_its_challenge() {
    let house = House::open().await;
    let token = house.gateway_token("read").await;
    let metadata = house.at(&format!("/.well-known/oauth-protected-resource/gateway/{ACCOUNT}"));
    let bare = format!("Bearer realm=\"Keylodge gateway\", resource_metadata=\"{metadata}\", scope=\"read\"");
    let absent = send(http().get(house.gateway("/things"))).await;
    assert_eq!((absent.status, absent.header("www-authenticate")), (401, Some(bare.as_str())));
    let basic = send(http().get(house.gateway("/things")).basic_auth("a", Some("b"))).await;
    assert_eq!((basic.status, basic.header("www-authenticate")), (401, Some(bare.as_str())));
    let wrong = send(http().get(house.gateway("/things")).bearer_auth("wrong")).await;
    let challenge = wrong.header("www-authenticate").expect("a challenge");
    assert!(wrong.status == 401 && challenge.contains("error=\"invalid_token\""), "{challenge}");
    let narrow = send(http().post(house.gateway("/wide")).bearer_auth(&token)).await;
    let challenge = narrow.header("www-authenticate").expect("a challenge");
    assert_eq!(narrow.error(), (403, "insufficient_scope".into()));
    assert!(challenge.contains("error=\"insufficient_scope\"") && challenge.contains("scope=\"read wide\""));
    assert!(challenge.ends_with(&format!("resource_metadata=\"{metadata}\"")), "{challenge}");
    let write = send(http().delete(house.gateway("/things/1")).bearer_auth(&token)).await;
    assert!(write.header("www-authenticate").is_some_and(|c| c.contains("scope=\"read write\"")));
}

#[tokio::test]
async fn rg_03_expiry_and_revocation_count_on_every_request() {
    let house = House::open().await;
    let program = house.program().await;
    let tokens = house.tokens(&program, &[]).await;
    let token = tokens["access_token"].as_str().expect("a token");
    let used = async || send(http().get(house.gateway("/things")).bearer_auth(token)).await.status;
    assert_eq!(used().await, 200);
    house.clock.pass(300);
    assert_eq!(used().await, 401);
    let refresh = tokens["refresh_token"].as_str().expect("one");
    let next = house.refresh(&program, refresh, &[]).await.json();
    let token = next["access_token"].as_str().expect("a token");
    let used = async || send(http().get(house.gateway("/things")).bearer_auth(token)).await.status;
    assert_eq!(used().await, 200);
    house.broker.revoke_app(&program.id).await.expect("revoked");
    assert_eq!(used().await, 401);
}

#[tokio::test]
async fn rg_03_a_running_stream_ends_with_its_lease() {
    let house = House::open().await;
    let program = house.program().await;
    let tokens = house.tokens(&program, &[]).await;
    let token = tokens["access_token"].as_str().expect("a token");
    let answer = soon(http().get(house.gateway("/things/endless")).bearer_auth(token).send()).await;
    let mut stream = answer.expect("an answer").bytes_stream();
    assert_eq!(soon(stream.next()).await.expect("a piece").expect("sound"), "first");
    house.post("/pro/revoke", &program, &[("token", token)]).await;
    assert!(soon(stream.next()).await.expect("an end").is_err(), "it breaks off and is not complete");
}

#[tokio::test]
async fn rg_03_a_running_stream_ends_when_the_house_is_locked() {
    let house = House::open().await;
    let token = house.gateway_token("read").await;
    let answer = soon(http().get(house.gateway("/things/endless")).bearer_auth(token).send()).await;
    let mut stream = answer.expect("an answer").bytes_stream();
    assert_eq!(soon(stream.next()).await.expect("a piece").expect("sound"), "first");
    house.broker.lock().await.expect("locks");
    assert!(soon(stream.next()).await.expect("an end").is_err());
}

#[tokio::test]
async fn rg_04_tk_02_other_tokens_are_refused() {
    let house = House::open().await;
    let program = house.program().await;
    let all = [("scope", Some("read write wide")), ("delivery", Some("release"))];
    let released = house.tokens(&program, &all).await["access_token"].as_str().expect("one").to_owned();
    house.resource_server("http://127.0.0.1:9100/").await;
    let elsewhere = house.tokens(&program, &[("resource", Some("http://127.0.0.1:9100/"))]).await;
    let elsewhere = elsewhere["access_token"].as_str().expect("one").to_owned();
    let gateway = house.gateway_token("read").await;
    for (token, account) in [
        (released.as_str(), ACCOUNT),
        (elsewhere.as_str(), ACCOUNT),
        (gateway.as_str(), "acc_other"),
        (gateway.as_str(), "work"),
        ("ya29.a0AfH6SMBx-real-shaped", ACCOUNT),
        ("gho_16C7e42F292c6912E7710c838347Ae178B4a", ACCOUNT),
    ] {
        let url = house.at(&format!("/gateway/{account}/things"));
        assert_eq!(send(http().get(url).bearer_auth(token)).await.error(), (401, "invalid_token".into()));
    }
    assert!(house.api.arrived().is_empty());
}

#[tokio::test]
async fn rg_06_rg_08_no_path_leads_to_another_host_or_around_the_rules() {
    let house = House::open().await;
    let token = house.gateway_token("read").await;
    let port = house.port;
    for path in [
        "//evil.example/things",
        "/things//x",
        "/things/../wide",
        "/things/%2e%2e/wide",
        "/things/.%2e/wide",
        "/things/%252e%252e/wide",
        "/things%2f..%2fwide",
        "/things\\..\\wide",
        "/things/%5c../wide",
        "/things/..;/wide",
        "/things%00",
        "/@evil.example/",
    ] {
        let head = format!(
            "GET /gateway/{ACCOUNT}{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        let answer = raw(port, &head).await;
        assert!(answer.starts_with("HTTP/1.1 40"), "{path}: {answer}");
    }
    assert!(house.api.arrived().is_empty());
    let absolute = format!(
        "GET http://evil.example/gateway/{ACCOUNT}/things HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    assert!(raw(port, &absolute).await.starts_with("HTTP/1.1 403"));
}

#[tokio::test]
async fn rg_08_scopes_open_methods_and_paths_and_everything_else_is_shut() {
    let house = House::open().await;
    let read = house.gateway_token("read").await;
    let write = house.gateway_token("read write").await;
    for (token, method, path, status) in [
        (&read, Method::GET, "/things", 200),
        (&read, Method::HEAD, "/things/1", 200),
        (&read, Method::GET, "/%74hings/1", 200),
        (&read, Method::POST, "/things", 403),
        (&read, Method::PATCH, "/things", 403),
        (&read, Method::GET, "/", 403),
        (&read, Method::GET, "/thingsx", 403),
        (&read, Method::GET, "/other", 403),
        (&write, Method::DELETE, "/things/1", 200),
        (&write, Method::POST, "/wide", 403),
        (&write, Method::TRACE, "/things", 400),
    ] {
        let request = http().request(method.clone(), house.gateway(path)).bearer_auth(token);
        assert_eq!(send(request).await.status, status, "{method} {path}");
    }
    let overridden =
        http().get(house.gateway("/things")).bearer_auth(&read).header("x-method-override", "DELETE");
    assert_eq!(send(overridden).await.json()["method"], "GET");
}

#[tokio::test]
async fn rg_09_a_refused_token_is_renewed_once_and_the_request_repeated() {
    let house = House::open().await;
    "upstream-2".clone_into(&mut held(&house.api.accepted));
    let token = house.gateway_token("read write").await;
    let reply = send(http().post(house.gateway("/things/guarded")).bearer_auth(&token).body("again")).await;
    assert_eq!((reply.status, &reply.json()["length"]), (200, &json!(5)));
    assert_eq!(house.api.arrived().len(), 2);
    assert_eq!(house.provider.refreshes.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn rg_09_dos_04_then_it_fails_without_the_providers_challenge_and_burns_no_refreshes() {
    let house = House::open().await;
    "never".clone_into(&mut held(&house.api.accepted));
    let token = house.gateway_token("read write").await;
    for _ in 0..5 {
        let reply = send(http().get(house.gateway("/things/guarded")).bearer_auth(&token)).await;
        assert_eq!(reply.error(), (502, "server_error".into()));
        assert!(reply.header("www-authenticate").is_none());
    }
    assert_eq!(house.provider.refreshes.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn rg_09_what_was_streamed_is_not_repeated() {
    let house = House::open().await;
    "upstream-2".clone_into(&mut held(&house.api.accepted));
    let token = house.gateway_token("read write").await;
    let long = vec![b'x'; 100 * 1024];
    let post = || http().post(house.gateway("/things/guarded")).bearer_auth(&token).body(long.clone());
    let reply = send(post()).await;
    assert_eq!(reply.error(), (503, "temporarily_unavailable".into()));
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert_eq!(send(post()).await.json()["length"], 100 * 1024);
}

#[tokio::test]
async fn large_bodies_pass_in_both_directions_as_they_come() {
    let house = House::open().await;
    let token = house.gateway_token("read write").await;
    let pieces = futures_util::stream::iter((0..64).map(|_| Ok::<_, std::io::Error>(vec![7_u8; 32 * 1024])));
    let body = reqwest::Body::wrap_stream(pieces);
    let reply = send(http().put(house.gateway("/things/big")).bearer_auth(&token).body(body)).await;
    assert_eq!(reply.json()["length"], 64 * 32 * 1024);
}

#[tokio::test]
async fn the_length_of_an_answer_passes_and_errors_of_the_provider_end_no_connection() {
    let house = House::open().await;
    let token = house.gateway_token("read").await;
    let head = send(http().head(house.gateway("/things/headers")).bearer_auth(&token)).await;
    assert_eq!((head.status, head.header("content-length"), head.text.as_str()), (200, Some("2"), ""));
    let missing = send(http().get(house.gateway("/things/missing")).bearer_auth(&token)).await;
    assert_eq!((missing.status, missing.header("connection")), (404, None));
    let refused = send(http().get(house.gateway("/things/missing"))).await;
    assert_eq!((refused.status, refused.header("connection")), (401, Some("close")));
}

#[tokio::test]
async fn ups_12_redirects_are_not_followed_and_lead_nowhere_foreign() {
    let house = House::open().await;
    let token = house.gateway_token("read").await;
    let redirected = async |to: &str| {
        let url = house.gateway(&format!("/things/redirect?to={to}"));
        let reply = send(http().get(url).bearer_auth(&token)).await;
        assert_eq!(reply.status, 302);
        reply.header("location").map(str::to_owned)
    };
    assert_eq!(redirected(&format!("{}/v1/things/1", house.api.url)).await, Some(house.gateway("/things/1")));
    assert_eq!(redirected("/v1/things/1").await, Some(house.gateway("/things/1")));
    assert_eq!(redirected("https://evil.example/").await, None);
    assert_eq!(redirected("//evil.example/").await, None);
    assert!(house.api.arrived().is_empty(), "nothing was followed");
}

#[tokio::test]
async fn ups_11_rg_07_hostile_fields_of_an_answer_stay_behind() {
    let house = House::open().await;
    let token = house.gateway_token("read").await;
    let reply = send(http().get(house.gateway("/things/headers")).bearer_auth(&token)).await;
    assert_eq!(reply.text, "ok");
    for name in ["set-cookie", "access-control-allow-origin", "alt-svc", "x-hop"] {
        assert!(reply.header(name).is_none(), "{name}");
    }
    assert_eq!(reply.header("x-frame-options"), Some("DENY"));
    assert!(reply.header("content-security-policy").is_some_and(|policy| policy.contains("'none'")));
    assert_eq!(
        (reply.header("etag"), reply.header("cache-control")),
        (Some("\"7\""), Some("private, max-age=60"))
    );
}

#[tokio::test]
async fn a_locked_house_passes_nothing() {
    let house = House::open().await;
    let token = house.gateway_token("read").await;
    house.broker.lock().await.expect("locks");
    let reply = send(http().get(house.gateway("/things")).bearer_auth(&token)).await;
    assert_eq!(reply.error(), (503, "interaction_required".into()));
}

#[tokio::test]
async fn rg_11_a_scope_of_high_risk_can_demand_a_fresh_decision() {
    let house = House::open().await;
    let (program, present) = (house.program().await, Presence::of_native_window());
    let minutes = &preferences::setting::HIGH_RISK_MINUTES;
    house.broker.set_preference(minutes, "10", Some(&present)).await.expect("set");
    let tokens = house.tokens(&program, &[("scope", Some("read wide"))]).await;
    let mut refresh = tokens["refresh_token"].as_str().expect("one").to_owned();
    let get = async |path: &str, token: &Value| {
        send(http().get(house.gateway(path)).bearer_auth(token.as_str().expect("a token"))).await
    };
    assert_eq!(get("/wide", &tokens["access_token"]).await.status, 200);
    house.clock.pass(601);
    let renewed = house.refresh(&program, &refresh, &[]).await.json();
    renewed["refresh_token"].as_str().expect("one").clone_into(&mut refresh);
    let stale = get("/wide", &renewed["access_token"]).await;
    assert_eq!(stale.error(), (401, "insufficient_user_authentication".into()));
    let challenge = stale.header("www-authenticate").expect("a challenge");
    assert!(challenge.starts_with("Bearer ") && challenge.contains("max_age=\"600\""), "{challenge}");
    assert_eq!(get("/things", &renewed["access_token"]).await.status, 200, "only where the risk is high");
    let fresh = house.tokens(&program, &[("scope", Some("read wide")), ("max_age", Some("600"))]).await;
    assert_eq!(get("/wide", &fresh["access_token"]).await.status, 200, "the person was asked again");
}

#[tokio::test]
async fn rg_12_each_request_takes_a_token_and_none_may_come_from_a_page() {
    let house = House::open().await;
    let token = house.gateway_token("read").await;
    let get = || http().get(house.gateway("/things"));
    assert_eq!(send(get().bearer_auth(&token)).await.status, 200);
    assert_eq!(send(get()).await.status, 401, "the connection is no credential");
    assert_eq!(send(get().bearer_auth(&token).header("origin", "https://evil.example")).await.status, 403);
    assert!(house.url.starts_with("http://127.0.0.1:"));
}

/// A token that the provider bound to a key goes with a proof of it, and with the nonce that the API asks for (RFC 9449 §7.1,
/// §9); the program's own proof stays here, and so does the API's nonce.
#[tokio::test]
async fn uc_33_rg_05_a_bound_token_of_the_providers_is_sent_with_a_proof() {
    let house = House::open().await;
    *held(&house.provider.proof_key) = Some(Secret::from("a key"));
    "n-1".clone_into(&mut held(&house.api.accepted));
    let token = house.gateway_token("read write").await;
    let post = || {
        let request = http().post(house.gateway("/things/bound?q=1")).bearer_auth(&token);
        send(request.body("again"))
    };
    let reply = post().await;
    assert_eq!((reply.status, &reply.json()["length"]), (200, &json!(5)));
    assert!(reply.header("dpop-nonce").is_none());
    let address = format!("{}/v1/things/bound?q=1", house.api.url);
    let sent: Vec<String> = house
        .api
        .arrived()
        .iter()
        .map(|arrived| {
            assert_eq!(arrived.headers[header::AUTHORIZATION], "DPoP upstream-1");
            assert_eq!(arrived.headers.get_all("dpop").iter().count(), 1);
            arrived.headers["dpop"].to_str().expect("text").to_owned()
        })
        .collect();
    let proof = |nonce: &str| format!("POST {address} upstream-1 [{nonce}]");
    assert_eq!(sent, [proof(""), proof("/v1/things/boundn-1")]);

    assert_eq!(post().await.status, 200);
    assert_eq!(house.api.arrived().len(), 3, "the nonce is remembered");
    assert_eq!(house.provider.refreshes.load(Ordering::SeqCst), 1, "a nonce costs no refresh");
}

/// An API that is never content is asked a bounded number of times, and what was streamed is not repeated.
#[tokio::test]
async fn uc_33_rg_09_an_api_that_asks_for_one_nonce_after_another_is_given_up() {
    let house = House::open().await;
    *held(&house.provider.proof_key) = Some(Secret::from("a key"));
    // What the door wants is never what it told.
    "n-1 and more".clone_into(&mut held(&house.api.accepted));
    let token = house.gateway_token("read write").await;
    let streamed = vec![b'x'; 100 * 1024];
    let streamed = http().post(house.gateway("/things/bound")).bearer_auth(&token).body(streamed);
    assert_eq!(send(streamed).await.error(), (503, "temporarily_unavailable".into()));
    let before = house.api.arrived().len();
    let reply = send(http().get(house.gateway("/things/bound")).bearer_auth(&token)).await;
    assert_eq!(reply.error(), (502, "server_error".into()));
    assert!(reply.header("www-authenticate").is_none());
    assert_eq!(house.api.arrived().len() - before, 4, "twice with the token, twice with a renewed one");
    assert_eq!(house.provider.refreshes.load(Ordering::SeqCst), 2);
}
