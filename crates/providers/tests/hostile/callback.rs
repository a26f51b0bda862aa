//! What comes back through the browser, and who else knocks at that door.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use broker::{Upstream, UpstreamError};

use crate::provider::{
    Hostile, back, begin, finish, good, has_parameter, is_misbehaved, parameter, plan, request, visit,
};

#[tokio::test]
async fn uc_04_web_09_a_stray_request_neither_ends_the_sign_in_nor_reaches_the_provider() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let under_way = begin(&hostile.upstreams(), hostile.plain(), "read").await;
    let (url, query) = (back(&under_way), good(&under_way));
    let state = parameter(&under_way.authorize_url, "state");
    let outcome = tokio::spawn(under_way.outcome);
    let longer = format!("code=evil&state={state}x");
    let shorter = format!("code=evil&state={}", &state[1..]);
    let twice = format!("code=evil&state={state}&state={state}");
    for stray in ["", "code=evil", "code=evil&state=", "code=evil&state=foreign", &longer, &shorter, &twice] {
        let answer = visit(&url, stray).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{stray}: {answer}");
        assert!(!answer.contains("evil"));
    }
    assert!(hostile.seen("/token").is_empty());
    assert!(visit(&url, &query).await.starts_with("HTTP/1.1 200"));
    assert_eq!(outcome.await.expect("ended").expect("signed in").subject, "user-1");
    assert_eq!(hostile.seen("/token").len(), 1);
    assert_eq!(hostile.seen("/token")[0].form("code").as_deref(), Some("code-1"));
}

#[tokio::test]
async fn uc_04_state_is_of_one_attempt_only() {
    let hostile = Hostile::start().await;
    let upstreams = hostile.upstreams();
    let (one, other) =
        (begin(&upstreams, hostile.plain(), "read").await, begin(&upstreams, hostile.plain(), "read").await);
    let (url, foreign) = (back(&one), good(&other));
    let outcome = tokio::spawn(one.outcome);
    assert!(visit(&url, &foreign).await.starts_with("HTTP/1.1 400"));
    outcome.abort();
    assert!(hostile.seen("/token").is_empty());
}

#[tokio::test]
async fn uc_04_a_time_out_ends_it_with_a_sentence_and_closes_the_door() {
    let hostile = Hostile::start().await;
    let mut late = plan(hostile.plain(), "read");
    late.wait_seconds = 0;
    let under_way = hostile.upstreams().begin_sign_in(late).await.expect("begun");
    let (url, query) = (back(&under_way), good(&under_way));
    let error = under_way.outcome.await.expect_err("too late");
    assert!(matches!(&error, UpstreamError::Ended(sentence) if sentence.contains("Start the sign-in again")));
    assert_eq!(
        request(url.port().expect("a port"), &format!("GET {}?{query} HTTP/1.1\r\n\r\n", url.path())).await,
        None
    );
    assert!(hostile.seen("/token").is_empty());
}

#[tokio::test]
async fn uc_05_the_door_opens_with_the_attempt_and_closes_after_one_answer() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let under_way = begin(&hostile.upstreams(), hostile.plain(), "read").await;
    let (url, query) = (back(&under_way), good(&under_way));
    assert_eq!(url.host_str(), Some("127.0.0.1"));
    let outcome = tokio::spawn(under_way.outcome);
    assert!(visit(&url, &query).await.starts_with("HTTP/1.1 200"));
    outcome.await.expect("ended").expect("signed in");
    assert_eq!(request(url.port().expect("a port"), "GET / HTTP/1.1\r\n\r\n").await, None);
}

#[tokio::test]
async fn uc_05_giving_up_closes_the_door() {
    let hostile = Hostile::start().await;
    let under_way = begin(&hostile.upstreams(), hostile.plain(), "read").await;
    let port = back(&under_way).port().expect("a port");
    drop(under_way.outcome);
    assert_eq!(request(port, "GET / HTTP/1.1\r\n\r\n").await, None);
}

