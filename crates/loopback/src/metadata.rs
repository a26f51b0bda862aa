//! What a program can find out about an issuer without a credential: its metadata (RFC 8414) and its keys.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use broker::{AccountId, Broker, Provider, authorization_details, provider::ScopeEntry};
use serde_json::{Value, json};

use crate::{
    api::Api,
    client_assertion,
    description::{Content, Credential, Field, Operation, Reply, Sent, Verb, words},
    dpop,
    registration::{METHODS, PROVING_METHODS},
    token,
    wire::Failure,
};

/// RFC 8414 §2.
const METADATA: &[Field] = &[
    Field::text("issuer", "The issuer; compare it byte for byte.").needed(),
    Field::text("authorization_endpoint", "Where the program asks.").needed(),
    Field::text("token_endpoint", "Where it redeems and renews.").needed(),
    Field::text("device_authorization_endpoint", "Where it gets device codes (RFC 8628)."),
    Field::text("registration_endpoint", "Where it registers (RFC 7591)."),
    Field::text("introspection_endpoint", "Where a resource server asks (RFC 7662)."),
    Field::text("revocation_endpoint", "Where tokens are given back (RFC 7009)."),
    Field::text("jwks_uri", "The keys that sign tokens for resource servers (RFC 7517)."),
    Field::texts("scopes_supported", "The scopes that Keylodge knows of this provider."),
    Field::texts("response_types_supported", "`code`.").needed(),
    Field::texts("response_modes_supported", "`query`."),
    Field::texts("grant_types_supported", "What the token endpoint takes."),
    Field::texts("code_challenge_methods_supported", "`S256`."),
    Field::texts("token_endpoint_auth_methods_supported", "How programs authenticate there."),
    Field::texts("token_endpoint_auth_signing_alg_values_supported", "For `private_key_jwt`."),
    Field::texts("introspection_endpoint_auth_methods_supported", "And here."),
    Field::texts("introspection_endpoint_auth_signing_alg_values_supported", "And here."),
    Field::texts("revocation_endpoint_auth_methods_supported", "And here."),
    Field::texts("revocation_endpoint_auth_signing_alg_values_supported", "And here."),
    Field::text("pushed_authorization_request_endpoint", "Where requests are pushed (RFC 9126)."),
    Field::truth("require_pushed_authorization_requests", "`false`: they need not be."),
    Field::texts("dpop_signing_alg_values_supported", "For proofs of a key (RFC 9449)."),
    Field::texts("authorization_details_types_supported", "The kinds of detail (RFC 9396)."),
    Field::truth("authorization_response_iss_parameter_supported", "Answers carry `iss` (RFC 9207)."),
];

const SHOWN: &[Reply] = &[
    Reply::new(200, &[Content::Json(METADATA)], "The metadata."),
    words::NOT_ADMITTED_OR_LOCKED,
    words::NO_PROVIDER,
];

pub const SHOW: Operation = Operation {
    verb: Verb::Get,
    path: "/.well-known/oauth-authorization-server/{provider}",
    name: "metadata",
    title: "What an issuer offers, and where",
    about: "The issuer is `http://127.0.0.1:5395/{provider}`.",
    standard: "RFC 8414 §3",
    credential: Credential::None,
    query: &[],
    body: Sent::None,
    answers: SHOWN,
};

pub const SHOW_APPENDED: Operation = Operation {
    path: "/{provider}/.well-known/oauth-authorization-server",
    name: "metadata_appended",
    title: "The same, for libraries that append the well-known path",
    about: "",
    standard: "",
    ..SHOW
};

pub const KEYS: Operation = Operation {
    path: "/{provider}/jwks",
    name: "keys",
    title: "The keys that sign tokens for local resource servers",
    about: "Keep them, and fetch them again when a token names a key that you do not know.",
    standard: "RFC 7517 §5",
    answers: &[
        Reply::new(
            200,
            &[Content::Json(&[Field::objects("keys", "The keys, public parts only.").needed()])],
            "The key set.",
        ),
        words::NOT_ADMITTED_OR_LOCKED,
        words::NO_PROVIDER,
    ],
    ..SHOW
};

