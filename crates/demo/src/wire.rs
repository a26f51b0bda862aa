//! A plain HTTP client that writes down what goes over the wire, with secrets shortened.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::{Client, Method, Response, header, redirect::Policy};
use serde_json::Value;
use url::Url;

use crate::form::Form;

/// Longer answers are cut off, in bytes.
const MAX_ANSWER: usize = 256 * 1024;
/// Longer lines are cut off, in characters.
const MAX_LINE: usize = 300;
/// How long an ordinary answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Values of these members are never shown whole.
const SECRETS: [&str; 10] = [
    "access_token",
    "refresh_token",
    "id_token",
    "code",
    "code_verifier",
    "token",
    "client_secret",
    "registration_access_token",
    "state",
    "ticket",
];

/// The client with its notes.
#[derive(Debug)]
pub struct Wire {
    client: Client,
    lines: Vec<String>,
}

/// What to send. Start from [`Ask::get`] or [`Ask::post`].
#[derive(Clone)]
pub struct Ask {
    method: Method,
    url: String,
    form: Option<Vec<(String, String)>>,
    json: Option<Value>,
    bearer: Option<String>,
    basic: Option<(String, String)>,
    origin: Option<String>,
    patience: Duration,
}

/// What came back.
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Where it redirects to.
    pub location: Option<String>,
    /// The `WWW-Authenticate` header.
    pub challenge: Option<String>,
    /// The body as JSON; `Null` if it is something else.
    pub json: Value,
    /// The body as it came.
    pub text: String,
}

impl Ask {
    /// A GET.
    pub fn get(url: &str) -> Self {
        Self::new(Method::GET, url)
    }

    /// A POST.
    pub fn post(url: &str) -> Self {
        Self::new(Method::POST, url)
    }

    /// With a form as its body.
    pub fn form(mut self, members: &[(&str, &str)]) -> Self {
        self.form =
            Some(members.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
        self
    }

    /// With JSON as its body.
    pub fn json(mut self, body: Value) -> Self {
        self.json = Some(body);
        self
    }

    /// With a token (RFC 6750 §2.1).
    pub fn bearer(mut self, token: &str) -> Self {
        self.bearer = Some(token.to_owned());
        self
    }

    /// With a client id and secret (RFC 6749 §2.3.1).
    pub fn basic(mut self, id: &str, secret: &str) -> Self {
        self.basic = Some((id.to_owned(), secret.to_owned()));
        self
    }

    /// As a page of another site would send it.
    pub fn origin(mut self, origin: &str) -> Self {
        self.origin = Some(origin.to_owned());
        self
    }

    /// Waits longer for the answer: a person has to decide first.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The request as lines for a person.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("→ {} {}", self.method, shown_url(&self.url))];
        lines.extend(self.bearer.iter().map(|token| format!("  Authorization: Bearer {}", shortened(token))));
        lines.extend(self.basic.iter().map(|_| "  Authorization: Basic (client id and secret)".to_owned()));
        lines.extend(self.origin.iter().map(|origin| format!("  Origin: {origin}")));
        lines.extend(
            self.form.iter().flatten().map(|(name, value)| member(name, &Value::from(value.as_str()))),
        );
        lines.extend(self.json.iter().flat_map(json_lines));
        lines.into_iter().map(|line| plain(&line)).collect()
    }

    fn new(method: Method, url: &str) -> Self {
        Self {
            method,
            url: url.to_owned(),
            form: None,
            json: None,
            bearer: None,
            basic: None,
            origin: None,
            patience: PATIENCE,
        }
    }
}

impl Wire {
    /// A client that follows no redirect and knows no proxy.
    pub fn new() -> Result<Self, String> {
        let client = Client::builder().redirect(Policy::none()).no_proxy().build();
        Ok(Self { client: client.map_err(|_| "The HTTP client cannot start.")?, lines: Vec::new() })
    }

    /// Sends, and notes request and answer.
    pub async fn send(&mut self, ask: Ask) -> Result<Reply, String> {
        self.lines.extend(ask.lines());
        self.send_noted(ask).await
    }

    /// Sends a request that was shown already, and notes the answer.
    pub async fn send_noted(&mut self, ask: Ask) -> Result<Reply, String> {
        let place = shown_url(&ask.url);
        let away = |why: reqwest::Error| format!("{place} does not answer ({}).", kind_of(&why));
        let reply = read(self.build(ask).send().await.map_err(away)?).await?;
        self.lines.extend(reply.lines());
        Ok(reply)
    }

    /// Adds a remark.
    pub fn note(&mut self, line: impl Into<String>) {
        self.lines.push(plain(&line.into()));
    }

    /// What was noted since the last time.
    pub fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }

    fn build(&self, ask: Ask) -> reqwest::RequestBuilder {
        let mut request = self.client.request(ask.method, &ask.url).timeout(ask.patience);
        if let Some(token) = &ask.bearer {
            request = request.bearer_auth(token);
        }
        if let Some((id, secret)) = &ask.basic {
            request = request.header(header::AUTHORIZATION, basic(id, secret));
        }
        if let Some(origin) = &ask.origin {
            request = request.header(header::ORIGIN, origin);
        }
        if let Some(form) = &ask.form {
            request = request.form(form);
        }
        match &ask.json {
            Some(json) => request.json(json),
            None => request,
        }
    }
}

