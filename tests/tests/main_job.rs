//! The main job, from the first sign-in to the last refusal: a person signs in once at a real authorization server, a
//! stock OAuth program asks for three scopes and gets two, uses them through the gateway, renews them, and loses them.
//! The same library gets its token without a browser, too.

use std::{process::Command, time::Instant};

use control::{Answer, PromptBody};
use oauth2::{
    AccessToken, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DeviceAuthorizationUrl,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IntrospectionUrl, PkceCodeChallenge, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, StandardDeviceAuthorizationResponse, TokenIntrospectionResponse,
    TokenResponse, TokenUrl,
    basic::{BasicClient, BasicErrorResponseType, BasicTokenResponse},
};
use reqwest::StatusCode;
use serde_json::Value;
use stories::{Answered, Browser, Keylodge, PATIENCE, Program, Provider, Running, http, until, until_some};

const SCOPES: [&str; 5] = ["openid", "profile", "offline_access", "photos:read", "photos:write"];

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointNotSet, EndpointSet>;

/// Carries the stock library's requests: no redirects, no proxy, nothing else.
async fn send(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let answer = http().execute(request.try_into()?).await?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await?.to_vec();
    Ok(response)
}

/// The stock library, with two addresses of Keylodge's in place of the provider's.
fn client(program: &Program) -> Client {
    let at = |endpoint: &str| format!("{}/{endpoint}", program.issuer);
    BasicClient::new(ClientId::new(program.client_id.clone()))
        .set_auth_uri(AuthUrl::new(at("authorize")).expect("an address"))
        .set_token_uri(TokenUrl::new(at("token")).expect("an address"))
        .set_introspection_url(IntrospectionUrl::new(at("introspect")).expect("an address"))
        .set_redirect_uri(RedirectUrl::new(program.redirect_uri.clone()).expect("an address"))
        .set_client_secret(ClientSecret::new(program.client_secret.clone().expect("it is confidential")))
}

/// A provider, Keylodge, and Ana signed in: all by commands at a terminal.
async fn signed_in() -> (Provider, Keylodge, Value) {
    let (provider, keylodge) = (Provider::start(), Keylodge::start());
    let issuer = ["provider", "add", "house", "--name", "The House", "--issuer", &provider.issuer, "--json"];
    let added = keylodge.cli_with_passphrase(&issuer).json();
    assert_eq!(added["loopback_issuer"], keylodge.issuer("house"));
    let mut arguments = vec!["account", "add", "house", "--label", "ana", "--no-browser", "--json"];
    arguments.extend(SCOPES.iter().flat_map(|scope| ["--scope", scope]));
    let adding = keylodge.command(&arguments, Some(stories::PASSPHRASE));
    let mut adding = Running::start(adding, &keylodge.home().path().join("adding.log"));
    let started: Value = serde_json::from_str(&adding.line("")).expect("the first line is JSON");
    let authorize_url = started["authorize_url"].as_str().expect("an address to open");
    let arrived = Browser::of("ana").sign_in(authorize_url).await;
    assert_eq!(arrived.status, StatusCode::OK, "{}", arrived.page);
    assert!(adding.end(PATIENCE).success(), "{}", adding.log());
    let account: Value = serde_json::from_str(&adding.rest()).expect("the outcome is JSON");
    (provider, keylodge, account)
}

/// The stock program asks for `scopes`; meanwhile `decide` answers the question at a terminal.
async fn ask(client: &Client, scopes: &[&str], decide: impl FnOnce()) -> BasicTokenResponse {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let scopes = scopes.iter().map(|&scope| Scope::new(scope.to_owned()));
    let (url, state) =
        client.authorize_url(CsrfToken::new_random).add_scopes(scopes).set_pkce_challenge(challenge).url();
    let asking = tokio::spawn(async move { Answered::to(http().get(url)).await });
    decide();
    let answered = asking.await.expect("the program goes on");
    assert_eq!(answered.status, StatusCode::SEE_OTHER, "AS-14: {}", answered.body);
    assert_eq!(answered.redirected_with("state").as_deref(), Some(state.secret().as_str()));
    let code = AuthorizationCode::new(answered.code());
    client.exchange_code(code).set_pkce_verifier(verifier).request_async(&send).await.expect("a token")
}

