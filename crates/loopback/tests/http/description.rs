//! The page of the HTTP API and what really comes: each documented answer is produced, and no other ever comes.

use std::{cell::RefCell, collections::BTreeSet, fs, sync::LazyLock, sync::atomic::Ordering, time::Duration};

use broker::{AccessRequest, Caller, Delivery, NewApp, ProviderId, RequestOrigin, ScopeSet, Whereabouts};
use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, join_all, select_all},
    stream,
};
use loopback::Limits;
use reqwest::{Body, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{
    authorization::as_browser,
    client::{Program, REDIRECT, Reply, http, send},
    house::{ACCOUNT, House, Mood, held, soon},
};

static OPENAPI: LazyLock<Value> = LazyLock::new(loopback::http_api_openapi);

/// A path of the document and a status there.
type Seen = (String, String);

thread_local! {
    /// What came in this test: each has a thread of its own.
    static SEEN: RefCell<BTreeSet<Seen>> = RefCell::default();
}

/// Compares an answer with what the document says of it, and notes that it came.
pub fn note(method: &Method, path: &str, reply: &Reply) {
    let paths = OPENAPI["paths"].as_object().expect("paths");
    // The most particular one: the longest.
    let fitting = paths.iter().filter(|(template, _)| fits(template, path));
    let Some((template, methods)) = fitting.max_by_key(|(template, _)| template.len()) else {
        return assert!(matches!(reply.status, 403 | 404), "{path} is not documented: {}", reply.status);
    };
    let method = if *method == Method::HEAD { "get" } else { &method.as_str().to_ascii_lowercase() };
    let Some(operation) = methods.get(method) else {
        let gateway = template.starts_with("/gateway/");
        return assert!(gateway || matches!(reply.status, 403 | 405), "{method} {path}: {}", reply.status);
    };
    let status = reply.status.to_string();
    let answers = &operation["responses"];
    let key = if answers.get(&status).is_some() { status.as_str() } else { "default" };
    let answer = answers.get(key).unwrap_or_else(|| panic!("{method} {path}: {status} is not documented"));
    let contents = answer["content"].as_object().cloned().unwrap_or_default();
    let kind = reply.header("content-type").and_then(|kind| kind.split(';').next()).unwrap_or_default();
    let documented = contents.contains_key(kind) || contents.contains_key("*/*");
    let empty = contents.is_empty() && reply.text.is_empty();
    assert!(documented || empty, "{method} {path} {status}: {kind:?} is not documented");
    check_members(&contents, kind, reply);
    SEEN.with_borrow_mut(|seen| seen.insert((template.clone(), key.to_owned())));
}

/// Whether a path is one of a template's, in which `{path}` is the rest of it.
fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (Some("{path}"), _) | (None, None) => return true,
            (Some(name), Some(segment)) if name == segment => {}
            (Some(name), Some(segment)) if name.starts_with('{') && !segment.is_empty() => {}
            _ => return false,
        }
    }
}

/// No member that is not documented, and each that must be there.
fn check_members(contents: &serde_json::Map<String, Value>, kind: &str, reply: &Reply) {
    let Some(schema) =
        contents.get(kind).map(|content| &content["schema"]).filter(|_| kind == "application/json")
    else {
        return;
    };
    let error = &OPENAPI["components"]["schemas"]["Error"];
    let schema = if schema.get("$ref").is_some() { error } else { schema };
    let (known, body) = (schema["properties"].as_object().expect("members"), reply.json());
    for member in body.as_object().expect("an object").keys().filter(|_| !known.is_empty()) {
        assert!(known.contains_key(member), "the member {member} is not documented: {}", reply.text);
    }
    for needed in schema["required"].as_array().into_iter().flatten() {
        assert!(body.get(needed.as_str().expect("a name")).is_some(), "{needed} is missing: {}", reply.text);
    }
}

