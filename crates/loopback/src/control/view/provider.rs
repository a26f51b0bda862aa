//! Providers, with the guide for an own client id.

use std::collections::BTreeSet;

use broker::{
    ClientRegistration, Error, Narrowing, Offer, OfferFile, Provider, ProviderInfo, Scope, Standing,
    provider::{
        ClientHealth, Facts, Group, Hosts, Input, Preset, RevocationWay, SignInWay, Sureness, Template,
    },
    text::cleaned,
};
use control::{
    ClientHealthView, ClientKnown, FactsView, GuideStep, InputView, NarrowingView, OfferView, PresetView,
    ProviderFileState, ProviderFileView, ProviderView, ScopeView,
};

use super::{View, scope, time};

const MAX_FILE_NAME: usize = 100;

impl View<'_> {
    /// All providers, and what files propose beside them.
    pub fn providers(&self) -> Vec<ProviderView> {
        let known = self.broker.providers();
        let new = self.broker.offers().unwrap_or_default().into_iter().filter_map(only_offered);
        known.into_iter().chain(new).map(|info| self.provider(&info)).collect()
    }

    /// The provider of this id, or what a file proposes under it.
    pub fn provider_called(&self, id: &str) -> Result<ProviderView, Error> {
        let known = self.broker.provider(id);
        let offered = || self.broker.offer(id).ok().and_then(only_offered);
        known.or_else(|unknown| offered().ok_or(unknown)).map(|info| self.provider(&info))
    }

    /// Each file that proposes a provider, and how it is.
    pub fn provider_files(&self) -> Result<Vec<ProviderFileView>, Error> {
        self.broker.offer_files().into_iter().map(|file| self.provider_file(file)).collect()
    }

    fn provider_file(&self, OfferFile { file, outcome }: OfferFile) -> Result<ProviderFileView, Error> {
        let offer = match outcome {
            Ok(offer) => offer,
            Err(problem) => {
                let (provider, state) = (None, ProviderFileState::Broken);
                return Ok(ProviderFileView { file, provider, state, problem: Some(problem) });
            }
        };
        let state = match self.broker.standing(&offer)? {
            Standing::New => ProviderFileState::New,
            Standing::Accepted => ProviderFileState::Accepted,
            Standing::Changed => ProviderFileState::Changed,
        };
        Ok(ProviderFileView { file, provider: Some(offer.entry.id.to_string()), state, problem: None })
    }

    fn inputs(&self, provider: &Provider) -> Vec<InputView> {
        let form = self.broker.provider_form(provider.id.as_str());
        let input = |input: Input| InputView {
            id: input.id,
            label: input.label,
            example: input.example,
            default: input.default,
        };
        form.map(|form| form.inputs.into_iter().map(input).collect()).unwrap_or_default()
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
            template: template(provider).map(str::to_owned),
            inputs: self.inputs(provider),
            sign_in: ways(provider),
            comes_back: word(&provider.redirect.way),
            registers_itself: provider.client.dynamic && !provider.client.own_id,
            secret_optional: provider.client.secret_optional,
            presets: provider.presets.iter().map(preset).collect(),
            narrowing: provider.narrowing.iter().map(|way| narrowing(provider, *way)).collect(),
            revocation: revocation(provider).to_owned(),
            withdraw_page: provider.withdraw_page.clone(),
            health: health(provider.client.health),
            facts: facts(&provider.facts),
            needs_client_id: provider.client.own_id,
            needs_client_secret: provider.client.secret,
            has_client: info.client.is_some(),
            client_known: info.client.as_ref().map(client_known),
            guide: provider.guide.iter().map(|step| guide_step(step, &redirect)).collect(),
            redirect_hint: redirect,
            scopes: scopes(provider),
            limits: provider.limits.clone(),
            gateway: provider.has_gateway(),
            issuer: provider.issuer.clone(),
            loopback_issuer: self.broker.issuer(provider),
            offer: self.offer(provider.id.as_str()),
        }
    }

    /// What a file proposes under this id that the person has not accepted.
    pub fn offer(&self, id: &str) -> Option<OfferView> {
        let (offer, standing) = self.broker.offer(id).ok()?;
        let kept = (standing == Standing::Changed).then(|| self.broker.provider(id).ok()).flatten();
        let had = kept.as_ref().map(|kept| kept.provider.hosts()).unwrap_or_default();
        let Hosts { sign_in, secrets, api } = offer.entry.hosts();
        let fresh = sign_in.difference(&had.sign_in).chain(secrets.difference(&had.secrets));
        let fresh: BTreeSet<&String> = fresh.chain(api.difference(&had.api)).collect();
        Some(OfferView {
            changed: kept.is_some(),
            new: fresh.into_iter().filter(|_| kept.is_some()).cloned().collect(),
            ends_sign_ins: kept.is_some_and(|kept| offer.entry.takes_secrets_elsewhere(&kept.provider)),
            file: cleaned(&offer.file, MAX_FILE_NAME),
            shown: offer.shown,
            sign_in: sign_in.into_iter().collect(),
            secrets: secrets.into_iter().collect(),
            api: api.into_iter().collect(),
        })
    }
}

/// A provider that is only proposed yet.
fn only_offered((offer, standing): (Offer, Standing)) -> Option<ProviderInfo> {
    (standing == Standing::New).then_some(ProviderInfo { provider: offer.entry, client: None })
}

/// A word of the catalogue.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn ways(provider: &Provider) -> Vec<String> {
    if provider.sign_in.is_empty() {
        vec![word(&SignInWay::Code)]
    } else {
        provider.sign_in.iter().map(word).collect()
    }
}

fn preset(preset: &Preset) -> PresetView {
    PresetView { name: preset.name.clone(), scopes: preset.scopes.iter().map(ToString::to_string).collect() }
}

fn narrowing(provider: &Provider, way: Narrowing) -> NarrowingView {
    NarrowingView {
        way: word(&way),
        sure: provider.narrows_by(way) == Some(Sureness::High),
        fails: false,
        tried: false,
    }
}

fn revocation(provider: &Provider) -> &'static str {
    let endpoint = provider.endpoints.as_ref().is_some_and(|endpoints| endpoints.revocation.is_some());
    // Where its metadata is read at sign-in only, it most often has one.
    let discovered = provider.endpoints.is_none() && provider.issuer.is_some();
    match provider.revocation.way {
        RevocationWay::Own => "own",
        RevocationWay::Standard if endpoint || discovered => "standard",
        RevocationWay::Standard => "by_hand",
    }
}

fn client_known(client: &ClientRegistration) -> ClientKnown {
    ClientKnown {
        has_secret: client.has_secret,
        secret_ends: client.known.secret_ends.map(time),
        testing: client.known.testing,
    }
}

fn health(health: ClientHealth) -> ClientHealthView {
    let ClientHealth { testing_days, secret_days, registration_days, user_cap } = health;
    ClientHealthView { testing_days, secret_days, registration_days, user_cap }
}

fn facts(facts: &Facts) -> FactsView {
    FactsView {
        checked: facts.checked.clone(),
        sure: word(&facts.sure),
        sources: facts.sources.clone(),
        open: facts.open.clone(),
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
        Group::More => "More",
        Group::Any => "Any",
        Group::Demo => "Demo",
        Group::Own => "Own",
    }
}

fn template(provider: &Provider) -> Option<&'static str> {
    match provider.template {
        Some(Template::Issuer) => Some("issuer"),
        Some(Template::ByHand) => Some("by_hand"),
        None => provider.is_form().then_some("inputs"),
    }
}
