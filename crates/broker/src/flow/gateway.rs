//! The gateway's rules: which request a token of ours opens, and with which of the provider's tokens.

use std::sync::Arc;

use tokio::sync::watch;
use url::Url;

use crate::{
    AccountId, Broker, Delivery, Error, KeyThumbprint, Lease, LeaseId, ProofOf, Provider, ScopeSet, Secret,
    TokenHash,
    house::{House, LiveLease, UpstreamAccess},
    preferences::setting,
    provider::{Access, ApiRoute, Risk, ScopeEntry},
};

/// Permission for one request.
pub struct GatewayPass {
    /// The provider's address for it, without the query.
    pub target: String,
    /// The provider's token to put in place of ours.
    pub token: Secret<String>,
    /// The field that carries it bare, where it is not `Authorization: Bearer`.
    pub token_header: Option<String>,
    /// Fields that the provider's API wants besides.
    pub headers: Vec<(String, String)>,
    /// Turns true when the lease ends: the stream must end with it (RG-03).
    pub ended: watch::Receiver<bool>,
    /// The lease.
    pub lease: LeaseId,
    account: AccountId,
    scopes: ScopeSet,
    access: UpstreamAccess,
}

/// Why a request does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatewayRefusal {
    /// The token is not one of ours for this gateway, or it has ended (`invalid_token`).
    InvalidToken(String),
    /// The token's scopes do not open this (`insufficient_scope`), with those that would.
    InsufficientScope {
        /// All scopes that would open it, each by itself.
        needed: ScopeSet,
        /// What to ask for next: what the token has, and the narrowest scope that opens it.
        ask: ScopeSet,
        /// In a sentence.
        sentence: String,
    },
    /// The person decided on this too long ago (`insufficient_user_authentication`, RFC 9470 §3).
    StaleDecision {
        /// So old may the decision be, in seconds.
        max_age: u32,
        /// In a sentence.
        sentence: String,
    },
    /// Something else.
    Failed(Error),
}

/// One request at the gateway.
#[derive(Clone, Copy, Debug)]
pub struct GatewayRequest<'a> {
    /// The account that it names.
    pub account: &'a str,
    /// The method.
    pub method: &'a str,
    /// The part after `/gateway/{account}`, already normalised: it begins with `/`, has no empty, `.` or `..` segment
    /// and no percent-encoded separator.
    pub path: &'a str,
    /// The key that was proven with it (RFC 9449 §7).
    pub key: Option<&'a KeyThumbprint>,
}

impl GatewayPass {
    /// Whether the provider's token is bound to a key, so that each request needs a proof ([`Broker::gateway_proof`]).
    #[must_use]
    pub const fn is_bound(&self) -> bool {
        self.access.proof_key.is_some()
    }
}

impl From<Error> for GatewayRefusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Broker {
    /// The proof of the key that the provider's token of a pass is bound to, for one request to `address` (RFC 9449 §7.1).
    /// `None`: it is bound to none, and goes as bearer.
    pub fn gateway_proof(
        &self,
        pass: &GatewayPass,
        method: &str,
        address: &Url,
    ) -> Result<Option<String>, GatewayRefusal> {
        let Some(key) = &pass.access.proof_key else { return Ok(None) };
        let of = ProofOf { method, address, token: &pass.token };
        Ok(Some(self.0.ports.upstream.proof(key, of).map_err(Error::from)?))
    }

    /// Notes what the API at an address wants in the next proofs (RFC 9449 §9).
    pub fn note_nonce(&self, address: &Url, nonce: &str) {
        self.0.ports.upstream.note_nonce(address, nonce);
    }

