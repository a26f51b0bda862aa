//! Parameters of a request, as OAuth wants them read: empty means absent, repeated means wrong (RFC 6749 §3.1, §3.2).

use std::collections::HashSet;

/// The parameters of a query or a form body.
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads an `application/x-www-form-urlencoded` text.
    pub fn parse(text: &str) -> Self {
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The first value of a parameter that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter that is not empty.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Names and values in their order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether a parameter occurs twice. `resource` may (RFC 8707 §2).
    pub fn repeats(&self) -> bool {
        let mut seen = HashSet::new();
        self.0.iter().any(|(key, _)| key != "resource" && !seen.insert(key))
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn as_09_empty_is_absent_and_repeated_is_seen() {
        let form = Form::parse("scope=&code=a%20b");
        assert_eq!((form.get("scope"), form.get("code")), (None, Some("a b")));
        assert!(!form.repeats());
        assert!(Form::parse("code=a&code=b").repeats());
    }
}
