//! The token endpoint.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::{Value, json};

use crate::{
    client::{Program, REDIRECT, VERIFIER, http, send},
    house::{ACCOUNT, House, Mood},
};

#[tokio::test]
async fn as_09_tk_01_a_code_becomes_a_short_token() {
    let house = House::open().await;
    let program = house.program().await;
    let code = house.code(&program, &[]).await;
    let reply = house.redeem(&program, &code).await;
    assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-store")));
    let answer = reply.json();
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["expires_in"], 300);
    assert_eq!(answer["scope"], "read write");
    assert_eq!(answer["keylodge_delivery"], "gateway", "tk_16: nothing of the provider's leaves by default");
    assert_eq!(answer["keylodge_audience"], house.gateway(""));
    assert_eq!(answer["keylodge_account"], ACCOUNT);
    assert!(answer["refresh_token"].is_string() && answer["keylodge_note"].is_string());
    assert!(!reply.text.contains("canary") && !reply.text.contains("upstream-"), "tk_15");
}

#[tokio::test]
async fn as_06_as_08_a_code_is_bound_to_everything_it_was_asked_with() {
    let house = House::open().await;
    let (program, other) = (house.program().await, house.program().await);
    house.resource_server("http://127.0.0.1:9100/").await;
    let code = house.code(&program, &[("resource", Some("http://127.0.0.1:9100/"))]).await;
    let base =
        vec![("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER)];
    assert_eq!(house.token(&other, &base).await.error(), (400, "invalid_grant".into()), "another program");
    for swapped in [
        ("redirect_uri", "http://127.0.0.1:4712/cb"),
        ("redirect_uri", "http://127.0.0.1/cb"),
        ("resource", "http://127.0.0.1:9101/"),
    ] {
        let reply = house.token(&program, &[base.clone(), vec![swapped]].concat()).await;
        assert_eq!(reply.error(), (400, "invalid_grant".into()), "{swapped:?}");
    }
    let same = [base, vec![("redirect_uri", "http://127.0.0.1:4711/cb")]].concat();
    let answer = house.token(&program, &same).await.json();
    assert_eq!(answer["keylodge_audience"], "http://127.0.0.1:9100/", "as_34: the audience follows");
}

#[tokio::test]
async fn as_06_a_code_lives_for_a_minute() {
    let house = House::open().await;
    let program = house.program().await;
    let code = house.code(&program, &[]).await;
    house.clock.pass(60);
    assert_eq!(house.redeem(&program, &code).await.error(), (400, "invalid_grant".into()));
}

#[tokio::test]
async fn as_07_oau_08_a_second_redemption_takes_back_what_the_first_gave() {
    let house = House::open().await;
    let program = house.program().await;
    let code = house.code(&program, &[]).await;
    let first = house.redeem(&program, &code).await.json();
    let token = first["access_token"].as_str().expect("a token");
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 200);
    let wrong = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("code_verifier", "x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x"),
    ];
    assert_eq!(house.token(&program, &wrong).await.error(), (400, "invalid_grant".into()));
    assert_eq!(
        send(http().get(house.gateway("/things")).bearer_auth(token)).await.status,
        200,
        "an invalid replay revokes nothing"
    );
    assert_eq!(house.redeem(&program, &code).await.error(), (400, "invalid_grant".into()));
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 401);
    let refresh = first["refresh_token"].as_str().expect("a refresh token");
    assert_eq!(house.refresh(&program, refresh, &[]).await.error(), (400, "invalid_grant".into()));
}

#[tokio::test]
async fn oau_08_of_redemptions_at_once_at_most_one_succeeds() {
    let house = House::open().await;
    let program = house.program().await;
    let code = house.code(&program, &[]).await;
    let redemptions = (0..8).map(|_| house.redeem(&program, &code));
    let replies = futures_util::future::join_all(redemptions).await;
    let given: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert!(given.len() <= 1);
    for reply in given {
        let token = reply.json()["access_token"].as_str().expect("a token").to_owned();
        let used = send(http().get(house.gateway("/things")).bearer_auth(token)).await;
        assert_eq!(used.status, 401, "and what it gave was taken back");
    }
}