#[tokio::test]
async fn loc_01_a_connection_of_another_user_is_closed_unread_and_takes_no_place() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let ours = Arc::new(AtomicBool::new(false));
    let is_ours = Arc::clone(&ours);
    let upstreams = hostile.builder().admitting(Arc::new(move |_, _| is_ours.load(Ordering::SeqCst))).build();
    let under_way = begin(&upstreams, hostile.plain(), "read").await;
    let (url, query) = (back(&under_way), good(&under_way));
    let outcome = tokio::spawn(under_way.outcome);
    let line = format!("GET {}?{query} HTTP/1.1\r\n\r\n", url.path());
    for _ in 0..20 {
        assert_eq!(request(url.port().expect("a port"), &line).await.unwrap_or_default(), "");
    }
    assert!(hostile.seen("/token").is_empty(), "though it knew the state");
    ours.store(true, Ordering::SeqCst);
    assert!(visit(&url, &query).await.starts_with("HTTP/1.1 200"));
    outcome.await.expect("ended").expect("signed in");
}

#[tokio::test]
async fn uc_05_silent_connections_hold_nobody_up() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let under_way = begin(&hostile.upstreams(), hostile.plain(), "read").await;
    let (url, query) = (back(&under_way), good(&under_way));
    let outcome = tokio::spawn(under_way.outcome);
    // Browsers open connections ahead of need, and say nothing on them.
    let port = url.port().expect("a port");
    let mut silent = Vec::new();
    for _ in 0..4 {
        silent.push(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("connected"));
    }
    visit(&url, &query).await;
    outcome.await.expect("ended").expect("signed in");
}

#[tokio::test]
async fn uc_07_a_repeated_parameter_is_refused() {
    for extra in ["&code=other", "&iss=a&iss=b", "&error=a&error=b", "&error=access_denied"] {
        let hostile = Hostile::start().await;
        hostile.give_plain();
        let under_way = begin(&hostile.upstreams(), hostile.plain(), "read").await;
        let query = format!("{}{extra}", good(&under_way));
        let error = finish(under_way, &query).await.expect_err(extra);
        assert!(is_misbehaved(&error), "{extra}: {error}");
        assert!(hostile.seen("/token").is_empty(), "{extra}");
    }
}

#[tokio::test]
async fn uc_08_oau_02_the_four_rows_of_the_issuer_rule() {
    // (promised, returned, accepted)
    let rows: [(bool, Option<&str>, bool); 8] = [
        (false, None, true),
        (true, None, false),
        (true, Some("SELF"), true),
        (false, Some("SELF"), true),
        (true, Some("https://evil.example"), false),
        (false, Some("https://evil.example"), false),
        (true, Some("SELF/"), false),
        (true, Some(""), false),
    ];
    for (promised, returned, accepted) in rows {
        let hostile = Hostile::start().await;
        hostile.give_plain();
        let mut provider = hostile.plain();
        provider.issuer = Some(hostile.base.clone());
        provider.endpoints.as_mut().expect("endpoints").sends_iss = promised;
        let under_way = begin(&hostile.upstreams(), provider, "read").await;
        let iss = returned.map(|iss| format!("&iss={}", iss.replace("SELF", &hostile.base)));
        let query = format!("{}{}", good(&under_way), iss.unwrap_or_default());
        let outcome = finish(under_way, &query).await;
        assert_eq!(outcome.is_ok(), accepted, "{promised} {returned:?}");
        assert_eq!(hostile.seen("/token").len(), usize::from(accepted), "{promised} {returned:?}");
    }
}

