//! Company accounts and pushed requests against a provider whose every answer is chosen.

use aws_lc_rs::{encoding::AsDer, rsa::KeySize, signature::RsaKeyPair};
use base64::{Engine, engine::general_purpose::STANDARD};
use broker::{CompanyPlan, Provider, Upstream, UpstreamError, provider::SignInWay};
use serde_json::{Value, json};

use crate::provider::{Answer, Hostile, client, has_parameter, parameter, plan, scopes, secret};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

fn pem() -> String {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).expect("its DER");
    let body = STANDARD.encode(der.as_ref());
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("text")).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

fn key_file(hostile: &Hostile, pem: &str) -> String {
    json!({
        "type": "service_account", "client_email": "robot@acme.example", "private_key": pem,
        "private_key_id": "k-7", "token_uri": hostile.url("/token"),
    })
    .to_string()
}

fn company(provider: Provider, way: SignInWay, key: Option<&str>) -> CompanyPlan {
    let client = (way != SignInWay::JwtBearer).then(client);
    CompanyPlan { provider, way, client, key: key.map(secret), scopes: scopes("read write") }
}

fn bare_token(hostile: &Hostile) {
    let answer = json!({ "access_token": "at-1", "token_type": "Bearer", "expires_in": 3600 });
    hostile.on("/token", Answer::json(&answer));
}

fn claims(assertion: &str) -> Value {
    let part = assertion.split('.').nth(1).expect("claims");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).expect("base64");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[tokio::test]
async fn a_service_account_signs_in_and_renews_with_its_kept_key_alone() {
    let hostile = Hostile::start().await;
    bare_token(&hostile);
    let (upstreams, key) = (hostile.upstreams(), key_file(&hostile, &pem()));
    let plan = company(hostile.plain(), SignInWay::JwtBearer, Some(&key));
    let signed_in = upstreams.sign_in_company(plan).await.expect("signed in");
    assert_eq!(
        (signed_in.subject.as_str(), signed_in.name.as_str()),
        ("service account robot@acme.example", "robot@acme.example")
    );
    let kept = signed_in.tokens.refresh_token.expect("what brings the next token");
    let nobody = broker::ClientCredential { client_id: String::new(), client_secret: None, proof_key: None };
    let narrow = scopes("read");
    upstreams.refresh(&hostile.plain(), &nobody, &kept, Some(&narrow)).await.expect("renewed");
    let seen = hostile.seen("/token");
    assert!(seen.iter().all(|seen| seen.form("grant_type").as_deref() == Some(JWT_BEARER)));
    let asked: Vec<Value> = seen.iter().map(|seen| claims(&seen.form("assertion").expect("one"))).collect();
    assert_eq!(asked[0]["scope"], "read write");
    assert_eq!(asked[1]["scope"], "read", "narrowed at the root");
    assert_eq!(asked[0]["aud"], hostile.url("/token"));
    assert!(asked[0]["exp"].as_i64() > asked[0]["iat"].as_i64());
}

#[tokio::test]
async fn uc_16_a_key_file_of_another_server_is_sent_nowhere() {
    let hostile = Hostile::start().await;
    bare_token(&hostile);
    let key = key_file(&hostile, &pem()).replace("/token", "/elsewhere");
    for key in [key.as_str(), "{}", "no JSON", &key_file(&hostile, "no PEM")] {
        let plan = company(hostile.plain(), SignInWay::JwtBearer, Some(key));
        let refused = hostile.upstreams().sign_in_company(plan).await.expect_err("refused");
        assert!(matches!(refused, UpstreamError::Unusable(_)), "{refused}");
        assert!(!format!("{refused:?}").contains("PRIVATE"));
    }
    assert!(hostile.seen("/token").is_empty() && hostile.seen("/elsewhere").is_empty());
}

#[tokio::test]
async fn client_credentials_ask_with_id_and_secret() {
    let hostile = Hostile::start().await;
    bare_token(&hostile);
    let mut plan = company(hostile.plain(), SignInWay::ClientCredentials, None);
    plan.client.as_mut().expect("a client").client_secret = Some(secret("cs-canary"));
    let signed_in = hostile.upstreams().sign_in_company(plan).await.expect("signed in");
    assert_eq!(signed_in.subject, "client client-1");
    let seen = &hostile.seen("/token")[0];
    assert_eq!(seen.form("grant_type").as_deref(), Some("client_credentials"));
    let basic = format!("Basic {}", STANDARD.encode("client-1:cs-canary"));
    assert_eq!(seen.headers.get("authorization"), Some(&basic));
    assert!(!seen.body.contains("canary"), "UC-14: one method");
}

