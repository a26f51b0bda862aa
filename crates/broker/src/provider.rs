//! Provider: an upstream authorization server, with its catalogue entry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Error, ProviderId, Scope, ScopeSet, messages::refusals, narrowing::Narrowing};

mod facts;
mod habits;
mod hosts;
mod inputs;
mod opens;
mod server;
mod services;

pub use facts::{ClientHealth, Facts, GuideStep, Preset, SignInWay, Sureness};
pub use habits::{
    AccessRevocation, DeviceHabits, Ends, ExchangeHabits, Gives, Offline, RefreshHabits, RequestForm,
    Revocation, RevocationProof, RevocationWay, Rotation, TokenHabits,
};
pub use hosts::Hosts;
pub use inputs::{Input, InputKind};
pub use opens::{Access, AccountFields, ApiRoute, Risk, ScopeEntry};
pub use server::{
    ClientAuthentication, ClientNeeds, Endpoints, RedirectPolicy, RedirectWay, RegistrationForm, SignedSecret,
};

/// One catalogue entry. Shipped entries are TOML files of the `providers` crate; a person's own ones are files of the
/// same form in their configuration directory, or kept in the vault. `docs/providers.md` explains the form.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a line of its own in a catalogue file")]
pub struct Provider {
    /// Its id; also the path of its issuer on the loopback API.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[a-z0-9][a-z0-9_-]{0,39}$")))]
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// One or two letters for its mark.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 2)))]
    pub mark: String,
    /// Background of the mark, `#rrggbb`.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^#[0-9a-fA-F]{6}$")))]
    pub colour: String,
    /// Where it stands in the list.
    #[serde(default)]
    pub group: Group,
    /// The issuer. With no `endpoints`, they are discovered there.
    #[serde(default)]
    pub issuer: Option<String>,
    /// `{tenantid}` in the issuer is replaced by the token's `tid` before comparing (Microsoft; DM-02).
    #[serde(default)]
    pub issuer_is_template: bool,
    /// Endpoints, where they are not discovered.
    #[serde(default)]
    pub endpoints: Option<Endpoints>,
    /// Whether it speaks OpenID Connect (an ID token comes with the code).
    #[serde(default)]
    pub openid: bool,
    /// Ways to sign in, best first; empty: [`SignInWay::Code`].
    #[serde(default)]
    pub sign_in: Vec<SignInWay>,
    /// Blanks that the person fills in. An entry with one that has no default is a form and not a provider yet.
    #[serde(default)]
    pub inputs: Vec<Input>,
    /// The entry that this one was filled in from.
    #[serde(default)]
    pub form: Option<ProviderId>,
    /// What it wants of our client registration.
    #[serde(default)]
    pub client: ClientNeeds,
    /// What it accepts as redirect address.
    #[serde(default)]
    pub redirect: RedirectPolicy,
    /// Parameters added to the authorization request, e.g. `prompt=select_account`.
    #[serde(default)]
    pub authorize_parameters: BTreeMap<String, String>,
    /// What access is for, as absolute addresses without a fragment: sent as `resource` with the authorization request
    /// and every token request (RFC 8707).
    #[serde(default)]
    pub resources: Vec<String>,
    /// How offline access is asked for.
    #[serde(default)]
    pub offline: Offline,
    /// How its token endpoint wants to be asked, and how it answers.
    #[serde(default)]
    pub token: TokenHabits,
    /// How it renews access.
    #[serde(default)]
    pub refresh: RefreshHabits,
    /// What is special about its device flow.
    #[serde(default)]
    pub device: DeviceHabits,
    /// How access is given back.
    #[serde(default)]
    pub revocation: Revocation,
    /// What is special about exchanging tokens.
    #[serde(default)]
    pub exchange: ExchangeHabits,
    /// The authorization request's parameter for scopes, where it is not `scope` (Slack: `user_scope`).
    #[serde(default)]
    pub scope_parameter: Option<String>,
    /// Where each access token is for one of several services, and a scope says for which by the address before its last
    /// `/`: the service of scopes that are no address (Microsoft: `https://graph.microsoft.com`).
    #[serde(default)]
    pub scope_service: Option<String>,
    /// What stands between scopes on the wire.
    #[serde(default = "space")]
    pub scope_delimiter: String,
    /// Scopes in words.
    #[serde(default)]
    pub scopes: Vec<ScopeEntry>,
    /// Choices of scopes that a person would want.
    #[serde(default)]
    pub presets: Vec<Preset>,
    /// Ways to get less than the grant has, best first.
    #[serde(default)]
    pub narrowing: Vec<Narrowing>,
    /// Those of them that the provider's documents do not promise: to be tried and proved before they are trusted.
    #[serde(default)]
    pub unsure_narrowing: Vec<Narrowing>,
    /// Its tokens carry everything that the person ever allowed this client, whatever is asked for.
    #[serde(default)]
    pub merges_consent: bool,
    /// It may grant more than was asked for, or everything (servers without scopes).
    #[serde(default)]
    pub over_grants: bool,
    /// Where its API is: what the gateway forwards to.
    #[serde(default)]
    pub api: Vec<ApiRoute>,
    /// Where the account's name is read, and from which members.
    #[serde(default)]
    pub account: AccountFields,
    /// Life of an access token whose answer does not say, in seconds. `None`: it is used once and not kept.
    #[serde(default)]
    pub access_token_seconds: Option<u32>,
    /// Its access tokens do not end by themselves.
    #[serde(default)]
    pub endless_tokens: bool,
    /// Where the person can withdraw our access by hand.
    #[serde(default)]
    pub withdraw_page: Option<String>,
    /// What it cannot do, said before sign-in.
    #[serde(default)]
    pub limits: Vec<String>,
    /// How to get an own client id.
    #[serde(default)]
    pub guide: Vec<GuideStep>,
    /// Its addresses may be private or loopback: the person entered them, or it is the demo.
    #[serde(default)]
    pub private: bool,
    /// A form to fill in and not a provider yet.
    #[serde(default)]
    pub template: Option<Template>,
    /// Kept with an entry that the person accepted from a file of their configuration directory: what stood in the file
    /// then ([`Offer::shown`](crate::Offer)). No file may say it.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub accepted: Option<String>,
    /// Where all this is known from, and how surely.
    #[serde(default)]
    pub facts: Facts,
}