#[tokio::test]
async fn uc_09_each_provider_has_a_path_and_a_code_on_another_is_not_taken() {
    let hostile = Hostile::start().await;
    let under_way = begin(&hostile.upstreams(), hostile.plain(), "read").await;
    let query = good(&under_way);
    assert_eq!(back(&under_way).path(), "/callback/mock");
    let port = back(&under_way).port().expect("a port");
    let outcome = tokio::spawn(under_way.outcome);
    for path in ["/callback/other", "/callback", "/", "/callback/mock/", "/callback//mock", "/Callback/mock"]
    {
        let text = format!("GET {path}?{query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
        let answer = request(port, &text).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
    outcome.abort();
    assert!(hostile.seen("/token").is_empty());
}

#[tokio::test]
async fn uc_10_ups_09_a_forged_refusal_shows_nothing_and_an_honest_one_is_cleaned() {
    let hostile = Hostile::start().await;
    let under_way = begin(&hostile.upstreams(), hostile.plain(), "read").await;
    let (url, state) = (back(&under_way), parameter(&under_way.authorize_url, "state"));
    let outcome = tokio::spawn(under_way.outcome);
    let forged =
        visit(&url, "error=access_denied&error_description=%3Cscript%3Ecanary%3C/script%3E&state=no").await;
    assert!(forged.starts_with("HTTP/1.1 400") && !forged.contains("canary"));
    let honest = format!("error=access_denied&error_description=a%E2%80%AEb%1B%5B31m%0D%0Ac&state={state}");
    let page = visit(&url, &honest).await;
    assert!(page.contains("Nothing was signed in") && !page.contains("31m"));
    let error = outcome.await.expect("ended").expect_err("refused");
    let UpstreamError::Refused { code, detail, .. } = error else { panic!("{error}") };
    assert_eq!((code.as_str(), detail.as_str()), ("access_denied", "ab[31m c"));
}

#[tokio::test]
async fn uc_10_a_refusal_from_another_issuer_is_no_refusal() {
    let hostile = Hostile::start().await;
    let under_way = begin(&hostile.upstreams(), hostile.openid(), "read").await;
    let state = parameter(&under_way.authorize_url, "state");
    let query =
        format!("error=access_denied&error_description=canary&state={state}&iss=https%3A%2F%2Fevil.example");
    let error = finish(under_way, &query).await.expect_err("from elsewhere");
    assert!(is_misbehaved(&error) && !error.to_string().contains("canary"), "{error}");
}

#[tokio::test]
async fn web_09_only_our_own_host_and_method_are_served() {
    let hostile = Hostile::start().await;
    let under_way = begin(&hostile.upstreams(), hostile.plain(), "read").await;
    let query = good(&under_way);
    let port = back(&under_way).port().expect("a port");
    let outcome = tokio::spawn(under_way.outcome);
    let target = format!("/callback/mock?{query}");
    let own = format!("Host: 127.0.0.1:{port}\r\n");
    for (status, text) in [
        ("421", format!("GET {target} HTTP/1.1\r\nHost: evil.example\r\n\r\n")),
        ("421", format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")),
        ("421", format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n")),
        ("421", format!("GET {target} HTTP/1.1\r\n{own}Host: evil.example\r\n\r\n")),
        ("421", format!("GET {target} HTTP/1.0\r\n\r\n")),
        ("405", format!("POST {target} HTTP/1.1\r\n{own}Content-Length: 0\r\n\r\n")),
        ("405", format!("HEAD {target} HTTP/1.1\r\n{own}\r\n")),
        ("405", format!("OPTIONS {target} HTTP/1.1\r\n{own}\r\n")),
    ] {
        let answer = request(port, &text).await.expect("an answer");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}"))
                || answer.starts_with(&format!("HTTP/1.0 {status}")),
            "{text}: {answer}"
        );
        assert!(!answer.to_ascii_lowercase().contains("access-control"));
    }
    request(port, &format!("GET /{} HTTP/1.1\r\n{own}\r\n", "x".repeat(100_000))).await;
    request(port, "\x16\x03\x01 nonsense\r\n\r\n").await;
    outcome.abort();
    assert!(hostile.seen("/token").is_empty());
}

#[tokio::test]
async fn lek_04_the_page_tells_no_one_and_holds_nothing() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let under_way = begin(&hostile.upstreams(), hostile.plain(), "read").await;
    let (url, query) = (back(&under_way), good(&under_way));
    let outcome = tokio::spawn(under_way.outcome);
    let page = visit(&url, &query).await;
    outcome.await.expect("ended").expect("signed in");
    let head = page.to_ascii_lowercase();
    for header in [
        "cache-control: no-store",
        "referrer-policy: no-referrer",
        "x-content-type-options: nosniff",
        "content-security-policy: default-src 'none'; style-src 'sha256-",
        "frame-ancestors 'none'",
    ] {
        assert!(head.contains(header), "{header}\n{page}");
    }
    assert!(page.contains("You can close this page and go back to Keylodge"));
    assert!(
        !page.contains("code-1")
            && !head.contains("<script")
            && !head.contains("http://")
            && !head.contains("https://")
    );
}

#[tokio::test]
async fn uc_08_without_a_known_issuer_iss_is_not_compared() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let under_way = begin(&hostile.upstreams(), hostile.plain(), "read").await;
    assert!(!has_parameter(&under_way.authorize_url, "nonce"));
    let query = format!("{}&iss=https%3A%2F%2Fsomewhere.example", good(&under_way));
    finish(under_way, &query).await.expect("signed in");
}
