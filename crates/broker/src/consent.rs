//! Consent: the person's decision: app × account × scopes × delivery × duration × conditions.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, AppId, Caller, ConsentId, Delivery, ScopeSet, Sentence, Timestamp, messages::trail,
    route::is_below,
};

/// A decision that stands until it ends or is withdrawn.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// Who.
    pub app: AppId,
    /// Which account.
    pub account: AccountId,
    /// What; empty for a refusal.
    pub scopes: ScopeSet,
    /// How.
    pub delivery: Delivery,
    /// For how long it was given.
    pub duration: Duration,
    /// `false`: "do not ask again", refuse.
    pub allows: bool,
    /// The very bytes it was given to ([`crate::Caller::fingerprint`]); `None` for programs that prove themselves by
    /// a credential.
    pub fingerprint: Option<Arc<str>>,
    /// Given at.
    pub since: Timestamp,
    /// Ends at.
    pub until: Option<Timestamp>,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
    /// How often it was used.
    pub uses: u32,
    /// The person's own words.
    #[serde(default)]
    pub note: String,
    /// Where it holds.
    #[serde(default)]
    pub conditions: Conditions,
    /// Shows what may be, but the person wants to be asked each time.
    #[serde(default)]
    pub asks_each_time: bool,
    /// The administrator's policy gave it, not the person; it ends with the policy.
    #[serde(default)]
    pub by_policy: bool,
}

/// Where a consent holds. What is not named does not matter, but for forwarding: what was allowed to a program here is
/// not allowed to one that speaks through a forwarder (LOC-15).
///
/// A directory and a host are what the program says; they keep tools apart that mean well, and stop no other.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(default)]
pub struct Conditions {
    /// Only in this terminal session ([`Caller::session`]).
    pub session: Option<String>,
    /// Only in this directory, or below it.
    pub directory: Option<String>,
    /// Only to speak to this host.
    pub host: Option<String>,
    /// Holds for callers that are forwarded, and for those only.
    pub forwarded: bool,
}

impl Conditions {
    /// Why it does not hold there; `None` if it does.
    #[must_use]
    pub fn failing(&self, caller: &Caller, host: Option<&str>) -> Option<Sentence> {
        if self.forwarded != caller.is_forwarded() {
            let given = if self.forwarded { trail::GIVEN_FORWARDED } else { trail::GIVEN_HERE };
            return Some(given.sentence());
        }
        if self.session.as_ref().is_some_and(|session| caller.session.as_ref() != Some(session)) {
            return Some(trail::GIVEN_IN_TERMINAL.sentence());
        }
        if let Some(directory) = &self.directory
            && !caller.directory.as_ref().is_some_and(|there| is_below(there, directory))
        {
            return Some(trail::ONLY_IN.with([("directory", directory)]));
        }
        match &self.host {
            Some(wanted) if host != Some(wanted) => Some(trail::ONLY_FOR.with([("host", wanted)])),
            _ => None,
        }
    }

    /// Whether they name a terminal session, a directory or a host.
    #[must_use]
    pub fn name_a_place(&self) -> bool {
        self.session.is_some() || self.directory.is_some() || self.host.is_some()
    }

    /// Whether everything that `self` lets pass, `other` lets pass too.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        let same = |wider: &Option<String>, own: &Option<String>| wider.is_none() || wider == own;
        let inside = other
            .directory
            .as_ref()
            .is_none_or(|wider| self.directory.as_ref().is_some_and(|own| is_below(own, wider)));
        inside
            && same(&other.session, &self.session)
            && same(&other.host, &self.host)
            && self.forwarded == other.forwarded
    }
}

/// For how long.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Duration {
    /// This one hand-out.
    Once,
    /// So many seconds.
    Seconds {
        /// How many.
        seconds: u32,
    },
    /// Until the vault is locked or the broker stops.
    UntilLock,
    /// Until it is withdrawn.
    Always,
}

impl Duration {
    /// Whether what may last so long may also last for `other`: the same, or a shorter time by the clock.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        match (self, other) {
            (Self::Seconds { seconds: most }, Self::Seconds { seconds }) => seconds > 0 && seconds <= most,
            (Self::Always, Self::Seconds { seconds }) => seconds > 0,
            _ => self == other,
        }
    }

    /// When a consent given at `since` ends by the clock.
    #[must_use]
    pub fn end(self, since: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Seconds { seconds } => Some(since.plus(seconds.into())),
            Self::Once | Self::UntilLock | Self::Always => None,
        }
    }
}

impl Consent {
    /// Whether it still stands.
    #[must_use]
    pub fn stands(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// Whether it lapses: allowed, and unused for so many days (0: never).
    #[must_use]
    pub fn lapsed(&self, now: Timestamp, days: u32) -> bool {
        let seen = self.last_used.unwrap_or(self.since);
        self.allows && days > 0 && now.since(seen) >= i64::from(days) * 24 * 3600
    }

    /// Whether it was given for one hand-out and that has been. It is kept until that hand-out ends.
    #[must_use]
    pub fn spent(&self) -> bool {
        self.duration == Duration::Once && self.uses > 0
    }

    /// The same consent after one more use, which keeps it standing until `lease_end` at the least if it was for once.
    #[must_use]
    pub fn used(mut self, now: Timestamp, lease_end: Timestamp) -> Self {
        self.uses = self.uses.saturating_add(1);
        self.last_used = Some(now);
        if self.duration == Duration::Once {
            self.until = Some(lease_end);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_time_by_the_clock_is_covered_and_a_longer_one_is_not() {
        let seconds = |seconds| Duration::Seconds { seconds };
        assert!(seconds(3600).covers(seconds(3600)) && seconds(3600).covers(seconds(60)));
        assert!(Duration::Always.covers(seconds(86_400)) && Duration::Once.covers(Duration::Once));
        for (offered, wished) in [
            (seconds(3600), seconds(3601)),
            (seconds(3600), seconds(0)),
            (seconds(3600), Duration::UntilLock),
            (Duration::UntilLock, seconds(60)),
            (Duration::Once, seconds(60)),
            (seconds(3600), Duration::Always),
        ] {
            assert!(!offered.covers(wished), "{offered:?} {wished:?}");
        }
    }
}
