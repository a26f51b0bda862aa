//! Tokens that are bound to a program's key (RFC 9449), all the way from the code to the gateway.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use broker::Clock;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    client::{Program, REDIRECT, Reply, VERIFIER, http, send},
    house::{ACCOUNT, House},
    pair::Pair,
};

/// A program's key, and what it knows of the server's nonces.
pub struct Prover {
    pub pair: Pair,
    count: AtomicU32,
}

impl Prover {
    pub fn new() -> Self {
        Self { pair: Pair::p256(), count: AtomicU32::new(0) }
    }

    /// The claims of a fresh proof.
    fn claims(&self, house: &House, method: &str, path: &str, nonce: Option<&str>) -> Value {
        let mut claims = json!({
            "jti": format!("proof {}", self.count.fetch_add(1, Ordering::SeqCst)),
            "htm": method, "htu": house.at(path), "iat": house.clock.now(),
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        claims
    }

    fn proof(&self, claims: &Value) -> String {
        let header = json!({ "typ": "dpop+jwt", "alg": self.pair.algorithm(), "jwk": self.pair.jwk() });
        self.pair.sign(&header, claims)
    }

    /// Posts a form with a proof: at first without a nonce, as a program does that has none yet.
    pub async fn post(&self, house: &House, path: &str, form: &[(&str, &str)]) -> Reply {
        let ask = async |nonce: Option<&str>| {
            let proof = self.proof(&self.claims(house, "POST", path, nonce));
            send(http().post(house.at(path)).header("dpop", proof).form(form)).await
        };
        let first = ask(None).await;
        if first.error().1 != "use_dpop_nonce" {
            return first;
        }
        assert_eq!(first.status, 400);
        ask(first.header("dpop-nonce")).await
    }

    /// Redeems a code that was got with these changes to the request.
    async fn tokens(&self, house: &House, program: &Program, changes: &[(&str, Option<&str>)]) -> Reply {
        let code = house.code(program, changes).await;
        self.redeem(house, program, &code).await
    }

    async fn redeem(&self, house: &House, program: &Program, code: &str) -> Reply {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", VERIFIER),
            ("client_id", &program.id),
        ];
        self.post(house, "/pro/token", &form).await
    }

    async fn refresh(&self, house: &House, program: &Program, token: &str) -> Reply {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", &program.id)];
        self.post(house, "/pro/token", &form).await
    }

    /// Asks the gateway, with the nonce that it tells.
    async fn get(&self, house: &House, token: &str) -> Reply {
        let nonce = self.nonce(house, token).await;
        self.get_with(house, token, &nonce, |_| {}).await
    }

    async fn nonce(&self, house: &House, token: &str) -> String {
        let first = self.get_with(house, token, "old", |_| {}).await;
        assert_eq!(first.error(), (401, "use_dpop_nonce".into()));
        first.header("dpop-nonce").expect("a nonce").to_owned()
    }

    async fn get_with(
        &self,
        house: &House,
        token: &str,
        nonce: &str,
        change: impl FnOnce(&mut Value),
    ) -> Reply {
        let mut claims = self.claims(house, "GET", "/gateway/acc_ada/things", Some(nonce));
        claims["ath"] = json!(URL_SAFE_NO_PAD.encode(Sha256::digest(token)));
        change(&mut claims);
        let request = http().get(house.gateway("/things")).header("dpop", self.proof(&claims));
        send(request.header("authorization", format!("DPoP {token}"))).await
    }

    pub fn thumbprint(&self) -> String {
        let jwk = self.pair.jwk();
        let member = |name: &str| jwk[name].as_str().expect("a member").to_owned();
        let canonical =
            format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, member("x"), member("y"));
        URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
    }
}

