//! What files propose counts only as the person accepted it, and never moves what is kept for an account.

use std::sync::{Arc, atomic::AtomicI64};

use broker::{
    ClientFacts, Error, Health, NewLock, Presence, Provider, ProviderId, SecretOf, SignInBegun, SignInState,
    SignInWish, Standing,
    provider::{ApiRoute, ClientNeeds, Endpoints, SignInWay},
};
use tokio::sync::oneshot;

use crate::fakes::{FakeUpstream, HandClock, House, MemoryVault, scopes};

fn entry(host: &str) -> Provider {
    Provider {
        endpoints: Some(Endpoints {
            authorization: format!("https://{host}/authorize"),
            token: format!("https://{host}/token"),
            ..Endpoints::default()
        }),
        client: ClientNeeds { own_id: true, ..ClientNeeds::default() },
        api: vec![ApiRoute::plain("/", "https://api.own.example/")],
        ..Provider::named("own", "Own")
    }
}

fn text(entry: &Provider) -> String {
    serde_json::to_string(entry).expect("JSON")
}

fn drop_in(house: &House, files: &[(&str, String)]) {
    house
        .broker
        .set_offers(files.iter().map(|(file, text)| ((*file).to_owned(), Ok(text.clone()))).collect());
}

async fn opened() -> House {
    let clock = Arc::new(HandClock(AtomicI64::new(1_000_000)));
    let house = House::over(Arc::new(MemoryVault::default()), Arc::new(FakeUpstream::default()), clock);
    house.broker.set_up(NewLock::Passphrase("correct horse".into())).await.expect("set up");
    house
}

async fn accept(house: &House) -> Result<(), Error> {
    let shown = house.broker.offer("own")?.0.shown;
    house.broker.accept_offer("own", &shown, &Presence::of_native_window()).await.map(drop)
}

async fn begin(house: &House) -> Result<SignInBegun, Error> {
    let wish = SignInWish {
        provider: "own".into(),
        label: Some("mine".into()),
        client_id: Some("ours".into()),
        client_secret: Some("a secret".into()),
        scopes: scopes("read"),
        open_browser: false,
        way: SignInWay::Code,
        key: None,
    };
    house.broker.begin_sign_in(wish, &Presence::of_native_window()).await
}

async fn sign_in(house: &House) -> Result<SignInState, Error> {
    let begun = begin(house).await?;
    house.broker.sign_in_end(begun.id.as_str()).await
}

#[tokio::test]
async fn ups_10_a_file_counts_only_once_the_person_has_accepted_it() {
    let house = opened().await;
    drop_in(&house, &[("own.toml", text(&entry("own.example")))]);
    let (offer, standing) = house.broker.offer("own").expect("offered");
    assert_eq!((offer.file.as_str(), standing), ("own.toml", Standing::New));
    let refused = sign_in(&house).await.expect_err("not accepted");
    assert!(refused.to_string().contains("keylodge provider accept own"), "{refused}");
    assert!(house.broker.provider("own").is_err(), "no issuer of the loopback API stands for it");
    accept(&house).await.expect("accepted");
    assert_eq!(house.broker.standing(&offer).expect("open"), Standing::Accepted);
    assert!(house.broker.offers().expect("open").is_empty());
    assert!(matches!(sign_in(&house).await.expect("begins"), SignInState::Completed { .. }));
    // To say yes twice to the same changes nothing.
    house.broker.accept_offer("own", &offer.shown, &Presence::of_native_window()).await.expect("is so");
}

#[tokio::test]
async fn ups_10_a_yes_is_to_what_was_shown() {
    let house = opened().await;
    drop_in(&house, &[("own.toml", text(&entry("own.example")))]);
    let shown = house.broker.offer("own").expect("offered").0.shown;
    drop_in(&house, &[("own.toml", text(&entry("evil.example")))]);
    let presence = Presence::of_native_window();
    let refused = house.broker.accept_offer("own", &shown, &presence).await.expect_err("another text");
    assert!(refused.to_string().contains("has changed"), "{refused}");
    assert!(house.broker.provider("own").is_err());
}

#[tokio::test]
async fn ups_10_a_changed_file_moves_nothing_that_is_kept() {
    let house = opened().await;
    drop_in(&house, &[("own.toml", text(&entry("own.example")))]);
    accept(&house).await.expect("accepted");
    sign_in(&house).await.expect("signed in");
    drop_in(&house, &[("own.toml", text(&entry("evil.example")))]);
    assert_eq!(house.broker.offer("own").expect("offered").1, Standing::Changed);
    let kept = house.broker.account("mine").expect("there").provider.hosts();
    assert!(kept.secrets.contains("own.example") && !kept.secrets.contains("evil.example"));
    assert!(sign_in(&house).await.is_ok(), "signing in goes on where it did");
    drop_in(&house, &[]);
    assert!(house.broker.provider("own").is_ok(), "without its file, too");
}

