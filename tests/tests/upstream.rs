//! Ways to sign in at a certified provider, and what must not divert them.

use control::{Answer, HealthState, Request, SignInBy, SignInState};
use std::net::TcpListener;
use stories::{Allowing, Browser, Keylodge, Pkce, Program, Provider, Setting, Switches, account_at};

const SCOPES: [&str; 2] = ["openid", "offline_access"];

/// A code is shown, typed at the provider's page on whatever device, and the account is there (RFC 8628).
#[tokio::test(flavor = "multi_thread")]
async fn uc_24_a_person_signs_in_by_device_code() {
    let (provider, keylodge) = (Provider::start(), Keylodge::start());
    keylodge.add_provider(&provider);
    let mut source = account_at("house", &SCOPES);
    source.by = Some(SignInBy::Device);
    let Answer::SignIn(started) = keylodge.ask(Request::AccountAdd(source)) else { panic!("no sign-in") };
    let device = started.device.expect("a code to show");
    assert!(device.verification_uri.starts_with(&provider.issuer) && !device.user_code.is_empty());
    let arrived = Browser::of("ana").approve_device(&device.verification_uri_complete).await;
    assert!(arrived.status.is_success(), "{}", arrived.page);
    match keylodge.ask(Request::SignInShow { sign_in: started.sign_in, wait: true }) {
        Answer::SignInState(SignInState::Completed { account, .. }) => {
            assert_eq!((account.name.as_str(), account.health.state), ("ana", HealthState::Working));
        }
        other => panic!("{other:?}\n{}", keylodge.log()),
    }
}

/// A provider that wants authorization requests pushed gets them pushed, and the browser carries a reference alone.
#[tokio::test(flavor = "multi_thread")]
async fn uc_32_a_provider_that_requires_pushed_requests_gets_them() {
    let provider = Provider::with(&Switches { requires_par: true, ..Switches::default() });
    let keylodge = Keylodge::start();
    keylodge.add_provider(&provider);
    let account = keylodge.add_account(&SCOPES).await;
    assert_eq!(account.health.state, HealthState::Working);
    let pushed = provider.exchanges().into_iter().filter(|e| e.path == "/request").collect::<Vec<_>>();
    assert_eq!(pushed.len(), 1);
    assert!(pushed[0].sent.contains_key("code_challenge") && pushed[0].sent.contains_key("state"));
}

/// A key that Keylodge made and sealed proves the client (RFC 7523): at the code, at a refresh, at a revocation.
#[tokio::test(flavor = "multi_thread")]
async fn uc_14_a_key_of_keylodges_own_proves_the_client() {
    let (provider, keylodge) = (Provider::with(&Switches::short_lived()), Keylodge::start());
    keylodge.add_provider(&provider);
    let Answer::ClientKey { jwk } = keylodge.ask(Request::ClientKey { provider: "house".into() }) else {
        panic!("no key")
    };
    let client_id = provider.register_with_key(&jwk).await;
    let mut source = account_at("house", &SCOPES);
    source.client_id = Some(client_id.clone());
    let account = keylodge.sign_in(Request::AccountAdd(source), &mut Browser::of("ana")).await;
    assert_eq!(account.health.state, HealthState::Working);
    let removed = keylodge.ask(Request::AccountRemove { account: account.id });
    assert!(matches!(removed, Answer::Removed { .. }), "{removed:?}");
    for path in ["/token", "/token/revocation"] {
        let all: Vec<_> = provider.exchanges().into_iter().filter(|exchange| exchange.path == path).collect();
        assert!(!all.is_empty(), "{path}");
        for exchange in all {
            assert_eq!(exchange.status, 200, "{path}: {exchange:?}");
            let sent = |name: &str| exchange.sent.get(name).and_then(|value| value.as_str());
            assert!(sent("client_assertion").is_some() && sent("client_secret").is_none(), "{path}");
        }
    }
}

