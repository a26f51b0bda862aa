//! Ways to sign in at a certified provider, and what must not divert them.

use control::{Answer, HealthState, Request, SignInBy, SignInState};
use std::net::TcpListener;
use stories::{Browser, Keylodge, Provider, Setting, Switches, account_at};

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
