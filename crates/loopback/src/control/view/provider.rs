//! Providers, with the guide for an own client id.

use broker::{
    Provider, ProviderInfo, Scope,
    provider::{Group, Template},
};
use control::{GuideStep, ProviderView, ScopeView};

use super::{View, scope};

impl View<'_> {
    /// All providers.
    pub fn providers(&self) -> Vec<ProviderView> {
        self.broker.providers().iter().map(|info| self.provider(info)).collect()
    }

    /// One provider.
    pub fn provider(&self, info: &ProviderInfo) -> ProviderView {
        let provider = info.provider.as_ref();
        let redirect = redirect_hint(provider);
        ProviderView {
            id: provider.id.to_string(),
            name: provider.name.clone(),
            mark: provider.mark.clone(),
            colour: provider.colour.clone(),
            group: group(provider.group).to_owned(),
            own: provider.group == Group::Own,
            template: provider.template.map(|template| self::template(template).to_owned()),
            needs_client_id: provider.client.own_id,
            needs_client_secret: provider.client.secret,
            has_client: info.has_client,
            guide: provider.guide.iter().map(|step| guide_step(step, &redirect)).collect(),
            redirect_hint: redirect,
            scopes: scopes(provider),
            limits: provider.limits.clone(),
            gateway: provider.has_gateway(),
            issuer: provider.issuer.clone(),
            loopback_issuer: self.broker.issuer(provider),
        }
    }
}

/// What the person enters at the provider: the address that sign-ins come back to, without a port where any will do
/// (RFC 8252 §7.3).
fn redirect_hint(provider: &Provider) -> String {
    let host = match provider.redirect.host.as_str() {
        "localhost" => "localhost",
        "::1" | "[::1]" => "[::1]",
        _ => "127.0.0.1",
    };
    let port = provider.redirect.ports.first().map(|port| format!(":{port}")).unwrap_or_default();
    format!("http://{host}{port}/callback/{}", provider.id)
}

fn guide_step(step: &broker::provider::GuideStep, redirect: &str) -> GuideStep {
    let filled = |text: &str| text.replace("{redirect}", redirect);
    GuideStep { text: filled(&step.text), copy: step.copy.as_deref().map(filled), link: step.link.clone() }
}

/// The catalogue's scopes, then those that the provider's metadata names besides.
fn scopes(provider: &Provider) -> Vec<ScopeView> {
    let said = provider.endpoints.iter().flat_map(|endpoints| &endpoints.scopes_supported);
    let more = said.filter_map(|word| Scope::parse(word)).filter(|word| provider.scope_entry(word).is_none());
    let known = provider.scopes.iter().map(|entry| entry.scope.clone());
    known.chain(more).map(|word| scope(Some(provider), &word)).collect()
}

fn group(group: Group) -> &'static str {
    match group {
        Group::Popular => "Popular",
        Group::Any => "Any",
        Group::Demo => "Demo",
        Group::Own => "Own",
    }
}

fn template(template: Template) -> &'static str {
    match template {
        Template::Issuer => "issuer",
        Template::ByHand => "by_hand",
    }
}