#[test]
fn the_pages_in_docs_are_made_from_this_code() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
    let read = |name: &str| fs::read_to_string(format!("{docs}/{name}")).expect("a page");
    assert!(read("http-api.md") == loopback::http_api_markdown(), "run `make docs`");
    assert!(read("openapi.json") == format!("{:#}\n", *OPENAPI), "run `make docs`");
}

#[tokio::test]
async fn web_10_web_07_the_page_runs_nothing_and_tells_nothing_of_the_person() {
    let house = House::open().await;
    house.program().await;
    let page = send(http().get(house.at("/docs"))).await;
    let document = send(http().get(house.at("/openapi.json"))).await;
    assert!(page.text.contains("/{provider}/token") && document.json()["paths"]["/access"].is_object());
    for text in [&page.text, &document.text] {
        for name in [ACCOUNT, "\"work\"", "ada@example.org", env!("CARGO_PKG_VERSION"), "\"pro\"", "Test"] {
            assert!(!text.contains(name), "{name}");
        }
    }
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-")
            && policy.contains("frame-ancestors 'none'")
    );
    assert!(!page.text.contains("<script") && !page.text.contains("src="));
    assert_eq!(document.header("content-security-policy").map(|p| p.contains("style-src")), Some(false));
}

#[tokio::test]
async fn dm_04_each_documented_answer_comes() {
    refusals_that_all_routes_share().await;
    bodies_that_are_too_slow().await;
    pages_and_metadata().await;
    what_a_program_sends_wrong().await;
    what_a_locked_house_says().await;
    what_goes_well().await;
    what_a_browser_sees().await;
    Box::pin(too_much_at_once()).await;
    a_provider_in_trouble().await;
    a_vault_in_trouble().await;
    the_gateway().await;
    let documented = documented();
    let seen = SEEN.with_borrow(Clone::clone);
    let missing: Vec<_> = documented.difference(&seen).collect();
    assert!(missing.is_empty() && documented.len() > 70, "documented, and never produced: {missing:?}");
}

fn documented() -> BTreeSet<Seen> {
    let paths = OPENAPI["paths"].as_object().expect("paths").iter();
    let operations = paths
        .flat_map(|(path, methods)| methods.as_object().expect("methods").values().map(move |o| (path, o)));
    let answers = operations.flat_map(|(path, operation)| {
        operation["responses"]
            .as_object()
            .expect("answers")
            .keys()
            .map(move |status| (path.clone(), status.clone()))
    });
    answers.collect()
}

/// Every operation: its method, its path at the provider `provider`, and the type of its body.
fn operations(provider: &str) -> Vec<(Method, String, Option<String>)> {
    let mut all = Vec::new();
    for (path, methods) in OPENAPI["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).expect("a method");
            let path = path.replace("{provider}", provider).replace("{account}", ACCOUNT);
            let path = path
                .replace("{path}", "things")
                .replace("{id}", "guessed")
                .replace("{client_id}", "app_nobody");
            let kind = operation["requestBody"]["content"].as_object().and_then(|kinds| kinds.keys().next());
            all.push((method, path, kind.cloned().filter(|kind| kind != "*/*")));
        }
    }
    all
}

/// A request with an empty body of the right type.
fn empty(house: &House, (method, path, kind): &(Method, String, Option<String>)) -> RequestBuilder {
    let request = http().request(method.clone(), house.at(path));
    match kind.as_deref() {
        Some(kind @ "application/json") => request.header("content-type", kind).body("{}"),
        Some(kind) => request.header("content-type", kind),
        None => request,
    }
}