    /// Decides on one request.
    pub async fn gateway_pass(
        &self,
        token: &Secret<String>,
        request: GatewayRequest<'_>,
    ) -> Result<GatewayPass, GatewayRefusal> {
        self.check_running()?;
        self.note_use();
        let opened = self.look(|house| self.open_gate(house, token, request))??;
        let access = self.upstream_for_gateway(&opened.account, &opened.scopes).await?;
        // Revoked while the provider's token was fetched (STO-11).
        if *opened.ended.borrow() {
            return Err(invalid("This token has just been revoked."));
        }
        Ok(GatewayPass {
            target: opened.target,
            token_header: opened.token_header,
            headers: opened.headers,
            token: access.token.clone(),
            ended: opened.ended,
            lease: opened.lease,
            account: opened.account,
            scopes: opened.scopes,
            access,
        })
    }

    /// The same pass with a renewed token, after the provider has answered 401 to the first (RG-09).
    pub async fn renew_pass(&self, pass: GatewayPass) -> Result<GatewayPass, GatewayRefusal> {
        let access = self.upstream_after_refusal(&pass.account, &pass.scopes, &pass.access).await?;
        Ok(GatewayPass { token: access.token.clone(), access, ..pass })
    }

    /// The provider behind the gateway of an account: what any program of this person may know of it (RFC 9728 §2).
    pub fn provider_at_gateway(&self, account: &str) -> Result<Arc<Provider>, Error> {
        let id = AccountId::from_text(account);
        let found = self.look(|house| {
            let account = house.accounts.get(&id)?;
            house.providers.get(&account.provider).cloned()
        })?;
        found.ok_or_else(|| Error::NotFound("There is no gateway at this address.".into()))
    }

    /// The scope that a program without a token should ask for to make this request; `None` where nobody can tell.
    #[must_use]
    pub fn scope_for(&self, request: GatewayRequest<'_>) -> Option<ScopeSet> {
        let provider = self.provider_at_gateway(request.account).ok()?;
        narrowest(&provider, request.method, request.path)
    }

    /// The key that a token is bound to; `None` for bearer tokens and those that are not known.
    pub fn key_of_token(&self, token: &Secret<String>) -> Result<Option<KeyThumbprint>, Error> {
        self.look(|house| live_lease(house, token).and_then(|live| live.lease.key.clone()))
    }

    /// Finds what a token opens, and for whom.
    fn open_gate(
        &self,
        house: &House,
        token: &Secret<String>,
        request: GatewayRequest<'_>,
    ) -> Result<Opened, GatewayRefusal> {
        let live = live_lease(house, token)
            .ok_or_else(|| invalid("This token is not known to Keylodge, or it was revoked."))?;
        let lease = &live.lease;
        check_key(lease, request.key)?;
        let account = AccountId::from_text(request.account);
        let here = lease.delivery == Delivery::Gateway && lease.audience == self.gateway_url(&account);
        if !here || lease.account != account {
            return Err(invalid("This token is not for this gateway."));
        }
        if lease.until <= self.now() {
            return Err(invalid("This token has expired. Ask for a new one."));
        }
        let known = house.accounts.get(&account).and_then(|account| house.providers.get(&account.provider));
        let provider = known.ok_or_else(|| invalid("This account is gone."))?;
        check_scopes(house, provider, lease, (request.method, request.path))?;
        self.check_age(house, provider, lease, request)?;
        let route = route(provider, request.path)
            .ok_or_else(|| Error::NotFound("The gateway leads nowhere under this path.".into()))?;
        let client = house.clients.get(&provider.id).map(|client| client.client_id.as_str());
        let field = |(name, value): (&String, &String)| {
            (name.clone(), value.replace("{client_id}", client.unwrap_or_default()))
        };
        Ok(Opened {
            target: target(route, request.path),
            token_header: route.token_header.clone(),
            headers: route.headers.iter().map(field).collect(),
            account,
            lease: lease.id.clone(),
            scopes: lease.scopes.clone(),
            ended: live.ended.subscribe(),
        })
    }
}