/// Allows the waiting question, or a part of it, with the passphrase.
fn approve(keylodge: &Keylodge, more: &[&str]) {
    let waiting = until_some("the question is listed", || {
        keylodge.cli(&["request", "list", "--json"]).json().as_array().and_then(|list| list.first().cloned())
    });
    let id = waiting["id"].as_str().expect("an id");
    let approved = keylodge.cli_with_passphrase(&[&["request", "approve", id], more].concat());
    assert_eq!(approved.code, 0, "{}", approved.stderr);
}

async fn through_the_gateway(account: &Value, token: &str) -> Answered {
    let gateway = account["gateway_url"].as_str().expect("it has a gateway");
    Answered::to(http().get(format!("{gateway}/me")).bearer_auth(token)).await
}

fn scopes(token: &BasicTokenResponse) -> Vec<String> {
    let mut scopes: Vec<_> = token.scopes().expect("scopes").iter().map(|scope| scope.to_string()).collect();
    scopes.sort();
    scopes
}

/// The four roles and seven steps in one run, then renewal and its theft, then withdrawal.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_gets_two_of_three_scopes_uses_renews_and_loses_them() {
    let (provider, keylodge, account) = signed_in().await;
    let listed = keylodge.cli(&["account", "list", "--json"]).json();
    assert_eq!((&listed[0]["label"], &listed[0]["health"]["state"]), (&"ana".into(), &"working".into()));

    let client = client(&Program::register_confidential(&keylodge.issuer("house"), "Picture frame").await);
    let two = ["--scope", "openid", "--scope", "photos:read", "--for", "1h"];
    let token = ask(&client, &["openid", "photos:read", "photos:write"], || approve(&keylodge, &two)).await;
    assert_eq!(scopes(&token), ["openid", "photos:read"], "AS-20: two of the three");
    assert!(token.expires_in().is_some_and(|life| life.as_secs() <= 900), "TK-01");

    let answered = through_the_gateway(&account, token.access_token().secret()).await;
    assert_eq!((answered.status, answered.text("sub")), (StatusCode::OK, "ana".to_owned()));
    let arrived = provider.api_requests().pop().expect("the request came to the provider");
    let theirs = provider.token_requests("authorization_code")[0].got("access_token").map(str::to_owned);
    assert_eq!(
        arrived.authorization.strip_prefix("Bearer ").map(str::to_owned),
        theirs,
        "RG-05: the provider's own"
    );

    let seen = client.introspect(token.access_token()).request_async(&send).await.expect("an answer");
    assert!(seen.active());

    renewed_and_stolen(&client, &account, &token).await;
    withdrawn(&keylodge, &client, &account).await;
}

/// The refresh token rotates; the old one ends the family (RFC 9700 §4.14.2).
async fn renewed_and_stolen(client: &Client, account: &Value, token: &BasicTokenResponse) {
    let old = token.refresh_token().expect("a refresh token").clone();
    let renewed = client.exchange_refresh_token(&old).request_async(&send).await.expect("a renewed token");
    let new = renewed.refresh_token().expect("a new refresh token").clone();
    assert_ne!(old.secret(), new.secret(), "TK-04: it rotates");
    assert_eq!(scopes(&renewed), scopes(token), "TK-07");
    assert_eq!(through_the_gateway(account, renewed.access_token().secret()).await.status, StatusCode::OK);
    // As if the answer had been lost: the same again, until the new one is used.
    let again = client.exchange_refresh_token(&old).request_async(&send).await.expect("the same answer");
    assert_eq!(again.refresh_token().map(RefreshToken::secret), Some(new.secret()));
    let last = client.exchange_refresh_token(&new).request_async(&send).await.expect("a renewed token");
    refused(client, &old).await;
    refused(client, last.refresh_token().expect("a refresh token")).await;
    let answered = through_the_gateway(account, last.access_token().secret()).await;
    assert_eq!(answered.status, StatusCode::UNAUTHORIZED, "the whole family has ended");
}

async fn refused(client: &Client, token: &RefreshToken) {
    match client.exchange_refresh_token(token).request_async(&send).await {
        Err(RequestTokenError::ServerResponse(refusal)) => {
            assert_eq!(refusal.error(), &BasicErrorResponseType::InvalidGrant);
            assert!(refusal.error_description().is_some_and(|sentence| sentence.ends_with('.')));
        }
        other => panic!("{other:?}"),
    }
}

