//! Programs register here by themselves (RFC 7591), as public clients that prove themselves by PKCE.

use std::{net::Ipv4Addr, net::Ipv6Addr, sync::Arc};

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::{StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use url::{Host, Url};

use super::{House, refusal::Refusal};
use crate::random;

const MAX_ADDRESSES: usize = 10;
const MAX_NAME: usize = 60;

/// A registered program.
#[derive(Clone, Debug)]
pub struct Client {
    /// The name that it gave itself, cleaned.
    pub name: String,
    /// Where answers may go.
    pub redirect_uris: Vec<String>,
}

/// The members of a registration that matter here; others are ignored (RFC 7591 §2).
#[derive(Deserialize)]
pub struct Asked {
    client_name: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
}

/// Answers a registration.
pub async fn register(State(house): State<Arc<House>>, body: Result<Json<Asked>, JsonRejection>) -> Response {
    let Ok(Json(asked)) = body else {
        return Refusal("invalid_client_metadata", "Send a JSON object.").into_response();
    };
    if let Err(refusal) = check(&asked) {
        return refusal.into_response();
    }
    let client = Client { name: clean(asked.client_name.as_deref()), redirect_uris: asked.redirect_uris };
    let id = random::token("demo-client-");
    let answer = json!({
        "client_id": id,
        "client_id_issued_at": house.now(),
        "client_name": client.name,
        "redirect_uris": client.redirect_uris,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    });
    house.store().clients.put(id, client);
    (StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

fn check(asked: &Asked) -> Result<(), Refusal> {
    let count = asked.redirect_uris.len();
    if count == 0 || count > MAX_ADDRESSES || !asked.redirect_uris.iter().all(|address| acceptable(address)) {
        return Err(Refusal(
            "invalid_redirect_uri",
            "The demo accepts http://127.0.0.1 or http://[::1] with a path.",
        ));
    }
    let only = |list: &Option<Vec<String>>, known: &[&str]| {
        list.as_ref().is_none_or(|list| list.iter().all(|word| known.contains(&word.as_str())))
    };
    if !only(&asked.grant_types, &["authorization_code", "refresh_token"])
        || !only(&asked.response_types, &["code"])
    {
        return Err(Refusal(
            "invalid_client_metadata",
            "The demo knows codes and refresh tokens only (RFC 9700 §2.1).",
        ));
    }
    Ok(())
}

/// Whether `asked` is one of the client's addresses; the port alone may differ (RFC 8252 §7.3).
pub fn redirects_to(client: &Client, asked: &str) -> bool {
    client.redirect_uris.iter().any(|known| known == asked || same_but_port(known, asked))
}

fn same_but_port(known: &str, asked: &str) -> bool {
    match (loopback(known), loopback(asked)) {
        (Some(mut one), Some(mut two)) => {
            one.set_port(None).is_ok() && two.set_port(None).is_ok() && one == two
        }
        _ => false,
    }
}

fn acceptable(address: &str) -> bool {
    loopback(address).is_some()
}

/// The address if it is plain: spelled as the parser would spell it, on a loopback literal, without user or fragment.
fn loopback(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok().filter(|url| url.as_str() == address)?;
    let literal = match url.host()? {
        Host::Ipv4(ip) => ip == Ipv4Addr::LOCALHOST,
        Host::Ipv6(ip) => ip == Ipv6Addr::LOCALHOST,
        Host::Domain(_) => false,
    };
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (url.scheme() == "http" && literal && plain).then_some(url)
}

/// Letters, digits and a few signs: what others say about themselves is untrusted (RFC 7591 §5).
fn clean(name: Option<&str>) -> String {
    let kept = |sign: &char| sign.is_alphanumeric() || " .,()-_'".contains(*sign);
    let name: String = name.unwrap_or_default().chars().filter(kept).take(MAX_NAME).collect();
    if name.trim().is_empty() { "A program without a name".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::{Client, acceptable, clean, redirects_to};

    #[test]
    fn as_01_oau_05_only_the_port_of_a_loopback_literal_may_differ() {
        let client = Client { name: String::new(), redirect_uris: vec!["http://127.0.0.1:1/cb".to_owned()] };
        for good in ["http://127.0.0.1:1/cb", "http://127.0.0.1:65000/cb", "http://127.0.0.1/cb"] {
            assert!(redirects_to(&client, good), "{good}");
        }
        for bad in [
            "http://127.0.0.1:1/cb/",
            "http://127.0.0.1:1/CB",
            "http://127.0.0.1:1/cb?x=1",
            "http://[::1]:1/cb",
            "http://localhost:1/cb",
            "http://127.1:1/cb",
            "http://0x7f000001:1/cb",
            "http://[::ffff:127.0.0.1]:1/cb",
            "http://127.0.0.1.nip.io:1/cb",
            "http://127.0.0.1:1@evil.example/cb",
            "http://user@127.0.0.1:1/cb",
            "http:\\\\127.0.0.1:1/cb",
            "http://127.0.0.1:1/x/../cb",
            "https://127.0.0.1:1/cb",
        ] {
            assert!(!redirects_to(&client, bad), "{bad}");
        }
    }

    #[test]
    fn as_03_oau_06_odd_addresses_cannot_be_registered() {
        for bad in [
            "javascript:alert(1)",
            "data:,x",
            "file:///etc",
            "http://evil.example/",
            "http://127.0.0.1/#f",
            "x",
        ] {
            assert!(!acceptable(bad), "{bad}");
        }
    }

    #[test]
    fn as_24_ui_07_names_are_cleaned() {
        assert_eq!(clean(Some("Ed<b>\u{202e}itor\n")), "Edbitor");
        assert_eq!(clean(Some(&"x".repeat(500))).len(), 60);
        assert_eq!(clean(None), "A program without a name");
    }
}
