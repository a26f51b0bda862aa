//! The lock: making the vault, opening and closing it, and panic.

use crate::{
    AuditKind, Broker, Change, Consent, Error, NewLock, Notice, Presence, Released, Secret, Sentence, Tiding,
    Timestamp, VaultState,
    broker::About,
    consent::Duration,
    house::House,
    lease::with_descendants,
    messages::{refusals, trail},
    preferences::setting,
    upstream_grant::mark_second,
};

/// How the broker is.
#[derive(Clone, Debug)]
pub struct Status {
    /// How the vault is.
    pub vault: VaultState,
    /// `Err` says why the system keyring cannot be used.
    pub keyring: Result<(), Sentence>,
    /// Whether the vault has a passphrase.
    pub has_passphrase: bool,
    /// Prompts that wait; none is shown while locked.
    pub waiting: usize,
    /// Programs that wait for the vault to be opened.
    pub waiting_for_unlock: usize,
    /// Until when Keylodge is paused, if it is.
    pub paused_until: Option<Timestamp>,
    /// Accounts, apps, live leases; zero while locked.
    pub counts: (usize, usize, usize),
    /// Whether a native window can be shown.
    pub display: bool,
}

impl Broker {
    /// How the broker is. Never fails and never waits long.
    pub async fn status(&self) -> Status {
        let vault = &self.0.ports.vault;
        Status {
            vault: vault.state().await,
            keyring: vault.keyring().await,
            has_passphrase: vault.has_passphrase().await,
            waiting: self.prompts().len(),
            paused_until: self.pause_end(),
            waiting_for_unlock: self.door().len() + self.behind_the_lock(),
            counts: self.look(|h| (h.accounts.len(), h.apps.len(), h.leases.len())).unwrap_or_default(),
            display: self.0.ports.surroundings.has_display(),
        }
    }

    /// Questions that were asked before the lock and come back with the unlock.
    fn behind_the_lock(&self) -> usize {
        if self.look(|_| ()).is_ok() { 0 } else { self.desk().shown().len() }
    }

    /// How the vault is.
    pub async fn vault_state(&self) -> VaultState {
        self.0.ports.vault.state().await
    }

    /// Makes the vault on first start and opens it. It needs no presence, for there is nothing yet to be guarded.
    pub async fn set_up(&self, lock: NewLock) -> Result<(), Error> {
        self.0.ports.vault.create(lock).await?;
        self.move_in().await
    }

    /// Opens the vault: with the passphrase, or with the keyring when `presence` comes from the native window or the
    /// broker starts (`at_start`).
    pub async fn unlock(
        &self,
        passphrase: Option<Secret<String>>,
        presence: Option<&Presence>,
    ) -> Result<(), Error> {
        if passphrase.is_none() && presence.is_none() {
            return Err(Error::PresenceNeeded(refusals::UNLOCK_IN_WINDOW.sentence()));
        }
        self.open(passphrase).await
    }

    /// Opens a vault that the keyring locks, at start, before any surface is there.
    pub async fn open_at_start(&self) -> Result<(), Error> {
        match self.0.ports.vault.state().await {
            VaultState::LockedByKeyring => self.open(None).await,
            _ => Ok(()),
        }
    }