/// GitHub's API as its documents describe it: the app proves itself by a token that its key signs, and gets one for its
/// installation, limited to the repositories and permissions that were asked for.
#[tokio::test]
async fn a_github_app_signs_in_as_its_one_installation_and_is_limited_to_what_is_asked() {
    let hostile = Hostile::start().await;
    let provider = github(&hostile);
    hostile.on("/app/installations", installations(&[71]));
    let token = "/app/installations/71/access_tokens";
    hostile
        .on(token, installed(&json!({ "contents": "read", "issues": "write", "metadata": "read" }), "all"));
    let (upstreams, pem) = (hostile.upstreams(), pem());
    let mut wish = company(provider.clone(), SignInWay::GithubApp, Some(&pem));
    wish.scopes = scopes("contents:read issues:write");
    let signed_in = upstreams.sign_in_company(wish).await.expect("signed in");
    assert_eq!((signed_in.subject.as_str(), signed_in.name.as_str()), ("installation 71", "acme"));
    assert_eq!(signed_in.tokens.scopes, Some(scopes("contents:read issues:write metadata:read")));
    assert_eq!(signed_in.tokens.expires_in, Some(3540));

    hostile.on(token, selected(&json!({ "contents": "read" }), &["Docs"]));
    let (kept, nobody) = (signed_in.tokens.refresh_token.expect("kept"), nobody());
    let narrow = scopes("contents:read only:acme/docs");
    let narrowed = upstreams.refresh(&provider, &nobody, &kept, Some(&narrow)).await.expect("narrowed");
    assert_eq!(narrowed.scopes, Some(narrow), "what the answer proves");
    assert!(narrowed.refresh_token.is_none());

    let asked: Vec<Value> =
        hostile.seen(token).iter().map(|seen| serde_json::from_str(&seen.body).expect("JSON")).collect();
    assert_eq!(asked[0], json!({ "permissions": { "contents": "read", "issues": "write" } }));
    assert_eq!(asked[1], json!({ "permissions": { "contents": "read" }, "repositories": ["docs"] }));
    for seen in [hostile.seen("/app/installations"), hostile.seen(token)].concat() {
        let proof = seen.headers["authorization"].strip_prefix("Bearer ").expect("a proof").to_owned();
        let said = claims(&proof);
        assert_eq!(said["iss"], "client-1");
        let life = said["exp"].as_i64().expect("an end") - said["iat"].as_i64().expect("a start");
        assert!(life < 600, "GitHub takes none that lives ten minutes");
        assert!(!format!("{}{:?}", seen.body, seen.headers).contains("PRIVATE"));
    }
}

/// An answer that is wider than the wish says so: the repositories were not taken up, so they prove nothing.
#[tokio::test]
async fn a_github_app_that_ignores_a_limit_is_told_as_wide_as_its_answer_is() {
    let hostile = Hostile::start().await;
    let provider = github(&hostile);
    hostile.on("/app/installations", installations(&[71]));
    let token = "/app/installations/71/access_tokens";
    hostile.on(token, installed(&json!({ "contents": "write" }), "all"));
    let (upstreams, pem) = (hostile.upstreams(), pem());
    let plan = company(provider.clone(), SignInWay::GithubApp, Some(&pem));
    let kept = upstreams.sign_in_company(plan).await.expect("signed in").tokens.refresh_token.expect("kept");
    let narrow = scopes("contents:read only:docs");
    let answer = upstreams.refresh(&provider, &nobody(), &kept, Some(&narrow)).await.expect("answered");
    assert_eq!(answer.scopes, Some(scopes("contents:write")));
    for (answer, proves) in [
        // Selected, and nobody says which: the installation itself may be limited to some.
        (installed(&json!({ "contents": "read" }), "selected"), Some("contents:read")),
        (
            selected(&json!({ "contents": "read" }), &["docs", "other"]),
            Some("contents:read only:docs only:other"),
        ),
        (selected(&json!({ "contents": "read" }), &["a b"]), None),
        (installed(&json!({ "contents": 1 }), "all"), None),
    ] {
        hostile.on(token, answer);
        let answer = upstreams.refresh(&provider, &nobody(), &kept, Some(&narrow)).await;
        assert_eq!(answer.ok().and_then(|tokens| tokens.scopes), proves.map(scopes));
    }
}

