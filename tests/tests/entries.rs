//! Entries of a person's own: proposed by a file and of no effect before they say yes; and looked over beside what the
//! server says about itself.

use std::{fs, process::Command};

use control::{Answer, ProviderFileState, ProviderFileView, ProviderSource, Request};
use reqwest::StatusCode;
use serde_json::{Value, json};
use stories::{Answered, Build, Home, Keylodge, Outcome, Provider, http};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const SCOPES: [&str; 2] = ["openid", "offline_access"];

/// An entry for this issuer, with more lines between its head and its tables.
fn entry(issuer: &str, more: &str) -> String {
    format!(
        "id = \"house\"\nname = \"The House\"\nmark = \"H\"\ncolour = \"#123456\"\nissuer = \"{issuer}\"\nopenid = true\n\
         private = true\nsign_in = [\"code\"]\n{more}\n[client]\ndynamic = true\n"
    )
}

fn the_file(keylodge: &Keylodge) -> ProviderFileView {
    match keylodge.asked_by_anyone(Request::ProviderReload) {
        Ok(Answer::ProviderFiles { mut files, .. }) => files.pop().expect("one file"),
        other => panic!("{other:?}"),
    }
}

/// A file proposes; the person sees where it leads and says yes with their passphrase; what they saw is what counts from
/// then on, whatever the file says later.
#[tokio::test(flavor = "multi_thread")]
async fn ups_10_a_file_is_offered_shown_accepted_and_used_and_a_change_of_it_moves_nothing() {
    let (provider, keylodge) = (Provider::start(), Keylodge::start());
    let file = keylodge.home().directory("home/.config/keylodge/providers").join("house.toml");
    let api = format!("api = [{{ path = \"/\", base = \"{}/\" }}]", provider.issuer);
    fs::write(&file, entry(&provider.issuer, &api)).expect("written");
    assert_eq!(the_file(&keylodge).state, ProviderFileState::New);
    let listed = keylodge.cli(&["provider", "list"]);
    let row = listed.stdout.lines().find(|line| line.contains("The House")).expect("it is listed");
    assert!(row.contains("accept it"), "{row}");

    let early = http().get(format!("{}/.well-known/oauth-authorization-server/house", keylodge.url));
    assert_eq!(Answered::to(early).await.status, StatusCode::NOT_FOUND, "nothing stands for it yet");
    let Ok(Answer::Provider(shown)) =
        keylodge.asked_by_anyone(Request::ProviderShow { provider: "house".into() })
    else {
        panic!("not shown")
    };
    let offer = shown.offer.expect("an offer");
    let source = ProviderSource::Offered { shown: offer.shown };
    let accept = Request::ProviderAdd { id: "house".into(), name: "house".into(), source };
    assert!(keylodge.asked_by_anyone(accept).is_err(), "not without the person");

    let accepted = keylodge.cli_with_passphrase(&["provider", "accept", "house"]);
    assert_eq!(accepted.code, 0, "{}", accepted.stderr);
    let host = provider.issuer.trim_start_matches("http://");
    for place in ["sign in at", "secrets go to", "Programs reach"] {
        let line = accepted.stderr.lines().find(|line| line.contains(place)).unwrap_or_default();
        assert!(line.contains(host), "{place}: {}", accepted.stderr);
    }
    assert_eq!(the_file(&keylodge).state, ProviderFileState::Accepted);
    let account = keylodge.add_account(&SCOPES).await;
    let used = format!("{}/me", account.gateway_url);
    let token = keylodge.token_for_a_program().await;
    assert_eq!(Answered::to(http().get(&used).bearer_auth(&token)).await.text("sub"), "ana");

    fs::write(&file, entry("https://elsewhere.example", "")).expect("written");
    assert_eq!(the_file(&keylodge).state, ProviderFileState::Changed);
    assert_eq!(keylodge.accounts()[0].id, account.id);
    assert_eq!(Answered::to(http().get(&used).bearer_auth(&token)).await.status, StatusCode::OK);

    fs::write(&file, entry(&provider.issuer, "mark = 7")).expect("written");
    let broken = the_file(&keylodge);
    assert_eq!(broken.state, ProviderFileState::Broken);
    assert!(broken.problem.is_some_and(|problem| problem.contains("line 9")), "where it is wrong");
    assert_eq!(Answered::to(http().get(&used).bearer_auth(&token)).await.status, StatusCode::OK);
}

