//! Finds an issuer's metadata, and remembers it for an hour.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use broker::Timestamp;
use http::StatusCode;
use url::Url;

use crate::{
    address::Reach,
    fault::Fault,
    metadata::{self, Metadata},
    web::Web,
};

/// How long metadata is trusted without asking again, in seconds.
const KEEP: i64 = 60 * 60;

/// More issuers than anyone has; beyond it the memory starts afresh.
const MAX_KEPT: usize = 256;

/// What was found lately.
#[derive(Default)]
pub(crate) struct Discovery {
    found: Mutex<HashMap<(String, bool), (Timestamp, Metadata)>>,
}

impl Discovery {
    /// The issuer's metadata, from memory if it is fresh.
    pub(crate) async fn metadata(
        &self,
        web: &Web,
        reach: Reach,
        issuer: &str,
        now: Timestamp,
    ) -> Result<Metadata, Fault> {
        let key = (issuer.to_owned(), reach == Reach::Private);
        if let Some(known) = self.fresh(&key, now) {
            return Ok(known);
        }
        let found = fetch(web, reach, issuer).await?;
        let mut kept = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(key, (now, found.clone()));
        Ok(found)
    }

    fn fresh(&self, key: &(String, bool), now: Timestamp) -> Option<Metadata> {
        let kept = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, metadata) = kept.get(key)?;
        (0..KEEP).contains(&now.since(*since)).then(|| metadata.clone())
    }
}

/// Asks the three well-known places in turn; the first good answer counts (DM-03).
pub(crate) async fn fetch(web: &Web, reach: Reach, issuer: &str) -> Result<Metadata, Fault> {
    let parsed = reach.check(issuer)?;
    if parsed.query().is_some() {
        return Err(Fault::Forbidden("an issuer has no query (RFC 8414 §2)".to_owned()));
    }
    let mut worst = Fault::Untrusted("there is no metadata at its well-known addresses".to_owned());
    for place in well_known(&parsed) {
        match ask(web, reach, &place, issuer).await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => {}
            // It would be the same server again.
            Err(fault @ (Fault::Unreachable(_) | Fault::Forbidden(_))) => return Err(fault),
            Err(fault) => worst = fault,
        }
    }
    Err(worst)
}

/// `None`: nothing is there.
async fn ask(web: &Web, reach: Reach, place: &str, issuer: &str) -> Result<Option<Metadata>, Fault> {
    let reply = web.get(reach, place).await?;
    if reply.status.is_client_error() {
        return Ok(None);
    }
    metadata::read(&reply.json_if(StatusCode::OK)?, issuer, reach).map(Some)
}

/// RFC 8414 §3.1 insertion, OIDC insertion, OIDC appending (Discovery §4). A final slash of the path is left
/// out first.
pub(crate) fn well_known(issuer: &Url) -> Vec<String> {
    let path = issuer.path().trim_end_matches('/');
    let origin = issuer.origin().ascii_serialization();
    let mut places = vec![
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
        format!("{origin}/.well-known/openid-configuration{path}"),
    ];
    if !path.is_empty() {
        places.push(format!("{origin}{path}/.well-known/openid-configuration"));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dm_03_three_places_in_this_order() {
        let issuer = Url::parse("https://a.example:8443/realms/x/").expect("an address");
        assert_eq!(
            well_known(&issuer),
            [
                "https://a.example:8443/.well-known/oauth-authorization-server/realms/x",
                "https://a.example:8443/.well-known/openid-configuration/realms/x",
                "https://a.example:8443/realms/x/.well-known/openid-configuration",
            ]
        );
    }
}
