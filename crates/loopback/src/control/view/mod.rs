//! How the rules' concepts look to the window and the command line. Nothing here can hold a token: the views have no
//! place for one.

mod account;
mod app;
mod person;
mod prompt;
mod provider;
mod status;

use std::collections::HashMap;

use broker::{
    AccountId, AccountInfo, App, AppId, Broker, Caller, Provider, Scope, ScopeSet, Sentence, consent,
    messages::questions,
    preferences::setting,
    provider::{Access, Risk},
};
use control::{Conditions, Delivery, Duration, EvidenceView, Finding, ScopeAccess, ScopeView, Timestamp};

/// So many hex digits of a hash are shown.
const SHOWN_DIGITS: usize = 16;

/// Looks at a broker.
pub struct View<'a> {
    broker: &'a Broker,
}

impl<'a> View<'a> {
    pub fn of(broker: &'a Broker) -> Self {
        Self { broker }
    }
}

/// What ids stand for, as of now.
#[derive(Default)]
struct Names {
    apps: HashMap<AppId, App>,
    accounts: HashMap<AccountId, AccountInfo>,
    /// After so many unused days a consent lapses; 0: never.
    lapse_days: u32,
}

impl Names {
    fn of(broker: &Broker) -> Result<Self, broker::Error> {
        let apps = broker.apps()?.into_iter().map(|app| (app.id.clone(), app)).collect();
        let accounts = broker.accounts()?.into_iter().map(|info| (info.account.id.clone(), info)).collect();
        let lapse_days = broker.preferences()?.number(&setting::LAPSE_DAYS);
        Ok(Self { apps, accounts, lapse_days })
    }

    fn app(&self, id: &AppId) -> String {
        self.apps.get(id).map_or_else(|| id.to_string(), |app| app.name.clone())
    }

    fn label(&self, id: &AccountId) -> String {
        self.accounts.get(id).map_or_else(|| id.to_string(), |info| info.account.label.clone())
    }

    fn provider_id(&self, id: &AccountId) -> String {
        self.accounts.get(id).map(|info| info.provider.id.to_string()).unwrap_or_default()
    }

    fn scopes(&self, account: &AccountId, scopes: &ScopeSet) -> Vec<ScopeView> {
        let provider = self.accounts.get(account).map(|info| info.provider.as_ref());
        scopes.iter().map(|scope| self::scope(provider, scope)).collect()
    }
}

/// A sentence's name, for windows in other languages.
pub fn said(said: &broker::Said) -> control::Said {
    let filling = |filling: &broker::Filling| match filling {
        broker::Filling::Text(text) => control::Filling::Text(text.clone()),
        broker::Filling::Said(inner) => control::Filling::Said(self::said(inner)),
    };
    let with = said.with.iter().map(|(place, value)| (place.to_string(), filling(value)));
    control::Said { message: said.message.to_string(), with: with.collect() }
}

/// A sentence, and its name.
fn told(sentence: &Sentence) -> (String, Option<control::Said>) {
    (sentence.to_string(), sentence.said().map(said))
}

/// Sentences, one a line, and the name of each.
fn lines(sentences: &[Sentence]) -> (Vec<String>, Vec<Option<control::Said>>) {
    sentences.iter().map(told).unzip()
}

/// What was looked at. `Err` is what is wrong, and what to do.
#[must_use]
pub fn finding(what: &Sentence, outcome: Result<Sentence, Sentence>) -> Finding {
    let fine = outcome.is_ok();
    let (what, what_said) = told(what);
    let (sentence, said) = told(&outcome.unwrap_or_else(|problem| problem));
    Finding { what, what_said, fine, sentence, said }
}

/// A scope in the catalogue's words; raw and marked as unknown where the catalogue does not have it (UI-09).
fn scope(provider: Option<&Provider>, scope: &Scope) -> ScopeView {
    if let Some(what) = scope.limit() {
        let (words, said) = told(&questions::ONLY_IN.with([("what", &what)]));
        return ScopeView {
            scope: scope.to_string(),
            words,
            said,
            service: provider.map(|provider| provider.name.clone()).unwrap_or_default(),
            access: ScopeAccess::Identity,
            risk: control::Risk::Low,
            preset: false,
            known: true,
        };
    }
    let Some(entry) = provider.and_then(|provider| provider.scope_entry(scope)) else {
        return ScopeView {
            scope: scope.to_string(),
            words: scope.to_string(),
            said: None,
            service: provider.map(|provider| provider.name.clone()).unwrap_or_default(),
            access: ScopeAccess::Unknown,
            risk: control::Risk::Medium,
            preset: false,
            known: false,
        };
    };
    ScopeView {
        scope: scope.to_string(),
        words: entry.words.clone(),
        said: None,
        service: entry.service.clone(),
        access: match entry.access {
            Access::Identity => ScopeAccess::Identity,
            Access::Read => ScopeAccess::Read,
            Access::Write => ScopeAccess::Write,
        },
        risk: match entry.risk {
            Risk::Low => control::Risk::Low,
            Risk::Medium => control::Risk::Medium,
            Risk::High => control::Risk::High,
        },
        preset: entry.preset,
        known: true,
    }
}

fn evidence(caller: &Caller, changed: bool) -> EvidenceView {
    EvidenceView {
        file: caller.file.clone(),
        script: caller.script.clone(),
        command_line: caller.command_line.clone(),
        hash: caller.file_hash.chars().take(SHOWN_DIGITS).collect(),
        // Root's programs can replace every file. What the rules count is whether anybody else's can.
        user_writable: caller.user_writable || rustix::process::geteuid().is_root(),
        changed,
        started_by: caller.started_by.clone(),
        terminal: caller.terminal.clone(),
        warning: caller.warning.clone(),
        warning_said: caller.warning_said.as_ref().map(said),
    }
}

fn delivery(delivery: broker::Delivery) -> Delivery {
    match delivery {
        broker::Delivery::Gateway => Delivery::Gateway,
        broker::Delivery::Release => Delivery::Release,
    }
}

fn duration(duration: consent::Duration) -> Duration {
    match duration {
        consent::Duration::Once => Duration::Once,
        consent::Duration::Seconds { seconds } => Duration::Seconds { seconds },
        consent::Duration::UntilLock => Duration::UntilLock,
        consent::Duration::Always => Duration::Always,
    }
}

fn conditions(conditions: &consent::Conditions) -> Conditions {
    Conditions {
        session: conditions.session.clone(),
        directory: conditions.directory.clone(),
        host: conditions.host.clone(),
        forwarded: conditions.forwarded,
    }
}

fn time(at: broker::Timestamp) -> Timestamp {
    Timestamp(at.0)
}
