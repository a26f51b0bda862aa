//! Examines a provider that the person entered: reads its metadata, or checks the addresses they gave.

use broker::{
    Provider, Scope, UpstreamError,
    messages::sign_in,
    provider::{Access, ApiRoute, Endpoints, ScopeEntry},
};
use url::Url;

use crate::{
    address::{Reach, is_this_machine},
    discovery,
    fault::Fault,
    metadata::Metadata,
    web::{Web, origin},
};

/// Scopes of OIDC Core §5.4 and §11, in words.
const IDENTITY: [(&str, &str, bool); 6] = [
    ("openid", "Know which account this is", true),
    ("profile", "See your name and picture", true),
    ("email", "See your e-mail address", true),
    ("offline_access", "Keep working while you are away, until you withdraw it", true),
    ("address", "See your postal address", false),
    ("phone", "See your phone number", false),
];

/// Fills in what can be known of it.
pub(crate) async fn examine(web: &Web, mut provider: Provider) -> Result<Provider, UpstreamError> {
    tidy(&mut provider);
    provider.private |= is_on_this_machine(&provider);
    match provider.issuer.clone() {
        Some(issuer) => discovered(web, &mut provider, &issuer).await?,
        None => by_hand(&provider)?,
    }
    fill(&mut provider);
    // A form that was filled in is a provider.
    provider.template = None;
    Ok(provider)
}

/// Undoes what copying and pasting does; the issuer itself stays as typed (DM-02).
fn tidy(provider: &mut Provider) {
    let issuer = provider.issuer.take().map(|issuer| issuer.trim().to_owned());
    provider.issuer = issuer.filter(|issuer| !issuer.is_empty()).map(|issuer| typed_issuer(&issuer));
    if let Some(endpoints) = &mut provider.endpoints {
        endpoints.authorization = endpoints.authorization.trim().to_owned();
        endpoints.token = endpoints.token.trim().to_owned();
        for address in [
            &mut endpoints.revocation,
            &mut endpoints.userinfo,
            &mut endpoints.jwks,
            &mut endpoints.registration,
            &mut endpoints.device_authorization,
            &mut endpoints.introspection,
            &mut endpoints.pushed_authorization_request,
        ] {
            *address = address.take().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        }
    }
}

/// A name without a scheme is https; the address of the metadata stands for its issuer.
fn typed_issuer(text: &str) -> String {
    let issuer = text.strip_suffix("/.well-known/openid-configuration").unwrap_or(text);
    if issuer.contains("://") { issuer.to_owned() } else { format!("https://{issuer}") }
}

fn is_on_this_machine(provider: &Provider) -> bool {
    let token = provider.endpoints.as_ref().map(|endpoints| endpoints.token.as_str());
    let address = provider.issuer.as_deref().or(token).unwrap_or_default();
    Url::parse(address).is_ok_and(|url| url.host().is_some_and(|host| is_this_machine(&host)))
}

async fn discovered(web: &Web, provider: &mut Provider, issuer: &str) -> Result<(), UpstreamError> {
    let reach = Reach::of(provider.private);
    reach.check(issuer).map_err(|fault| unusable(&fault))?;
    let found = match discovery::fetch(web, reach, issuer).await {
        Ok(found) => found,
        // No metadata, but the person knows the addresses.
        Err(Fault::Untrusted(_)) if has_endpoints(provider) => return by_hand(provider),
        Err(fault @ Fault::Forbidden(_)) => return Err(unusable(&fault)),
        Err(fault) => return Err(fault.by(&provider.name)),
    };
    check_pkce(provider, &found.endpoints)?;
    check_moved(provider, &found)?;
    provider.openid = found.openid;
    provider.endpoints = Some(found.endpoints);
    Ok(())
}

fn has_endpoints(provider: &Provider) -> bool {
    provider.endpoints.as_ref().is_some_and(|endpoints| !endpoints.token.is_empty())
}

