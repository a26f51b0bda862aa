//! Weighing a request: everything it needs is looked up, and `decide` is asked for each account it could be for.

use crate::{
    AccessQuestion, AccessRequest, Account, AccountId, App, Because, Broker, Caller, ConsentId, Credential,
    Decision, Delivery, Error, Narrowing, PolicyState, Provider, Question, ReleaseEnd, RequestOrigin, Scope,
    ScopeSet, Sentence,
    consent::{Conditions, Duration},
    decision::decide,
    flow::{
        clicks::demands,
        hand_out::Authority,
        narrowing::ways_to_less,
        release::{may_be_released, worst_end},
        routes::led,
        upstream_access::check_gateway_keeps,
    },
    house::House,
    messages::refusals,
};

/// Durations offered in a prompt; the first is preset, and it is never `Always` (ux).
const DURATIONS: [Duration; 6] = [
    Duration::Seconds { seconds: 3600 },
    Duration::Once,
    Duration::Seconds { seconds: 900 },
    Duration::UntilLock,
    Duration::Seconds { seconds: 30 * 24 * 3600 },
    Duration::Always,
];

/// What a look at a request came to.
#[expect(clippy::large_enum_variant, reason = "one at a time, and taken apart at once")]
pub enum Weighed {
    Allowed(Authority),
    /// The policy allows it without asking, to the program of this path.
    PreApproved(Authority, String),
    Ask(AccessQuestion),
}

/// What a request is about.
struct Matter<'a> {
    request: &'a AccessRequest,
    provider: &'a Provider,
    app: &'a App,
    /// In catalogue spelling.
    scopes: ScopeSet,
    /// Those it could be for; at least one.
    accounts: Vec<&'a Account>,
    /// The route that chose the account, in words; empty if none did.
    route: Sentence,
    fingerprint: Option<String>,
}

/// What `decide` said of the accounts, one after the other.
struct Findings {
    allowed_before: ScopeSet,
    changed: bool,
    /// The person may be asked about these.
    open: Vec<AccountId>,
    why: Because,
    refused: Option<Because>,
}

impl Broker {
    /// Looks at everything a request needs, and decides. What cannot be released at all is weighed for the gateway, where
    /// that will do: the person is not asked for what cannot be had.
    pub(crate) fn weigh(&self, house: &House, request: &AccessRequest) -> Result<Weighed, Error> {
        let why = match self.weigh_as_wanted(house, request) {
            Err(Error::NotReleased(why)) if request.or_gateway => why,
            outcome => return outcome,
        };
        let gateway = AccessRequest { delivery: Delivery::Gateway, or_gateway: false, ..request.clone() };
        match self.weigh_as_wanted(house, &gateway) {
            Ok(Weighed::Allowed(authority)) => Ok(Weighed::Allowed(authority.at_gateway(why))),
            Ok(Weighed::PreApproved(authority, path)) => {
                Ok(Weighed::PreApproved(authority.at_gateway(why), path))
            }
            // There is no gateway, either.
            Err(Error::InvalidTarget(_)) => Err(Error::NotReleased(why)),
            outcome => outcome,
        }
    }

    fn weigh_as_wanted(&self, house: &House, request: &AccessRequest) -> Result<Weighed, Error> {
        self.check_running()?;
        self.note_use();
        let matter = self.matter(house, request)?;
        let policy = self.policy();
        let mut findings = Findings::default();
        for account in &matter.accounts {
            match decide(&matter.question(account), house.consents_of(&matter.app.id), &policy, self.now()) {
                Decision::Allow(Because::Consent(consent)) => {
                    return Ok(Weighed::Allowed(matter.authority(account, consent)));
                }
                Decision::Allow(Because::PreApproved(path)) if matter.accounts.len() == 1 => {
                    let consent = ConsentId::generate(self.entropy());
                    return Ok(Weighed::PreApproved(matter.authority(account, consent), path));
                }
                other => findings.add(&account.id, other),
            }
        }
        if findings.open.is_empty() {
            return Err(denied(findings.refused.as_ref()));
        }
        Ok(Weighed::Ask(matter.put_to_the_person(house, findings, &policy)))
    }

