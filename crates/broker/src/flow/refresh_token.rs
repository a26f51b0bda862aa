//! Refresh tokens of ours: rotated at each use; an old one ends the whole family (RFC 9700 §4.14.2), unless it is the
//! one before, moments later: then a program has lost the answer, or two of its processes refreshed at once (OAU-10).

use std::sync::Arc;

use crate::{
    App, AuditKind, Broker, Caller, Change, Error, KeyThumbprint, LeaseId, Notice, RefreshFamily, ScopeSet,
    Secret, Tiding, Timestamp, TokenHash, Witness,
    broker::About,
    consent::Conditions,
    flow::hand_out::{Along, Authority, HandOut, provider_of},
    messages::trail,
};

/// What a program presents to refresh.
#[derive(Clone, Debug)]
pub struct Refresh {
    /// The refresh token.
    pub token: Secret<String>,
    /// Narrows the new access token, and that only (TK-07).
    pub scopes: Option<ScopeSet>,
    /// If present, it must be the one that the family is for.
    pub resource: Option<String>,
    /// The key that was proven (RFC 9449 §5).
    pub key: Option<KeyThumbprint>,
    /// Who can say where the program is, for consents that hold in one place only.
    pub witness: Option<Arc<dyn Witness>>,
}

/// A refresh token that was just handed out, kept in memory to be handed out again to a program that lost the answer.
pub struct Successor {
    /// Hash of the token that it replaced.
    replaces: TokenHash,
    token: Secret<String>,
    /// The lease that was handed out with it, once that is known.
    lease: Option<LeaseId>,
    until: Timestamp,
}

/// For so long the token before gets the same successor again.
const GRACE_SECONDS: i64 = 30;
/// Another rotation can come in between; a third try in a row does not happen by chance.
const TRIES: usize = 3;

/// What a successor gives once more.
struct Again {
    token: Secret<String>,
    lease: Option<LeaseId>,
}

impl Successor {
    pub fn forgotten(&self, now: Timestamp) -> bool {
        self.until <= now
    }
}

impl Broker {
    /// Redeems a refresh token for a new access token and the token's successor. Stock libraries repeat what they asked
    /// for at first, also where the person allowed a part of it: what was not granted is left out, and the answer says
    /// so (RFC 6749 §3.3).
    pub async fn refresh_app(&self, app: &App, refresh: &Refresh) -> Result<HandOut, Error> {
        for _ in 0..TRIES {
            match self.refresh_once(app, refresh).await {
                Err(Error::Stale) => {}
                outcome => return outcome,
            }
        }
        Err(unknown())
    }

    /// [`Error::Stale`] if the family changed in between.
    async fn refresh_once(&self, app: &App, refresh: &Refresh) -> Result<HandOut, Error> {
        let hash = TokenHash::of(&refresh.token);
        let family = self.family_of(app, &hash)?;
        if family.lapsed(self.now()) {
            return Err(unknown());
        }
        if family.key.is_some() && family.key != refresh.key {
            return Err(Error::InvalidGrant("This refresh token takes a proof of its own key.".into()));
        }
        let again = if family.current == hash { None } else { self.successor(&family, &hash)? };
        if family.current != hash && again.is_none() {
            return Err(self.end_family(family, hash).await?);
        }
        if refresh.resource.is_some() && refresh.resource != family.resource {
            return Err(Error::InvalidTarget("This refresh token is for another resource.".into()));
        }
        self.check_place(&family, refresh).await?;
        let authority = self.authority_of(&family, refresh)?;
        match again {
            Some(successor) => self.hand_out_again(authority, successor).await,
            None => self.rotate(authority, family).await,
        }
    }

    /// What was allowed in one terminal, directory or for one host holds nowhere else, however the token came there.
    async fn check_place(&self, family: &RefreshFamily, refresh: &Refresh) -> Result<(), Error> {
        let consent = self.look(|house| house.consents.get(&family.consent).cloned())?;
        let Some(place) = consent.map(|consent| consent.conditions).filter(Conditions::name_a_place) else {
            return Ok(());
        };
        let there = match &refresh.witness {
            Some(witness) => witness.describe().await,
            None => Caller::default(),
        };
        // Whether it is forwarded was weighed when it was allowed; the browser stood between then.
        let place = Conditions { forwarded: there.is_forwarded(), ..place };
        place.failing(&there, None).map_or(Ok(()), |why| Err(Error::ConsentDenied(why)))
    }

    fn family_of(&self, app: &App, hash: &TokenHash) -> Result<RefreshFamily, Error> {
        let family = self.look(|house| {
            house.families.values().find(|f| f.current == *hash || f.spent.contains(hash)).cloned()
        })?;
        family.filter(|family| family.app == app.id).ok_or_else(unknown)
    }

