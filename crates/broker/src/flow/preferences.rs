//! What the person has set: seeing and changing it.

use std::sync::PoisonError;

use crate::{
    AuditKind, Broker, Change, Error, Locale, Preferences, Presence, Sentence,
    broker::About,
    messages::{refusals, trail},
    preferences::{Kind, Setting, setting},
};

impl Broker {
    /// The language that the person is spoken to in. While the vault is closed nobody knows what was set: then it stays as
    /// it was, or is the system's.
    #[must_use]
    pub fn locale(&self) -> Locale {
        let mut spoken = self.0.spoken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(set) = self.preferences() {
            *spoken = Some(Locale::chosen(&set, &self.0.settings.locale));
        }
        spoken.clone().unwrap_or_else(|| self.0.settings.locale.clone())
    }

    /// What the person has set.
    pub fn preferences(&self) -> Result<Preferences, Error> {
        self.look(|house| house.preferences.clone())
    }

    /// Sets one thing. Loosening takes presence; see [`Broker::loosens`].
    pub async fn set_preference(
        &self,
        setting: &'static Setting,
        value: &str,
        presence: Option<&Presence>,
    ) -> Result<(), Error> {
        let demands = [&setting::PASSPHRASE_FOR_RELEASE, &setting::PASSPHRASE_FOR_HIGH_RISK];
        let after = self.preferences()?.with(setting, value)?;
        if demands.contains(&setting) && after.on(setting) && !self.0.ports.vault.has_passphrase().await {
            return Err(Error::InvalidRequest(refusals::SET_PASSPHRASE_FIRST.sentence()));
        }
        let value = value.to_owned();
        let title = setting.title();
        let said = if let Kind::Private(_) = setting.kind {
            trail::SETTING_SET.with([("setting", &title)])
        } else {
            let value = setting.value_words(after.text(setting));
            trail::SETTING_SET_TO.with([("setting", &title), ("value", &value)])
        };
        self.change_preferences(presence, said, move |now| now.with(setting, &value)).await
    }

    /// Puts one thing, or everything, back to how it comes. Loosening takes presence.
    pub async fn reset_preferences(
        &self,
        setting: Option<&'static Setting>,
        presence: Option<&Presence>,
    ) -> Result<(), Error> {
        let said = match setting {
            Some(setting) => trail::SETTING_RESET.with([("setting", &setting.title())]),
            None => trail::SETTINGS_RESET.sentence(),
        };
        self.change_preferences(presence, said, move |now| Ok(now.without(setting))).await
    }

    /// The settings that a change would loosen: setting one thing (`Some` value), or putting one or all back.
    pub fn loosens(
        &self,
        setting: Option<&'static Setting>,
        value: Option<&str>,
    ) -> Result<Vec<&'static Setting>, Error> {
        let now = self.preferences()?;
        let after = match (setting, value) {
            (Some(setting), Some(value)) => now.with(setting, value)?,
            (setting, _) => now.without(setting),
        };
        Ok(now.loosened(&after))
    }

    async fn change_preferences(
        &self,
        presence: Option<&Presence>,
        said: Sentence,
        change: impl FnOnce(&Preferences) -> Result<Preferences, Error> + Send + 'static,
    ) -> Result<(), Error> {
        let (broker, present) = (self.clone(), presence.is_some());
        let proven = self.demand_passphrase(presence).await;
        self.change(move |house| {
            let after = change(&house.preferences)?;
            let loosened = house.preferences.loosened(&after);
            if !present && !loosened.is_empty() {
                return Err(Error::PresenceNeeded(refusals::GUARDS_YOU.sentence()));
            }
            if loosened.iter().any(|setting| setting.is_of_presence()) {
                proven?;
            }
            if after == house.preferences {
                return Ok((Vec::new(), ()));
            }
            let fact = broker.event(house, AuditKind::Settings, About::default(), said);
            Ok((vec![Change::PutPreferences(after), Change::Audit(fact)], ()))
        })
        .await
    }
}
