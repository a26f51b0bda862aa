//! Preferences: what the person has set. Kept in the vault, so that no other program can loosen them unseen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Error, Said, Sentence,
    messages::{refusals, trail},
    text::cleaned,
};

/// One thing that can be set.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, e.g. `lock.idle_minutes`.
    pub key: &'static str,
    /// What it is called on the settings page.
    pub label: &'static str,
    /// What it does, in a sentence.
    pub words: &'static str,
    /// What it is until the person sets it.
    pub default: &'static str,
    /// What it can be.
    pub kind: Kind,
    /// Which changes take presence.
    pub guard: Guard,
}

/// What a setting can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `on` or `off`.
    Switch,
    /// A whole number within these bounds.
    Number {
        /// The least.
        least: u32,
        /// The most.
        most: u32,
        /// Of what.
        unit: &'static str,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Text of at most so many characters. Never told to a program: only the native window shows it.
    Private(usize),
}

/// Which changes of a setting loosen, and so take presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// None: it is a matter of taste.
    Free,
    /// Switching it off.
    Off,
    /// A higher number, or zero, which stands for "never".
    HigherOrNever,
    /// A lower number.
    Lower,
    /// Every change.
    Any,
}

macro_rules! settings {
    ($($name:ident: $key:literal, $label:literal, $words:literal, $default:literal, $kind:expr, $guard:ident;)*) => {
        $(#[doc = $words] pub static $name: Setting =
            Setting { key: $key, label: $label, words: $words, default: $default, kind: $kind, guard: Guard::$guard };)*
        /// Everything that can be set, in the order of the settings page.
        pub static ALL: &[&Setting] = &[$(&$name),*];
    };
}

/// The settings, each under a name.
pub mod setting {
    use super::{Guard, Kind, Setting};

    settings! {
        LOCK_IDLE_MINUTES: "lock.idle_minutes", "Lock when idle after",
            "Lock after so many minutes in which no program and no person used Keylodge; 0 never does.",
            "0", Kind::Number { least: 0, most: 1440, unit: "minutes" }, HigherOrNever;
        LOCK_ON_SLEEP: "lock.on_sleep", "Lock before the computer sleeps",
            "Lock before the computer sleeps.", "on", Kind::Switch, Off;
        LOCK_WITH_SCREEN: "lock.with_screen", "Lock with the screen",
            "Lock when the screen is locked.", "on", Kind::Switch, Off;
        PASSPHRASE_FOR_RELEASE: "presence.release", "Before a provider's own token is handed out",
            "Ask for the passphrase before a provider's own token is handed to a program.",
            "off", Kind::Switch, Off;
        PASSPHRASE_FOR_HIGH_RISK: "presence.high_risk", "Before something of high risk is allowed",
            "Ask for the passphrase before a scope of high risk is allowed.", "off", Kind::Switch, Off;
        PROMPT_SECONDS: "prompt.seconds", "A question ends in “no” after",
            "How long a question waits before it ends in \"no\".",
            "120", Kind::Number { least: 30, most: 600, unit: "seconds" }, Any;
        PROMPT_PHRASE: "prompt.phrase", "Words that every real question shows",
            "A few words of your own that every real question shows, so that a copied window is found out.",
            "", Kind::Private(60), Any;
        LAPSE_DAYS: "consent.lapse_days", "Withdraw what was not used for",
            "Withdraw what a program was allowed and has not used for so many days; 0 never does.",
            "90", Kind::Number { least: 0, most: 3650, unit: "days" }, HigherOrNever;
        HIGH_RISK_MINUTES: "consent.high_risk_minutes", "Ask anew for scopes of high risk after",
            "Let a scope of high risk be used at the gateway for so many minutes after you allowed it, then ask anew; 0 never does.",
            "0", Kind::Number { least: 0, most: 1440, unit: "minutes" }, HigherOrNever;
        KEEP_DAYS: "activity.keep_days", "Keep activity for",
            "Keep what happened for so many days.",
            "365", Kind::Number { least: 7, most: 3650, unit: "days" }, Lower;
        KEEP_EVENTS: "activity.keep_events", "Keep at most",
            "Keep at most so many events.",
            "100000", Kind::Number { least: 1000, most: 1_000_000, unit: "events" }, Lower;
        LANGUAGE: "desktop.language", "Language",
            "The language of the window, the tray and notifications.",
            "system", Kind::Choice(&["system", "en", "de"]), Free;
        THEME: "desktop.theme", "Appearance",
            "The look of the window.", "system", Kind::Choice(&["system", "light", "dark"]), Free;
        TRAY: "desktop.tray", "Sign in the tray",
            "Show a sign in the desktop's tray, where there is one.", "on", Kind::Switch, Free;
        NOTIFICATIONS: "desktop.notifications", "Notifications",
            "Notify you of what waits or has happened while the window does not show it.", "on", Kind::Switch, Free;
    }
}