/// UC-30: a server that does not know PKCE would let a stolen code be used.
fn check_pkce(provider: &Provider, endpoints: &Endpoints) -> Result<(), UpstreamError> {
    if endpoints.pkce_s256 || provider.client.pkce_unproven {
        return Ok(());
    }
    Err(UpstreamError::Unusable(sign_in::NO_PKCE.with([("provider", &provider.name)])))
}

/// Endpoints that were seen before stay on their hosts (UPS-10).
fn check_moved(provider: &Provider, found: &Metadata) -> Result<(), UpstreamError> {
    let Some(known) = provider.endpoints.as_ref().filter(|known| !known.token.is_empty()) else {
        return Ok(());
    };
    let host = |address: &str| Url::parse(address).ok().map(|url| url.origin());
    let same = host(&known.token) == host(&found.endpoints.token)
        && host(&known.authorization) == host(&found.endpoints.authorization);
    if same {
        return Ok(());
    }
    let detail =
        "its endpoints have moved to another host. If that is right, remove it and add it again".to_owned();
    Err(UpstreamError::Misbehaved { provider: provider.name.clone(), detail })
}

fn by_hand(provider: &Provider) -> Result<(), UpstreamError> {
    let missing = || UpstreamError::Unusable(sign_in::NEEDS_ADDRESSES.sentence());
    let endpoints = provider.endpoints.as_ref().filter(|_| has_endpoints(provider)).ok_or_else(missing)?;
    let reach = Reach::of(provider.private);
    for address in endpoints.addresses() {
        reach.check(address).map_err(|fault| unusable(&fault))?;
    }
    if provider.openid && (endpoints.jwks.is_none() || provider.issuer.is_none()) {
        return Err(UpstreamError::Unusable(sign_in::NEEDS_KEYS.sentence()));
    }
    Ok(())
}

fn unusable(fault: &Fault) -> UpstreamError {
    UpstreamError::Unusable(sign_in::BAD_ADDRESS.with([("why", &fault.to_string())]))
}

fn fill(provider: &mut Provider) {
    let Some(endpoints) = provider.endpoints.clone() else { return };
    // A catalogue entry knows better: many servers name a registration endpoint that only administrators may use.
    if provider.sign_in.is_empty() {
        provider.client.dynamic = endpoints.registration.is_some();
        provider.client.own_id = !provider.client.dynamic;
    }
    let userinfo = endpoints.userinfo.as_deref().and_then(|address| Url::parse(address).ok());
    if let Some(url) = userinfo.as_ref().filter(|_| provider.api.is_empty()) {
        provider.api = vec![ApiRoute::plain("/", &origin(url))];
    }
    if provider.scopes.is_empty() && provider.openid {
        let path = userinfo.map(|url| url.path().to_owned());
        provider.scopes = identity_scopes(&endpoints, path.as_deref());
    }
}

/// The standard scopes that it supports; `openid` always, and what it does not deny where it says nothing.
fn identity_scopes(endpoints: &Endpoints, userinfo_path: Option<&str>) -> Vec<ScopeEntry> {
    let said = &endpoints.scopes_supported;
    let supported = |scope: &str, preset: bool| {
        scope == "openid"
            || said.iter().any(|s| s == scope)
            || (said.is_empty() && preset && scope != "offline_access")
    };
    let fitting = IDENTITY.iter().filter(|(scope, _, preset)| supported(scope, *preset));
    fitting.filter_map(|entry| scope_entry(*entry, userinfo_path)).collect()
}

fn scope_entry(
    (scope, words, preset): (&str, &str, bool),
    userinfo_path: Option<&str>,
) -> Option<ScopeEntry> {
    let opens = scope != "offline_access";
    Some(ScopeEntry {
        preset,
        paths: userinfo_path.filter(|_| opens).map(str::to_owned).into_iter().collect(),
        ..ScopeEntry::plain(Scope::parse(scope)?, words, "Profile", Access::Identity)
    })
}
