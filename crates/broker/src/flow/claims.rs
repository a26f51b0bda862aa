//! What our tokens say of themselves (RFC 9068 §2.2), and of who acts for whom (RFC 8693 §4.1).

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    AccountId, AppId, Broker, Error, Exchanged, LeaseId, Timestamp, authorization_details,
    flow::hand_out::{Authority, provider_of, standing},
    hex,
    house::House,
};

impl Broker {
    /// The claims of a token (RFC 9068 §2.2). The subject is another one for each program and tells nothing (TK-18).
    pub(crate) fn claims(
        &self,
        house: &House,
        authority: &Authority,
        id: &LeaseId,
        audience: &str,
        (now, until): (Timestamp, Timestamp),
    ) -> Result<serde_json::Value, Error> {
        let provider = provider_of(house, &authority.account)?;
        let first = Exchanged::first_app(authority.exchanged.as_ref()).unwrap_or(&authority.app);
        let mut claims = json!({
            "iss": self.issuer(&provider),
            "sub": subject(first, &authority.account),
            "aud": audience,
            "client_id": authority.app.as_str(),
            "scope": authority.scopes.to_string(),
            "iat": now.0,
            "exp": until.0,
            "jti": id.as_str(),
            "auth_time": standing(house, authority, now)?.since,
        });
        if let Some(key) = &authority.key {
            claims["cnf"] = json!({ "jkt": key });
        }
        if let Some(act) = authority.exchanged.as_ref().and_then(|exchanged| act(&exchanged.actors)) {
            claims["act"] = act;
        }
        if authority.by_details {
            claims["authorization_details"] =
                authorization_details::of(&authority.account, &authority.scopes, authority.delivery);
        }
        Ok(claims)
    }
}

/// Who acts for whom, the one that acts now outermost (RFC 8693 §4.1); `None` where nobody acts for another.
pub fn act(actors: &[AppId]) -> Option<serde_json::Value> {
    actors.iter().rev().fold(None, |before, actor| {
        let mut act = json!({ "sub": actor.as_str() });
        if let Some(before) = before {
            act["act"] = before;
        }
        Some(act)
    })
}

/// The subject that one program sees for one account; another program sees another.
pub fn subject(app: &AppId, account: &AccountId) -> String {
    hex(&Sha256::digest(format!("{app} {account}").as_bytes()))[..32].to_owned()
}
