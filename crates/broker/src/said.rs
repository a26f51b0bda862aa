//! A sentence of ours together with its name in the catalogues of words, so that a window can say it in its person's
//! language. The English text is what scripts, the log and older windows get.

use std::{borrow::Cow, collections::BTreeMap, fmt, ops::Deref};

use serde::{Deserialize, Serialize};

use crate::messages::trail;

/// The name of a message, and what fills its places.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Said {
    /// Its name, e.g. `cause.unused`.
    pub message: Cow<'static, str>,
    /// What fills its places, each by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<Cow<'static, str>, Filling>,
}

/// How the names of words begin that stand in entries and not in the tables: the rest is the English text.
pub const ENTRY: &str = "entry:";

/// What fills one place of a message.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Filling {
    /// A name, a number, scopes, or words of others.
    Text(String),
    /// Words of ours, again by their name.
    Said(Said),
}

impl Said {
    /// A message without places.
    #[must_use]
    pub fn of(message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), with: BTreeMap::new() }
    }

    /// A message with its places filled.
    #[must_use]
    pub fn new<const PLACES: usize>(message: &'static str, with: [(&'static str, &str); PLACES]) -> Self {
        let with = with.map(|(name, value)| (name.into(), Filling::Text(value.to_owned())));
        Self { message: message.into(), with: with.into() }
    }
}

/// A sentence of ours in one place: its name in the catalogues, and its English words with `{places}` to fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its name.
    pub name: &'static str,
    /// Its English words.
    pub english: &'static str,
}

impl Message {
    /// The sentence of a message that has no places.
    #[must_use]
    pub fn sentence(&self) -> Sentence {
        self.with([])
    }

    /// The sentence, with each place filled. What fills a place is never looked through for places itself.
    #[must_use]
    pub fn with<const PLACES: usize>(&self, places: [(&'static str, &dyn Place); PLACES]) -> Sentence {
        let places: BTreeMap<Cow<'static, str>, Sentence> =
            places.into_iter().map(|(name, value)| (name.into(), value.place())).collect();
        let text = filled(self.english, &places);
        let with = places.into_iter().map(|(name, value)| (name, value.filling())).collect();
        Sentence { text, said: Some(Box::new(Said { message: self.name.into(), with })) }
    }
}

fn filled(english: &str, places: &BTreeMap<Cow<'static, str>, Sentence>) -> String {
    let mut parts = english.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or((part, ""));
        debug_assert!(places.contains_key(name), "{{{name}}} of {english:?} is not filled");
        text.push_str(places.get(name).map_or("", |value| &value.text));
        text.push_str(rest);
    }
    text
}

/// What a person is told: in English, and by its name where the words are ours. Without a name it is shown as it stands.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
pub struct Sentence {
    text: String,
    // Elsewhere, for a sentence is in every error.
    said: Option<Box<Said>>,
}

impl Sentence {
    /// A sentence that names itself.
    #[must_use]
    pub fn new(text: impl Into<String>, said: Option<Said>) -> Self {
        Self { text: text.into(), said: said.map(Box::new) }
    }

    /// Its English text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its name, where the words are ours.
    #[must_use]
    pub fn said(&self) -> Option<&Said> {
        self.said.as_deref()
    }

    /// Both parts.
    #[must_use]
    pub fn parts(self) -> (String, Option<Said>) {
        (self.text, self.said.map(|said| *said))
    }

    /// This, and then another sentence.
    #[must_use]
    pub fn then(self, next: &Self) -> Self {
        match (self.is_empty(), next.is_empty()) {
            (true, _) => next.clone(),
            (_, true) => self,
            _ => trail::THEN.with([("first", &self), ("second", next)]),
        }
    }

    /// These with commas between them.
    #[must_use]
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        let joined = |first: Self, second: Self| trail::LIST.with([("first", &first), ("second", &second)]);
        items.into_iter().reduce(joined).unwrap_or_default()
    }

    /// Words of a shipped entry, which a window finds by the whole English text.
    #[must_use]
    pub fn of_entry(words: &str) -> Self {
        Self::new(words, Some(Said::of(format!("{ENTRY}{words}"))))
    }

    /// As it fills a place.
    #[must_use]
    pub fn filling(self) -> Filling {
        match self.said {
            Some(said) => Filling::Said(*said),
            None => Filling::Text(self.text),
        }
    }
}

impl Deref for Sentence {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<String> for Sentence {
    fn from(text: String) -> Self {
        Self { text, said: None }
    }
}

impl From<&str> for Sentence {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl PartialEq<str> for Sentence {
    fn eq(&self, other: &str) -> bool {
        self.text == other
    }
}

impl PartialEq<&str> for Sentence {
    fn eq(&self, other: &&str) -> bool {
        self.text == *other
    }
}

/// What can fill a place of a message.
pub trait Place {
    /// As it stands in the message.
    fn place(&self) -> Sentence;
}

impl Place for Sentence {
    fn place(&self) -> Sentence {
        self.clone()
    }
}

impl Place for Message {
    fn place(&self) -> Sentence {
        self.sentence()
    }
}

macro_rules! places {
    ($($kind:ty),*) => {
        $(impl Place for $kind {
            fn place(&self) -> Sentence {
                self.to_string().into()
            }
        })*
    };
}

places!(str, &str, String, i64, u8, u32, u64, usize, Cow<'_, str>);
places!(crate::Scope, crate::ScopeSet, crate::ConsentId, crate::RouteId, crate::ProviderId);
places!(crate::AccountId, crate::UpstreamError);

#[cfg(test)]
mod tests {
    use super::*;

    const GREETING: Message = Message { name: "greeting", english: "{who} greets {whom}." };

    #[test]
    fn what_fills_a_place_is_not_looked_through_for_places() {
        let told = GREETING.with([("who", &"{whom}"), ("whom", &"x")]);
        assert_eq!(told.text(), "{whom} greets x.");
    }

    #[test]
    fn words_of_ours_within_words_of_ours_keep_their_names() {
        let told = GREETING.with([("who", &"a"), ("whom", &GREETING.with([("who", &"b"), ("whom", &"c")]))]);
        let kept: Said =
            serde_json::from_str(&serde_json::to_string(&told.said()).expect("written")).expect("read");
        assert_eq!(told.text(), "a greets b greets c..");
        assert_eq!(Some(&kept), told.said());
        let Some(Filling::Said(inner)) = kept.with.get("whom") else { panic!("{kept:?}") };
        assert_eq!(
            (inner.message.as_ref(), &inner.with["who"]),
            ("greeting", &Filling::Text("b".to_owned()))
        );
    }

    #[test]
    fn sentences_follow_one_another_and_nothing_follows_nothing() {
        let one = || GREETING.with([("who", &"a"), ("whom", &"b")]);
        assert_eq!(one().then(&"Then.".into()).text(), "a greets b. Then.");
        assert_eq!((one().then(&Sentence::default()), Sentence::default().then(&one())), (one(), one()));
        assert_eq!(Sentence::list(["a".into(), "b".into(), "c".into()]).text(), "a, b, c");
    }
}