    /// What a request is about, if it is about something that is there.
    fn matter<'a>(&self, house: &'a House, request: &'a AccessRequest) -> Result<Matter<'a>, Error> {
        let provider = house.providers.get(&request.provider);
        let provider = provider.ok_or_else(|| Error::NotFound(refusals::NO_SUCH_PROVIDER.sentence()))?;
        let app = house
            .apps
            .get(&request.app)
            .ok_or_else(|| Error::UnknownApp("This program is not registered.".into()))?;
        let scopes = provider.canonical(&request.scopes);
        if scopes.opens_nothing() {
            return Err(Error::InvalidScope("Name at least one scope.".into()));
        }
        let at_gateway = self.gateway_named(house, request)?.map(|account| account.id.as_str());
        if at_gateway.is_none() {
            check_resource(house, request)?;
        }
        let said = at_gateway.or(request.account.as_deref());
        let led = led(house, &request.at, Some(&provider.id)).filter(|_| said.is_none());
        let named = said.or(led.as_ref().map(|led| led.account.as_str()));
        let mut accounts = candidates(house, named, provider, &scopes)?;
        let for_gateway = request.resource.is_none() || at_gateway.is_some();
        let mut unfit = None;
        accounts.retain(|account| {
            let fits = match request.delivery {
                Delivery::Release => may_be_released(house, &account.id, &scopes).map(drop),
                Delivery::Gateway if for_gateway => check_gateway_keeps(house, &account.id, &scopes),
                Delivery::Gateway => Ok(()),
            };
            match fits {
                Err(why @ (Error::NotReleased(_) | Error::InvalidTarget(_))) => {
                    unfit = Some(why);
                    false
                }
                // What else is wrong is told when a token is fetched.
                _ => true,
            }
        });
        if let Some(why) = unfit.filter(|_| accounts.is_empty()) {
            return Err(why);
        }
        if request.delivery == Delivery::Gateway && for_gateway && !provider.has_gateway() {
            return Err(Error::InvalidTarget(
                format!(
                    "Keylodge has no gateway to {}: it does not know where its API is. Ask for release.",
                    provider.name
                )
                .into(),
            ));
        }
        let route = led.map(|led| led.why).unwrap_or_default();
        let fingerprint = request.caller.fingerprint();
        Ok(Matter { request, provider, app, scopes, accounts, route, fingerprint })
    }

    /// The account whose gateway a request names as its `resource`, as a client of the gateway's metadata does
    /// (RFC 9728 §2; RFC 8707 §2).
    fn gateway_named<'a>(
        &self,
        house: &'a House,
        request: &AccessRequest,
    ) -> Result<Option<&'a Account>, Error> {
        let id = request.resource.as_deref().and_then(|resource| self.account_at(resource));
        let Some(id) = id.filter(|_| request.delivery == Delivery::Gateway) else { return Ok(None) };
        let account = house.accounts.get(&id).filter(|account| account.provider == request.provider);
        let other = |word: &String| {
            house.account(word, Some(&request.provider)).is_none_or(|account| account.id != id)
        };
        match account.filter(|_| !request.account.as_ref().is_some_and(other)) {
            Some(account) => Ok(Some(account)),
            None => Err(Error::InvalidTarget("That is not the gateway of the account.".into())),
        }
    }
}

impl Matter<'_> {
    fn question<'q>(&'q self, account: &'q Account) -> Question<'q> {
        Question {
            app: &self.app.id,
            account: &account.id,
            provider: &self.provider.id,
            scopes: &self.scopes,
            delivery: self.request.delivery,
            caller: &self.request.caller,
            fingerprint: self.fingerprint.as_deref(),
            host: self.request.at.host.as_deref(),
            may_be_remembered: self.may_be_remembered(),
            max_age: self.request.max_age,
        }
    }

    fn authority(&self, account: &Account, consent: ConsentId) -> Authority {
        Authority {
            app: self.app.id.clone(),
            account: account.id.clone(),
            consent,
            scopes: self.scopes.clone(),
            delivery: self.request.delivery,
            or_gateway: self.request.or_gateway,
            instead: None,
            resource: self.request.resource.clone(),
            family: None,
            key: None,
            by_details: self.request.by_details,
            exchanged: None,
        }
    }

    fn may_be_remembered(&self) -> bool {
        self.request.origin == RequestOrigin::Program
    }

    /// Nothing tells which program this is, so a consent would hold for any (LOC-05).
    fn is_nameless(&self) -> bool {
        self.may_be_remembered() && self.fingerprint.is_none()
    }

    /// The question as it is shown.
    fn put_to_the_person(self, house: &House, findings: Findings, policy: &PolicyState) -> AccessQuestion {
        let request = self.request;
        let release = worst_end(house, request.delivery, &findings.open, &self.scopes);
        let durations = self.durations(&findings.why, policy, release);
        let narrowing = self.narrowing(house, &findings.open);
        let (from_browser, redirect_host, user_code) = match &request.origin {
            RequestOrigin::Program => (false, String::new(), None),
            RequestOrigin::Authorize { browser, redirect_host } => (*browser, redirect_host.clone(), None),
            RequestOrigin::Device { user_code } => (false, String::new(), Some(user_code.clone())),
        };
        AccessQuestion {
            app: self.app.id.clone(),
            app_name: self.app.name.clone(),
            registered: !matches!(self.app.credential, Credential::Program { .. }),
            nameless: self.is_nameless(),
            caller: Some(request.caller.clone()).filter(|caller| !caller.file.is_empty()),
            from_browser,
            redirect_host,
            provider: self.provider.id.clone(),
            accounts: findings.open,
            allowed_before: findings.allowed_before.intersection(&self.scopes),
            scopes: self.scopes,
            changed: findings.changed,
            delivery: request.delivery,
            release,
            narrowing,
            purpose: request.purpose.clone(),
            durations,
            because: findings.why.to_string(),
            because_said: findings.why.said(),
            passphrase: demands(house, policy),
            conditions: Conditions {
                session: request.caller.session.clone(),
                directory: request.caller.directory.clone(),
                host: request.at.host.clone(),
                forwarded: request.caller.is_forwarded(),
            },
            route: self.route,
            user_code,
        }
    }

    /// How a released token will be got with no more than is asked for, where the sign-in has more.
    fn narrowing(&self, house: &House, accounts: &[AccountId]) -> Option<Vec<Narrowing>> {
        let of = |account| ways_to_less(house, account, self.provider, &self.scopes);
        if self.request.delivery == Delivery::Gateway { None } else { accounts.iter().find_map(of) }
    }

    /// The durations to offer. Without a fingerprint nothing can be remembered of a program that is known by its file
    /// only. A time that is over before the provider's own token is offers nothing.
    fn durations(&self, why: &Because, policy: &PolicyState, release: Option<ReleaseEnd>) -> Vec<Duration> {
        if self.is_nameless() || matches!(why, Because::EachTime(_)) {
            return vec![Duration::Once];
        }
        let allowed =
            |duration: &Duration| policy.policy().is_none_or(|policy| policy.allows_duration(*duration));
        let fits = |duration: &Duration| release.is_none_or(|end| end.fits(*duration));
        DURATIONS.into_iter().filter(allowed).filter(fits).collect()
    }
}

