//! The words that the broker process says to the person itself, in its tray and in notifications: from the same catalogues
//! as the window's.

use broker::Language;
use serde::Deserialize;

const ENGLISH: &str = include_str!("../../../ui/src/i18n/en.json");
const GERMAN: &str = include_str!("../../../ui/src/i18n/de.json");

/// The part of a catalogue that is said here.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Words {
    /// What we are called.
    pub name: String,
    /// For the tray.
    pub tray: Tray,
    /// For notifications.
    pub notification: Notification,
}

/// Words of the tray.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Tray {
    pub absent: String,
    pub locked: String,
    pub open: String,
    pub paused: String,
    pub waiting: Counted,
    pub waiting_locked: Counted,
    pub need_sign_in: Counted,
    pub policy_broken: String,
    pub show: String,
    pub pause: String,
    pub resume: String,
    pub lock: String,
    pub unlock: String,
    pub panic: String,
    pub panic_now: String,
    pub quit: String,
}

/// Words of notifications.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    pub open: String,
    pub asks: String,
    pub asks_who: String,
    pub asks_command: String,
    pub answer: String,
    pub unlock: String,
    pub sign_in: String,
    pub soon: Counted,
    pub soon_why: String,
    pub reused: String,
    pub reused_what: String,
    pub still_out: String,
    pub still_out_what: String,
    pub old_copy: String,
    pub old_copy_what: String,
    pub lapsed: Counted,
    pub lapsed_who: String,
    pub more: String,
}

/// A sentence for each number of things.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Counted {
    one: String,
    other: String,
}

impl Counted {
    /// The sentence for so many. (English and German tell one from all other numbers.)
    pub fn of(&self, count: usize) -> String {
        let sentence = if count == 1 { &self.one } else { &self.other };
        sentence.replace("{count}", &count.to_string())
    }
}

impl Words {
    /// Those of a language.
    pub fn of(language: Language) -> Self {
        let catalogue = match language {
            Language::English => ENGLISH,
            Language::German => GERMAN,
        };
        // A test reads them all.
        serde_json::from_str(catalogue).expect("the catalogues have these words")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use broker::{
        Because, ConsentId, ScopeSet,
        preferences::{CHOICES, Kind, setting},
    };
    use serde_json::Value;

    use super::*;

    /// Names of all messages, with the places they fill.
    fn messages(name: &str, value: &Value, found: &mut Vec<(String, Vec<String>)>) {
        if let Value::Object(parts) = value {
            return parts.iter().for_each(|(key, part)| messages(&format!("{name}/{key}"), part, found));
        }
        if let Value::Array(parts) = value {
            return parts.iter().for_each(|part| messages(&format!("{name}/-"), part, found));
        }
        let text = value.as_str().expect("a sentence").split('{').skip(1);
        let places = text.filter_map(|rest| Some(rest.split_once('}')?.0.to_owned()));
        // "One" may do without its number.
        let mut places: Vec<_> = places.filter(|_| !name.ends_with("/one")).collect();
        places.sort();
        found.push((name.to_owned(), places));
    }

    #[test]
    fn every_catalogue_says_what_the_others_say() {
        let all = [ENGLISH, GERMAN].map(|catalogue| {
            let mut found = Vec::new();
            messages("", &serde_json::from_str(catalogue).expect("JSON"), &mut found);
            found
        });
        assert!(all[0].len() > 500);
        assert_eq!(all[0], all[1]);
    }

    /// Names of the sentences of `Cause` and `Because`, as they stand in the code.
    fn named_in(code: &str) -> BTreeSet<&str> {
        let texts = code.split('"').filter(|text| text.starts_with("cause.") || text.starts_with("because."));
        texts.collect()
    }

    fn said(catalogue: &str) -> serde_json::Map<String, Value> {
        let catalogue: Value = serde_json::from_str(catalogue).expect("JSON");
        catalogue["said"].as_object().expect("sentences").clone()
    }

    #[test]
    fn every_sentence_that_has_a_name_is_in_each_catalogue() {
        let mut names = named_in(include_str!("../../broker/src/signed_out.rs"));
        names.extend(named_in(include_str!("../../broker/src/decision.rs")));
        assert!(names.len() > 20, "{names:?}");
        names.extend(broker::messages::all().map(|message| message.name));
        for catalogue in [ENGLISH, GERMAN] {
            let said = said(catalogue);
            assert_eq!(said.keys().map(String::as_str).collect::<BTreeSet<_>>(), names);
        }
    }

    #[test]
    fn a_message_is_in_english_what_the_broker_says_and_fills_the_same_places_in_german() {
        let (english, german) = (said(ENGLISH), said(GERMAN));
        for message in broker::messages::all() {
            let words = english[message.name].as_str().expect("a sentence").replace('’', "'");
            assert_eq!(words, message.english);
            let places = |text: &str| {
                let places = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
                places.map(|(place, _)| place.to_owned()).collect::<BTreeSet<_>>()
            };
            assert_eq!(places(german[message.name].as_str().expect("a sentence")), places(message.english));
        }
    }

    /// What stands in the trail of settings is what the settings page shows.
    #[test]
    fn settings_are_called_the_same_in_the_trail_and_on_their_page() {
        let catalogue: Value = serde_json::from_str(ENGLISH).expect("JSON");
        let settings = &catalogue["settings"];
        for setting in setting::ALL {
            let label = settings["of"][setting.key].as_str().expect("a label").replace('’', "'");
            assert_eq!(label, setting.label);
            if let Kind::Number { unit, .. } = setting.kind {
                assert_eq!(settings["units"][unit], unit);
            }
            if let Kind::Choice(words) = setting.kind {
                let known = |word: &&str| CHOICES.iter().any(|(choice, _)| choice == word);
                assert!(words.iter().all(known), "{words:?}");
            }
        }
        for (word, english) in CHOICES {
            let shown = match word {
                "on" | "off" => &settings[word],
                _ => &settings["choices"][word],
            };
            assert_eq!(shown, english);
        }
    }

    /// What the broker says and what the English catalogue says under its name is the same.
    #[test]
    fn a_name_stands_for_the_very_sentence_beside_it() {
        let id = || ConsentId::from_text("con_1");
        let catalogue: Value = serde_json::from_str(ENGLISH).expect("JSON");
        for because in [
            Because::Consent(id()),
            Because::PreApproved("/usr/bin/tool".to_owned()),
            Because::Refusal(id()),
            Because::Nothing,
            Because::Browser,
            Because::Spent(id()),
            Because::Old(id()),
            Because::More(id(), ScopeSet::parse("mail.read").expect("legal")),
            Because::Release(id()),
            Because::Changed(id()),
            Because::EachTime(id()),
        ] {
            let said = because.said().expect("it has a name");
            let message =
                catalogue["said"][said.message.as_ref()].as_str().expect("a sentence").replace('’', "'");
            let filled = said.with.iter().fold(message, |text, (place, value)| {
                let broker::Filling::Text(value) = value else { panic!("{value:?}") };
                text.replace(&format!("{{{place}}}"), value)
            });
            assert_eq!(filled, because.to_string());
        }
    }

    #[test]
    fn each_language_has_its_own_words() {
        let (english, german) = (Words::of(Language::English), Words::of(Language::German));
        assert_eq!(english.tray.waiting.of(1), "1 question waits for you");
        assert_eq!(german.tray.waiting.of(2), "2 Fragen warten auf Sie");
        assert_eq!(english.name, german.name);
    }
}
