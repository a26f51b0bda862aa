//! Bad input ends at the door: each request below is wrong in one way, and is answered in the RFC's form with a
//! sentence that says what to do, without a redirect and without a question to the person.

use control::Request;
use reqwest::{StatusCode, header};
use serde_json::json;
use stories::{Allowing, Answered, Keylodge, Pkce, Program, Provider, http};
use url::Url;

const SCOPES: [&str; 4] = ["openid", "offline_access", "photos:read", "photos:write"];

/// A house with an account and two programs.
struct House {
    provider: Provider,
    keylodge: Keylodge,
    account: String,
    gateway: String,
    one: Program,
    other: Program,
}

impl House {
    async fn stand() -> Self {
        let (provider, keylodge) = (Provider::start(), Keylodge::start());
        keylodge.add_provider(&provider);
        let account = keylodge.add_account(&SCOPES).await;
        let one = Program::register(&keylodge.issuer("house"), "One").await;
        let other = Program::register_confidential(&keylodge.issuer("house"), "Other").await;
        Self { provider, keylodge, account: account.id, gateway: account.gateway_url, one, other }
    }

    /// A code for `openid photos:read`, and the verifier that it was asked with.
    async fn code(&self, program: &Program) -> (String, Pkce) {
        let (pkce, asking) = (Pkce::fresh(), program.clone());
        let asked = pkce.clone();
        let asking = tokio::spawn(async move { asking.authorize("openid photos:read", &asked).await });
        self.keylodge.allow(Allowing::default());
        (asking.await.expect("the program goes on").code(), pkce)
    }

    /// Tokens of a program.
    async fn tokens(&self, program: &Program) -> Answered {
        let (code, pkce) = self.code(program).await;
        let answered = program.redeem(&code, &pkce).await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
        answered
    }

    async fn me(&self, token: &str) -> Answered {
        Answered::to(http().get(format!("{}/me", self.gateway)).bearer_auth(token)).await
    }

    fn nobody_was_asked(&self) {
        assert!(self.keylodge.questions().is_empty(), "the person was asked");
    }
}

/// RFC 6749 §5.2: JSON, the word, a sentence; never kept, never a redirect.
fn is_refused(answered: &Answered, status: u16, word: &str) {
    assert_eq!(answered.status.as_u16(), status, "{}", answered.body);
    assert_eq!(answered.text("error"), word, "{}", answered.body);
    let sentence = answered.text("error_description");
    assert!(sentence.len() > 15 && sentence.ends_with(['.', ')']), "{sentence:?} is no sentence");
    assert!(sentence.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{sentence:?}");
    assert_eq!(answered.header("cache-control"), "no-store");
    assert!(!answered.headers.contains_key(header::LOCATION), "AS-02: it redirects");
    assert!(!answered.headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), "AS-21");
}

/// The authorization request with one parameter changed, or without it.
fn changed(program: &Program, name: &str, value: Option<&str>) -> Url {
    let url = program.authorize_url("openid", &Pkce::fresh());
    let kept: Vec<_> = url.query_pairs().into_owned().filter(|(n, _)| n != name).collect();
    let mut next = url.clone();
    next.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(value.map(|value| (name, value)));
    next
}

#[tokio::test(flavor = "multi_thread")]
async fn as_02_as_04_as_15_a_wrong_authorization_request_goes_nowhere_and_asks_nobody() {
    let house = House::stand().await;
    for (name, value, status, word) in [
        ("client_id", Some("app_of_nobody"), 400, "invalid_client"),
        ("client_id", None, 400, "invalid_request"),
        ("redirect_uri", Some("http://127.0.0.1/elsewhere"), 400, "invalid_request"),
        ("redirect_uri", Some("http://localhost/back"), 400, "invalid_request"),
        ("redirect_uri", Some("https://evil.example/back"), 400, "invalid_request"),
        ("code_challenge", None, 400, "invalid_request"),
        ("code_challenge_method", Some("plain"), 400, "invalid_request"),
        ("code_challenge_method", None, 400, "invalid_request"),
        ("response_type", Some("token"), 400, "unsupported_response_type"),
        ("response_type", None, 400, "invalid_request"),
        ("scope", Some("openid photos:destroy"), 400, "invalid_scope"),
        ("scope", Some("openid \"quoted\""), 400, "invalid_scope"),
        ("scope", None, 400, "invalid_scope"),
        ("prompt", Some("sideways"), 400, "invalid_request"),
        ("resource", Some("http://127.0.0.1:1/unknown"), 400, "invalid_target"),
    ] {
        let answered = Answered::to(http().get(changed(&house.one, name, value))).await;
        println!("{name}={value:?}");
        is_refused(&answered, status, word);
    }
    let twice = format!("{}&scope=openid", changed(&house.one, "x", None));
    is_refused(&Answered::to(http().get(twice)).await, 400, "invalid_request");
    house.nobody_was_asked();
}

