//! Pushes an authorization request to the server, so that the browser carries a reference alone (RFC 9126).

use http::StatusCode;
use url::Url;

use crate::{fault::Fault, json, server::Server, token_answer, token_endpoint::TokenEndpoint};

/// The address to open: where the server wants requests pushed, one that names the pushed request; else as it was.
pub(crate) async fn pushed(endpoint: &TokenEndpoint<'_>, authorize_url: Url) -> Result<Url, Fault> {
    let server: &Server = endpoint.server;
    if !server.endpoints.requires_par {
        return Ok(authorize_url);
    }
    let address = server.endpoints.pushed_authorization_request.as_deref();
    let none = || Fault::Untrusted("it wants requests pushed, and does not say where".to_owned());
    let address = server.reach().check(address.ok_or_else(none)?)?;
    let pairs: Vec<(String, String)> = authorize_url.query_pairs().into_owned().collect();
    // The client id goes in once; without a header that proves it, it is put beside what does.
    let form = pairs.iter().filter(|(name, _)| name != "client_id" || endpoint.proves_in_header());
    let form = form.map(|(name, value)| (name.as_str(), value.as_str()));
    let reply = endpoint.inner.web.call(server.reach(), endpoint.form_request(&address, form)?).await?;
    let members = reply.json()?;
    token_answer::refuse_error(reply.status, &members, &server.provider.token, &[])?;
    let untrusted = || Fault::Untrusted("it took the pushed request and gave no reference to it".to_owned());
    let reference = json::text(&members, "request_uri").filter(|_| reply.status == StatusCode::CREATED);
    let reference = reference.filter(|reference| reference.len() <= 512).ok_or_else(untrusted)?;
    let mut url = server.reach().check(&server.endpoints.authorization)?;
    url.query_pairs_mut()
        .append_pair("client_id", &endpoint.credential.client_id)
        .append_pair("request_uri", reference);
    Ok(url)
}
