//! Tokens that the provider binds to a key of the sign-in (DPoP, RFC 9449), at a certified server that wants a nonce in every
//! proof, at its token endpoint and at its API.

use control::{AccountView, Answer, HealthState, Request};
use reqwest::StatusCode;
use stories::{Answered, Browser, Keylodge, Provider, Switches, account_at, http, until};

const SCOPES: [&str; 2] = ["openid", "offline_access"];

async fn me(account: &AccountView, token: &str) -> Answered {
    Answered::to(http().get(format!("{}/me", account.gateway_url)).bearer_auth(token)).await
}

/// Signed in, used through the gateway, renewed after a restart, never released, given back: what the provider's log holds is
/// of no use to whoever reads it.
#[tokio::test(flavor = "multi_thread")]
async fn uc_33_a_sign_in_is_bound_to_its_key_from_the_code_to_the_end() {
    let switches = Switches { wants_nonces: true, ..Switches::short_lived() };
    let (provider, mut keylodge) = (Provider::with(&switches), Keylodge::start());
    keylodge.add_entry(&provider, "sign_in = [\"code\"]", "dynamic = true\ndpop_bound_access_tokens = true");
    let account = keylodge.add_account(&SCOPES).await;
    assert_eq!(account.health.state, HealthState::Working);
    let token = keylodge.token_for_a_program().await;
    tokio::task::block_in_place(Switches::until_run_out);
    keylodge.start_again();

    assert_eq!(me(&account, &token).await.text("sub"), "ana");
    keylodge.start_again();
    assert_eq!(me(&account, &token).await.text("sub"), "ana", "the token and its key were sealed");
    let given: Vec<_> = provider
        .exchanges()
        .into_iter()
        .filter(|exchange| exchange.path == "/token" && exchange.status == 200)
        .collect();
    assert_eq!(given.len(), 2, "one code, one refresh");
    assert!(given.iter().all(|exchange| exchange.got("token_type") == Some("DPoP")));
    let asked = provider.api_requests();
    assert!(asked.iter().all(|request| request.authorization.starts_with("DPoP ")), "{asked:?}");
    let stolen = given[1].got("access_token").expect("a token");
    let thief = http().get(format!("{}/me", provider.issuer)).bearer_auth(stolen);
    assert_eq!(Answered::to(thief).await.status, StatusCode::UNAUTHORIZED, "the token alone opens nothing");

    let released = keylodge.cli(&["token", "ana", "--release", "--scope", "openid"]);
    assert_ne!(released.code, 0);
    assert!(
        released.stderr.contains("bound to a key") && released.stderr.contains("gateway"),
        "{released:?}"
    );
    assert!(keylodge.questions().is_empty(), "nobody is asked in vain");

    let removed = keylodge.ask(Request::AccountRemove { account: account.id });
    assert!(matches!(removed, Answer::Removed { .. }), "{removed:?}");
    let ended = |exchange: &stories::Exchange| exchange.path == "/token/revocation" && exchange.status == 200;
    until("the sign-in is given back", || provider.exchanges().iter().any(ended));
}

/// A key proves the client, too, and each of its assertions is used once although nonces make requests be repeated.
#[tokio::test(flavor = "multi_thread")]
async fn uc_33_uc_14_a_client_that_proves_itself_by_a_key_has_bound_tokens_as_well() {
    let provider = Provider::with(&Switches { wants_nonces: true, ..Switches::default() });
    let keylodge = Keylodge::start();
    keylodge.add_entry(&provider, "sign_in = [\"code\"]", "own_id = true\ndpop_bound_access_tokens = true");
    let Answer::ClientKey { jwk } = keylodge.ask(Request::ClientKey { provider: "house".into() }) else {
        panic!("no key")
    };
    let mut source = account_at("house", &SCOPES);
    source.client_id = Some(provider.register_with_key(&jwk).await);
    let account = keylodge.sign_in(Request::AccountAdd(source), &mut Browser::of("ana")).await;
    assert_eq!(account.health.state, HealthState::Working);
    let asked = provider.token_requests("authorization_code");
    assert_eq!(asked.iter().map(|exchange| exchange.status).collect::<Vec<_>>(), [400, 200]);
    assert_ne!(asked[0].sent["client_assertion"], asked[1].sent["client_assertion"]);
}
