//! What a program may be allowed to do at the demo provider.

/// A scope with the words that the sign-in page has for it.
pub struct Scope {
    /// As it goes over the wire.
    pub name: &'static str,
    /// For a person.
    pub words: &'static str,
    /// Whether the person may leave it out.
    pub optional: bool,
}

const ALL: [Scope; 6] = [
    Scope { name: "openid", words: "Know that it is you", optional: false },
    Scope { name: "profile", words: "See your name", optional: false },
    Scope { name: "offline_access", words: "Keep access while you are away", optional: false },
    Scope { name: "photos.read", words: "Look at your photos", optional: true },
    Scope { name: "photos.write", words: "Add photos", optional: true },
    Scope { name: "calendar.read", words: "Look at your calendar", optional: true },
];

/// Every name.
pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|scope| scope.name).collect()
}

/// The scopes of a space-separated list, in our order; `None` if one is unknown or there is none (RFC 6749 §3.3).
pub fn parse(list: &str) -> Option<Vec<&'static Scope>> {
    let asked: Vec<&str> = list.split(' ').filter(|name| !name.is_empty()).collect();
    let known = asked.iter().all(|name| ALL.iter().any(|scope| scope.name == *name));
    let scopes: Vec<_> = ALL.iter().filter(|scope| asked.contains(&scope.name)).collect();
    (known && !scopes.is_empty()).then_some(scopes)
}

/// As a space-separated list.
pub fn list(scopes: &[&Scope]) -> String {
    scopes.iter().map(|scope| scope.name).collect::<Vec<_>>().join(" ")
}

/// Whether `name` is among `scopes`.
pub fn has(scopes: &[&Scope], name: &str) -> bool {
    scopes.iter().any(|scope| scope.name == name)
}

#[cfg(test)]
mod tests {
    use super::{list, parse};

    #[test]
    fn as_20_unknown_scopes_are_not_dropped_silently() {
        assert_eq!(
            parse("photos.read profile").map(|found| list(&found)),
            Some("profile photos.read".to_owned())
        );
        assert!(parse("profile admin").is_none());
        assert!(parse("").is_none());
    }
}
