//! Provider: an upstream authorization server, with its catalogue entry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ProviderId, Scope, ScopeSet, narrowing::Narrowing};

/// One catalogue entry. Shipped entries are TOML files of the `providers` crate; a person's own ones are kept in
/// the vault in the same form.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its id; also the path of its issuer on the loopback API.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// One or two letters for its mark.
    pub mark: String,
    /// Background of the mark, `#rrggbb`.
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
    /// What it wants of our client registration.
    #[serde(default)]
    pub client: ClientNeeds,
    /// What it accepts as redirect address.
    #[serde(default)]
    pub redirect: RedirectPolicy,
    /// Parameters added to the authorization request, e.g. `access_type=offline`.
    #[serde(default)]
    pub authorize_parameters: BTreeMap<String, String>,
    /// What stands between scopes on the wire.
    #[serde(default = "space")]
    pub scope_delimiter: String,
    /// Scopes in words.
    #[serde(default)]
    pub scopes: Vec<ScopeEntry>,
    /// Ways to get less than the grant has, best first.
    #[serde(default)]
    pub narrowing: Vec<Narrowing>,
    /// Where its API is: what the gateway forwards to.
    #[serde(default)]
    pub api: Vec<ApiRoute>,
    /// Where the account's name is read, and from which members.
    #[serde(default)]
    pub account: AccountFields,
    /// Life of an access token whose answer does not say, in seconds. `None`: it is used once and not kept.
    #[serde(default)]
    pub access_token_seconds: Option<u32>,
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
}

/// Where a provider stands in the list.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Shipped.
    #[default]
    Popular,
    /// A template: any issuer, or by hand.
    Any,
    /// The embedded demo.
    Demo,
    /// Added by the person.
    Own,
}

/// Catalogue entries that the person completes.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// Any OpenID Connect issuer, or one with RFC 8414 metadata.
    Issuer,
    /// Endpoints by hand.
    ByHand,
}

/// Addresses of an authorization server (RFC 8414 §2).
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Endpoints {
    /// Where the browser goes.
    pub authorization: String,
    /// Where codes and refresh tokens are redeemed.
    pub token: String,
    /// RFC 7009.
    pub revocation: Option<String>,
    /// OpenID Connect Core §5.3, or any address that tells who one is.
    pub userinfo: Option<String>,
    /// Published keys.
    pub jwks: Option<String>,
    /// RFC 7591.
    pub registration: Option<String>,
    /// RFC 8628.
    pub device_authorization: Option<String>,
    /// `authorization_response_iss_parameter_supported` (RFC 9207 §3).
    pub sends_iss: bool,
    /// `S256` is in `code_challenge_methods_supported`.
    pub pkce_s256: bool,
    /// `token_endpoint_auth_methods_supported`; empty: not said.
    pub token_auth_methods: Vec<String>,
    /// `scopes_supported`; empty: not said.
    pub scopes_supported: Vec<String>,
}

/// What a provider wants of our client registration.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a line of its own in a catalogue file")]
pub struct ClientNeeds {
    /// An own client id must be entered.
    pub own_id: bool,
    /// Even desktop programs must send a secret.
    pub secret: bool,
    /// Dynamic registration (RFC 7591) is offered.
    pub dynamic: bool,
    /// PKCE is not known to be supported: send it all the same, but do not demand it of the metadata.
    pub pkce_unproven: bool,
}

/// What a provider accepts as redirect address.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct RedirectPolicy {
    /// `127.0.0.1` or `localhost`, as the provider demands.
    pub host: String,
    /// Registered ports; empty: any.
    pub ports: Vec<u16>,
}

impl Default for RedirectPolicy {
    fn default() -> Self {
        Self { host: "127.0.0.1".to_owned(), ports: Vec::new() }
    }
}

/// A scope in words, and what it opens at the gateway.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ScopeEntry {
    /// As the provider writes it.
    pub scope: Scope,
    /// Other spellings under which it comes back.
    #[serde(default)]
    pub aliases: Vec<Scope>,
    /// What it allows, in words.
    pub words: String,
    /// The service it belongs to.
    pub service: String,
    /// Read and write told apart.
    pub access: Access,
    /// How bad misuse would be.
    #[serde(default)]
    pub risk: Risk,
    /// Asked for by default at sign-in.
    #[serde(default)]
    pub preset: bool,
    /// Gateway paths it opens, each a prefix that ends at a segment border, or with a `$` at its end just that path;
    /// none: opens nothing there.
    #[serde(default)]
    pub paths: Vec<String>,
    /// It opens only some of what lies under its paths, and only the provider can tell which (e.g. public
    /// repositories). The gateway opens them for it only while no other scope of the account's sign-in, that the
    /// program was not granted, opens more there.
    #[serde(default)]
    pub partial: bool,
}

/// Read and write told apart.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Who the person is.
    Identity,
    /// Look: safe methods only.
    Read,
    /// Change: every method.
    Write,
}

/// How bad misuse would be.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// A nuisance.
    #[default]
    Low,
    /// Private things become known.
    Medium,
    /// Things can be destroyed or sent in the person's name.
    High,
}

/// Gateway paths below `path` go to `base`.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ApiRoute {
    /// A prefix of the gateway path, beginning and ending with `/`.
    pub path: String,
    /// What replaces it: an absolute address ending with `/`.
    pub base: String,
}

/// Where the account's name is read.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct AccountFields {
    /// Members that together make the immutable account id, joined by `/`.
    pub id: Vec<String>,
    /// The first of these that is present names the account.
    pub name: Vec<String>,
}

impl Default for AccountFields {
    fn default() -> Self {
        Self {
            id: vec!["sub".to_owned()],
            name: ["email", "preferred_username", "nickname", "name", "sub"].map(str::to_owned).to_vec(),
        }
    }
}

/// One step of the guide for an own client id.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct GuideStep {
    /// What to do.
    pub text: String,
    /// What to copy. `{redirect}` stands for the redirect address.
    #[serde(default)]
    pub copy: Option<String>,
    /// Where to go (https).
    #[serde(default)]
    pub link: Option<String>,
}

impl Provider {
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
