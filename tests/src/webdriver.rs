//! A small WebDriver client (W3C WebDriver): drives the real window through `WebKitWebDriver`.

use std::{path::Path, process::Command, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{Home, PATIENCE, Running, http};

/// The key under which an element travels (WebDriver §12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Keys that are typed as characters (WebDriver §17.4.2).
const CONTROL: char = '\u{e009}';
const BACKSPACE: char = '\u{e003}';

/// A session with one application.
#[derive(Debug)]
pub struct WebDriver {
    session: String,
    client: reqwest::Client,
    _process: Running,
    _home: Home,
}

/// An element of the page.
#[derive(Clone, Debug)]
pub struct Element(String);

impl WebDriver {
    /// Starts `application` under a driver, with this environment and nothing else.
    pub async fn start(application: &Path, environment: &[(String, String)]) -> Self {
        let home = Home::new();
        let port = free_port();
        let mut command = Command::new("WebKitWebDriver");
        command
            .arg(format!("--port={port}"))
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LANG", "C.UTF-8")
            .env("HOME", home.path())
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .envs(environment.iter().map(|(name, value)| (name, value)));
        let process = Running::start(command, &home.path().join("driver.log"));
        let client = http();
        let driver = format!("http://127.0.0.1:{port}");
        ready(&client, &driver).await;
        let options = json!({ "binary": application, "args": [] });
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "wry", "webkitgtk:browserOptions": options,
        } } });
        let answer =
            client.post(format!("{driver}/session")).json(&wanted).send().await.expect("the driver answers");
        let answer: Value = answer.json().await.expect("JSON");
        let id = answer["value"]["sessionId"].as_str();
        let id = id.unwrap_or_else(|| panic!("no session: {answer}\n{}", process.log()));
        Self { session: format!("{driver}/session/{id}"), client, _process: process, _home: home }
    }

    /// The element with this `data-testid`; waits until it is there.
    pub async fn find(&self, testid: &str) -> Element {
        self.find_by(&format!("[data-testid='{testid}']")).await
    }

    /// The first element that fits a CSS selector; waits until it is there.
    pub async fn find_by(&self, selector: &str) -> Element {
        self.some(selector, async || self.all(selector).await.into_iter().next()).await
    }

    /// All elements that fit a CSS selector now.
    pub async fn all(&self, selector: &str) -> Vec<Element> {
        let wanted = json!({ "using": "css selector", "value": selector });
        let found = self.post("elements", &wanted).await.unwrap_or_default();
        let found = found.as_array().cloned().unwrap_or_default();
        found.iter().filter_map(|e| e[ELEMENT].as_str()).map(|id| Element(id.to_owned())).collect()
    }

    /// Clicks on it as soon as that can be done.
    pub async fn click(&self, testid: &str) {
        self.click_on(&format!("[data-testid='{testid}']")).await;
    }

    /// The same for a CSS selector.
    pub async fn click_on(&self, selector: &str) {
        self.some(selector, async || {
            let Element(id) = self.all(selector).await.into_iter().next()?;
            let enabled = self.get(&format!("element/{id}/enabled")).await.ok()?;
            (enabled == true).then_some(())?;
            let clicked = self.post(&format!("element/{id}/click"), &json!({})).await.is_ok();
            // A click that closes its window may leave nobody to say that it was one.
            (clicked || self.get("window").await.is_err()).then_some(())
        })
        .await;
    }

    /// Clicks on it as it is now, whether or not that does anything.
    pub async fn click_at_once(&self, testid: &str) {
        if let Some(Element(id)) = self.all(&format!("[data-testid='{testid}']")).await.into_iter().next() {
            let _ = self.post(&format!("element/{id}/click"), &json!({})).await;
        }
    }

    /// The page's source as it is now.
    pub async fn source(&self) -> String {
        let source = self.get("source").await.unwrap_or_default();
        source.as_str().unwrap_or_default().to_owned()
    }

    /// Types into a field in place of what is there, as a person at the keyboard does.
    pub async fn type_into(&self, testid: &str, text: &str) {
        let Element(id) = self.find(testid).await;
        let all = format!("{CONTROL}a{CONTROL}{BACKSPACE}{text}");
        let typed = self.post(&format!("element/{id}/value"), &json!({ "text": all })).await;
        typed.unwrap_or_else(|error| panic!("{testid}: {error}"));
    }

    /// The text of the element with this `data-testid`; waits until there is any.
    pub async fn read(&self, testid: &str) -> String {
        let selector = format!("[data-testid='{testid}']");
        self.some(testid, async || {
            let Element(id) = self.all(&selector).await.into_iter().next()?;
            let text = self.get(&format!("element/{id}/property/textContent")).await.ok()?;
            Some(text.as_str()?.trim().to_owned()).filter(|text| !text.is_empty())
        })
        .await
    }

    /// Its visible text.
    pub async fn text(&self, element: &Element) -> String {
        let text = self.get(&format!("element/{}/text", element.0)).await.unwrap_or_default();
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Everything the page shows.
    pub async fn page(&self) -> String {
        let body = self.find_by("body").await;
        self.text(&body).await
    }

    /// An attribute of an element.
    pub async fn attribute(&self, element: &Element, name: &str) -> Option<String> {
        let value = self.get(&format!("element/{}/attribute/{name}", element.0)).await.ok()?;
        value.as_str().map(str::to_owned)
    }

    /// Whether a box is ticked.
    pub async fn ticked(&self, element: &Element) -> bool {
        self.get(&format!("element/{}/selected", element.0)).await.is_ok_and(|selected| selected == true)
    }

    /// Turns to the window that shows this element; waits until there is one.
    pub async fn turn_to(&self, testid: &str) {
        let selector = format!("[data-testid='{testid}']");
        self.some(&format!("a window with {testid}"), async || {
            let handles = self.get("window/handles").await.ok()?;
            for handle in handles.as_array()? {
                let turned = self.post("window", &json!({ "handle": handle })).await;
                if turned.is_ok() && !self.all(&selector).await.is_empty() {
                    return Some(());
                }
            }
            None
        })
        .await;
    }

    /// Waits until something can be clicked.
    pub async fn ready(&self, testid: &str) {
        let selector = format!("[data-testid='{testid}']:enabled");
        self.find_by(&selector).await;
    }

    /// Keeps a picture of the window, once it has drawn what is there now.
    pub async fn picture(&self, file: &Path) {
        let drawn =
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));";
        let _ = self.post("timeouts", &json!({ "script": 1000 })).await;
        let _ = self.post("execute/async", &json!({ "script": drawn, "args": [] })).await;
        let taken = self.get("screenshot").await.expect("a screenshot");
        let png = STANDARD.decode(taken.as_str().expect("base64")).expect("base64");
        std::fs::write(file, png).expect("a file for the picture");
    }

    /// Ends the session, and with it the application.
    pub async fn close(&self) {
        let _ = self.client.delete(&self.session).send().await;
    }

    async fn some<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            let late = tokio::time::Instant::now() >= end;
            assert!(!late, "waited in vain for {what}. The page:\n{}", self.source().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn get(&self, path: &str) -> Result<Value, String> {
        answered(self.client.get(format!("{}/{path}", self.session))).await
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        answered(self.client.post(format!("{}/{path}", self.session)).json(body)).await
    }
}

async fn answered(request: reqwest::RequestBuilder) -> Result<Value, String> {
    let answer = request.send().await.map_err(|error| error.to_string())?;
    let fine = answer.status().is_success();
    let answer: Value = answer.json().await.map_err(|error| error.to_string())?;
    if fine { Ok(answer["value"].clone()) } else { Err(answer["value"]["message"].to_string()) }
}

async fn ready(client: &reqwest::Client, driver: &str) {
    let end = tokio::time::Instant::now() + PATIENCE;
    while client.get(format!("{driver}/status")).send().await.is_err() {
        assert!(tokio::time::Instant::now() < end, "the driver does not start");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}
