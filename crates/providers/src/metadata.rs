//! Reads what an authorization server says about itself (RFC 8414 §2, OIDC Discovery §3).

use broker::provider::Endpoints;
use serde_json::{Map, Value};

use crate::{address::Reach, fault::Fault, json};

/// Metadata that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Metadata {
    /// Its endpoints.
    pub(crate) endpoints: Endpoints,
    /// Whether it speaks OIDC.
    pub(crate) openid: bool,
}

/// Reads metadata that was asked of `issuer`. It must name that issuer byte for byte (RFC 8414 §3.3; DM-02), and
/// all its addresses must be ones that may be called.
pub(crate) fn read(members: &Map<String, Value>, issuer: &str, reach: Reach) -> Result<Metadata, Fault> {
    let named = json::text(members, "issuer").unwrap_or_default();
    if named != issuer {
        return Err(Fault::Untrusted(other_issuer(named)));
    }
    let endpoints = endpoints(members)?;
    for address in endpoints.addresses() {
        reach.check(address)?;
    }
    let openid = endpoints.jwks.is_some()
        && (members.contains_key("id_token_signing_alg_values_supported")
            || endpoints.scopes_supported.iter().any(|scope| scope == "openid"));
    Ok(Metadata { endpoints, openid })
}

fn other_issuer(named: &str) -> String {
    if named.is_empty() {
        return "its metadata names no issuer".to_owned();
    }
    let named = crate::clean::name(named);
    format!("its metadata is that of “{named}”. If that is the one you mean, enter exactly this")
}

fn endpoints(members: &Map<String, Value>) -> Result<Endpoints, Fault> {
    let optional = |name: &str| json::text(members, name).map(str::to_owned);
    let needed =
        |name: &str| optional(name).ok_or_else(|| Fault::Untrusted(format!("its metadata has no {name}")));
    Ok(Endpoints {
        authorization: needed("authorization_endpoint")?,
        token: needed("token_endpoint")?,
        revocation: optional("revocation_endpoint"),
        userinfo: optional("userinfo_endpoint"),
        jwks: optional("jwks_uri"),
        registration: optional("registration_endpoint"),
        device_authorization: optional("device_authorization_endpoint"),
        introspection: optional("introspection_endpoint"),
        pushed_authorization_request: optional("pushed_authorization_request_endpoint"),
        requires_par: members.get("require_pushed_authorization_requests") == Some(&Value::Bool(true)),
        dpop_algorithms: json::texts(members, "dpop_signing_alg_values_supported"),
        grant_types: json::texts(members, "grant_types_supported"),
        sends_iss: members.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
        pkce_s256: json::texts(members, "code_challenge_methods_supported").iter().any(|m| m == "S256"),
        token_auth_methods: json::texts(members, "token_endpoint_auth_methods_supported"),
        scopes_supported: json::texts(members, "scopes_supported"),
    })
}
