//! Exchanges an access token for a narrower one (RFC 8693), and looks at what came back.

use broker::{Narrowing, Scope, ScopeSet, Secret, UpstreamTokens, provider::Sureness};
use serde_json::Value;

use super::TokenEndpoint;
use crate::fault::Fault;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

impl TokenEndpoint<'_> {
    /// A token with no more than `narrower`. Its scopes are those that the answer proves; `None`: none.
    pub(crate) async fn exchange(
        &self,
        token: &Secret<String>,
        narrower: &ScopeSet,
    ) -> Result<UpstreamTokens, Fault> {
        self.check_exchange(narrower)?;
        let server = self.server;
        let address = server.provider.exchange.endpoint.as_deref().unwrap_or(&server.endpoints.token);
        let address = server.reach().check(address)?;
        // Scopes that only this server's exchange knows are asked of it here, and nowhere else.
        let scope: Vec<&str> = narrower.iter().map(Scope::as_str).collect();
        let scope = scope.join(&server.provider.scope_delimiter);
        // Exposed to be exchanged at the server that gave it.
        let token = token.expose();
        let parameters = [
            ("subject_token", token.as_str()),
            ("subject_token_type", ACCESS_TOKEN),
            ("requested_token_type", ACCESS_TOKEN),
            ("scope", scope.as_str()),
        ];
        let answer = self.grant_at(&address, GRANT, &parameters, [token, ""], narrower).await?;
        let issued = answer.members.get("issued_token_type").and_then(Value::as_str);
        if issued.is_some_and(|issued| issued != ACCESS_TOKEN) {
            return Err(Fault::Untrusted("it exchanged the token for something else".to_owned()));
        }
        let same = answer.tokens.access_token.expose() == token;
        let scopes = self.proven(&answer.members, answer.tokens.scopes, narrower).filter(|_| !same);
        Ok(UpstreamTokens { scopes, refresh_token: None, ..answer.tokens })
    }

    /// What can be known before anything is sent.
    fn check_exchange(&self, narrower: &ScopeSet) -> Result<(), Fault> {
        let (habits, offered) = (&self.server.provider.exchange, &self.server.endpoints.grant_types);
        let refused = |code: &str, detail: &str| {
            Err(Fault::Refused { code: code.to_owned(), detail: detail.to_owned() })
        };
        // What is not said is not offered (RFC 8414 §2), unless the entry knows better.
        let known = offered.is_empty() && self.is_promised();
        if !known && !offered.iter().any(|grant| grant == GRANT) {
            return refused("unsupported_grant_type", "it exchanges no tokens");
        }
        if habits.needs_secret && self.credential.client_secret.is_none() {
            return refused("unauthorized_client", "only a client with a secret can exchange tokens there");
        }
        let legal = |scope: &Scope| habits.scopes.is_empty() || habits.scopes.contains(scope);
        if narrower.is_empty() || !narrower.iter().all(legal) {
            return refused("invalid_scope", "it does not exchange tokens for this access");
        }
        Ok(())
    }

    /// By the entry's own member (Box: `restricted_to`), else by `scope`. Left out, it means "as asked" (RFC 8693
    /// §2.2.1), which counts only where the server's documents promise the narrowing.
    fn proven(
        &self,
        members: &serde_json::Map<String, Value>,
        said: Option<ScopeSet>,
        narrower: &ScopeSet,
    ) -> Option<ScopeSet> {
        let provider = &self.server.provider;
        if let Some(member) = &provider.exchange.proof_member {
            return restricted(members.get(member)?);
        }
        said.or_else(|| self.is_promised().then(|| narrower.clone()))
    }

    fn is_promised(&self) -> bool {
        self.server.provider.narrows_by(Narrowing::Exchange) == Some(Sureness::High)
    }
}

/// A list of texts, or of objects that each name a `scope`. One that cannot be read proves nothing.
fn restricted(said: &Value) -> Option<ScopeSet> {
    let items = said.as_array().filter(|items| !items.is_empty())?;
    let scope = |item: &Value| Scope::parse(item.as_str().or_else(|| item.get("scope")?.as_str())?);
    items.iter().map(scope).collect()
}
