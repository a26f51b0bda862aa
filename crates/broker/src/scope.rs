//! Scopes (RFC 6749 §3.3): what a token may do, as the provider writes it.

use std::{collections::BTreeSet, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// The longest scope and the largest number of scopes that a request may name.
const MAX_SCOPE_BYTES: usize = 512;
const MAX_SCOPES: usize = 100;

/// One scope token. Compared byte for byte; no wildcard is ever understood.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Scope(String);

impl Scope {
    /// Reads one scope token: printable ASCII without space, quote and backslash (RFC 6749 §3.3).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= MAX_SCOPE_BYTES;
        let clean = text.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
        (fits && clean).then(|| Self(text.to_owned()))
    }

    /// The scope as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A set of scopes; order and repetition carry no meaning. Clones share one set.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ScopeSet(Arc<BTreeSet<Scope>>);

impl ScopeSet {
    /// Reads a `scope` parameter: tokens separated by spaces. `None` if one of them is malformed or they are
    /// too many. The empty text is the empty set.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_words(text.split(' ').filter(|word| !word.is_empty()))
    }

    /// Reads single scope tokens. `None` as for [`ScopeSet::parse`].
    #[must_use]
    pub fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let set = words.into_iter().map(Scope::parse).collect::<Option<BTreeSet<_>>>()?;
        (set.len() <= MAX_SCOPES).then_some(Self(Arc::new(set)))
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every scope of `self` is in `other`.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// Whether it holds `scope`.
    #[must_use]
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    /// What both hold.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.0.intersection(&other.0).cloned().collect()
    }

    /// What `self` holds and `other` does not.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        self.0.difference(&other.0).cloned().collect()
    }

    /// What either holds.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.0.union(&other.0).cloned().collect()
    }

    /// The scopes in order.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(Arc::new(scopes.into_iter().collect()))
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_repetition_do_not_matter() {
        assert_eq!(ScopeSet::parse("b a  a"), ScopeSet::parse("a b"));
        assert_eq!(ScopeSet::parse("b a").map(|s| s.to_string()), Some("a b".to_owned()));
    }

    #[test]
    fn oau_14_wildcards_contain_nothing_but_themselves() {
        let granted = ScopeSet::parse("*").expect("a legal token");
        assert!(!ScopeSet::parse("repo").expect("legal").is_subset(&granted));
    }

    #[test]
    fn malformed_scopes_are_refused() {
        for text in ["a\"b", "a\\b", "a\u{202e}b", "a\nb", &"x".repeat(513)] {
            assert_eq!(ScopeSet::parse(text), None, "{text:?}");
        }
    }
}
