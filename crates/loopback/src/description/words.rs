//! What many routes have in common.

use super::{Content, Field, Reply};

/// Of every path parameter: its name and what it is.
pub const PATH: [(&str, &str); 5] = [
    ("provider", "The provider's id, e.g. `github`; `keylodge provider list` shows all."),
    ("account", "The account's id, as `keylodge_audience` names it."),
    ("path", "The path in the provider's API."),
    ("client_id", "The program's client id."),
    ("id", "The page that waits; an answer of the authorization endpoint leads there."),
];

/// The members of a refusal (RFC 6749 §5.2).
pub const ERROR: &[Field] = &[
    Field::text("error", "The RFC's word: who must act, and why.").needed(),
    Field::text("error_description", "What happened and what to do next, in a sentence."),
    Field::text("error_id", "Stands in Keylodge's log."),
];

/// A program may say who it is in the form, where it does not by the Authorization header.
pub const CLIENT_ID: Field =
    Field::text("client_id", "The client id, unless the Authorization header has it.");
/// The same of its secret.
pub const CLIENT_SECRET: Field =
    Field::text("client_secret", "The client secret, if there is one and the header does not have it.");

/// What a request about a token carries (RFC 7009 §2.1, RFC 7662 §2.1): which one, and who asks.
pub const fn about_token(which: &'static str) -> [Field; 6] {
    [
        Field::text("token", which).needed(),
        Field::text("token_type_hint", "Not needed."),
        CLIENT_ID,
        CLIENT_SECRET,
        CLIENT_ASSERTION_TYPE,
        CLIENT_ASSERTION,
    ]
}

/// A statement that the program signs with its key, in place of a secret (RFC 7523 §2.2).
pub const CLIENT_ASSERTION: Field =
    Field::text("client_assertion", "In place of a secret: a statement signed with the program's key.");
/// What it is.
pub const CLIENT_ASSERTION_TYPE: Field = Field::text(
    "client_assertion_type",
    "With it: `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.",
);

/// Another user, a web page, or a Host that is not ours: nothing was looked at.
pub const NOT_ADMITTED: Reply = Reply::new(
    403,
    &[Content::Text],
    "The request has an Origin, a foreign Host, or comes from a web page. Nothing of it was read.",
);
/// The same, or the vault is locked where it would have to be open.
pub const NOT_ADMITTED_OR_LOCKED: Reply = Reply::new(
    403,
    &[Content::Text, Content::Error],
    "As text: a web page or a foreign Host. `interaction_required`: Keylodge is locked.",
);
pub const NO_PROVIDER: Reply = Reply::error(404, "`not_found`: there is no such provider.");
pub const TOO_SLOW: Reply = Reply::error(408, "`invalid_request`: the body took too long to arrive.");
pub const TOO_LONG: Reply = Reply::error(413, "`invalid_request`: the body is longer than 64 KiB.");
pub const NOT_AUTHENTICATED: Reply =
    Reply::error(401, "`invalid_client`: who asks is not known, or the secret is wrong.");
pub const OUR_FAULT: Reply =
    Reply::error(500, "`server_error`: the vault could not be written, or a fault of ours.");
pub const PROVIDER_REFUSES: Reply =
    Reply::error(502, "`server_error`: the provider refused or misbehaved; the administrator must act.");
pub const PROVIDER_AWAY: Reply = Reply::error(
    503,
    "`temporarily_unavailable`: the provider is away; `Retry-After` says when to try again.",
);
