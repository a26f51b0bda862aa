//! A person with a browser: keeps cookies, follows redirects, fills in the provider's forms, and comes back.

use std::{collections::BTreeMap, time::Duration};

use reqwest::{Response, StatusCode, header, redirect};
use url::Url;

/// So many pages lead from the authorization request to the callback, at the most.
const MOST_PAGES: usize = 16;

/// A browser of one person.
#[derive(Debug)]
pub struct Browser {
    person: String,
    cookies: BTreeMap<String, String>,
    client: reqwest::Client,
}

/// Where a walk through the provider's pages ended.
#[derive(Debug)]
pub struct Arrived {
    /// The address.
    pub url: Url,
    /// The answer's status.
    pub status: StatusCode,
    /// The page.
    pub page: String,
}

impl Browser {
    /// A fresh browser. `person` is the name that is typed into the login form.
    pub fn of(person: &str) -> Self {
        let client = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .expect("a client");
        Self { person: person.to_owned(), cookies: BTreeMap::new(), client }
    }

    /// Walks from the authorization request through login and consent to the callback, and delivers it.
    pub async fn sign_in(&mut self, authorize_url: &str) -> Arrived {
        let callback = self.walk(authorize_url, true).await;
        self.open(callback).await
    }

    /// The same, but says no to the provider's consent page.
    pub async fn refuse(&mut self, authorize_url: &str) -> Arrived {
        let callback = self.walk(authorize_url, false).await;
        self.open(callback).await
    }

    /// Opens the page for a device code that has the code in its address, and agrees to everything.
    pub async fn approve_device(&mut self, page: &str) -> Arrived {
        let mut answer = self.get(Url::parse(page).expect("an address")).await;
        for _ in 0..MOST_PAGES {
            if let Some(next) = redirected(&answer) {
                answer = self.get(next).await;
                continue;
            }
            let (url, status) = (answer.url().clone(), answer.status());
            let page = answer.text().await.expect("a page");
            if page.contains("name=\"xsrf\"") {
                let action = url.join(after(&page, "action=\"").expect("a form")).expect("an address");
                let mut form = hidden(&page);
                form.push(("confirm", "yes"));
                answer = self.send(self.client.post(action).form(&form)).await;
            } else if page.contains("name=\"prompt\"") {
                answer = self.submit(&url, &page, true).await;
            } else {
                return Arrived { url, status, page };
            }
        }
        panic!("{page} leads nowhere");
    }

    /// Walks to the callback, but does not open it.
    pub async fn walk(&mut self, authorize_url: &str, agree: bool) -> Url {
        let home = Url::parse(authorize_url).expect("an address");
        let mut answer = self.get(home.clone()).await;
        for _ in 0..MOST_PAGES {
            if let Some(next) = redirected(&answer) {
                if next.origin() != home.origin() {
                    return next;
                }
                answer = self.get(next).await;
                continue;
            }
            let (here, page) = (answer.url().clone(), answer.text().await.expect("a page"));
            answer = self.submit(&here, &page, agree).await;
        }
        panic!("{authorize_url} leads nowhere");
    }

    /// Opens an address as it is.
    pub async fn open(&mut self, url: Url) -> Arrived {
        let answer = self.get(url).await;
        let (url, status) = (answer.url().clone(), answer.status());
        Arrived { url, status, page: answer.text().await.expect("a page") }
    }

    async fn submit(&mut self, here: &Url, page: &str, agree: bool) -> Response {
        let attribute = |name: &str| after(page, &format!("{name}=\""));
        let login = page.contains("name=\"password\"");
        if !login && !agree {
            let abort = page
                .split("href=\"")
                .find(|rest| rest.split('"').next().is_some_and(|a| a.ends_with("/abort")));
            let abort = abort.and_then(|rest| rest.split('"').next()).expect("a way out of the consent page");
            return self.get(here.join(abort).expect("an address")).await;
        }
        let action = attribute("action").unwrap_or_else(|| panic!("no form at {here}:\n{page}"));
        let person = self.person.clone();
        let form = if login {
            vec![("prompt", "login"), ("login", &person), ("password", "not a secret")]
        } else {
            vec![("prompt", "consent")]
        };
        let request = self.client.post(here.join(action).expect("an address")).form(&form);
        self.send(request).await
    }

    async fn get(&mut self, url: Url) -> Response {
        let request = self.client.get(url);
        self.send(request).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Response {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request =
            if cookies.is_empty() { request } else { request.header(header::COOKIE, cookies.join("; ")) };
        let answer = request.send().await.expect("an answer");
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().expect("text").split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

/// Where an answer sends the browser.
fn redirected(answer: &Response) -> Option<Url> {
    let location = answer.headers().get(header::LOCATION)?.to_str().ok()?;
    answer.status().is_redirection().then(|| answer.url().join(location).expect("an address"))
}

/// The hidden fields of a form.
fn hidden(page: &str) -> Vec<(&str, &str)> {
    let fields = page.split("<input").skip(1).filter_map(|field| field.split('>').next());
    let pair = |field| Some((after(field, "name=\"")?, after(field, "value=\"")?));
    fields.filter_map(pair).collect()
}

fn after<'a>(page: &'a str, mark: &str) -> Option<&'a str> {
    page.split_once(mark)?.1.split('"').next()
}
