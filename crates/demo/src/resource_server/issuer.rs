//! The authorization server as the resource server knows it: its addresses, and our credential for introspection.

use serde_json::json;
use url::Url;

use crate::wire::{Ask, Wire};

/// An authorization server that knows us.
pub struct Issuer {
    /// Its identifier, compared byte for byte.
    pub name: String,
    /// Where its keys are.
    pub jwks_uri: String,
    /// Where it says whether a token is good.
    pub introspection_endpoint: String,
    /// Who we are to it.
    pub client_id: String,
    /// How we prove it.
    pub client_secret: String,
    /// What went over the wire.
    pub registration: Vec<String>,
}

impl Issuer {
    /// Reads the metadata and registers `audience` as a resource of ours.
    pub async fn meet(name: &str, audience: &str) -> Result<Self, String> {
        let mut wire = Wire::new()?;
        let metadata = wire.send(Ask::get(&well_known(name)?)).await?;
        if metadata.member("issuer") != Some(name) {
            return Err(format!("{name} has no metadata under its own name (RFC 8414 §3.3)."));
        }
        let address = |member: &str| {
            metadata
                .member(member)
                .map(str::to_owned)
                .ok_or(format!("The metadata of {name} has no {member}."))
        };
        let registered = register(&mut wire, &address("registration_endpoint")?, audience).await?;
        Ok(Self {
            name: name.to_owned(),
            jwks_uri: address("jwks_uri")?,
            introspection_endpoint: address("introspection_endpoint")?,
            client_id: registered.0,
            client_secret: registered.1,
            registration: wire.take(),
        })
    }
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Issuer").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Where the metadata of an issuer is: between its host and its path (RFC 8414 §3.1).
pub fn well_known(issuer: &str) -> Result<String, String> {
    let url = Url::parse(issuer).map_err(|_| format!("{issuer} is not an address."))?;
    let path = url.path().trim_end_matches('/').to_owned();
    let at = url.join(&format!("/.well-known/oauth-authorization-server{path}"));
    at.map(String::from).map_err(|_| format!("{issuer} is not an address."))
}

async fn register(wire: &mut Wire, endpoint: &str, audience: &str) -> Result<(String, String), String> {
    let body = json!({
        "client_name": "Demo resource server",
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": [],
        "response_types": [],
        "redirect_uris": [],
        "resources": [audience],
    });
    let reply = wire.send(Ask::post(endpoint).json(body)).await?;
    match (reply.status, reply.member("client_id"), reply.member("client_secret")) {
        (201, Some(id), Some(secret)) => Ok((id.to_owned(), secret.to_owned())),
        _ => Err(format!("The demo's resource server could not register ({}).", reply.summary())),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn metadata_stands_between_host_and_path() {
        let at = super::well_known("http://127.0.0.1:5395/demo").expect("an address");
        assert_eq!(at, "http://127.0.0.1:5395/.well-known/oauth-authorization-server/demo");
    }
}
