//! What the person steers beside the tokens themselves: settings, policy, routes, consents changed by hand, and the
//! trail.

use broker::{Error, preferences::Setting};
use control::{ActivityPage, Answer, ExportFormat, Passphrase, Request};

use super::{
    answering::done,
    presence::secret,
    session::Talk,
    view::View,
    wishes::{self, edit, filter, when, whereabouts},
};

const EXPORTED_AT_ONCE: u32 = 500;

impl Talk {
    /// Requests that show something, or that open nothing.
    pub async fn person(&self, request: Request) -> Result<Answer, Error> {
        let (broker, view) = (&self.session.broker, self.view());
        Ok(match request {
            Request::SettingsList => Answer::Settings(view.settings(&self.session.way)?),
            Request::PolicyShow => Answer::Policy(view.policy(self.session.house.as_ref())),
            Request::Diagnostics => Answer::Diagnostics(view.diagnostics(self.session.house.as_ref()).await),
            Request::RouteList => Answer::Routes(view.routes()?),
            Request::RouteAdd { account, when: wanted, note } => {
                Answer::Route(view.route(&broker.add_route(&account, when(wanted), &note).await?)?)
            }
            Request::RouteRemove { route } => return done(broker.remove_route(&route).await),
            Request::RouteExplain { at } => Answer::RouteExplained(view.explain(&whereabouts(at))?),
            Request::ActivityQuery { filter: wanted, before, limit } => {
                let limit = limit.clamp(1, 500);
                let records = broker.activity(&filter(wanted), before, limit).await?;
                let full = records.len() == usize::try_from(limit).unwrap_or(usize::MAX);
                let next = records.last().filter(|_| full).map(|record| record.number);
                Answer::ActivityPage(ActivityPage { events: View::activity(records), next })
            }
            Request::AuditVerify => Answer::AuditVerified(View::verified(&broker.verify_activity().await?)),
            Request::AutostartShow => Answer::Autostart(self.session.house.autostart()),
            Request::AutostartSet { on } => Answer::Autostart(self.session.house.set_autostart(on)?),
            Request::ActivityCounts { filter: wanted, seconds } => {
                let counts = broker.activity_counts(&filter(wanted), seconds).await?;
                Answer::ActivityCounts(View::counts(counts))
            }
            _ => return Err(Error::Bug("a request was sent to the wrong desk".to_owned())),
        })
    }

    /// The passphrase, backup, restore, and what leaves as a file: each takes the person.
    pub async fn keep_safe(
        &self,
        request: Request,
        passphrase: Option<&Passphrase>,
    ) -> Result<Answer, Error> {
        let presence = &self.presence_for(&request, passphrase).await?;
        let (broker, house) = (&self.session.broker, &self.session.house);
        match request {
            Request::PassphraseSet { new } => done(broker.set_passphrase(&secret(&new), presence).await),
            Request::BackupCreate { file, backup_passphrase } => {
                let sealed = broker.backup(&secret(&backup_passphrase), presence).await?;
                done(house.write_new_file(&file, sealed).await)
            }
            Request::BackupRestore { file, backup_passphrase } => {
                let sealed = house.read_backup(&file).await?;
                done(broker.restore(&sealed, &secret(&backup_passphrase), presence).await)
            }
            Request::ActivityExport { file, format, filter: wanted } => {
                done(house.write_new_file(&file, self.exported(format, &filter(wanted)).await?).await)
            }
            _ => Err(Error::Bug("a request was sent to the wrong desk".to_owned())),
        }
    }

    async fn exported(
        &self,
        format: ExportFormat,
        wanted: &broker::ActivityFilter,
    ) -> Result<Vec<u8>, Error> {
        let unwritable = |error| Error::Bug(format!("an event could not be written ({error})"));
        let mut lines: Vec<String> = format.head().map(str::to_owned).into_iter().collect();
        let mut before = None;
        loop {
            let records = self.session.broker.activity(wanted, before, EXPORTED_AT_ONCE).await?;
            before = records.last().map(|record| record.number);
            if before.is_none() {
                return Ok(lines
                    .into_iter()
                    .flat_map(|line| [line, "\n".to_owned()])
                    .collect::<String>()
                    .into());
            }
            for event in View::activity(records) {
                lines.push(format.line(&event).map_err(unwritable)?);
            }
        }
    }

    /// Requests that change something the person has decided: what only narrows takes nothing, the rest takes the person.
    pub async fn change(&self, request: Request, passphrase: Option<&Passphrase>) -> Result<Answer, Error> {
        let broker = &self.session.broker;
        let presence =
            if self.loosens(&request)? { Some(self.presence_for(&request, passphrase).await?) } else { None };
        let presence = presence.as_ref();
        match request {
            Request::ConsentEdit { consent, edit: wanted } => {
                broker.edit_consent(&consent, edit(wanted)?, presence).await?;
                Ok(Answer::Consent(self.view().consent(&broker.consent_by_id(&consent)?)?))
            }
            Request::SettingsSet { key, value } => {
                broker.set_preference(Setting::named(&key)?, &value, presence).await?;
                Ok(Answer::Settings(self.view().settings(&self.session.way)?))
            }
            Request::SettingsReset { key } => {
                let setting = key.as_deref().map(Setting::named).transpose()?;
                broker.reset_preferences(setting, presence).await?;
                Ok(Answer::Settings(self.view().settings(&self.session.way)?))
            }
            _ => match presence {
                Some(presence) => done(broker.resume(presence).await),
                None => Ok(Answer::Done),
            },
        }
    }

    fn loosens(&self, request: &Request) -> Result<bool, Error> {
        let broker = &self.session.broker;
        match request {
            Request::ConsentEdit { consent, edit } => {
                broker.edit_widens(consent, wishes::edit(edit.clone())?)
            }
            Request::SettingsSet { key, value } => {
                Ok(!broker.loosens(Some(Setting::named(key)?), Some(value))?.is_empty())
            }
            Request::SettingsReset { key } => {
                let setting = key.as_deref().map(Setting::named).transpose()?;
                Ok(!broker.loosens(setting, None)?.is_empty())
            }
            _ => Ok(broker.pause_end().is_some()),
        }
    }
}