impl Default for Findings {
    fn default() -> Self {
        Self {
            allowed_before: ScopeSet::default(),
            changed: false,
            open: Vec::new(),
            why: Because::Nothing,
            refused: None,
        }
    }
}

impl Findings {
    fn add(&mut self, account: &AccountId, decision: Decision) {
        match decision {
            // Which of several accounts it gets, the policy does not say.
            Decision::Allow(_) => self.open.push(account.clone()),
            Decision::Ask { allowed_before, changed, because } => {
                self.allowed_before = self.allowed_before.union(&allowed_before);
                self.changed |= changed;
                self.why = because;
                self.open.push(account.clone());
            }
            Decision::Deny(because) => self.refused = Some(because),
        }
    }
}

/// Everything that can be seen of who asks, for the person; of the very program that was weighed (LOC-04).
pub async fn witnessed(request: &AccessRequest) -> Result<Option<Caller>, Error> {
    let Some(witness) = &request.witness else { return Ok(None) };
    let caller = witness.describe().await;
    let same = (caller.program_key(), caller.fingerprint())
        == (request.caller.program_key(), request.caller.fingerprint());
    if !same {
        return Err(Error::ConsentDenied(refusals::CHANGED_WHILE_LOOKING.sentence()));
    }
    Ok(Some(caller).filter(|caller| !caller.file.is_empty()))
}

/// The accounts a request could be for.
fn candidates<'a>(
    house: &'a House,
    named: Option<&str>,
    provider: &Provider,
    scopes: &ScopeSet,
) -> Result<Vec<&'a Account>, Error> {
    let named = match named {
        Some(word) => vec![house.account(word, Some(&provider.id)).ok_or_else(|| {
            Error::NotFound(
                format!(
                    "There is no account {word:?} at {}. `keylodge account list` shows all.",
                    provider.name
                )
                .into(),
            )
        })?],
        None => house.accounts.values().filter(|account| account.provider == provider.id).collect(),
    };
    if named.is_empty() {
        return Err(Error::NoAccount { provider: provider.name.clone(), id: provider.id.to_string() });
    }
    let enough: Vec<_> = named.iter().copied().filter(|a| lacking(house, a, scopes).is_empty()).collect();
    if !enough.is_empty() {
        return Ok(enough);
    }
    let account = named[0];
    Err(Error::InvalidScope(format!(
        "The account {} was signed in without: {}. `keylodge account reauth {} --scope …` asks {} for more.",
        account.label,
        lacking(house, account, scopes),
        account.label,
        provider.name
    ).into()))
}

/// Scopes that no grant of the account has. `offline_access` is no access: it only asks for a refresh token.
fn lacking(house: &House, account: &Account, scopes: &ScopeSet) -> ScopeSet {
    let offline: ScopeSet = Scope::parse("offline_access").into_iter().collect();
    scopes.without(&offline).beyond(&house.offers_of(account))
}

/// The program is told that it was refused, and by whom; the policy's sentence is no secret.
pub fn denied(because: Option<&Because>) -> Error {
    Error::ConsentDenied(match because {
        Some(Because::Policy(why)) => why.clone(),
        _ => refusals::FOR_GOOD.sentence(),
    })
}

/// A resource must be one that a registered local resource server answers to (RFC 8707 §2; AS-34).
fn check_resource(house: &House, request: &AccessRequest) -> Result<(), Error> {
    let Some(resource) = &request.resource else { return Ok(()) };
    if request.delivery == Delivery::Release {
        return Err(Error::InvalidTarget(
            "A provider's own token has no resource here. Leave one of the two out.".into(),
        ));
    }
    if house.apps.values().any(|app| app.resources.contains(resource)) {
        return Ok(());
    }
    Err(Error::InvalidTarget(
        "No resource server is registered under that address. Register it, or leave `resource` out.".into(),
    ))
}