/// What stands in the environment diverts nothing: proxies are not asked, and no key log is written (UPS-13).
#[tokio::test(flavor = "multi_thread")]
async fn ups_13_proxies_and_key_logs_of_the_environment_are_ignored() {
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a port");
    proxy.set_nonblocking(true).expect("it does not wait");
    let address = format!("http://{}", proxy.local_addr().expect("bound"));
    let key_log = std::env::temp_dir().join(format!("keylodge-key-log-{}", std::process::id()));
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let mut environment: Vec<_> = names.iter().map(|name| ((*name).to_owned(), address.clone())).collect();
    environment.push(("SSLKEYLOGFILE".to_owned(), key_log.display().to_string()));
    let keylodge = Keylodge::with(Setting { environment, ..Setting::default() });
    let provider = Provider::start();
    keylodge.add_provider(&provider);
    let account = keylodge.add_account(&SCOPES).await;
    assert_eq!(account.health.state, HealthState::Working);
    assert!(proxy.accept().is_err(), "nobody came to the proxy");
    assert!(!key_log.exists(), "no keys were written down");
}

/// Whoever pastes the callback of a sign-in of their own into somebody else's neither ends it nor gets in (OAU-03).
#[tokio::test(flavor = "multi_thread")]
async fn oau_03_a_foreign_callback_signs_nobody_in_and_ends_nothing() {
    let (provider, keylodge) = (Provider::start(), Keylodge::start());
    keylodge.add_provider(&provider);
    let begin = || {
        let Answer::SignIn(begun) = keylodge.ask(Request::AccountAdd(account_at("house", &SCOPES))) else {
            panic!("no sign-in")
        };
        begun
    };
    let (hers, his) = (begin(), begin());
    let mut ana = Browser::of("ana");
    let own = ana.walk(&hers.authorize_url, true).await;
    let theirs = Browser::of("eve").walk(&his.authorize_url, true).await;
    let mut foreign = own.clone();
    foreign.set_query(theirs.query());
    let refused = ana.open(foreign).await;
    assert_eq!(refused.status.as_u16(), 400, "{}", refused.page);
    assert!(provider.token_requests("authorization_code").is_empty(), "the code of a stranger goes nowhere");

    assert!(ana.open(own).await.status.is_success(), "her own sign-in goes on");
    match keylodge.ask(Request::SignInShow { sign_in: hers.sign_in, wait: true }) {
        Answer::SignInState(SignInState::Completed { account, .. }) => assert_eq!(account.name, "ana"),
        other => panic!("{other:?}\n{}", keylodge.log()),
    }
    assert_eq!(keylodge.accounts().len(), 1);
}

/// A session at the provider opens nothing for a program: each is asked about, nothing goes to the provider meanwhile,
/// and only the person begins a sign-in (AS-17).
#[tokio::test(flavor = "multi_thread")]
async fn as_17_each_program_is_asked_about_and_none_sends_the_person_to_the_provider() {
    let (provider, keylodge) = (Provider::start(), Keylodge::start());
    keylodge.add_provider(&provider);
    let _ = keylodge.add_account(&SCOPES).await;
    let before = provider.exchanges().len();
    for name in ["Known program", "Fresh program"] {
        let program = Program::register(&keylodge.issuer("house"), name).await;
        let asking = tokio::spawn(async move { program.authorize("openid", &Pkce::fresh()).await });
        let question = keylodge.question();
        assert!(!asking.is_finished(), "{name}: nothing is answered before the person has");
        assert!(format!("{question:?}").contains(name), "{question:?}");
        keylodge.allow(Allowing::default());
        let answered = asking.await.expect("the program goes on");
        assert!(answered.header("location").starts_with(stories::REDIRECT_URI), "{answered:?}");
    }
    assert_eq!(provider.exchanges().len(), before, "the provider was not asked for anything");
    let alone = keylodge.asked_by_anyone(Request::AccountAdd(account_at("house", &SCOPES)));
    assert!(alone.is_err(), "no state for the provider is made without the person: {alone:?}");
}
