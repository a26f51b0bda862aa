//! `AccessRequest`: what an app asks for.

use std::sync::Arc;

use crate::{AppId, Caller, Delivery, ProviderId, ScopeSet, UserCode, Whereabouts, Witness};

/// A request that was checked for form. Whether it is granted, `decide` and the person say.
#[derive(Clone, Debug)]
pub struct AccessRequest {
    /// Who asks.
    pub app: AppId,
    /// What was seen of it, as far as the decision needs it.
    pub caller: Caller,
    /// Sees the rest, if the person is asked; `None`: `caller` is all there is.
    pub witness: Option<Arc<dyn Witness>>,
    /// At which provider.
    pub provider: ProviderId,
    /// Which account: id, label or name; `None` leaves the choice to the person.
    pub account: Option<String>,
    /// For what.
    pub scopes: ScopeSet,
    /// Where the token shall be good: a local resource server; `None` for the gateway (RFC 8707).
    pub resource: Option<String>,
    /// How it wants the token.
    pub delivery: Delivery,
    /// A gateway token will do where the provider's own cannot be released.
    pub or_gateway: bool,
    /// Why, in its own words, cleaned.
    pub purpose: String,
    /// At least so many seconds of life are wanted.
    pub min_ttl: u32,
    /// The person's decision may be so old, in seconds; an older one is asked for anew (RFC 9470 §4).
    pub max_age: Option<u32>,
    /// It came as `authorization_details` (RFC 9396).
    pub by_details: bool,
    /// How it came.
    pub origin: RequestOrigin,
    /// Where it is and what it speaks to: chooses the account where none is named.
    pub at: Whereabouts,
}

/// How a request came to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestOrigin {
    /// By the program itself, which waits: a standing consent may answer.
    Program,
    /// Through the authorization endpoint: always a fresh decision (WEB-08).
    Authorize {
        /// A browser brought it, so the program is not at the other end.
        browser: bool,
        /// Where the code will go, e.g. `127.0.0.1:8912`.
        redirect_host: String,
    },
    /// Through the device authorization endpoint: always a fresh decision, and the person types the code that the
    /// program shows (RFC 8628 §3.3).
    Device {
        /// The code.
        user_code: UserCode,
    },
}
