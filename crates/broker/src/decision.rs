//! Decision: whether a request is granted, refused, or put to the person, and why. Pure.

use std::fmt;

use crate::{
    AccountId, AppId, Caller, Consent, ConsentId, Delivery, PolicyState, ProviderId, ScopeSet, Timestamp,
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
    Policy(String),
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
    Elsewhere(ConsentId, String),
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
    if question.may_be_remembered
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
    let more = question.scopes.without(&consent.scopes);
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

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consent(id) => write!(f, "You allowed it ({id})."),
            Self::PreApproved(path) => write!(f, "The administrator's policy allows {path} without asking."),
            Self::Refusal(id) => write!(f, "You told this program not to ask again ({id})."),
            Self::Policy(why) => f.write_str(why),
            Self::Nothing => {
                f.write_str("You have not allowed this program anything here that still stands.")
            }
            Self::Browser => f.write_str("A browser brought this request: each one is decided anew."),
            Self::Spent(id) => write!(f, "What you allowed before was for one time ({id})."),
            Self::Old(id) => write!(f, "It asks for a fresh decision: you allowed it some time ago ({id})."),
            Self::More(id, more) => write!(f, "It asks for more than you allowed ({id}): {more}."),
            Self::Release(id) => {
                write!(f, "You allowed the gateway ({id}); now it asks for the provider's own token.")
            }
            Self::Elsewhere(id, why) => write!(f, "What you allowed does not hold here ({id}): {why}."),
            Self::Changed(id) => write!(f, "The program has changed since you allowed it ({id})."),
            Self::EachTime(id) => write!(f, "You want to be asked each time ({id})."),
        }
    }
}

