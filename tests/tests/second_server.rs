//! The same at a second authorization server by other hands (Authlib's), so that Keylodge speaks the standards and not
//! one server's reading of them.

use control::{AccountView, Answer, HealthState, Request, SignInBy, SignInState};
use reqwest::StatusCode;
use serde_json::{Value, json};
use stories::{Answered, Browser, Keylodge, Provider, Switches, account_at, http, until};

const SCOPES: [&str; 3] = ["openid", "offline_access", "photos:read"];
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Who the provider says it is, through the gateway.
async fn me(account: &AccountView, token: &str) -> Answered {
    Answered::to(http().get(format!("{}/house/me", account.gateway_url)).bearer_auth(token)).await
}

/// What the server says of a token, asked by a client with a secret (RFC 7662).
async fn is_active(provider: &Provider, token: &str) -> bool {
    let client = provider.register(json!({ "token_endpoint_auth_method": "client_secret_basic" })).await;
    let text = |member: &str| client[member].as_str().expect("text").to_owned();
    let request = http()
        .post(provider.endpoint("introspection_endpoint").await)
        .basic_auth(text("client_id"), Some(text("client_secret")))
        .form(&[("token", token)]);
    Answered::to(request).await.json()["active"].as_bool().expect("an answer")
}

/// Ends a token at the server, as its owner may (RFC 7009); Keylodge is not told.
async fn revoke(provider: &Provider, client_id: &str, token: &str) {
    let form = [("client_id", client_id), ("token", token)];
    let revoked = Answered::to(http().post(provider.endpoint("revocation_endpoint").await).form(&form)).await;
    assert_eq!(revoked.status, StatusCode::OK, "{}", revoked.body);
}

/// The client id with which Keylodge redeemed its code.
fn own_client(provider: &Provider) -> String {
    let redeemed = &provider.token_requests("authorization_code")[0];
    redeemed.sent["client_id"].as_str().expect("a client id").to_owned()
}

/// Signs `ana` in by a code that she types.
async fn by_device(keylodge: &Keylodge, client: Option<&Value>) -> AccountView {
    let mut source = account_at("house", &SCOPES);
    source.by = Some(SignInBy::Device);
    source.client_id = client.map(|client| client["client_id"].as_str().expect("an id").to_owned());
    let Answer::SignIn(started) = keylodge.ask(Request::AccountAdd(source)) else { panic!("no sign-in") };
    let device = started.device.expect("a code to show");
    let arrived = Browser::of("ana").approve_device(&device.verification_uri_complete).await;
    assert!(arrived.page.contains("Done"), "{}: {}", arrived.status, arrived.page);
    match keylodge.ask(Request::SignInShow { sign_in: started.sign_in, wait: true }) {
        Answer::SignInState(SignInState::Completed { account, .. }) => account,
        other => panic!("{other:?}\n{}", keylodge.log()),
    }
}

/// Signed in, used, renewed when it ran out and again when the server refused it, and given back at the end.
#[tokio::test(flavor = "multi_thread")]
async fn uc_20_uc_23_a_second_server_renews_twice_and_takes_the_sign_in_back() {
    let (provider, keylodge) = (Provider::second(&Switches::short_lived()), Keylodge::start());
    keylodge.add_provider(&provider);
    let account = keylodge.add_account(&SCOPES).await;
    assert_eq!((account.name.as_str(), account.health.state), ("ana", HealthState::Working));
    let token = keylodge.token_for_a_program().await;
    tokio::task::block_in_place(Switches::until_run_out);

    assert_eq!(me(&account, &token).await.text("sub"), "ana");
    let first = provider.token_requests("refresh_token")[0].clone();
    let client = own_client(&provider);
    revoke(&provider, &client, first.got("access_token").expect("a token")).await;
    assert_eq!(me(&account, &token).await.text("sub"), "ana", "RG-09: renewed after the server's refusal");

    let refreshes = provider.token_requests("refresh_token");
    assert_eq!(refreshes.len(), 2);
    assert_eq!(refreshes[1].sent["refresh_token"], first.answered["refresh_token"], "each is used once");
    let spent = first.sent["refresh_token"].as_str().expect("it was sent");
    let form = [("grant_type", "refresh_token"), ("client_id", client.as_str()), ("refresh_token", spent)];
    let refused = Answered::to(http().post(provider.endpoint("token_endpoint").await).form(&form)).await;
    assert_eq!(refused.text("error"), "invalid_grant", "the server takes no old one");

    let last = refreshes[1].got("refresh_token").expect("a refresh token");
    assert!(is_active(&provider, last).await);
    let removed = keylodge.ask(Request::AccountRemove { account: account.id });
    assert!(matches!(removed, Answer::Removed { .. }), "{removed:?}");
    assert!(!is_active(&provider, last).await, "UC-23: given back");
}