#[tokio::test]
async fn as_09_as_10_malformed_requests_get_the_standard_errors() {
    let house = House::open().await;
    let program = house.program().await;
    let code = house.code(&program, &[]).await;
    let url = house.at("/pro/token");
    assert_eq!(send(http().get(&url)).await.status, 405);
    let as_json = http().post(&url).json(&json!({ "grant_type": "authorization_code", "code": code }));
    assert_eq!(send(as_json).await.error(), (400, "invalid_request".into()));
    let post = |body: String| {
        let kind = "application/x-www-form-urlencoded";
        send(http().post(&url).header("content-type", kind).body(body))
    };
    let id = &program.id;
    let sound = format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}&client_id={id}");
    for (body, error) in [
        (String::new(), (400, "invalid_request")),
        ("grant_type=".to_owned(), (400, "invalid_request")),
        (format!("{sound}&code={code}"), (400, "invalid_request")),
        (format!("{sound}&unknown=1&unknown=2"), (400, "invalid_request")),
        (
            format!("grant_type=authorization_code&code=&code_verifier={VERIFIER}&client_id={id}"),
            (400, "invalid_request"),
        ),
        (
            format!("grant_type=authorization_code&code=wrong&code_verifier={VERIFIER}&client_id={id}"),
            (400, "invalid_grant"),
        ),
        (
            format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}&client_id=app_no"),
            (401, "invalid_client"),
        ),
        (
            format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}"),
            (401, "invalid_client"),
        ),
        (format!("grant_type=refresh_token&client_id={id}"), (400, "invalid_request")),
        (format!("grant_type=urn:x&client_id={id}"), (400, "unsupported_grant_type")),
    ] {
        let reply = post(body.clone()).await;
        assert_eq!(reply.error(), (error.0, error.1.to_owned()), "{body}");
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
    assert_eq!(post(format!("{sound}&scope=&redirect_uri=&unknown=1")).await.status, 200);
}

#[tokio::test]
async fn as_42_passwords_and_implicit_grants_are_refused_with_what_to_use() {
    let house = House::open().await;
    let program = house.program().await;
    for grant in ["password", "implicit", "urn:ietf:params:oauth:grant-type:saml2-bearer"] {
        let parameters = [("grant_type", grant), ("username", "ada"), ("password", "secret")];
        let reply = house.token(&program, &parameters).await;
        assert_eq!(reply.error(), (400, "unsupported_grant_type".into()));
        let sentence = reply.json()["error_description"].as_str().expect("a sentence").to_owned();
        assert!(sentence.contains("authorization_code"), "{sentence}");
        assert_eq!(sentence.contains("RFC 9700"), !grant.starts_with("urn:"), "why not: {sentence}");
    }
}

