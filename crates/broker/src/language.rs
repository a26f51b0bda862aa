//! The language that Keylodge speaks to its person, decided once: in the window, the prompt, the tray and notifications.

use crate::{Preferences, preferences::setting};

/// A language that there is a catalogue of words for (`ui/src/i18n`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// What is spoken where there is no catalogue for what is wanted.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// What a locale such as `de_CH.UTF-8`, or a tag such as `de-CH`, speaks, if there is a catalogue for it.
    fn named(locale: &str) -> Option<Self> {
        match locale.split(['_', '-', '.', '@']).next()? {
            "en" => Some(Self::English),
            "de" => Some(Self::German),
            _ => None,
        }
    }

    const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }
}

/// A language as it is spoken somewhere: dates and numbers differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale {
    language: Language,
    tag: String,
}

impl Default for Locale {
    fn default() -> Self {
        Self::of_language(Language::default())
    }
}

impl Locale {
    /// The system's, by the environment: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is not empty (POSIX.1-2017,
    /// volume 1, §8.2). Where it is not `C` or `POSIX`, the list in `LANGUAGE` comes before it, as in GNU gettext.
    #[must_use]
    pub fn of_system(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
        let Some(locale) = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set) else {
            return Self::default();
        };
        let neutral = matches!(locale.split('.').next(), Some("C" | "POSIX"));
        let wanted = set(&"LANGUAGE").filter(|_| !neutral).unwrap_or_default();
        wanted.split(':').chain([locale.as_str()]).find_map(Self::read).unwrap_or_default()
    }

    /// As the person has set it, or else the system's.
    #[must_use]
    pub fn chosen(set: &Preferences, system: &Self) -> Self {
        match Language::named(set.text(&setting::LANGUAGE)) {
            // Their own variant of it, where that is the system's.
            Some(language) if language == system.language => system.clone(),
            Some(language) => Self::of_language(language),
            None => system.clone(),
        }
    }

    /// The language.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// As a language tag (BCP 47), e.g. `de-CH`.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    fn of_language(language: Language) -> Self {
        Self { language, tag: language.tag().to_owned() }
    }

    fn read(locale: &str) -> Option<Self> {
        let language = Language::named(locale)?;
        let mut parts = locale.split(['.', '@']).next()?.split(['_', '-']).skip(1);
        let is_region = |part: &&str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic());
        let tag = match parts.find(is_region) {
            Some(region) => format!("{}-{}", language.tag(), region.to_ascii_uppercase()),
            None => language.tag().to_owned(),
        };
        Some(Self { language, tag })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(set: &[(&str, &str)]) -> Locale {
        Locale::of_system(|name| set.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_system_says_it_in_four_variables() {
        for (set, tag) in [
            (&[("LANG", "de_CH.UTF-8")][..], "de-CH"),
            (&[("LANG", "de_DE"), ("LC_MESSAGES", "en_GB.UTF-8")], "en-GB"),
            (&[("LANG", "en_US"), ("LC_ALL", "de_AT@euro")], "de-AT"),
            (&[("LC_ALL", ""), ("LANG", "de")], "de"),
            (&[("LANG", "en_US.UTF-8"), ("LANGUAGE", "fr:de_CH:en")], "de-CH"),
            (&[("LANG", "C.UTF-8"), ("LANGUAGE", "de")], "en"),
            (&[("LANG", "fr_FR")], "en"),
            (&[("LANGUAGE", "de")], "en"),
            (&[], "en"),
        ] {
            assert_eq!(system(set).tag(), tag, "{set:?}");
        }
    }

    #[test]
    fn what_the_person_set_comes_first() {
        let set = |value| Preferences::default().with(&setting::LANGUAGE, value).expect("legal");
        let swiss = system(&[("LANG", "de_CH.UTF-8")]);
        assert_eq!(Locale::chosen(&set("system"), &swiss).tag(), "de-CH");
        assert_eq!(Locale::chosen(&set("de"), &swiss).tag(), "de-CH");
        assert_eq!(Locale::chosen(&set("de"), &Locale::default()).tag(), "de");
        assert_eq!(Locale::chosen(&set("en"), &swiss).language(), Language::English);
    }
}
