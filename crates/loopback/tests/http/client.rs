//! A local program, as ordinary OAuth libraries write it, and one that sends what it likes byte by byte.

use std::{collections::HashMap, sync::LazyLock};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Client, RequestBuilder, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use url::Url;

use crate::{
    description,
    house::{House, soon},
};

pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const REDIRECT: &str = "http://127.0.0.1/cb";
pub const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
pub const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// One for all tests. It keeps no connection, for each test has a runtime of its own.
static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    client.pool_max_idle_per_host(0).build().expect("a client")
});

pub fn http() -> Client {
    CLIENT.clone()
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: header::HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("JSON: {}", self.text))
    }

    pub fn error(&self) -> (u16, String) {
        (self.status, self.json()["error"].as_str().unwrap_or_default().to_owned())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    /// Where it redirects to, and with which parameters.
    pub fn location(&self) -> (String, HashMap<String, String>) {
        let url = Url::parse(self.header("location").expect("a redirect")).expect("an address");
        let pairs = url.query_pairs().into_owned().collect();
        let mut bare = url.clone();
        bare.set_query(None);
        (bare.into(), pairs)
    }
}

/// Sends a request. What comes back must be as the page of the HTTP API says.
pub async fn send(request: RequestBuilder) -> Reply {
    let (client, request) = request.build_split();
    let request = request.expect("a request");
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let response = soon(client.execute(request)).await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let reply = Reply { status, headers, text: soon(response.text()).await.expect("text") };
    description::note(&method, &path, &reply);
    reply
}

/// Sends bytes as they are, and reads until the server closes.
pub async fn raw(port: u16, bytes: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("connects");
    stream.write_all(bytes.as_bytes()).await.expect("written");
    let mut answer = Vec::new();
    // A reset after the answer is a way to close, too.
    drop(soon(stream.read_to_end(&mut answer)).await);
    String::from_utf8_lossy(&answer).into_owned()
}

/// A registered program.
#[derive(Clone, Debug)]
pub struct Program {
    pub id: String,
    pub secret: Option<String>,
}

impl House {
    pub async fn register(&self, metadata: Value) -> Reply {
        send(http().post(self.at("/pro/register")).json(&metadata)).await
    }

    /// Registers a public program.
    pub async fn program(&self) -> Program {
        let grants = ["authorization_code", "refresh_token", EXCHANGE, DEVICE];
        self.program_with(
            json!({ "client_name": "Test", "redirect_uris": [REDIRECT], "grant_types": grants }),
        )
        .await
    }

    pub async fn program_with(&self, metadata: Value) -> Program {
        let reply = self.register(metadata).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        let text = |name: &str| reply.json()[name].as_str().map(str::to_owned);
        Program { id: text("client_id").expect("an id"), secret: text("client_secret") }
    }

    pub async fn confidential(&self) -> Program {
        self.program_with(json!({
            "redirect_uris": [REDIRECT],
            "grant_types": ["authorization_code", "refresh_token", "client_credentials", EXCHANGE],
            "token_endpoint_auth_method": "client_secret_basic",
        }))
        .await
    }

    /// A local resource server at this address.
    pub async fn resource_server(&self, resource: &str) -> Program {
        self.program_with(json!({
            "redirect_uris": [], "grant_types": [], "response_types": [], "resources": [resource],
            "token_endpoint_auth_method": "client_secret_basic",
        }))
        .await
    }

    /// A sound authorization request, with some parameters changed (`None` takes one out).
    pub fn authorize_url(&self, program: &Program, changes: &[(&str, Option<&str>)]) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let mut parameters = vec![
            ("response_type", Some("code")),
            ("client_id", Some(program.id.as_str())),
            ("redirect_uri", Some("http://127.0.0.1:4711/cb")),
            ("scope", Some("read write")),
            ("state", Some("s t&1")),
            ("code_challenge", Some(challenge.as_str())),
            ("code_challenge_method", Some("S256")),
        ];
        for (name, value) in changes {
            parameters.retain(|(known, _)| known != name);
            parameters.push((name, *value));
        }
        let mut url = Url::parse(&self.at("/pro/authorize")).expect("an address");
        url.query_pairs_mut().extend_pairs(parameters.iter().filter_map(|(n, v)| v.map(|v| (n, v))));
        url.into()
    }

    pub async fn authorize(&self, program: &Program, changes: &[(&str, Option<&str>)]) -> Reply {
        send(http().get(self.authorize_url(program, changes))).await
    }

    /// A code that the person has allowed.
    pub async fn code(&self, program: &Program, changes: &[(&str, Option<&str>)]) -> String {
        let reply = self.authorize(program, changes).await;
        assert_eq!(reply.status, 303, "{}", reply.text);
        reply.location().1["code"].clone()
    }

    pub async fn token(&self, program: &Program, parameters: &[(&str, &str)]) -> Reply {
        self.post("/pro/token", program, parameters).await
    }

    /// A form, with the program's credential.
    pub async fn post(&self, path: &str, program: &Program, parameters: &[(&str, &str)]) -> Reply {
        let mut form = parameters.to_vec();
        let mut request = http().post(self.at(path));
        match &program.secret {
            Some(secret) => request = request.basic_auth(&program.id, Some(secret)),
            None => form.push(("client_id", &program.id)),
        }
        send(request.form(&form)).await
    }

    /// Pushes a sound authorization request with these changes.
    pub async fn push(&self, program: &Program, changes: &[(&str, Option<&str>)]) -> Reply {
        let url = Url::parse(&self.authorize_url(program, changes)).expect("an address");
        let pairs = url.query_pairs().into_owned().filter(|(name, _)| name != "client_id");
        let pairs: Vec<(String, String)> = pairs.collect();
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.post("/pro/par", program, &pairs).await
    }

    pub async fn redeem(&self, program: &Program, code: &str) -> Reply {
        let parameters = [("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER)];
        self.token(program, &parameters).await
    }

    pub async fn refresh(&self, program: &Program, token: &str, more: &[(&str, &str)]) -> Reply {
        let mut parameters = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        parameters.extend_from_slice(more);
        self.token(program, &parameters).await
    }

    /// Tokens for a program, all the way.
    pub async fn tokens(&self, program: &Program, changes: &[(&str, Option<&str>)]) -> Value {
        let code = self.code(program, changes).await;
        let reply = self.redeem(program, &code).await;
        assert_eq!(reply.status, StatusCode::OK.as_u16(), "{}", reply.text);
        reply.json()
    }

    /// A gateway token with these scopes.
    pub async fn gateway_token(&self, scope: &str) -> String {
        let program = self.program().await;
        let tokens = self.tokens(&program, &[("scope", Some(scope))]).await;
        tokens["access_token"].as_str().expect("a token").to_owned()
    }
}
