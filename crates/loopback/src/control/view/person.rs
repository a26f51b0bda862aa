//! Settings, policy, routes, and what could be wrong.

use broker::{
    AccountInfo, Health, PolicyState, Route, Sentence, TrailCheck, Whereabouts,
    preferences::{Guard, Kind, Setting, setting},
};
use control::{
    AuditVerified, Finding, KeyringState, PolicyView, RouteExplained, RouteSays, RouteView, RouteWhen,
    SettingGuard, SettingKind, SettingView, VaultState,
};

use super::{Names, View};
use crate::control::{Household, Way};

impl View<'_> {
    /// Everything that can be set. Private texts are told to the window alone: whoever knows them could copy it.
    pub fn settings(&self, way: &Way) -> Result<Vec<SettingView>, broker::Error> {
        let (set, policy) = (self.broker.preferences()?, self.broker.policy());
        let view = |it: &&'static Setting| {
            let hidden = matches!(it.kind, Kind::Private(_)) && !matches!(way, Way::Window);
            SettingView {
                key: it.key.to_owned(),
                words: it.words.to_owned(),
                kind: kind(it.kind),
                value: if hidden { String::new() } else { set.text(it).to_owned() },
                default: it.default.to_owned(),
                set: set.is_set(it),
                guard: guard(it.guard),
                fixed: fixed(it, &policy),
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
            rules: Vec::new(),
        };
        match state.as_ref() {
            PolicyState::None => {}
            PolicyState::Broken(why) => view.broken.clone_from(why),
            PolicyState::Stands(policy) => {
                view.set_by.clone_from(&policy.set_by);
                view.contact.clone_from(&policy.contact);
                view.rules = rules(policy);
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
        let sentence = match leading {
            Some(answer) => format!(
                "The account {} is taken, because {}.",
                names.label(&answer.route.account),
                answer.fits.as_deref().unwrap_or_default()
            ),
            None => "No route fits: the tool must name an account, or the person chooses one.".to_owned(),
        };
        Ok(RouteExplained {
            leads: leading.map(|answer| answer.route.id.to_string()),
            sentence,
            routes: answers
                .iter()
                .map(|answer| RouteSays {
                    route: route_view(&answer.route, &names),
                    fits: answer.fits.is_some(),
                    why: answer.fits.clone().unwrap_or_default(),
                })
                .collect(),
        })
    }

    /// What could be wrong, and what to do.
    pub async fn diagnostics(&self, house: &dyn Household) -> Vec<Finding> {
        house.read_offers().await;
        let status = self.status(house).await;
        let vault = match status.vault {
            VaultState::Open => Ok("It is open.".to_owned()),
            VaultState::Absent => {
                Err("There is none yet. Open the window, or run `keylodge unlock`.".to_owned())
            }
            _ => Ok("It is locked.".to_owned()),
        };
        let keyring = match &status.keyring {
            KeyringState::Available => Ok("It answers.".to_owned()),
            KeyringState::Unavailable { why } if status.has_passphrase => Ok(format!("Not used: {why}")),
            KeyringState::Unavailable { why } if why.contains("passphrase") => Err(why.clone()),
            KeyringState::Unavailable { why } => Err(format!("{why} Use a passphrase instead.")),
        };
        let window = if status.display {
            "It can be shown."
        } else {
            "There is no display: questions are answered with `keylodge request`."
        };
        let policy = match self.broker.policy().as_ref() {
            PolicyState::None => Ok(format!("There is none ({}).", house.policy_file())),
            PolicyState::Stands(policy) => Ok(format!("{} stands ({}).", policy.who(), house.policy_file())),
            PolicyState::Broken(why) => Err(format!("{}: {why}", house.policy_file())),
        };
        let mut findings = vec![
            finding("Broker", Ok(format!("Version {} runs.", status.version))),
            finding("Vault", vault),
            finding("System keyring", keyring),
            finding("Window", Ok(window.to_owned())),
            finding("Loopback API", Ok(format!("{} and {}", status.url, status.socket))),
            finding("Policy", policy),
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
            let what = format!("Account {}", account.account.label);
            let now = match account.health {
                Health::NeedsSignIn { why, .. } => Some(Sentence::from(why)),
                Health::Working | Health::ProviderAway => None,
            };
            Some(finding(&what, Err(now.or(account.notice.map(|soon| soon.told))?.to_string())))
        };
        accounts.into_iter().filter_map(trouble).collect()
    }
}

fn finding(what: &str, outcome: Result<String, String>) -> Finding {
    let fine = outcome.is_ok();
    Finding { what: what.to_owned(), fine, sentence: outcome.unwrap_or_else(|problem| problem) }
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
fn fixed(it: &Setting, policy: &PolicyState) -> String {
    let Some(policy) = policy.policy() else { return String::new() };
    let at_least = match it.key {
        key if key == setting::PASSPHRASE_FOR_RELEASE.key && policy.passphrase.release => {
            "asks for it always"
        }
        key if key == setting::PASSPHRASE_FOR_HIGH_RISK.key && policy.passphrase.high_risk => {
            "asks for it always"
        }
        key if key == setting::LOCK_IDLE_MINUTES.key => {
            return policy.lock_idle_minutes.map_or_else(String::new, |minutes| {
                format!("{} locks after {minutes} minutes at the latest.", policy.who())
            });
        }
        _ => return String::new(),
    };
    format!("{} {at_least}.", policy.who())
}

fn rules(policy: &broker::Policy) -> Vec<String> {
    let mut rules = Vec::new();
    let mut say = |rule: String| rules.push(rule);
    if policy.forbid_release {
        say("A provider's own token is never handed out.".to_owned());
    }
    if let Some(minutes) = policy.longest_consent_minutes {
        say(format!("No consent lasts longer than {minutes} minutes."));
    }
    if let Some(allowed) = &policy.allow_providers {
        say(format!("Only these providers may be used: {}.", allowed.join(", ")));
    }
    if !policy.forbid_providers.is_empty() {
        say(format!("These providers may not be used: {}.", policy.forbid_providers.join(", ")));
    }
    if policy.forbid_own_providers {
        say("Providers of one's own may not be added.".to_owned());
    }
    if let Some(minutes) = policy.lock_idle_minutes {
        say(format!("Keylodge locks after {minutes} idle minutes at the latest."));
    }
    let passphrase = policy.passphrase;
    if passphrase.always {
        say("To allow anything takes the passphrase.".to_owned());
    } else if passphrase.release || passphrase.high_risk {
        let what = [(passphrase.release, "release"), (passphrase.high_risk, "scopes of high risk")];
        let what: Vec<_> = what.iter().filter(|(on, _)| *on).map(|(_, what)| *what).collect();
        say(format!("The passphrase is asked for before: {}.", what.join(", ")));
    }
    for program in &policy.pre_approve {
        say(format!(
            "{} may use {} at {} without asking (SHA-256 {}…).",
            program.path,
            program.scopes.join(" "),
            program.provider,
            &program.sha256.get(..16).unwrap_or_default()
        ));
    }
    rules
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
