//! Access tokens without an end (GitHub's, for one): kept sealed in the place of a refresh token, and "refreshed" by
//! asking the provider whether they still hold.

use broker::{ScopeSet, Secret, UpstreamTokens};

use crate::{
    fault::Fault,
    server::Server,
    web::{self, Web},
};

/// Marks such a token among refresh tokens. A server whose own began like this would only hear from us itself.
const MARK: &str = "lasting access token ";

/// Where neither an end nor a refresh token came, the access token is all there will ever be.
pub(crate) fn keep(server: &Server, tokens: &mut UpstreamTokens) {
    let ends = tokens.expires_in.is_some() || tokens.refresh_token.is_some();
    if !ends && !server.openid && tokens.proof_key.is_none() {
        // Exposed to be kept under another name.
        let kept = format!("{MARK}{}", tokens.access_token.expose());
        tokens.refresh_token = Some(Secret::new(kept));
    }
}

/// The access token inside, if it is one of these.
pub(crate) fn kept(refresh_token: &Secret<String>) -> Option<Secret<String>> {
    // Exposed to look at its mark.
    refresh_token.expose().strip_prefix(MARK).map(Secret::from)
}

/// The same token again, if the provider still takes it.
pub(crate) async fn refresh(
    web: &Web,
    server: &Server,
    client_id: &str,
    token: Secret<String>,
    narrower: Option<&ScopeSet>,
) -> Result<UpstreamTokens, Fault> {
    if narrower.is_some() {
        return Err(Fault::Untrusted("its tokens cannot be narrowed".to_owned()));
    }
    if let Some(userinfo) = server.endpoints.userinfo.as_deref() {
        // Exposed to be sent to the server that gave it.
        let reply = web
            .call(server.reach(), web::asking_as(server, userinfo, client_id, ("Bearer", token.expose()))?)
            .await?;
        if reply.status.as_u16() == 401 {
            let detail = "the token was withdrawn".to_owned();
            return Err(Fault::Refused { code: "invalid_grant".to_owned(), detail });
        }
    }
    Ok(UpstreamTokens {
        access_token: token,
        expires_in: None,
        refresh_token: None,
        scopes: None,
        proof_key: None,
    })
}
