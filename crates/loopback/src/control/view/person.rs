//! Settings, policy, routes, and what could be wrong.

use broker::{
    AccountInfo, Health, Message, PolicyState, Route, RouteAnswer, Sentence, TrailCheck, VaultState,
    Whereabouts,
    messages::{findings, rules},
    preferences::{Guard, Kind, Setting, setting},
};
use control::{
    AuditVerified, Finding, PolicyView, RouteExplained, RouteSays, RouteView, RouteWhen, SettingGuard,
    SettingKind, SettingView,
};

use super::{Names, View, lines, told};
use crate::control::{Household, Way};

impl View<'_> {
    /// Everything that can be set. Private texts are told to the window alone: whoever knows them could copy it.
    pub fn settings(&self, way: &Way) -> Result<Vec<SettingView>, broker::Error> {
        let (set, policy) = (self.broker.preferences()?, self.broker.policy());
        let view = |it: &&'static Setting| {
            let (fixed, fixed_said) = told(&fixed(it, &policy));
            let hidden = matches!(it.kind, Kind::Private(_)) && !matches!(way, Way::Window);
            SettingView {
                key: it.key.to_owned(),
                words: it.words.to_owned(),
                kind: kind(it.kind),
                value: if hidden { String::new() } else { set.text(it).to_owned() },
                default: it.default.to_owned(),
                set: set.is_set(it),
                guard: guard(it.guard),
                fixed,
                fixed_said,
            }
        };
        Ok(setting::ALL.iter().map(view).collect())
    }

    /// What an administrator has laid down.
    pub fn policy(&self, house: &dyn Household) -> PolicyView {
        let state = self.broker.policy();
        let mut view = PolicyView {
            file: house.policy_file(),
            present: *state != PolicyState::None,
            set_by: String::new(),
            contact: String::new(),
            broken: String::new(),
            broken_said: None,
            rules: Vec::new(),
            rules_said: Vec::new(),
        };
        match state.as_ref() {
            PolicyState::None => {}
            PolicyState::Broken(why) => (view.broken, view.broken_said) = told(why),
            PolicyState::Stands(policy) => {
                view.set_by.clone_from(&policy.set_by);
                view.contact.clone_from(&policy.contact);
                (view.rules, view.rules_said) = lines(&rules(policy));
            }
        }
        view
    }

    /// What a look at the whole trail found.
    pub fn verified(check: &TrailCheck) -> AuditVerified {
        let sentence = match (check.broken_at, check.unchained) {
            (Some(number), _) => format!(
                "Event {number} does not fit: it, or one before it, was changed, taken out or put in."
            ),
            (None, 0) => format!("All {} events fit.", check.events),
            (None, old) => format!("All {} events fit; {old} are older than the chain.", check.events),
        };
        AuditVerified {
            events: check.events,
            unchained: check.unchained,
            broken_at: check.broken_at,
            sentence,
        }
    }

    /// All routes.
    pub fn routes(&self) -> Result<Vec<RouteView>, broker::Error> {
        let names = Names::of(self.broker)?;
        Ok(self.broker.routes()?.iter().map(|route| route_view(route, &names)).collect())
    }

    /// One route.
    pub fn route(&self, route: &Route) -> Result<RouteView, broker::Error> {
        Ok(route_view(route, &Names::of(self.broker)?))
    }

    /// What each route says to a place.
    pub fn explain(&self, at: &Whereabouts) -> Result<RouteExplained, broker::Error> {
        let names = Names::of(self.broker)?;
        let answers = self.broker.explain_route(at)?;
        let leading = answers.iter().find(|answer| answer.leads);
        let outcome = match leading {
            Some(answer) => rules::TAKEN.with([
                ("account", &names.label(&answer.route.account)),
                ("why", &answer.fits.clone().unwrap_or_default()),
            ]),
            None => rules::NONE_FITS.sentence(),
        };
        let (sentence, said) = told(&outcome);
        let says = |answer: &RouteAnswer| {
            let (why, why_said) = answer.fits.as_ref().map(told).unwrap_or_default();
            let route = route_view(&answer.route, &names);
            RouteSays { route, fits: answer.fits.is_some(), why, why_said }
        };
        Ok(RouteExplained {
            leads: leading.map(|answer| answer.route.id.to_string()),
            sentence,
            said,
            routes: answers.iter().map(says).collect(),
        })
    }

    /// What could be wrong, and what to do.
    pub async fn diagnostics(&self, house: &dyn Household) -> Vec<Finding> {
        house.read_offers().await;
        let status = self.broker.status().await;
        let (url, socket) = (self.broker.base_url(), house.socket_path().display().to_string());
        let mut findings = vec![
            finding(&findings::BROKER, Ok(findings::RUNS.with([("version", &house.version())]))),
            finding(&findings::VAULT, vault(status.vault)),
            finding(&findings::KEYRING, keyring(status.keyring, status.has_passphrase)),
            finding(&findings::WINDOW, Ok(window(status.display).sentence())),
            finding(&findings::LOOPBACK, Ok(findings::ADDRESSES.with([("url", &url), ("socket", &socket)]))),
            finding(&findings::POLICY, policy(&self.broker.policy(), &house.policy_file())),
        ];
        findings.extend(self.account_findings());
        findings.extend(house.findings());
        findings
    }
}

