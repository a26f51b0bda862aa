//! A stand-in for Keylodge's loopback API: says yes by itself, and can be made careless.

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Json, Router,
    extract::{RawQuery, State},
    http::{HeaderMap, Method, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use demo::SigningKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What it does differently from a good one.
#[derive(Clone, Copy, Default)]
pub struct Manner {
    /// The person says no.
    pub says_no: bool,
    /// Whatever must be refused is not.
    pub careless: bool,
    /// What the person grants, if less than what is asked for.
    pub grants: Option<&'static str>,
}

pub struct Fake {
    pub base: String,
    pub issuer: String,
    pub key: SigningKey,
    manner: Manner,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    clients: Vec<String>,
    /// Code → what it was issued for.
    codes: HashMap<String, HashMap<String, String>>,
    /// Access or refresh token → audience and scope.
    pub tokens: HashMap<String, (String, String)>,
    count: u64,
}

type Form = HashMap<String, String>;

impl Fake {
    pub async fn start(manner: Manner) -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let issuer = format!("{base}/demo");
        let fake =
            Arc::new(Self { base, issuer, key: SigningKey::generate(), manner, memory: Mutex::default() });
        let router = Router::new()
            .route("/.well-known/oauth-authorization-server/demo", get(metadata))
            .route("/demo/register", post(register))
            .route("/demo/authorize", get(authorize))
            .route("/demo/token", post(token))
            .route("/demo/introspect", post(introspect))
            .route("/demo/revoke", post(revoke))
            .route("/demo/jwks", get(jwks))
            .route("/gateway/acc-1/api/{what}", any(gateway))
            .with_state(Arc::clone(&fake));
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    /// Tokens that are good still.
    pub fn live_tokens(&self) -> usize {
        self.memory().tokens.len()
    }

    /// Signs claims as an access token for `aud`; `change` sets what is to differ.
    pub fn mint(&self, aud: &str, change: &Value) -> String {
        let mut claims = json!({
            "iss": self.issuer, "aud": aud, "sub": "acc-1", "client_id": "c", "scope": "photos.read",
            "iat": 1_800_000_000_u64, "exp": 1_800_000_300_u64, "jti": "1",
        });
        for (name, value) in change.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
        self.key.sign("at+jwt", &claims).expect("a token")
    }

    /// Lets introspection know a token.
    pub fn know(&self, token: &str, aud: &str, scope: &str) {
        self.memory().tokens.insert(token.to_owned(), (aud.to_owned(), scope.to_owned()));
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().expect("no panic")
    }

    fn issue(&self, aud: &str, scope: &str, all: &str) -> Value {
        let mut memory = self.memory();
        memory.count += 1;
        let exp = jsonwebtoken::get_current_timestamp() + 300;
        let change = json!({ "scope": scope, "jti": memory.count.to_string(), "exp": exp });
        let (access, refresh) = (self.mint(aud, &change), format!("refresh-{}", memory.count));
        memory.tokens.insert(access.clone(), (aud.to_owned(), scope.to_owned()));
        memory.tokens.insert(refresh.clone(), (aud.to_owned(), all.to_owned()));
        json!({
            "access_token": access, "token_type": "Bearer", "expires_in": 300, "scope": scope,
            "refresh_token": refresh, "keylodge_delivery": "gateway", "keylodge_audience": aud,
            "keylodge_account": "acc-1", "keylodge_note": "The provider's token stays here.",
        })
    }

    fn gateway_audience(&self) -> String {
        format!("{}/gateway/acc-1/", self.base)
    }
}

fn form_of(text: &str) -> Form {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

fn refusal(status: u16, error: &str) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    (status, Json(json!({ "error": error, "error_description": "No." }))).into_response()
}

async fn metadata(State(fake): State<Arc<Fake>>) -> Json<Value> {
    let at = |name: &str| format!("{}/{name}", fake.issuer);
    Json(json!({
        "issuer": fake.issuer, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
        "registration_endpoint": at("register"), "revocation_endpoint": at("revoke"),
        "introspection_endpoint": at("introspect"), "jwks_uri": at("jwks"),
    }))
}

async fn jwks(State(fake): State<Arc<Fake>>) -> Json<Value> {
    Json(fake.key.public_keys().expect("keys"))
}

async fn register(State(fake): State<Arc<Fake>>, Json(body): Json<Value>) -> Response {
    let mut memory = fake.memory();
    let id = format!("client-{}", memory.clients.len());
    memory.clients.push(id.clone());
    let mut answer = json!({ "client_id": id });
    if body["resources"].is_array() {
        answer["client_secret"] = json!("a secret: %");
    }
    (StatusCode::CREATED, Json(answer)).into_response()
}

async fn authorize(State(fake): State<Arc<Fake>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let form = form_of(&query.unwrap_or_default());
    if headers.contains_key("origin") && !fake.manner.careless {
        return refusal(403, "forbidden");
    }
    let known = form.get("client_id").is_some_and(|id| fake.memory().clients.contains(id));
    let Some(redirect) = form.get("redirect_uri").filter(|_| known || fake.manner.careless) else {
        return refusal(400, "invalid_client");
    };
    let mut back = url::Url::parse(redirect).expect("an address");
    let code = format!("the-code-{}", fake.memory().codes.len());
    let word = if fake.manner.says_no { ("error", "access_denied") } else { ("code", code.as_str()) };
    back.query_pairs_mut().extend_pairs([word, ("state", &form["state"]), ("iss", &fake.issuer)]);
    fake.memory().codes.insert(code, form);
    (StatusCode::SEE_OTHER, [(LOCATION, back.as_str())]).into_response()
}

async fn token(State(fake): State<Arc<Fake>>, headers: HeaderMap, body: String) -> Response {
    if headers.contains_key("origin") && !fake.manner.careless {
        return refusal(403, "forbidden");
    }
    let form = form_of(&body);
    match form.get("grant_type").map(String::as_str) {
        Some("authorization_code") => exchange(&fake, &form),
        Some("refresh_token") => refresh(&fake, &form),
        _ => refusal(400, "unsupported_grant_type"),
    }
}

fn exchange(fake: &Fake, form: &Form) -> Response {
    let Some(asked) = fake.memory().codes.get(&form["code"]).cloned() else {
        return refusal(400, "invalid_grant");
    };
    let verifier = form.get("code_verifier").cloned().unwrap_or_default();
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    if asked["code_challenge"] != challenge && !fake.manner.careless {
        return refusal(400, "invalid_grant");
    }
    fake.memory().codes.remove(&form["code"]);
    let audience = asked.get("resource").cloned().unwrap_or_else(|| fake.gateway_audience());
    let granted: Vec<&str> = asked["scope"]
        .split(' ')
        .filter(|scope| fake.manner.grants.is_none_or(|grants| grants.split(' ').any(|name| name == *scope)))
        .collect();
    let scope = granted.join(" ");
    Json(fake.issue(&audience, &scope, &scope)).into_response()
}

fn refresh(fake: &Fake, form: &Form) -> Response {
    let Some((audience, granted)) = fake.memory().tokens.get(&form["refresh_token"]).cloned() else {
        return refusal(400, "invalid_grant");
    };
    let asked = form.get("scope").unwrap_or(&granted);
    let within = asked.split(' ').all(|scope| granted.split(' ').any(|name| name == scope));
    if !within && !fake.manner.careless {
        return refusal(400, "invalid_scope");
    }
    fake.memory().tokens.remove(&form["refresh_token"]);
    Json(fake.issue(&audience, asked, &granted)).into_response()
}

async fn introspect(State(fake): State<Arc<Fake>>, headers: HeaderMap, body: String) -> Response {
    // client id and secret, form-encoded and then in base64 (RFC 6749 §2.3.1)
    let known = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let secret =
        base64::prelude::BASE64_STANDARD.decode(known.trim_start_matches("Basic ")).unwrap_or_default();
    if !String::from_utf8_lossy(&secret).ends_with(":a+secret%3A+%25") {
        return refusal(401, "invalid_client");
    }
    let found = fake.memory().tokens.get(&form_of(&body)["token"]).cloned();
    Json(match found {
        Some((aud, scope)) if form_of(&body)["token"].starts_with("bound-") => {
            json!({ "active": true, "aud": aud, "scope": scope, "iss": fake.issuer, "cnf": { "jkt": "key" } })
        }
        Some((aud, scope)) => json!({ "active": true, "aud": aud, "scope": scope, "iss": fake.issuer }),
        None => json!({ "active": false }),
    })
    .into_response()
}

async fn revoke(State(fake): State<Arc<Fake>>, body: String) -> StatusCode {
    let form = form_of(&body);
    if !fake.manner.careless {
        fake.memory().tokens.remove(&form["token"]);
    }
    StatusCode::OK
}

async fn gateway(State(fake): State<Arc<Fake>>, method: Method, headers: HeaderMap) -> Response {
    let delivered = Json(json!({ "album": "Photos of Ada (demo)", "photos": [{ "id": 1 }] })).into_response();
    let value = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = value.trim_start_matches("Bearer ");
    let found = fake.memory().tokens.get(token).cloned().filter(|(aud, _)| *aud == fake.gateway_audience());
    match found {
        _ if fake.manner.careless => delivered,
        None => refusal(401, "invalid_token"),
        Some((_, scope)) if method == Method::POST && !scope.contains("photos.write") => {
            refusal(403, "insufficient_scope")
        }
        Some(_) => delivered,
    }
}
