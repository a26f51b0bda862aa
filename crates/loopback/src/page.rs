//! The few pages that a browser can see: plain words, no script, nothing to press (AS-13).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

/// "Keylodge asks you in its own window", and the browser comes back to `next` by itself. Says which program should be
/// running, for whoever started none (WEB-08).
pub fn waiting(next: &str, program: &str) -> Response {
    let named = format!("<p>A program that calls itself <q>{}</q> sent you here.</p>", escaped(program));
    let text = "<p>Look at the window that Keylodge has opened: it says which program asks, and for what.</p>\
                <p>Only what you answer there counts. This page goes on by itself afterwards; you may also close it.</p>";
    let mut response = Html(page("Keylodge asks you in its own window", &(named + text))).into_response();
    if let Ok(refresh) = HeaderValue::from_str(&format!("0;url={next}")) {
        response.headers_mut().insert(header::REFRESH, refresh);
    }
    response
}

/// What to do with a code that a program shows (RFC 8628 §3.3). There is no field: a page takes no code.
pub fn device() -> Response {
    let text = "<p>Keylodge asks you in its own window: which program it is, and what it wants.</p>\
                <p>Type the code there that the program shows on this computer, and then decide. \
                At a terminal: <code>keylodge request list</code>, then <code>keylodge request approve</code>.</p>\
                <p>If somebody sent you a code, do not type it: whoever made it would get the access.</p>";
    Html(page("Type the code in Keylodge's window", text)).into_response()
}

/// What went wrong, with an id that stands in the log.
pub fn failure(status: StatusCode, sentence: &str, id: &str) -> Response {
    let text = format!(
        "<p>{}</p><p>Nothing was granted, and nothing was sent to the program.</p><p>{}</p>",
        escaped(sentence),
        escaped(id)
    );
    (status, Html(page("Keylodge cannot do that", &text))).into_response()
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><h1>{title}</h1>{body}</html>"
    )
}

/// Text from outside, as text (UI-07).
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ui_07_text_from_outside_is_text() {
        assert_eq!(
            escaped("<img src='x' onerror=\"a&b\">"),
            "&lt;img src=&#39;x&#39; onerror=&quot;a&amp;b&quot;&gt;"
        );
    }
}
