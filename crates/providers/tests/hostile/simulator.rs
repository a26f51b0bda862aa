//! Plays the providers of the catalogue as their own documents describe them: where they want to be asked, what they want
//! to be sent, and how oddly they answer. It is written down here once more, by hand, and not read from the entries: an
//! entry that says otherwise fails. Nothing of it was called live.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use broker::{ClientCredential, Narrowing, Provider, ProviderId, Upstream, UpstreamError, provider::Access};
use serde_json::{Value, json};

use crate::provider::{
    Answer, Hostile, NOW, Seen, finish, good, has_parameter, parameter, plan, scopes, secret,
};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// How the client proves itself.
#[derive(Clone, Copy, PartialEq)]
enum Proof {
    /// By its id alone.
    Public,
    /// By id and secret in the body.
    Post,
    /// By id, and in the body a secret that a key of ours has just signed.
    Signed,
    /// By id and secret in the header.
    Basic,
    /// By its id and an empty password in the header.
    BasicEmpty,
}

/// How a sign-in ends there.
#[derive(Clone, Copy)]
enum End {
    /// Only by hand.
    ByHand,
    /// By this request.
    At(&'static str, &'static str),
}

/// One provider's side of a sign-in.
struct Story {
    id: &'static str,
    authorize: &'static str,
    asks: &'static [(&'static str, &'static str)],
    back: &'static str,
    token: &'static str,
    sends: &'static str,
    proof: Proof,
    answer: &'static str,
    who: &'static str,
    who_says: &'static str,
    subject: &'static str,
    granted: &'static str,
    seconds: Option<u32>,
    dead: (u16, &'static str),
    end: End,
}

const ANY: &str = "http://127.0.0.1:";
const FIXED: &str = "http://127.0.0.1:1539";
const NAMED: &str = "http://localhost:1539";
const PLAIN: &str =
    r#"{"access_token":"at-1","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-1"}"#;
/// The example of Auth0's form is an address; it is led here like every other.
const AUDIENCE: &str = "*";
const GONE: (u16, &str) = (400, r#"{"error":"invalid_grant","error_description":"Token is not active"}"#);

const USUAL: Story = Story {
    id: "",
    authorize: "",
    asks: &[],
    back: ANY,
    token: "",
    sends: FORM,
    proof: Proof::Public,
    answer: PLAIN,
    who: "",
    who_says: "",
    subject: "u1",
    granted: "",
    seconds: Some(3600),
    dead: GONE,
    end: End::ByHand,
};

const STORIES: &[Story] = &[
    Story {
        id: "google",
        authorize: "accounts.google.com/o/oauth2/v2/auth",
        asks: &[("access_type", "offline"), ("prompt", "consent"), ("scope", "email openid profile")],
        token: "oauth2.googleapis.com/token",
        // Both ways are in its metadata.
        proof: Proof::Basic,
        // Scopes come back under longer names.
        answer: r#"{"access_token":"at-1","token_type":"Bearer","expires_in":3599,"refresh_token":"rt-1","scope":"openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile"}"#,
        granted: "email openid profile",
        seconds: Some(3599),
        end: End::At("POST", "oauth2.googleapis.com/revoke"),
        ..USUAL
    },
    Story {
        id: "microsoft",
        authorize: "login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/authorize",
        asks: &[("prompt", "select_account"), ("scope", "User.Read email offline_access openid profile")],
        back: "http://localhost:",
        token: "login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token",
        // More than was asked for: all that was ever allowed; and `offline_access` is not named.
        answer: r#"{"access_token":"at-1","token_type":"Bearer","expires_in":4711,"refresh_token":"rt-1","scope":"email openid profile https://graph.microsoft.com/User.Read https://graph.microsoft.com/Mail.Read"}"#,
        subject: "t1/o1",
        granted: "Mail.Read User.Read email offline_access openid profile",
        seconds: Some(4711),
        dead: (
            400,
            r#"{"error":"invalid_grant","error_description":"AADSTS70008: The refresh token has expired due to inactivity."}"#,
        ),
        ..USUAL
    },
    Story {
        id: "github",
        authorize: "github.com/login/oauth/authorize",
        asks: &[("prompt", "select_account"), ("scope", "read:user user:email")],
        token: "github.com/login/oauth/access_token",
        proof: Proof::Post,
        // Form-encoded, divided by commas, without an end.
        answer: "access_token=at-1&scope=read%3Auser%2Cuser%3Aemail&token_type=bearer",
        who: "GET api.github.com/user",
        who_says: r#"{"id":7,"login":"ada"}"#,
        subject: "7",
        granted: "read:user user:email",
        seconds: None,
        end: End::At("DELETE", "api.github.com/applications/client-1/token"),
        ..USUAL
    },
    Story {
        id: "gitlab",
        authorize: "gitlab.example.org/oauth/authorize",
        asks: &[("scope", "email openid profile read_user")],
        token: "gitlab.example.org/oauth/token",
        answer: r#"{"access_token":"at-1","token_type":"Bearer","expires_in":7200,"refresh_token":"rt-1","scope":"openid profile email read_user","created_at":1}"#,
        granted: "email openid profile read_user",
        seconds: Some(7200),
        end: End::At("POST", "gitlab.example.org/oauth/revoke"),
        ..USUAL
    },
    Story {
        id: "apple",
        authorize: "appleid.apple.com/auth/authorize",
        asks: &[("scope", "openid"), ("response_mode", "query")],
        // The person carries the address over from there.
        back: "https://example.org/keylodge",
        token: "appleid.apple.com/auth/token",
        proof: Proof::Signed,
        granted: "openid",
        end: End::At("POST", "appleid.apple.com/auth/revoke"),
        ..USUAL
    },
    Story {
        id: "yahoo",
        authorize: "api.login.yahoo.com/oauth2/request_auth",
        asks: &[("scope", "email openid profile")],
        // A page there shows the code.
        back: "oob",
        token: "api.login.yahoo.com/oauth2/get_token",
        proof: Proof::Basic,
        answer: r#"{"access_token":"at-1","token_type":"bearer","expires_in":3600,"refresh_token":"rt-1","xoauth_yahoo_guid":"G1"}"#,
        who: "GET api.login.yahoo.com/openid/v1/userinfo",
        who_says: r#"{"sub":"u1","email":"ada@example.org"}"#,
        granted: "email openid profile",
        end: End::At("POST", "api.login.yahoo.com/oauth2/revoke"),
        ..USUAL
    },
    Story {
        id: "facebook",
        authorize: "www.facebook.com/v25.0/dialog/oauth",
        asks: &[("scope", "email,public_profile")],
        back: NAMED,
        token: "graph.facebook.com/v25.0/oauth/access_token",
        proof: Proof::Post,
        answer: r#"{"access_token":"at-1","token_type":"bearer","expires_in":5183944}"#,
        who: "GET graph.facebook.com/v25.0/me",
        who_says: r#"{"id":"7","name":"Ada"}"#,
        subject: "7",
        granted: "email public_profile",
        seconds: Some(5_183_944),
        ..USUAL
    },
    Story {
        id: "amazon",
        authorize: "www.amazon.com/ap/oa",
        asks: &[("scope", "profile")],
        back: NAMED,
        token: "api.amazon.com/auth/o2/token",
        who: "GET api.amazon.com/user/profile",
        who_says: r#"{"user_id":"amzn1.account.K2LI","email":"ada@example.org"}"#,
        subject: "amzn1.account.K2LI",
        granted: "profile",
        ..USUAL
    },
    Story {
        id: "aws-identity-center",
        authorize: "oidc.eu-central-1.amazonaws.com/authorize",
        asks: &[("scopes", "sso:account:access")],
        token: "oidc.eu-central-1.amazonaws.com/token",
        sends: JSON,
        proof: Proof::Post,
        answer: r#"{"accessToken":"at-1","tokenType":"Bearer","expiresIn":28800,"refreshToken":"rt-1"}"#,
        subject: "account",
        granted: "sso:account:access",
        seconds: Some(28_800),
        ..USUAL
    },
    Story {
        id: "x",
        authorize: "x.com/i/oauth2/authorize",
        asks: &[("scope", "offline.access tweet.read users.read")],
        back: FIXED,
        token: "api.x.com/2/oauth2/token",
        answer: r#"{"access_token":"at-1","token_type":"bearer","expires_in":7200,"refresh_token":"rt-1","scope":"users.read tweet.read offline.access"}"#,
        who: "GET api.x.com/2/users/me",
        who_says: r#"{"data":{"id":"7","username":"ada"}}"#,
        subject: "7",
        granted: "offline.access tweet.read users.read",
        seconds: Some(7200),
        end: End::At("POST", "api.x.com/2/oauth2/revoke"),
        ..USUAL
    },
    Story {
        id: "slack",
        authorize: "slack.com/oauth/v2/authorize",
        asks: &[("user_scope", "users:read")],
        back: NAMED,
        token: "slack.com/api/oauth.v2.access",
        // The outer token is a bot's; the person's is inside.
        answer: r#"{"ok":true,"access_token":"bot","token_type":"bot","scope":"commands","refresh_token":"bot-rt","team":{"id":"T1"},"authed_user":{"id":"U1","scope":"users:read","access_token":"at-1","token_type":"user","expires_in":43200,"refresh_token":"rt-1"}}"#,
        who: "GET slack.com/api/auth.test",
        who_says: r#"{"ok":true,"team":"Acme","user":"ada","team_id":"T1","user_id":"U1"}"#,
        subject: "T1/U1",
        granted: "users:read",
        seconds: Some(43_200),
        dead: (200, r#"{"ok":false,"error":"invalid_refresh_token"}"#),
        end: End::At("POST", "slack.com/api/auth.revoke"),
        ..USUAL
    },
    Story {
        id: "discord",
        authorize: "discord.com/oauth2/authorize",
        asks: &[("scope", "email identify")],
        back: FIXED,
        token: "discord.com/api/oauth2/token",
        answer: r#"{"access_token":"at-1","token_type":"Bearer","expires_in":604800,"refresh_token":"rt-1","scope":"identify email"}"#,
        who: "GET discord.com/api/v10/users/@me",
        who_says: r#"{"id":"80351110224678912","username":"ada"}"#,
        subject: "80351110224678912",
        granted: "email identify",
        seconds: Some(604_800),
        end: End::At("POST", "discord.com/api/oauth2/token/revoke"),
        ..USUAL
    },
    Story {
        id: "dropbox",
        authorize: "www.dropbox.com/oauth2/authorize",
        asks: &[("token_access_type", "offline"), ("scope", "account_info.read")],
        back: FIXED,
        token: "api.dropboxapi.com/oauth2/token",
        answer: r#"{"access_token":"at-1","token_type":"bearer","expires_in":14400,"refresh_token":"rt-1","scope":"account_info.read","account_id":"dbid:7"}"#,
        // Asked by POST.
        who: "POST api.dropboxapi.com/2/users/get_current_account",
        who_says: r#"{"account_id":"dbid:7","email":"ada@example.org"}"#,
        subject: "dbid:7",
        granted: "account_info.read",
        seconds: Some(14_400),
        end: End::At("POST", "api.dropboxapi.com/2/auth/token/revoke"),
        ..USUAL
    },
    Story {
        id: "spotify",
        authorize: "accounts.spotify.com/authorize",
        asks: &[("scope", "user-read-email user-read-private")],
        token: "accounts.spotify.com/api/token",
        answer: r#"{"access_token":"at-1","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-1","scope":"user-read-email user-read-private"}"#,
        who: "GET api.spotify.com/v1/me",
        who_says: r#"{"id":"ada7","display_name":"Ada"}"#,
        subject: "ada7",
        granted: "user-read-email user-read-private",
        ..USUAL
    },
    Story {
        id: "linkedin",
        authorize: "www.linkedin.com/oauth/v2/authorization",
        asks: &[("scope", "email openid profile")],
        back: NAMED,
        token: "www.linkedin.com/oauth/v2/accessToken",
        proof: Proof::Post,
        // Divided by commas; no refresh token for most.
        answer: r#"{"access_token":"at-1","expires_in":5184000,"scope":"email,openid,profile"}"#,
        who: "GET api.linkedin.com/v2/userinfo",
        who_says: r#"{"sub":"u1","name":"Ada"}"#,
        granted: "email openid profile",
        seconds: Some(5_184_000),
        ..USUAL
    },
    Story {
        id: "atlassian",
        authorize: "auth.atlassian.com/authorize",
        asks: &[
            ("audience", "api.atlassian.com"),
            ("prompt", "consent"),
            ("scope", "offline_access read:me"),
        ],
        back: "http://localhost:15395/",
        token: "auth.atlassian.com/oauth/token",
        sends: JSON,
        proof: Proof::Post,
        answer: r#"{"access_token":"at-1","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-1","scope":"read:me offline_access"}"#,
        who: "GET api.atlassian.com/me",
        who_says: r#"{"account_id":"712020:7","email":"ada@example.org"}"#,
        subject: "712020:7",
        granted: "offline_access read:me",
        dead: (403, r#"{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}"#),
        ..USUAL
    },
    Story {
        id: "notion",
        authorize: "api.notion.com/v1/oauth/authorize",
        asks: &[("owner", "user")],
        back: NAMED,
        token: "api.notion.com/v1/oauth/token",
        sends: JSON,
        proof: Proof::Basic,
        // No end, no scope, perhaps a refresh token; the account is deep inside.
        answer: r#"{"access_token":"at-1","token_type":"bearer","refresh_token":"rt-1","workspace_id":"w1","workspace_name":"Acme","owner":{"type":"user","user":{"id":"u1"}}}"#,
        subject: "w1/u1",
        granted: "pages.read pages.search",
        seconds: None,
        end: End::At("POST", "api.notion.com/v1/oauth/revoke"),
        ..USUAL
    },
    Story {
        id: "zoom",
        authorize: "zoom.us/oauth/authorize",
        asks: &[("scope", "user:read")],
        token: "zoom.us/oauth/token",
        // All that is set on the app, whatever was asked for.
        answer: r#"{"access_token":"at-1","token_type":"bearer","expires_in":3599,"refresh_token":"rt-1","scope":"user:read meeting:write"}"#,
        who: "GET api.zoom.us/v2/users/me",
        who_says: r#"{"id":"KdYKjnimT4KPd8FFgQt9FQ","email":"ada@example.org"}"#,
        subject: "KdYKjnimT4KPd8FFgQt9FQ",
        granted: "meeting:write user:read",
        seconds: Some(3599),
        dead: (400, r#"{"reason":"Invalid Token!","error":"invalid_grant"}"#),
        end: End::At("POST", "zoom.us/oauth/revoke"),
        ..USUAL
    },
    Story {
        id: "salesforce",
        authorize: "acme.my.salesforce.com/services/oauth2/authorize",
        asks: &[("scope", "email openid profile refresh_token")],
        back: NAMED,
        token: "acme.my.salesforce.com/services/oauth2/token",
        // Without `expires_in`.
        answer: r#"{"access_token":"at-1","token_type":"Bearer","refresh_token":"rt-1","scope":"openid profile email refresh_token","instance_url":"https://acme.my.salesforce.com","id":"https://login.salesforce.com/id/O1/U1"}"#,
        who: "GET acme.my.salesforce.com/services/oauth2/userinfo",
        who_says: r#"{"sub":"x","organization_id":"O1","user_id":"U1","preferred_username":"ada@acme.example"}"#,
        subject: "O1/U1",
        granted: "email openid profile refresh_token",
        seconds: Some(900),
        end: End::At("POST", "acme.my.salesforce.com/services/oauth2/revoke"),
        ..USUAL
    },
    Story {
        id: "twitch",
        authorize: "id.twitch.tv/oauth2/authorize",
        asks: &[("scope", "openid user:read:email")],
        back: "http://localhost:15395/",
        token: "id.twitch.tv/oauth2/token",
        proof: Proof::Post,
        // Scopes as a list; errors in `message`.
        answer: r#"{"access_token":"at-1","token_type":"bearer","expires_in":14124,"refresh_token":"rt-1","scope":["openid","user:read:email"]}"#,
        who: "GET id.twitch.tv/oauth2/userinfo",
        who_says: r#"{"sub":"713936733","preferred_username":"ada"}"#,
        subject: "713936733",
        granted: "openid user:read:email",
        seconds: Some(14_124),
        dead: (400, r#"{"status":400,"message":"Invalid refresh token"}"#),
        end: End::At("POST", "id.twitch.tv/oauth2/revoke"),
        ..USUAL
    },
    Story {
        id: "reddit",
        authorize: "www.reddit.com/api/v1/authorize",
        asks: &[("duration", "permanent"), ("scope", "identity")],
        back: "http://127.0.0.1:15395/",
        token: "www.reddit.com/api/v1/access_token",
        proof: Proof::BasicEmpty,
        answer: r#"{"access_token":"at-1","token_type":"bearer","expires_in":86400,"refresh_token":"rt-1","scope":"identity"}"#,
        who: "GET oauth.reddit.com/api/v1/me",
        who_says: r#"{"id":"abc","name":"ada"}"#,
        subject: "abc",
        granted: "identity",
        seconds: Some(86_400),
        end: End::At("POST", "www.reddit.com/api/v1/revoke_token"),
        ..USUAL
    },
    Story {
        id: "bitbucket",
        authorize: "bitbucket.org/site/oauth2/authorize",
        back: "http://localhost:15395/",
        token: "bitbucket.org/site/oauth2/access_token",
        proof: Proof::Basic,
        // Under the name `scopes`, and all that is ticked.
        answer: r#"{"access_token":"at-1","token_type":"bearer","expires_in":7200,"refresh_token":"rt-1","scopes":"account repository:write","state":"x"}"#,
        who: "GET api.bitbucket.org/2.0/user",
        who_says: r#"{"account_id":"557058:7","display_name":"Ada"}"#,
        subject: "557058:7",
        granted: "account repository:write",
        seconds: Some(7200),
        ..USUAL
    },
    Story {
        id: "box",
        authorize: "account.box.com/api/oauth2/authorize",
        asks: &[("scope", "root_readonly")],
        back: FIXED,
        token: "api.box.com/oauth2/token",
        proof: Proof::Post,
        answer: r#"{"access_token":"at-1","token_type":"bearer","expires_in":4169,"refresh_token":"rt-1","restricted_to":[]}"#,
        who: "GET api.box.com/2.0/users/me",
        who_says: r#"{"id":"7","login":"ada@example.org"}"#,
        subject: "7",
        granted: "root_readonly",
        seconds: Some(4169),
        end: End::At("POST", "api.box.com/oauth2/revoke"),
        ..USUAL
    },
    Story {
        id: "fastmail",
        authorize: "api.fastmail.com/oauth/authorize",
        asks: &[("scope", "offline_access urn:ietf:params:oauth:scope:mail")],
        back: "http://localhost:",
        token: "api.fastmail.com/oauth/refresh",
        who: "GET api.fastmail.com/jmap/session",
        who_says: r#"{"username":"ada@fastmail.example"}"#,
        subject: "ada@fastmail.example",
        granted: "offline_access urn:ietf:params:oauth:scope:mail",
        end: End::At("POST", "api.fastmail.com/oauth/revoke"),
        ..USUAL
    },
    Story {
        id: "nextcloud",
        authorize: "cloud.example.org/nextcloud/index.php/apps/oauth2/authorize",
        back: "http://localhost:15395/",
        token: "cloud.example.org/nextcloud/index.php/apps/oauth2/api/v1/token",
        proof: Proof::Post,
        // No scopes at all.
        answer: r#"{"access_token":"at-1","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-1","user_id":"ada"}"#,
        subject: "ada",
        granted: "account.read files.read",
        dead: (400, r#"{"error":"invalid_request"}"#),
        ..USUAL
    },
    Story {
        id: "mastodon",
        authorize: "mastodon.social/oauth/authorize",
        asks: &[("scope", "profile")],
        back: FIXED,
        token: "mastodon.social/oauth/token",
        proof: Proof::Basic,
        answer: r#"{"access_token":"at-1","token_type":"Bearer","scope":"profile","created_at":1573979017}"#,
        who: "GET mastodon.social/api/v1/accounts/verify_credentials",
        who_says: r#"{"id":"7","acct":"ada"}"#,
        subject: "7",
        granted: "profile",
        seconds: None,
        end: End::At("POST", "mastodon.social/oauth/revoke"),
        ..USUAL
    },
    Story {
        id: "okta",
        authorize: "acme.okta.com/oauth2/default/v1/authorize",
        asks: &[("prompt", "consent"), ("scope", "email offline_access openid profile")],
        back: FIXED,
        token: "acme.okta.com/oauth2/default/v1/token",
        answer: r#"{"access_token":"at-1","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-1","scope":"openid profile email offline_access"}"#,
        granted: "email offline_access openid profile",
        dead: (
            400,
            r#"{"error":"invalid_grant","error_description":"The refresh token is invalid or expired."}"#,
        ),
        end: End::At("POST", "acme.okta.com/oauth2/default/v1/revoke"),
        ..USUAL
    },
    Story {
        id: "auth0",
        authorize: "acme.eu.auth0.com/authorize",
        asks: &[("audience", AUDIENCE), ("scope", "email offline_access openid profile")],
        back: FIXED,
        token: "acme.eu.auth0.com/oauth/token",
        answer: r#"{"access_token":"at-1","token_type":"Bearer","expires_in":86400,"refresh_token":"rt-1","scope":"openid profile email offline_access"}"#,
        granted: "email offline_access openid profile",
        seconds: Some(86_400),
        dead: (403, r#"{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}"#),
        end: End::At("POST", "acme.eu.auth0.com/oauth/revoke"),
        ..USUAL
    },
    Story {
        id: "keycloak",
        authorize: "sso.example.org/auth/realms/acme/protocol/openid-connect/auth",
        asks: &[("scope", "email offline_access openid profile")],
        token: "sso.example.org/auth/realms/acme/protocol/openid-connect/token",
        answer: r#"{"access_token":"at-1","token_type":"Bearer","expires_in":300,"refresh_expires_in":0,"refresh_token":"rt-1","not-before-policy":0,"scope":"openid profile email offline_access"}"#,
        granted: "email offline_access openid profile",
        seconds: Some(300),
        end: End::At("POST", "sso.example.org/auth/realms/acme/protocol/openid-connect/revoke"),
        ..USUAL
    },
    Story {
        id: "openam",
        authorize: "am.example.org/am/oauth2/realms/root/realms/alpha/authorize",
        asks: &[("scope", "email openid profile")],
        back: FIXED,
        token: "am.example.org/am/oauth2/realms/root/realms/alpha/access_token",
        answer: r#"{"access_token":"at-1","token_type":"Bearer","expires_in":3599,"refresh_token":"rt-1","scope":"openid profile email"}"#,
        granted: "email openid profile",
        seconds: Some(3599),
        end: End::At("POST", "am.example.org/am/oauth2/realms/root/realms/alpha/token/revoke"),
        ..USUAL
    },
    Story {
        id: "gitea",
        authorize: "codeberg.org/login/oauth/authorize",
        asks: &[("scope", "email openid profile")],
        token: "codeberg.org/login/oauth/access_token",
        // Says nothing of scopes.
        granted: "email openid profile",
        ..USUAL
    },
    Story {
        id: "huggingface",
        authorize: "huggingface.co/oauth/authorize",
        asks: &[("scope", "openid profile")],
        token: "huggingface.co/oauth/token",
        answer: r#"{"access_token":"at-1","token_type":"bearer","expires_in":28800,"refresh_token":"rt-1","scope":"openid profile"}"#,
        granted: "openid profile",
        seconds: Some(28_800),
        ..USUAL
    },
];

/// The entry with its examples filled in and every https address led to the simulator: the host becomes the first part
/// of the path. What may be called, and how, is decided by the product's own rules for this machine.
fn led_here(hostile: &Hostile, id: &str) -> Provider {
    let form = hostile.upstreams().form(&ProviderId::from_text(id)).expect("an entry");
    let examples = form.inputs.iter().map(|input| (input.id.clone(), input.example.clone()));
    let filled = form.filled(&examples.collect::<BTreeMap<_, _>>()).expect("filled");
    // Scopes can look like addresses, and stay as they are.
    let bare = Provider { scopes: Vec::new(), presets: Vec::new(), ..filled.clone() };
    let text = serde_json::to_string(&bare).expect("an entry");
    let text = text.replace("https://", &format!("{}/", hostile.base));
    let led: Provider = serde_json::from_str(&text).expect("an entry");
    // So does the address that codes come back to: nobody calls it but the browser.
    let stay = Provider { scopes: filled.scopes, presets: filled.presets, device: filled.device, ..led };
    Provider { private: true, redirect: filled.redirect, ..stay }
}

fn basic(password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("client-1:{password}")))
}

fn check_proof(story: &Story, seen: &Seen) {
    let header = seen.headers.get("authorization").map(String::as_str);
    let body = |name: &str| {
        let camel = if name == "client_id" { "clientId" } else { "clientSecret" };
        let json: Value = serde_json::from_str(&seen.body).unwrap_or_default();
        let member = json.get(name).or_else(|| json.get(camel)).and_then(Value::as_str);
        seen.form(name).or_else(|| member.map(str::to_owned))
    };
    let id = story.id;
    match story.proof {
        Proof::Public => assert!(header.is_none() && body("client_secret").is_none(), "{id}"),
        Proof::Post => assert!(header.is_none() && body("client_secret").as_deref() == Some("s-1"), "{id}"),
        Proof::Signed => {
            let token = body("client_secret").expect("a secret");
            let header = jsonwebtoken::decode_header(&token).expect("a token");
            assert!(
                header.alg == jsonwebtoken::Algorithm::ES256 && header.kid.as_deref() == Some("F6G7H8J9K0")
            );
        }
        Proof::Basic => assert_eq!(header, Some(basic("s-1").as_str()), "{id}"),
        Proof::BasicEmpty => assert_eq!(header, Some(basic("").as_str()), "{id}"),
    }
    let proven = header.is_some();
    assert!(proven || body("client_id").as_deref() == Some("client-1"), "{id}");
    assert_eq!(seen.headers.get("content-type").map(String::as_str), Some(story.sends), "{id}");
}

/// What an issuer says of itself (RFC 8414, OpenID Connect Discovery).
fn publish(hostile: &Hostile, provider: &Provider, story: &Story) {
    let issuer = provider.issuer.clone().expect("an issuer");
    let path = issuer.strip_prefix(&hostile.base).expect("here").trim_end_matches('/').to_owned();
    let mut metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": hostile.url(&format!("/{}", story.authorize)),
        "token_endpoint": hostile.url(&format!("/{}", story.token)),
        "jwks_uri": hostile.url("/jwks"),
        "code_challenge_methods_supported": ["S256"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
    });
    if let End::At(_, path) = story.end {
        metadata["revocation_endpoint"] = hostile.url(&format!("/{path}")).into();
    }
    hostile.on(&format!("/.well-known/openid-configuration{path}"), Answer::json(&metadata));
}

/// A registration's answer, in the style of the provider.
fn registers(hostile: &Hostile, id: &str) {
    let (path, members) = match id {
        "mastodon" => {
            ("/mastodon.social/api/v1/apps", json!({"client_id": "client-1", "client_secret": "s-1"}))
        }
        "fastmail" => ("/api.fastmail.com/oauth/register", json!({"client_id": "client-1"})),
        _ => (
            "/oidc.eu-central-1.amazonaws.com/client/register",
            json!({"clientId": "client-1", "clientSecret": "s-1", "clientSecretExpiresAt": NOW + 7_776_000}),
        ),
    };
    hostile.on(path, Answer::json(&members));
}

fn token_answer(body: &str) -> Answer {
    Answer::text(200, if body.starts_with('{') { JSON } else { FORM }, body)
}

async fn play(story: &Story) {
    let (hostile, id) = (Hostile::start().await, story.id);
    let (upstreams, provider) = (hostile.upstreams(), led_here(&hostile, id));
    let client_secret =
        (story.proof != Proof::Public && story.proof != Proof::BasicEmpty).then(|| secret("s-1"));
    let client_secret =
        if story.proof == Proof::Signed { Some(upstreams.make_key().expect("a key")) } else { client_secret };
    let client = ClientCredential { client_id: "client-1".to_owned(), client_secret, proof_key: None };
    if provider.endpoints.is_none() {
        publish(&hostile, &provider, story);
    }
    let registering = provider.client.dynamic;
    registers(&hostile, id);
    let mut wish = plan(provider.clone(), "");
    wish.scopes = provider.preset();
    wish.client = (!registering).then(|| client.clone());
    let under_way = upstreams.begin_sign_in(wish).await.unwrap_or_else(|error| panic!("{id}: {error}"));

    let url = under_way.authorize_url.clone();
    assert_eq!(url.path(), format!("/{}", story.authorize), "{id}");
    for (name, value) in story.asks {
        let said = parameter(&url, name);
        assert!(said == *value || (*value == "*" && !said.is_empty()), "{id}: {name}={said}");
    }
    assert!(has_parameter(&url, "code_challenge") && parameter(&url, "response_type") == "code", "{id}");
    assert!(parameter(&url, "redirect_uri").starts_with(story.back), "{id}");

    let mut body = story.answer.to_owned();
    if provider.openid {
        let mut claims = hostile.claims(&under_way);
        let issuer = provider.issuer.clone().unwrap_or_default().replace("{tenantid}", "t1");
        claims["iss"] = issuer.into();
        claims["sub"] = "u1".into();
        (claims["tid"], claims["oid"]) = ("t1".into(), "o1".into());
        claims["name"] = "Ada".into();
        claims["nickname"] = "ada".into();
        claims["preferred_username"] = "ada@example.org".into();
        let mut members: Value = serde_json::from_str(&body).expect("JSON");
        members["id_token"] = hostile.key.sign(&claims).into();
        body = members.to_string();
    }
    if let Some(jwks) = provider.endpoints.as_ref().and_then(|endpoints| endpoints.jwks.as_ref()) {
        let path = jwks.strip_prefix(&hostile.base).expect("here");
        hostile.on(path, Answer::json(&json!({ "keys": [hostile.key.jwk()] })));
    }
    let token_path = format!("/{}", story.token);
    hostile.on(&token_path, token_answer(&body));
    let (method, who) = story.who.split_once(' ').unwrap_or(("", ""));
    hostile.on(&format!("/{who}"), Answer::text(200, JSON, story.who_says));
    let mut query = good(&under_way);
    if provider.endpoints.as_ref().is_some_and(|endpoints| endpoints.sends_iss) {
        query = format!("{query}&iss={}", provider.issuer.as_deref().unwrap_or_default());
    }
    let signed_in = finish(under_way, &query).await.unwrap_or_else(|error| panic!("{id}: {error}"));
    assert_eq!(signed_in.subject, story.subject, "{id}");
    let granted = signed_in.tokens.scopes.clone().unwrap_or_else(|| provider.preset());
    assert_eq!(granted, scopes(story.granted), "{id}");
    assert_eq!(signed_in.tokens.expires_in, story.seconds, "{id}");
    check_proof(story, &hostile.seen(&token_path)[0]);
    if !who.is_empty() {
        assert_eq!(hostile.seen(&format!("/{who}"))[0].method, method, "{id}");
    }
    // What Keylodge alone knows is never sent.
    let sent = hostile.seen(&token_path)[0].body.clone();
    assert!(!sent.contains("pages.read") && !url.as_str().contains("pages.read"), "{id}");

    signs_in_for_less(story, &hostile, &provider, &client, &url).await;
    let Some(refresh_token) = signed_in.tokens.refresh_token else { return };
    renews_for_less(story, &hostile, &provider, &client, &refresh_token).await;
    hostile.on(&token_path, token_answer(&body));
    renews_and_ends(story, &hostile, &provider, &client, &refresh_token).await;
}

/// A scope that a token can do without, where there is more than one.
fn spare(story: &Story) -> Option<&'static str> {
    let granted: Vec<_> = story.granted.split(' ').collect();
    let needed = |scope: &str| scope == "openid" || scope.starts_with("offline") || scope == "refresh_token";
    granted.iter().rev().copied().find(|scope| granted.len() > 1 && !needed(scope))
}

/// A second sign-in beside the first asks for less (UC-22).
async fn signs_in_for_less(
    story: &Story,
    hostile: &Hostile,
    provider: &Provider,
    client: &ClientCredential,
    first: &url::Url,
) {
    let Some(spare) = spare(story).filter(|_| provider.narrowing.contains(&Narrowing::SeparateGrant)) else {
        return;
    };
    let mut wish = plan(provider.clone(), "");
    wish.scopes = scopes(story.granted).without(&scopes(spare));
    wish.client = Some(client.clone());
    let second = hostile.upstreams().begin_sign_in(wish).await.expect(story.id);
    let asks = |url: &url::Url| {
        let mut values = url.query_pairs();
        values.any(|(_, value)| value.split([' ', ',']).any(|word| word == spare))
    };
    assert_eq!((asks(first), asks(&second.authorize_url)), (true, false), "{}", story.id);
}

/// A renewal that asks for less, and what its answer proves (RFC 6749 §6).
async fn renews_for_less(
    story: &Story,
    hostile: &Hostile,
    provider: &Provider,
    client: &ClientCredential,
    refresh_token: &broker::Secret<String>,
) {
    let Some(spare) = spare(story).filter(|_| provider.narrowing.contains(&Narrowing::Refresh)) else {
        return;
    };
    let (id, token_path) = (story.id, format!("/{}", story.token));
    let (all, less) = (scopes(story.granted), scopes(story.granted).without(&scopes(spare)));
    for proves in [&less, &all] {
        let answer = json!({
            "access_token": "at-2", "token_type": "Bearer", "expires_in": 3600, "scope": proves.to_string(),
        });
        hostile.on(&token_path, Answer::json(&answer));
        let narrowed = hostile.upstreams().refresh(provider, client, refresh_token, Some(&less)).await;
        let narrowed = narrowed.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(
            narrowed.scopes.as_ref(),
            Some(proves),
            "{id}: the answer says what it is, not the question"
        );
    }
    let seen = hostile.seen(&token_path);
    let asked = seen.last().and_then(|request| request.form("scope")).expect("scopes");
    assert_eq!(scopes(&asked), less, "{id}");
}

async fn renews_and_ends(
    story: &Story,
    hostile: &Hostile,
    provider: &Provider,
    client: &ClientCredential,
    refresh_token: &broker::Secret<String>,
) {
    let (id, upstreams, token_path) = (story.id, hostile.upstreams(), format!("/{}", story.token));
    let again = upstreams.refresh(provider, client, refresh_token, None).await;
    let again = again.unwrap_or_else(|error| panic!("{id}: {error}"));
    assert_eq!(again.access_token.expose(), "at-1", "{id}");
    let lasting = refresh_token.expose() != "rt-1";
    if let Some(last) = hostile.seen(&token_path).last().filter(|_| !lasting) {
        check_proof(story, last);
        assert!(last.body.contains("rt-1"), "{id}");
        assert_eq!(last.body.contains("redirect"), id == "gitlab", "{id}");
    }
    if let End::At(_, path) = story.end {
        hostile.on(&format!("/{path}"), Answer::json(&json!({ "ok": true })));
    }
    let told = upstreams.revoke(provider, client, refresh_token).await;
    let told = told.unwrap_or_else(|error| panic!("{id}: {error}"));
    match story.end {
        End::ByHand => assert!(!told && provider.withdraw_page.is_some(), "{id}"),
        End::At(method, path) => {
            let seen = hostile.seen(&format!("/{path}"));
            assert!(told && seen.len() == 1 && seen[0].method == method, "{id}");
            let carried = format!("{}{:?}", seen[0].body, seen[0].headers);
            assert!(carried.contains("at-1") || carried.contains("rt-1"), "{id}");
        }
    }
    if lasting {
        return;
    }
    let (status, says) = story.dead;
    hostile.on(&token_path, Answer::text(status, JSON, says));
    let dead = upstreams.refresh(provider, client, refresh_token, None).await.expect_err(id);
    assert!(matches!(&dead, UpstreamError::Refused { code, .. } if code == "invalid_grant"), "{id}: {dead}");
}

#[tokio::test]
async fn uc_17_uc_18_uc_28_each_provider_signs_in_renews_and_ends_as_its_documents_say() {
    let mut failed = Vec::new();
    for story in STORIES {
        if tokio::spawn(play(story)).await.is_err() {
            failed.push(story.id);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

/// UC-22: never more than was granted, and never a scope that only Keylodge knows.
#[tokio::test]
async fn uc_22_a_derived_scope_is_never_asked_of_a_provider() {
    let hostile = Hostile::start().await;
    let provider = led_here(&hostile, "salesforce");
    let client = ClientCredential { client_id: "client-1".to_owned(), client_secret: None, proof_key: None };
    let narrower = scopes("api.read");
    let refused = hostile.upstreams().refresh(&provider, &client, &secret("rt-1"), Some(&narrower)).await;
    assert!(refused.is_err());
    assert!(hostile.seen("/acme.my.salesforce.com/services/oauth2/token").is_empty());
    let derived = provider.scope_entry(narrower.iter().next().expect("one")).expect("an entry");
    assert!(derived.derived && derived.access == Access::Read);
}

/// Entries that are not played here, and why.
const NOT_PLAYED: [(&str, &str); 3] = [
    ("github-app", "no browser: other tests"),
    ("issuer", "two servers by other hands: `oidc-provider` (certified), and one on Authlib"),
    ("by_hand", "other tests"),
];

fn row(entry: &Provider) -> String {
    let name = &entry.name;
    let Some(story) = STORIES.iter().find(|story| story.id == entry.id.as_str()) else {
        let why = NOT_PLAYED.iter().find(|(id, _)| *id == entry.id.as_str()).expect("played, or why not").1;
        return format!("| {name} | {why} | | | | |\n");
    };
    let renews = if story.answer.contains("rt-1") {
        ("renewed", "understood")
    } else if entry.endless_tokens {
        ("token without an end, asked after", "")
    } else {
        ("cannot be", "")
    };
    let ends = match story.end {
        _ if !story.answer.contains("rt-1") && !entry.endless_tokens => "not tried",
        End::ByHand => "said: by hand",
        End::At(..) => "revoked",
    };
    let narrows = narrows(entry, story);
    format!("| {name} | signed in | {} | {narrows} | {} | {ends} |\n", renews.0, renews.1)
}

/// How a narrower token is had. The gateway's rules, which there are everywhere, are not said.
fn narrows(entry: &Provider, story: &Story) -> String {
    let renewed = story.answer.contains("rt-1");
    let ways = entry.narrowing.iter().filter_map(|way| match way {
        Narrowing::Refresh if !renewed || spare(story).is_none() => None,
        Narrowing::SeparateGrant if spare(story).is_none() => None,
        Narrowing::Refresh => Some("asked for at renewal"),
        Narrowing::SeparateGrant => Some("asked for in a second sign-in"),
        Narrowing::Exchange => Some("exchanged (other tests)"),
        Narrowing::PerResource => Some("one service alone (other tests)"),
        // For installations alone, which no browser signs in.
        Narrowing::ScopedApi | Narrowing::GatewayRules => None,
    });
    ways.collect::<Vec<_>>().join(", ")
}

/// `KEYLODGE_WRITE_DOCS=1` writes the table; without it the page must be current.
#[test]
fn the_page_says_what_was_tried() {
    const HEAD: &str = "| provider | sign-in in the browser | renewal | narrower tokens | a dead sign-in | sign-out |\n|---|---|---|---|---|---|\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/providers.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let entries: Vec<Provider> = crate::provider::catalogue();
    let table: String = std::iter::once(HEAD.to_owned()).chain(entries.iter().map(row)).collect();
    if std::env::var_os("KEYLODGE_WRITE_DOCS").is_some() {
        let (text, _) =
            page.split_once("TABLE").or_else(|| page.split_once("| provider | sign-in")).expect("a place");
        std::fs::write(path, format!("{text}{table}")).expect("written");
        return;
    }
    assert!(page.ends_with(&table), "docs/providers.md is not current: `make docs`");
}
