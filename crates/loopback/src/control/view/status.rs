//! How the broker is, and what happened.

use broker::AuditRecord;
use control::{ActivityCount, ActivityView, KeyringState, Status, VaultState};

use super::{View, time, told};
use crate::control::Household;

impl View<'_> {
    /// How the broker is.
    pub async fn status(&self, house: &dyn Household) -> Status {
        let status = self.broker.status().await;
        let (accounts, apps, leases) = status.counts;
        Status {
            version: house.version(),
            vault: vault(status.vault),
            keyring: match status.keyring {
                Ok(()) => KeyringState::Available,
                Err(why) => {
                    let (why, said) = told(&why);
                    KeyringState::Unavailable { why, said }
                }
            },
            has_passphrase: status.has_passphrase,
            url: self.broker.base_url().to_owned(),
            socket: house.socket_path().display().to_string(),
            waiting: count(status.waiting),
            display: status.display,
            accounts: count(accounts),
            apps: count(apps),
            leases: count(leases),
            demo: house.demo_running(),
            paused_until: status.paused_until.map(time),
            language: self.broker.locale().tag().to_owned(),
            waiting_for_unlock: count(status.waiting_for_unlock),
        }
    }

    /// What happened, newest first.
    pub fn activity(records: Vec<AuditRecord>) -> Vec<ActivityView> {
        let view = |record: AuditRecord| ActivityView {
            id: record.number,
            at: time(record.event.at),
            kind: record.event.kind.word().to_owned(),
            tone: record.event.kind.tone().to_owned(),
            sentence: record.event.sentence,
            said: record.event.said.as_ref().map(super::said),
            app_name: record.event.app_name,
            account_label: record.event.account_label,
            failure: record.event.failure.map(|id| id.to_string()),
            app: record.event.app.map(|id| id.to_string()),
            account: record.event.account.map(|id| id.to_string()),
            scopes: record.event.scopes.iter().map(ToString::to_string).collect(),
            because: record.event.because,
            because_said: record.event.because_said.as_ref().map(super::said),
        };
        records.into_iter().map(view).collect()
    }

    /// How much happened, oldest first.
    pub fn counts(counts: Vec<broker::ActivityCount>) -> Vec<ActivityCount> {
        let view = |count: broker::ActivityCount| ActivityCount {
            from: time(count.from),
            kind: count.kind.word().to_owned(),
            tone: count.kind.tone().to_owned(),
            count: count.count,
        };
        counts.into_iter().map(view).collect()
    }
}

fn vault(state: broker::VaultState) -> VaultState {
    match state {
        broker::VaultState::Absent => VaultState::Absent,
        broker::VaultState::LockedByKeyring => VaultState::LockedByKeyring,
        broker::VaultState::LockedByPassphrase => VaultState::LockedByPassphrase,
        broker::VaultState::Open => VaultState::Open,
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
