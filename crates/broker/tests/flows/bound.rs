//! Tokens that the provider bound to a key of the sign-in (DPoP, RFC 9449): the key lives as long as the sign-in, is proven
//! where the tokens are used, and neither leaves.

use broker::{Delivery, Error, GatewayPass, GatewayRequest, Secret, SecretOf, consent::Duration};
use url::Url;

use crate::{
    asked,
    fakes::{FakeUpstream, House, program, scopes},
    request, restarted, settle,
};

const KEY: &str = "a key of the sign-in";

async fn bound() -> House {
    House::at(FakeUpstream::binding()).await
}

async fn leased(house: &House) -> Secret<String> {
    let wanted = request(house, &program("tool"), "read").await;
    let yes = house.allow("read", Delivery::Gateway, Duration::Always);
    asked(house, wanted, yes).await.expect("handed out").token
}

async fn pass(house: &House, token: &Secret<String>) -> GatewayPass {
    let account = house.account();
    let request = GatewayRequest { account: &account, method: "GET", path: "/things", key: None };
    house.broker.gateway_pass(token, request).await.expect("it passes")
}

fn proof(house: &House, pass: &GatewayPass) -> Option<String> {
    let address = Url::parse(&pass.target).expect("an address");
    house.broker.gateway_proof(pass, "GET", &address).expect("proven")
}

#[tokio::test]
async fn uc_33_the_key_is_sealed_and_proven_at_the_gateway_before_and_after_a_restart() {
    let house = bound().await;
    let grant = house.vault.records().grants[0].id.clone();
    let sealed = house.vault.secret_now(&SecretOf::ProofKey(grant));
    assert_eq!(sealed.as_deref(), Some(KEY));
    let token = leased(&house).await;
    let first = pass(&house, &token).await;
    assert!(first.is_bound());
    let expected = format!("GET {} upstream-0 by {KEY}", first.target);
    assert_eq!(proof(&house, &first), Some(expected.clone()));

    let next = restarted(&house, &house.upstream).await;
    let again = pass(&next, &token).await;
    assert_eq!(proof(&next, &again), Some(expected), "from the vault, without a refresh");
    assert!(house.upstream.proven.lock().expect("lock").is_empty());
}

#[tokio::test]
async fn uc_33_one_key_serves_every_refresh_and_goes_with_the_sign_in() {
    let house = bound().await;
    let grant = house.vault.records().grants[0].id.clone();
    let _ = leased(&house).await;
    for _ in 0..2 {
        house.clock.turn(3600);
        let wanted = request(&house, &program("tool"), "read").await;
        let token = house.broker.access(wanted).await.expect("the consent stands").token;
        assert!(pass(&house, &token).await.is_bound(), "what a refresh brought is bound, too");
    }
    let proven = house.upstream.proven.lock().expect("lock").clone();
    assert_eq!(proven, vec![Some(KEY.to_owned()); 2]);
    house.broker.remove_account("work").await.expect("removed");
    settle().await;
    assert_eq!(house.vault.secret_now(&SecretOf::ProofKey(grant)), None);
}

#[tokio::test]
async fn uc_33_a_bound_token_is_not_released_and_nobody_is_asked_in_vain() {
    let house = bound().await;
    let mut wanted = request(&house, &program("tool"), "read").await;
    wanted.delivery = Delivery::Release;
    wanted.scopes = scopes("read write admin");
    let refused = house.broker.access(wanted).await.expect_err("not released");
    assert!(matches!(&refused, Error::NotReleased(why) if why.contains("bound to a key")), "{refused}");
    assert!(refused.to_string().contains("Use the gateway"), "what to do: {refused}");
}

#[tokio::test]
async fn without_the_entrys_word_there_is_no_key() {
    let house = House::with_account().await;
    let grant = house.vault.records().grants[0].id.clone();
    assert_eq!(house.vault.secret_now(&SecretOf::ProofKey(grant)), None);
    let token = leased(&house).await;
    let pass = pass(&house, &token).await;
    assert!(!pass.is_bound() && proof(&house, &pass).is_none());
}
