//! Dynamic registration (RFC 7591).

use broker::{SignInPlan, Upstream, UpstreamError};
use serde_json::{Value, json};

use crate::provider::{Answer, Hostile, back, finish, good, parameter, plan};

fn unregistered(hostile: &Hostile) -> SignInPlan {
    let mut provider = hostile.plain();
    provider.endpoints.as_mut().expect("endpoints").registration = Some(hostile.url("/register"));
    SignInPlan { client: None, ..plan(provider, "read") }
}

#[tokio::test]
async fn a_public_native_client_is_registered_for_the_address_that_was_bound() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    hostile.on(
        "/register",
        Answer::status(201, &json!({ "client_id": "dyn-1", "client_secret_expires_at": 0 })),
    );
    let under_way = hostile.upstreams().begin_sign_in(unregistered(&hostile)).await.expect("begun");
    let asked: Value = serde_json::from_str(&hostile.seen("/register")[0].body).expect("JSON");
    assert_eq!(asked["redirect_uris"], json!([back(&under_way).as_str()]));
    assert_eq!(asked["token_endpoint_auth_method"], "none");
    assert_eq!(asked["application_type"], "native");
    assert_eq!(asked["client_name"], "Keylodge");
    assert_eq!(asked["scope"], "read");
    let registered = under_way.registered.clone().expect("registered");
    assert_eq!(registered.credential.client_id, "dyn-1");
    assert!(registered.credential.client_secret.is_none());
    assert_eq!(parameter(&under_way.authorize_url, "client_id"), "dyn-1");
    let query = good(&under_way);
    finish(under_way, &query).await.expect("signed in");
    assert_eq!(hostile.seen("/token")[0].form("client_id").as_deref(), Some("dyn-1"));
}

/// There is one client for all accounts at a provider: whichever way registers it, the other finds it registered.
#[tokio::test]
async fn one_client_is_registered_for_every_way_that_the_server_says_it_has() {
    const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
    let hostile = Hostile::start().await;
    hostile.give_plain();
    hostile.on("/register", Answer::status(201, &json!({ "client_id": "dyn-1" })));
    let device = json!({
        "device_code": "dc", "user_code": "WDJB-MJHT", "verification_uri": hostile.url("/activate"),
    });
    hostile.on("/device", Answer::json(&device));
    let plan = |said: &[&str]| {
        let mut plan = unregistered(&hostile);
        let endpoints = plan.provider.endpoints.as_mut().expect("endpoints");
        endpoints.device_authorization = Some(hostile.url("/device"));
        endpoints.grant_types = said.iter().map(|&grant| grant.to_owned()).collect();
        plan
    };
    let both = ["authorization_code", DEVICE];
    let first = hostile.upstreams().begin_device_sign_in(plan(&both)).await.expect("begun");
    let back = first.registered.expect("registered").redirect_uri.expect("for later");
    let in_browser = hostile.upstreams().begin_sign_in(plan(&both)).await.expect("begun");
    let again = SignInPlan {
        client: Some(in_browser.registered.expect("registered").credential),
        came_back_to: Some(back.clone()),
        ..plan(&both)
    };
    let again = hostile.upstreams().begin_sign_in(again).await.expect("begun");
    assert_eq!(again.redirect_uri, Some(back.clone()), "the same address, to the byte");
    let unsaid = hostile.upstreams().begin_sign_in(plan(&[])).await;
    assert!(unsaid.is_ok());
    let asked: Vec<Value> =
        hostile.seen("/register").iter().map(|it| serde_json::from_str(&it.body).expect("JSON")).collect();
    let all = json!(["authorization_code", DEVICE, "refresh_token"]);
    assert_eq!((&asked[0]["grant_types"], &asked[0]["redirect_uris"]), (&all, &json!([back.as_str()])));
    assert_eq!(asked[1]["grant_types"], all);
    assert_eq!(
        asked[2]["grant_types"],
        json!(["authorization_code", "refresh_token"]),
        "nothing beyond that"
    );
}

#[tokio::test]
async fn a_secret_that_was_not_asked_for_is_used_only_where_it_is_wanted() {
    let hostile = Hostile::start().await;
    for (method, used) in [(json!("none"), false), (json!("client_secret_basic"), true), (json!(null), true)]
    {
        let answer =
            json!({ "client_id": "dyn-1", "client_secret": "s-1", "token_endpoint_auth_method": method });
        hostile.on("/register", Answer::status(201, &answer));
        let under_way = hostile.upstreams().begin_sign_in(unregistered(&hostile)).await.expect("begun");
        let registered = under_way.registered.expect("registered");
        assert_eq!(registered.credential.client_secret.is_some(), used, "{method}");
    }
}

#[tokio::test]
async fn uc_12_bad_registrations_end_before_the_browser_opens() {
    let hostile = Hostile::start().await;
    for answer in [
        Answer::status(201, &json!({})),
        Answer::status(201, &json!({ "client_id": "a\u{202e}b" })),
        Answer::status(201, &json!({ "client_id": "" })),
        Answer::text(201, "text/html", "<h1>ok</h1>"),
        Answer::redirect(307, &hostile.url("/elsewhere")),
        Answer::Endless,
    ] {
        hostile.on("/register", answer);
        let begun = hostile.upstreams().begin_sign_in(unregistered(&hostile)).await;
        assert!(matches!(begun.err(), Some(UpstreamError::Misbehaved { .. })));
    }
    assert!(hostile.seen("/elsewhere").is_empty());
    hostile.on("/register", Answer::status(400, &json!({ "error": "invalid_redirect_uri" })));
    let refused = hostile.upstreams().begin_sign_in(unregistered(&hostile)).await.err().expect("refused");
    assert!(matches!(refused, UpstreamError::Refused { code, .. } if code == "invalid_redirect_uri"));
}
