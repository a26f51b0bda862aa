//! Decision: whether a request is granted, refused, or put to the person, and why. Pure.

use std::fmt;

use crate::{
    AccountId, AppId, Caller, Consent, ConsentId, Delivery, PolicyState, ProviderId, Said, ScopeSet,
    Sentence, Timestamp,
};

/// What `decide` looks at: a request whose account is known.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Who asks.
    pub app: &'a AppId,
    /// For which account.
    pub account: &'a AccountId,
    /// At which provider.
    pub provider: &'a ProviderId,
    /// For what.
    pub scopes: &'a ScopeSet,
    /// How.
    pub delivery: Delivery,
    /// What was seen of the process that asks.
    pub caller: &'a Caller,
    /// The bytes that ask ([`crate::Caller::fingerprint`]).
    pub fingerprint: Option<&'a str>,
    /// The host that the program wants to speak to, as it says.
    pub host: Option<&'a str>,
    /// A standing consent may answer; `false` where a browser brought the request.
    pub may_be_remembered: bool,
    /// A standing consent may be so old, in seconds; `None`: as old as it is.
    pub max_age: Option<u32>,
}

/// The outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A consent, or the policy, covers it.
    Allow(Because),
    /// The person must be asked.
    Ask {
        /// Scopes that a standing consent covers already.
        allowed_before: ScopeSet,
        /// The program has changed since it was allowed.
        changed: bool,
        /// Why no consent answers.
        because: Because,
    },
    /// A standing refusal, or the policy, ends it.
    Deny(Because),
}

/// What decided. Its `Display` is a sentence for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// This consent covers it.
    Consent(ConsentId),
    /// The policy allows the program of this path without asking.
    PreApproved(String),
    /// The person told the program not to ask again.
    Refusal(ConsentId),
    /// The policy says no, with this sentence.
    Policy(Sentence),
    /// Nothing was allowed yet, or it has ended.
    Nothing,
    /// A browser brought it: always a fresh decision.
    Browser,
    /// What was allowed was for one time.
    Spent(ConsentId),
    /// The person decided longer ago than the program wants (RFC 9470 §4).
    Old(ConsentId),
    /// More is asked for than this consent holds.
    More(ConsentId, ScopeSet),
    /// The provider's own token is asked for, and this consent is for the gateway.
    Release(ConsentId),
    /// This consent does not hold here, and why.
    Elsewhere(ConsentId, Sentence),
    /// The program has changed since this consent was given.
    Changed(ConsentId),
    /// The person wants to be asked each time.
    EachTime(ConsentId),
}

/// Decides by policy and consents alone; `consents` may hold others' too. The policy's no wins, then a standing refusal,
/// then the wish to be asked each time, then an allowance.
#[must_use]
pub fn decide<'a>(
    question: &Question<'_>,
    consents: impl IntoIterator<Item = &'a Consent>,
    policy: &PolicyState,
    now: Timestamp,
) -> Decision {
    if let Some(why) = policy.forbids(question.provider, question.delivery) {
        return Decision::Deny(Because::Policy(why));
    }
    let mut because = if question.may_be_remembered { Because::Nothing } else { Because::Browser };
    let mut allowed_before = ScopeSet::default();
    for consent in consents {
        if consent.app != *question.app || consent.account != *question.account || !consent.stands(now) {
            continue;
        }
        if !consent.allows {
            return Decision::Deny(Because::Refusal(consent.id.clone()));
        }
        allowed_before = allowed_before.union(&consent.scopes);
        let says = weigh(consent, question, now);
        if says.weight() > because.weight() {
            because = says;
        }
    }
    if matches!(because, Because::Consent(_)) && question.may_be_remembered {
        return Decision::Allow(because);
    }
    // A program that wants a fresh decision wants the person's: the policy's is nobody's.
    if question.may_be_remembered
        && question.max_age.is_none()
        && !matches!(because, Because::EachTime(_))
        && let Some(rule) = policy.policy().and_then(|policy| {
            policy.pre_approves(question.caller, question.provider, question.scopes, question.delivery)
        })
    {
        return Decision::Allow(Because::PreApproved(rule.path.clone()));
    }
    let changed = matches!(because, Because::Changed(_));
    let because = if question.may_be_remembered { because } else { Because::Browser };
    Decision::Ask { allowed_before, changed, because }
}

