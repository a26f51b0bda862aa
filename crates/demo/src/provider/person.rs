//! The people of the demo.

use serde_json::{Map, Value, json};

use super::scope::{self, Scope};

/// Somebody with an account at the demo provider.
pub struct Person {
    /// On the button's wire.
    pub key: &'static str,
    /// Never changes (OIDC Core §2, `sub`).
    pub subject: &'static str,
    /// For the page.
    pub name: &'static str,
    given_name: &'static str,
    /// What one would type to sign in.
    pub username: &'static str,
}

/// All of them; the first is the one that the demo is about.
pub const ALL: [Person; 2] = [
    Person {
        key: "ada",
        subject: "demo-person-1",
        name: "Ada (demo)",
        given_name: "Ada",
        username: "ada@demo.invalid",
    },
    Person {
        key: "grace",
        subject: "demo-person-2",
        name: "Grace (demo)",
        given_name: "Grace",
        username: "grace@demo.invalid",
    },
];

/// Whoever has this key.
pub fn find(key: &str) -> Option<&'static Person> {
    ALL.iter().find(|person| person.key == key)
}

impl Person {
    /// What `scopes` let a client know (OIDC Core §5.4).
    pub fn claims(&self, scopes: &[&Scope]) -> Map<String, Value> {
        let mut claims = Map::from_iter([("sub".to_owned(), json!(self.subject))]);
        if scope::has(scopes, "profile") {
            claims.insert("name".to_owned(), json!(self.name));
            claims.insert("given_name".to_owned(), json!(self.given_name));
            claims.insert("preferred_username".to_owned(), json!(self.username));
        }
        claims
    }
}
