//! Scopes (RFC 6749 §3.3): what a token may do, as the provider writes it.

use std::{collections::BTreeSet, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// The longest scope and the largest number of scopes that a request may name.
const MAX_SCOPE_BYTES: usize = 512;
const MAX_SCOPES: usize = 100;
/// How a limit begins ([`Scope::limit`]).
const LIMIT: &str = "only:";

/// One scope token. Compared byte for byte; no wildcard is ever understood.
///
/// Deserialised as it is, so that what lies in a vault can always be read; whoever deserialises from elsewhere parses it
/// ([`Provider::scopes_named`](crate::Provider::scopes_named) finds those of an entry).
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

    /// What it limits access to, if it is a limit: `only:docs` opens nothing, and keeps whatever stands beside it to
    /// `docs`. Keylodge's own word: no provider is sent it as a scope.
    #[must_use]
    pub fn limit(&self) -> Option<&str> {
        self.0.strip_prefix(LIMIT).filter(|what| !what.is_empty())
    }

    /// The limit to this. `None` as for [`Scope::parse`].
    #[must_use]
    pub fn limited_to(what: &str) -> Option<Self> {
        Self::parse(&format!("{LIMIT}{what}")).filter(|scope| scope.limit().is_some())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A set of scopes; order and repetition carry no meaning. Clones share one set.
///
/// A limit in it ([`Scope::limit`]) makes the set *smaller*: with `only:a` it opens its other scopes in `a` alone, with
/// `only:a only:b` in either, without one everywhere.
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

    /// Whether `self` opens nothing that `other` does not: its scopes are among those of `other`, and it is kept to where
    /// `other` is.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.powers().all(|scope| other.0.contains(scope)) && (self.is_empty() || self.is_kept_to(other))
    }

    /// Whether `self` is limited at least as much as `other` is.
    #[must_use]
    pub fn is_kept_to(&self, other: &Self) -> bool {
        !other.is_limited() || (self.is_limited() && self.limits().all(|limit| other.0.contains(limit)))
    }

    /// Whether it holds a limit.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.limits().next().is_some()
    }

    /// Whether there is nothing in it that opens anything.
    #[must_use]
    pub fn opens_nothing(&self) -> bool {
        self.powers().next().is_none()
    }

    /// Its limits in order.
    pub fn limits(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter().filter(|scope| scope.limit().is_some())
    }

    /// All but its limits in order.
    pub fn powers(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter().filter(|scope| scope.limit().is_none())
    }

    /// Whether it holds `scope`.
    #[must_use]
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    /// What both open; nothing where they are limited to different things.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let common = self.0.intersection(&other.0).cloned();
        match (self.is_limited(), other.is_limited()) {
            (false, false) => common.collect(),
            (true, false) => common.chain(self.limits().cloned()).collect(),
            (false, true) => common.chain(other.limits().cloned()).collect(),
            (true, true) => Some(common.collect()).filter(Self::is_limited).unwrap_or_default(),
        }
    }

    /// What `self` opens and `other` does not; empty just where `self` is a subset. What is kept to other places than
    /// `other` is told by its limits, and what `other` has in some place only, whole.
    #[must_use]
    pub fn beyond(&self, other: &Self) -> Self {
        if self.is_subset(other) {
            return Self::default();
        }
        if other.is_limited() && !self.is_limited() {
            return self.clone();
        }
        self.without(other)
    }

    /// What is written in `self` and not in `other`, whatever it opens.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        self.0.difference(&other.0).cloned().collect()
    }

    /// What is written in either, limits included.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.0.union(&other.0).cloned().collect()
    }

    /// What either opens: where one of the two is not limited, nothing of it is.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let free = |set: &Self| !set.is_empty() && !set.is_limited();
        let all = self.union(other);
        if free(self) || free(other) { all.powers().cloned().collect() } else { all }
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

    fn set(text: &str) -> ScopeSet {
        ScopeSet::parse(text).expect("legal")
    }

    /// Leaving a limit out is asking for more, wherever two sets are compared.
    #[test]
    fn oau_14_a_set_with_a_limit_is_within_the_one_without_and_never_the_other_way_round() {
        for (less, more) in [
            ("read only:a", "read"),
            ("read only:a", "read write"),
            ("read only:a", "read only:a"),
            ("read only:a", "read only:a only:b"),
            ("", "read only:a"),
        ] {
            assert!(
                set(less).is_subset(&set(more)) && set(less).beyond(&set(more)).is_empty(),
                "{less} {more}"
            );
        }
        for (more, less, beyond) in [
            ("read", "read only:a", "read"),
            ("read only:b", "read only:a", "only:b"),
            ("read only:a only:b", "read only:a", "only:b"),
            ("read write only:a", "read only:a", "write"),
            ("read write", "read", "write"),
            ("read", "only:a", "read"),
        ] {
            assert!(!set(more).is_subset(&set(less)), "{more} {less}");
            assert_eq!(set(more).beyond(&set(less)), set(beyond), "{more} {less}");
        }
        assert!(set("only:a").opens_nothing() && !set("read only:a").opens_nothing());
        assert_eq!(Scope::parse("only:").expect("legal").limit(), None);
    }

    #[test]
    fn what_two_sets_open_together_keeps_the_limits_that_both_have() {
        for (one, other, both, either) in [
            ("read", "read only:a", "read only:a", "read"),
            ("read only:a", "read only:b", "", "read only:a only:b"),
            ("read only:a only:b", "read write only:b", "read only:b", "read write only:a only:b"),
            ("read", "write", "", "read write"),
            ("", "read only:a", "only:a", "read only:a"),
        ] {
            assert_eq!(set(one).intersection(&set(other)), set(both), "{one} and {other}");
            assert_eq!(set(one).or(&set(other)), set(either), "{one} or {other}");
        }
    }

    proptest::proptest! {
        /// By what single places they open: the algebra is that of sets of (scope, place), with one place that no limit
        /// names.
        #[test]
        fn limits_are_places(one in "(r |w |only:a |only:b ){0,4}", other in "(r |w |only:a |only:b ){0,4}") {
            let opened = |set: &ScopeSet| -> BTreeSet<(String, String)> {
                let places = ["a", "b", "elsewhere"];
                let open = |place: &&&str| !set.is_limited() || set.limits().any(|limit| limit.limit() == Some(**place));
                let places: Vec<_> = places.iter().filter(open).collect();
                set.powers().flat_map(|scope| places.iter().map(|place| (scope.to_string(), (**place).to_string()))).collect()
            };
            let (one, other) = (set(&one), set(&other));
            let (in_one, in_other) = (opened(&one), opened(&other));
            if one.is_subset(&other) {
                proptest::prop_assert!(in_one.is_subset(&in_other));
            }
            if !one.opens_nothing() && in_one.is_subset(&in_other) {
                proptest::prop_assert!(one.is_subset(&other));
            }
            proptest::prop_assert_eq!(opened(&one.intersection(&other)), in_one.intersection(&in_other).cloned().collect());
            proptest::prop_assert!(opened(&one.or(&other)).is_superset(&(&in_one | &in_other)));
            proptest::prop_assert_eq!(one.beyond(&other).is_empty(), one.is_subset(&other));
        }
    }

    #[test]
    fn malformed_scopes_are_refused() {
        for text in ["a\"b", "a\\b", "a\u{202e}b", "a\nb", &"x".repeat(513)] {
            assert_eq!(ScopeSet::parse(text), None, "{text:?}");
        }
    }
}
