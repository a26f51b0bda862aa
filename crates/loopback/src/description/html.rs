//! `GET /docs`: one page by itself, with nothing in it that runs.

use super::{
    Operation,
    page::{Paper, write},
};
use crate::page::escaped;

/// How it looks. The policy of the page lets exactly this in, by its hash.
pub const STYLE: &str = "\
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}\
code{font:14px ui-monospace,monospace}h2{margin-top:3rem;border-top:1px solid #8888;padding-top:1rem}\
table{border-collapse:collapse;margin:1rem 0}th,td{text-align:left;vertical-align:top;padding:.25rem 1rem .25rem 0;\
border-bottom:1px solid #8884}";

/// The page in HTML.
pub fn html(operations: &[&Operation]) -> String {
    let mut sheet = Sheet(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Keylodge: the HTTP API</title>\
         <style>{STYLE}</style><h1>The HTTP API</h1>\
         <p>The same for machines: <a href=\"/openapi.json\">openapi.json</a>.</p>"
    ));
    write(&mut sheet, operations);
    sheet.0.push_str("</html>\n");
    sheet.0
}

struct Sheet(String);

impl Paper for Sheet {
    fn heading(&mut self, text: &str) {
        self.element("h2", &format!("`{text}`"));
    }

    fn paragraph(&mut self, text: &str) {
        self.element("p", text);
    }

    fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        self.0.push_str("<table><tr>");
        for cell in head {
            self.element("th", cell);
        }
        for row in rows {
            self.0.push_str("<tr>");
            for cell in row {
                self.element("td", cell);
            }
        }
        self.0.push_str("</table>");
    }
}

impl Sheet {
    fn element(&mut self, name: &str, text: &str) {
        let text = with_code(text);
        self.0.extend(["<", name, ">", &text, "</", name, ">"]);
    }
}

/// The text, with what stands in backticks as code.
fn with_code(text: &str) -> String {
    let pieces = text.split('`').enumerate();
    let shown = pieces.map(|(at, piece)| match at % 2 {
        0 => escaped(piece),
        _ => format!("<code>{}</code>", escaped(piece)),
    });
    shown.collect()
}
