//! Programs register.

use serde_json::json;

use crate::{
    client::{REDIRECT, http, send},
    house::House,
};

#[tokio::test]
async fn as_23_a_registration_is_echoed_and_unknown_members_are_ignored() {
    let house = House::open().await;
    let reply = house
        .register(json!({
            "client_name": "Ed\u{202e}itor", "redirect_uris": [REDIRECT], "software_id": "x", "nonsense": [1],
            "grant_types": ["authorization_code"], "response_types": ["code"], "application_type": "native",
        }))
        .await;
    assert_eq!(reply.status, 201);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let echo = reply.json();
    assert_eq!(echo["client_name"], "Editor", "as_24: cleaned");
    assert_eq!(echo["redirect_uris"], json!([REDIRECT]));
    assert_eq!(echo["grant_types"], json!(["authorization_code"]));
    assert_eq!(echo["token_endpoint_auth_method"], "none");
    assert!(echo.get("nonsense").is_none() && echo.get("client_secret").is_none());
    assert!(echo["client_id"].as_str().is_some_and(|id| id.starts_with("app_")), "as_19: generated");
}

#[tokio::test]
async fn as_22_as_19_oau_18_a_program_chooses_neither_its_secret_nor_its_id() {
    let house = House::open().await;
    let asked = json!({ "redirect_uris": [REDIRECT], "client_secret": "shared", "client_id": "acc_ada" });
    let echo = house.register(asked).await.json();
    assert_ne!(echo["client_id"], "acc_ada");
    assert!(echo.get("client_secret").is_none());
    let echo = house
        .register(json!({
            "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "client_secret_post", "client_secret": "shared",
        }))
        .await
        .json();
    assert!(echo["client_secret"].as_str().is_some_and(|secret| secret != "shared" && secret.len() >= 43));
    assert_eq!(echo["client_secret_expires_at"], 0);
}

#[tokio::test]
async fn as_23_as_03_wrong_metadata_gets_the_rfcs_errors() {
    let house = House::open().await;
    let with = |member: &str, value| {
        let mut metadata = json!({ "redirect_uris": [REDIRECT] });
        metadata[member] = value;
        metadata
    };
    for (metadata, word) in [
        (json!({}), "invalid_redirect_uri"),
        (with("redirect_uris", json!([])), "invalid_redirect_uri"),
        (with("redirect_uris", json!(["javascript:alert(1)"])), "invalid_redirect_uri"),
        (with("redirect_uris", json!(["http://evil.example/cb"])), "invalid_redirect_uri"),
        (with("redirect_uris", json!(["vscode://x/y"])), "invalid_redirect_uri"),
        (with("redirect_uris", json!(["http://127.0.0.1/cb#f"])), "invalid_redirect_uri"),
        (with("redirect_uris", json!("http://127.0.0.1/cb")), "invalid_client_metadata"),
        (with("grant_types", json!(["implicit"])), "invalid_client_metadata"),
        (with("grant_types", json!(["password"])), "invalid_client_metadata"),
        (with("response_types", json!(["token"])), "invalid_client_metadata"),
        (with("token_endpoint_auth_method", json!("private_key_jwt")), "invalid_client_metadata"),
        (with("keylodge_token_format", json!("paper")), "invalid_client_metadata"),
        (json!([[REDIRECT]]), "invalid_client_metadata"),
        (json!(["Editor", [REDIRECT]]), "invalid_client_metadata"),
        (json!("text"), "invalid_client_metadata"),
        (with("jwks", json!("no set")), "invalid_client_metadata"),
        (with("resources", json!(["https://elsewhere.example/"])), "invalid_client_metadata"),
        (with("application_type", json!("toaster")), "invalid_client_metadata"),
    ] {
        let reply = house.register(metadata.clone()).await;
        assert_eq!(reply.error(), (400, word.to_owned()), "{metadata}");
    }
    let not_json = http().post(house.at("/pro/register")).body("{}").header("content-type", "text/plain");
    assert_eq!(send(not_json).await.error().0, 400);
    assert!(house.broker.apps().expect("open").is_empty());
}

#[tokio::test]
async fn as_26_native_programs_wait_here_and_web_programs_behind_https() {
    let house = House::open().await;
    let https = "https://app.example/cb";
    for (kind, address, status, echoed) in [
        (None, REDIRECT, 201, "native"),
        (None, https, 201, "web"),
        (Some("native"), REDIRECT, 201, "native"),
        (Some("native"), "org.example.app:/cb", 201, "native"),
        (Some("native"), https, 400, ""),
        (Some("web"), https, 201, "web"),
        (Some("web"), REDIRECT, 400, ""),
    ] {
        let mut metadata = json!({ "redirect_uris": [address] });
        if let Some(kind) = kind {
            metadata["application_type"] = json!(kind);
        }
        let reply = house.register(metadata).await;
        assert_eq!(reply.status, status, "{kind:?} {address}");
        assert_eq!(reply.json()["application_type"].as_str().unwrap_or_default(), echoed);
    }
}

#[tokio::test]
async fn as_24_no_address_that_a_program_names_is_opened() {
    let house = House::open().await;
    let canary = format!("{}/v1/canary", house.api.url);
    let metadata = json!({
        "redirect_uris": [REDIRECT], "logo_uri": canary, "policy_uri": canary, "tos_uri": canary,
        "client_uri": canary, "jwks_uri": canary, "sector_identifier_uri": canary, "client_name": "<b>\u{1b}[31m",
    });
    let echo = house.register(metadata).await;
    assert_eq!(echo.status, 201);
    assert_eq!(echo.json()["client_name"], "<b>[31m");
    assert!(house.api.arrived().is_empty());
}

#[tokio::test]
async fn as_25_dos_02_a_storm_of_registrations_is_slowed_down_and_bounded() {
    let house = House::open().await;
    let mut statuses = Vec::new();
    for _ in 0..60 {
        statuses.push(house.register(json!({ "redirect_uris": [REDIRECT] })).await.status);
    }
    assert!(statuses.contains(&429) && statuses.contains(&201));
    assert!(house.broker.apps().expect("open").len() <= 200);
}

#[tokio::test]
async fn as_23_a_program_uses_the_grants_that_it_registered_for_and_no_other() {
    let house = House::open().await;
    let codes_only = house
        .program_with(json!({ "redirect_uris": [REDIRECT], "grant_types": ["authorization_code"] }))
        .await;
    let tokens = house.tokens(&codes_only, &[]).await;
    assert!(tokens["access_token"].is_string() && tokens.get("refresh_token").is_none(), "{tokens}");
    let refused = (400, "unauthorized_client".to_owned());
    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    for grant in ["refresh_token", exchange, "urn:ietf:params:oauth:grant-type:device_code"] {
        assert_eq!(house.token(&codes_only, &[("grant_type", grant)]).await.error(), refused, "{grant}");
    }
    assert_eq!(house.post("/pro/device_authorization", &codes_only, &[]).await.error(), refused);

    let refresh_only =
        house.program_with(json!({ "redirect_uris": [REDIRECT], "grant_types": ["refresh_token"] })).await;
    assert_eq!(house.authorize(&refresh_only, &[]).await.error(), refused);
    assert_eq!(house.push(&refresh_only, &[]).await.error(), refused);
}