/// What one consent says to a question.
fn weigh(consent: &Consent, question: &Question<'_>, now: Timestamp) -> Because {
    let id = || consent.id.clone();
    let more = question.scopes.beyond(&consent.scopes);
    if consent.asks_each_time {
        return Because::EachTime(id());
    }
    if consent.fingerprint.is_some() && consent.fingerprint.as_deref() != question.fingerprint {
        return Because::Changed(id());
    }
    if let Some(why) = consent.conditions.failing(question.caller, question.host) {
        return Because::Elsewhere(id(), why);
    }
    if consent.spent() {
        return Because::Spent(id());
    }
    if !is_fresh(consent, question.max_age, now) {
        return Because::Old(id());
    }
    if !more.is_empty() {
        return Because::More(id(), more);
    }
    if !consent.delivery.covers(question.delivery) {
        return Because::Release(id());
    }
    Because::Consent(id())
}

impl Because {
    /// The consent that decided, if it was one.
    #[must_use]
    pub const fn consent(&self) -> Option<&ConsentId> {
        match self {
            Self::Consent(id)
            | Self::Refusal(id)
            | Self::Spent(id)
            | Self::Old(id)
            | Self::More(id, _)
            | Self::Release(id)
            | Self::Elsewhere(id, _)
            | Self::Changed(id)
            | Self::EachTime(id) => Some(id),
            Self::PreApproved(_) | Self::Policy(_) | Self::Nothing | Self::Browser => None,
        }
    }

    /// Of several reasons the heaviest is told; an allowance outweighs all but the wish to be asked.
    const fn weight(&self) -> u8 {
        match self {
            Self::Nothing | Self::Browser | Self::PreApproved(_) | Self::Policy(_) | Self::Refusal(_) => 0,
            Self::Spent(_) | Self::Old(_) => 1,
            Self::More(..) => 2,
            Self::Release(_) => 3,
            Self::Elsewhere(..) => 4,
            Self::Changed(_) => 5,
            Self::Consent(_) => 6,
            Self::EachTime(_) => 7,
        }
    }
}

impl Because {
    /// The sentence for the person, under its name where it has one.
    #[must_use]
    pub fn sentence(&self) -> Sentence {
        Sentence::new(self.to_string(), self.said())
    }

    /// The sentence's name. The consent behind it fills no place: a person is told nothing by its id, and who looks for it
    /// finds it there.
    #[must_use]
    pub fn said(&self) -> Option<Said> {
        let of = |message, id: &ConsentId| Said::new(message, [("consent", id.as_str())]);
        Some(match self {
            Self::Consent(id) => of("because.consent", id),
            Self::PreApproved(path) => Said::new("because.pre_approved", [("path", path)]),
            Self::Refusal(id) => of("because.refusal", id),
            Self::Policy(why) => return why.said().cloned(),
            Self::Elsewhere(id, why) => {
                let mut said = of("because.elsewhere", id);
                said.with.insert("why".into(), why.clone().filling());
                said
            }
            Self::Nothing => Said::new("because.nothing", []),
            Self::Browser => Said::new("because.browser", []),
            Self::Spent(id) => of("because.spent", id),
            Self::Old(id) => of("because.old", id),
            Self::More(id, more) => {
                Said::new("because.more", [("consent", id.as_str()), ("scopes", &more.to_string())])
            }
            Self::Release(id) => of("because.release", id),
            Self::Changed(id) => of("because.changed", id),
            Self::EachTime(id) => of("because.each_time", id),
        })
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consent(_) => f.write_str("You allowed it."),
            Self::PreApproved(path) => write!(f, "The administrator's policy allows {path} without asking."),
            Self::Refusal(_) => f.write_str("You told this program not to ask again."),
            Self::Policy(why) => f.write_str(why.text()),
            Self::Nothing => {
                f.write_str("You have not allowed this program anything here that still stands.")
            }
            Self::Browser => f.write_str("A browser brought this request: each one is decided anew."),
            Self::Spent(_) => f.write_str("What you allowed before was for one time."),
            Self::Old(_) => f.write_str("It asks for a fresh decision: you allowed it some time ago."),
            Self::More(_, more) => write!(f, "It asks for more than you allowed: {more}."),
            Self::Release(_) => {
                f.write_str("You allowed the gateway; now it asks for the provider's own token.")
            }
            Self::Elsewhere(_, why) => write!(f, "What you allowed does not hold here: {why}."),
            Self::Changed(_) => f.write_str("The program has changed since you allowed it."),
            Self::EachTime(_) => f.write_str("You want to be asked each time."),
        }
    }
}

/// Whether the person decided, and lately enough (RFC 9470 §4).
fn is_fresh(consent: &Consent, max_age: Option<u32>, now: Timestamp) -> bool {
    max_age.is_none_or(|seconds| !consent.by_policy && now.since(consent.since) <= seconds.into())
}

#[cfg(test)]
mod tests;