/// Where the metadata of a gateway is: the well-known path stands between host and path (RFC 9728 §3.1).
pub const RESOURCE_WELL_KNOWN: &str = "/.well-known/oauth-protected-resource/gateway/";

pub const RESOURCE: Operation = Operation {
    path: "/.well-known/oauth-protected-resource/gateway/{account}",
    name: "resource_metadata",
    title: "Which authorization server has tokens for a gateway",
    about: "The gateway's challenge leads here (`resource_metadata`).",
    standard: "RFC 9728 §3",
    answers: &[
        Reply::new(
            200,
            &[Content::Json(&[
                Field::text("resource", "The gateway's address; send it as `resource` when you ask.")
                    .needed(),
                Field::texts("authorization_servers", "The issuer of the account's provider.").needed(),
                Field::texts("scopes_supported", "The scopes that open something at the gateway."),
                Field::texts("bearer_methods_supported", "`header`."),
                Field::texts("dpop_signing_alg_values_supported", "For proofs of a key (RFC 9449)."),
            ])],
            "The metadata. Of the account it tells nothing but its provider.",
        ),
        words::NOT_ADMITTED_OR_LOCKED,
        Reply::error(404, "There is no gateway at this address."),
    ],
    ..SHOW
};

/// `GET /.well-known/oauth-protected-resource/gateway/{account}`.
pub async fn resource(State(api): State<Arc<Api>>, Path(account): Path<String>) -> Response {
    let provider = api.broker.provider_at_gateway(&account).map_err(Failure::from);
    let told = provider.map(|provider| {
        let opens = |entry: &&ScopeEntry| !entry.paths.is_empty();
        let scopes: Vec<&str> =
            provider.scopes.iter().filter(opens).map(|entry| entry.scope.as_str()).collect();
        Json(json!({
            "resource": api.broker.gateway_url(&AccountId::from_text(&account)),
            "authorization_servers": [api.broker.issuer(&provider)],
            "scopes_supported": scopes,
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": dpop::ALGORITHMS,
        }))
        .into_response()
    });
    api.reply(told)
}

/// `GET /.well-known/oauth-authorization-server/{provider}`.
pub async fn show(State(api): State<Arc<Api>>, Path(provider): Path<String>) -> Response {
    api.reply(api.provider(&provider).map(|provider| Json(metadata(&api.broker, &provider)).into_response()))
}

/// `GET /{provider}/jwks` (RFC 7517 §5).
pub async fn keys(State(api): State<Arc<Api>>, Path(provider): Path<String>) -> Response {
    api.reply(api.provider(&provider).map(|_| Json(api.signer.public_keys()).into_response()))
}

/// Everything that is advertised exists, and everything that exists is advertised (DM-04).
fn metadata(broker: &Broker, provider: &Provider) -> Value {
    let issuer = broker.issuer(provider);
    let scopes: Vec<&str> = provider.scopes.iter().map(|entry| entry.scope.as_str()).collect();
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "device_authorization_endpoint": format!("{issuer}/device_authorization"),
        "registration_endpoint": format!("{issuer}/register"),
        "introspection_endpoint": format!("{issuer}/introspect"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "jwks_uri": format!("{issuer}/jwks"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": token::GRANTS,
        "pushed_authorization_request_endpoint": format!("{issuer}/par"),
        "require_pushed_authorization_requests": false,
        "dpop_signing_alg_values_supported": dpop::ALGORITHMS,
        "authorization_details_types_supported": [authorization_details::TYPE],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": METHODS,
        "token_endpoint_auth_signing_alg_values_supported": client_assertion::ALGORITHMS,
        "introspection_endpoint_auth_methods_supported": PROVING_METHODS,
        "introspection_endpoint_auth_signing_alg_values_supported": client_assertion::ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint_auth_signing_alg_values_supported": client_assertion::ALGORITHMS,
        "authorization_response_iss_parameter_supported": true,
    })
}
