//! Registers Keylodge as a client where a server lets programs do that themselves (RFC 7591).

use broker::{
    ClientCredential, RegisteredClient, Scope, ScopeSet, Secret,
    provider::{RegistrationForm, SignInWay},
};
use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::{
    device, fault::Fault, json, redirect::WayBack, request_form, server::Server, token_answer, web::Web,
};

/// Registers a public native client for this sign-in, and for the other ways that this server has: there is one client
/// for all accounts there. `way_back` is the redirect address; `None`: there is none, and none is registered.
pub(crate) async fn register(
    web: &Web,
    server: &Server,
    way: SignInWay,
    way_back: Option<&WayBack>,
    asked: &ScopeSet,
) -> Result<RegisteredClient, Fault> {
    let registered = send(web, server, &metadata(server, way, way_back, asked)).await?;
    let redirect_uri = way_back.and_then(|way_back| way_back.address.clone());
    Ok(RegisteredClient { redirect_uri, ..registered })
}

async fn send(web: &Web, server: &Server, metadata: &Value) -> Result<RegisteredClient, Fault> {
    let endpoint = server.endpoints.registration.as_deref();
    let endpoint = endpoint.ok_or_else(|| Fault::Forbidden("it registers no programs".to_owned()))?;
    let (style, wish) = (server.provider.client.registration, metadata);
    let reply = match style {
        RegistrationForm::Standard => web.post(server.reach(), endpoint, wish).await?,
        RegistrationForm::Mastodon => web.post(server.reach(), endpoint, &for_mastodon(wish, server)).await?,
        RegistrationForm::JsonCamel => web.post(server.reach(), endpoint, &in_camel(wish, server)).await?,
    };
    let camel = style == RegistrationForm::JsonCamel;
    let members = reply.json()?;
    let members = if camel { request_form::standard(members) } else { members };
    token_answer::refuse_error(reply.status, &members, &server.provider.token, &[])?;
    if reply.status != StatusCode::CREATED && reply.status != StatusCode::OK {
        return Err(Fault::Untrusted(format!("it answers {}", reply.status.as_u16())));
    }
    let credential = credential(&members)?;
    let provider = &server.provider;
    let issuer = provider.issuer.clone().unwrap_or_else(|| server.endpoints.token.clone());
    Ok(RegisteredClient { credential, issuer, redirect_uri: None })
}

/// RFC 7591 §2. Scopes are named only at servers without OIDC: some give a client without them none at all, while
/// others refuse a registration for one scope too many.
fn metadata(server: &Server, way: SignInWay, way_back: Option<&WayBack>, asked: &ScopeSet) -> Value {
    let in_browser = has(server, way, SignInWay::Code) && way_back.is_some();
    let by_device = has(server, way, SignInWay::Device);
    let grants =
        [(in_browser, "authorization_code"), (by_device, device::GRANT), (true, "refresh_token")].into_iter();
    let grants: Vec<&str> = grants.filter(|(has, _)| *has).map(|(_, grant)| grant).collect();
    let back = way_back.filter(|_| in_browser);
    let mut metadata = json!({
        "client_name": "Keylodge",
        "application_type": "native",
        "token_endpoint_auth_method": "none",
        "grant_types": grants,
        "response_types": if in_browser { vec!["code"] } else { Vec::new() },
        "redirect_uris": back.map(|back| redirect_uris(server, back)).unwrap_or_default(),
    });
    if server.provider.client.dpop_bound_access_tokens {
        // RFC 9449 §5.2: then the server, too, gives it no others.
        metadata["dpop_bound_access_tokens"] = true.into();
    }
    if !server.openid {
        let known: ScopeSet = all_scopes(server).iter().filter_map(|scope| Scope::parse(scope)).collect();
        let scopes: Vec<Scope> = known.union(asked).iter().cloned().collect();
        let scopes: Vec<&str> = scopes.iter().map(Scope::as_str).collect();
        metadata["scope"] = scopes.join(" ").into();
    }
    metadata
}

/// Whether a client is registered for a way to sign in: for the one that is gone now, and by the standard form for
/// each that the server is known to have.
fn has(server: &Server, now: SignInWay, way: SignInWay) -> bool {
    let (provider, endpoints) = (&server.provider, &server.endpoints);
    let listed = provider.sign_in.is_empty() || provider.sign_in.contains(&way);
    let offered = match way {
        SignInWay::Device => {
            let said = &endpoints.grant_types;
            endpoints.device_authorization.is_some() && said.iter().any(|grant| grant == device::GRANT)
        }
        _ => !endpoints.authorization.is_empty(),
    };
    now == way || (provider.client.registration == RegistrationForm::Standard && listed && offered)
}

/// Where the port counts, all the ports that a later sign-in may come back to.
fn redirect_uris(server: &Server, way_back: &WayBack) -> Vec<String> {
    let with = |port: &u16| {
        let mut other = way_back.address.clone()?;
        other.set_port(Some(*port)).ok().map(|()| other.to_string())
    };
    let ports = &server.provider.redirect.ports;
    if ports.is_empty() || way_back.by_hand.is_some() {
        return way_back.parameter.iter().cloned().collect();
    }
    ports.iter().filter_map(with).collect()
}

/// All scopes that the entry knows: what was registered is the ceiling of every later sign-in.
fn all_scopes(server: &Server) -> Vec<String> {
    let known = server.provider.scopes.iter().filter(|entry| !entry.derived);
    known.map(|entry| entry.scope.to_string()).collect()
}

/// The application form of Mastodon's own API.
fn for_mastodon(wish: &Value, server: &Server) -> Value {
    json!({
        "client_name": wish["client_name"],
        "redirect_uris": wish["redirect_uris"],
        "scopes": all_scopes(server).join(" "),
    })
}

/// The same wish with names like `clientName` (AWS).
fn in_camel(wish: &Value, server: &Server) -> Value {
    let mut camel = json!({
        "clientName": wish["client_name"],
        "clientType": "public",
        "redirectUris": wish["redirect_uris"],
        "grantTypes": wish["grant_types"],
        "scopes": all_scopes(server),
    });
    for (name, value) in &server.provider.client.registration_parameters {
        camel[name.as_str()] = value.as_str().into();
    }
    camel
}

fn credential(members: &Map<String, Value>) -> Result<ClientCredential, Fault> {
    let untrusted = || Fault::Untrusted("its registration answer has no usable client id".to_owned());
    let id = json::text(members, "client_id").ok_or_else(untrusted)?;
    if id.len() > 1024 || !id.bytes().all(|b| matches!(b, 0x20..=0x7e)) {
        return Err(untrusted());
    }
    // Some servers hand out a secret although the client asked to be public: then they want it.
    let public = json::text(members, "token_endpoint_auth_method") == Some("none");
    let secret = json::text(members, "client_secret").filter(|_| !public);
    Ok(ClientCredential {
        client_id: id.to_owned(),
        client_secret: secret.map(Secret::from),
        proof_key: None,
    })
}
