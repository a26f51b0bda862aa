//! Policy: what an administrator has laid down for this machine. It narrows what the person can decide, and says which
//! programs need not be asked about. The daemon reads it; the person sees it and cannot change it here.

use serde::{Deserialize, Serialize};

use crate::{
    Caller, Delivery, ProviderId, ScopeSet, Sentence,
    consent::Duration,
    messages::{refusals, rules},
};

/// The policy of this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PolicyState {
    /// There is none.
    #[default]
    None,
    /// It stands.
    Stands(Policy),
    /// There is one that cannot be followed, and why: nothing is handed out until it is mended.
    Broken(Sentence),
}

/// What is laid down. Everything that is not named is left to the person.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Who laid it down, to be shown.
    pub set_by: String,
    /// Whom to ask about it, to be shown.
    pub contact: String,
    /// Providers' own tokens are never handed out.
    pub forbid_release: bool,
    /// No consent lasts longer than so many minutes.
    pub longest_consent_minutes: Option<u32>,
    /// Only these providers may be used; `None`: all.
    pub allow_providers: Option<Vec<String>>,
    /// These may not.
    pub forbid_providers: Vec<String>,
    /// The person may add no providers of their own.
    pub forbid_own_providers: bool,
    /// Keylodge locks after so many idle minutes at the latest.
    pub lock_idle_minutes: Option<u32>,
    /// When the passphrase is demanded.
    pub passphrase: PassphraseRule,
    /// Programs that are allowed without asking.
    pub pre_approve: Vec<PreApproval>,
}

/// When an answer takes the passphrase and not only a click.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct PassphraseRule {
    /// Before a provider's own token is handed out.
    pub release: bool,
    /// Before a scope of high risk is allowed.
    pub high_risk: bool,
    /// Before anything is allowed.
    pub always: bool,
}

/// A program that is allowed something without asking: known by its path and by its very bytes.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct PreApproval {
    /// Its path.
    pub path: String,
    /// SHA-256 of the file, hex. Without it a path says nothing.
    pub sha256: String,
    /// At which provider.
    pub provider: String,
    /// What.
    pub scopes: Vec<String>,
}

impl PolicyState {
    /// The policy, if there is one that can be followed.
    #[must_use]
    pub const fn policy(&self) -> Option<&Policy> {
        match self {
            Self::Stands(policy) => Some(policy),
            Self::None | Self::Broken(_) => None,
        }
    }

    /// Why this may not be, in a sentence, if it may not.
    #[must_use]
    pub fn forbids(&self, provider: &ProviderId, delivery: Delivery) -> Option<Sentence> {
        match self {
            Self::None => None,
            Self::Stands(policy) => policy.forbids(provider, delivery),
            Self::Broken(why) => Some(refusals::POLICY_BROKEN.with([("why", why)])),
        }
    }
}

impl Policy {
    /// Whether it can be followed.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn check(&self) -> Result<(), Sentence> {
        for program in &self.pre_approve {
            let hash = &program.sha256;
            if hash.len() != 64 || !hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
                return Err(rules::BAD_HASH.with([("path", &program.path)]));
            }
            if !program.path.starts_with('/') {
                return Err(rules::BAD_PATH.with([("path", &program.path)]));
            }
            if ScopeSet::from_words(program.scopes.iter().map(String::as_str)).is_none_or(|s| s.is_empty()) {
                return Err(rules::BAD_SCOPES.with([("path", &program.path)]));
            }
        }
        if self.longest_consent_minutes == Some(0) {
            return Err(rules::BAD_LENGTH.sentence());
        }
        Ok(())
    }

    /// Who is named in sentences.
    #[must_use]
    pub fn who(&self) -> Sentence {
        if self.set_by.is_empty() {
            refusals::THE_POLICY.sentence()
        } else {
            refusals::POLICY_OF.with([("who", &self.set_by)])
        }
    }

    fn forbids(&self, provider: &ProviderId, delivery: Delivery) -> Option<Sentence> {
        if !self.allows_provider(provider) {
            return Some(refusals::FORBIDS_PROVIDER.with([("policy", &self.who()), ("provider", provider)]));
        }
        if self.forbid_release && delivery == Delivery::Release {
            return Some(refusals::FORBIDS_RELEASE.with([("policy", &self.who())]));
        }
        None
    }

    /// Whether this provider may be used.
    #[must_use]
    pub fn allows_provider(&self, provider: &ProviderId) -> bool {
        let is = |id: &String| id == provider.as_str();
        self.allow_providers.as_ref().is_none_or(|list| list.iter().any(is))
            && !self.forbid_providers.iter().any(is)
    }

    /// Whether a consent may be given for so long.
    #[must_use]
    pub fn allows_duration(&self, duration: Duration) -> bool {
        let Some(minutes) = self.longest_consent_minutes else { return true };
        match duration {
            Duration::Once => true,
            Duration::Seconds { seconds } => seconds <= minutes.saturating_mul(60),
            Duration::UntilLock | Duration::Always => false,
        }
    }

    /// The rule that allows this program so much without asking. Never release, and never through an interpreter's
    /// own bytes: those run anything.
    #[must_use]
    pub fn pre_approves(
        &self,
        caller: &Caller,
        provider: &ProviderId,
        scopes: &ScopeSet,
        delivery: Delivery,
    ) -> Option<&PreApproval> {
        if delivery != Delivery::Gateway || caller.is_interpreter() || !caller.warning.is_empty() {
            return None;
        }
        self.pre_approve.iter().find(|program| {
            program.path == caller.file
                && program.sha256 == caller.file_hash
                && program.provider == provider.as_str()
                && program.scopes().is_some_and(|allowed| scopes.is_subset(&allowed))
        })
    }
}

