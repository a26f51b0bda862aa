//! What issuers say of themselves.

use serde_json::json;

use crate::{
    client::{VERIFIER, http, send},
    house::{ACCOUNT, House},
};

#[tokio::test]
async fn dm_01_metadata_is_between_host_and_path_and_appended_too() {
    let house = House::open().await;
    for path in ["/.well-known/oauth-authorization-server/pro", "/pro/.well-known/oauth-authorization-server"]
    {
        let reply = send(http().get(house.at(path))).await;
        assert_eq!(reply.json()["issuer"], json!(house.at("/pro")), "{path}");
    }
    for path in ["/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/nobody"]
    {
        assert_eq!(send(http().get(house.at(path))).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn dm_04_as_42_everything_advertised_is_there_and_nothing_else() {
    let house = House::open().await;
    let metadata = send(http().get(house.at("/.well-known/oauth-authorization-server/pro"))).await.json();
    for (member, wanted) in [
        ("response_types_supported", json!(["code"])),
        (
            "grant_types_supported",
            json!([
                "authorization_code",
                "refresh_token",
                "urn:ietf:params:oauth:grant-type:device_code",
                "urn:ietf:params:oauth:grant-type:token-exchange",
                "client_credentials",
            ]),
        ),
        ("code_challenge_methods_supported", json!(["S256"])),
        (
            "token_endpoint_auth_methods_supported",
            json!(["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]),
        ),
        ("dpop_signing_alg_values_supported", json!(["ES256", "EdDSA", "Ed25519"])),
        ("authorization_details_types_supported", json!(["keylodge_account_access"])),
        ("require_pushed_authorization_requests", json!(false)),
        ("authorization_response_iss_parameter_supported", json!(true)),
        ("scopes_supported", json!(["read", "write", "wide"])),
    ] {
        assert_eq!(metadata[member], wanted, "{member}");
    }
    let members = metadata.as_object().expect("an object");
    let endpoints = members.iter().filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri");
    let mut count = 0;
    for (name, address) in endpoints {
        let reply = send(http().get(address.as_str().expect("an address"))).await;
        assert_ne!(reply.status, 404, "{name}");
        count += 1;
    }
    assert_eq!(count, 8);
}

#[tokio::test]
async fn tk_14_published_keys_have_no_private_member() {
    let house = House::open().await;
    let keys = send(http().get(house.at("/pro/jwks"))).await.json();
    let keys = keys["keys"].as_array().expect("keys");
    assert_eq!(keys.len(), 1);
    assert!(keys[0].get("d").is_none() && keys[0]["kty"] == "EC" && keys[0]["use"] == "sig");
}

#[tokio::test]
async fn tk_14_keys_change_and_the_old_one_stays_until_its_last_token_has_ended() {
    let house = House::open().await;
    let program = house.program().await;
    let keys = async || {
        let set = send(http().get(house.at("/pro/jwks"))).await.json();
        let ids = set["keys"].as_array().expect("keys").iter().map(|key| key["kid"].to_string());
        ids.collect::<Vec<_>>()
    };
    let signed_with = |tokens: &serde_json::Value| {
        let token = tokens["access_token"].as_str().expect("a token").to_owned();
        let header = jsonwebtoken::decode_header(token).expect("a header");
        format!("{:?}", header.kid.expect("a key"))
    };
    house.tokens(&program, &[]).await;
    let first = keys().await;
    house.clock.pass(90 * 24 * 3600 - 1);
    house.broker.tick().await;
    assert_eq!(keys().await, first, "young enough");
    let last = house.tokens(&program, &[]).await;
    house.clock.pass(1);
    house.broker.tick().await;
    let both = keys().await;
    assert_eq!((both.len(), &both[0]), (2, &first[0]), "both are published");
    assert_eq!(signed_with(&last), first[0]);
    assert_eq!(signed_with(&house.tokens(&program, &[]).await), both[1], "the new one signs");
    house.broker.lock().await.expect("locks");
    house.broker.unlock(None, Some(&broker::Presence::of_native_window())).await.expect("opens");
    assert_eq!(keys().await, both, "durable, and in their order");
    house.clock.pass(360);
    house.broker.tick().await;
    assert_eq!(keys().await, both, "its last token may be alive, by a clock that is behind");
    house.clock.pass(1);
    house.broker.tick().await;
    assert_eq!(keys().await, both[1..]);
}

#[tokio::test]
async fn dm_06_from_a_refusal_to_a_token_by_what_the_gateway_says_of_itself() {
    let house = House::open().await;
    let refused = send(http().get(house.gateway("/things"))).await;
    let challenge = refused.header("www-authenticate").expect("a challenge");
    let parameter =
        |name: &str| challenge.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
    let metadata = send(http().get(parameter("resource_metadata").expect("an address"))).await.json();
    let wanted = json!({
        "resource": house.gateway(""),
        "authorization_servers": [house.at("/pro")],
        "scopes_supported": ["read", "write", "wide"],
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": ["ES256", "EdDSA", "Ed25519"],
    });
    assert_eq!(metadata, wanted, "and nothing of the person (WEB-10)");
    let resource = metadata["resource"].as_str().expect("an address");
    let program = house.program().await;
    let asked = [("scope", parameter("scope")), ("resource", Some(resource))];
    let code = house.code(&program, &asked).await;
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
        ("resource", resource),
    ];
    let tokens = house.token(&program, &parameters).await.json();
    assert_eq!((&tokens["keylodge_audience"], &tokens["scope"]), (&json!(resource), &json!("read")));
    let refresh_token = tokens["refresh_token"].as_str().expect("a token");
    let renewed = house.refresh(&program, refresh_token, &[("resource", resource)]).await.json();
    let token = renewed["access_token"].as_str().expect("a token");
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 200);
}

#[tokio::test]
async fn dm_06_as_34_only_the_gateway_of_an_account_of_this_provider_is_a_resource() {
    let house = House::open().await;
    let program = house.program().await;
    for address in [
        house.at("/gateway/acc_nobody"),
        house.at("/gateway/work"),
        house.at("/gateway/"),
        house.gateway("/"),
        house.gateway("/things"),
        house.gateway("#x"),
        format!("http://localhost:{}/gateway/{ACCOUNT}", house.port),
    ] {
        let reply = house.authorize(&program, &[("resource", Some(&address))]).await;
        assert_eq!(reply.error(), (400, "invalid_target".into()), "{address}");
        let well_known = house.at("/.well-known/oauth-protected-resource/gateway/work");
        assert_eq!(send(http().get(well_known)).await.status, 404, "a label is no address");
    }
    let here = house.gateway("");
    let other = [("resource", Some(here.as_str())), ("login_hint", Some("nobody"))];
    assert_eq!(house.authorize(&program, &other).await.error(), (400, "invalid_target".into()));
    let released = [("resource", Some(here.as_str())), ("delivery", Some("release"))];
    assert_eq!(house.authorize(&program, &released).await.error(), (400, "invalid_target".into()));
    let code = house.code(&program, &[("resource", Some(&here))]).await;
    let elsewhere = house.at("/gateway/acc_other");
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
        ("resource", elsewhere.as_str()),
    ];
    assert_eq!(house.token(&program, &parameters).await.status, 400);
}
