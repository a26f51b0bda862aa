//! What a provider's scopes open, in words and at the gateway; and who its account is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Provider;
use crate::Scope;

/// A scope in words, and what it opens at the gateway.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScopeEntry {
    /// As the provider writes it.
    pub scope: Scope,
    /// Other spellings under which it comes back.
    #[serde(default)]
    pub aliases: Vec<Scope>,
    /// Other scopes of this entry that it contains (e.g. `repo` contains `public_repo`). No pattern is understood.
    #[serde(default)]
    pub includes: Vec<Scope>,
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
    /// Gateway paths it opens, each a prefix that ends at a segment border, or with a `$` at its end just that path. A
    /// segment `*` stands for any one segment. None: opens nothing there.
    #[serde(default)]
    pub paths: Vec<String>,
    /// The methods it opens there; none: as `access` says. For services that read by POST.
    #[serde(default)]
    pub methods: Vec<String>,
    /// The provider does not know it: never asked for there. It is a part of another scope (`includes`), or of everything
    /// where a provider has no scopes, that Keylodge keeps a program to at the gateway or by an exchange.
    #[serde(default)]
    pub derived: bool,
    /// It opens only some of what lies under its paths, and only the provider can tell which (e.g. public
    /// repositories). The gateway opens them for it only while no other scope of the account's sign-in, that the
    /// program was not granted, opens more there.
    #[serde(default)]
    pub partial: bool,
}

/// Read and write told apart.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ApiRoute {
    /// A prefix of the gateway path, beginning and ending with `/`.
    pub path: String,
    /// What replaces it: an absolute address ending with `/`.
    pub base: String,
    /// Fields that every request there must carry. `{client_id}` stands for the client id.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The field that carries the token bare, where it is not `Authorization: Bearer`.
    #[serde(default)]
    pub token_header: Option<String>,
}

/// Where the account's name is read.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct AccountFields {
    /// Members that together make the immutable account id, joined by `/`.
    pub id: Vec<String>,
    /// The first of these that is present names the account.
    pub name: Vec<String>,
    /// The address is asked by POST without a body instead of by GET.
    pub post: bool,
    /// Fields that the request must carry. `{client_id}` stands for the client id.
    pub headers: BTreeMap<String, String>,
}

impl Default for AccountFields {
    fn default() -> Self {
        Self {
            id: vec!["sub".to_owned()],
            name: ["email", "preferred_username", "nickname", "name", "sub"].map(str::to_owned).to_vec(),
            post: false,
            headers: BTreeMap::new(),
        }
    }
}

impl Provider {
    /// Every scope that the entry names, wherever it does.
    pub fn scopes_named(&self) -> impl Iterator<Item = &Scope> {
        let entries = self.scopes.iter();
        let entries = entries
            .flat_map(|entry| std::iter::once(&entry.scope).chain(&entry.aliases).chain(&entry.includes));
        let presets = self.presets.iter().flat_map(|preset| preset.scopes.iter());
        let habits = self.offline.scope.iter().chain(&self.device.scopes).chain(&self.exchange.scopes);
        entries.chain(presets).chain(habits)
    }
}

impl ScopeEntry {
    /// A scope that opens nothing at the gateway and is not asked for by default.
    #[must_use]
    pub fn plain(scope: Scope, words: &str, service: &str, access: Access) -> Self {
        Self {
            scope,
            aliases: Vec::new(),
            includes: Vec::new(),
            words: words.to_owned(),
            service: service.to_owned(),
            access,
            risk: Risk::Low,
            preset: false,
            paths: Vec::new(),
            methods: Vec::new(),
            derived: false,
            partial: false,
        }
    }
}

impl ApiRoute {
    /// Paths below `path` go to `base`, as they are.
    #[must_use]
    pub fn plain(path: &str, base: &str) -> Self {
        Self { path: path.to_owned(), base: base.to_owned(), headers: BTreeMap::new(), token_header: None }
    }
}
