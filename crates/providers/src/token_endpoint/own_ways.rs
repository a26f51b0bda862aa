//! What some providers do in a way of their own: tokens made to last longer, and sign-ins ended.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use broker::{
    Provider, ScopeSet, Secret,
    provider::{Revocation, RevocationProof},
};
use http::header;
use oauth2::HttpRequest;
use url::{Url, form_urlencoded};

use super::{Answer, TokenEndpoint};
use crate::{fault::Fault, lasting, token_answer};

impl TokenEndpoint<'_> {
    /// Exchanges an access token for a longer one by a grant type of the provider's own, which also names the parameter.
    pub(crate) async fn lengthen(&self, grant: &str, token: &Secret<String>) -> Result<Answer, Fault> {
        // Exposed to be sent to the server that gave it.
        let token = token.expose();
        self.grant(grant, &[(grant, token)], [token, ""], &ScopeSet::default()).await
    }

    /// Ends a sign-in in the provider's own way, which takes an access token: one is fetched if there is none.
    pub(crate) async fn end_own(
        &self,
        own: &Revocation,
        refresh_token: &Secret<String>,
    ) -> Result<(), Fault> {
        let token = match lasting::kept(refresh_token) {
            Some(token) => token,
            None => self.refresh(refresh_token, None).await?.tokens.access_token,
        };
        self.revoke_own(own, &token).await
    }

    /// Ends one access token in the provider's own way. Gone already is as good as ended.
    pub(crate) async fn revoke_own(&self, own: &Revocation, token: &Secret<String>) -> Result<(), Fault> {
        let address = own.address.as_deref().unwrap_or_default();
        let id: String = url::form_urlencoded::byte_serialize(self.credential.client_id.as_bytes()).collect();
        let url = self.server.reach().check(&address.replace("{client_id}", &id))?;
        // Exposed to be ended at the server that gave it.
        let token = token.expose();
        let body =
            own.member.as_ref().map(|member| serde_json::json!({ member.as_str(): token }).to_string());
        let mut request = posted(&url, "application/json", body.unwrap_or_default())?;
        let odd = |_| Fault::Forbidden("the token cannot be sent".to_owned());
        if !own.method.is_empty() {
            *request.method_mut() =
                own.method.parse().map_err(|_| Fault::Forbidden("no method".to_owned()))?;
        }
        let client = self.proof()?;
        let mut proof = match own.proof {
            RevocationProof::Token => {
                header::HeaderValue::from_str(&format!("Bearer {token}")).map_err(odd)?
            }
            RevocationProof::Client => {
                basic(&self.credential.client_id, client.secret().unwrap_or_default())?
            }
        };
        proof.set_sensitive(true);
        request.headers_mut().insert(http::header::AUTHORIZATION, proof);
        let reply = self.inner.web.call(self.server.reach(), request).await?;
        if reply.status == http::StatusCode::NOT_FOUND {
            return Ok(());
        }
        let habits = &self.server.provider.token;
        token_answer::refuse_error(reply.status, &reply.json().unwrap_or_default(), habits, &[token])
    }
}

/// What a code for several services is redeemed for: one of them, where each token is for one (Microsoft).
pub(super) fn of_one_service(provider: &Provider, asked: &ScopeSet) -> Option<ScopeSet> {
    provider.main_service(asked).map(|service| provider.of_service(asked, &service))
}

/// Both halves are form-encoded first (RFC 6749 §2.3.1).
pub(super) fn basic(id: &str, secret: &str) -> Result<header::HeaderValue, Fault> {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
    let mut value = header::HeaderValue::from_str(&format!("Basic {pair}"))
        .map_err(|_| Fault::Forbidden("the client id cannot be sent".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn posted(url: &Url, kind: &str, body: String) -> Result<HttpRequest, Fault> {
    let request = http::Request::post(url.as_str()).header(http::header::ACCEPT, "application/json");
    let request = if body.is_empty() { request } else { request.header(http::header::CONTENT_TYPE, kind) };
    request.body(body.into_bytes()).map_err(|_| Fault::Forbidden("the address cannot be called".to_owned()))
}
