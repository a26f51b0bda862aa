//! Carries token requests to their server, with a proof of the sign-in's key where its tokens are bound to one.

use std::pin::Pin;

use broker::ScopeSet;
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::TokenEndpoint;
use crate::{
    dpop::Prover,
    fault::Fault,
    request_form,
    token_answer::{self, Reading},
};

/// Carries what the `oauth2` crate wrote, and reads the answer before that crate does.
pub(super) struct Carrier<'a> {
    pub(super) endpoint: &'a TokenEndpoint<'a>,
    pub(super) asked: &'a ScopeSet,
    /// What was sent and must not come back into sight.
    pub(super) secrets: Vec<&'a str>,
    /// Parameters that are added.
    pub(super) more: Vec<(String, String)>,
    /// The true address of a revocation, see [`as_https`].
    pub(super) revocation: Option<&'a Url>,
}

impl<'c> AsyncHttpClient<'c> for Carrier<'_> {
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Fault>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        match self.revocation {
            Some(address) => Box::pin(self.revocation(request, address)),
            None => Box::pin(self.tokens(request)),
        }
    }
}

impl Carrier<'_> {
    pub(super) async fn tokens(&self, request: HttpRequest) -> Result<HttpResponse, Fault> {
        let TokenEndpoint { inner, server, credential } = self.endpoint;
        let request = request_form::written(self.with_more(request), &server.provider.token);
        let reply = match &credential.proof_key {
            Some(key) => {
                let prover = Prover::of(inner, key)?;
                prover.call(server.reach(), request, None, |again| self.endpoint.prove_anew(again)).await?
            }
            None => inner.web.call(server.reach(), request).await?,
        };
        let bound = credential.proof_key.is_some();
        let reading =
            Reading { provider: &server.provider, asked: self.asked, secrets: &self.secrets, bound };
        let members = token_answer::canonical(&reply, &reading)?;
        Ok(HttpResponse::new(Value::Object(members).to_string().into_bytes()))
    }

    fn with_more(&self, mut request: HttpRequest) -> HttpRequest {
        if !self.more.is_empty() {
            let written = String::from_utf8_lossy(request.body()).into_owned();
            let mut body = form_urlencoded::Serializer::new(written);
            *request.body_mut() = body.extend_pairs(&self.more).finish().into_bytes();
        }
        request
    }

    async fn revocation(&self, request: HttpRequest, address: &Url) -> Result<HttpResponse, Fault> {
        let mut request = self.with_more(request);
        let odd = |_| Fault::Forbidden("the address cannot be called".to_owned());
        *request.uri_mut() = address.as_str().parse().map_err(odd)?;
        let TokenEndpoint { inner, server, .. } = self.endpoint;
        let reply = inner.web.call(server.reach(), request).await?;
        if !reply.status.is_success() {
            token_answer::refuse_error(
                reply.status,
                &reply.json().unwrap_or_default(),
                &server.provider.token,
                &self.secrets,
            )?;
        }
        Ok(HttpResponse::new(Vec::new()))
    }
}