/// Where a provider stands in the list.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Shipped, at the top.
    #[default]
    Popular,
    /// Shipped, further down.
    More,
    /// A template: any issuer, or by hand.
    Any,
    /// The embedded demo.
    Demo,
    /// Added by the person.
    Own,
}

/// Catalogue entries that the person completes.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// Any OpenID Connect issuer, or one with RFC 8414 metadata.
    Issuer,
    /// Endpoints by hand.
    ByHand,
}

impl Provider {
    /// An entry with nothing in it but a name.
    #[must_use]
    pub fn named(id: &str, name: &str) -> Self {
        Self {
            id: ProviderId::from_text(id),
            name: name.to_owned(),
            mark: name.chars().take(1).collect(),
            colour: "#616161".to_owned(),
            group: Group::default(),
            issuer: None,
            issuer_is_template: false,
            endpoints: None,
            openid: false,
            sign_in: Vec::new(),
            inputs: Vec::new(),
            form: None,
            client: ClientNeeds::default(),
            redirect: RedirectPolicy::default(),
            authorize_parameters: BTreeMap::new(),
            resources: Vec::new(),
            offline: Offline::default(),
            token: TokenHabits::default(),
            refresh: RefreshHabits::default(),
            device: DeviceHabits::default(),
            revocation: Revocation::default(),
            exchange: ExchangeHabits::default(),
            scope_parameter: None,
            scope_service: None,
            scope_delimiter: space(),
            scopes: Vec::new(),
            presets: Vec::new(),
            narrowing: Vec::new(),
            unsure_narrowing: Vec::new(),
            merges_consent: false,
            over_grants: false,
            api: Vec::new(),
            account: AccountFields::default(),
            access_token_seconds: None,
            endless_tokens: false,
            withdraw_page: None,
            limits: Vec::new(),
            guide: Vec::new(),
            private: false,
            template: None,
            accepted: None,
            facts: Facts::default(),
        }
    }

    /// Whether its id can be one of the person's own. It is also a path of the loopback API: short, lower case, and no
    /// word that stands for something else there.
    pub fn check_own_id(&self) -> Result<(), Error> {
        const TAKEN: [&str; 6] = ["gateway", "demo", "access", "docs", "health", "v1"];
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let text = self.id.as_str();
        let fits = (1..=40).contains(&text.len()) && text.bytes().all(legal) && !text.starts_with('-');
        match (fits, TAKEN.contains(&text)) {
            (true, false) => Ok(()),
            (true, true) => Err(Error::InvalidRequest(refusals::PROVIDER_TAKEN.with([("provider", &text)]))),
            (false, _) => Err(Error::InvalidRequest(refusals::PROVIDER_ID.sentence())),
        }
    }

