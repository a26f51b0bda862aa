//! Decision: whether a request is granted, refused, or put to the person. Pure.

use crate::{AccountId, AppId, Consent, ConsentId, Delivery, ScopeSet, Timestamp};

/// What `decide` looks at: a request whose account is known.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Who asks.
    pub app: &'a AppId,
    /// For which account.
    pub account: &'a AccountId,
    /// For what.
    pub scopes: &'a ScopeSet,
    /// How.
    pub delivery: Delivery,
    /// The bytes that ask ([`crate::Caller::fingerprint`]).
    pub fingerprint: Option<&'a str>,
    /// A standing consent may answer; `false` where a browser brought the request.
    pub may_be_remembered: bool,
    /// A standing consent may be so old, in seconds; `None`: as old as it is.
    pub max_age: Option<u32>,
}

/// The outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// This consent covers it.
    Allow(ConsentId),
    /// The person must be asked; so much they have allowed before.
    Ask {
        /// Scopes that a standing consent covers already.
        allowed_before: ScopeSet,
        /// The program has changed since it was allowed.
        changed: bool,
    },
    /// This standing refusal ends it.
    Deny(ConsentId),
}

/// Decides by the consents alone; `consents` may hold others' too. A refusal wins over an allowance.
#[must_use]
pub fn decide<'a>(
    question: &Question<'_>,
    consents: impl IntoIterator<Item = &'a Consent>,
    now: Timestamp,
) -> Decision {
    let mut allow = None;
    let (mut allowed_before, mut changed) = (ScopeSet::default(), false);
    for consent in consents {
        if consent.app != *question.app || consent.account != *question.account || !consent.stands(now) {
            continue;
        }
        if !consent.allows {
            return Decision::Deny(consent.id.clone());
        }
        allowed_before = allowed_before.union(&consent.scopes);
        let same_program =
            consent.fingerprint.is_none() || consent.fingerprint.as_deref() == question.fingerprint;
        changed |= !same_program;
        let fresh = is_fresh(consent, question.max_age, now);
        let answers = question.may_be_remembered && same_program && fresh && !consent.spent();
        if answers && covers(consent, question) {
            allow = Some(consent.id.clone());
        }
    }
    allow.map_or(Decision::Ask { allowed_before, changed }, Decision::Allow)
}

fn covers(consent: &Consent, question: &Question<'_>) -> bool {
    consent.delivery.covers(question.delivery) && question.scopes.is_subset(&consent.scopes)
}

/// Whether the person decided lately enough (RFC 9470 §4).
fn is_fresh(consent: &Consent, max_age: Option<u32>, now: Timestamp) -> bool {
    max_age.is_none_or(|seconds| now.since(consent.since) <= seconds.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scope, consent::Duration};

    fn scopes(text: &str) -> ScopeSet {
        ScopeSet::parse(text).expect("legal scopes")
    }

    fn consent(what: &str) -> Consent {
        Consent {
            id: ConsentId::from_text("con_1"),
            app: AppId::from_text("app_1"),
            account: AccountId::from_text("acc_1"),
            scopes: scopes(what),
            delivery: Delivery::Gateway,
            duration: Duration::Always,
            allows: true,
            fingerprint: None,
            since: Timestamp(100),
            until: Some(Timestamp(200)),
            last_used: None,
            uses: 0,
        }
    }

    fn ask(consent: &Consent, what: &str, change: impl FnOnce(&mut Question<'_>), now: i64) -> Decision {
        let (app, account, what) = (AppId::from_text("app_1"), AccountId::from_text("acc_1"), scopes(what));
        let mut question = Question {
            app: &app,
            account: &account,
            scopes: &what,
            delivery: Delivery::Gateway,
            fingerprint: None,
            may_be_remembered: true,
            max_age: None,
        };
        change(&mut question);
        decide(&question, [consent], Timestamp(now))
    }

    fn allowed(decision: &Decision) -> bool {
        matches!(decision, Decision::Allow(_))
    }

    #[test]
    fn a_consent_covers_what_it_names_and_less_until_it_ends() {
        let consent = consent("read write");
        assert!(allowed(&ask(&consent, "read", |_| {}, 150)));
        assert!(allowed(&ask(&consent, "read write", |_| {}, 199)));
        assert!(!allowed(&ask(&consent, "read", |_| {}, 200)), "ended");
        assert!(!allowed(&ask(&consent, "read admin", |_| {}, 150)), "wider");
    }

    #[test]
    fn tk_16_a_gateway_consent_never_covers_release() {
        let consent = consent("read");
        assert!(!allowed(&ask(&consent, "read", |q| q.delivery = Delivery::Release, 150)));
    }

    #[test]
    fn web_08_what_a_browser_brings_is_never_remembered() {
        let consent = consent("read");
        let decision = ask(&consent, "read", |q| q.may_be_remembered = false, 150);
        assert_eq!(decision, Decision::Ask { allowed_before: scopes("read"), changed: false });
    }

    #[test]
    fn loc_06_a_changed_program_is_asked_about_again() {
        let mut consent = consent("read");
        consent.fingerprint = Some("old".into());
        let decision = ask(&consent, "read", |q| q.fingerprint = Some("new"), 150);
        assert_eq!(decision, Decision::Ask { allowed_before: scopes("read"), changed: true });
        assert!(allowed(&ask(&consent, "read", |q| q.fingerprint = Some("old"), 150)));
    }

    #[test]
    fn rg_11_a_decision_that_is_too_old_is_asked_for_anew() {
        let consent = consent("read");
        assert!(allowed(&ask(&consent, "read", |q| q.max_age = Some(50), 150)));
        assert!(!allowed(&ask(&consent, "read", |q| q.max_age = Some(49), 150)));
        assert!(!allowed(&ask(&consent, "read", |q| q.max_age = Some(0), 150)));
    }

    #[test]
    fn a_refusal_wins_over_an_allowance() {
        let mut refusal = consent("");
        refusal.allows = false;
        refusal.id = ConsentId::from_text("con_2");
        let (app, account, what) = (AppId::from_text("app_1"), AccountId::from_text("acc_1"), scopes("read"));
        let question = Question {
            app: &app,
            account: &account,
            scopes: &what,
            delivery: Delivery::Gateway,
            fingerprint: None,
            may_be_remembered: true,
            max_age: None,
        };
        let consents = [consent("read"), refusal.clone()];
        assert_eq!(decide(&question, &consents, Timestamp(150)), Decision::Deny(refusal.id));
        assert!(Scope::parse("read").is_some());
    }
}
