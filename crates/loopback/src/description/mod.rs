//! What every route takes and answers: written once, beside the route, and read by whoever needs it.
//!
//! A route cannot be added without an [`Operation`] (`api::Routes`). The OpenAPI document, the page for people and the
//! test that produces each documented answer are all made from them.

mod html;
mod markdown;
mod openapi;
mod page;
pub mod words;

pub use self::{
    html::{STYLE, html},
    markdown::markdown,
    openapi::openapi,
};

/// One route with one method.
#[derive(Debug)]
pub struct Operation {
    /// Its method.
    pub verb: Verb,
    /// Its path, with parameters in braces.
    pub path: &'static str,
    /// A name for it that stays (OpenAPI's `operationId`).
    pub name: &'static str,
    /// What it does, in a few words.
    pub title: &'static str,
    /// What a reader needs besides the tables; `code` in backticks.
    pub about: &'static str,
    /// The standard it follows; empty where there is none.
    pub standard: &'static str,
    /// What it wants to see of the program.
    pub credential: Credential,
    /// Parameters in the query.
    pub query: &'static [Field],
    /// What is sent.
    pub body: Sent,
    /// Everything that can come back, in the order of the statuses.
    pub answers: &'static [Reply],
}

/// A method of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Get,
    Post,
    Put,
    Delete,
    /// The provider's API decides which it knows.
    Any,
}

/// How a program shows which one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Not at all.
    None,
    /// By its client id, and its secret where it has one (RFC 6749 §2.3).
    Client,
    /// The same, if it has them.
    ClientIfAny,
    /// By a token of ours (RFC 6750), and where it is bound to a key by a proof of that (RFC 9449).
    Token,
    /// By the token of its registration (RFC 7592).
    Registration,
}

/// The body of a request.
#[derive(Clone, Copy, Debug)]
pub enum Sent {
    None,
    /// `application/x-www-form-urlencoded`.
    Form(&'static [Field]),
    /// `application/json`.
    Json(&'static [Field]),
    /// Whatever the provider's API takes.
    Opaque,
}

/// A parameter, or a member of a JSON object.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub needed: bool,
    pub about: &'static str,
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Text,
    Number,
    Truth,
    Texts,
    Object,
    Objects,
    OneOf(&'static [&'static str]),
}

/// One status and what comes with it.
#[derive(Clone, Copy, Debug)]
pub struct Reply {
    pub status: Status,
    /// When it comes.
    pub about: &'static str,
    /// The forms it may have.
    pub contents: &'static [Content],
}

/// Which status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    Is(u16),
    /// Whatever else the provider's API says.
    Providers,
}

/// The body of an answer.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// None.
    Empty,
    /// `text/plain`.
    Text,
    /// `text/html`, for a person's browser.
    Page,
    /// `application/json` with these members.
    Json(&'static [Field]),
    /// `application/json` with an `error` (RFC 6749 §5.2).
    Error,
    /// Whatever the provider's API sends.
    Opaque,
}

impl Verb {
    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Any => "ANY",
        }
    }
}

impl Field {
    const fn of(kind: Kind, name: &'static str, about: &'static str) -> Self {
        Self { name, kind, needed: false, about }
    }

    /// A text.
    pub const fn text(name: &'static str, about: &'static str) -> Self {
        Self::of(Kind::Text, name, about)
    }

    /// A whole number.
    pub const fn number(name: &'static str, about: &'static str) -> Self {
        Self::of(Kind::Number, name, about)
    }

    /// Yes or no.
    pub const fn truth(name: &'static str, about: &'static str) -> Self {
        Self::of(Kind::Truth, name, about)
    }

    /// A list of texts.
    pub const fn texts(name: &'static str, about: &'static str) -> Self {
        Self::of(Kind::Texts, name, about)
    }

    /// A JSON object.
    pub const fn object(name: &'static str, about: &'static str) -> Self {
        Self::of(Kind::Object, name, about)
    }

    /// A list of JSON objects.
    pub const fn objects(name: &'static str, about: &'static str) -> Self {
        Self::of(Kind::Objects, name, about)
    }

    /// One of these texts.
    pub const fn one_of(name: &'static str, words: &'static [&'static str], about: &'static str) -> Self {
        Self::of(Kind::OneOf(words), name, about)
    }

    /// The same, and it must be there.
    pub const fn needed(self) -> Self {
        Self { needed: true, ..self }
    }
}

impl Reply {
    /// A status with these contents.
    pub const fn new(status: u16, contents: &'static [Content], about: &'static str) -> Self {
        Self { status: Status::Is(status), about, contents }
    }

    /// A refusal in the RFC's form.
    pub const fn error(status: u16, about: &'static str) -> Self {
        Self::new(status, &[Content::Error], about)
    }

    /// A refusal for whoever is there: JSON for a program, a page for a person's browser.
    pub const fn told(status: u16, about: &'static str) -> Self {
        Self::new(status, &[Content::Error, Content::Page], about)
    }
}

impl Status {
    /// As it is written.
    pub fn word(self) -> String {
        match self {
            Self::Is(status) => status.to_string(),
            Self::Providers => "default".to_owned(),
        }
    }
}