    /// Whether it is a form to fill in and not a provider yet.
    #[must_use]
    pub fn is_form(&self) -> bool {
        self.template.is_some() || !self.inputs.is_empty()
    }

    /// Whether one can sign in to it this way.
    #[must_use]
    pub fn signs_in_by(&self, way: SignInWay) -> bool {
        self.sign_in.contains(&way) || (self.sign_in.is_empty() && way == SignInWay::Code)
    }

    /// Whether it narrows this way, and how surely: [`Sureness::Medium`] is to be proved by the answer.
    #[must_use]
    pub fn narrows_by(&self, way: Narrowing) -> Option<Sureness> {
        let sure = if self.unsure_narrowing.contains(&way) { Sureness::Medium } else { Sureness::High };
        self.narrowing.contains(&way).then_some(sure)
    }

    /// The scopes with all that the catalogue says they include, in catalogue spelling. A scope that is not in the
    /// catalogue includes only itself, and no pattern is understood (OAU-14).
    #[must_use]
    pub fn with_included(&self, scopes: &ScopeSet) -> ScopeSet {
        let mut all = self.canonical(scopes);
        loop {
            let more =
                all.iter().filter_map(|scope| self.scope_entry(scope)).flat_map(|e| e.includes.clone());
            let wider = all.union(&self.canonical(&more.collect()));
            if wider == all {
                return all;
            }
            all = wider;
        }
    }

    /// Whether `all` contains `some`: the subset test on catalogue spellings, with what the catalogue says is included.
    #[must_use]
    pub fn contains(&self, all: &ScopeSet, some: &ScopeSet) -> bool {
        self.canonical(some).is_subset(&self.with_included(all))
    }

    /// The entry for a scope, under its own or another spelling.
    #[must_use]
    pub fn scope_entry(&self, scope: &Scope) -> Option<&ScopeEntry> {
        self.scopes.iter().find(|entry| entry.scope == *scope || entry.aliases.contains(scope))
    }

    /// The same set with every known alias in its catalogue spelling.
    #[must_use]
    pub fn canonical(&self, scopes: &ScopeSet) -> ScopeSet {
        scopes.iter().map(|s| self.scope_entry(s).map_or_else(|| s.clone(), |e| e.scope.clone())).collect()
    }

    /// Whether Keylodge alone knows this scope: it is never sent to the provider.
    #[must_use]
    pub fn is_derived(&self, scope: &Scope) -> bool {
        scope.limit().is_some() || self.scope_entry(scope).is_some_and(|entry| entry.derived)
    }

    /// What can be asked of the provider for these: a derived scope that is part of a wider one comes with that one only.
    #[must_use]
    pub fn askable(&self, scopes: &ScopeSet) -> ScopeSet {
        let part = |scope: &Scope| self.scopes.iter().any(|e| !e.derived && e.includes.contains(scope));
        let all = self.canonical(scopes);
        all.iter().filter(|scope| !(self.is_derived(scope) && part(scope))).cloned().collect()
    }

    /// What is asked for when the person does not choose.
    #[must_use]
    pub fn preset(&self) -> ScopeSet {
        self.scopes.iter().filter(|entry| entry.preset).map(|entry| entry.scope.clone()).collect()
    }

    /// Whether the gateway can reach its API.
    #[must_use]
    pub fn has_gateway(&self) -> bool {
        !self.api.is_empty()
    }
}

fn space() -> String {
    " ".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> Scope {
        Scope::parse(text).expect("legal")
    }

    fn set(text: &str) -> ScopeSet {
        ScopeSet::parse(text).expect("legal")
    }

    fn acme() -> Provider {
        let entry = |name: &str, includes: &[&str]| ScopeEntry {
            aliases: vec![scope(&format!("https://acme.example/{name}"))],
            includes: includes.iter().map(|name| scope(name)).collect(),
            ..ScopeEntry::plain(scope(name), "", "", Access::Read)
        };
        Provider {
            scopes: vec![entry("all", &["repo"]), entry("repo", &["public"]), entry("public", &[])],
            ..Provider::named("acme", "Acme")
        }
    }

    #[test]
    fn oau_14_only_what_the_catalogue_says_is_included() {
        let acme = acme();
        assert!(acme.contains(&set("all"), &set("public repo")));
        assert!(acme.contains(&set("https://acme.example/repo"), &set("public")));
        for (has, wants) in
            [("public", "repo"), ("*", "public"), (".default", "public"), ("repo", "repo:x"), ("", "x")]
        {
            assert!(!acme.contains(&set(has), &set(wants)), "{has} {wants}");
        }
    }
}
