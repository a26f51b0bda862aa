//! Where a provider leaves the standards: facts of its entry, so that no code has to know a provider by its name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Scope;

/// How its token endpoint wants to be asked, and how it answers.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TokenHabits {
    /// The form of requests.
    pub request: RequestForm,
    /// Parameters that every token request carries besides (e.g. a fixed `resource`).
    pub parameters: BTreeMap<String, String>,
    /// Answers may come form-encoded instead of as JSON.
    pub form_answers: bool,
    /// The member that holds the person's token with its scope and refresh token, where that is not the answer itself
    /// (Slack: `authed_user`).
    pub inside: Option<String>,
    /// The member that names the granted scopes, where it is not `scope`.
    pub scope_member: Option<String>,
    /// What stands between granted scopes, where it is not what stands between requested ones.
    pub scope_delimiter: Option<String>,
    /// Words of `token_type` that mean a bearer token here.
    pub bearer_words: Vec<String>,
    /// The member that tells why a request failed, where it is not `error`; `a.b` looks inside `a`.
    pub error_member: Option<String>,
    /// What it says there, in lower case, and the word of RFC 6749 §5.2 or RFC 8628 §3.5 for it.
    pub error_words: BTreeMap<String, String>,
    /// The access token of a sign-in is exchanged for a longer one at once, with this grant type, which is also the
    /// name of the parameter that carries the token (Facebook: `fb_exchange_token`).
    pub lengthen: Option<String>,
    /// A code is good for so many seconds only, where that is less than a minute.
    pub code_seconds: Option<u32>,
}

/// The form of a token request.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RequestForm {
    /// `application/x-www-form-urlencoded` (RFC 6749).
    #[default]
    Form,
    /// JSON with the standard's member names.
    Json,
    /// JSON with names like `clientId`, asked and answered (AWS).
    JsonCamel,
}

/// How it renews access.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RefreshHabits {
    /// Whether it gives refresh tokens at all.
    pub gives: Gives,
    /// Whether a refresh brings a new refresh token.
    pub rotates: Rotation,
    /// A refresh ends the access token that was there before.
    pub ends_access_token: bool,
    /// The redirect address must be repeated when refreshing.
    pub repeats_redirect_uri: bool,
    /// A narrower refresh shrinks the sign-in itself: never narrow there.
    pub shrinks_grant: bool,
    /// A refresh token ends after so many days without use.
    pub unused_days: Option<u32>,
    /// A refresh token ends after so many days, used or not.
    pub days: Option<u32>,
}

/// Whether refresh tokens are given.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Gives {
    /// With every sign-in that asks as `offline` says.
    #[default]
    Always,
    /// A setting there, or an approval, decides.
    Sometimes,
    /// Not at all: either the access token does not end, or the person signs in again.
    Never,
}

/// Whether a refresh brings a new refresh token.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// A setting there decides, or nobody knows: keep whatever comes.
    #[default]
    Maybe,
    /// The same one stays good.
    Never,
    /// Each is good once.
    Always,
}

/// How offline access (a refresh token) is asked for (OIDC Core §11; UC-28).
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Offline {
    /// By this scope.
    pub scope: Option<Scope>,
    /// By these parameters of the authorization request.
    pub parameters: BTreeMap<String, String>,
}

/// What is special about its device flow (RFC 8628).
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct DeviceHabits {
    /// The answer's member for the address to open, where it is not `verification_uri`.
    pub verification_member: Option<String>,
    /// The request's parameter for scopes, where it is not `scope`.
    pub scope_parameter: Option<String>,
    /// Parameters that the device request carries besides.
    pub parameters: BTreeMap<String, String>,
    /// The device request itself carries the client's id and secret by Basic.
    pub authenticates: bool,
    /// It takes a client of another type than signing in with the browser does.
    pub other_client: bool,
    /// Only these scopes can be had; empty: all.
    pub scopes: Vec<Scope>,
    /// The client's secret is not needed here, though it is for codes.
    pub without_secret: bool,
}

/// How access is given back.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Revocation {
    /// Which way.
    pub way: RevocationWay,
    /// Where, for its own way. `{client_id}` stands for the client id.
    pub address: Option<String>,
    /// The method, for its own way; empty: `POST`.
    pub method: String,
    /// Who proves to be allowed, for its own way.
    pub proof: RevocationProof,
    /// The member that carries the token in a JSON body, for its own way; none: no body.
    pub member: Option<String>,
    /// What ends.
    pub ends: Ends,
    /// What ends where an access token is revoked.
    pub access_token: AccessRevocation,
}

impl Revocation {
    /// Whether the token that is to end proves itself, and our client need not.
    #[must_use]
    pub fn is_by_token(&self) -> bool {
        self.way == RevocationWay::Own && self.proof == RevocationProof::Token
    }
}

/// Which way access is given back.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RevocationWay {
    /// RFC 7009, where there is a revocation endpoint; else only by hand, at `withdraw_page`.
    #[default]
    Standard,
    /// A request of its own form.
    Own,
}

/// Who proves to be allowed to revoke.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RevocationProof {
    /// The client, by Basic with id and secret.
    #[default]
    Client,
    /// The token itself, as bearer.
    Token,
}

/// What a revocation ends.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ends {
    /// The token and what was made from it (RFC 7009 §2.1).
    #[default]
    Token,
    /// Everything that the person ever allowed this client: other sign-ins of the same account with it.
    Client,
}

/// What the revocation of an access token ends (RFC 7009 §2.1 leaves it to the server).
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccessRevocation {
    /// Nobody knows: it is not relied upon.
    #[default]
    Unknown,
    /// That token, at once, and nothing else.
    Alone,
    /// The sign-in with it, all of its tokens included.
    WithSignIn,
    /// Nothing: access tokens cannot be revoked.
    Nothing,
}

/// What is special about exchanging a token for a narrower one (RFC 8693).
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ExchangeHabits {
    /// Where, if not at the token endpoint.
    pub endpoint: Option<String>,
    /// Only a client with a secret can.
    pub needs_secret: bool,
    /// Only these scopes can be had that way; empty: any part of the grant.
    pub scopes: Vec<Scope>,
    /// The answer's member that proves the narrowing: without it the token is as wide as before (Box:
    /// `restricted_to`).
    pub proof_member: Option<String>,
    /// The address of what a limit `only:kind/id` keeps a token to, sent as `resource` (RFC 8693 §2.1), with `{kind}` and
    /// `{id}` for its parts; the answer's objects have them as `type` and `id` (Box). None: it knows no limits.
    pub limit: Option<String>,
    /// The address of an API that makes a narrower token of a person's, with the client's id and secret. `{client_id}`
    /// stands for the client id. A fact for the reader: its answer does not say which repositories a token is for.
    pub scoped_api: Option<String>,
}
