//! The demo provider against a plain HTTP client.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use demo::{Provider, Running};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::JwkSet};
use reqwest::{Client, Response, redirect::Policy};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

const REDIRECT: &str = "http://127.0.0.1:9/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const ALL: &str = "openid profile offline_access photos.read photos.write calendar.read";

struct Visit {
    provider: Running,
    http: Client,
    client_id: String,
    time: Arc<AtomicU64>,
}

impl Visit {
    async fn new() -> Self {
        let time = Arc::new(AtomicU64::new(1_800_000_000));
        let shown = Arc::clone(&time);
        let clock: demo::Clock = Arc::new(move || shown.load(Ordering::SeqCst));
        let provider = Provider::start_at((Ipv4Addr::LOCALHOST, 0).into(), clock).await.expect("a free port");
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().expect("a client");
        let mut visit = Self { provider, http, client_id: String::new(), time };
        visit.client_id = visit.register().await;
        visit
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.provider.issuer)
    }

    async fn register(&self) -> String {
        let body = json!({ "client_name": "A test", "redirect_uris": [REDIRECT] });
        let answer = self.http.post(self.at("/register")).json(&body).send().await.expect("an answer");
        assert_eq!(answer.status(), 201);
        text(&json_of(answer).await, "client_id")
    }

    fn request(&self, scope: &str) -> Url {
        let mut url = Url::parse(&self.at("/authorize")).expect("an address");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", REDIRECT)
            .append_pair("scope", scope)
            .append_pair("state", "a-state")
            .append_pair("nonce", "a-nonce")
            .append_pair("code_challenge", &challenge())
            .append_pair("code_challenge_method", "S256");
        url
    }

    /// The address that the browser is sent back to.
    async fn decide(&self, scope: &str, decision: &str, ticked: &[&str]) -> Url {
        let page =
            self.http.get(self.request(scope)).send().await.expect("a page").text().await.expect("text");
        let slip = page.split("name=\"ticket\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let mut form = vec![("ticket", slip.expect("a ticket")), ("decision", decision)];
        form.extend(ticked.iter().map(|scope| ("scope", *scope)));
        let answer = self.http.post(self.at("/authorize")).form(&form).send().await.expect("an answer");
        assert_eq!(answer.status(), 303, "as_14: 303 after a form");
        location(&answer)
    }

    async fn code(&self, scope: &str) -> String {
        let back = self.decide(scope, "ada", &["photos.read", "photos.write", "calendar.read"]).await;
        assert_eq!(parameter(&back, "state").as_deref(), Some("a-state"));
        assert_eq!(parameter(&back, "iss"), Some(self.provider.issuer.clone()), "as_11");
        parameter(&back, "code").expect("a code")
    }

    async fn token(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let answer = self.http.post(self.at("/token")).form(form).send().await.expect("an answer");
        assert_eq!(answer.headers()["cache-control"], "no-store", "as_09");
        (answer.status().as_u16(), json_of(answer).await)
    }

    async fn redeem(&self, code: &str, verifier: &str) -> (u16, Value) {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("client_id", &self.client_id),
            ("code_verifier", verifier),
        ])
        .await
    }

    async fn tokens(&self, scope: &str) -> Value {
        let (status, tokens) = self.redeem(&self.code(scope).await, VERIFIER).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    async fn refresh(&self, token: &str, scope: &str) -> (u16, Value) {
        let id = &self.client_id;
        self.token(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("scope", scope),
            ("client_id", id),
        ])
        .await
    }

    async fn get(&self, path: &str, token: &Value) -> Response {
        let token = token["access_token"].as_str().expect("a token");
        self.http.get(self.at(path)).bearer_auth(token).send().await.expect("an answer")
    }

    async fn photos(&self, token: &Value) -> u16 {
        self.get("/api/photos", token).await.status().as_u16()
    }
}

fn challenge() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

