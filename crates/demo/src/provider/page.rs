//! The pages of the demo provider: plain HTML without a script.

use axum::{
    http::{HeaderName, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use url::Url;

use super::{
    person::{self, Person},
    scope::Scope,
    store::Waiting,
};
use crate::NOTICE;

const STYLE: &str = include_str!("page.css");

/// What stands at the root.
pub async fn welcome() -> Response {
    let body = "<h1>Demo provider</h1><p>Programs that use Keylodge's demo account end up here. \
                There is nothing to do on this page.</p>";
    page(StatusCode::OK, "Demo provider", body, "'none'")
}

/// Says what is wrong, and redirects nobody.
pub fn problem(why: &str) -> Response {
    let body = format!("<h1>That did not work</h1><p>{}</p>", escape(why));
    page(StatusCode::BAD_REQUEST, "That did not work", &body, "'none'")
}

/// Asks who is there and what the program may do.
pub fn sign_in(program: &str, waiting: &Waiting, ticket: &str, hint: Option<&str>) -> Response {
    let scopes: String = waiting.scopes.iter().map(|scope| scope_line(scope)).collect();
    let body = format!(
        "<h1>Sign in</h1>\
         <p><strong>{program}</strong> (its own words) would like to:</p>\
         <form method=\"post\" action=\"/authorize\">\
         <input type=\"hidden\" name=\"ticket\" value=\"{ticket}\">\
         <ul>{scopes}</ul>\
         <div class=\"buttons\">{}\
         <button name=\"decision\" value=\"cancel\" class=\"quiet\">Cancel</button></div></form>\
         <p class=\"small\">The answer goes to {}.</p>",
        buttons(hint),
        escape(&host_of(&waiting.redirect_uri)),
        program = escape(program),
    );
    // Browsers apply form-action to the redirect that follows a form, too.
    let target = format!("'self' http://{}", host_of(&waiting.redirect_uri));
    page(StatusCode::OK, "Sign in", &body, &target)
}

fn scope_line(scope: &Scope) -> String {
    let Scope { name, words, optional } = scope;
    let rest = if *optional { "" } else { " disabled" };
    format!(
        "<li><label><input type=\"checkbox\" name=\"scope\" value=\"{name}\" checked{rest}> {words} \
         <code>{name}</code></label></li>"
    )
}

/// One button for each person, whoever was hinted at first.
fn buttons(hint: Option<&str>) -> String {
    let hinted = |person: &&Person| {
        hint.is_some_and(|hint| [person.username, person.name, person.subject].contains(&hint))
    };
    let (mut first, rest): (Vec<_>, Vec<_>) = person::ALL.iter().partition(hinted);
    first.extend(rest);
    first.iter().enumerate().map(|(place, person)| button(place, person)).collect()
}

fn button(place: usize, person: &Person) -> String {
    let class = if place == 0 { "main" } else { "other" };
    format!(
        "<button name=\"decision\" value=\"{}\" class=\"{class}\">Continue as {}</button>",
        person.key, person.name
    )
}

fn host_of(address: &str) -> String {
    let url = Url::parse(address).ok();
    let part = |url: Url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?));
    url.and_then(part).unwrap_or_default()
}

fn page(status: StatusCode, title: &str, body: &str, form_action: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} · Keylodge demo</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head>\
         <body><main>{body}</main><footer>{}</footer></body></html>",
        escape(NOTICE)
    );
    (status, headers(form_action), Html(html)).into_response()
}

/// No script, nothing from elsewhere, no frame (WEB-07). `same-origin` keeps the Origin of our own form readable.
fn headers(form_action: &str) -> [(HeaderName, String); 5] {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action {form_action}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_FRAME_OPTIONS, "DENY".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::REFERRER_POLICY, "same-origin".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ]
}

fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut safe, sign| {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
        safe
    })
}

#[cfg(test)]
mod tests {
    use super::{buttons, escape};

    #[test]
    fn ui_07_markup_becomes_text() {
        assert_eq!(escape("<b a=\"1\">'&"), "&lt;b a=&quot;1&quot;&gt;&#39;&amp;");
    }

    #[test]
    fn the_person_who_was_hinted_at_comes_first() {
        let place = |html: &str, name: &str| html.find(name).expect("a button");
        let (plain, hinted) = (buttons(None), buttons(Some("grace@demo.invalid")));
        assert!(place(&plain, "Ada") < place(&plain, "Grace"));
        assert!(place(&hinted, "Grace") < place(&hinted, "Ada"));
        assert!(hinted.contains("class=\"main\">Continue as Grace (demo)"));
    }
}