impl PreApproval {
    fn scopes(&self) -> Option<ScopeSet> {
        ScopeSet::from_words(self.scopes.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acme() -> ProviderId {
        ProviderId::from_text("acme")
    }

    #[test]
    fn a_policy_that_cannot_be_followed_forbids_everything() {
        let broken = PolicyState::Broken("Line 3 is no TOML.".into());
        assert!(broken.forbids(&acme(), Delivery::Gateway).is_some());
        assert_eq!(PolicyState::None.forbids(&acme(), Delivery::Release), None);
    }

    #[test]
    fn providers_and_release_are_forbidden_by_name() {
        let policy = Policy {
            set_by: "IT of Example".into(),
            forbid_release: true,
            allow_providers: Some(vec!["acme".into()]),
            ..Policy::default()
        };
        let state = PolicyState::Stands(policy);
        assert_eq!(state.forbids(&acme(), Delivery::Gateway), None);
        let why = state.forbids(&acme(), Delivery::Release).expect("forbidden");
        assert!(why.contains("IT of Example"), "{why}");
        assert!(state.forbids(&ProviderId::from_text("other"), Delivery::Gateway).is_some());
    }

    #[test]
    fn durations_are_capped() {
        let policy = Policy { longest_consent_minutes: Some(60), ..Policy::default() };
        assert!(policy.allows_duration(Duration::Seconds { seconds: 3600 }));
        assert!(policy.allows_duration(Duration::Once));
        for long in [Duration::Seconds { seconds: 3601 }, Duration::UntilLock, Duration::Always] {
            assert!(!policy.allows_duration(long), "{long:?}");
        }
    }

    fn pre_approval(path: &str) -> PreApproval {
        PreApproval {
            path: path.into(),
            sha256: "a".repeat(64),
            provider: "acme".into(),
            scopes: vec!["read".into()],
        }
    }

    #[test]
    fn a_program_is_pre_approved_by_path_and_bytes_together() {
        let policy = Policy { pre_approve: vec![pre_approval("/usr/bin/tool")], ..Policy::default() };
        let read = ScopeSet::parse("read").expect("legal");
        let caller = Caller { file: "/usr/bin/tool".into(), file_hash: "a".repeat(64), ..Caller::default() };
        let approves = |caller: &Caller, scopes: &ScopeSet, delivery| {
            policy.pre_approves(caller, &acme(), scopes, delivery).is_some()
        };
        assert!(approves(&caller, &read, Delivery::Gateway));
        assert!(!approves(&caller, &read, Delivery::Release));
        assert!(!approves(&caller, &ScopeSet::parse("read write").expect("legal"), Delivery::Gateway));
        assert!(!approves(&Caller { file_hash: "b".repeat(64), ..caller.clone() }, &read, Delivery::Gateway));
        assert!(!approves(&Caller { file: "/tmp/tool".into(), ..caller.clone() }, &read, Delivery::Gateway));
        assert!(!approves(&Caller { warning: "forwarded".into(), ..caller }, &read, Delivery::Gateway));
    }

    #[test]
    fn an_interpreter_is_never_pre_approved() {
        let policy = Policy { pre_approve: vec![pre_approval("/usr/bin/python3")], ..Policy::default() };
        let read = ScopeSet::parse("read").expect("legal");
        let python =
            Caller { file: "/usr/bin/python3".into(), file_hash: "a".repeat(64), ..Caller::default() };
        assert!(policy.pre_approves(&python, &acme(), &read, Delivery::Gateway).is_none());
    }

    #[test]
    fn a_path_without_a_whole_hash_is_no_policy() {
        let policy = Policy {
            pre_approve: vec![PreApproval { sha256: "abc".into(), ..pre_approval("/usr/bin/tool") }],
            ..Policy::default()
        };
        assert!(policy.check().is_err());
    }
}
