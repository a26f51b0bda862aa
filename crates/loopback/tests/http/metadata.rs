//! What issuers say of themselves.

use serde_json::json;

use crate::{
    client::{http, send},
    house::House,
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
        ("grant_types_supported", json!(["authorization_code", "refresh_token"])),
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
    assert_eq!(count, 7);
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