/// A withdrawn consent ends its tokens within a second, and the next request asks the person again.
async fn withdrawn(keylodge: &Keylodge, client: &Client, account: &Value) {
    let token = ask(client, &["openid"], || approve(keylodge, &[])).await;
    let access: &AccessToken = token.access_token();
    assert_eq!(through_the_gateway(account, access.secret()).await.status, StatusCode::OK);
    for consent in keylodge.cli(&["consent", "list", "--json"]).json().as_array().expect("a list") {
        let id = consent["id"].as_str().expect("an id");
        assert_eq!(keylodge.cli(&["consent", "revoke", id]).code, 0, "to withdraw takes no passphrase");
    }
    let withdrawn = Instant::now();
    let answered = through_the_gateway(account, access.secret()).await;
    assert_eq!(answered.status, StatusCode::UNAUTHORIZED, "AS-18");
    assert!(withdrawn.elapsed().as_secs() < 1);
    assert!(answered.header("www-authenticate").contains("invalid_token"), "RG-02");
    refused(client, token.refresh_token().expect("a refresh token")).await;
    let seen = client.introspect(access).request_async(&send).await.expect("an answer");
    assert!(!seen.active());
}

/// Release is another thing altogether: the provider's own token, with its real scopes and expiry.
#[tokio::test(flavor = "multi_thread")]
async fn tk_16_release_delivers_the_providers_own_token_and_says_what_it_can_do() {
    let (provider, keylodge, _) = signed_in().await;
    let mut arguments = vec!["token", "ana", "--release", "--format", "json"];
    let all = ["openid", "profile", "photos:read", "photos:write"];
    arguments.extend(all.iter().flat_map(|scope| ["--scope", scope]));
    let mut asking =
        Running::start(keylodge.command(&arguments, None), &keylodge.home().path().join("asking.log"));
    approve(&keylodge, &["--for", "once"]);
    assert!(asking.end(PATIENCE).success(), "{}", asking.log());
    let token: Value = serde_json::from_str(&asking.rest()).expect("JSON");

    let theirs = provider.token_requests("authorization_code")[0].answered.clone();
    assert_eq!(token["access_token"], theirs["access_token"]);
    assert_eq!(token["keylodge_delivery"], "release");
    let real = theirs["expires_in"].as_i64().expect("a life");
    assert!((real - 60..=real).contains(&token["expires_in"].as_i64().expect("a life")), "{token}");
    let mut said: Vec<_> = token["scope"].as_str().expect("scopes").split(' ').collect();
    said.retain(|scope| *scope != "offline_access");
    said.sort_unstable();
    assert_eq!(said, ["openid", "photos:read", "photos:write", "profile"], "what it can really do");

    let me = http()
        .get(format!("{}/me", provider.issuer))
        .bearer_auth(token["access_token"].as_str().expect("it"));
    assert_eq!(Answered::to(me).await.text("sub"), "ana", "it works at the provider itself");

    let panicked = keylodge.cli(&["panic"]);
    assert_eq!(panicked.code, 0, "{}", panicked.stderr);
    let told = || provider.exchanges().into_iter().find(|it| it.path == "/token/revocation");
    let told = until_some("the provider is told, with the vault closed", told);
    assert_eq!((told.status, told.sent["token_type_hint"].as_str()), (200, Some("access_token")));
    let me = http()
        .get(format!("{}/me", provider.issuer))
        .bearer_auth(token["access_token"].as_str().expect("it"));
    assert_eq!(Answered::to(me).await.status, StatusCode::UNAUTHORIZED, "panic ends it there, too");
}

/// A program that wants less than the whole account cannot be given the provider's token where that cannot be narrowed.
#[tokio::test(flavor = "multi_thread")]
async fn oau_15_a_token_that_can_do_more_than_was_allowed_is_not_released() {
    let (_provider, keylodge, _) = signed_in().await;
    let arguments = ["token", "ana", "--release", "--scope", "photos:read"];
    let mut asking =
        Running::start(keylodge.command(&arguments, None), &keylodge.home().path().join("asking.log"));
    approve(&keylodge, &[]);
    assert_eq!(asking.end(PATIENCE).code(), Some(1));
    assert_eq!(asking.rest(), "", "no token");
    assert!(asking.log().contains("Use the gateway"), "{}", asking.log());
}

