//! What only the person knows of a provider: the host of their server, their realm, their region.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::{
    Error, Provider,
    messages::{refusals, sign_in},
};

/// The longest value that can be entered.
const MAX_VALUE: usize = 200;

/// One blank of a form. `{id}` in any text of the entry stands for what the person enters.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name in braces.
    pub id: String,
    /// What to call it, e.g. `Okta domain`.
    pub label: String,
    /// What may be entered.
    pub kind: InputKind,
    /// An example.
    #[serde(default)]
    pub example: String,
    /// What counts when nothing is entered; none: it must be entered.
    #[serde(default)]
    pub default: Option<String>,
}

/// What may be entered in a blank. Anything else is refused, so that no value can change an address beyond its place.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// A host name, with a port if need be.
    Host,
    /// One segment of a path or one label of a name: letters, digits, `-`, `_` and `.`.
    Word,
    /// Nothing, or a path that begins with `/` and does not end with it.
    Path,
    /// A whole https address, or nothing where that is the default.
    Address,
    /// Any word without spaces; only for parameters, never within an address.
    Text,
}

impl Input {
    /// The value that counts for what was entered, checked.
    fn value(&self, entered: Option<&String>) -> Result<String, Error> {
        let entered = entered.map(|text| text.trim()).filter(|text| !text.is_empty());
        let Some(text) = entered.or(self.default.as_deref()) else {
            return Err(Error::InvalidRequest(refusals::INPUT_MISSING.with([("input", &self.label)])));
        };
        let text = if self.kind == InputKind::Host { host_of(text) } else { text.to_owned() };
        if text.len() <= MAX_VALUE && (self.default.as_deref() == Some(&*text) || self.kind.admits(&text)) {
            return Ok(text);
        }
        let example =
            if self.example.is_empty() { String::new() } else { format!(", e.g. {}", self.example) };
        Err(Error::InvalidRequest(
            format!("“{}” takes {}{example}. Check it.", self.label, self.kind.in_words()).into(),
        ))
    }
}

impl InputKind {
    fn admits(self, text: &str) -> bool {
        match self {
            Self::Host => is_host(text),
            Self::Word => is_word(text),
            Self::Path => {
                text.is_empty() || text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_word))
            }
            Self::Text => text.bytes().all(|b| matches!(b, 0x21..=0x7a)),
            Self::Address => {
                Url::parse(text).is_ok_and(|url| {
                    url.scheme() == "https"
                        && url.has_host()
                        && url.query().is_none()
                        && url.fragment().is_none()
                }) && !text.contains(['{', '}'])
            }
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Host => "the name of a host",
            Self::Word => "one word of letters, digits, hyphens, dots and underscores",
            Self::Path => "a path that begins with a slash and does not end with one",
            Self::Address => "an https address",
            Self::Text => "a word without spaces",
        }
    }
}

/// Undoes what copying and pasting does: only the host of a whole address counts.
fn host_of(text: &str) -> String {
    let rest = text.strip_prefix("https://").unwrap_or(text);
    rest.split('/').next().unwrap_or_default().to_ascii_lowercase()
}

fn is_host(text: &str) -> bool {
    let plain =
        text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'));
    let url = Url::parse(&format!("https://{text}/")).ok().filter(|_| plain);
    url.is_some_and(|url| match url.host() {
        Some(Host::Domain(name)) => !name.is_empty() && !name.starts_with('.'),
        other => other.is_some(),
    })
}

fn is_word(text: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    !text.is_empty() && text.bytes().all(legal) && text.bytes().any(|b| b != b'.')
}

impl Provider {
    /// The entry with all its blanks filled: what was entered, else the default. Fails where a value is missing or is
    /// none that may stand there, or where one was entered that is not asked for.
    pub fn filled(&self, entered: &BTreeMap<String, String>) -> Result<Self, Error> {
        let unknown = entered.keys().find(|id| !self.inputs.iter().any(|input| input.id == **id));
        if let Some(unknown) = unknown {
            return Err(Error::InvalidRequest(
                sign_in::NOT_ASKED_FOR.with([("provider", &self.name), ("input", unknown)]),
            ));
        }
        let mut values = Vec::new();
        for input in &self.inputs {
            values.push((format!("{{{}}}", input.id), input.value(entered.get(&input.id))?));
        }
        let blank = Self { inputs: Vec::new(), ..self.clone() };
        let odd = |error: serde_json::Error| {
            Error::InvalidRequest(format!("{} cannot be filled in: {error}", self.name).into())
        };
        let text = replaced(serde_json::to_value(&blank).map_err(odd)?, &values);
        let mut filled: Self = serde_json::from_value(text).map_err(odd)?;
        filled.authorize_parameters.retain(|_, value| !value.is_empty());
        Ok(filled)
    }

    /// The entry as it stands in the list: filled with its defaults, where it has one for every blank.
    #[must_use]
    pub fn usual(&self) -> Self {
        self.filled(&BTreeMap::new()).unwrap_or_else(|_| self.clone())
    }
}

fn replaced(value: serde_json::Value, values: &[(String, String)]) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(text) => {
            values.iter().fold(text, |text, (name, value)| text.replace(name.as_str(), value)).into()
        }
        Value::Array(items) => items.into_iter().map(|item| replaced(item, values)).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, item)| (name, replaced(item, values))).collect()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Provider {
        Provider {
            issuer: Some("https://{host}{path}".to_owned()),
            authorize_parameters: [("audience".to_owned(), "{audience}".to_owned())].into(),
            inputs: vec![
                input("host", InputKind::Host, None),
                input("path", InputKind::Path, Some("")),
                input("audience", InputKind::Address, Some("")),
            ],
            ..Provider::named("acme", "Acme")
        }
    }

    fn input(id: &str, kind: InputKind, default: Option<&str>) -> Input {
        let default = default.map(str::to_owned);
        Input { id: id.to_owned(), label: id.to_owned(), kind, example: String::new(), default }
    }

    fn entered(values: &[(&str, &str)]) -> BTreeMap<String, String> {
        values.iter().map(|(id, value)| ((*id).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_entered_stands_in_its_place() {
        let filled =
            form().filled(&entered(&[("host", " https://SSO.example:8443/login "), ("path", "/realms/a")]));
        let filled = filled.expect("filled");
        assert_eq!(filled.issuer.as_deref(), Some("https://sso.example:8443/realms/a"));
        assert!(filled.inputs.is_empty() && filled.authorize_parameters.is_empty());
    }

    #[test]
    fn dm_07_no_value_reaches_beyond_its_place() {
        for host in [
            "a.example@evil.example",
            "a.example?x",
            "a.example#",
            "{path}",
            "a b",
            "..",
            "a.example\\",
            "%2e",
        ] {
            assert!(form().filled(&entered(&[("host", host)])).is_err(), "{host}");
        }
        for path in ["/../x", "x", "/a/", "/a?b", "//evil.example", "/{host}"] {
            assert!(form().filled(&entered(&[("host", "a.example"), ("path", path)])).is_err(), "{path}");
        }
        assert!(form().filled(&entered(&[])).is_err());
        assert!(form().filled(&entered(&[("host", "a.example"), ("port", "1")])).is_err());
    }
}
