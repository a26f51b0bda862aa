//! A person's provider, on a loopback port of its own: `oidc-provider` from npm, or a second server by other hands.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use serde_json::{Map, Value, json};

use crate::{Home, Running, prepare, program::http, until};

/// A running authorization server with a log of what programs sent to it.
#[derive(Debug)]
pub struct Provider {
    /// Its issuer, `http://127.0.0.1:PORT`.
    pub issuer: String,
    home: Home,
    _process: Running,
}

/// How it starts.
#[derive(Clone, Debug, Default)]
pub struct Switches {
    /// Life of an access token that was got for a code; the usual 600 seconds if absent.
    pub first_token_seconds: Option<u32>,
    /// Life of an access token that was got by refreshing; the usual 600 seconds if absent.
    pub later_token_seconds: Option<u32>,
    /// A refresh token that was used is taken for so many seconds more; not at all if absent.
    pub grace_seconds: Option<u32>,
    /// It takes pushed authorization requests only.
    pub requires_par: bool,
    /// It wants a nonce in each proof of a key.
    pub wants_nonces: bool,
    /// Adds the confidential client `lodge-client` with this secret.
    pub client_secret: Option<String>,
}

impl Switches {
    /// The first access token of a sign-in lives for a moment; the renewed ones live as usual.
    pub fn short_lived() -> Self {
        Self { first_token_seconds: Some(MOMENT_SECONDS), ..Self::default() }
    }

    /// Waits until that first token, got before now, has run out.
    pub fn until_run_out() {
        let got = std::time::Instant::now();
        let moment = Duration::from_secs(u64::from(MOMENT_SECONDS) + 1);
        until("the first token has run out", || got.elapsed() >= moment);
    }
}

/// Life of a first token that is soon to be renewed.
const MOMENT_SECONDS: u32 = 2;

/// One request of a program, and the answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The path, e.g. `/token`.
    pub path: String,
    /// The answer's status.
    pub status: u64,
    /// The form that was sent.
    pub sent: Map<String, Value>,
    /// The `Authorization` header that was sent; empty without one.
    pub authorization: String,
    /// The answer's body.
    pub answered: Value,
}

impl Provider {
    /// Starts one as usual.
    pub fn start() -> Self {
        Self::with(&Switches::default())
    }

    /// Starts one with these switches.
    pub fn with(switches: &Switches) -> Self {
        let mut command = Command::new("node");
        command.current_dir(prepare::provider()).args(["provider.mjs", "0"]);
        Self::run(command, switches)
    }

    /// Starts the second server: Authlib's, under a path. Of the switches it knows the lives of tokens.
    pub fn second(switches: &Switches) -> Self {
        Self::run(prepare::python("authlib_server.py"), switches)
    }

    fn run(mut command: Command, switches: &Switches) -> Self {
        let home = Home::new();
        command
            .env("PROVIDER_LOG", home.path().join("requests"))
            .env("PROVIDER_SWITCHES", home.path().join("switches"));
        for (name, seconds) in [
            ("FIRST_TOKEN_SECONDS", switches.first_token_seconds),
            ("LATER_TOKEN_SECONDS", switches.later_token_seconds),
            ("GRACE_SECONDS", switches.grace_seconds),
        ] {
            command.envs(seconds.map(|seconds| (name, seconds.to_string())));
        }
        if switches.requires_par {
            command.env("REQUIRE_PAR", "1");
        }
        if switches.wants_nonces {
            command.env("DPOP_NONCE", "1");
        }
        if let Some(secret) = &switches.client_secret {
            command.env("CLIENT_SECRET", secret);
        }
        let process = Running::start(command, &home.path().join("log"));
        Self { issuer: process.line("ready"), home, _process: process }
    }

    /// Answers each token request of this grant type so many milliseconds late, after having carried it out.
    pub fn slow_down(&self, grant_type: &str, milliseconds: u32) {
        self.switch(&json!({ "slow": { grant_type: milliseconds } }));
    }

    /// Refuses each token request of this grant type with this error.
    pub fn refuse(&self, grant_type: &str, error: &str) {
        self.switch(&json!({ "refuse": { grant_type: error } }));
    }

    /// Behaves well again.
    pub fn behave(&self) {
        self.switch(&json!({}));
    }

    /// Everything that programs asked, in order.
    pub fn exchanges(&self) -> Vec<Exchange> {
        let log = fs::read_to_string(self.home.path().join("requests")).unwrap_or_default();
        // The last line may still be in the writing.
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.map(|line| Exchange::of(&line)).collect()
    }

    /// Token requests of one grant type.
    pub fn token_requests(&self, grant_type: &str) -> Vec<Exchange> {
        let is =
            |e: &Exchange| e.path == "/token" && e.sent.get("grant_type").is_some_and(|g| g == grant_type);
        self.exchanges().into_iter().filter(is).collect()
    }

    /// Requests to the userinfo endpoint: its API.
    pub fn api_requests(&self) -> Vec<Exchange> {
        self.exchanges().into_iter().filter(|e| e.path == "/me").collect()
    }

    /// Registers a client that proves itself by this public key (a JWK); its id.
    pub async fn register_with_key(&self, jwk: &str) -> String {
        let key: Value = serde_json::from_str(jwk).expect("a key");
        let client = self.register(json!({
            "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "ES256",
            "jwks": { "keys": [key] },
        }));
        client.await["client_id"].as_str().expect("an id").to_owned()
    }

    /// Registers a client for the provider's entry `house` (RFC 7591), with more than is usual; the server's answer.
    pub async fn register(&self, more: Value) -> Value {
        let mut client = json!({
            "client_name": "Keylodge", "application_type": "native",
            "redirect_uris": ["http://127.0.0.1/callback/house"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
        });
        client.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        let request = http().post(self.endpoint("registration_endpoint").await).json(&client);
        let members: Value = request.send().await.expect("answered").json().await.expect("JSON");
        assert!(members["client_id"].is_string(), "registered: {members}");
        members
    }

    /// An address out of its metadata.
    pub async fn endpoint(&self, member: &str) -> String {
        let metadata = http().get(format!("{}/.well-known/openid-configuration", self.issuer));
        let members: Value = metadata.send().await.expect("answered").json().await.expect("JSON");
        members[member].as_str().unwrap_or_else(|| panic!("no {member} in {members}")).to_owned()
    }

    fn switch(&self, switches: &Value) {
        let (next, there): (PathBuf, PathBuf) =
            (self.home.path().join("next"), self.home.path().join("switches"));
        fs::write(&next, switches.to_string()).and_then(|()| fs::rename(next, there)).expect("switches");
    }
}

impl Exchange {
    /// A member of the answer.
    pub fn got(&self, member: &str) -> Option<&str> {
        self.answered[member].as_str()
    }

    fn of(line: &Value) -> Self {
        Self {
            path: line["path"].as_str().unwrap_or_default().to_owned(),
            status: line["status"].as_u64().unwrap_or_default(),
            sent: line["sent"].as_object().cloned().unwrap_or_default(),
            authorization: line["authorization"].as_str().unwrap_or_default().to_owned(),
            answered: line["answered"].clone(),
        }
    }
}
