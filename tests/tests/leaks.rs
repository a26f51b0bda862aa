//! Secrets stay where they belong: planted and observed ones are looked for in everything Keylodge leaves behind.

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, path::Path};

use control::{Passphrase, Request};
use stories::{
    Allowing, Browser, Canaries, Keylodge, PASSPHRASE, Pkce, Program, Provider, Switches, account_at, http,
};

const CLIENT_SECRET: &str = "client-secret-canary-8c1f02d7";

/// A whole life: sign-in with a client secret, a code, tokens, a refresh, a release, a lock; then the search.
#[tokio::test(flavor = "multi_thread")]
async fn lek_01_lek_03_sto_01_tk_15_no_secret_is_left_in_files_logs_or_processes() {
    let switches = Switches { client_secret: Some(CLIENT_SECRET.to_owned()), ..Switches::short_lived() };
    let (provider, mut keylodge) = (Provider::with(&switches), Keylodge::start());
    keylodge.add_provider(&provider);
    let mut source = account_at("house", &["openid", "email", "offline_access", "photos:read"]);
    source.client_id = Some("lodge-client".to_owned());
    source.client_secret = Some(Passphrase::new(CLIENT_SECRET.to_owned()));
    let account = keylodge.sign_in(Request::AccountAdd(source), &mut Browser::of("ana")).await;

    let mut canaries = Canaries::default();
    let program = Program::register_confidential(&keylodge.issuer("house"), "Canary program").await;
    canaries.add("the program's secret", program.client_secret.as_deref().expect("a secret"));
    let pkce = Pkce::fresh();
    canaries.add("the program's verifier", &pkce.verifier);
    let (asking, asked) = (program.clone(), pkce.clone());
    let asking = tokio::spawn(async move { asking.authorize("openid email", &asked).await });
    keylodge.allow(Allowing::default());
    let code = asking.await.expect("the program goes on").code();
    canaries.add("the code", &code);
    let tokens = program.redeem(&code, &pkce).await;
    canaries.add("the program's access token", &tokens.text("access_token"));
    canaries.add("the program's refresh token", &tokens.text("refresh_token"));
    let renewed = program.refresh(&tokens.text("refresh_token")).await;
    canaries.add("the renewed access token", &renewed.text("access_token"));
    canaries.add("the renewed refresh token", &renewed.text("refresh_token"));
    tokio::task::block_in_place(Switches::until_run_out);
    let me = http().get(format!("{}/me?hint=a-query-canary-55aa", account.gateway_url));
    assert!(
        me.bearer_auth(renewed.text("access_token")).send().await.expect("an answer").status().is_success()
    );
    let _ = program.refresh(&tokens.text("refresh_token")).await;

    planted_by_the_provider(&provider, &mut canaries);
    canaries.add("the query of a request", "a-query-canary-55aa");
    canaries.add("the passphrase", PASSPHRASE);
    canaries.add("the client secret", CLIENT_SECRET);
    // Who the person is, and with whom: the vault's file tells a thief nothing.
    let mut names = Canaries::default();
    names.add("the e-mail address", "ana@example.test");
    names.add("the program's name", "Canary program");

    let shown = canaries.shown_by(keylodge.pid());
    assert!(shown.is_empty(), "LEK-03: {shown:?}");
    look_everywhere(&keylodge, &canaries, &names);
    let _ = keylodge.asked_by_anyone(Request::Lock);
    look_everywhere(&keylodge, &canaries, &names);
    keylodge.stop();
    look_everywhere(&keylodge, &canaries, &names);
}

/// Every token and code that the provider gave or was shown.
fn planted_by_the_provider(provider: &Provider, canaries: &mut Canaries) {
    let mut seen = BTreeSet::new();
    for exchange in provider.exchanges() {
        for name in ["access_token", "refresh_token", "id_token"] {
            seen.extend(exchange.got(name).map(|token| (format!("the provider's {name}"), token.to_owned())));
        }
        for name in ["code", "code_verifier", "refresh_token"] {
            let sent = exchange.sent.get(name).and_then(|value| value.as_str());
            seen.extend(sent.map(|text| (format!("the {name} sent to the provider"), text.to_owned())));
        }
    }
    assert!(seen.len() >= 6, "the provider's own secrets were seen: {}", seen.len());
    for (what, secret) in seen {
        canaries.add(&what, &secret);
    }
}

fn look_everywhere(keylodge: &Keylodge, canaries: &Canaries, names: &Canaries) {
    let finds = canaries.below(keylodge.home().path());
    assert!(finds.is_empty(), "{finds:#?}");
    let finds = names.below(&keylodge.home().directory("data"));
    assert!(finds.is_empty(), "STO-01: {finds:#?}");
    assert!(keylodge.log().len() > 500, "there is a log at debug level to look in");
}

/// Files and sockets are the person's alone (STO-05, LOC-02), and the discovery file tells no secret.
#[test]
fn sto_05_loc_02_files_and_sockets_are_for_their_owner_only() {
    let keylodge = Keylodge::start();
    for place in [keylodge.home().directory("data"), keylodge.runtime()] {
        assert_eq!(mode(&place), 0o700, "{}", place.display());
        for entry in fs::read_dir(&place).expect("a directory").flatten() {
            assert_eq!(mode(&entry.path()) & 0o077, 0, "{} is open to others", entry.path().display());
        }
    }
    let found = fs::read_to_string(keylodge.runtime().join("broker.json")).expect("the discovery file");
    let found: serde_json::Value = serde_json::from_str(&found).expect("JSON");
    assert_eq!(found["url"], keylodge.url);
    assert_eq!(found["pid"], keylodge.pid());
}

/// No core file, and no attaching (LEK-02, LOC-14).
#[test]
fn lek_02_loc_14_the_broker_is_closed_to_its_neighbours() {
    let keylodge = Keylodge::start();
    let of = |name: &str| fs::read_to_string(format!("/proc/{}/{name}", keylodge.pid())).expect("it runs");
    let core = of("limits").lines().find(|line| line.starts_with("Max core file size")).map(str::to_owned);
    assert!(core.is_some_and(|line| line.split_whitespace().nth(4) == Some("0")), "no core file");
    // A process that may not be dumped belongs to root in /proc, whoever runs it.
    let owner = std::os::unix::fs::MetadataExt::uid(
        &fs::metadata(format!("/proc/{}/environ", keylodge.pid())).expect("it"),
    );
    assert_eq!(owner, 0);
}

/// It listens on loopback only (WEB-06, AS-41).
#[test]
fn web_06_as_41_nothing_listens_beyond_loopback() {
    let keylodge = Keylodge::start();
    let sockets: BTreeSet<String> = fs::read_dir(format!("/proc/{}/fd", keylodge.pid()))
        .expect("its descriptors")
        .flatten()
        .filter_map(|fd| fs::read_link(fd.path()).ok())
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.trim_end_matches(']').to_owned()))
        .collect();
    let mut listening = 0;
    for (table, loopback) in [("tcp", "0100007F"), ("tcp6", "00000000000000000000000001000000")] {
        for line in fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default().lines().skip(1) {
            let fields: Vec<_> = line.split_whitespace().collect();
            if fields[3] == "0A" && sockets.contains(fields[9]) {
                assert_eq!(fields[1].split(':').next(), Some(loopback), "{line}");
                listening += 1;
            }
        }
    }
    assert!(listening >= 1, "the loopback API was found");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}