#[tokio::test]
async fn as_10_a_program_authenticates_in_one_way() {
    let house = House::open().await;
    let program = house.confidential().await;
    let secret = program.secret.clone().expect("a secret");
    let url = house.at("/pro/token");
    let code = house.code(&program, &[]).await;
    let form = [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER)];
    let with = |more: &[(&'static str, &str)]| {
        let mut all: Vec<(String, String)> = form.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
        all.extend(more.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        all
    };
    let both = http().post(&url).basic_auth(&program.id, Some(&secret));
    let both = both.form(&with(&[("client_id", &program.id), ("client_secret", &secret)]));
    assert_eq!(send(both).await.error(), (400, "invalid_request".into()));
    let wrong = http().post(&url).basic_auth(&program.id, Some("wrong")).form(&with(&[]));
    let reply = send(wrong).await;
    assert_eq!(reply.error(), (401, "invalid_client".into()));
    assert!(reply.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")));
    let bearer = http().post(&url).bearer_auth("x").form(&with(&[]));
    assert_eq!(send(bearer).await.error(), (401, "invalid_client".into()));
    let without = http().post(&url).form(&with(&[("client_id", &program.id)]));
    let reply = send(without).await;
    assert_eq!(reply.error(), (401, "invalid_client".into()), "a confidential program without its secret");
    assert!(reply.header("www-authenticate").is_none());
    let by_form = http().post(&url).form(&with(&[("client_id", &program.id), ("client_secret", &secret)]));
    assert_eq!(send(by_form).await.status, 200);
}

#[tokio::test]
async fn tk_04_oau_09_an_old_refresh_token_ends_the_family() {
    let house = House::open().await;
    let program = house.program().await;
    let first = house.tokens(&program, &[]).await;
    let old = first["refresh_token"].as_str().expect("one").to_owned();
    let second = house.refresh(&program, &old, &[]).await.json();
    let new = second["refresh_token"].as_str().expect("rotated").to_owned();
    assert_ne!(old, new);
    let again = house.refresh(&program, &old, &[]).await.json();
    for member in ["refresh_token", "access_token"] {
        assert_eq!(again[member], second[member], "oau_10: a lost answer is given again");
    }
    house.clock.pass(30);
    assert_eq!(house.refresh(&program, &old, &[]).await.error(), (400, "invalid_grant".into()));
    assert_eq!(house.refresh(&program, &new, &[]).await.error(), (400, "invalid_grant".into()));
    let token = second["access_token"].as_str().expect("a token");
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 401);
}

#[tokio::test]
async fn tk_05_a_refresh_token_is_bound_to_program_scope_and_resource() {
    let house = House::open().await;
    let (program, other) = (house.program().await, house.program().await);
    let tokens = house.tokens(&program, &[("scope", Some("read"))]).await;
    let token = tokens["refresh_token"].as_str().expect("one");
    assert_eq!(house.refresh(&other, token, &[]).await.error(), (400, "invalid_grant".into()));
    let another = house.refresh(&program, token, &[("scope", "write")]).await;
    assert_eq!(another.error(), (400, "invalid_scope".into()));
    let elsewhere = house.refresh(&program, token, &[("resource", "http://127.0.0.1:9/")]).await;
    assert_eq!(elsewhere.error(), (400, "invalid_target".into()));
    let wider = house.refresh(&program, token, &[("scope", "read write")]).await;
    assert_eq!(wider.status, 200, "refusals do not spend it");
    assert_eq!(wider.json()["scope"], "read", "what was not granted is left out, and said");
}

#[tokio::test]
async fn tk_07_less_at_a_refresh_is_less_for_that_token_only() {
    let house = House::open().await;
    let program = house.program().await;
    let tokens = house.tokens(&program, &[]).await;
    let refresh = tokens["refresh_token"].as_str().expect("one");
    let narrow = house.refresh(&program, refresh, &[("scope", "read")]).await.json();
    assert_eq!(narrow["scope"], "read");
    let refresh = narrow["refresh_token"].as_str().expect("rotated");
    assert_eq!(house.refresh(&program, refresh, &[]).await.json()["scope"], "read write");
}

#[tokio::test]
async fn a_consent_for_once_gives_no_refresh_token() {
    let house = House::open().await;
    let program = house.program().await;
    house.person.is(Mood::AllowsOnce);
    let tokens = house.tokens(&program, &[]).await;
    assert!(tokens["access_token"].is_string() && tokens.get("refresh_token").is_none());
}

async fn claims(house: &House, token: &str, validation: &Validation) -> Result<Value, String> {
    let keys: JwkSet =
        serde_json::from_value(send(http().get(house.at("/pro/jwks"))).await.json()).expect("keys");
    let kid = decode_header(token).map_err(|e| e.to_string())?.kid.ok_or("no kid")?;
    let key = DecodingKey::from_jwk(keys.find(&kid).ok_or("unknown kid")?).map_err(|e| e.to_string())?;
    decode::<Value>(token, &key, validation).map(|data| data.claims).map_err(|e| e.to_string())
}

fn validation(audience: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[audience]);
    validation
}

#[tokio::test]
async fn tk_08_tk_02_tk_18_a_token_says_what_rfc_9068_wants_and_no_more() {
    let house = House::open().await;
    let program = house.program().await;
    let token = house.tokens(&program, &[]).await["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(decode_header(&token).expect("a header").typ.as_deref(), Some("at+jwt"));
    let claims = claims(&house, &token, &validation(&house.gateway(""))).await.expect("it verifies");
    let mut names: Vec<_> = claims.as_object().expect("claims").keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["aud", "auth_time", "client_id", "exp", "iat", "iss", "jti", "scope", "sub"]);
    assert_eq!(claims["iss"], house.at("/pro"));
    assert_eq!(claims["client_id"], program.id);
    assert_eq!(claims["exp"].as_i64(), claims["iat"].as_i64().map(|iat| iat + 300), "tk_01");
    let personal = ["ada@example.org", "work", "subject"];
    assert!(!personal.iter().any(|word| claims.to_string().contains(word)), "tk_18");
}

#[tokio::test]
async fn tk_09_forged_tokens_open_nothing() {
    let house = House::open().await;
    let program = house.program().await;
    let token = house.tokens(&program, &[]).await["access_token"].as_str().expect("a token").to_owned();
    let parts: Vec<&str> = token.split('.').collect();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let key = send(http().get(house.at("/pro/jwks"))).await.json()["keys"][0].clone();
    let hmac = jsonwebtoken::encode(
        &jsonwebtoken::Header::new(Algorithm::HS256),
        &json!({ "aud": house.gateway(""), "exp": 4_000_000_000_u32 }),
        &jsonwebtoken::EncodingKey::from_secret(key.to_string().as_bytes()),
    )
    .expect("signs");
    for forged in [
        format!("{}.{}.", part(json!({ "alg": "none", "typ": "at+jwt" })), parts[1]),
        format!("{}.{}.{}", part(json!({ "alg": "none" })), parts[1], parts[2]),
        format!("{}.{}.{}", parts[0], part(json!({ "aud": house.gateway("") })), parts[2]),
        format!("{}.{}.{}", parts[0], parts[1], "AAAA"),
        format!("{token}x"),
        hmac,
    ] {
        let reply = send(http().get(house.gateway("/things")).bearer_auth(&forged)).await;
        assert_eq!(reply.error(), (401, "invalid_token".into()), "{forged}");
        let judged = claims(&house, &forged, &validation(&house.gateway(""))).await;
        assert!(judged.is_err(), "{forged}");
    }
}

