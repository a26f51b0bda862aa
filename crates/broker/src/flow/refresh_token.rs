//! Refresh tokens of ours: rotated at each use; an old one ends the whole family (RFC 9700 §4.14.2).

use crate::{
    App, AuditKind, Broker, Change, Error, RefreshFamily, ScopeSet, Secret, TokenHash,
    broker::About,
    flow::hand_out::{Authority, HandOut, provider_of},
};

impl Broker {
    /// Redeems a refresh token for a new access token and the token's successor. `asked` narrows the access token only
    /// (TK-07). Stock libraries repeat what they asked for at first, also where the person allowed a part of it: what
    /// was not granted is left out, and the answer says so (RFC 6749 §3.3).
    pub async fn refresh_app(
        &self,
        app: &App,
        presented: &Secret<String>,
        asked: Option<&ScopeSet>,
        resource: Option<&str>,
    ) -> Result<HandOut, Error> {
        let hash = TokenHash::of(presented);
        let family = self.look(|house| {
            house.families.values().find(|f| f.current == hash || f.spent.contains(&hash)).cloned()
        })?;
        let family = family.filter(|family| family.app == app.id).ok_or_else(unknown)?;
        if family.current != hash {
            return Err(self.end_family(family).await?);
        }
        if family.lapsed(self.now()) {
            return Err(unknown());
        }
        if resource.is_some() && resource != family.resource.as_deref() {
            return Err(Error::InvalidTarget("This refresh token is for another resource.".to_owned()));
        }
        let provider = self.look(|house| provider_of(house, &family.account))??;
        let scopes = narrowed(&family, asked.map(|asked| provider.canonical(asked)))?;
        let next = self.fresh_token();
        let authority = Authority {
            app: family.app.clone(),
            account: family.account.clone(),
            consent: family.consent.clone(),
            scopes,
            delivery: family.delivery,
            resource: family.resource.clone(),
            family: Some(family.id.clone()),
        };
        let rotated = family.rotated(TokenHash::of(&next), self.now());
        let hand_out = self.hand_out(authority, vec![Change::PutFamily(rotated)]).await?;
        Ok(HandOut { refresh_token: Some(next), ..hand_out })
    }

    /// An old token came back: somebody else has it. Ends the family, keeps the fact, and says so.
    pub(crate) async fn end_family(&self, family: RefreshFamily) -> Result<Error, Error> {
        let broker = self.clone();
        self.change(move |house| {
            let mut changes = house.end_leases(|lease| lease.family.as_ref() == Some(&family.id));
            changes.push(Change::DeleteFamily(family.id));
            let about = About::both(&family.app, &family.account);
            let sentence = "An old refresh token was used again: the program must ask anew.".to_owned();
            changes.push(Change::Audit(broker.event(house, AuditKind::Refused, about, sentence)));
            Ok((changes, ()))
        })
        .await?;
        Ok(Error::InvalidGrant(
            "This refresh token was used before. Its whole family has ended. Start again.".to_owned(),
        ))
    }
}

fn narrowed(family: &RefreshFamily, asked: Option<ScopeSet>) -> Result<ScopeSet, Error> {
    let scopes = asked.map_or_else(|| family.scopes.clone(), |asked| asked.intersection(&family.scopes));
    if scopes.is_empty() {
        return Err(Error::InvalidScope(format!(
            "A refresh gives at most what was granted: {}.",
            family.scopes
        )));
    }
    Ok(scopes)
}

fn unknown() -> Error {
    Error::InvalidGrant("This refresh token is not known here any more. Ask the person again.".to_owned())
}