fn text(reply: &Value, member: &str) -> String {
    reply[member].as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn as_39_rg_10_a_bound_token_works_with_its_key_and_in_no_other_way() {
    let house = House::open().await;
    let (program, prover, thief) = (house.program().await, Prover::new(), Prover::new());
    let answer = prover.tokens(&house, &program, &[]).await;
    assert_eq!((answer.status, answer.json()["token_type"].as_str()), (200, Some("DPoP")), "{}", answer.text);
    let token = text(&answer.json(), "access_token");
    assert_eq!(prover.get(&house, &token).await.status, 200);
    let as_bearer = send(http().get(house.gateway("/things")).bearer_auth(&token)).await;
    assert_eq!(as_bearer.error(), (401, "invalid_token".into()), "as plain Bearer");
    assert_eq!(thief.get(&house, &token).await.error(), (401, "invalid_token".into()), "with another key");
    let bare = http().get(house.gateway("/things")).header("authorization", format!("DPoP {token}"));
    assert_eq!(send(bare).await.error(), (401, "invalid_dpop_proof".into()), "without a proof");
}

#[tokio::test]
async fn as_39_a_script_binds_its_token_in_one_request() {
    let house = House::open().await;
    let prover = Prover::new();
    let wish = json!({ "account": ACCOUNT, "scope": "read" });
    let ask = async |nonce: Option<&str>| {
        let proof = prover.proof(&prover.claims(&house, "POST", "/access", nonce));
        send(http().post(house.at("/access")).header("dpop", proof).json(&wish)).await
    };
    let first = ask(None).await;
    assert_eq!(first.error(), (400, "use_dpop_nonce".into()));
    let answer = ask(first.header("dpop-nonce")).await;
    assert_eq!((answer.status, answer.json()["token_type"].as_str()), (200, Some("DPoP")), "{}", answer.text);
    let token = text(&answer.json(), "access_token");
    assert_eq!(prover.get(&house, &token).await.status, 200);
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(&token)).await.status, 401);
    let unbound = send(http().post(house.at("/access")).json(&wish)).await.json();
    assert_ne!(text(&unbound, "access_token"), token, "without the proof it is another token");
    assert_eq!(unbound["token_type"], "Bearer");
}

#[tokio::test]
async fn rg_10_the_gateway_wants_a_fresh_proof_for_this_token_and_request() {
    let house = House::open().await;
    let (program, prover) = (house.program().await, Prover::new());
    let token = text(&prover.tokens(&house, &program, &[]).await.json(), "access_token");
    let nonce = prover.nonce(&house, &token).await;
    let told = prover.get_with(&house, &token, &nonce, |_| {}).await;
    assert_eq!((told.status, told.header("dpop-nonce")), (200, Some(nonce.as_str())));
    for (member, value) in [
        ("ath", json!("another")),
        ("ath", json!(null)),
        ("htm", json!("POST")),
        ("htu", json!(house.gateway("/wide"))),
        ("iat", json!(house.clock.now().0 - 61)),
    ] {
        let changed = prover.get_with(&house, &token, &nonce, |claims| claims[member] = value).await;
        assert_eq!(changed.status, 401, "{member}");
        let challenge = changed.header("www-authenticate").expect("a challenge");
        assert!(challenge.starts_with("DPoP ") && challenge.contains("algs=\"ES256"), "{challenge}");
    }
    let once = |claims: &mut Value| claims["jti"] = json!("once");
    assert_eq!(prover.get_with(&house, &token, &nonce, once).await.status, 200);
    assert_eq!(prover.get_with(&house, &token, &nonce, once).await.error().1, "invalid_dpop_proof");
}

#[tokio::test]
async fn rg_10_a_bearer_token_is_not_taken_for_a_bound_one() {
    let house = House::open().await;
    let token = house.gateway_token("read").await;
    assert_eq!(Prover::new().get(&house, &token).await.error(), (401, "invalid_token".into()));
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 200);
}

