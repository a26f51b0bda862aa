//! `DeviceCode`: a device authorization request under way (RFC 8628), from the question to the one token.
//!
//! It lives in memory only, under the hash of its code, and ends with a lock.

use crate::{AppId, Authority, Error, Sentence, Timestamp};

/// A device code lives so long, in seconds (RFC 8628 §3.2 `expires_in`).
pub const DEVICE_SECONDS: u32 = 600;
/// A program waits so long between polls, in seconds (RFC 8628 §3.2 `interval`).
pub const INTERVAL_SECONDS: u32 = 5;
/// Polling too fast adds so much, for good (RFC 8628 §3.5 `slow_down`).
const SLOWER: i64 = 5;
/// Its end can be told for so long afterwards.
const REMEMBERED_SECONDS: i64 = 300;

/// One request, as it is kept.
pub struct DeviceCode {
    app: AppId,
    expires_at: Timestamp,
    interval: i64,
    polled_at: Option<Timestamp>,
    outcome: Outcome,
}

enum Outcome {
    /// The person has not decided.
    Pending,
    /// They said yes; nothing was handed out yet.
    Allowed(Authority),
    /// They said no.
    Denied(Sentence),
    /// It ended without a decision.
    Ended,
}

impl DeviceCode {
    /// A request that begins now.
    pub fn new(app: AppId, now: Timestamp) -> Self {
        Self {
            app,
            expires_at: now.plus(DEVICE_SECONDS.into()),
            interval: INTERVAL_SECONDS.into(),
            polled_at: None,
            outcome: Outcome::Pending,
        }
    }

    /// Whose it is.
    pub const fn app(&self) -> &AppId {
        &self.app
    }

    /// Notes how the question ended; `None`: without a decision.
    pub fn decided(&mut self, outcome: Option<Result<Authority, Error>>) {
        self.outcome = match outcome {
            Some(Ok(authority)) => Outcome::Allowed(authority),
            Some(Err(refusal)) => Outcome::Denied(refusal.sentence()),
            None => Outcome::Ended,
        };
    }

    /// Ends it where nothing is decided yet: a newer request of the program has taken its place.
    pub fn superseded(&mut self) {
        if matches!(self.outcome, Outcome::Pending) {
            self.outcome = Outcome::Ended;
        }
    }

    /// Answers a poll (RFC 8628 §3.5). What it gives is taken out: a device code is good once (AS-30).
    pub fn poll(&mut self, app: &AppId, now: Timestamp) -> Result<Authority, Error> {
        if self.app != *app {
            return Err(Error::InvalidGrant("This device code was given to another program.".into()));
        }
        if let Outcome::Denied(why) = &self.outcome {
            return Err(Error::ConsentDenied(why.clone()));
        }
        if self.expires_at <= now {
            self.outcome = Outcome::Ended;
        }
        match std::mem::replace(&mut self.outcome, Outcome::Ended) {
            Outcome::Allowed(authority) => Ok(authority),
            Outcome::Pending => {
                self.outcome = Outcome::Pending;
                Err(self.pending(now))
            }
            Outcome::Denied(_) | Outcome::Ended => Err(ended()),
        }
    }

    /// Whether it can still lead to a token.
    pub fn is_open(&self, now: Timestamp) -> bool {
        matches!(self.outcome, Outcome::Pending | Outcome::Allowed(_)) && now < self.expires_at
    }

    /// Whether it ended so long ago that nobody asks any more.
    pub fn forgotten(&self, now: Timestamp) -> bool {
        now.since(self.expires_at) > REMEMBERED_SECONDS
    }

    fn pending(&mut self, now: Timestamp) -> Error {
        let too_fast = self.polled_at.is_some_and(|before| now.since(before) < self.interval);
        self.polled_at = Some(now);
        if !too_fast {
            return Error::AuthorizationPending;
        }
        self.interval += SLOWER;
        Error::SlowDown { interval: self.interval }
    }
}

fn ended() -> Error {
    Error::ExpiredToken("This device code has ended: it was not confirmed in time, a wrong code was typed five times, or a newer request of the program has replaced it. Start again.".into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{AccountId, ConsentId, Delivery, ScopeSet};

    #[derive(Clone, Debug)]
    enum Step {
        Poll { after: i64, by_owner: bool },
        Allow,
        Deny,
        End,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let poll = (0..30_i64, prop::bool::weighted(0.9));
        let step = prop_oneof![
            12 => poll.prop_map(|(after, by_owner)| Step::Poll { after, by_owner }),
            2 => Just(Step::Allow),
            1 => Just(Step::Deny),
            1 => Just(Step::End),
        ];
        prop::collection::vec(step, 1..80)
    }

    fn authority(app: &AppId) -> Authority {
        Authority {
            app: app.clone(),
            account: AccountId::from_text("acc_1"),
            consent: ConsentId::from_text("con_1"),
            scopes: ScopeSet::parse("read").expect("legal"),
            delivery: Delivery::Gateway,
            or_gateway: false,
            instead: None,
            resource: None,
            family: None,
            key: None,
            by_details: false,
            exchanged: None,
        }
    }

    proptest! {
        /// Whatever happens in whatever order: at most one token, to its owner, after a yes, in time; and polling too
        /// fast is told and costs, polling in time is not.
        #[test]
        fn as_29_as_30_a_device_code_gives_at_most_one_token(steps in steps()) {
            let (owner, other) = (AppId::from_text("app_1"), AppId::from_text("app_2"));
            let start = Timestamp(1000);
            let mut code = DeviceCode::new(owner.clone(), start);
            // What the specification says, kept beside it: (open question, yes waits, said no).
            let (mut open, mut yes, mut no) = (true, false, false);
            let (mut now, mut polled, mut interval, mut tokens) = (start, None::<Timestamp>, 5_i64, 0);
            for step in steps {
                match step {
                    Step::Allow if open => { code.decided(Some(Ok(authority(&owner)))); (open, yes) = (false, true); }
                    Step::Deny if open => {
                        code.decided(Some(Err(Error::ConsentDenied("no".into()))));
                        (open, no) = (false, true);
                    }
                    Step::End if open => { code.decided(None); open = false; }
                    Step::Poll { after, by_owner } => {
                        now = now.plus(after);
                        let outcome = code.poll(if by_owner { &owner } else { &other }, now);
                        let in_time = now.since(start) < i64::from(DEVICE_SECONDS);
                        match outcome {
                            _ if !by_owner => prop_assert!(matches!(outcome, Err(Error::InvalidGrant(_)))),
                            Ok(_) => {
                                prop_assert!(yes && in_time);
                                (yes, tokens) = (false, tokens + 1);
                            }
                            Err(Error::ConsentDenied(_)) => prop_assert!(no),
                            Err(Error::ExpiredToken(_)) => {
                                prop_assert!(!in_time || (!open && !yes && !no));
                                (open, yes) = (false, false);
                            }
                            Err(Error::AuthorizationPending) => {
                                prop_assert!(open && polled.is_none_or(|before| now.since(before) >= interval));
                                polled = Some(now);
                            }
                            Err(Error::SlowDown { interval: told }) => {
                                prop_assert!(open && polled.is_some_and(|before| now.since(before) < interval));
                                interval += 5;
                                prop_assert_eq!(told, interval);
                                polled = Some(now);
                            }
                            other => prop_assert!(false, "{:?}", other),
                        }
                    }
                    Step::Allow | Step::Deny | Step::End => {}
                }
                prop_assert!(tokens <= 1);
            }
        }
    }
}
