//! What web pages try: none of it reaches a route (WEB).

use reqwest::Method;
use serde_json::json;

use crate::{
    client::{REDIRECT, http, raw, send},
    house::House,
};

const ROUTES: [&str; 8] = [
    "/",
    "/pro/authorize",
    "/pro/token",
    "/pro/register",
    "/pro/jwks",
    "/access",
    "/gateway/acc_ada/things",
    "/nothing",
];

fn refused(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 403 ") && answer.ends_with("Forbidden\n")
}

#[tokio::test]
async fn web_01_only_the_exact_literals_are_answered() {
    let house = House::open().await;
    let port = house.port;
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("localhost:{port}"),
        "127.0.0.1".to_owned(),
        format!("127.0.0.1.:{port}"),
        format!("127.1:{port}"),
        format!("0.0.0.0:{port}"),
        format!("2130706433:{port}"),
        format!("[::ffff:127.0.0.1]:{port}"),
        format!("127.0.0.1:{}", port.wrapping_add(1)),
        String::new(),
    ] {
        let answer = raw(port, &format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        assert!(refused(&answer), "{host}: {answer}");
    }
    let none = raw(port, "GET / HTTP/1.1\r\n\r\n").await;
    let two = raw(port, &format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil\r\n\r\n")).await;
    assert!(refused(&none) && refused(&two), "{none}{two}");
    for host in [format!("127.0.0.1:{port}"), format!("[::1]:{port}")] {
        let answer = raw(port, &format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

#[tokio::test]
async fn web_02_web_12_any_origin_is_refused_on_every_route() {
    let house = House::open().await;
    let own = house.url.clone();
    for origin in ["https://evil.example", "null", "chrome-extension://abc", "moz-extension://abc", &own] {
        for route in ROUTES {
            let request = http().post(house.at(route)).header("origin", origin).json(&json!({}));
            let reply = send(request).await;
            assert_eq!((reply.status, reply.text.as_str()), (403, "Forbidden\n"), "{origin} {route}");
        }
    }
}

#[tokio::test]
async fn web_02_simple_posts_of_pages_are_refused_before_they_register_anything() {
    let house = House::open().await;
    let body = json!({ "redirect_uris": [REDIRECT] }).to_string();
    for (kind, site) in [
        ("text/plain", None),
        ("application/x-www-form-urlencoded", None),
        ("multipart/form-data; boundary=x", None),
        ("application/json", Some("cross-site")),
        ("application/json", Some("same-site")),
        ("application/json", Some("same-origin")),
        ("application/json", Some("none")),
    ] {
        let mut request = http().post(house.at("/pro/register")).header("content-type", kind);
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site).header("sec-fetch-mode", "cors");
        }
        let reply = send(request.body(body.clone())).await;
        assert!(matches!(reply.status, 400 | 403), "{kind} {site:?}: {}", reply.text);
    }
    assert!(house.broker.apps().expect("open").is_empty());
}

#[tokio::test]
async fn web_03_only_a_top_level_navigation_opens_the_authorization_page() {
    let house = House::open().await;
    let program = house.program().await;
    let url = house.authorize_url(&program, &[]);
    let get = |site: &'static str, mode: &'static str, dest: &'static str| {
        http()
            .get(&url)
            .header("user-agent", "Mozilla/5.0")
            .header("accept", "text/html")
            .header("sec-fetch-site", site)
            .header("sec-fetch-mode", mode)
            .header("sec-fetch-dest", dest)
    };
    for dest in ["image", "script", "style", "iframe", "embed", "object", "empty", "worker", "frame", "font"]
    {
        for mode in ["no-cors", "cors", "navigate", "same-origin"] {
            let reply = send(get("cross-site", mode, dest)).await;
            assert_eq!(reply.status, 403, "{mode} {dest}");
        }
    }
    let prefetch = get("cross-site", "navigate", "document").header("sec-purpose", "prefetch;prerender");
    assert_eq!(send(prefetch).await.status, 403);
    let old_image = http().get(&url).header("user-agent", "Mozilla/5.0").header("accept", "image/*");
    assert_eq!(send(old_image).await.status, 403, "a browser without fetch metadata");
    assert!(house.person.questions().is_empty(), "nobody was asked");
    assert_eq!(send(get("cross-site", "navigate", "document")).await.status, 200);
}

#[tokio::test]
async fn web_03_get_changes_nothing_elsewhere() {
    let house = House::open().await;
    for route in ["/pro/token", "/pro/register", "/pro/revoke", "/pro/introspect", "/access"] {
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
            assert_eq!(send(http().request(method, house.at(route))).await.status, 405, "{route}");
        }
    }
}