#[tokio::test]
async fn release_hands_out_the_providers_token_and_says_so() {
    let house = House::open().await;
    let program = house.program().await;
    let all = [("scope", Some("read write wide")), ("delivery", Some("release"))];
    let tokens = house.tokens(&program, &all).await;
    assert_eq!(tokens["keylodge_delivery"], "release");
    assert_eq!(tokens["access_token"], "upstream-1");
    let narrow = house.program().await;
    let code = house.code(&narrow, &[("scope", Some("read")), ("delivery", Some("release"))]).await;
    assert_eq!(house.redeem(&narrow, &code).await.error(), (400, "invalid_target".into()), "oau_15");
}

#[tokio::test]
async fn oau_15_a_program_that_takes_either_is_told_which_it_got_in_each_flow() {
    let house = House::open().await;
    let either = ("delivery", Some("release_or_gateway"));
    let program = house.program().await;
    let all = house.tokens(&program, &[("scope", Some("read write wide")), either]).await;
    assert_eq!(all["keylodge_delivery"], "release");
    let narrow = house.program().await;
    let tokens = house.tokens(&narrow, &[("scope", Some("read")), either]).await;
    assert_eq!(tokens["keylodge_delivery"], "gateway");
    let note = tokens["keylodge_note"].as_str().expect("a note");
    assert!(
        note.contains("gives no token with only read") && note.contains("Instead: A Keylodge token"),
        "{note}"
    );
    let token = tokens["access_token"].as_str().expect("one");
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 200);
    let refresh = tokens["refresh_token"].as_str().expect("one");
    let parameters = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let next = house.post("/pro/token", &narrow, &parameters).await.json();
    assert_eq!(next["keylodge_delivery"], "gateway");
    let refused = house.authorize(&narrow, &[("delivery", Some("either"))]).await;
    assert_eq!(refused.error(), (400, "invalid_request".into()));
}

#[tokio::test]
async fn a_provider_that_is_away_is_told_apart() {
    let house = House::open().await;
    let program = house.program().await;
    house.provider.away.store(true, std::sync::atomic::Ordering::SeqCst);
    let all = [("scope", Some("read write wide")), ("delivery", Some("release"))];
    let code = house.code(&program, &all).await;
    let reply = house.redeem(&program, &code).await;
    assert_eq!(reply.error(), (503, "temporarily_unavailable".into()));
    assert_eq!(reply.header("retry-after"), Some("7"));
}

#[tokio::test]
async fn a_program_of_one_issuer_is_unknown_at_another() {
    let house = House::open().await;
    let program = house.program().await;
    let code = house.code(&program, &[]).await;
    let parameters =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER)];
    assert_eq!(
        house.post("/other/token", &program, &parameters).await.error(),
        (401, "invalid_client".into())
    );
    let nobody = Program { id: program.id.clone(), secret: Some("x".into()) };
    assert_eq!(house.redeem(&nobody, &code).await.error(), (401, "invalid_client".into()), "as_22");
}

#[tokio::test]
async fn opaque_tokens_by_choice_work_at_the_gateway_and_introspection() {
    let house = House::open().await;
    let metadata = json!({
        "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "client_secret_basic",
        "keylodge_token_format": "opaque",
    });
    let program = house.program_with(metadata).await;
    let tokens = house.tokens(&program, &[]).await;
    let token = tokens["access_token"].as_str().expect("a token");
    assert!(!token.contains('.') && token.len() == 43, "it says nothing: {token}");
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 200);
    let told = house.post("/pro/introspect", &program, &[("token", token)]).await.json();
    assert_eq!((&told["active"], &told["scope"]), (&json!(true), &json!("read write")));
    let kept = format!("{:?}", house.broker.leases().expect("open"));
    assert!(!kept.contains(token), "tk_17: only its hash is kept");
    house.clock.pass(300);
    assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 401);
}