impl Reply {
    /// A member of the JSON answer that is text.
    pub fn member(&self, name: &str) -> Option<&str> {
        self.json[name].as_str()
    }

    /// The error word, from the body or from the challenge.
    pub fn error(&self) -> &str {
        let challenged = || self.challenge.as_deref()?.split("error=\"").nth(1)?.split('"').next();
        self.member("error").or_else(challenged).unwrap_or_default()
    }

    /// Status and error word, for a sentence.
    pub fn summary(&self) -> String {
        format!("{} {}", self.status, self.error()).trim().to_owned()
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("← {}", self.status)];
        lines.extend(self.location.iter().map(|to| format!("  Location: {}", shown_url(to))));
        lines.extend(self.challenge.iter().map(|challenge| format!("  WWW-Authenticate: {challenge}")));
        lines.extend(json_lines(&self.json));
        lines.into_iter().map(|line| plain(&line)).collect()
    }
}

/// The first six characters, which tell two values apart and are of no use.
pub fn shortened(secret: &str) -> String {
    format!("{}…", secret.chars().take(6).collect::<String>())
}

/// An address whose secret parameters are shortened.
pub fn shown_url(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else { return "(not an address)".to_owned() };
    let Some(query) = url.query().map(Form::parse) else { return address.to_owned() };
    let shown: Vec<String> =
        query.pairs().map(|(name, value)| format!("{name}={}", value_of(name, value))).collect();
    url.set_query(None);
    format!("{url}?{}", shown.join("&"))
}

fn value_of(name: &str, value: &str) -> String {
    if SECRETS.contains(&name) { shortened(value) } else { value.to_owned() }
}

/// One line for each member; deeper values stay on the line of theirs.
fn json_lines(json: &Value) -> Vec<String> {
    match json {
        Value::Null => Vec::new(),
        Value::Object(members) => members.iter().map(|(name, value)| member(name, value)).collect(),
        other => vec![format!("  {other}")],
    }
}

fn member(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) => format!("  {name}: {}", value_of(name, text)),
        other => format!("  {name}: {other}"),
    }
}

/// One line without anything that a terminal would obey (UI-06).
pub fn plain(line: &str) -> String {
    let unsafe_sign = |sign: char| {
        sign.is_control()
            || matches!(sign, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let clean = |sign| if unsafe_sign(sign) { '\u{fffd}' } else { sign };
    let mut short: String = line.chars().take(MAX_LINE).map(clean).collect();
    if line.chars().nth(MAX_LINE).is_some() {
        short.push('…');
    }
    short
}

/// Id and secret are form-encoded first (RFC 6749 §2.3.1).
fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", BASE64_STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
}

async fn read(mut response: Response) -> Result<Reply, String> {
    let text_of =
        |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (location, challenge) = (text_of(header::LOCATION), text_of(header::WWW_AUTHENTICATE));
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(piece) =
        response.chunk().await.map_err(|why| format!("The answer broke off ({}).", kind_of(&why)))?
    {
        body.extend_from_slice(&piece);
        if body.len() > MAX_ANSWER {
            return Err("The answer is too long.".to_owned());
        }
    }
    let text = String::from_utf8_lossy(&body).into_owned();
    let json = serde_json::from_str(&text).unwrap_or_default();
    Ok(Reply { status, location, challenge, json, text })
}

/// What went wrong without the address, which may hold a secret.
fn kind_of(why: &reqwest::Error) -> &'static str {
    match () {
        () if why.is_timeout() => "time ran out",
        () if why.is_connect() => "nothing listens there",
        () => "the connection failed",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Ask, basic, json_lines, plain, shown_url};

    #[test]
    fn lek_01_secrets_are_shortened_wherever_they_stand() {
        let secret = "canary-canary-canary";
        let form = [("code", secret), ("code_verifier", secret), ("refresh_token", secret)];
        let mut shown =
            Ask::post(&format!("http://127.0.0.1/done?code={secret}")).bearer(secret).form(&form).lines();
        shown.extend(json_lines(
            &json!({ "access_token": secret, "client_secret": secret, "id_token": secret }),
        ));
        shown.extend(Ask::get("http://127.0.0.1/").basic("id", secret).lines());
        assert!(!shown.join("\n").contains("canary-c"), "{shown:?}");
        assert!(shown.contains(&"  code: canary…".to_owned()));
    }

    #[test]
    fn ui_06_lines_obey_no_terminal() {
        assert_eq!(plain("a\u{1b}[2J\nb\u{202e}c"), "a\u{fffd}[2J\u{fffd}b\u{fffd}c");
        assert_eq!(plain(&"x".repeat(1000)).chars().count(), 301);
    }

    #[test]
    fn uc_14_basic_encodes_before_base64() {
        assert_eq!(basic("a:b", "c%+é"), "Basic YSUzQWI6YyUyNSUyQiVDMyVBOQ==");
    }

    #[test]
    fn addresses_are_shown_readable() {
        let shown = shown_url("http://127.0.0.1:1/authorize?scope=a%20b&state=1234567890");
        assert_eq!(shown, "http://127.0.0.1:1/authorize?scope=a b&state=123456…");
    }
}