async fn refusals_that_all_routes_share() {
    let house = House::open().await;
    for operation in operations("pro") {
        let foreign = empty(&house, &operation).header("origin", "https://evil.example");
        assert_eq!(send(foreign).await.status, 403, "{operation:?}");
        if let (method, path, Some(kind)) = &operation {
            let ask = || http().request(method.clone(), house.at(path));
            let long = ask().header("content-type", kind).body("x".repeat(65 * 1024));
            assert_eq!(send(long).await.status, 413, "{path}");
            let managed = path.contains("/register/");
            let wrong = if managed { 401 } else { 400 };
            assert_eq!(send(ask().body("x")).await.status, wrong, "{path}");
        }
    }
    for operation in operations("nobody") {
        if operation.1.contains("nobody") {
            let status = send(empty(&house, &operation)).await.status;
            assert!(matches!(status, 400 | 401 | 404), "{operation:?}: {status}");
        }
    }
}

/// A body that begins and does not go on.
fn slow(request: RequestBuilder) -> RequestBuilder {
    let first = stream::iter([Ok::<_, std::io::Error>("x")]);
    request.header("content-length", 100).body(Body::wrap_stream(first.chain(stream::pending())))
}

async fn bodies_that_are_too_slow() {
    let house = House::with(Limits { body: Duration::from_millis(50), ..Limits::default() }).await;
    for (method, path, kind) in operations("pro") {
        if let Some(kind) = kind {
            let request = slow(http().request(method, house.at(&path)).header("content-type", kind));
            assert_eq!(send(request).await.status, 408, "{path}");
        }
    }
    let token = house.gateway_token("read write").await;
    let request = slow(http().post(house.gateway("/things")).bearer_auth(&token));
    assert_eq!(send(request).await.status, 408);
}

async fn pages_and_metadata() {
    let house = House::open().await;
    for (method, path, _) in operations("pro") {
        let asks = path.ends_with("/authorize")
            || path.contains("guessed")
            || path.contains("app_nobody")
            || path.starts_with("/gateway");
        if method == Method::GET && !asks {
            assert_eq!(send(http().get(house.at(&path))).await.status, 200, "{path}");
        }
    }
}

async fn what_a_program_sends_wrong() {
    let house = House::open().await;
    let resource = house.at("/.well-known/oauth-protected-resource/gateway/acc_nobody");
    assert_eq!(send(http().get(resource)).await.status, 404);
    let nobody = Program { id: "app_nobody".into(), secret: None };
    let paths = ["/pro/token", "/pro/introspect", "/pro/revoke", "/pro/par", "/pro/device_authorization"];
    for path in paths {
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("token", "x")];
        assert_eq!(house.post(path, &nobody, &form).await.status, 401, "{path}");
    }
    let wish = json!({ "account": ACCOUNT, "scope": "read", "client_id": "app_nobody" });
    assert_eq!(send(http().post(house.at("/access")).json(&wish)).await.status, 401);
    let wish = json!({ "account": "nobody", "scope": "read" });
    assert_eq!(send(http().post(house.at("/access")).json(&wish)).await.status, 404);
    assert_eq!(house.authorize(&nobody, &[]).await.status, 400);
}

async fn what_a_locked_house_says() {
    let house = House::open().await;
    house.broker.lock().await.expect("locks");
    let resource = format!("/.well-known/oauth-protected-resource/gateway/{ACCOUNT}");
    assert_eq!(send(http().get(house.at(&resource))).await.status, 403);
    for operation in operations("mine") {
        if operation.1.contains("mine") && !operation.1.contains("guessed") {
            let status = send(empty(&house, &operation)).await.status;
            assert!(matches!(status, 400 | 403), "{operation:?}: {status}");
        }
    }
}

async fn what_goes_well() {
    let house = House::open().await;
    let (program, server) = (house.program().await, house.confidential().await);
    let tokens = house.tokens(&program, &[]).await;
    let token = tokens["access_token"].as_str().expect("a token");
    assert_eq!(house.push(&program, &[]).await.status, 201);
    let managed = house.register(json!({ "redirect_uris": [REDIRECT] })).await.json();
    for (method, body, status) in management(&managed) {
        assert_eq!(send(body_of(&managed, method, body)).await.status, status);
    }
    assert_eq!(house.post("/pro/introspect", &server, &[("token", token)]).await.status, 200);
    assert_eq!(house.post("/pro/device_authorization", &program, &[("scope", "read")]).await.status, 200);
    assert_eq!(house.post("/pro/revoke", &program, &[("token", token)]).await.status, 200);
    assert_eq!(access(&house, "read").await.status, 200);
}

