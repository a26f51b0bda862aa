//! Token exchange (RFC 8693) and client credentials (RFC 6749 §4.4): less and less, never more, and for whom.

use broker::{
    AccessRequest, App, Caller, Choice, Credential, Delivery, Error, Exchange, HandOut, KeyThumbprint,
    NewApp, ProviderId, Redemption, RequestOrigin, Secret, consent::Duration,
};
use proptest::prelude::*;

use crate::{
    asked, code,
    fakes::{HOUR, House, program, scopes},
    gateway, redemption, registered, request,
};

const SHELF: &str = "http://127.0.0.1:9100/";
const ATTIC: &str = "http://127.0.0.1:9101/";

fn exchange(subject: &Secret<String>) -> Exchange {
    Exchange {
        subject: subject.clone(),
        scopes: None,
        target: None,
        delivery: Delivery::Gateway,
        or_gateway: false,
        caller: Caller::default(),
        key: None,
    }
}

fn for_scopes(subject: &Secret<String>, what: &str) -> Exchange {
    Exchange { scopes: Some(scopes(what)), ..exchange(subject) }
}

fn at(subject: &Secret<String>, target: &str) -> Exchange {
    Exchange { target: Some(target.to_owned()), ..exchange(subject) }
}

/// A confidential program; with `resources`, a local resource server.
async fn confidential(house: &House, name: &str, resources: &[&str]) -> App {
    let new = NewApp {
        name: name.into(),
        redirect_uris: vec!["http://127.0.0.1/done".into()],
        proof: broker::NewProof::Secret,
        resources: resources.iter().map(|&resource| resource.to_owned()).collect(),
        ..NewApp::default()
    };
    let provider = ProviderId::from_text("acme");
    let app = house.broker.register_app(&provider, new, program(name)).await.expect("registered").app;
    assert!(matches!(app.credential, Credential::ClientSecret { .. }));
    app
}

/// Lets the person allow a program so much, for good.
async fn allow(house: &House, app: &App, what: &str, delivery: Delivery, duration: Duration) -> HandOut {
    let access = AccessRequest {
        app: app.id.clone(),
        caller: Caller::default(),
        delivery,
        origin: RequestOrigin::Authorize { browser: false, redirect_host: "127.0.0.1:80".into() },
        ..request(house, &program("editor"), what).await
    };
    asked(house, access, house.allow(what, delivery, duration)).await.expect("allowed")
}

/// The claims that the fake signer shows as they are.
fn claims(hand_out: &HandOut) -> serde_json::Value {
    serde_json::from_str(hand_out.token.expose()).expect("claims")
}

async fn token_of(house: &House, app: &App, what: &str) -> Secret<String> {
    let code = code(house, app, what, HOUR).await;
    house.broker.redeem(app, &redemption(&code, crate::VERIFIER)).await.expect("redeemed").token
}

#[tokio::test]
async fn as_35_a_program_narrows_its_own_token() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let token = token_of(&house, &app, "read write").await;
    house.clock.turn(100);
    let narrow = house.broker.exchange(&app, &for_scopes(&token, "read")).await.expect("exchanged");
    assert_eq!(narrow.scopes, scopes("read"));
    assert_eq!(narrow.expires_at.since(house.broker.now()), 200, "no longer than the subject");
    assert!(narrow.refresh_token.is_none() && claims(&narrow).get("act").is_none());
    gateway(&house, &narrow.token, "GET", "/things").await.expect("it reads");
    assert!(gateway(&house, &narrow.token, "POST", "/things").await.is_err(), "it does not write");
    let wider = house.broker.exchange(&app, &for_scopes(&narrow.token, "read write")).await;
    assert!(matches!(wider, Err(Error::InvalidScope(_))), "{wider:?}");
    let other = house.broker.exchange(&app, &for_scopes(&token, "admin")).await;
    assert!(matches!(other, Err(Error::InvalidScope(_))), "{other:?}");
}