/// What the person has set; everything else is as it comes.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Preferences {
    set: BTreeMap<String, String>,
}

/// What a vault still holds of settings that are no more is dropped.
impl From<BTreeMap<String, String>> for Preferences {
    fn from(mut set: BTreeMap<String, String>) -> Self {
        set.retain(|key, _| Setting::named(key).is_ok());
        Self { set }
    }
}

impl From<Preferences> for BTreeMap<String, String> {
    fn from(preferences: Preferences) -> Self {
        preferences.set
    }
}

impl Preferences {
    /// What a setting is, as text.
    #[must_use]
    pub fn text(&self, setting: &'static Setting) -> &str {
        self.set.get(setting.key).map_or(setting.default, String::as_str)
    }

    /// Whether a switch is on.
    #[must_use]
    pub fn on(&self, setting: &'static Setting) -> bool {
        self.text(setting) == "on"
    }

    /// A number; what cannot be read as one is as it comes.
    #[must_use]
    pub fn number(&self, setting: &'static Setting) -> u32 {
        self.text(setting).parse().or_else(|_| setting.default.parse()).unwrap_or_default()
    }

    /// Whether the person has set it.
    #[must_use]
    pub fn is_set(&self, setting: &'static Setting) -> bool {
        self.set.contains_key(setting.key)
    }

    /// The same with one more thing set.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] says what the setting can be.
    pub fn with(&self, setting: &'static Setting, value: &str) -> Result<Self, Error> {
        let value = setting.read(value)?;
        let mut set = self.set.clone();
        set.insert(setting.key.to_owned(), value);
        Ok(Self { set })
    }

    /// The same with one thing, or everything, as it comes.
    #[must_use]
    pub fn without(&self, setting: Option<&'static Setting>) -> Self {
        let mut set = self.set.clone();
        set.retain(|key, _| setting.is_some_and(|setting| setting.key != key));
        Self { set }
    }

    /// The settings that `after` loosens: to change them takes presence.
    #[must_use]
    pub fn loosened(&self, after: &Self) -> Vec<&'static Setting> {
        let loosens = |it: &&'static Setting| it.loosens(self.text(it), after.text(it));
        setting::ALL.iter().copied().filter(loosens).collect()
    }
}

impl Setting {
    /// The setting of that name.
    ///
    /// # Errors
    /// [`Error::NotFound`] with what to do.
    pub fn named(key: &str) -> Result<&'static Self, Error> {
        setting::ALL
            .iter()
            .copied()
            .find(|setting| setting.key == key)
            .ok_or_else(|| Error::NotFound(refusals::NO_SETTING.with([("setting", &cleaned(key, 60))])))
    }

    /// What it is called, as a part of a sentence.
    #[must_use]
    pub fn title(&self) -> Sentence {
        Sentence::new(self.label, Some(Said::of(format!("setting.{}", self.key))))
    }

    /// One of its values, as the settings page says it.
    #[must_use]
    pub fn value_words(&self, value: &str) -> Sentence {
        match self.kind {
            Kind::Number { unit, .. } => {
                let unit = Sentence::new(unit, Some(Said::of(format!("unit.{unit}"))));
                trail::NUMBER_OF.with([("number", &value), ("unit", &unit)])
            }
            Kind::Switch | Kind::Choice(_) => choice_words(value),
            Kind::Private(_) => value.into(),
        }
    }

    /// Whether it says when a click is not enough. To loosen it, a click is not enough either (UI-04).
    #[must_use]
    pub fn is_of_presence(&self) -> bool {
        self.key.starts_with("presence.")
    }

    fn read(&self, value: &str) -> Result<String, Error> {
        let title = self.title();
        match self.kind {
            Kind::Switch => match value {
                "on" | "true" | "yes" => Ok("on".to_owned()),
                "off" | "false" | "no" => Ok("off".to_owned()),
                _ => Err(Error::InvalidRequest(refusals::ON_OR_OFF.with([("setting", &title)]))),
            },
            Kind::Number { least, most, .. } => value
                .parse::<u32>()
                .ok()
                .filter(|number| (least..=most).contains(number))
                .map(|number| number.to_string())
                .ok_or_else(|| {
                    Error::InvalidRequest(refusals::NUMBER_FROM_TO.with([
                        ("setting", &title),
                        ("least", &least),
                        ("most", &most),
                    ]))
                }),
            Kind::Choice(words) => words.contains(&value).then(|| value.to_owned()).ok_or_else(|| {
                let words = words.join(", ");
                Error::InvalidRequest(refusals::ONE_OF.with([("setting", &title), ("words", &words)]))
            }),
            Kind::Private(most) => Ok(cleaned(value, most)),
        }
    }

    fn loosens(&self, before: &str, after: &str) -> bool {
        let number = |text: &str| text.parse::<u32>().unwrap_or_default();
        // Zero stands for "never", which is longer than any number.
        let reach = |text: &str| number(text).checked_sub(1).unwrap_or(u32::MAX);
        before != after
            && match self.guard {
                Guard::Free => false,
                Guard::Off => after == "off",
                Guard::HigherOrNever => reach(after) > reach(before),
                Guard::Lower => number(after) < number(before),
                Guard::Any => true,
            }
    }
}

