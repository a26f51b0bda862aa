//! What a thief finds who has the database and its key.

use broker::{NewApp, NewProof, ProviderId, Secret, Terms, TokenFormat, TokenHash};
use serde_json::json;

use crate::{
    AccessRequest, REDIRECT, VERIFIER, code,
    fakes::{HOUR, House, program},
    redemption, refreshing, request,
};

/// All records and all activity, as they are written down. Sealed secrets are not among them.
fn remembered(house: &House) -> String {
    let r = house.vault.records();
    let programs = json!([r.apps, r.consents, r.leases, r.families, r.routes, r.preferences]);
    let accounts = json!([r.providers, r.clients, r.accounts, r.grants]);
    json!([programs, accounts, house.vault.events()]).to_string()
}

/// A confidential program with opaque tokens: every one of its secrets is a text to look for.
async fn confidential(house: &House) -> broker::Registered {
    let new = NewApp {
        redirect_uris: vec![REDIRECT.into()],
        proof: NewProof::Secret,
        terms: Terms { token_format: TokenFormat::Opaque, ..Terms::default() },
        ..NewApp::default()
    };
    let provider = ProviderId::from_text("acme");
    house.broker.register_app(&provider, new, program("editor")).await.expect("registered")
}

#[tokio::test]
async fn tk_17_nothing_that_is_remembered_is_of_use_to_a_thief() {
    let house = House::with_account().await;
    let registered = confidential(&house).await;
    let app = &registered.app;
    let redeemed = code(&house, app, "read", HOUR).await;
    let first = house.broker.redeem(app, &redemption(&redeemed, VERIFIER)).await.expect("redeemed");
    let old = first.refresh_token.expect("one came");
    let second = house.broker.refresh_app(app, &refreshing(&old)).await.expect("refreshed");
    let new = second.refresh_token.expect("one came");
    let waiting = code(&house, app, "write", HOUR).await;
    let asking = AccessRequest { app: app.id.clone(), ..request(&house, &program("editor"), "read").await };
    let device = house.broker.begin_device(asking).await.expect("codes");
    let secret = registered.client_secret.expect("it was told one");

    let kept = remembered(&house);
    let ours: [(&str, &Secret<String>); 10] = [
        ("client secret", &secret),
        ("registration token", &registered.management),
        ("redeemed code", &redeemed),
        ("waiting code", &waiting),
        ("first access token", &first.token),
        ("access token", &second.token),
        ("old refresh token", &old),
        ("refresh token", &new),
        ("device code", &device.device_code),
        ("user code", &device.user_code),
    ];
    for (what, value) in ours {
        assert!(!kept.contains(value.expose().as_str()), "the {what} is remembered as it is");
    }
    for theirs in ["upstream-0", "refresh-0"] {
        assert!(!kept.contains(theirs), "{theirs} stands outside the sealed secrets");
    }
    // This is the place where they would be: their hashes are there.
    for value in [&secret, &second.token, &new] {
        assert!(kept.contains(&hash_of(value)), "{kept}");
    }
}

fn hash_of(value: &Secret<String>) -> String {
    serde_json::to_string(&TokenHash::of(value)).expect("a text")
}