#[tokio::test]
async fn as_35_expired_foreign_revoked_and_released_subjects_are_refused() {
    let house = House::with_account().await;
    let (app, other) = (registered(&house).await, registered(&house).await);
    let token = token_of(&house, &app, "read").await;
    let refused = |outcome: Result<HandOut, Error>| {
        assert!(matches!(outcome, Err(Error::InvalidRequest(_))), "{outcome:?}");
    };
    refused(house.broker.exchange(&other, &exchange(&token)).await);
    refused(house.broker.exchange(&app, &exchange(&"unknown".into())).await);
    let released = allow(&house, &app, "read write admin", Delivery::Release, Duration::Always).await.token;
    refused(house.broker.exchange(&app, &exchange(&released)).await);
    house.broker.revoke_token(&app, &token).await.expect("revoked");
    refused(house.broker.exchange(&app, &exchange(&token)).await);
    let token = token_of(&house, &app, "read").await;
    house.clock.turn(300);
    refused(house.broker.exchange(&app, &exchange(&token)).await);
}

#[tokio::test]
async fn as_35_what_was_exchanged_ends_with_what_it_came_from() {
    for ending in ["token", "lease", "consent", "family"] {
        let house = House::with_account().await;
        let app = registered(&house).await;
        let code = code(&house, &app, "read", HOUR).await;
        let redemption = redemption(&code, crate::VERIFIER);
        let first = house.broker.redeem(&app, &redemption).await.expect("redeemed");
        let second = house.broker.exchange(&app, &exchange(&first.token)).await.expect("exchanged");
        let third = house.broker.exchange(&app, &exchange(&second.token)).await.expect("exchanged");
        gateway(&house, &third.token, "GET", "/things").await.expect("it works");
        match ending {
            "token" => house.broker.revoke_token(&app, &first.token).await.expect("ended"),
            "lease" => house.broker.revoke_lease(first.lease.as_str()).await.expect("ended"),
            "consent" => {
                let consent = house.broker.consents().expect("open")[0].id.to_string();
                house.broker.revoke_consent(&consent, None, None).await.expect("ended");
            }
            _ => assert!(house.broker.redeem(&app, &redemption).await.is_err(), "a code used twice"),
        }
        for token in [&second.token, &third.token] {
            assert!(gateway(&house, token, "GET", "/things").await.is_err(), "{ending}");
        }
        assert!(house.vault.records().leases.is_empty(), "{ending}");
    }
}

#[tokio::test]
async fn as_34_as_35_a_token_for_a_resource_server_stays_there() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let _shelf = confidential(&house, "shelf", &[SHELF]).await;
    let _attic = confidential(&house, "attic", &[ATTIC]).await;
    let token = token_of(&house, &app, "read").await;
    let unknown = house.broker.exchange(&app, &at(&token, "http://127.0.0.1:9/")).await;
    assert!(matches!(unknown, Err(Error::InvalidTarget(_))), "{unknown:?}");
    let at_shelf = house.broker.exchange(&app, &at(&token, SHELF)).await.expect("exchanged");
    assert_eq!(at_shelf.audience, SHELF);
    assert!(gateway(&house, &at_shelf.token, "GET", "/things").await.is_err(), "not for the gateway");
    // Whoever got it there knows the program's client id, too; that must not open another place.
    for elsewhere in [ATTIC, &house.broker.gateway_url(&at_shelf.account)] {
        let moved = house.broker.exchange(&app, &at(&at_shelf.token, elsewhere)).await;
        assert!(matches!(moved, Err(Error::InvalidTarget(_))), "{moved:?}");
    }
    house.broker.exchange(&app, &exchange(&at_shelf.token)).await.expect("in the same place");
}