/// What a program does with its registration, and what it is answered.
fn management(managed: &Value) -> [(Method, Option<Value>, u16); 4] {
    let same = json!({ "client_id": managed["client_id"], "redirect_uris": [REDIRECT] });
    [
        (Method::GET, None, 200),
        (Method::PUT, Some(json!({ "client_id": managed["client_id"] })), 400),
        (Method::PUT, Some(same), 200),
        (Method::DELETE, None, 204),
    ]
}

fn body_of(managed: &Value, method: Method, body: Option<Value>) -> RequestBuilder {
    let text = |name: &str| managed[name].as_str().expect("a text");
    let request = http().request(method, text("registration_client_uri"));
    let request = request.bearer_auth(text("registration_access_token"));
    match body {
        Some(body) => request.json(&body),
        None => request,
    }
}

async fn access(house: &House, scope: &str) -> Reply {
    send(http().post(house.at("/access")).json(&json!({ "account": ACCOUNT, "scope": scope }))).await
}

async fn what_a_browser_sees() {
    let house = House::with(Limits { held: Duration::from_millis(20), ..Limits::default() }).await;
    let program = house.program().await;
    house.person.is(Mood::Silent);
    let next = waiting_page(&house, &program).await;
    assert_eq!(send(as_browser(http().get(&next))).await.status, 200, "not decided");
    house.person.answers(Mood::Allows).await;
    assert_eq!(decided(&next).await.status, 303);
    assert_eq!(send(as_browser(http().get(&next))).await.status, 404, "told once");
}

/// Asks in a browser; gives the address of the page that waits.
async fn waiting_page(house: &House, program: &Program) -> String {
    let page = send(as_browser(http().get(house.authorize_url(program, &[])))).await;
    assert_eq!(page.status, 200, "{}", page.text);
    house.at(page.header("refresh").and_then(|to| to.strip_prefix("0;url=")).expect("it goes on"))
}

/// Comes back until it is decided.
async fn decided(next: &str) -> Reply {
    loop {
        let reply = send(as_browser(http().get(next))).await;
        if reply.status != 200 {
            return reply;
        }
    }
}

async fn too_much_at_once() {
    a_full_desk().await;
    let house = House::open().await;
    let program = house.program().await;
    let registrations = (0..40).map(|_| house.register(json!({ "redirect_uris": [REDIRECT] })));
    let statuses: BTreeSet<_> = join_all(registrations).await.iter().map(|reply| reply.status).collect();
    assert!(statuses.contains(&429), "{statuses:?}");
    too_many_pushed().await;
    house.person.is(Mood::Silent);
    // One program may have four questions on the desk: of five, one is answered, and at once.
    let scopes = ["read", "write", "wide", "read write", "read wide"];
    let (house, program) = (&house, &program);
    let asked =
        scopes.map(|scope| async move { house.authorize(program, &[("scope", Some(scope))]).await }.boxed());
    assert_eq!(first_of(asked.into()).await.status, 429);
    let asked = scopes.map(|scope| access(house, scope).boxed());
    assert_eq!(first_of(asked.into()).await.status, 429);
}

/// Of one program eight pushed requests wait, and of all together 128.
async fn too_many_pushed() {
    let house = House::open().await;
    for _ in 0..16 {
        let program = house.program().await;
        for _ in 0..8 {
            assert_eq!(house.push(&program, &[]).await.status, 201);
        }
    }
    let one_more = house.program().await;
    assert_eq!(house.push(&one_more, &[]).await.status, 429);
    house.clock.pass(90);
    assert_eq!(house.push(&one_more, &[]).await.status, 201);
}