    fn authority_of(&self, family: &RefreshFamily, refresh: &Refresh) -> Result<Authority, Error> {
        let provider = self.look(|house| provider_of(house, &family.account))??;
        let asked = refresh.scopes.as_ref().map(|asked| provider.canonical(asked));
        Ok(Authority {
            app: family.app.clone(),
            account: family.account.clone(),
            consent: family.consent.clone(),
            scopes: narrowed(family, asked)?,
            delivery: family.delivery,
            or_gateway: family.or_gateway,
            instead: None,
            resource: family.resource.clone(),
            family: Some(family.id.clone()),
            key: refresh.key.clone(),
            by_details: family.by_details,
            exchanged: None,
        })
    }

    async fn rotate(&self, authority: Authority, family: RefreshFamily) -> Result<HandOut, Error> {
        let next = self.fresh_token();
        let to = TokenHash::of(&next);
        let successor = Successor {
            replaces: family.current.clone(),
            token: next.clone(),
            lease: None,
            until: self.now().plus(GRACE_SECONDS),
        };
        // Laid ready before the rotation is durable: a twin that comes right after it must find it.
        self.touch(|house| house.successors.insert(to.clone(), successor))?;
        let along = Along::Rotate { family: family.id, from: family.current, to: to.clone() };
        let hand_out = self.hand_out(authority, along).await;
        self.touch(|house| match (&hand_out, house.successors.get_mut(&to)) {
            (Ok(hand_out), Some(successor)) => successor.lease = Some(hand_out.lease.clone()),
            _ => drop(house.successors.remove(&to)),
        })?;
        Ok(HandOut { refresh_token: Some(next), ..hand_out? })
    }

    /// The current token of a family, if `hash` is the one before and the current one is new and unused.
    fn successor(&self, family: &RefreshFamily, hash: &TokenHash) -> Result<Option<Again>, Error> {
        let now = self.now();
        self.look(|house| {
            let successor = house.successors.get(&family.current)?;
            let again = || Again { token: successor.token.clone(), lease: successor.lease.clone() };
            (successor.replaces == *hash && !successor.forgotten(now)).then(again)
        })
    }

    /// The same answer once more: the same refresh token, and the same access token where it lives.
    async fn hand_out_again(&self, authority: Authority, again: Again) -> Result<HandOut, Error> {
        let live = again.lease.and_then(|lease| self.handed_out(&lease).transpose()).transpose()?;
        let same = |live: &HandOut| live.scopes == authority.scopes && live.key == authority.key;
        let hand_out = match live.filter(same) {
            Some(live) => live,
            None => self.hand_out(authority, Along::Nothing).await?,
        };
        Ok(HandOut { refresh_token: Some(again.token), ..hand_out })
    }

    /// An old token came back: somebody else has it. Ends the family, keeps the fact, and tells the person.
    /// [`Error::Stale`] if meanwhile it is no old token any more or the family has gone.
    async fn end_family(&self, family: RefreshFamily, presented: TokenHash) -> Result<Error, Error> {
        let broker = self.clone();
        let app_name = self.narrow(move |house| {
            let family = house.families.get(&family.id).filter(|family| family.current != presented);
            let family = family.ok_or(Error::Stale)?;
            let mut changes = house.end_leases(|lease| lease.family.as_ref() == Some(&family.id));
            changes.push(Change::DeleteFamily(family.id.clone()));
            let about = About::both(&family.app, &family.account);
            let sentence = trail::TOKEN_REUSED.sentence();
            changes.push(Change::Audit(broker.event(house, AuditKind::Refused, about, sentence)));
            Ok((changes, house.app_name(&family.app)))
        });
        self.notify(Notice::Tiding(Tiding::TokenReused { app_name: app_name.await? }));
        Ok(Error::InvalidGrant(
            "This refresh token was used before. Its whole family has ended. Start again.".into(),
        ))
    }
}

fn narrowed(family: &RefreshFamily, asked: Option<ScopeSet>) -> Result<ScopeSet, Error> {
    let scopes = asked.map_or_else(|| family.scopes.clone(), |asked| asked.intersection(&family.scopes));
    if scopes.opens_nothing() {
        return Err(Error::InvalidScope(
            format!("A refresh gives at most what was granted: {}.", family.scopes).into(),
        ));
    }
    Ok(scopes)
}

fn unknown() -> Error {
    Error::InvalidGrant("This refresh token is not known here any more. Ask the person again.".into())
}