impl View<'_> {
    /// Each account that does not work, or soon will not.
    fn account_findings(&self) -> Vec<Finding> {
        let accounts = self.broker.accounts().unwrap_or_default();
        let trouble = |account: AccountInfo| {
            let what = findings::ACCOUNT.with([("account", &account.account.label)]);
            let now = match account.health {
                Health::NeedsSignIn { why, said, .. } => Some(Sentence::new(why, said)),
                Health::Working | Health::ProviderAway => None,
            };
            Some(super::finding(&what, Err(now.or(account.notice.map(|soon| soon.told))?)))
        };
        accounts.into_iter().filter_map(trouble).collect()
    }
}

fn finding(what: &Message, outcome: Result<Sentence, Sentence>) -> Finding {
    super::finding(&what.sentence(), outcome)
}

fn vault(state: VaultState) -> Result<Sentence, Sentence> {
    match state {
        VaultState::Open => Ok(findings::OPEN.sentence()),
        VaultState::Absent => Err(findings::NO_VAULT.sentence()),
        VaultState::LockedByKeyring | VaultState::LockedByPassphrase => Ok(findings::LOCKED.sentence()),
    }
}

fn keyring(state: Result<(), Sentence>, has_passphrase: bool) -> Result<Sentence, Sentence> {
    match state {
        Ok(()) => Ok(findings::ANSWERS.sentence()),
        Err(why) if has_passphrase => Ok(findings::NOT_USED.with([("why", &why)])),
        // Most of them say so themselves.
        Err(why) if why.contains("passphrase") => Err(why),
        Err(why) => Err(findings::NO_KEYRING.with([("why", &why)])),
    }
}

const fn window(display: bool) -> Message {
    if display { findings::CAN_BE_SHOWN } else { findings::NO_DISPLAY }
}

fn policy(state: &PolicyState, file: &str) -> Result<Sentence, Sentence> {
    match state {
        PolicyState::None => Ok(findings::NO_POLICY.with([("file", &file)])),
        PolicyState::Stands(policy) => {
            Ok(findings::POLICY_STANDS.with([("policy", &policy.who()), ("file", &file)]))
        }
        PolicyState::Broken(why) => Err(findings::IN_FILE.with([("file", &file), ("why", why)])),
    }
}