#[tokio::test]
async fn as_39_codes_are_bound_to_the_key_that_was_announced() {
    let house = House::open().await;
    let (program, prover, thief) = (house.program().await, Prover::new(), Prover::new());
    let thumbprint = prover.thumbprint();
    let code = house.code(&program, &[("dpop_jkt", Some(&thumbprint))]).await;
    assert_eq!(house.redeem(&program, &code).await.error(), (400, "invalid_grant".into()), "without a proof");
    assert_eq!(thief.redeem(&house, &program, &code).await.error(), (400, "invalid_grant".into()));
    assert_eq!(prover.redeem(&house, &program, &code).await.status, 200, "wrong attempts used nothing up");
    let malformed = house.authorize(&program, &[("dpop_jkt", Some("short"))]).await;
    assert_eq!(malformed.error(), (400, "invalid_request".into()));
}

#[tokio::test]
async fn as_39_tk_04_a_public_programs_refresh_token_is_bound_to_its_key() {
    let house = House::open().await;
    let (program, prover, thief) = (house.program().await, Prover::new(), Prover::new());
    let refresh = text(&prover.tokens(&house, &program, &[]).await.json(), "refresh_token");
    assert_eq!(house.refresh(&program, &refresh, &[]).await.error(), (400, "invalid_grant".into()));
    assert_eq!(thief.refresh(&house, &program, &refresh).await.error(), (400, "invalid_grant".into()));
    let next = prover.refresh(&house, &program, &refresh).await.json();
    assert_eq!(next["token_type"], "DPoP", "a thief ended nothing");
    assert_eq!(prover.get(&house, &text(&next, "access_token")).await.status, 200);
}

#[tokio::test]
async fn as_39_introspection_and_the_token_itself_name_the_key() {
    let house = House::open().await;
    let (program, prover) = (house.program().await, Prover::new());
    let resource = "http://127.0.0.1:9100/";
    let server = house.resource_server(resource).await;
    let tokens = prover.tokens(&house, &program, &[("resource", Some(resource))]).await.json();
    let token = text(&tokens, "access_token");
    let told = house.post("/pro/introspect", &server, &[("token", &token)]).await.json();
    assert_eq!(told["cnf"], json!({ "jkt": prover.thumbprint() }));
    assert_eq!((&told["token_type"], &told["active"]), (&json!("DPoP"), &json!(true)));
    let claims = token.split('.').nth(1).expect("signed");
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64url")).expect("JSON");
    assert_eq!(claims["cnf"], json!({ "jkt": prover.thumbprint() }));
}

#[tokio::test]
async fn as_39_a_proof_that_does_not_hold_gives_no_token_and_uses_no_code_up() {
    let house = House::open().await;
    let (program, prover) = (house.program().await, Prover::new());
    let code = house.code(&program, &[]).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
        ("client_id", &program.id),
    ];
    let elsewhere = prover.proof(&prover.claims(&house, "POST", "/pro/revoke", None));
    for proof in ["", "x", "x.y.z", &elsewhere] {
        let reply = send(http().post(house.at("/pro/token")).header("dpop", proof).form(&form)).await;
        assert_eq!(reply.error(), (400, "invalid_dpop_proof".into()), "{proof}");
    }
    assert_eq!(prover.redeem(&house, &program, &code).await.status, 200);
}

#[tokio::test]
async fn as_39_a_program_can_refuse_every_token_that_is_not_bound() {
    let house = House::open().await;
    let metadata = json!({ "redirect_uris": [REDIRECT], "dpop_bound_access_tokens": true });
    let (program, prover) = (house.program_with(metadata).await, Prover::new());
    let code = house.code(&program, &[]).await;
    assert_eq!(house.redeem(&program, &code).await.error(), (400, "invalid_dpop_proof".into()));
    assert_eq!(prover.redeem(&house, &program, &code).await.status, 200);
    let released = prover.tokens(&house, &program, &[("delivery", Some("release"))]).await;
    assert_eq!(released.error(), (400, "invalid_target".into()), "a provider's token is bound to nothing");
}
