//! Finds out who signed in, and what was granted, from a token answer: the same for every way to sign in.

use std::sync::Arc;

use broker::{ClientCredential, Scope, ScopeSet, Secret, SignedIn};

use crate::{
    fault::Fault,
    id_token::{self, BadSignature, Claims},
    lasting,
    profile::{Known, profile},
    server::Server,
    token_endpoint::Answer,
    upstreams::Inner,
};

/// What the answer is held against.
pub(crate) struct Asked<'a> {
    /// All scopes that were asked for.
    pub(crate) scopes: &'a ScopeSet,
    /// Those among them that were asked for by us, to know who signed in, and by no one else.
    pub(crate) own: &'a ScopeSet,
    /// The value that ties an ID token to this sign-in, where the way has one.
    pub(crate) nonce: Option<&'a str>,
}

/// Checks the ID token, reads the account, and takes over the tokens.
pub(crate) async fn signed_in(
    inner: &Inner,
    server: &Server,
    credential: &ClientCredential,
    answer: Answer,
    asked: &Asked<'_>,
) -> Result<SignedIn, Fault> {
    let Answer { mut tokens, id_token, members } = answer;
    let claims = match (server.openid, id_token) {
        (true, Some(token)) => Some(verified(inner, server, credential, &token, asked.nonce).await?),
        // Without the `openid` scope there is none, and a device flow may lack it.
        (true, None) if asked.nonce.is_some() => return Err(untrusted("it sent no ID token")),
        (true | false, _) => None,
    };
    let (openid, offline) = (claims.is_some(), tokens.refresh_token.is_some());
    tokens.scopes = tokens.scopes.map(|said| granted(&said, asked, openid, offline));
    let known = Known { claims, members: &members, tokens: &tokens, client_id: &credential.client_id };
    let account = profile(inner, server, known).await?;
    lasting::keep(server, &mut tokens);
    Ok(SignedIn { subject: account.subject, name: account.name, tokens })
}

/// What an ID token needs to tell the account (OIDC Core §3.1.2.1, §5.4).
pub(crate) fn identifying(server: &Server) -> ScopeSet {
    let by_subject = server.provider.account.id == ["sub"];
    let words = if by_subject { &["openid"][..] } else { &["openid", "profile"][..] };
    words.iter().filter(|_| server.openid).filter_map(|word| Scope::parse(word)).collect()
}

/// What was granted to whom it was asked for. Some servers leave out the scopes that show in the answer itself.
fn granted(said: &ScopeSet, asked: &Asked<'_>, openid: bool, offline: bool) -> ScopeSet {
    let shown = |scope: &&Scope| match scope.as_str() {
        "openid" => openid,
        "offline_access" => offline,
        _ => false,
    };
    let shown: ScopeSet = asked.scopes.iter().filter(shown).cloned().collect();
    said.union(&shown).without(asked.own)
}

async fn verified(
    inner: &Inner,
    server: &Server,
    credential: &ClientCredential,
    token: &Secret<String>,
    nonce: Option<&str>,
) -> Result<Claims, Fault> {
    // Exposed to be checked.
    let claims = signed_claims(inner, server, token.expose()).await?;
    let expected =
        id_token::Expected { server, client_id: &credential.client_id, nonce, now: inner.clock.now() };
    id_token::check(&claims, &expected).map_err(untrusted)?;
    Ok(claims)
}

/// With the keys at hand; if none fits, with the keys as they are now.
async fn signed_claims(inner: &Inner, server: &Server, token: &str) -> Result<Claims, Fault> {
    for unknown in [false, true] {
        match id_token::verified(token, &keys(inner, server, unknown).await?) {
            Ok(claims) => return Ok(claims),
            Err(BadSignature::Wrong(why)) => return Err(untrusted(why)),
            Err(BadSignature::UnknownKey) => {}
        }
    }
    Err(untrusted("its ID token is signed with a key that it does not publish"))
}

async fn keys(
    inner: &Inner,
    server: &Server,
    unknown: bool,
) -> Result<Arc<Vec<jsonwebtoken::jwk::Jwk>>, Fault> {
    let address = server.endpoints.jwks.as_deref();
    let address = address.ok_or_else(|| untrusted("it publishes no keys to check its ID token with"))?;
    inner.keys.keys(&inner.web, server.reach(), address, inner.clock.now(), unknown).await
}

fn untrusted(why: &str) -> Fault {
    Fault::Untrusted(why.to_owned())
}
