//! Parameters, as a program sends them in a query or a form: nothing twice, and empty is absent (RFC 6749 §3.1, §3.2).

use std::collections::HashMap;

use broker::{Error, ScopeSet, Secret, Wanted};
use url::form_urlencoded;

/// No request of ours has more.
const MAX_PARAMETERS: usize = 64;

/// Parameters by name. Values can be codes, tokens and client secrets: there is no way to print them.
pub struct Form(HashMap<String, Secret<String>>);

impl Form {
    /// Reads `a=b&c=d`. A repeated parameter is refused, known or not.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let mut form = HashMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            if form.len() >= MAX_PARAMETERS {
                return Err(Error::InvalidRequest("The request has too many parameters.".into()));
            }
            let value = Secret::new(value.into_owned());
            if form.insert(name.clone().into_owned(), value).is_some() {
                return Err(repeated(&name));
            }
        }
        // Dropped only now, so that an empty one cannot hide a repetition.
        form.retain(|_, value| !value.expose().is_empty());
        Ok(Self(form))
    }

    /// A parameter that is there and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        // Exposed to whoever asks by name; the secret ones are asked for by `secret`.
        self.0.get(name).map(|value| value.expose().as_str())
    }

    /// The same, owned.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// A parameter that must not be seen.
    pub fn secret(&self, name: &str) -> Option<Secret<String>> {
        self.0.get(name).cloned()
    }

    /// A parameter that must be there.
    pub fn demand(&self, name: &str) -> Result<&str, Error> {
        self.get(name).ok_or_else(|| missing(name))
    }

    /// A parameter that must be there and must not be seen.
    pub fn demand_secret(&self, name: &str) -> Result<Secret<String>, Error> {
        self.secret(name).ok_or_else(|| missing(name))
    }

    /// Says who sent it, where that was found out in another way than by the form.
    pub fn set_client(&mut self, id: &str) {
        self.0.insert("client_id".to_owned(), Secret::from(id));
    }

    /// The scopes; `None` if the parameter is absent.
    pub fn scopes(&self) -> Result<Option<ScopeSet>, Error> {
        self.get("scope").map(scopes).transpose()
    }

    /// The account: `login_hint`, or `account` as in the native form.
    pub fn account(&self) -> Option<String> {
        self.text("account").or_else(|| self.text("login_hint"))
    }

    /// How the token is to be handed over.
    pub fn delivery(&self) -> Result<Wanted, Error> {
        let unknown = || {
            Error::InvalidRequest(format!("The `delivery` is one of {}.", Wanted::WORDS.join(", ")).into())
        };
        self.get("delivery").map_or(Ok(Wanted::default()), |word| Wanted::parse(word).ok_or_else(unknown))
    }
}

/// Reads a `scope` value.
pub fn scopes(text: &str) -> Result<ScopeSet, Error> {
    ScopeSet::parse(text)
        .ok_or_else(|| Error::InvalidScope("A scope is malformed, or there are too many.".into()))
}

fn missing(name: &str) -> Error {
    Error::InvalidRequest(format!("The parameter `{name}` is missing.").into())
}

fn repeated(name: &str) -> Error {
    if name == "resource" || name == "audience" {
        return Error::InvalidTarget("A token is for one resource: ask for each by itself.".into());
    }
    Error::InvalidRequest("A parameter is there twice.".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_09_repeated_parameters_are_refused_and_empty_ones_are_absent() {
        for text in ["a=1&a=1", "a=&a=1", "x=1&b=2&x=", "%61=1&a=2"] {
            assert!(matches!(Form::parse(text.as_bytes()), Err(Error::InvalidRequest(_))), "{text}");
        }
        let form = Form::parse(b"scope=&code=x%26y+z&unknown=1").expect("legal");
        assert_eq!(form.get("scope"), None);
        assert_eq!(form.get("code"), Some("x&y z"));
    }

    #[test]
    fn as_34_two_resources_at_once_are_refused() {
        for text in ["resource=a&resource=b", "audience=a&audience=b"] {
            assert!(matches!(Form::parse(text.as_bytes()), Err(Error::InvalidTarget(_))));
        }
    }
}