    /// Closes the vault: keys and tokens leave memory, tokens that are out end, and with them consents "until lock".
    pub async fn lock(&self) -> Result<(), Error> {
        // What was set is asked for once more: the lock screen goes on in that language.
        drop(self.locale());
        self.begin_closing();
        let ended = self.narrow(|house| {
            let mut changes: Vec<_> =
                until_lock(house).flat_map(|consent| house.withdraw(&consent.id)).collect();
            changes.extend(house.end_leases(|_| true));
            Ok((changes, ()))
        });
        let ended = ended.await;
        self.close_and_take_back().await;
        self.notify(Notice::Changed);
        match ended {
            Err(Error::Locked) | Ok(()) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Locks when nobody has used it for as long as the person, or the policy, says.
    pub(crate) async fn lock_when_idle(&self, now: Timestamp) {
        let Ok(set) = self.preferences() else { return };
        let own = set.number(&setting::LOCK_IDLE_MINUTES);
        let laid_down = self.policy().policy().and_then(|policy| policy.lock_idle_minutes);
        let minutes = [Some(own).filter(|own| *own > 0), laid_down].into_iter().flatten().min();
        let Some(minutes) = minutes else { return };
        if now.since(self.used_at()) >= i64::from(minutes) * 60 {
            match self.lock().await {
                Ok(()) => tracing::info!(minutes, "locked, for nobody used it"),
                Err(error) => tracing::error!(%error, "Keylodge could not be locked"),
            }
        }
    }

    /// Closes the vault without ending anything: the broker stops. What is "until lock" ends at the next start.
    pub async fn close(&self) {
        self.replace_house(None);
        // Device codes have just gone; nobody could be handed what is allowed to them.
        if self.desk().end_codes() {
            self.notify_waiting();
        }
        self.0.ports.signer.forget();
        self.0.ports.vault.close().await;
    }

    /// Everything at once: refuses what waits, ends every lease and refresh chain, here and at the providers, and locks.
    /// A released token that cannot be ended by itself is ended with its sign-in. Nobody waits for a provider: what does
    /// not answer is written down and tried again when the vault opens.
    pub async fn panic(&self) -> Result<(), Error> {
        self.desk().clear();
        self.door().close();
        self.notify(Notice::Prompts(0));
        let broker = self.clone();
        let ended = self.narrow(move |house| {
            let mut changes = house.end_leases(|_| true);
            changes.extend(house.families.keys().cloned().map(Change::DeleteFamily));
            let at_any_price =
                |out: &Released| Released { at_any_price: true, attempts: None, ..out.clone() };
            changes.extend(house.released.values().map(|out| Change::PutReleased(at_any_price(out), None)));
            let sentence = trail::PANIC.sentence();
            changes.push(Change::Audit(broker.event(house, AuditKind::Vault, About::default(), sentence)));
            Ok((changes, ()))
        });
        let ended = ended.await;
        self.lock().await?;
        match ended {
            Err(Error::Locked) | Ok(()) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Proof of presence by the passphrase.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`], and [`Error::PresenceNeeded`] where the vault has none.
    pub async fn presence_by_passphrase(&self, guess: &Secret<String>) -> Result<Presence, Error> {
        let vault = &self.0.ports.vault;
        if !vault.has_passphrase().await {
            return Err(Error::PresenceNeeded(refusals::NO_PASSPHRASE.sentence()));
        }
        if vault.is_passphrase(guess).await? {
            Ok(Presence::of_passphrase())
        } else {
            Err(Error::WrongPassphrase)
        }
    }

    async fn open(&self, passphrase: Option<Secret<String>>) -> Result<(), Error> {
        if self.look(|_| ()).is_ok() {
            return Ok(());
        }
        self.0.ports.vault.open(passphrase).await?;
        self.move_in().await
    }

    /// Furnishes the house from the open vault. What must not outlive a lock ends here too, for a broker that was
    /// killed could not end it itself.
    async fn move_in(&self) -> Result<(), Error> {
        let mut records = self.0.ports.vault.load().await?;
        let now = self.now();
        let gone: Vec<Consent> = records
            .consents
            .extract_if(.., |c| c.duration == Duration::UntilLock || !c.stands(now))
            .collect();
        let ends = |consent: &crate::ConsentId| gone.iter().any(|c| c.id == *consent);
        let mut changes: Vec<Change> = gone.iter().map(|c| Change::DeleteConsent(c.id.clone())).collect();
        let over = records.leases.iter().filter(|l| ends(&l.consent) || l.until <= now);
        let over = with_descendants(records.leases.iter(), over.map(|l| l.id.clone()).collect());
        records.leases.retain(|lease| !over.contains(&lease.id));
        changes.extend(over.into_iter().map(Change::DeleteLease));
        let families = records.families.extract_if(.., |f| ends(&f.consent) || f.lapsed(now));
        changes.extend(families.map(|f| Change::DeleteFamily(f.id)));
        let second = mark_second(&mut records.grants).into_iter();
        changes.extend(second.map(|grant| Change::PutGrant(grant, None)));
        if !changes.is_empty() {
            self.0.ports.vault.commit(changes).await?;
        }
        let signing_keys = self.load_signing_keys().await?;
        let mut house = House::furnish(self.catalogue(), records);
        house.signing_keys = signing_keys;
        // What must not stand any more ends before anybody finds the house open.
        let older = self.0.ports.vault.was_rolled_back().await;
        let mut changes = if older { self.distrust_old_copy(&house) } else { Vec::new() };
        changes.extend(self.against_policy(&house, trail::POLICY_ENFORCED));
        if !changes.is_empty() {
            self.0.ports.vault.commit_narrowing(changes.clone()).await?;
            for change in changes {
                house.apply(change);
            }
        }
        self.replace_house(Some(house));
        self.resume_renewals();
        self.resume_taking_back().await?;
        self.notify(Notice::Changed);
        if older {
            self.notify(Notice::Tiding(Tiding::OldCopy));
        }
        self.note_use();
        self.door().open();
        // What waited while the vault was locked is shown again.
        self.notify_waiting();
        Ok(())
    }
}

fn until_lock(house: &House) -> impl Iterator<Item = &Consent> {
    house.consents.values().filter(|consent| consent.duration == Duration::UntilLock)
}