/// What a script needs: exit codes, and data only on standard output.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_tells_a_script_how_it_went() {
    let (_provider, mut keylodge, _) = signed_in().await;
    let arguments = ["token", "ana", "--scope", "openid"];
    let mut asking =
        Running::start(keylodge.command(&arguments, None), &keylodge.home().path().join("asking.log"));
    let PromptBody::Access { evidence: Some(evidence), .. } = keylodge.question().body else {
        panic!("a program asks")
    };
    let own = std::env::current_exe().expect("ours");
    assert_eq!(evidence.file, own.display().to_string(), "not our own command line, but whoever started it");
    keylodge.deny();
    assert_eq!(asking.end(PATIENCE).code(), Some(77), "denied: {}", asking.log());
    assert_eq!(asking.rest(), "");

    let mut asking =
        Running::start(keylodge.command(&arguments, None), &keylodge.home().path().join("asking.log"));
    approve(&keylodge, &["--for", "1h"]);
    assert!(asking.end(PATIENCE).success(), "{}", asking.log());
    let token = asking.rest();
    let again = keylodge.cli(&arguments);
    assert_eq!(
        (again.code, again.stdout.trim()),
        (0, token.trim()),
        "the same program is not asked about again"
    );

    assert_eq!(keylodge.cli(&["lock"]).code, 0);
    let mut asking =
        Running::start(keylodge.command(&arguments, None), &keylodge.home().path().join("locked.log"));
    until("it waits for the person to unlock", || asking.log().contains("Waiting"));
    assert_eq!(asking.ended(), None);
    assert_eq!(keylodge.cli_with_passphrase(&["unlock"]).code, 0);
    assert!(asking.end(PATIENCE).success(), "{}", asking.log());
    assert_ne!(asking.rest().trim(), token.trim(), "STO-10: the lock ended the old one");
    assert_eq!(keylodge.cli(&["frobnicate"]).code, 2);
    assert!(matches!(keylodge.ask(control::Request::Status), Answer::Status(_)));
    keylodge.stop();
    assert_eq!(keylodge.cli(&["status"]).code, 69, "not running");
}

/// The demo needs nothing from outside and leaves nothing behind.
#[test]
fn the_demo_shows_the_seven_steps_and_the_refusals() {
    let home = stories::Home::new();
    let mut demo = Command::new(stories::Build::Usual.binary("keylodge"));
    demo.arg("demo")
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path());
    let mut demo = Running::start(demo, &home.path().join("demo.log"));
    assert!(demo.end(PATIENCE).success(), "{}", demo.log());
    let shown = demo.rest();
    for step in 1..=7 {
        assert!(shown.contains(&format!("{step}")), "step {step} is shown:\n{shown}");
    }
}

/// The stock library shows a code, the person types it at a terminal, and the library's polling ends with a token.
#[tokio::test(flavor = "multi_thread")]
async fn as_29_as_31_the_oauth2_crate_signs_in_as_a_device() {
    let (_provider, keylodge, account) = signed_in().await;
    let program = Program::register_confidential(&keylodge.issuer("house"), "Picture frame").await;
    let address = DeviceAuthorizationUrl::new(format!("{}/device_authorization", program.issuer));
    let client = client(&program).set_device_authorization_url(address.expect("an address"));
    let asking =
        client.exchange_device_code().add_scopes(["openid", "photos:read"].map(|s| Scope::new(s.to_owned())));
    let codes: StandardDeviceAuthorizationResponse = asking.request_async(&send).await.expect("codes");
    assert!(codes.verification_uri_complete().is_none(), "AS-31: a code is typed, never followed");

    let id = keylodge.question().id;
    let wrong = keylodge.cli_with_passphrase(&["request", "approve", &id, "--code", "BBBB-BBBB"]);
    assert_ne!(wrong.code, 0, "{}", wrong.stdout);
    approve(&keylodge, &["--code", codes.user_code().secret(), "--for", "1h"]);
    let polling = client.exchange_device_access_token(&codes);
    let token = polling.request_async(&send, tokio::time::sleep, None).await.expect("a token");
    assert_eq!(scopes(&token), ["openid", "photos:read"]);
    let answered = through_the_gateway(&account, token.access_token().secret()).await;
    assert_eq!((answered.status, answered.text("sub")), (StatusCode::OK, "ana".to_owned()));
}
