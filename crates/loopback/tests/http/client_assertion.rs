//! Programs that prove themselves by a key (RFC 7523).

use broker::Clock;
use serde_json::{Value, json};

use crate::{
    client::{Program, REDIRECT, Reply, VERIFIER, http, send},
    house::House,
    pair::Pair,
};

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn metadata(keys: &[Value]) -> Value {
    json!({
        "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": keys },
    })
}

fn assertion(house: &House, pair: &Pair, program: &Program, jti: &str) -> String {
    let now = house.clock.now().0;
    let claims = json!({
        "iss": program.id, "sub": program.id, "aud": house.at("/pro"), "jti": jti, "iat": now, "exp": now + 60,
    });
    pair.sign(&json!({ "alg": pair.algorithm() }), &claims)
}

async fn redeem(house: &House, code: &str, assertion: &str, more: &[(&str, &str)]) -> Reply {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("code_verifier", VERIFIER),
        ("client_assertion_type", KIND),
        ("client_assertion", assertion),
    ];
    form.extend_from_slice(more);
    send(http().post(house.at("/pro/token")).form(&form)).await
}

#[tokio::test]
async fn a_program_proves_itself_by_its_key() {
    let house = House::open().await;
    for pair in [Pair::p256(), Pair::ed25519()] {
        let program = house.program_with(metadata(&[pair.jwk()])).await;
        assert_eq!(program.secret, None);
        let code = house.code(&program, &[]).await;
        let reply = redeem(&house, &code, &assertion(&house, &pair, &program, "one"), &[]).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let token = reply.json()["access_token"].as_str().expect("a token").to_owned();
        let form = [
            ("token", token.as_str()),
            ("client_assertion_type", KIND),
            ("client_assertion", &assertion(&house, &pair, &program, "two")),
        ];
        let told = send(http().post(house.at("/pro/introspect")).form(&form)).await;
        assert_eq!(told.json()["active"], true, "a key is a credential: {}", told.text);
    }
}

#[tokio::test]
async fn what_does_not_prove_it_is_refused_and_uses_nothing_up() {
    let house = House::open().await;
    let (pair, stranger) = (Pair::p256(), Pair::p256());
    let program = house.program_with(metadata(&[pair.jwk()])).await;
    let (other, public) = (house.program_with(metadata(&[stranger.jwk()])).await, house.program().await);
    let code = house.code(&program, &[]).await;
    let invalid = (401, "invalid_client".to_owned());
    for (wrong, why) in [
        (assertion(&house, &stranger, &program, "a"), "another's key"),
        (assertion(&house, &pair, &public, "b"), "it registered no key"),
        (assertion(&house, &pair, &Program { id: "app_x".into(), secret: None }, "c"), "not known"),
        ("x.y.z".to_owned(), "no statement"),
    ] {
        assert_eq!(redeem(&house, &code, &wrong, &[]).await.error(), invalid, "{why}");
    }
    let good = |jti: &str| assertion(&house, &pair, &program, jti);
    let named = redeem(&house, &code, &good("d"), &[("client_id", &other.id)]).await;
    assert_eq!(named.error(), invalid, "about another program");
    let twice = redeem(&house, &code, &good("e"), &[("client_secret", "x")]).await;
    assert_eq!(twice.error(), (400, "invalid_request".into()), "two ways at once");
    let by_id = house.redeem(&program, &code).await;
    assert_eq!(by_id.error(), invalid, "the id alone proves nothing");
    let by_secret = Program { secret: Some("x".into()), ..program.clone() };
    assert_eq!(house.redeem(&by_secret, &code).await.error(), invalid, "no downgrade to a secret");
    let first = good("f");
    assert_eq!(redeem(&house, &code, &first, &[]).await.status, 200);
    assert_eq!(redeem(&house, &code, &first, &[]).await.error(), invalid, "an assertion is good once");
}

#[tokio::test]
async fn as_24_keys_are_registered_and_never_fetched() {
    let house = House::open().await;
    let pair = Pair::p256();
    let mut private = pair.jwk();
    private["d"] = json!("AA");
    let by_address = json!({
        "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": format!("{}/v1/keys", house.api.url),
    });
    for wrong in [metadata(&[]), metadata(&[private]), metadata(&vec![pair.jwk(); 9]), by_address] {
        assert_eq!(house.register(wrong).await.error(), (400, "invalid_client_metadata".into()));
    }
    assert!(house.api.arrived().is_empty());
    let echo = house.register(metadata(&[pair.jwk()])).await.json();
    assert_eq!(echo["jwks"], json!({ "keys": [pair.jwk()] }));
}
