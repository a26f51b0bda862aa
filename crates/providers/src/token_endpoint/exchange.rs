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
        let scope: Vec<&str> = narrower.powers().map(Scope::as_str).collect();
        let scope = scope.join(&server.provider.scope_delimiter);
        let resource = self.limit_address(narrower)?;
        // Exposed to be exchanged at the server that gave it.
        let token = token.expose();
        let mut parameters = vec![
            ("subject_token", token.as_str()),
            ("subject_token_type", ACCESS_TOKEN),
            ("requested_token_type", ACCESS_TOKEN),
            ("scope", scope.as_str()),
        ];
        parameters.extend(resource.as_deref().map(|resource| ("resource", resource)));
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
        let refused = |code: &str, detail: &str| Err(refused(code, detail));
        // What is not said is not offered (RFC 8414 §2), unless the entry knows better.
        let known = offered.is_empty() && self.is_promised();
        if !known && !offered.iter().any(|grant| grant == GRANT) {
            return refused("unsupported_grant_type", "it exchanges no tokens");
        }
        if habits.needs_secret && self.credential.client_secret.is_none() {
            return refused("unauthorized_client", "only a client with a secret can exchange tokens there");
        }
        let legal = |scope: &Scope| habits.scopes.is_empty() || habits.scopes.contains(scope);
        if narrower.opens_nothing() || !narrower.powers().all(legal) {
            return refused("invalid_scope", "it does not exchange tokens for this access");
        }
        Ok(())
    }

    /// The address of the one thing that a limit keeps the token to. Its parts are words, so that none reaches beyond its
    /// place.
    fn limit_address(&self, narrower: &ScopeSet) -> Result<Option<String>, Fault> {
        let none = || refused("invalid_scope", "it limits no token to that");
        let mut limits = narrower.limits().filter_map(Scope::limit);
        let Some(limit) = limits.next() else { return Ok(None) };
        let form = self.server.provider.exchange.limit.as_ref().filter(|_| limits.next().is_none());
        let (kind, id) =
            limit.split_once('/').filter(|(kind, id)| is_word(kind) && is_word(id)).ok_or_else(none)?;
        let address = form.ok_or_else(none)?.replace("{kind}", kind).replace("{id}", id);
        self.server.reach().check(&address).map(|address| Some(address.into()))
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
        // No answer of the standard's proves a limit.
        let asked: ScopeSet = narrower.powers().cloned().collect();
        said.or_else(|| self.is_promised().then_some(asked))
    }

    fn is_promised(&self) -> bool {
        self.server.provider.narrows_by(Narrowing::Exchange) == Some(Sureness::High)
    }
}

/// A list of texts, or of objects that each name a `scope` and may name the `object` that it is for. One that cannot be
/// read proves nothing; the token is limited only where each of them is.
fn restricted(said: &Value) -> Option<ScopeSet> {
    let items = said.as_array().filter(|items| !items.is_empty())?;
    let scope = |item: &Value| Scope::parse(item.as_str().or_else(|| item.get("scope")?.as_str())?);
    let scopes: ScopeSet = items.iter().map(scope).collect::<Option<_>>()?;
    let limits: Option<ScopeSet> = items.iter().map(limit).collect();
    Some(limits.map_or_else(|| scopes.clone(), |limits| scopes.union(&limits)))
}

fn limit(item: &Value) -> Option<Scope> {
    let object = item.get("object")?;
    let (kind, id) = (object.get("type")?.as_str()?, object.get("id")?.as_str()?);
    Scope::limited_to(&format!("{kind}/{id}"))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn refused(code: &str, detail: &str) -> Fault {
    Fault::Refused { code: code.to_owned(), detail: detail.to_owned() }
}
