//! The authorization endpoint.

use reqwest::RequestBuilder;
use serde_json::json;

use crate::{
    client::{Program, REDIRECT, VERIFIER, http, send},
    house::{House, Mood},
};

pub fn as_browser(request: RequestBuilder) -> RequestBuilder {
    request
        .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64)")
        .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
}

#[tokio::test]
async fn as_11_oau_01_an_allowed_request_comes_back_with_code_state_and_issuer() {
    let house = House::open().await;
    let program = house.program().await;
    let reply = house.authorize(&program, &[]).await;
    assert_eq!(reply.status, 303, "as_14: and never 307");
    let (address, answer) = reply.location();
    assert_eq!(address, "http://127.0.0.1:4711/cb");
    assert_eq!(answer["state"], "s t&1");
    assert_eq!(answer["iss"], house.at("/pro"));
    assert!(answer["code"].len() >= 43, "tk_03");
    let question = house.person.questions().pop().expect("the person was asked");
    assert_eq!(question.redirect_host, "127.0.0.1:4711", "as_16");
    assert!(!question.from_browser);
}

#[tokio::test]
async fn as_11_a_refusal_of_the_person_is_told_with_state_and_issuer() {
    let house = House::open().await;
    let program = house.program().await;
    house.person.is(Mood::Denies);
    let (_, answer) = house.authorize(&program, &[]).await.location();
    assert_eq!(answer["error"], "access_denied");
    assert_eq!((answer["state"].as_str(), answer["iss"].as_str()), ("s t&1", house.at("/pro").as_str()));
}

#[tokio::test]
async fn as_02_oau_05_unknown_programs_and_foreign_addresses_are_never_redirected_to() {
    let house = House::open().await;
    let program = house.program().await;
    let foreign = Program { id: "app_unknown".into(), secret: None };
    assert_eq!(house.authorize(&foreign, &[]).await.error(), (400, "invalid_client".into()));
    for address in [
        "https://evil.example/cb",
        "http://127.0.0.1:4711/cb/",
        "http://127.0.0.1:4711/other",
        "http://127.0.0.1:4711/cb?x=1",
        "http://localhost:4711/cb",
        "http://[::1]:4711/cb",
        "http://user@127.0.0.1:4711/cb",
        "http://127.0.0.1:4711@evil.example/cb",
        "http://127.0.0.1:4711\\@evil.example/cb",
        "http://127.0.0.1:4711/cb%2f..",
        "http://127.0.0.1:4711/x/../cb",
        "http://127.0.0.1:4711/\tcb",
        "http://127.1:4711/cb",
        "http://0x7f000001:4711/cb",
        "http://[::ffff:127.0.0.1]:4711/cb",
        "http://[::1%25lo]:4711/cb",
        "http://127.0.0.1.nip.io:4711/cb",
        "javascript:alert(1)",
    ] {
        let reply = house.authorize(&program, &[("redirect_uri", Some(address))]).await;
        assert_eq!(reply.error(), (400, "invalid_request".into()), "{address}");
        assert!(reply.header("location").is_none() && reply.header("refresh").is_none(), "{address}");
    }
    assert!(house.person.questions().is_empty());
}