impl Broker {
    /// Where only scopes of high risk open a request, the person's decision must be fresh enough (RFC 9470; RG-11).
    fn check_age(
        &self,
        house: &House,
        provider: &Provider,
        lease: &Lease,
        request: GatewayRequest<'_>,
    ) -> Result<(), GatewayRefusal> {
        let max_age = house.preferences.number(&setting::HIGH_RISK_MINUTES) * 60;
        if max_age == 0 {
            return Ok(());
        }
        let scopes = provider.with_included(&lease.scopes);
        let opening = opening(provider, &scopes, request.method, request.path);
        let decided = house.consents.get(&lease.consent).map(|consent| consent.since);
        let fresh = decided.is_some_and(|at| self.now().since(at) <= max_age.into());
        let risky = !opening.is_empty() && opening.iter().all(|entry| entry.risk == Risk::High);
        if fresh || !risky {
            return Ok(());
        }
        let sentence =
            format!("The person must have allowed this within the last {max_age} seconds. Ask again.");
        Err(GatewayRefusal::StaleDecision { max_age, sentence })
    }
}

struct Opened {
    target: String,
    token_header: Option<String>,
    headers: Vec<(String, String)>,
    account: AccountId,
    lease: LeaseId,
    scopes: ScopeSet,
    ended: watch::Receiver<bool>,
}

fn live_lease<'a>(house: &'a House, token: &Secret<String>) -> Option<&'a LiveLease> {
    house.lease_of_token.get(&TokenHash::of(token)).and_then(|id| house.leases.get(id))
}

/// A bound token takes a proof of its key, and a proof takes a bound token (RFC 9449 §7.1, §7.2; RG-10).
fn check_key(lease: &Lease, proven: Option<&KeyThumbprint>) -> Result<(), GatewayRefusal> {
    match (&lease.key, proven) {
        (Some(key), Some(proven)) if key == proven => Ok(()),
        (None, None) => Ok(()),
        (Some(_), None) => Err(invalid("This token is bound to a key. Send it as DPoP, with a proof.")),
        (Some(_), Some(_)) => Err(invalid("This token is bound to another key.")),
        (None, Some(_)) => Err(invalid("This token is bound to no key. Send it as Bearer.")),
    }
}

/// Default deny (RG-08): some scope of the token must open this method on this path.
fn check_scopes(
    house: &House,
    provider: &Arc<Provider>,
    lease: &Lease,
    (method, path): (&str, &str),
) -> Result<(), GatewayRefusal> {
    let entries = |scopes: &ScopeSet| opening(provider, scopes, method, path);
    let opening = entries(&provider.with_included(&lease.scopes));
    let not_granted = house.scopes_of(&lease.account).without(&lease.scopes);
    let wider = opening.iter().all(|entry| entry.partial) && !entries(&not_granted).is_empty();
    if !opening.is_empty() && !wider {
        return Ok(());
    }
    if is_safe(method) && holds_all_unknown(house, provider, lease) {
        return Ok(());
    }
    let would = || provider.scopes.iter().filter(|entry| opens(entry, method, path));
    let needed: ScopeSet = would().map(|entry| entry.scope.clone()).collect();
    let ask = narrowest(provider, method, path).map(|least| lease.scopes.union(&least)).unwrap_or_default();
    let sentence = if needed.is_empty() {
        format!("No scope of {} opens {method} on this path at the gateway.", provider.name)
    } else {
        format!("This token may not do that: it takes one of {needed}.")
    };
    Err(GatewayRefusal::InsufficientScope { needed, ask, sentence })
}

/// The scope that opens a method on a path and the least besides.
fn narrowest(provider: &Provider, method: &str, path: &str) -> Option<ScopeSet> {
    let opening = provider.scopes.iter().filter(|entry| opens(entry, method, path));
    let breadth = |entry: &&ScopeEntry| (entry.partial, entry.access == Access::Write, entry.risk);
    opening.min_by_key(breadth).map(|entry| std::iter::once(entry.scope.clone()).collect())
}

/// The scopes among these that open a method on a path.
fn opening<'a>(provider: &'a Provider, scopes: &ScopeSet, method: &str, path: &str) -> Vec<&'a ScopeEntry> {
    let known = scopes.iter().filter_map(|scope| provider.scope_entry(scope));
    known.filter(|entry| opens(entry, method, path)).collect()
}