/// Each program has one question for a code; then there is one program more than there is room on the desk.
async fn a_full_desk() {
    let house = House::open().await;
    let provider = ProviderId::from_text("pro");
    for _ in 0..64 {
        let (new, nobody) = (NewApp::default(), Caller::default());
        let made = house.broker.register_app(&provider, new, nobody).await.expect("registered");
        let request = AccessRequest {
            app: made.app.id,
            caller: Caller::default(),
            witness: None,
            provider: provider.clone(),
            account: None,
            scopes: ScopeSet::parse("read").expect("legal"),
            resource: None,
            delivery: Delivery::Gateway,
            or_gateway: false,
            purpose: String::new(),
            min_ttl: 0,
            max_age: None,
            at: Whereabouts::default(),
            by_details: false,
            origin: RequestOrigin::Program,
        };
        house.broker.begin_device(request).await.expect("there is room");
    }
    let program = house.program().await;
    assert_eq!(house.post("/pro/device_authorization", &program, &[("scope", "read")]).await.status, 429);
}

/// What comes first; the others are given up.
async fn first_of(requests: Vec<BoxFuture<'_, Reply>>) -> Reply {
    soon(select_all(requests)).await.0
}

async fn a_provider_in_trouble() {
    let all = [("scope", Some("read write wide")), ("delivery", Some("release"))];
    let wish = json!({ "account": ACCOUNT, "scope": "read write wide", "delivery": "release" });
    for (away, status) in [(true, 503), (false, 502)] {
        // A house of its own: after a failure the provider is left alone for a moment.
        let house = House::open().await;
        let program = house.program().await;
        let trouble = if away { &house.provider.away } else { &house.provider.misbehaves };
        trouble.store(true, Ordering::SeqCst);
        let code = house.code(&program, &all).await;
        assert_eq!(house.redeem(&program, &code).await.status, status);
        assert_eq!(send(http().post(house.at("/access")).json(&wish)).await.status, status);
    }
}

async fn a_vault_in_trouble() {
    let house = House::open().await;
    let program = house.program().await;
    let tokens = house.tokens(&program, &[]).await;
    let token = tokens["access_token"].as_str().expect("a token");
    let code = house.code(&program, &[]).await;
    assert_eq!(access(&house, "read").await.status, 200, "remembered from now on");
    let managed = house.register(json!({ "redirect_uris": [REDIRECT] })).await.json();
    house.vault.broken.store(true, Ordering::SeqCst);
    assert_eq!(house.redeem(&program, &code).await.status, 500);
    assert_eq!(house.post("/pro/revoke", &program, &[("token", token)]).await.status, 500);
    assert_eq!(house.register(json!({ "redirect_uris": [REDIRECT] })).await.status, 500);
    let [_, _, (put, same, _), (delete, nothing, _)] = management(&managed);
    for (method, body) in [(put, same), (delete, nothing)] {
        assert_eq!(send(body_of(&managed, method, body)).await.status, 500);
    }
    // The token that is out has ended, and the next one cannot be remembered.
    house.clock.pass(300);
    assert_eq!(access(&house, "read").await.status, 500);
}

async fn the_gateway() {
    let house = House::open().await;
    let token = house.gateway_token("read").await;
    let get = async |path: &str| send(http().get(house.gateway(path)).bearer_auth(&token)).await.status;
    assert_eq!(send(http().get(house.gateway("/things"))).await.status, 401);
    assert_eq!((get("/things").await, get("/things/missing").await, get("/wide").await), (200, 404, 403));
    assert_eq!(get("/things//x").await, 400);
    "never".clone_into(&mut held(&house.api.accepted));
    assert_eq!(get("/things/guarded").await, 502);
    house.broker.lock().await.expect("locks");
    assert_eq!(get("/things").await, 503);
}