#[tokio::test]
async fn as_36_two_exchanges_show_who_acts_for_whom() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let shelf = confidential(&house, "shelf", &[SHELF]).await;
    let attic = confidential(&house, "attic", &[ATTIC]).await;
    let token = token_of(&house, &app, "read write").await;
    let at_shelf = house.broker.exchange(&app, &at(&token, SHELF)).await.expect("exchanged");
    let subject = claims(&at_shelf)["sub"].clone();

    let bare = house.broker.exchange(&shelf, &at(&at_shelf.token, ATTIC)).await;
    assert!(matches!(bare, Err(Error::ConsentNeeded(_))), "OAU-13: nobody allowed the shelf: {bare:?}");
    allow(&house, &shelf, "read", Delivery::Gateway, Duration::Always).await;
    let all = house.broker.exchange(&shelf, &at(&at_shelf.token, ATTIC)).await;
    assert!(matches!(all, Err(Error::ConsentNeeded(_))), "only what both may: {all:?}");
    let narrow = Exchange { scopes: Some(scopes("read")), ..at(&at_shelf.token, ATTIC) };
    let at_attic = house.broker.exchange(&shelf, &narrow).await.expect("exchanged");
    let seen = claims(&at_attic);
    assert_eq!(seen["client_id"], shelf.id.as_str());
    assert_eq!(seen["act"]["sub"], shelf.id.as_str());
    assert_eq!(seen["act"]["act"]["sub"], app.id.as_str());
    assert_eq!((&seen["sub"], &seen["aud"]), (&subject, &ATTIC.into()));

    allow(&house, &attic, "read", Delivery::Gateway, Duration::Always).await;
    let last = Exchange { scopes: Some(scopes("read")), ..exchange(&at_attic.token) };
    let last = Exchange { target: Some(house.broker.gateway_url(&at_attic.account)), ..last };
    let last = house.broker.exchange(&attic, &last).await.expect("exchanged");
    let act = &claims(&last)["act"];
    let chain = [&act["sub"], &act["act"]["sub"], &act["act"]["act"]["sub"]];
    assert_eq!(chain, [attic.id.as_str(), shelf.id.as_str(), app.id.as_str()]);
    gateway(&house, &last.token, "GET", "/things").await.expect("it works");
    let told = house.broker.introspect(&attic, &last.token).expect("open").expect("its own");
    assert_eq!(told.act.as_ref(), Some(act));

    let app_consent = house.broker.consents().expect("open").into_iter().find(|c| c.app == app.id);
    let id = app_consent.expect("one").id.to_string();
    house.broker.revoke_consent(&id, None, None).await.expect("withdrawn");
    assert!(gateway(&house, &last.token, "GET", "/things").await.is_err(), "the chain ended at its root");
}

#[tokio::test]
async fn as_36_a_server_without_a_credential_of_its_own_acts_for_nobody() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let new = NewApp { name: "Open".into(), resources: vec![SHELF.into()], ..NewApp::default() };
    let provider = ProviderId::from_text("acme");
    let open = house.broker.register_app(&provider, new, program("open")).await.expect("registered").app;
    let token = token_of(&house, &app, "read").await;
    let sent = house.broker.exchange(&app, &at(&token, SHELF)).await.expect("exchanged");
    let refused = house.broker.exchange(&open, &exchange(&sent.token)).await;
    assert!(matches!(refused, Err(Error::InvalidRequest(_))), "{refused:?}");
}

