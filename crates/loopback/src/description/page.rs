//! The page for people: the same in Markdown and in HTML.

use super::{Content, Credential, Field, Kind, Operation, Reply, Sent, Status, words};

/// Something to write on.
pub trait Paper {
    /// A heading of the page's second level.
    fn heading(&mut self, text: &str);
    /// A paragraph; `code` in backticks.
    fn paragraph(&mut self, text: &str);
    /// A table; `code` in backticks.
    fn table(&mut self, head: &[&str], rows: &[Vec<String>]);
}

const INTRODUCTION: [&str; 3] = [
    "Made from the code. Keylodge answers on `http://127.0.0.1:5395`, on `http://[::1]:5395` and on the Unix socket `api.sock`, \
     to programs of yours on this machine and to nobody else.",
    "Every answer has `Cache-Control: no-store`, but for those of a provider that pass the gateway. A path that is not here is \
     404 `not_found`, a method that is not here 405 `invalid_request`; a head that is too long or malformed ends the connection. \
     Whatever has an `Origin`, a foreign `Host`, or comes from a web page is 403 `Forbidden` as plain text, before anything of \
     it is read.",
    "A refusal is JSON with `error` (the RFC's word), `error_description` (what to do next) and `error_id` (stands in \
     Keylodge's log).",
];

/// Writes all of it.
pub fn write(paper: &mut impl Paper, operations: &[&Operation]) {
    for text in INTRODUCTION {
        paper.paragraph(text);
    }
    let rows = operations.iter().map(|operation| {
        let call = format!("`{} {}`", operation.verb.word(), operation.path);
        vec![call, operation.title.to_owned(), operation.standard.to_owned()]
    });
    paper.table(&["route", "", "standard"], &rows.collect::<Vec<_>>());
    for operation in operations {
        describe(paper, operation);
    }
}

fn describe(paper: &mut impl Paper, operation: &Operation) {
    paper.heading(&format!("{} {}", operation.verb.word(), operation.path));
    let source = if operation.standard.is_empty() { "." } else { &format!(" ({}).", operation.standard) };
    let credential = credential(operation.credential);
    paper.paragraph(format!("{}{source} {} {credential}", operation.title, operation.about).trim());
    let path = words::PATH.iter().filter(|(name, _)| operation.path.contains(&format!("{{{name}}}")));
    let mut sent: Vec<_> =
        path.map(|(name, about)| vec![format!("`{name}`"), "path".to_owned(), (*about).to_owned()]).collect();
    sent.extend(operation.query.iter().map(|field| row(field, "query")));
    sent.extend(match operation.body {
        Sent::Form(fields) => fields.iter().map(|field| row(field, "form")).collect::<Vec<_>>(),
        Sent::Json(fields) => fields.iter().map(|field| row(field, "JSON")).collect(),
        Sent::None | Sent::Opaque => Vec::new(),
    });
    if !sent.is_empty() {
        paper.table(&["sent", "in", ""], &sent);
    }
    paper.table(&["status", "as", ""], &operation.answers.iter().map(answer).collect::<Vec<_>>());
    let members =
        operation.answers.iter().flat_map(|answer| answer.contents).filter_map(|content| match content {
            Content::Json(fields) => Some(*fields),
            _ => None,
        });
    let members: Vec<_> = members.flatten().map(|field| row(field, of_kind(field.kind))).collect();
    if !members.is_empty() {
        paper.table(&["member of the answer", "is", ""], &members);
    }
}

fn credential(credential: Credential) -> &'static str {
    match credential {
        Credential::None => "",
        Credential::Client => {
            "The program says who it is by client id, and by its secret or its key (`private_key_jwt`, RFC 7523) if it has one."
        }
        Credential::ClientIfAny => "A program with a client id and a secret may show them.",
        Credential::Registration => "Wants the `registration_access_token`: `Authorization: Bearer …`.",
        Credential::Token => {
            "Wants a token of Keylodge's: `Authorization: Bearer …`; of one that is bound to a key: `Authorization: DPoP …` and a proof (RFC 9449)."
        }
    }
}

fn row(field: &Field, third: &str) -> Vec<String> {
    let needed = if field.needed { "" } else { " (optional)" };
    let optional = if matches!(third, "query" | "form" | "JSON") { needed } else { "" };
    let offered = match field.kind {
        Kind::OneOf(words) => format!(" One of `{}`.", words.join("`, `")),
        _ => String::new(),
    };
    vec![format!("`{}`{optional}", field.name), third.to_owned(), format!("{}{offered}", field.about)]
}

fn of_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::OneOf(_) => "text",
        Kind::Number => "number",
        Kind::Truth => "true or false",
        Kind::Texts => "list of texts",
        Kind::Object => "object",
        Kind::Objects => "list of objects",
    }
}

fn answer(answer: &Reply) -> Vec<String> {
    let contents: Vec<_> = answer.contents.iter().map(|content| content_word(*content)).collect();
    let status = match answer.status {
        Status::Is(status) => status.to_string(),
        Status::Providers => "other".to_owned(),
    };
    vec![status, contents.join(", "), answer.about.to_owned()]
}

fn content_word(content: Content) -> &'static str {
    match content {
        Content::Empty => "nothing",
        Content::Text => "text",
        Content::Page => "page",
        Content::Json(_) => "JSON",
        Content::Error => "error",
        Content::Opaque => "what the provider sends",
    }
}
