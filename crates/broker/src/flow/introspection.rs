//! Telling a resource server about a token (RFC 7662), and revoking tokens (RFC 7009).

use crate::{
    App, AuditKind, Broker, Change, Error, Lease, Secret, Timestamp, TokenHash,
    broker::About,
    flow::claims::{act, subject},
    messages::trail,
};

/// A live token, as its resource server may know it.
#[derive(Clone, Debug)]
pub struct Introspection {
    /// The lease.
    pub lease: Lease,
    /// The issuer.
    pub issuer: String,
    /// The subject, another one for each program.
    pub subject: String,
    /// When the person decided (RFC 9470 §6.2).
    pub decided_at: Timestamp,
    /// Who acts for whom (RFC 8693 §4.1).
    pub act: Option<serde_json::Value>,
}

impl Broker {
    /// What `asker` may know of a token: its own tokens, and those whose audience it is. `None` in every other case,
    /// without a hint why (RFC 7662 §2.2).
    pub fn introspect(&self, asker: &App, token: &Secret<String>) -> Result<Option<Introspection>, Error> {
        let now = self.now();
        self.look(|house| {
            let lease = &house.leases.get(house.lease_of_token.get(&TokenHash::of(token))?)?.lease;
            let concerns = lease.app == asker.id || asker.resources.contains(&lease.audience);
            let provider = house.providers.get(&house.accounts.get(&lease.account)?.provider)?;
            let ours = lease.delivery == crate::Delivery::Gateway;
            let decided_at = house.consents.get(&lease.consent)?.since;
            (concerns && ours && lease.until > now).then(|| Introspection {
                decided_at,
                issuer: self.issuer(provider),
                subject: subject(lease.first_app(), &lease.account),
                act: lease.exchanged.as_ref().and_then(|exchanged| act(&exchanged.actors)),
                lease: lease.clone(),
            })
        })
    }

    /// Ends a token of the program's own: an access token by itself, a refresh token with its whole family. A token
    /// that is not known is no error (RFC 7009 §2.2); another program's is.
    pub async fn revoke_token(&self, app: &App, token: &Secret<String>) -> Result<(), Error> {
        let hash = TokenHash::of(token);
        let (broker, app) = (self.clone(), app.id.clone());
        self.narrow(move |house| {
            let foreign = || Error::InvalidGrant("This token was given to another program.".into());
            let mut changes = Vec::new();
            let lease = house.lease_of_token.get(&hash).and_then(|id| house.leases.get(id));
            if let Some(live) = lease {
                if live.lease.app != app {
                    return Err(foreign());
                }
                changes.extend(house.end_lease(&live.lease.id));
            }
            let family =
                house.families.values().find(|family| family.current == hash || family.spent.contains(&hash));
            if let Some(family) = family {
                if family.app != app {
                    return Err(foreign());
                }
                changes.extend(house.end_leases(|lease| lease.family.as_ref() == Some(&family.id)));
                changes.push(Change::DeleteFamily(family.id.clone()));
            }
            if !changes.is_empty() {
                let sentence = trail::GIVEN_BACK.sentence();
                changes.push(Change::Audit(broker.event(
                    house,
                    AuditKind::Ended,
                    About::app(&app),
                    sentence,
                )));
            }
            Ok((changes, ()))
        })
        .await
    }
}
