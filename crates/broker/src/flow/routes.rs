//! Routes: which account a tool gets when it names none.

use crate::{
    AccountId, AuditKind, Broker, Change, Error, ProviderId, Route, RouteId, RouteWhen, Sentence,
    Whereabouts,
    broker::About,
    house::House,
    messages::{refusals, rules, trail},
    route,
    text::cleaned,
};

const MAX_ROUTES: usize = 1000;
const MAX_NOTE_CHARS: usize = 200;

/// Where a route leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteChoice {
    /// The rule.
    pub route: RouteId,
    /// The account.
    pub account: AccountId,
    /// Its provider.
    pub provider: ProviderId,
    /// Why this rule, in words.
    pub why: Sentence,
}

/// What a rule says to a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteAnswer {
    /// The rule.
    pub route: Route,
    /// Why it fits; `None`: it does not.
    pub fits: Option<Sentence>,
    /// It is the one that leads.
    pub leads: bool,
}

impl Broker {
    /// All routes, in the order in which they came.
    pub fn routes(&self) -> Result<Vec<Route>, Error> {
        self.look(|house| house.routes.values().cloned().collect())
    }

    /// Adds a route. It opens nothing: the person decides on each account all the same.
    pub async fn add_route(&self, account: &str, when: RouteWhen, note: &str) -> Result<Route, Error> {
        let when = when.checked()?;
        let account = self.account(account)?.account;
        let route = Route {
            id: RouteId::generate(self.entropy()),
            account: account.id,
            when,
            note: cleaned(note, MAX_NOTE_CHARS),
        };
        let (broker, added) = (self.clone(), route.clone());
        self.change(move |house| {
            if house.routes.len() >= MAX_ROUTES {
                return Err(Error::TooMany(refusals::TOO_MANY_ROUTES.sentence()));
            }
            if house.routes.values().any(|other| other.when == added.when) {
                return Err(Error::InvalidRequest(refusals::ROUTE_THERE.sentence()));
            }
            let sentence = trail::ROUTE_ADDED.with([("route", &in_words(house, &added))]);
            let fact = broker.event(house, AuditKind::Settings, About::account(&added.account), sentence);
            Ok((vec![Change::PutRoute(added), Change::Audit(fact)], ()))
        })
        .await?;
        Ok(route)
    }

    /// Removes a route.
    pub async fn remove_route(&self, id: &str) -> Result<(), Error> {
        let (broker, id) = (self.clone(), RouteId::from_text(id));
        self.change(move |house| {
            let route =
                house.routes.get(&id).ok_or_else(|| Error::NotFound(refusals::NO_ROUTE.sentence()))?;
            let sentence = trail::ROUTE_REMOVED.with([("route", &in_words(house, route))]);
            let fact = broker.event(house, AuditKind::Settings, About::account(&route.account), sentence);
            Ok((vec![Change::DeleteRoute(id.clone()), Change::Audit(fact)], ()))
        })
        .await
    }

    /// Where a tool is led from there, at this provider if one is given.
    pub fn route_from(
        &self,
        at: &Whereabouts,
        provider: Option<&ProviderId>,
    ) -> Result<Option<RouteChoice>, Error> {
        self.look(|house| led(house, at, provider))
    }

    /// What each route says to a place.
    pub fn explain_route(&self, at: &Whereabouts) -> Result<Vec<RouteAnswer>, Error> {
        self.look(|house| {
            let leads = led(house, at, None).map(|choice| choice.route);
            let answer = |route: &Route| RouteAnswer {
                fits: route.when.fits(at),
                leads: leads.as_ref() == Some(&route.id),
                route: route.clone(),
            };
            house.routes.values().map(answer).collect()
        })
    }
}

/// What a route says, for the trail: its id tells nobody anything once it is gone.
fn in_words(house: &House, route: &Route) -> Sentence {
    let account = house.accounts.get(&route.account);
    let account = account.map_or_else(|| route.account.to_string(), |account| account.label.clone());
    rules::LEADS.with([("when", &route.when.words()), ("account", &account)])
}

/// Where the routes lead from there.
pub fn led(house: &House, at: &Whereabouts, provider: Option<&ProviderId>) -> Option<RouteChoice> {
    let account_of = |route: &Route| house.accounts.get(&route.account);
    let usable = house.routes.values().filter(|route| {
        account_of(route).is_some_and(|account| provider.is_none_or(|wanted| account.provider == *wanted))
    });
    let (route, why) = route::choose(usable, at)?;
    let account = account_of(route)?;
    Some(RouteChoice {
        route: route.id.clone(),
        account: account.id.clone(),
        provider: account.provider.clone(),
        why,
    })
}