#[tokio::test]
async fn web_03_other_pages_are_for_the_person_and_not_for_other_sites() {
    let house = House::open().await;
    let open = |site: &'static str| {
        let request = http().get(house.at("/pro/jwks")).header("sec-fetch-site", site);
        send(request.header("sec-fetch-mode", "navigate").header("sec-fetch-dest", "document"))
    };
    assert_eq!(open("none").await.status, 200, "typed");
    assert_eq!(open("cross-site").await.status, 403, "linked");
}

#[tokio::test]
async fn web_04_there_is_no_web_socket() {
    let house = House::open().await;
    for origin in ["Origin: https://evil.example\r\n", ""] {
        let head = format!(
            "GET /pro/jwks HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{origin}Connection: upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            house.port
        );
        let answer = raw(house.port, &head).await;
        assert!(!answer.contains(" 101 "), "{answer}");
        assert_eq!(refused(&answer), !origin.is_empty());
    }
}

#[tokio::test]
async fn web_05_as_21_preflights_get_no_allow_header() {
    let house = House::open().await;
    for route in ROUTES {
        for origin in [Some("https://evil.example"), None] {
            let mut request = http().request(Method::OPTIONS, house.at(route));
            request = request.header("access-control-request-method", "POST");
            request = request.header("access-control-request-private-network", "true");
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            let reply = send(request).await;
            let allows = reply.headers.keys().any(|name| name.as_str().starts_with("access-control-"));
            assert!(!allows && reply.status >= 400, "{route}");
        }
    }
}

#[tokio::test]
async fn web_07_as_13_every_answer_is_sealed_and_none_has_a_form() {
    let house = House::open().await;
    let program = house.program().await;
    let page = http()
        .get(house.authorize_url(&program, &[]))
        .header("user-agent", "Mozilla/5.0")
        .header("accept", "text/html");
    let wrong = http()
        .get(house.at("/pro/authorize?client_id=%3Cscript%3E"))
        .header("user-agent", "Mozilla/5.0")
        .header("accept", "text/html");
    for request in [page, wrong, http().get(house.at("/")), http().get(house.at("/nothing"))] {
        let reply = send(request).await;
        let csp = reply.header("content-security-policy").expect("a policy");
        assert!(csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'"));
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(reply.header(name), Some(value), "{name}");
        }
        assert!(!reply.text.contains("<form") && !reply.text.contains("<script"), "{}", reply.text);
    }
}

#[tokio::test]
async fn web_10_refusals_look_the_same_wherever_they_happen() {
    let house = House::open().await;
    let program = house.program().await;
    let mut seen = Vec::new();
    for route in ROUTES.iter().copied().chain([house.authorize_url(&program, &[]).as_str()]) {
        let path = route.strip_prefix(&house.url).unwrap_or(route);
        let answer = raw(house.port, &format!("GET {path} HTTP/1.1\r\nHost: evil\r\n\r\n")).await;
        let lines = answer.lines().filter(|line| !line.starts_with("date:"));
        seen.push(lines.collect::<Vec<_>>().join("\n"));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(!seen[0].to_lowercase().contains("keylodge"), "{seen:?}");
}

#[tokio::test]
async fn web_11_smuggled_requests_are_refused_and_the_connection_ends() {
    let house = House::open().await;
    let host = format!("Host: 127.0.0.1:{}\r\n", house.port);
    let inner = format!("GET /pro/jwks HTTP/1.1\r\n{host}\r\n");
    for head in [
        format!("GET http://127.0.0.1:{}/ HTTP/1.1\r\n{host}\r\n", house.port),
        format!("GET http://evil.example/ HTTP/1.1\r\n{host}\r\n"),
        format!("CONNECT evil.example:443 HTTP/1.1\r\n{host}\r\n"),
        format!("POST /access HTTP/1.1\r\n{host}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"),
        format!(
            "POST /access HTTP/1.1\r\n{host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}"
        ),
        format!(
            "POST /access HTTP/1.1\r\n{host}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{inner}"
        ),
        format!("POST /access HTTP/1.1\r\n{host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("POST /access HTTP/1.1\r\n{host}Content-Length: +3\r\n\r\nabc{inner}"),
        format!("GET / HTTP/1.1\r\n{host}X: a\r\n b\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{host}X : a\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{host}X: {}\r\n\r\n", "a".repeat(64 * 1024)),
        format!("GET / HTTP/1.1\r\n{host}{}\r\n", "X: a\r\n".repeat(100)),
        format!("GET /{} HTTP/1.1\r\n{host}\r\n", "a".repeat(64 * 1024)),
        format!("GET  /  HTTP/1.1\r\n{host}\r\n"),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
    ] {
        let answer = raw(house.port, &head).await;
        let statuses = answer.matches("HTTP/1.1 ").count();
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        assert!(refused && statuses <= 1, "{}: {answer}", &head[..head.len().min(120)]);
    }
}