/// `keylodge provider check … --live`; no broker runs.
fn checked(home: &Home, entry: &str) -> Checked {
    let file = home.path().join("entry.toml");
    fs::write(&file, entry).expect("written");
    let mut command = Command::new(Build::Usual.binary("keylodge"));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home.path()).arg("provider").arg("check");
    command.arg(&file).args(["--live", "--json"]);
    let outcome = Outcome::of_command(command, home);
    let report = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"));
    Checked { code: outcome.code, report }
}

struct Checked {
    code: i32,
    report: Value,
}

impl Checked {
    /// What is said about a key, with its weight.
    fn says(&self, about: &str) -> Vec<(&str, &str)> {
        let remarks = self.report["remarks"].as_array().expect("remarks").iter();
        let about = remarks.filter(|remark| remark["about"] == about);
        about.filter_map(|remark| Some((remark["weight"].as_str()?, remark["says"].as_str()?))).collect()
    }

    fn is_refused_for(&self, about: &str, word: &str) {
        let errors = self.says(about).into_iter().filter(|(weight, _)| *weight == "error");
        let said: Vec<_> = errors.map(|(_, says)| says).collect();
        assert!(self.code == 1 && said.iter().any(|says| says.contains(word)), "{about}: {}", self.report);
    }
}

/// Answers every request with this document.
async fn publishing(make: impl FnOnce(&str) -> Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let issuer = format!("http://{}", listener.local_addr().expect("bound"));
    let body = make(&issuer).to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = connection.read(&mut request).await;
            let _ = connection.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    issuer
}

/// Beside a certified server: what agrees passes; what cannot work is told by its key, and fails.
#[tokio::test(flavor = "multi_thread")]
async fn dm_02_uc_30_an_entry_is_held_against_what_its_server_says() {
    let (provider, home) = (Provider::start(), Home::new());
    let published = http().get(format!("{}/.well-known/openid-configuration", provider.issuer));
    let metadata = Answered::to(published).await.json();
    let check = async |text: String| tokio::task::block_in_place(|| checked(&home, &text));

    let good = check(entry(&provider.issuer, "")).await;
    assert_eq!((good.code, &good.report["fine"]), (0, &json!(true)), "{}", good.report);
    let supports = &good.report["supports"];
    assert_eq!((&supports["pkce_s256"], &supports["device"]), (&json!(true), &json!(true)), "{supports}");

    let slash = check(entry(&format!("{}/", provider.issuer), "")).await;
    slash.is_refused_for("issuer", "is that of");
    let elsewhere = format!(
        "[endpoints]\nauthorization = \"{0}/auth\"\ntoken = \"{0}/elsewhere\"\njwks = \"{0}/jwks\"\npkce_s256 = true",
        provider.issuer
    );
    check(entry(&provider.issuer, &elsewhere)).await.is_refused_for("endpoints.token", "the metadata");

    let as_published = |without: &'static str| {
        let mut metadata = metadata.clone();
        move |issuer: &str| {
            metadata["issuer"] = issuer.into();
            metadata.as_object_mut().expect("an object").remove(without);
            metadata
        }
    };
    let incomplete = publishing(as_published("token_endpoint")).await;
    check(entry(&incomplete, "")).await.is_refused_for("issuer", "token_endpoint");
    let no_pkce = publishing(as_published("code_challenge_methods_supported")).await;
    check(entry(&no_pkce, "")).await.is_refused_for("client.pkce_unproven", "S256");
    let foreign = publishing(|_| metadata.clone()).await;
    check(entry(&foreign, "")).await.is_refused_for("issuer", provider.issuer.as_str());

    let gone = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound");
    let away = check(entry(&format!("http://{gone}"), "")).await;
    away.is_refused_for("issuer", "does not answer");
    assert_eq!(away.report["supports"], Value::Null);
}