#[tokio::test]
async fn as_15_oau_07_as_20_errors_before_the_decision_are_told_here() {
    let house = House::open().await;
    let program = house.program().await;
    let long = "s".repeat(3000);
    for (change, word) in [
        (("response_type", Some("token")), "unsupported_response_type"),
        (("response_type", Some("code token")), "unsupported_response_type"),
        (("response_type", Some("id_token")), "unsupported_response_type"),
        (("response_type", None), "invalid_request"),
        (("scope", Some("unknown")), "invalid_scope"),
        (("scope", Some("*")), "invalid_scope"),
        (("scope", Some("a\"b")), "invalid_scope"),
        (("scope", Some("")), "invalid_scope"),
        (("scope", None), "invalid_scope"),
        (("prompt", Some("none")), "interaction_required"),
        (("prompt", Some("nonsense")), "invalid_request"),
        (("code_challenge", None), "invalid_request"),
        (("code_challenge", Some("short")), "invalid_request"),
        (("code_challenge_method", None), "invalid_request"),
        (("code_challenge_method", Some("plain")), "invalid_request"),
        (("resource", Some("http://127.0.0.1:9/")), "invalid_target"),
        (("resource", Some("relative")), "invalid_target"),
        (("response_mode", Some("fragment")), "invalid_request"),
        (("request", Some("x")), "request_not_supported"),
        (("request_uri", Some("https://evil.example/")), "request_uri_not_supported"),
        (("delivery", Some("postal")), "invalid_request"),
        (("state", Some(long.as_str())), "invalid_request"),
    ] {
        let reply = house.authorize(&program, &[change]).await;
        assert_eq!((reply.status, reply.error().1), (400, word.to_owned()), "{change:?}");
        assert!(reply.header("location").is_none() && reply.header("refresh").is_none(), "{change:?}");
        assert!(reply.json()["error_id"].as_str().is_some_and(|id| id.starts_with("err_")));
        let page = send(as_browser(http().get(house.authorize_url(&program, &[change])))).await;
        assert!(page.text.starts_with("<!doctype html>") && page.header("location").is_none(), "{change:?}");
        assert!(page.header("refresh").is_none());
    }
    assert!(house.person.questions().is_empty());
}

#[tokio::test]
async fn as_04_oau_04_without_a_challenge_there_is_no_code() {
    let house = House::open().await;
    let program = house.program().await;
    let stripped = [("code_challenge", None), ("code_challenge_method", None)];
    assert_eq!(house.authorize(&program, &stripped).await.error(), (400, "invalid_request".into()));
    let confidential = house.confidential().await;
    assert_eq!(house.authorize(&confidential, &stripped).await.error(), (400, "invalid_request".into()));
}

#[tokio::test]
async fn as_09_repeated_parameters_are_refused() {
    let house = House::open().await;
    let program = house.program().await;
    for more in ["&client_id=x", "&state=2", "&redirect_uri=https://evil.example", "&scope=read", "&x=1&x=2"]
    {
        let reply = send(http().get(house.authorize_url(&program, &[]) + more)).await;
        assert_eq!(reply.error(), (400, "invalid_request".into()), "{more}");
    }
    let two = house.authorize_url(&program, &[("resource", Some("http://127.0.0.1:9/"))]) + "&resource=b";
    assert_eq!(send(http().get(two)).await.error(), (400, "invalid_target".into()), "as_34");
}

#[tokio::test]
async fn as_12_web_08_a_remembered_program_is_asked_about_again_here() {
    let house = House::open().await;
    let program = house.program().await;
    house.code(&program, &[]).await;
    house.code(&program, &[]).await;
    assert_eq!(house.person.questions().len(), 2);
    house.person.is(Mood::Denies);
    let (_, answer) = house.authorize(&program, &[]).await.location();
    assert_eq!(answer["error"], "access_denied");
}

#[tokio::test]
async fn web_08_a_browser_waits_on_a_page_without_script_and_goes_on_after_the_decision() {
    let house = House::open().await;
    let program = house.program().await;
    let page = send(as_browser(http().get(house.authorize_url(&program, &[])))).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Keylodge asks you in its own window") && page.text.contains("<q>Test</q>"));
    let next = page.header("refresh").and_then(|to| to.strip_prefix("0;url=")).expect("it goes on");
    assert!(next.starts_with("/pro/authorize/wait/") && next.len() > 60, "{next}");
    let over = send(as_browser(http().get(house.at(next)))).await;
    assert_eq!(over.status, 303);
    let (address, answer) = over.location();
    assert_eq!(address, "http://127.0.0.1:4711/cb");
    assert!(answer.contains_key("code") && answer["iss"] == house.at("/pro"));
    assert!(house.person.questions()[0].from_browser);
    assert_eq!(send(as_browser(http().get(house.at(next)))).await.status, 404, "told once");
    let guessed = house.at("/pro/authorize/wait/guessed");
    assert_eq!(send(as_browser(http().get(guessed))).await.status, 404);
}