/// Even accepted, other addresses get nothing of what was kept for the old ones.
#[tokio::test]
async fn uc_16_an_accepted_change_of_addresses_destroys_secrets_and_sign_ins() {
    let house = opened().await;
    drop_in(&house, &[("own.toml", text(&entry("own.example")))]);
    accept(&house).await.expect("accepted");
    sign_in(&house).await.expect("signed in");
    let old = house.vault.records().grants[0].id.clone();
    assert!(house.vault.secret_now(&SecretOf::Grant(old.clone())).is_some());
    drop_in(&house, &[("own.toml", text(&entry("other.example")))]);
    accept(&house).await.expect("accepted");
    assert!(house.vault.secret_now(&SecretOf::Grant(old.clone())).is_none());
    assert!(house.vault.secret_now(&SecretOf::Access(old)).is_none());
    assert!(house.vault.records().clients.is_empty());
    let account = house.broker.account("mine").expect("still there");
    assert!(
        matches!(&account.health, Health::NeedsSignIn { why, .. } if why.contains("addresses")),
        "{account:?}"
    );
    assert_eq!(account.scopes, scopes("read"), "what it had is asked for again");
    let told = house.broker.remove_account("mine").await.expect("removed");
    assert!(told.contains("no refresh token"), "nothing is left to go anywhere: {told}");
}

#[tokio::test]
async fn a_change_that_leads_to_no_new_place_keeps_the_sign_ins() {
    let house = opened().await;
    drop_in(&house, &[("own.toml", text(&entry("own.example")))]);
    accept(&house).await.expect("accepted");
    sign_in(&house).await.expect("signed in");
    let more = Provider { limits: vec!["It is slow.".to_owned()], ..entry("own.example") };
    drop_in(&house, &[("own.toml", text(&more))]);
    accept(&house).await.expect("accepted");
    let account = house.broker.account("mine").expect("there");
    assert_eq!(account.health, Health::Working);
    assert_eq!(account.provider.limits, more.limits);
}

/// What a sign-in brings that was under way meanwhile does not go to the new addresses, either.
#[tokio::test]
async fn uc_16_a_sign_in_from_before_the_change_is_not_kept() {
    let house = opened().await;
    drop_in(&house, &[("own.toml", text(&entry("own.example")))]);
    accept(&house).await.expect("accepted");
    let (tell, told) = oneshot::channel();
    *house.upstream.away_until.lock().expect("lock") = Some(told);
    let begun = begin(&house).await.expect("begins");
    drop_in(&house, &[("own.toml", text(&entry("other.example")))]);
    accept(&house).await.expect("accepted");
    tell.send(()).expect("still waits");
    let end = house.broker.sign_in_end(begun.id.as_str()).await.expect("ended");
    assert!(matches!(end, SignInState::Failed(_)), "{end:?}");
    assert!(house.vault.records().accounts.is_empty());
}

#[tokio::test]
async fn bad_files_and_doubles_are_named_and_stop_nothing() {
    let house = opened().await;
    let good = text(&entry("own.example"));
    house.broker.set_offers(vec![
        ("a.toml".to_owned(), Ok("{".to_owned())),
        ("b.toml".to_owned(), Err("It is no plain file.".to_owned())),
        ("c.toml".to_owned(), Ok(good.clone())),
    ]);
    let files = house.broker.offer_files();
    assert!(files[0].outcome.is_err() && files[1].outcome == Err("It is no plain file.".to_owned()));
    assert!(house.broker.offer("own").is_ok());
    drop_in(&house, &[("c.toml", good.clone()), ("d.toml", good)]);
    let refused = house.broker.offer_files()[0].outcome.clone().expect_err("which one?");
    assert!(refused.contains("d.toml"), "{refused}");
    assert!(house.broker.offer("own").is_err());
}

/// What the person knows of their client id stands beside it, and its secret stays.
#[tokio::test]
async fn what_is_known_of_a_client_id_is_kept_and_told() {
    let house = opened().await;
    drop_in(&house, &[("own.toml", text(&entry("own.example")))]);
    let nothing = ClientFacts::default();
    assert!(house.broker.know_client("own", nothing.clone()).await.is_err(), "there is none yet");
    accept(&house).await.expect("accepted");
    sign_in(&house).await.expect("signed in");
    let secret_ends = Some(house.broker.now().plus(20 * 86_400));
    house.broker.know_client("own", ClientFacts { secret_ends, testing: None }).await.expect("kept");
    let notice = house.broker.account("mine").expect("there").notice.expect("a warning");
    assert!(notice.told.contains("client secret at Own ends in 20 days"), "{notice:?}");
    let secret = house.vault.secret_now(&SecretOf::Client(ProviderId::from_text("own")));
    assert_eq!(secret.as_deref(), Some("a secret"));
    house.broker.know_client("own", nothing).await.expect("forgotten again");
    assert_eq!(house.broker.account("mine").expect("there").notice, None);
}