/// The words for each choice of the settings. English and German are named in their own language.
pub const CHOICES: [(&str, &str); 7] = [
    ("on", "On"),
    ("off", "Off"),
    ("system", "As the system"),
    ("light", "Light"),
    ("dark", "Dark"),
    ("en", "English"),
    ("de", "Deutsch"),
];

fn choice_words(value: &str) -> Sentence {
    let known = CHOICES.iter().find(|(word, _)| *word == value);
    known.map_or_else(
        || value.into(),
        |(word, english)| Sentence::new(*english, Some(Said::of(format!("choice.{word}")))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(setting: &'static Setting, value: &str) -> Preferences {
        Preferences::default().with(setting, value).expect("legal")
    }

    #[test]
    fn every_setting_can_be_what_it_is_by_default() {
        for setting in setting::ALL {
            assert_eq!(setting.read(setting.default).as_deref(), Ok(setting.default), "{}", setting.key);
            assert_eq!(Setting::named(setting.key), Ok(*setting));
        }
    }

    #[test]
    fn what_a_vault_holds_of_settings_that_are_no_more_is_dropped() {
        let read: Preferences =
            serde_json::from_str(r#"{"desktop.theme": "dark", "desktop.gone": "on"}"#).expect("read");
        assert_eq!(read, with(&setting::THEME, "dark"));
        assert_eq!(serde_json::to_string(&read).expect("written"), r#"{"desktop.theme":"dark"}"#);
    }

    #[test]
    fn what_a_setting_cannot_be_is_refused_with_what_it_can_be() {
        let refused = |setting: &'static Setting, value| Preferences::default().with(setting, value).is_err();
        assert!(refused(&setting::LOCK_ON_SLEEP, "perhaps"));
        assert!(refused(&setting::LOCK_IDLE_MINUTES, "-1") && refused(&setting::LOCK_IDLE_MINUTES, "100000"));
        assert!(refused(&setting::THEME, "pink"));
    }

    #[test]
    fn sto_10_only_loosening_a_lock_takes_presence() {
        let (off, never) = (with(&setting::LOCK_ON_SLEEP, "off"), Preferences::default());
        assert_eq!(never.loosened(&off).len(), 1, "off loosens");
        assert!(off.loosened(&never).is_empty(), "on does not");
        let (five, ten) = (with(&setting::LOCK_IDLE_MINUTES, "5"), with(&setting::LOCK_IDLE_MINUTES, "10"));
        assert!(never.loosened(&five).is_empty() && ten.loosened(&five).is_empty(), "sooner");
        assert_eq!((five.loosened(&ten).len(), five.loosened(&never).len()), (1, 1), "later, or never");
        assert!(never.loosened(&with(&setting::THEME, "dark")).is_empty(), "taste");
    }

    #[test]
    fn lek_09_the_trail_cannot_be_shortened_without_the_person() {
        assert_eq!(Preferences::default().loosened(&with(&setting::KEEP_DAYS, "7")).len(), 1);
    }
}