fn kind(kind: Kind) -> SettingKind {
    match kind {
        Kind::Switch => SettingKind::Switch,
        Kind::Number { least, most, unit } => SettingKind::Number { least, most, unit: unit.to_owned() },
        Kind::Choice(words) => {
            SettingKind::Choice { words: words.iter().map(|word| (*word).to_owned()).collect() }
        }
        Kind::Private(most) => SettingKind::Private { most: u32::try_from(most).unwrap_or(u32::MAX) },
    }
}

fn guard(guard: Guard) -> SettingGuard {
    match guard {
        Guard::Free => SettingGuard::Free,
        Guard::Off | Guard::HigherOrNever | Guard::Lower => SettingGuard::Loosening,
        Guard::Any => SettingGuard::Any,
    }
}

/// Why a setting has no effect when it is looser than the policy.
fn fixed(it: &Setting, policy: &PolicyState) -> Sentence {
    let Some(policy) = policy.policy() else { return Sentence::default() };
    let always = || rules::ASKS_ALWAYS.with([("policy", &policy.who())]);
    match it.key {
        key if key == setting::PASSPHRASE_FOR_RELEASE.key && policy.passphrase.release => always(),
        key if key == setting::PASSPHRASE_FOR_HIGH_RISK.key && policy.passphrase.high_risk => always(),
        key if key == setting::LOCK_IDLE_MINUTES.key => {
            policy.lock_idle_minutes.map_or_else(Sentence::default, |minutes| {
                rules::LOCKS_AFTER.with([("policy", &policy.who()), ("minutes", &minutes)])
            })
        }
        _ => Sentence::default(),
    }
}

/// What the policy lays down, one rule a line.
fn rules(policy: &broker::Policy) -> Vec<Sentence> {
    let providers = |list: &[String]| list.join(", ");
    let forbidden = Some(&policy.forbid_providers).filter(|list| !list.is_empty());
    let general = [
        policy.forbid_release.then(|| rules::NO_RELEASE.sentence()),
        policy.longest_consent_minutes.map(|minutes| rules::LONGEST.with([("minutes", &minutes)])),
        policy
            .allow_providers
            .as_ref()
            .map(|list| rules::ONLY_PROVIDERS.with([("providers", &providers(list))])),
        forbidden.map(|list| rules::NOT_PROVIDERS.with([("providers", &providers(list))])),
        policy.forbid_own_providers.then(|| rules::NO_OWN_PROVIDERS.sentence()),
        policy.lock_idle_minutes.map(|minutes| rules::LOCKS.with([("minutes", &minutes)])),
        passphrase_rule(policy.passphrase),
    ];
    general.into_iter().flatten().chain(policy.pre_approve.iter().map(pre_approved)).collect()
}

fn passphrase_rule(rule: broker::PassphraseRule) -> Option<Sentence> {
    if rule.always {
        return Some(rules::PASSPHRASE_ALWAYS.sentence());
    }
    let what = [(rule.release, rules::RELEASE), (rule.high_risk, rules::HIGH_RISK)];
    let what = Sentence::list(what.iter().filter(|(on, _)| *on).map(|(_, what)| what.sentence()));
    (!what.is_empty()).then(|| rules::PASSPHRASE_BEFORE.with([("what", &what)]))
}

fn pre_approved(program: &broker::PreApproval) -> Sentence {
    rules::PRE_APPROVED.with([
        ("path", &program.path),
        ("scopes", &program.scopes.join(" ")),
        ("provider", &program.provider),
        ("hash", &program.sha256.get(..16).unwrap_or_default()),
    ])
}

fn route_view(route: &Route, names: &Names) -> RouteView {
    let known = names.accounts.get(&route.account);
    RouteView {
        id: route.id.to_string(),
        account: route.account.to_string(),
        account_label: known.map(|info| info.account.label.clone()).unwrap_or_default(),
        provider: names.provider_id(&route.account),
        when: RouteWhen {
            directory: route.when.directory.clone(),
            repository: route.when.repository.clone(),
            host: route.when.host.clone(),
            program: route.when.program.clone(),
        },
        note: route.note.clone(),
    }
}