#[tokio::test(flavor = "multi_thread")]
async fn as_10_a_wrong_credential_is_invalid_client() {
    let house = House::stand().await;
    let mut wrong = house.other.clone();
    wrong.client_secret = Some("not the secret that it was given".to_owned());
    let answered = wrong.refresh("a token").await;
    is_refused(&answered, 401, "invalid_client");
    assert!(answered.header("www-authenticate").starts_with("Basic"));
    let mut without = house.other.clone();
    without.client_secret = None;
    is_refused(&without.refresh("a token").await, 401, "invalid_client");
    let mut unknown = house.one.clone();
    unknown.client_id = "app_of_nobody".to_owned();
    is_refused(&unknown.refresh("a token").await, 401, "invalid_client");
}

#[tokio::test(flavor = "multi_thread")]
async fn as_05_as_06_as_08_a_code_is_good_only_for_what_it_was_asked_with() {
    let house = House::stand().await;
    let (code, pkce) = house.code(&house.one).await;
    is_refused(&house.one.redeem(&code, &Pkce::fresh()).await, 400, "invalid_grant");
    is_refused(&house.one.redeem("a code of nobody", &pkce).await, 400, "invalid_grant");
    is_refused(&house.other.redeem(&code, &pkce).await, 400, "invalid_grant");
    let without = [("grant_type", "authorization_code"), ("code", &code)];
    is_refused(&house.one.token(&without).await, 400, "invalid_request");
    let elsewhere = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("code_verifier", &pkce.verifier),
        ("redirect_uri", "http://127.0.0.1/elsewhere"),
    ];
    is_refused(&house.one.token(&elsewhere).await, 400, "invalid_grant");
    let answered = house.one.redeem(&code, &pkce).await;
    assert_eq!(answered.status, StatusCode::OK, "none of that has used it up: {}", answered.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn as_07_oau_08_a_replayed_code_takes_its_tokens_back() {
    let house = House::stand().await;
    let (code, pkce) = house.code(&house.one).await;
    let tokens = house.one.redeem(&code, &pkce).await;
    let access = tokens.text("access_token");
    assert_eq!(house.me(&access).await.status, StatusCode::OK);
    is_refused(&house.one.redeem(&code, &Pkce::fresh()).await, 400, "invalid_grant");
    assert_eq!(house.me(&access).await.status, StatusCode::OK, "a thief without the verifier ends nothing");
    is_refused(&house.one.redeem(&code, &pkce).await, 400, "invalid_grant");
    assert_eq!(house.me(&access).await.status, StatusCode::UNAUTHORIZED);
    is_refused(&house.one.refresh(&tokens.text("refresh_token")).await, 400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn as_07_two_redemptions_at_once_give_one_token_at_the_most() {
    let house = House::stand().await;
    let (code, pkce) = house.code(&house.one).await;
    let (one, two) = tokio::join!(house.one.redeem(&code, &pkce), house.one.redeem(&code, &pkce));
    let given: Vec<_> = [one, two].into_iter().filter(|answered| answered.status == StatusCode::OK).collect();
    assert!(given.len() <= 1, "both were redeemed");
    for answered in given {
        let status = house.me(&answered.text("access_token")).await.status;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "and that one was taken back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn as_37_as_38_tk_05_a_token_is_nobody_elses() {
    let house = House::stand().await;
    let tokens = house.tokens(&house.one).await;
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    is_refused(&house.other.refresh(&refresh).await, 400, "invalid_grant");
    let seen = house.other.post("introspect", &[("token", &access)]).await;
    assert_eq!((seen.status, seen.json()), (StatusCode::OK, json!({ "active": false })));
    let seen = house.other.post("introspect", &[("token", "a token of nobody")]).await;
    assert_eq!((seen.status, seen.json()), (StatusCode::OK, json!({ "active": false })), "the very same");
    is_refused(&house.other.post("revoke", &[("token", &access)]).await, 400, "invalid_grant");
    assert_eq!(house.other.post("revoke", &[("token", "a token of nobody")]).await.status, StatusCode::OK);
    assert_eq!(house.me(&access).await.status, StatusCode::OK, "it still works for its owner");
    let form = [("token", access.as_str())];
    let stranger = Answered::to(http().post(format!("{}/introspect", house.one.issuer)).form(&form)).await;
    assert!(stranger.status == StatusCode::UNAUTHORIZED || stranger.status == StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn rg_01_rg_02_rg_04_the_gateway_takes_our_tokens_for_itself_only() {
    let house = House::stand().await;
    let (me, before) = (format!("{}/me", house.gateway), house.provider.api_requests().len());
    let bare = Answered::to(http().get(&me)).await;
    assert_eq!(bare.status, StatusCode::UNAUTHORIZED);
    let challenge = bare.header("www-authenticate");
    assert!(challenge.starts_with("Bearer") && !challenge.contains("error="), "{challenge}");

    let theirs =
        house.provider.token_requests("authorization_code")[0].got("access_token").map(str::to_owned);
    let id_token = house.provider.token_requests("authorization_code")[0].got("id_token").map(str::to_owned);
    for token in ["a token of nobody", &theirs.expect("a token"), &id_token.expect("an ID token")] {
        let answered = house.me(token).await;
        assert_eq!(answered.status, StatusCode::UNAUTHORIZED);
        assert!(answered.header("www-authenticate").contains("error=\"invalid_token\""));
    }
    let ours = house.tokens(&house.one).await.text("access_token");
    let in_query = Answered::to(http().get(format!("{me}?access_token={ours}"))).await;
    assert!(matches!(in_query.status.as_u16(), 400 | 401), "{}", in_query.body);
    let narrow = Answered::to(http().post(&me).bearer_auth(&ours)).await;
    assert_eq!(narrow.status, StatusCode::FORBIDDEN, "{}", narrow.body);
    assert!(narrow.header("www-authenticate").contains("insufficient_scope"));
    assert_eq!(house.provider.api_requests().len(), before, "nothing of this went to the provider");
}

#[tokio::test(flavor = "multi_thread")]
async fn tk_01_sto_10_a_token_does_not_outlive_the_lock() {
    let house = House::stand().await;
    let tokens = house.tokens(&house.one).await;
    let access = tokens.text("access_token");
    assert_eq!(house.me(&access).await.status, StatusCode::OK);
    house.keylodge.asked_by_anyone(Request::Lock).expect("to lock takes nothing");
    let locked = house.me(&access).await;
    assert_eq!(locked.status, StatusCode::SERVICE_UNAVAILABLE, "{}", locked.body);
    assert_eq!(locked.text("error"), "interaction_required", "the person must act first");
    is_refused(&house.one.refresh(&tokens.text("refresh_token")).await, 400, "interaction_required");
    let unlocked = house.keylodge.cli_with_passphrase(&["unlock"]);
    assert_eq!(unlocked.code, 0, "{}", unlocked.stderr);
    let ended = house.me(&access).await;
    assert_eq!(ended.status, StatusCode::UNAUTHORIZED);
    assert!(ended.header("www-authenticate").contains("error=\"invalid_token\""));
    let renewed = house.one.refresh(&tokens.text("refresh_token")).await;
    assert_eq!(renewed.status, StatusCode::OK, "the consent for an hour still stands: {}", renewed.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn as_09_as_42_the_token_endpoint_takes_one_well_made_form() {
    let house = House::stand().await;
    let token = format!("{}/token", house.one.issuer);
    let form = |body: &'static str| {
        let kind = (header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        http().post(&token).header(kind.0, kind.1).body(body)
    };
    assert_eq!(Answered::to(http().get(&token)).await.status, StatusCode::METHOD_NOT_ALLOWED);
    for wrong in [
        http().post(&token).json(&json!({ "grant_type": "refresh_token" })),
        http().post(&token).header(header::CONTENT_TYPE, "text/plain").body("grant_type=refresh_token"),
        form("grant_type=refresh_token&grant_type=refresh_token"),
        form("grant_type="),
        form("%ff%fe=%zz"),
        form(""),
    ] {
        let answered = Answered::to(wrong).await;
        assert!(matches!(answered.status.as_u16(), 400 | 415), "{} {}", answered.status, answered.body);
        is_refused(&answered, answered.status.as_u16(), "invalid_request");
    }
    for grant in ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "sideways"] {
        let answered =
            house.one.token(&[("grant_type", grant), ("username", "ana"), ("password", "x")]).await;
        is_refused(&answered, 400, "unsupported_grant_type");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn as_03_as_23_a_wrong_registration_is_refused_in_its_own_words() {
    let keylodge = Keylodge::start();
    let provider = Provider::start();
    keylodge.add_provider(&provider);
    let register = format!("{}/register", keylodge.issuer("house"));
    for (metadata, word) in [
        (json!({ "redirect_uris": ["javascript:alert(1)"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["http://evil.example/back"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["http://127.0.0.1/back#part"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": [] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": "http://127.0.0.1/back" }), "invalid_client_metadata"),
        (json!("no object"), "invalid_client_metadata"),
    ] {
        let answered = Answered::to(http().post(&register).json(&metadata)).await;
        println!("{metadata}");
        is_refused(&answered, 400, word);
    }
    let broken =
        http().post(&register).header(header::CONTENT_TYPE, "application/json").body("{\"redirect_uris\":");
    let answered = Answered::to(broken).await;
    is_refused(&answered, 400, "invalid_client_metadata");
    let plain = http().post(&register).header(header::CONTENT_TYPE, "text/plain").body("{}");
    assert!(matches!(Answered::to(plain).await.status.as_u16(), 400 | 415), "WEB-02: a form of a page");
    let nowhere = format!("{}/register", keylodge.issuer("nowhere"));
    let answered =
        Answered::to(http().post(nowhere).json(&json!({ "redirect_uris": ["http://127.0.0.1/b"] }))).await;
    is_refused(&answered, 404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_native_form_refuses_what_it_cannot_read_and_waits_for_nobody() {
    let house = House::stand().await;
    let access = format!("{}/access", house.keylodge.url);
    for (asked, status, word) in [
        (json!({ "account": "nobody", "scope": "openid" }), 404, "invalid_request"),
        (json!({ "account": house.account, "scope": "photos:destroy" }), 400, "invalid_scope"),
        (json!({ "account": house.account }), 400, "invalid_scope"),
        (json!({ "scope": "openid" }), 400, "invalid_request"),
        (json!({ "account": 7, "scope": "openid" }), 400, "invalid_request"),
    ] {
        let answered = Answered::to(http().post(&access).json(&asked)).await;
        println!("{asked}");
        is_refused(&answered, status, word);
    }
    let broken = http().post(&access).header(header::CONTENT_TYPE, "application/json").body("{");
    is_refused(&Answered::to(broken).await, 400, "invalid_request");
    house.nobody_was_asked();
}

/// A page in a browser gets nothing, not even a name (WEB-10).
#[tokio::test(flavor = "multi_thread")]
async fn web_01_web_02_web_05_web_10_pages_get_the_same_short_refusal_everywhere() {
    let house = House::stand().await;
    let url = &house.keylodge.url;
    let paths =
        ["/", "/house/authorize", "/house/token", "/house/register", "/access", "/gateway/x/me", "/nothing"];
    let foreign: [(&str, &str); 9] = [
        ("host", "evil.example"),
        ("host", "127.0.0.1"),
        ("host", "localhost:5395"),
        ("host", "127.0.0.1.:5395"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", url.as_str()),
        ("origin", "chrome-extension://abcdefgh"),
        ("sec-fetch-site", "cross-site"),
    ];
    let mut answers = Vec::new();
    for path in paths {
        for (name, value) in foreign {
            for method in [reqwest::Method::GET, reqwest::Method::POST, reqwest::Method::OPTIONS] {
                let request = http().request(method.clone(), format!("{url}{path}")).header(name, value);
                let answered = Answered::to(request).await;
                let here = format!("{method} {path} {name}: {value}");
                assert_eq!(answered.status, StatusCode::FORBIDDEN, "{here}");
                let shared = answered.headers.keys().any(|name| name.as_str().starts_with("access-control"));
                assert!(!shared, "{here} is shared");
                answers.push(answered.body);
            }
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "the same for all: {answers:?}");
    house.nobody_was_asked();
    assert!(matches!(house.keylodge.asked_by_anyone(Request::Status), Ok(control::Answer::Status(_))));
}
