//! The keys that an issuer publishes (RFC 7517), remembered for an hour.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use broker::Timestamp;
use http::StatusCode;
use jsonwebtoken::jwk::Jwk;
use serde_json::Value;

use crate::{address::Reach, fault::Fault, web::Web};

/// How long keys are trusted without asking again, in seconds.
const KEEP: i64 = 60 * 60;

/// An unknown key leads to a new fetch at most this often, in seconds (DM-09).
const ASK_AGAIN: i64 = 60;

/// More keys than any issuer has.
const MAX_KEYS: usize = 64;

/// More key sets than anyone meets; beyond it the memory starts afresh.
const MAX_KEPT: usize = 256;

type Keys = Arc<Vec<Jwk>>;

/// Key sets that were fetched lately.
#[derive(Default)]
pub(crate) struct KeySets {
    fetched: Mutex<HashMap<String, (Timestamp, Keys)>>,
}

impl KeySets {
    /// The keys at `address`; fetched anew if they are old, or if `unknown` says that the right one was not among
    /// them and that is not asked too often.
    pub(crate) async fn keys(
        &self,
        web: &Web,
        reach: Reach,
        address: &str,
        now: Timestamp,
        unknown: bool,
    ) -> Result<Keys, Fault> {
        let patience = if unknown { ASK_AGAIN } else { KEEP };
        if let Some(keys) = self.fresh(address, now, patience) {
            return Ok(keys);
        }
        let members = web.get(reach, address).await?.json_if(StatusCode::OK)?;
        let keys = Arc::new(read(members.get("keys"))?);
        let mut kept = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(address.to_owned(), (now, Arc::clone(&keys)));
        Ok(keys)
    }

    fn fresh(&self, address: &str, now: Timestamp, patience: i64) -> Option<Keys> {
        let kept = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, keys) = kept.get(address)?;
        (0..patience).contains(&now.since(*since)).then(|| Arc::clone(keys))
    }
}

/// A key of an unknown kind is passed over (RFC 7517 §5).
pub(crate) fn read(keys: Option<&Value>) -> Result<Vec<Jwk>, Fault> {
    let keys = keys.and_then(Value::as_array).filter(|keys| keys.len() <= MAX_KEYS);
    let keys = keys.ok_or_else(|| Fault::Untrusted("its key set cannot be read".to_owned()))?;
    Ok(keys.iter().filter_map(|key| serde_json::from_value(key.clone()).ok()).collect())
}