/// Whether the person decided lately enough (RFC 9470 §4).
fn is_fresh(consent: &Consent, max_age: Option<u32>, now: Timestamp) -> bool {
    max_age.is_none_or(|seconds| now.since(consent.since) <= seconds.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Policy,
        consent::{Conditions, Duration},
    };

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
            note: String::new(),
            conditions: Conditions::default(),
            asks_each_time: false,
            by_policy: false,
        }
    }

    fn ask(consent: &Consent, what: &str, change: impl FnOnce(&mut Question<'_>), now: i64) -> Decision {
        ask_under(&PolicyState::None, &[consent], &Caller::default(), what, change, now)
    }

    fn ask_under(
        policy: &PolicyState,
        consents: &[&Consent],
        caller: &Caller,
        what: &str,
        change: impl FnOnce(&mut Question<'_>),
        now: i64,
    ) -> Decision {
        let (app, account, what) = (AppId::from_text("app_1"), AccountId::from_text("acc_1"), scopes(what));
        let provider = ProviderId::from_text("acme");
        let mut question = Question {
            app: &app,
            account: &account,
            provider: &provider,
            scopes: &what,
            delivery: Delivery::Gateway,
            caller,
            fingerprint: None,
            host: None,
            may_be_remembered: true,
            max_age: None,
        };
        change(&mut question);
        decide(&question, consents.iter().copied(), policy, Timestamp(now))
    }

    fn why(decision: &Decision) -> String {
        match decision {
            Decision::Allow(because) | Decision::Deny(because) | Decision::Ask { because, .. } => {
                because.to_string()
            }
        }
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
        let because = Because::Browser;
        assert_eq!(decision, Decision::Ask { allowed_before: scopes("read"), changed: false, because });
    }

    #[test]
    fn loc_06_a_changed_program_is_asked_about_again() {
        let mut consent = consent("read");
        consent.fingerprint = Some("old".into());
        let decision = ask(&consent, "read", |q| q.fingerprint = Some("new"), 150);
        let because = Because::Changed(consent.id.clone());
        assert_eq!(decision, Decision::Ask { allowed_before: scopes("read"), changed: true, because });
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
        let refusal = Consent { allows: false, id: ConsentId::from_text("con_2"), ..consent("") };
        let decision = ask_under(
            &PolicyState::None,
            &[&consent("read"), &refusal],
            &Caller::default(),
            "read",
            |_| {},
            150,
        );
        assert_eq!(decision, Decision::Deny(Because::Refusal(refusal.id)));
    }

    #[test]
    fn every_question_says_what_it_rests_on() {
        let given = consent("read");
        assert_eq!(why(&ask(&given, "read", |_| {}, 150)), "You allowed it (con_1).");
        assert!(
            why(&ask(&given, "read write", |_| {}, 150)).contains("more than you allowed (con_1): write")
        );
        assert!(why(&ask(&given, "read", |q| q.delivery = Delivery::Release, 150)).contains("own token"));
        let spent = Consent { duration: Duration::Once, uses: 1, ..consent("read") };
        assert!(why(&ask(&spent, "read", |_| {}, 150)).contains("one time"));
        assert!(why(&ask(&given, "read", |_| {}, 250)).contains("still stands"), "ended");
    }

    #[test]
    fn the_wish_to_be_asked_each_time_wins_over_an_allowance() {
        let rule = Consent { asks_each_time: true, id: ConsentId::from_text("con_2"), ..consent("read") };
        let decision = ask_under(
            &PolicyState::None,
            &[&consent("read"), &rule],
            &Caller::default(),
            "read",
            |_| {},
            150,
        );
        assert!(matches!(decision, Decision::Ask { because: Because::EachTime(_), .. }), "{decision:?}");
    }

    #[test]
    fn loc_15_what_was_allowed_here_is_not_allowed_to_a_forwarder() {
        let forwarded = Caller { forwarded: true, ..Caller::default() };
        let here = consent("read");
        let decision = ask_under(&PolicyState::None, &[&here], &forwarded, "read", |_| {}, 150);
        assert!(matches!(decision, Decision::Ask { because: Because::Elsewhere(..), .. }), "{decision:?}");
        let conditions = Conditions { forwarded: true, ..Conditions::default() };
        let there = Consent { conditions, ..consent("read") };
        assert!(allowed(&ask_under(&PolicyState::None, &[&there], &forwarded, "read", |_| {}, 150)));
        assert!(!allowed(&ask(&there, "read", |_| {}, 150)));
    }

    #[test]
    fn a_consent_holds_only_where_its_conditions_do() {
        let at = |session: &str, directory: &str| Caller {
            session: Some(session.into()),
            directory: Some(directory.into()),
            ..Caller::default()
        };
        let conditions = Conditions {
            session: Some("pts/1 10".into()),
            directory: Some("/home/ada/work".into()),
            host: Some("api.acme.example".into()),
            forwarded: false,
        };
        let consent = Consent { conditions, ..consent("read") };
        let asked = |session: &str, directory: &str, host: Option<&str>| {
            let caller = at(session, directory);
            let (app, account, what) =
                (AppId::from_text("app_1"), AccountId::from_text("acc_1"), scopes("read"));
            let provider = ProviderId::from_text("acme");
            let question = Question {
                app: &app,
                account: &account,
                provider: &provider,
                scopes: &what,
                delivery: Delivery::Gateway,
                caller: &caller,
                fingerprint: None,
                host,
                may_be_remembered: true,
                max_age: None,
            };
            allowed(&decide(&question, [&consent], &PolicyState::None, Timestamp(150)))
        };
        let host = Some("api.acme.example");
        assert!(asked("pts/1 10", "/home/ada/work/x", host));
        assert!(!asked("pts/2 11", "/home/ada/work/x", host), "another terminal");
        assert!(!asked("pts/1 10", "/home/ada/workshop", host), "another directory");
        assert!(!asked("pts/1 10", "/home/ada/work", None), "another host");
    }

    #[test]
    fn the_policys_no_wins_over_every_consent() {
        let policy = PolicyState::Stands(Policy {
            forbid_providers: vec!["acme".into()],
            set_by: "IT".into(),
            ..Policy::default()
        });
        let decision = ask_under(&policy, &[&consent("read")], &Caller::default(), "read", |_| {}, 150);
        assert!(
            matches!(&decision, Decision::Deny(Because::Policy(why)) if why.contains("IT")),
            "{decision:?}"
        );
        let broken = PolicyState::Broken("Line 1.".into());
        assert!(matches!(
            ask_under(&broken, &[&consent("read")], &Caller::default(), "read", |_| {}, 150),
            Decision::Deny(_)
        ));
    }

    #[test]
    fn the_policy_allows_a_program_by_path_and_hash_unless_the_person_refused() {
        let rule = crate::PreApproval {
            path: "/usr/bin/tool".into(),
            sha256: "a".repeat(64),
            provider: "acme".into(),
            scopes: vec!["read".into()],
        };
        let policy = PolicyState::Stands(Policy { pre_approve: vec![rule], ..Policy::default() });
        let tool = Caller { file: "/usr/bin/tool".into(), file_hash: "a".repeat(64), ..Caller::default() };
        let decision = ask_under(&policy, &[], &tool, "read", |_| {}, 150);
        assert_eq!(decision, Decision::Allow(Because::PreApproved("/usr/bin/tool".into())));
        let refusal = Consent { allows: false, ..consent("") };
        assert!(matches!(
            ask_under(&policy, &[&refusal], &tool, "read", |_| {}, 150),
            Decision::Deny(Because::Refusal(_))
        ));
        assert!(!allowed(&ask_under(&policy, &[], &tool, "write", |_| {}, 150)));
    }
}