/// A part that names no repository is still kept to those of the sign-in, as they are written now and as they once were.
#[tokio::test]
async fn a_github_app_that_was_signed_in_for_some_repositories_asks_for_no_others() {
    for limit in ["only:docs", "repository:docs"] {
        let hostile = Hostile::start().await;
        let (provider, pem) = (github(&hostile), pem());
        hostile.on("/app/installations", installations(&[71]));
        let token = "/app/installations/71/access_tokens";
        hostile.on(token, selected(&json!({ "contents": "read" }), &["docs"]));
        let mut wish = company(provider.clone(), SignInWay::GithubApp, Some(&pem));
        wish.scopes = scopes(&format!("contents:read {limit}"));
        let upstreams = hostile.upstreams();
        let tokens = upstreams.sign_in_company(wish).await.expect("signed in").tokens;
        assert_eq!(tokens.scopes, Some(scopes("contents:read only:docs")));
        let kept = tokens.refresh_token.expect("kept");
        upstreams
            .refresh(&provider, &nobody(), &kept, Some(&scopes("contents:read")))
            .await
            .expect("renewed");
        for seen in hostile.seen(token) {
            let body: Value = serde_json::from_str(&seen.body).expect("JSON");
            assert_eq!(body, json!({ "permissions": { "contents": "read" }, "repositories": ["docs"] }));
        }
    }
}

#[tokio::test]
async fn a_github_app_says_what_is_wrong_with_it() {
    let hostile = Hostile::start().await;
    let (provider, pem) = (github(&hostile), pem());
    let token = "/app/installations/71/access_tokens";
    let refused = |status: u16| Answer::status(status, &json!({ "message": "canary" }));
    let ok = || installed(&json!({}), "all");
    for (found, given, says) in [
        (installations(&[]), ok(), "0 places"),
        (installations(&[71, 72]), ok(), "2 places"),
        (refused(401), ok(), "id or key is not accepted"),
        (installations(&[71]), refused(404), "not installed"),
        (installations(&[71]), refused(422), "not installed"),
        (installations(&[71]), refused(503), "503"),
        (installations(&[71]), Answer::status(201, &json!({ "permissions": {} })), "no token"),
        (Answer::redirect(307, &hostile.url("/elsewhere")), ok(), "redirects"),
    ] {
        hostile.on("/app/installations", found);
        hostile.on(token, given);
        let plan = company(provider.clone(), SignInWay::GithubApp, Some(&pem));
        let error = hostile.upstreams().sign_in_company(plan).await.expect_err(says).to_string();
        assert!(error.contains(says) && !error.contains("canary"), "{says}: {error}");
    }
    assert!(hostile.seen("/elsewhere").is_empty());
}

fn github(hostile: &Hostile) -> Provider {
    Provider { api: vec![broker::provider::ApiRoute::plain("/", &hostile.url("/"))], ..hostile.plain() }
}

fn installations(ids: &[u64]) -> Answer {
    Answer::json(&ids.iter().map(|id| json!({ "id": id, "account": { "login": "acme" } })).collect())
}

fn installed(permissions: &Value, repositories: &str) -> Answer {
    let answer = json!({
        "token": "ghs_1", "expires_at": "2030-03-17T18:46:40Z", "permissions": permissions,
        "repository_selection": repositories,
    });
    Answer::status(201, &answer)
}

fn selected(permissions: &Value, names: &[&str]) -> Answer {
    let listed: Vec<Value> =
        names.iter().map(|name| json!({ "name": name, "full_name": format!("acme/{name}") })).collect();
    let answer = json!({
        "token": "ghs_1", "expires_at": "2030-03-17T18:46:40Z", "permissions": permissions,
        "repository_selection": "selected", "repositories": listed,
    });
    Answer::status(201, &answer)
}

fn nobody() -> broker::ClientCredential {
    broker::ClientCredential { client_id: String::new(), client_secret: None, proof_key: None }
}

#[tokio::test]
async fn uc_32_a_server_that_wants_requests_pushed_gets_them_pushed() {
    let hostile = Hostile::start().await;
    let mut provider = hostile.plain();
    let endpoints = provider.endpoints.as_mut().expect("endpoints");
    endpoints.pushed_authorization_request = Some(hostile.url("/par"));
    endpoints.requires_par = true;
    hostile.on("/par", Answer::status(201, &json!({ "request_uri": "urn:x:1", "expires_in": 60 })));
    let url =
        hostile.upstreams().begin_sign_in(plan(provider.clone(), "read")).await.expect("begun").authorize_url;
    assert_eq!(parameter(&url, "request_uri"), "urn:x:1");
    assert_eq!(parameter(&url, "client_id"), "client-1");
    for name in ["state", "scope", "redirect_uri", "code_challenge"] {
        assert!(!has_parameter(&url, name), "{name} stays between the server and us");
        assert!(hostile.seen("/par")[0].form(name).is_some(), "{name}");
    }
    for answer in [
        Answer::status(200, &json!({ "request_uri": "urn:x:1" })),
        Answer::status(201, &json!({ "expires_in": 60 })),
        Answer::status(400, &json!({ "error": "invalid_request" })),
        Answer::redirect(307, &hostile.url("/elsewhere")),
    ] {
        hostile.on("/par", answer);
        assert!(hostile.upstreams().begin_sign_in(plan(provider.clone(), "read")).await.is_err());
    }
    assert!(hostile.seen("/elsewhere").is_empty(), "UC-12");
}
