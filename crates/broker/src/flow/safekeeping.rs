//! Safekeeping: the passphrase, the trail's soundness and length, backup and restore.

use crate::{
    AuditKind, Backup, Broker, Change, Error, GrantState, Presence, Provider, Secret, SecretOf, Sentence,
    TrailCheck, broker::About, consent::Duration, house::House, messages::trail, preferences::setting,
    provider::Group, upstream_grant::mark_second,
};

impl Broker {
    /// Gives the vault a passphrase, or another one. Widens: whoever knows it can prove presence.
    pub async fn set_passphrase(&self, new: &Secret<String>, presence: &Presence) -> Result<(), Error> {
        self.demand_passphrase(Some(presence)).await?;
        self.0.ports.vault.set_passphrase(new).await?;
        self.note(AuditKind::Vault, trail::PASSPHRASE_SET.with([("how", &presence.how())])).await
    }

    /// Looks at every fact: whether one was changed, taken out or put in.
    pub async fn verify_activity(&self) -> Result<TrailCheck, Error> {
        Ok(self.0.ports.vault.verify_activity().await?)
    }

    /// Forgets what the settings no longer keep. The daemon calls it now and then.
    pub async fn cut_activity(&self) -> Result<u32, Error> {
        let kept = self.preferences()?;
        let seconds = i64::from(kept.number(&setting::KEEP_DAYS)) * 24 * 3600;
        let oldest = self.now().plus(-seconds);
        Ok(self.0.ports.vault.cut_activity(oldest, kept.number(&setting::KEEP_EVENTS)).await?)
    }

    /// Everything that is remembered, secrets included, sealed with a passphrase of its own. Widens: whoever has both can
    /// use every account.
    pub async fn backup(&self, passphrase: &Secret<String>, presence: &Presence) -> Result<Vec<u8>, Error> {
        self.look(|_| ())?;
        self.demand_passphrase(Some(presence)).await?;
        let sealed = self.0.ports.vault.backup(passphrase).await?;
        self.note(AuditKind::Vault, trail::BACKUP_MADE.with([("how", &presence.how())])).await?;
        Ok(sealed)
    }

    /// Puts a backup in the place of everything that is remembered now. Tokens that are out end; what was allowed until
    /// lock or once is not in a backup. Each account asks its provider before it hands anything out. Where there is no
    /// account yet, as on a new machine, nothing is lost, and a click is enough.
    pub async fn restore(
        &self,
        backup: &[u8],
        passphrase: &Secret<String>,
        presence: &Presence,
    ) -> Result<(), Error> {
        if !self.look(|house| house.accounts.is_empty())? {
            self.demand_passphrase(Some(presence)).await?;
        }
        let backup = self.0.ports.vault.read_backup(backup, passphrase).await?;
        let (broker, how) = (self.clone(), presence.how());
        self.change(move |house| {
            let mut changes = emptied(house);
            let backup = without_shipped(backup, house);
            let moved = backup.records.providers.iter().filter(|next| moves(house, next));
            changes.extend(moved.flat_map(|next| broker.let_go_of_all(house, next)));
            changes.extend(furnished(backup));
            let fact = broker.event(
                house,
                AuditKind::Vault,
                About::default(),
                trail::BACKUP_RESTORED.with([("how", &how)]),
            );
            changes.push(Change::Audit(fact));
            Ok((changes, ()))
        })
        .await?;
        self.touch(|house| house.upstream.clear())?;
        self.enforce_policy(trail::POLICY_ENFORCED).await
    }

    /// Changes for an older copy of the vault that was opened: what the person has withdrawn since would stand again. So
    /// nothing that was allowed stands, until they allow it anew (STO-02).
    pub(crate) fn distrust_old_copy(&self, house: &House) -> Vec<Change> {
        let allowed = house.consents.values().filter(|consent| consent.allows);
        let mut changes: Vec<_> = allowed.flat_map(|consent| house.withdraw(&consent.id)).collect();
        changes.extend(house.end_leases(|_| true));
        let fact = self.event(house, AuditKind::Vault, About::default(), trail::OLD_COPY.sentence());
        changes.push(Change::Audit(fact));
        changes
    }

