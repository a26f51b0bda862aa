//! Giving sign-ins back at the provider: at once where it answers, and again and again where it does not. What waits is
//! kept in the vault, sealed, and outlives a restart (UC-23).

use crate::{
    Account, Attempts, AuditKind, Broker, Change, Error, GrantId, GrantState, Provider, SecretOf, Sentence,
    Timestamp, Upkeep, UpstreamError, UpstreamGrant, Withdrawal, broker::About, house::House,
    messages::trail,
};

impl Broker {
    /// Tries again what providers did not answer to.
    pub(crate) fn withdraw_waiting(&self) {
        let now = self.now();
        let due = |grant: &&UpstreamGrant| {
            grant.upkeep.withdrawal.as_ref().is_some_and(|waiting| waiting.attempts.are_due(now))
        };
        let grants = self.look(|house| house.grants.values().filter(due).map(|g| g.id.clone()).collect());
        let grants: Vec<GrantId> = grants.unwrap_or_default();
        for grant in grants {
            let Ok(turn) = self.refresh_lock(&grant).try_lock_owned() else { continue };
            let broker = self.clone();
            self.0.ports.surroundings.run(Box::pin(async move {
                let _turn = turn;
                if let Err(error) = broker.withdraw_upstream(&grant).await {
                    tracing::warn!(%error, "a sign-in could not be given back");
                }
            }));
        }
    }

    /// Revokes a withdrawn sign-in at its provider. Gives what happened, in a sentence.
    pub(crate) async fn withdraw_upstream(&self, id: &GrantId) -> Result<Sentence, Error> {
        let found = self.look(|house| {
            let waiting = house.grants.get(id)?.upkeep.withdrawal.clone()?;
            Some((house.providers.get(&waiting.provider).cloned(), waiting))
        })?;
        let Some((provider, waiting)) = found else { return Ok(trail::REVOKED_ALREADY.sentence()) };
        let Some(provider) = provider else {
            let told = trail::REVOKED_NOWHERE.sentence();
            return self.forget_grant(id, Some((waiting, told))).await;
        };
        let Some(token) = self.0.ports.vault.secret(&SecretOf::Grant(id.clone())).await? else {
            let told = trail::NOTHING_TO_REVOKE.with([("provider", &provider.name)]);
            return self.forget_grant(id, Some((waiting, told))).await;
        };
        let revoked = match self.client_credential(&provider).await {
            // No key is proven: RFC 9449 asks for none where a token is given back.
            Ok(client) => self.0.ports.upstream.revoke(&provider, &client, &token).await,
            Err(_) => Ok(false),
        };
        let by_hand = by_hand(&provider);
        let told = match revoked {
            Ok(true) => trail::REVOKED_UPSTREAM.with([("provider", &provider.name)]),
            Ok(false) => trail::CANNOT_REVOKE.with([("provider", &provider.name)]).then(&by_hand),
            Err(error) => match error.again(waiting.attempts, self.now()) {
                Some(attempts) => return self.try_again_later(id, attempts, &error, &by_hand).await,
                None => error.sentence().then(&trail::MAY_STAND.sentence()).then(&by_hand),
            },
        };
        self.forget_grant(id, Some((waiting, told))).await
    }

    async fn try_again_later(
        &self,
        id: &GrantId,
        attempts: Attempts,
        error: &UpstreamError,
        by_hand: &Sentence,
    ) -> Result<Sentence, Error> {
        let id = id.clone();
        self.change(move |house| {
            let put = |grant: &UpstreamGrant| {
                let waiting = grant.upkeep.withdrawal.clone()?;
                let withdrawal = Some(Withdrawal { attempts, ..waiting });
                let upkeep = Upkeep { withdrawal, ..grant.upkeep.clone() };
                Some(Change::PutGrant(UpstreamGrant { upkeep, ..grant.clone() }, None))
            };
            Ok((house.grants.get(&id).and_then(put).into_iter().collect(), ()))
        })
        .await?;
        Ok(error.sentence().then(&trail::KEEPS_REVOKING.with([("what", by_hand)])))
    }

    /// Destroys a withdrawn grant with its tokens, and notes what became of it at the provider.
    pub(crate) async fn forget_grant(
        &self,
        id: &GrantId,
        outcome: Option<(Withdrawal, Sentence)>,
    ) -> Result<Sentence, Error> {
        let (broker, id) = (self.clone(), id.clone());
        let told = outcome.as_ref().map(|(_, told)| told.clone()).unwrap_or_default();
        self.narrow(move |house: &House| {
            let mut changes = vec![Change::DeleteGrant(id)];
            if let Some((waiting, told)) = outcome {
                let mut fact = broker.event(house, AuditKind::Account, About::default(), told);
                fact.account_label = Some(waiting.label);
                changes.push(Change::Audit(fact));
            }
            Ok((changes, ()))
        })
        .await?;
        Ok(told)
    }
}

/// The grant of an account that is gone: good for nothing here but to be given back. Its access token is destroyed.
pub fn withdrawn(grant: &UpstreamGrant, account: &Account, now: Timestamp) -> [Change; 2] {
    let waiting = Withdrawal {
        provider: account.provider.clone(),
        label: account.label.clone(),
        attempts: Attempts::begun(now),
    };
    let upkeep = Upkeep { withdrawal: Some(waiting), rotates: grant.upkeep.rotates, ..Upkeep::default() };
    let gone =
        UpstreamGrant { state: GrantState::Revoked, upkeep, version: grant.version + 1, ..grant.clone() };
    [Change::PutGrant(gone, None), Change::PutAccess(grant.id.clone(), None)]
}

/// What the person can do there.
pub fn by_hand(provider: &Provider) -> Sentence {
    match &provider.withdraw_page {
        Some(page) => trail::BY_HAND_AT.with([("page", page)]),
        None => trail::BY_HAND.with([("provider", &provider.name)]),
    }
}