/// Who withdraws the sign-in at the server is told here what happened and what to do, and signs in again with the same
/// client, though that server takes its redirect address only to the byte.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_withdrawn_at_the_second_server_is_told_in_words_and_mended() {
    let (provider, keylodge) = (Provider::second(&Switches::short_lived()), Keylodge::start());
    keylodge.add_provider(&provider);
    let account = keylodge.add_account(&SCOPES).await;
    let token = keylodge.token_for_a_program().await;
    let given = provider.token_requests("authorization_code")[0].clone();
    revoke(&provider, &own_client(&provider), given.got("refresh_token").expect("a refresh token")).await;

    let answered = me(&account, &token).await;
    assert_eq!(answered.text("error"), "login_required", "{}", answered.body);
    let health = keylodge.accounts()[0].health.clone();
    assert_eq!(health.state, HealthState::NeedsSignIn, "{health:?}");
    assert!(health.reason.contains("The House") && health.reason.ends_with('.'), "{}", health.reason);
    assert!(!health.reason.contains("invalid_grant"), "in words: {}", health.reason);

    let again = Request::AccountReauth { account: account.id.clone(), scopes: Vec::new(), separate: false };
    let renewed = keylodge.sign_in(again, &mut Browser::of("ana")).await;
    assert_eq!((renewed.id, renewed.health.state), (account.id.clone(), HealthState::Working));
    assert_eq!(me(&account, &token).await.status, StatusCode::OK, "the program goes on");
    let registered = provider.exchanges().into_iter().filter(|exchange| exchange.path == "/register").count();
    assert_eq!(registered, 1, "with the client that it had");
}

/// By device code; afterwards the browser does with the same client, and a restart in between changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn uc_24_one_client_signs_in_by_device_code_and_in_the_browser() {
    let (provider, mut keylodge) = (Provider::second(&Switches::default()), Keylodge::start());
    keylodge.add_provider(&provider);
    let account = by_device(&keylodge, None).await;
    assert_eq!((account.name.as_str(), account.health.state), ("ana", HealthState::Working));
    keylodge.start_again();
    let again = keylodge.add_account(&SCOPES).await;
    assert_eq!((again.id, again.health.state), (account.id, HealthState::Working));
    assert_eq!(by_device(&keylodge, None).await.health.state, HealthState::Working);
    let registered = provider.exchanges().into_iter().filter(|exchange| exchange.path == "/register").count();
    assert_eq!(registered, 1);
}

/// A secret in the header, a secret in the form, a key: each as the server has it registered (RFC 6749 §2.3.1, RFC 7523).
#[tokio::test(flavor = "multi_thread")]
async fn uc_14_the_second_server_knows_keylodge_by_secret_and_by_key() {
    let (provider, keylodge) = (Provider::second(&Switches::default()), Keylodge::start());
    for (method, word) in [("client_secret_basic", "basic"), ("client_secret_post", "post")] {
        let client = format!("own_id = true\nauthentication = \"{word}\"");
        keylodge.add_entry(&provider, "sign_in = [\"code\", \"device\"]", &client);
        let client = provider.register(json!({ "token_endpoint_auth_method": method })).await;
        let mut source = account_at("house", &SCOPES);
        source.client_id = client["client_id"].as_str().map(str::to_owned);
        let secret = client["client_secret"].as_str().expect("a secret").to_owned();
        source.client_secret = Some(control::Passphrase::new(secret));
        let account = keylodge.sign_in(Request::AccountAdd(source), &mut Browser::of("ana")).await;
        assert_eq!(account.health.state, HealthState::Working, "{method}");
        let redeemed = provider.token_requests("authorization_code").pop().expect("a request");
        assert_eq!(redeemed.authorization.starts_with("Basic "), word == "basic");
        assert_eq!(redeemed.sent.contains_key("client_secret"), word == "post");
        let _ = keylodge.ask(Request::AccountRemove { account: account.id });
        let _ = keylodge.ask(Request::ProviderRemove { provider: "house".into() });
    }
    keylodge.add_provider(&provider);
    let Answer::ClientKey { jwk } = keylodge.ask(Request::ClientKey { provider: "house".into() }) else {
        panic!("no key")
    };
    let key: Value = serde_json::from_str(&jwk).expect("a key");
    let client = provider.register(json!({
        "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [key] },
        "grant_types": [DEVICE_GRANT, "refresh_token"], "response_types": [],
    }));
    let account = by_device(&keylodge, Some(&client.await)).await;
    assert_eq!(account.health.state, HealthState::Working);
    let _ = keylodge.ask(Request::AccountRemove { account: account.id });
    let proven = |path: &str| {
        let sent: Vec<_> =
            provider.exchanges().into_iter().filter(|exchange| exchange.path == path).collect();
        sent.last().is_some_and(|last| last.status == 200 && last.sent.contains_key("client_assertion"))
    };
    until("the account is given back with the key", || proven("/revoke"));
    assert!(proven("/device_authorization") && proven("/token"));
}
