//! A local program that speaks plain OAuth to Keylodge, one request at a time, right or wrong.

use std::{
    process,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{RequestBuilder, StatusCode, header, redirect};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

/// A registered program.
#[derive(Clone, Debug)]
pub struct Program {
    /// Keylodge's issuer for its provider.
    pub issuer: String,
    /// Its client id.
    pub client_id: String,
    /// Its secret, where it is confidential.
    pub client_secret: Option<String>,
    /// Where it waits for codes (nobody listens there: it reads the redirect itself).
    pub redirect_uri: String,
    client: reqwest::Client,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: header::HeaderMap,
    /// Its body.
    pub body: String,
}

/// A verifier and its challenge (RFC 7636).
#[derive(Clone, Debug)]
pub struct Pkce {
    /// The secret half.
    pub verifier: String,
    /// The half that travels through the browser.
    pub challenge: String,
}

/// Where every program here waits for codes.
pub const REDIRECT_URI: &str = "http://127.0.0.1:8912/back";

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A client that follows no redirect and uses no proxy.
pub fn http() -> reqwest::Client {
    let builder = reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy();
    builder.timeout(Duration::from_secs(60)).build().expect("a client")
}

impl Pkce {
    /// A pair that was not used before.
    pub fn fresh() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let verifier =
            URL_SAFE_NO_PAD.encode(Sha256::digest(format!("verifier {number} of {}", process::id())));
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        Self { verifier, challenge }
    }
}

impl Program {
    /// Registers a public program (RFC 7591).
    pub async fn register(issuer: &str, name: &str) -> Self {
        Self::registered(issuer, name, "none").await
    }

    /// Registers a confidential one.
    pub async fn register_confidential(issuer: &str, name: &str) -> Self {
        Self::registered(issuer, name, "client_secret_basic").await
    }

    /// A public program that was registered already.
    pub fn known(issuer: &str, client_id: &str) -> Self {
        let (issuer, client_id) = (issuer.to_owned(), client_id.to_owned());
        Self { issuer, client_id, client_secret: None, redirect_uri: REDIRECT_URI.to_owned(), client: http() }
    }

    /// The address of an authorization request.
    pub fn authorize_url(&self, scope: &str, pkce: &Pkce) -> Url {
        let mut url = Url::parse(&format!("{}/authorize", self.issuer)).expect("an address");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", scope)
            .append_pair("state", "a state of the program's")
            .append_pair("code_challenge", &pkce.challenge)
            .append_pair("code_challenge_method", "S256");
        url
    }

    /// Sends the authorization request and waits for the person's decision.
    pub async fn authorize(&self, scope: &str, pkce: &Pkce) -> Answered {
        Answered::to(self.client.get(self.authorize_url(scope, pkce))).await
    }

    /// Exchanges a code.
    pub async fn redeem(&self, code: &str, pkce: &Pkce) -> Answered {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", &pkce.verifier),
        ];
        self.token(&form).await
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, token: &str) -> Answered {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Any token request.
    pub async fn token(&self, form: &[(&str, &str)]) -> Answered {
        self.post("token", form).await
    }

    /// Any form for one of the issuer's endpoints, with the program's own credential.
    pub async fn post(&self, endpoint: &str, form: &[(&str, &str)]) -> Answered {
        let mut form = form.to_vec();
        let mut request = self.client.post(format!("{}/{endpoint}", self.issuer));
        match &self.client_secret {
            Some(secret) => request = request.basic_auth(&self.client_id, Some(secret)),
            None => form.push(("client_id", &self.client_id)),
        }
        Answered::to(request.form(&form)).await
    }

    async fn registered(issuer: &str, name: &str, method: &str) -> Self {
        let redirect_uri = REDIRECT_URI.to_owned();
        let metadata = json!({
            "client_name": name,
            "redirect_uris": [redirect_uri],
            "token_endpoint_auth_method": method,
            "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
            "response_types": ["code"],
        });
        let client = http();
        let answer = Answered::to(client.post(format!("{issuer}/register")).json(&metadata)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        Self {
            issuer: issuer.to_owned(),
            client_id: answer.text("client_id"),
            client_secret: answer.json()["client_secret"].as_str().map(str::to_owned),
            redirect_uri,
            client,
        }
    }
}

impl Answered {
    /// Sends a request and reads the whole answer.
    pub async fn to(request: RequestBuilder) -> Self {
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        Self { status, headers, body: answer.text().await.expect("a body") }
    }

    /// Its body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|_| panic!("{} is no JSON: {}", self.status, self.body))
    }

    /// A member of the JSON body.
    pub fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap_or_else(|| panic!("no {member} in {}", self.body)).to_owned()
    }

    /// A header; empty without it.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// A parameter of the address that it redirects to.
    pub fn redirected_with(&self, parameter: &str) -> Option<String> {
        let location = self.header("location");
        assert!(!location.is_empty(), "{} redirects nowhere: {}", self.status, self.body);
        let url = Url::parse(location).expect("an address");
        let mut pairs = url.query_pairs();
        pairs.find(|(name, _)| name == parameter).map(|(_, value)| value.into_owned())
    }

    /// The code that it redirects with.
    pub fn code(&self) -> String {
        self.redirected_with("code").unwrap_or_else(|| panic!("no code in {}", self.header("location")))
    }
}
