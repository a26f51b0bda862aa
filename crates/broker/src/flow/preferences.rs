//! What the person has set: seeing and changing it.

use crate::{
    AuditKind, Broker, Change, Error, Preferences, Presence,
    broker::About,
    preferences::{Kind, Setting, setting},
};

impl Broker {
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
            return Err(Error::InvalidRequest(
                "The vault has no passphrase yet, so none can be asked for. Set one first: `keylodge passphrase set`."
                    .to_owned(),
            ));
        }
        let value = value.to_owned();
        let said = match setting.kind {
            Kind::Private(_) => format!("{} was set.", setting.key),
            _ => format!("{} was set to {}.", setting.key, after.text(setting)),
        };
        self.change_preferences(presence, said, move |now| now.with(setting, &value)).await
    }

    /// Puts one thing, or everything, back to how it comes. Loosening takes presence.
    pub async fn reset_preferences(
        &self,
        setting: Option<&'static Setting>,
        presence: Option<&Presence>,
    ) -> Result<(), Error> {
        let what = setting.map_or("Everything", |setting| setting.key);
        let said = format!("{what} was set back to how it comes.");
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
        said: String,
        change: impl FnOnce(&Preferences) -> Result<Preferences, Error> + Send + 'static,
    ) -> Result<(), Error> {
        let (broker, present) = (self.clone(), presence.is_some());
        let proven = self.demand_passphrase(presence).await;
        self.change(move |house| {
            let after = change(&house.preferences)?;
            let loosened = house.preferences.loosened(&after);
            if !present && !loosened.is_empty() {
                return Err(Error::PresenceNeeded(
                    "This setting guards you. Change it in Keylodge's window, or give the passphrase."
                        .to_owned(),
                ));
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