#[tokio::test]
async fn oau_15_a_release_by_exchange_takes_a_consent_to_it() {
    let house = House::with_account().await;
    let (app, public) = (confidential(&house, "tool", &[]).await, registered(&house).await);
    let all = "read write admin";
    let token = allow(&house, &app, all, Delivery::Gateway, HOUR).await.token;
    let wish = |subject: &Secret<String>| Exchange { delivery: Delivery::Release, ..exchange(subject) };
    let refused = house.broker.exchange(&app, &wish(&token)).await;
    assert!(matches!(refused, Err(Error::ConsentNeeded(_))), "{refused:?}");
    let month = Duration::Seconds { seconds: 30 * 24 * 3600 };
    allow(&house, &app, all, Delivery::Release, month).await;
    let released = house.broker.exchange(&app, &wish(&token)).await.expect("released");
    assert_eq!((released.token.expose().as_str(), released.delivery), ("upstream-0", Delivery::Release));
    let part = Exchange { scopes: Some(scopes("read")), ..wish(&token) };
    let part = house.broker.exchange(&app, &part).await;
    assert!(matches!(part, Err(Error::NotReleased(_))), "it would carry more: {part:?}");
    let placed = Exchange { target: Some(SHELF.into()), ..wish(&token) };
    assert!(matches!(house.broker.exchange(&app, &placed).await, Err(Error::InvalidTarget(_))));
    allow(&house, &public, all, Delivery::Release, Duration::Always).await;
    let token = token_of(&house, &public, "read").await;
    let stolen = house.broker.exchange(&public, &wish(&token)).await;
    assert!(matches!(stolen, Err(Error::InvalidRequest(_))), "a client id proves nothing: {stolen:?}");
}

#[tokio::test]
async fn a_token_that_is_bound_to_a_key_is_exchanged_with_that_key_only() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let code = code(&house, &app, "read", HOUR).await;
    let key = |letter: &str| KeyThumbprint::parse(&letter.repeat(43));
    let redemption = Redemption { key: key("k"), ..redemption(&code, crate::VERIFIER) };
    let bound = house.broker.redeem(&app, &redemption).await.expect("redeemed").token;
    for wrong in [None, key("x")] {
        let refused = house.broker.exchange(&app, &Exchange { key: wrong, ..exchange(&bound) }).await;
        assert!(matches!(refused, Err(Error::InvalidRequest(_))), "{refused:?}");
    }
    let narrow = Exchange { key: key("k"), ..exchange(&bound) };
    let narrow = house.broker.exchange(&app, &narrow).await.expect("exchanged");
    assert_eq!(claims(&narrow)["cnf"]["jkt"], "k".repeat(43));
}

#[tokio::test]
async fn a_consent_for_once_is_not_stretched_by_an_exchange() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let code = code(&house, &app, "read", Duration::Once).await;
    let once = house.broker.redeem(&app, &redemption(&code, crate::VERIFIER)).await.expect("redeemed");
    let more = house.broker.exchange(&app, &exchange(&once.token)).await;
    assert!(matches!(more, Err(Error::ConsentDenied(_))), "{more:?}");
}

#[tokio::test]
async fn a_restart_keeps_chains_together() {
    let house = House::with_account().await;
    let app = registered(&house).await;
    let code = code(&house, &app, "read", Duration::UntilLock).await;
    let first = house.broker.redeem(&app, &redemption(&code, crate::VERIFIER)).await.expect("redeemed");
    house.broker.exchange(&app, &exchange(&first.token)).await.expect("exchanged");
    assert_eq!(house.vault.records().leases.len(), 2);
    house.broker.close().await;
    house.broker.unlock(Some("correct horse".into()), None).await.expect("opened");
    assert!(house.vault.records().leases.is_empty(), "what was until lock has ended, with all of its kin");
}

async fn client_credentials(house: &House, app: &App, what: &str) -> AccessRequest {
    AccessRequest {
        app: app.id.clone(),
        caller: Caller::default(),
        account: None,
        scopes: scopes(what),
        ..request(house, &program("editor"), "read").await
    }
}