async fn json_of(answer: Response) -> Value {
    serde_json::from_str(&answer.text().await.expect("text")).expect("JSON")
}

fn text(json: &Value, name: &str) -> String {
    json[name].as_str().unwrap_or_default().to_owned()
}

fn location(answer: &Response) -> Url {
    Url::parse(answer.headers()["location"].to_str().expect("text")).expect("an address")
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn metadata_names_what_is_there() {
    let visit = Visit::new().await;
    for path in ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"] {
        let found = json_of(visit.http.get(visit.at(path)).send().await.expect("an answer")).await;
        assert_eq!(found["issuer"], visit.provider.issuer.as_str());
        assert_eq!(found["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(found["response_types_supported"], json!(["code"]), "as_42");
        assert_eq!(found["authorization_response_iss_parameter_supported"], true);
    }
}

#[tokio::test]
async fn code_with_pkce_brings_tokens_that_open_the_api() {
    let visit = Visit::new().await;
    let tokens = visit.tokens(ALL).await;
    assert_eq!((tokens["expires_in"].as_u64(), tokens["scope"].as_str()), (Some(600), Some(ALL)));
    let profile = json_of(visit.get("/api/profile", &tokens).await).await;
    assert_eq!(profile["name"], "Ada (demo)");
    let album = json_of(visit.get("/api/photos", &tokens).await).await;
    assert_eq!(album["photos"].as_array().map(Vec::len), Some(3));
    assert_eq!(visit.get("/api/calendar", &tokens).await.status(), 200);
    let added = visit.http.post(visit.at("/api/photos")).bearer_auth(text(&tokens, "access_token"));
    let added = added.json(&json!({ "title": "New" })).send().await.expect("an answer");
    assert_eq!((added.status().as_u16(), json_of(added).await["id"].as_u64()), (201, Some(4)));
}

#[tokio::test]
async fn uc_26_uc_27_id_token_and_userinfo_agree() {
    let visit = Visit::new().await;
    let tokens = visit.tokens(ALL).await;
    let keys: JwkSet =
        serde_json::from_value(json_of(visit.http.get(visit.at("/jwks")).send().await.expect("keys")).await)
            .expect("a key set");
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_issuer(&[&visit.provider.issuer]);
    rules.set_audience(&[&visit.client_id]);
    rules.validate_exp = false;
    let key = DecodingKey::from_jwk(&keys.keys[0]).expect("a key");
    let claims = decode::<Value>(text(&tokens, "id_token"), &key, &rules).expect("a good ID token").claims;
    assert_eq!((&claims["nonce"], &claims["exp"]), (&json!("a-nonce"), &json!(1_800_000_600_u64)));
    let userinfo = json_of(visit.get("/userinfo", &tokens).await).await;
    assert_eq!((&userinfo["sub"], &userinfo["name"]), (&claims["sub"], &json!("Ada (demo)")));
}

#[tokio::test]
async fn grace_is_somebody_else() {
    let visit = Visit::new().await;
    let back = visit.decide("profile", "grace", &[]).await;
    let (_, tokens) = visit.redeem(&parameter(&back, "code").expect("a code"), VERIFIER).await;
    assert_eq!(json_of(visit.get("/api/profile", &tokens).await).await["name"], "Grace (demo)");
}

#[tokio::test]
async fn as_05_oau_01_wrong_or_missing_verifier_uses_nothing_up() {
    let visit = Visit::new().await;
    let code = visit.code(ALL).await;
    for wrong in ["", "another-verifier-another-verifier-another-1234"] {
        let (status, answer) = visit.redeem(&code, wrong).await;
        assert_eq!((status, text(&answer, "error")), (400, "invalid_grant".to_owned()));
    }
    assert_eq!(visit.redeem(&code, VERIFIER).await.0, 200);
}

#[tokio::test]
async fn as_07_oau_08_valid_replay_revokes_and_invalid_replay_does_not() {
    let visit = Visit::new().await;
    let code = visit.code(ALL).await;
    let (_, tokens) = visit.redeem(&code, VERIFIER).await;
    assert_eq!(visit.redeem(&code, "wrong").await.0, 400);
    assert_eq!(visit.photos(&tokens).await, 200);
    assert_eq!(visit.redeem(&code, VERIFIER).await.0, 400);
    assert_eq!(visit.photos(&tokens).await, 401);
    assert_eq!(visit.refresh(&text(&tokens, "refresh_token"), "").await.0, 400);
}

#[tokio::test]
async fn as_06_as_08_codes_are_bound_and_short() {
    let visit = Visit::new().await;
    let code = visit.code(ALL).await;
    let other = visit.register().await;
    for (redirect, client) in [("http://127.0.0.1:9/other", visit.client_id.as_str()), (REDIRECT, &other)] {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", redirect),
            ("client_id", client),
            ("code_verifier", VERIFIER),
        ];
        assert_eq!(visit.token(&form).await.0, 400);
    }
    visit.time.fetch_add(60, Ordering::SeqCst);
    assert_eq!(visit.redeem(&code, VERIFIER).await.0, 400);
}

#[tokio::test]
async fn tk_04_oau_09_rotation_ends_the_family_when_an_old_token_returns() {
    let visit = Visit::new().await;
    let first = visit.tokens(ALL).await;
    let (status, second) = visit.refresh(&text(&first, "refresh_token"), "").await;
    assert_eq!(status, 200);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(visit.refresh(&text(&first, "refresh_token"), "").await.0, 400);
    assert_eq!(visit.refresh(&text(&second, "refresh_token"), "").await.0, 400);
    assert_eq!((visit.photos(&first).await, visit.photos(&second).await), (401, 401));
}

#[tokio::test]
async fn tk_07_oau_14_refresh_may_narrow_and_never_widens() {
    let visit = Visit::new().await;
    let first = visit.tokens("profile offline_access photos.read").await;
    let (_, narrow) = visit.refresh(&text(&first, "refresh_token"), "profile").await;
    assert_eq!((narrow["scope"].as_str(), visit.photos(&narrow).await), (Some("profile"), 403));
    let (status, refused) = visit.refresh(&text(&narrow, "refresh_token"), "profile calendar.read").await;
    assert_eq!((status, text(&refused, "error")), (400, "invalid_scope".to_owned()));
    let (_, full) = visit.refresh(&text(&narrow, "refresh_token"), "").await;
    assert_eq!(full["scope"], "profile offline_access photos.read");
}

#[tokio::test]
async fn tk_05_refresh_tokens_belong_to_their_client() {
    let mut visit = Visit::new().await;
    let tokens = visit.tokens(ALL).await;
    let honest = std::mem::take(&mut visit.client_id);
    visit.client_id = visit.register().await;
    assert_eq!(visit.refresh(&text(&tokens, "refresh_token"), "").await.0, 400);
    visit.client_id = honest;
    assert_eq!(visit.refresh(&text(&tokens, "refresh_token"), "").await.0, 200);
}

#[tokio::test]
async fn person_may_leave_scopes_out_or_say_no() {
    let visit = Visit::new().await;
    let back = visit.decide("profile photos.read photos.write", "ada", &["photos.read"]).await;
    let (_, tokens) = visit.redeem(&parameter(&back, "code").expect("a code"), VERIFIER).await;
    assert_eq!((&tokens["scope"], tokens.get("refresh_token")), (&json!("profile photos.read"), None));
    let no = visit.decide("profile", "cancel", &[]).await;
    assert_eq!(parameter(&no, "error").as_deref(), Some("access_denied"));
    assert_eq!((parameter(&no, "code"), parameter(&no, "state").as_deref()), (None, Some("a-state")));
}

#[tokio::test]
async fn rg_02_api_says_what_is_missing() {
    let visit = Visit::new().await;
    let bare = visit.http.get(visit.at("/api/photos")).send().await.expect("an answer");
    assert_eq!(bare.status(), 401);
    assert_eq!(bare.headers()["www-authenticate"], "Bearer realm=\"demo\"");
    let tokens = visit.tokens("profile").await;
    let narrow = visit.get("/api/photos", &tokens).await;
    let challenge = narrow.headers()["www-authenticate"].to_str().expect("text").to_owned();
    assert_eq!(narrow.status(), 403);
    assert!(
        challenge.contains("error=\"insufficient_scope\"") && challenge.contains("scope=\"photos.read\"")
    );
    visit.time.fetch_add(600, Ordering::SeqCst);
    let late = visit.get("/api/profile", &tokens).await;
    assert_eq!(late.status(), 401);
    assert!(late.headers()["www-authenticate"].to_str().expect("text").contains("invalid_token"));
}

#[tokio::test]
async fn as_38_revocation_ends_tokens_and_only_ones_own() {
    let mut visit = Visit::new().await;
    let tokens = visit.tokens(ALL).await;
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let revoke = async |visit: &Visit, token: &str| {
        let form = [("token", token), ("client_id", visit.client_id.as_str())];
        visit.http.post(visit.at("/revoke")).form(&form).send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(revoke(&visit, "never-issued").await, 200);
    let honest = std::mem::take(&mut visit.client_id);
    visit.client_id = visit.register().await;
    assert_eq!(revoke(&visit, &refresh).await, 400);
    visit.client_id = honest;
    assert_eq!(visit.photos(&tokens).await, 200);
    assert_eq!(revoke(&visit, &access).await, 200);
    assert_eq!(visit.photos(&tokens).await, 401);
    let (_, next) = visit.refresh(&refresh, "").await;
    assert_eq!(revoke(&visit, &text(&next, "refresh_token")).await, 200);
    assert_eq!(visit.photos(&next).await, 401);
}

#[tokio::test]
async fn as_02_oau_07_unknown_client_or_address_is_never_redirected() {
    let visit = Visit::new().await;
    let good = visit.request("profile");
    for (from, to) in [
        (visit.client_id.as_str(), "nobody"),
        ("9%2Fcallback", "9%2Fother"),
        ("redirect_uri=http", "redirect_uri=https"),
        ("state=a-state", "client_id=second"),
    ] {
        let asked = good.as_str().replace(from, to);
        let answer = visit.http.get(asked).send().await.expect("an answer");
        assert_eq!((answer.status().as_u16(), answer.headers().get("location")), (400, None), "{to}");
    }
}

#[tokio::test]
async fn as_04_as_20_bad_requests_return_with_the_word_of_the_rfc() {
    let visit = Visit::new().await;
    let good = visit.request("profile");
    for (from, to, error) in [
        ("S256", "plain", "invalid_request"),
        ("code_challenge=", "x=", "invalid_request"),
        ("response_type=code", "response_type=token", "unsupported_response_type"),
        ("scope=profile", "scope=admin", "invalid_scope"),
        ("nonce=a-nonce", "prompt=none", "login_required"),
        ("nonce=a-nonce", "scope=profile", "invalid_request"),
    ] {
        let asked = good.as_str().replace(from, to);
        let back = location(&visit.http.get(asked).send().await.expect("an answer"));
        assert_eq!(parameter(&back, "error").as_deref(), Some(error), "{to}");
        assert_eq!(parameter(&back, "iss"), Some(visit.provider.issuer.clone()), "as_11");
    }
}

#[tokio::test]
async fn as_09_as_42_token_endpoint_refuses_other_shapes() {
    let visit = Visit::new().await;
    let id = visit.client_id.as_str();
    let refused = async |form: &[(&str, &str)]| text(&visit.token(form).await.1, "error");
    assert_eq!(refused(&[("grant_type", "password"), ("client_id", id)]).await, "unsupported_grant_type");
    assert_eq!(refused(&[("client_id", id), ("code", "a"), ("code", "b")]).await, "invalid_request");
    assert_eq!(refused(&[("grant_type", ""), ("client_id", id)]).await, "invalid_request");
    assert_eq!(refused(&[("grant_type", "refresh_token"), ("client_id", "nobody")]).await, "invalid_client");
    let json = visit.http.post(visit.at("/token")).json(&json!({})).send().await.expect("an answer");
    assert_eq!(json.status(), 400);
    assert_eq!(visit.http.get(visit.at("/token")).send().await.expect("an answer").status(), 405);
}

#[tokio::test]
async fn as_13_web_07_page_has_no_script_and_no_frame_and_works_once() {
    let visit = Visit::new().await;
    let page = visit.http.get(visit.request("profile")).send().await.expect("a page");
    let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"));
    assert!(policy.contains("form-action 'self' http://127.0.0.1:9;"));
    let html = page.text().await.expect("text");
    assert!(!html.contains("<script") && html.contains("Continue as Ada (demo)"));
    assert!(html.contains("This is Keylodge&#39;s demo provider. Nothing here leaves this computer."));
    let ticket = html.split("name=\"ticket\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let form = [("ticket", ticket.expect("a ticket")), ("decision", "ada")];
    let send = async |origin: &str| {
        let ask = visit.http.post(visit.at("/authorize")).header("origin", origin).form(&form);
        ask.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(send("http://evil.example").await, 400, "web_02");
    assert_eq!(send(&visit.provider.issuer).await, 303);
    assert_eq!(send(&visit.provider.issuer).await, 400, "the ticket was used");
}

#[tokio::test]
async fn web_01_other_host_names_are_turned_away() {
    let visit = Visit::new().await;
    let port = visit.provider.address.port();
    for host in [
        "evil.example".to_owned(),
        format!("localhost:{port}"),
        format!("127.0.0.1.:{port}"),
        "127.0.0.1".to_owned(),
    ] {
        let answer = visit.http.get(visit.at("/jwks")).header("host", &host).send().await.expect("an answer");
        assert_eq!(answer.status(), 421, "{host}");
    }
}

#[tokio::test]
async fn web_06_only_loopback_is_bound_and_the_port_is_free_again() {
    assert!(Provider::start("0.0.0.0:0".parse().expect("an address")).await.is_err());
    let running = Provider::start((Ipv4Addr::LOCALHOST, 0).into()).await.expect("a free port");
    let address = running.address;
    running.stop().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn demo_person_signs_in_and_arrives_at_the_callback() {
    let visit = Visit::new().await;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let router = axum::Router::new().route("/callback", axum::routing::get(|| async { "Arrived." }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let request = visit.request(ALL).as_str().replace("127.0.0.1%3A9", &format!("127.0.0.1%3A{port}"));
    let lines = demo::person::sign_in(&request).await.expect("visited");
    assert!(lines.contains(&format!("→ POST {}", visit.at("/authorize"))), "{lines:#?}");
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with(&format!("→ GET http://127.0.0.1:{port}/callback?code=demo-c…")))
    );
    assert_eq!(lines.last().map(String::as_str), Some("← 200"));
    let lines = demo::person::cancel(&request).await.expect("visited");
    assert!(lines.iter().any(|line| line.contains("error=access_denied")), "{lines:#?}");
}

#[tokio::test]
async fn demo_person_signs_in_at_the_page_and_nowhere_else() {
    let visit = Visit::new().await;
    // Nobody listens at the callback address of this test: getting that far shows that the form was sent.
    let why = demo::person::sign_in(visit.request(ALL).as_str()).await.expect_err("nobody listens there");
    assert!(why.starts_with("http://127.0.0.1:9/callback?code=demo-c…"), "{why}");
    for foreign in
        ["https://accounts.example/authorize", "http://localhost:1/authorize", "file:///etc/passwd"]
    {
        assert!(demo::person::sign_in(foreign).await.is_err(), "{foreign}");
    }
}
