//! An entry beside what its server says about itself.

use broker::{
    Provider,
    provider::{ClientAuthentication, Endpoints, SignInWay},
};
use providers::check::{Remark, Supports, Weight};
use serde_json::{Value, json};

use crate::provider::{Answer, Hostile, entry};

const OIDC: &str = "/.well-known/openid-configuration";

fn metadata(hostile: &Hostile) -> Value {
    json!({
        "issuer": hostile.base,
        "authorization_endpoint": hostile.url("/authorize"),
        "token_endpoint": hostile.url("/token"),
        "revocation_endpoint": hostile.url("/revoke"),
        "jwks_uri": hostile.url("/jwks"),
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "pushed_authorization_request_endpoint": hostile.url("/par"),
        "authorization_response_iss_parameter_supported": true,
    })
}

fn own(hostile: &Hostile) -> Provider {
    Provider {
        issuer: Some(hostile.base.clone()),
        endpoints: Some(Endpoints {
            authorization: hostile.url("/authorize"),
            token: hostile.url("/token"),
            revocation: Some(hostile.url("/revoke")),
            jwks: Some(hostile.url("/jwks")),
            pushed_authorization_request: Some(hostile.url("/par")),
            sends_iss: true,
            pkce_s256: true,
            ..Endpoints::default()
        }),
        sign_in: vec![SignInWay::Code],
        private: true,
        scopes: Vec::new(),
        ..entry()
    }
}

async fn compared(change: fn(&mut Provider), says: fn(&mut Value)) -> (Vec<Remark>, Option<Supports>) {
    let hostile = Hostile::start().await;
    let mut told = metadata(&hostile);
    says(&mut told);
    hostile.on(OIDC, Answer::json(&told));
    let mut entry = own(&hostile);
    change(&mut entry);
    let compared = hostile.upstreams().compare(&entry).await;
    assert!(hostile.paths().iter().all(|path| path.contains("/.well-known/")), "nothing else is asked");
    compared
}

#[tokio::test]
async fn an_entry_that_agrees_with_its_server_needs_no_remark() {
    let (remarks, supports) = compared(|_| (), |_| ()).await;
    assert_eq!(remarks, []);
    let supports = supports.expect("it answered");
    assert!(supports.pkce_s256 && supports.iss && supports.revocation && !supports.device);
    assert_eq!((supports.pushed_requests, supports.dpop.is_empty()), ("offered", true));
}

#[tokio::test]
async fn each_difference_is_told_by_its_key() {
    fn endpoints(entry: &mut Provider) -> &mut Endpoints {
        entry.endpoints.as_mut().expect("endpoints")
    }
    type Case = (fn(&mut Provider), fn(&mut Value), Weight, &'static str);
    let cases: [Case; 12] = [
        (
            |it| it.client.dpop_bound_access_tokens = true,
            |_| (),
            Weight::Error,
            "client.dpop_bound_access_tokens",
        ),
        (
            |_| (),
            |told| told["dpop_signing_alg_values_supported"] = json!(["ES256"]),
            Weight::Note,
            "client.dpop_bound_access_tokens",
        ),
        (|it| endpoints(it).token.push('2'), |_| (), Weight::Error, "endpoints.token"),
        (|it| endpoints(it).jwks = None, |_| (), Weight::Note, "endpoints.jwks"),
        (|_| (), |told| told["revocation_endpoint"] = Value::Null, Weight::Warning, "endpoints.revocation"),
        (
            |_| (),
            |told| told["code_challenge_methods_supported"] = json!(["plain"]),
            Weight::Error,
            "endpoints.pkce_s256",
        ),
        (
            |_| (),
            |told| told["require_pushed_authorization_requests"] = json!(true),
            Weight::Error,
            "endpoints.requires_par",
        ),
        (
            |_| (),
            |told| told["authorization_response_iss_parameter_supported"] = json!(false),
            Weight::Error,
            "endpoints.sends_iss",
        ),
        (|it| it.sign_in.push(SignInWay::Device), |_| (), Weight::Error, "sign_in"),
        (
            |it| it.client.authentication = Some(ClientAuthentication::Post),
            |_| (),
            Weight::Error,
            "client.authentication",
        ),
        (
            |_| (),
            |told| told["grant_types_supported"] = json!(["authorization_code"]),
            Weight::Warning,
            "refresh.gives",
        ),
        (|_| (), |told| told["issuer"] = json!("https://other.example"), Weight::Error, "issuer"),
    ];
    for (change, says, weight, about) in cases {
        let (remarks, _) = compared(change, says).await;
        let fits = |remark: &Remark| remark.weight == weight && remark.about == about;
        assert!(remarks.iter().any(fits), "{about}: {remarks:?}");
    }
}

#[tokio::test]
async fn without_an_issuer_there_is_nothing_to_compare_with() {
    let hostile = Hostile::start().await;
    let (remarks, supports) = hostile.upstreams().compare(&Provider { issuer: None, ..own(&hostile) }).await;
    assert!(supports.is_none() && remarks.len() == 1 && remarks[0].about == "issuer", "{remarks:?}");
    assert!(hostile.paths().is_empty());
}