    async fn note(&self, kind: AuditKind, sentence: Sentence) -> Result<(), Error> {
        let broker = self.clone();
        self.change(move |house| {
            let fact = broker.event(house, kind, About::default(), sentence);
            Ok((vec![Change::Audit(fact)], ()))
        })
        .await
    }
}

/// Changes that take away everything the house holds, but for tokens that are out: with their leases gone, these are
/// due to be ended at their providers.
fn emptied(house: &House) -> Vec<Change> {
    let mut changes = house.end_leases(|_| true);
    changes.extend(house.families.keys().cloned().map(Change::DeleteFamily));
    changes.extend(house.consents.keys().cloned().map(Change::DeleteConsent));
    changes.extend(house.routes.keys().cloned().map(Change::DeleteRoute));
    changes.extend(house.apps.keys().cloned().map(Change::DeleteApp));
    changes.extend(house.grants.keys().cloned().map(Change::DeleteGrant));
    changes.extend(house.accounts.keys().cloned().map(Change::DeleteAccount));
    changes.extend(house.clients.keys().cloned().map(Change::DeleteClient));
    let own = house.providers.values().filter(|provider| provider.group == Group::Own);
    changes.extend(own.map(|provider| Change::DeleteProvider(provider.id.clone())));
    changes
}

/// A backup without providers whose ids are those of shipped ones: none of them takes their place.
fn without_shipped(mut backup: Backup, house: &House) -> Backup {
    backup
        .records
        .providers
        .retain(|provider| house.providers.get(&provider.id).is_none_or(|known| known.group == Group::Own));
    backup
}

/// Whether what was kept for a provider would go elsewhere by another entry of that id.
fn moves(house: &House, next: &Provider) -> bool {
    house.providers.get(&next.id).is_none_or(|known| next.takes_secrets_elsewhere(known))
}

/// Changes that put what a backup holds in its place.
fn furnished(backup: Backup) -> Vec<Change> {
    let Backup { mut records, mut secrets, .. } = backup;
    mark_second(&mut records.grants);
    let mut secret = |of: &SecretOf| {
        let at = secrets.iter().position(|(whose, _)| whose == of)?;
        Some(secrets.swap_remove(at).1)
    };
    let mut changes: Vec<_> = records.providers.into_iter().map(Change::PutProvider).collect();
    for client in records.clients {
        let kept = secret(&SecretOf::Client(client.provider.clone()));
        changes.push(Change::PutClient(client, kept));
    }
    changes.extend(records.accounts.into_iter().map(Change::PutAccount));
    for mut grant in records.grants {
        let kept = secret(&SecretOf::Grant(grant.id.clone()));
        if kept.is_none() && grant.state == GrantState::Active {
            grant.state = GrantState::ReauthRequired {
                why: "The backup holds no sign-in for it.".to_owned(),
                cause: crate::Cause::NotInBackup,
            };
        }
        let key = secret(&SecretOf::ProofKey(grant.id.clone()));
        changes.extend(key.map(|key| Change::PutProofKey(grant.id.clone(), Some(key))));
        changes.push(Change::PutGrant(grant, kept));
    }
    changes.extend(records.apps.into_iter().map(Change::PutApp));
    for released in records.released {
        let kept = secret(&SecretOf::Released(released.lease.clone()));
        // Its lease is in no backup, so it is due to be ended.
        changes.extend(kept.map(|token| Change::PutReleased(released, Some(token))));
    }
    let lasting = |duration| !matches!(duration, Duration::Once | Duration::UntilLock);
    let consents = records.consents.into_iter().filter(|consent| lasting(consent.duration));
    changes.extend(consents.map(Change::PutConsent));
    changes.extend(records.routes.into_iter().map(Change::PutRoute));
    changes.push(Change::PutPreferences(records.preferences));
    changes
}