#[tokio::test]
async fn client_credentials_give_what_stands_and_never_ask() {
    let house = House::with_account().await;
    let app = confidential(&house, "tool", &[]).await;
    let bare = house.broker.access_without_asking(client_credentials(&house, &app, "read").await, None).await;
    assert!(matches!(bare, Err(Error::ConsentNeeded(_))), "{bare:?}");
    assert!(house.broker.prompts().is_empty(), "nobody was asked");
    allow(&house, &app, "read write", Delivery::Gateway, HOUR).await;
    for (what, gives) in [("read", "read"), ("", "read write")] {
        let request = client_credentials(&house, &app, what).await;
        let hand_out = house.broker.access_without_asking(request, None).await.expect("it stands");
        assert_eq!(hand_out.scopes, scopes(gives));
        assert!(hand_out.refresh_token.is_none(), "RFC 6749 §4.4.3");
        gateway(&house, &hand_out.token, "GET", "/things").await.expect("it works");
    }
    let mut release = client_credentials(&house, &app, "").await;
    release.delivery = Delivery::Release;
    let wider = client_credentials(&house, &app, "read admin").await;
    for request in [wider, release] {
        let more = house.broker.access_without_asking(request, None).await;
        assert!(matches!(more, Err(Error::ConsentNeeded(_))), "{more:?}");
    }
    house.clock.turn(3600);
    let late = house.broker.access_without_asking(client_credentials(&house, &app, "read").await, None).await;
    assert!(matches!(late, Err(Error::ConsentNeeded(_))), "{late:?}");
    assert!(house.broker.prompts().is_empty());
}

#[tokio::test]
async fn client_credentials_after_a_refusal_for_good_are_denied() {
    let house = House::with_account().await;
    let app = confidential(&house, "tool", &[]).await;
    let mut request = client_credentials(&house, &app, "read").await;
    assert!(asked(&house, request.clone(), Choice::Deny { remember: true }).await.is_err());
    request.account = Some("work".into());
    let denied = house.broker.access_without_asking(request, None).await;
    assert!(matches!(denied, Err(Error::ConsentDenied(_))), "{denied:?}");
}

/// One exchange of a chain: how many seconds pass, which scopes are asked for, and where.
#[derive(Clone, Debug)]
struct Link {
    after: i64,
    asks: Vec<&'static str>,
    place: usize,
}

fn links() -> impl Strategy<Value = Vec<Link>> {
    let asks = prop::sample::subsequence(vec!["read", "write", "admin", "unheard"], 0..=4);
    let link = (0..120_i64, asks, 0..4_usize).prop_map(|(after, asks, place)| Link { after, asks, place });
    prop::collection::vec(link, 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// However a program exchanges, what it holds never does more, lasts longer, or works in another place than a
    /// resource server once it is there.
    #[test]
    fn as_35_no_chain_of_exchanges_widens_anything(links in links()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let house = House::with_account().await;
            let app = registered(&house).await;
            confidential(&house, "shelf", &[SHELF]).await;
            confidential(&house, "attic", &[ATTIC]).await;
            let code = code(&house, &app, "read write", Duration::Always).await;
            let mut held = house.broker.redeem(&app, &redemption(&code, crate::VERIFIER)).await.expect("redeemed");
            let gateway = house.broker.gateway_url(&held.account);
            let places = [None, Some(SHELF), Some(ATTIC), Some(gateway.as_str())];
            for Link { after, asks, place } in links {
                house.clock.turn(after);
                let asked = scopes(&asks.join(" "));
                let wish = Exchange {
                    scopes: (!asks.is_empty()).then(|| asked.clone()),
                    target: places[place].map(str::to_owned),
                    ..exchange(&held.token)
                };
                let live = held.expires_at > house.broker.now();
                let fits = asked.is_subset(&held.scopes);
                let stays = held.audience == gateway || places[place].is_none_or(|place| place == held.audience);
                let outcome = house.broker.exchange(&app, &wish).await;
                prop_assert_eq!(outcome.is_ok(), live && fits && stays, "{:?}", outcome);
                let Ok(next) = outcome else { continue };
                prop_assert!(next.scopes.is_subset(&held.scopes));
                prop_assert!(next.expires_at <= held.expires_at && next.delivery == Delivery::Gateway);
                prop_assert_eq!(next.account.as_str(), held.account.as_str());
                prop_assert!(held.audience == gateway || next.audience == held.audience);
                held = next;
            }
            Ok(())
        })?;
    }
}