fn opens(entry: &ScopeEntry, method: &str, path: &str) -> bool {
    let method_fits = match entry.methods.as_slice() {
        [] => entry.access == Access::Write || is_safe(method),
        methods => methods.iter().any(|known| known == method),
    };
    method_fits && entry.paths.iter().any(|prefix| is_below(path, prefix))
}

/// Scopes that the catalogue does not know open looking only, and only together: which of them opens what, nobody here
/// can tell, so a token must hold every unknown scope of its account.
fn holds_all_unknown(house: &House, provider: &Provider, lease: &Lease) -> bool {
    let all = house.scopes_of(&lease.account);
    let unknown: ScopeSet =
        all.iter().filter(|scope| provider.scope_entry(scope).is_none()).cloned().collect();
    !unknown.is_empty() && unknown.is_subset(&lease.scopes)
}

/// Safe methods (RFC 9110 §9.2.1).
fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// Whether `path` is `prefix` or below it; `/a` does not open `/ab`. A prefix that ends with `$` opens just itself. A
/// segment `*` of the prefix is any one segment of the path.
fn is_below(path: &str, prefix: &str) -> bool {
    let (prefix, exact) = prefix.strip_suffix('$').map_or((prefix, false), |prefix| (prefix, true));
    let mut rest = path.strip_prefix('/').unwrap_or(path).split('/');
    let prefix = prefix.strip_prefix('/').unwrap_or(prefix).trim_end_matches('/');
    let mut wanted = prefix.split('/').filter(|_| !prefix.is_empty());
    let fits =
        |segment: &str| rest.next().is_some_and(|is| is == segment || (segment == "*" && !is.is_empty()));
    wanted.all(fits) && (!exact || rest.next().is_none())
}

/// The fixed map from gateway path to the provider's address (RG-06): the longest prefix wins.
fn route<'a>(provider: &'a Provider, path: &str) -> Option<&'a ApiRoute> {
    let below = |route: &&ApiRoute| is_below(path, &route.path);
    provider.api.iter().filter(below).max_by_key(|route| route.path.len())
}

fn target(route: &ApiRoute, path: &str) -> String {
    let rest = path.strip_prefix(route.path.trim_end_matches('/')).unwrap_or_default();
    format!("{}{rest}", route.base.trim_end_matches('/'))
}

fn invalid(why: &str) -> GatewayRefusal {
    GatewayRefusal::InvalidToken(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rg_08_a_prefix_ends_at_a_segment() {
        assert!(is_below("/repos/x", "/repos/"));
        assert!(is_below("/repos", "/repos/"));
        assert!(is_below("/anything", "/"));
        assert!(!is_below("/repositories", "/repos"));
        assert!(!is_below("/", "/repos"));
        assert!(is_below("/user", "/user$") && !is_below("/user/repos", "/user$"));
        assert!(is_below("/users/7/mail", "/users/*/mail") && is_below("/users/7/mail/1", "/users/*/mail"));
        assert!(is_below("/users/7", "/users/*$") && !is_below("/users/7/mail", "/users/*$"));
        assert!(!is_below("/users/mail", "/users/*/mail") && !is_below("/users//mail", "/users/*/mail"));
        assert!(is_below("/a", "/") && is_below("/", "/") && !is_below("/users", "/users/*"));
    }

    #[test]
    fn rg_08_read_scopes_open_safe_methods_only() {
        let scope = crate::Scope::parse("read").expect("legal");
        let entry = ScopeEntry {
            paths: vec!["/x".into()],
            ..ScopeEntry::plain(scope, "Look", "Things", Access::Read)
        };
        assert!(opens(&entry, "GET", "/x/1") && opens(&entry, "HEAD", "/x"));
        for method in ["POST", "PUT", "PATCH", "DELETE", "get", "TRACE", "PROPFIND"] {
            assert!(!opens(&entry, method, "/x/1"), "{method}");
        }
    }
}
