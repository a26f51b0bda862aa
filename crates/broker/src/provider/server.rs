//! Where a provider's endpoints are, and what it wants of its client.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::facts::ClientHealth;

/// Addresses of an authorization server (RFC 8414 §2).
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// RFC 7662.
    pub introspection: Option<String>,
    /// Pushed authorization requests (RFC 9126).
    pub pushed_authorization_request: Option<String>,
    /// `require_pushed_authorization_requests`: it takes no other.
    pub requires_par: bool,
    /// `dpop_signing_alg_values_supported` (RFC 9449 §5.1); empty: not offered.
    pub dpop_algorithms: Vec<String>,
    /// `grant_types_supported`; empty: not said.
    pub grant_types: Vec<String>,
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
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a line of its own in a catalogue file")]
pub struct ClientNeeds {
    /// An own client id must be entered.
    pub own_id: bool,
    /// Even desktop programs must send a secret.
    pub secret: bool,
    /// It has clients with a secret and clients without: one may be entered.
    pub secret_optional: bool,
    /// Dynamic registration (RFC 7591, or as `registration` says) is offered.
    pub dynamic: bool,
    /// PKCE is not known to be supported: send it all the same, but do not demand it of the metadata.
    pub pkce_unproven: bool,
    /// How a program registers itself.
    pub registration: RegistrationForm,
    /// Members that a self-registration carries besides.
    pub registration_parameters: BTreeMap<String, String>,
    /// How the client proves itself, where that is not told by the metadata.
    pub authentication: Option<ClientAuthentication>,
    /// The id that the client's key has there, where it is not the key's own thumbprint.
    pub key_id: Option<String>,
    /// Assertions are addressed to the token endpoint, and not to the issuer.
    pub assertion_for_token_endpoint: bool,
    /// Tokens are asked for that are bound to a key of this computer's (DPoP, RFC 9449), and no others are taken. The
    /// server and the API behind the gateway must know that; such a token is never released.
    pub dpop_bound_access_tokens: bool,
    /// The client secret is signed anew for each request, with a key that is entered in its place.
    pub signed_secret: Option<SignedSecret>,
    /// What can end the client's good standing.
    pub health: ClientHealth,
}

/// The form of a self-registration.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RegistrationForm {
    /// RFC 7591.
    #[default]
    Standard,
    /// A form of Mastodon's own.
    Mastodon,
    /// JSON with names like `clientName` (AWS).
    JsonCamel,
}

/// How the client proves itself at the token endpoint (RFC 6749 §2.3.1).
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// `client_secret_basic`.
    Basic,
    /// Basic also without a secret: with an empty password (Reddit).
    BasicAlways,
    /// `client_secret_post`.
    Post,
    /// `private_key_jwt`: by an assertion that a key of the client's signs (RFC 7523 §2.2).
    PrivateKeyJwt,
}

/// A client secret that is a token, signed with a key of the client's (Apple).
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignedSecret {
    /// Who signs (`iss`), e.g. the developer's team.
    pub issuer: String,
    /// For whom (`aud`).
    pub audience: String,
}

/// What a provider accepts as redirect address.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RedirectPolicy {
    /// How the browser's answer comes back.
    pub way: RedirectWay,
    /// `127.0.0.1` or `localhost`, as the provider demands.
    pub host: String,
    /// Registered ports; empty: any.
    pub ports: Vec<u16>,
    /// The redirect address of the two ways that do not use loopback; none for [`RedirectWay::Shown`]: leave the
    /// parameter out.
    pub address: Option<String>,
}

/// How the browser's answer comes back.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RedirectWay {
    /// To a loopback address (RFC 8252 §7.3).
    #[default]
    Loopback,
    /// To `address`, from where the person copies what stands in the browser's address bar.
    Pasted,
    /// The provider shows the code on a page of its own, and the person copies it.
    Shown,
    /// To `address`, whose scheme leads to Keylodge (RFC 8252 §7.1).
    Scheme,
}

impl Default for RedirectPolicy {
    fn default() -> Self {
        Self { way: RedirectWay::Loopback, host: "127.0.0.1".to_owned(), ports: Vec::new(), address: None }
    }
}