#[tokio::test]
async fn loc_09_for_a_browser_the_program_that_waits_at_the_redirect_port_is_shown() {
    let house = House::open().await;
    let program = house.program().await;
    let waiting = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let redirect = format!("http://{}/cb", waiting.local_addr().expect("an address"));
    let url = house.authorize_url(&program, &[("redirect_uri", Some(&redirect))]);
    let page = send(as_browser(http().get(url))).await;
    let next = page.header("refresh").and_then(|to| to.strip_prefix("0;url=")).expect("it goes on");
    send(as_browser(http().get(house.at(next)))).await;
    let question = house.person.questions().pop().expect("asked");
    let shown = question.caller.expect("a program was found");
    let own = std::fs::metadata("/proc/self").map(|own| std::os::unix::fs::MetadataExt::uid(&own));
    assert_eq!(shown.uid, own.expect("procfs"));
    assert!(!shown.file.is_empty());
}

#[tokio::test]
async fn as_20_less_may_be_granted_than_was_asked_and_the_program_learns_it() {
    let house = House::open().await;
    let program = house.program().await;
    house.person.is(Mood::AllowsFirst);
    let tokens = house.tokens(&program, &[("scope", Some("write read"))]).await;
    assert_eq!(tokens["scope"], "read");
}

#[tokio::test]
async fn as_01_the_only_registered_address_need_not_be_named() {
    let house = House::open().await;
    let program = house.program_with(json!({ "redirect_uris": ["http://127.0.0.1:4712/only"] })).await;
    let (address, _) = house.authorize(&program, &[("redirect_uri", None)]).await.location();
    assert_eq!(address, "http://127.0.0.1:4712/only");
    let two = house.program_with(json!({ "redirect_uris": [REDIRECT, "http://127.0.0.1/two"] })).await;
    let reply = house.authorize(&two, &[("redirect_uri", None)]).await;
    assert_eq!(reply.error(), (400, "invalid_request".into()));
}

#[tokio::test]
async fn oau_01_a_code_without_its_verifier_is_worth_nothing() {
    let house = House::open().await;
    let program = house.program().await;
    let code = house.code(&program, &[]).await;
    let base = [("grant_type", "authorization_code"), ("code", code.as_str())];
    assert_eq!(house.token(&program, &base).await.error(), (400, "invalid_request".into()));
    let wrong = [base[0], base[1], ("code_verifier", &VERIFIER.replace('d', "e"))];
    assert_eq!(house.token(&program, &wrong).await.error(), (400, "invalid_grant".into()));
    assert_eq!(house.redeem(&program, &code).await.status, 200, "as_07: a wrong try spoils nothing");
}

#[tokio::test]
async fn a_locked_house_asks_for_nothing() {
    let house = House::open().await;
    let program = house.program().await;
    house.broker.lock().await.expect("locks");
    let reply = house.authorize(&program, &[]).await;
    assert_eq!(reply.error(), (403, "interaction_required".into()));
}

#[tokio::test]
async fn a_question_that_nobody_answers_ends_in_no() {
    let house = House::open().await;
    house.person.is(Mood::Silent);
    let program = house.program().await;
    let passed = async {
        house.person.asked(1).await;
        house.clock.pass(120);
        house.broker.tick().await;
    };
    let (reply, ()) = futures_util::future::join(house.authorize(&program, &[]), passed).await;
    assert_eq!(reply.location().1["error"], "access_denied");
}

#[tokio::test]
async fn ui_01_a_program_that_was_refused_moments_ago_is_told_so_here() {
    let house = House::open().await;
    let program = house.program().await;
    house.person.is(Mood::Denies);
    for _ in 0..2 {
        assert_eq!(house.authorize(&program, &[]).await.status, 303);
    }
    let reply = house.authorize(&program, &[]).await;
    assert_eq!((reply.error(), reply.header("location")), ((403, "access_denied".into()), None));
}
