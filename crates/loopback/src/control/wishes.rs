//! The control API's words turned into the rules' own: choices, scopes, new accounts and providers.

use broker::{
    AccountId, Asks, Broker, Error, Prompt, Provider, ScopeSet, Secret, SignInWish, consent,
    messages::refusals,
    provider::{ApiRoute, Endpoints, Group, SignInWay},
    text::cleaned,
};
use control::{
    AccountSource, ActivityFilter, Choice, Conditions, ConsentEdit, Delivery, Duration, Only, ProviderSource,
    RouteWhen, SignInBy, Whereabouts,
};

use super::presence::secret;

const MAX_NAME_CHARS: usize = 60;
/// Backgrounds for the marks of own providers; white letters are readable on all of them.
const COLOURS: [&str; 8] =
    ["#1f5fae", "#6b4fa3", "#0f6b5c", "#8a4b08", "#a3323d", "#4b5563", "#3b6b1f", "#0b6b8a"];

/// Scopes as the person or a command wrote them.
pub fn scopes(words: &[String]) -> Result<ScopeSet, Error> {
    ScopeSet::from_words(words.iter().map(String::as_str))
        .ok_or_else(|| Error::InvalidRequest(refusals::BAD_SCOPE.sentence()))
}

/// The person's answer to a prompt.
pub fn choice(question: &Prompt, choice: &Choice) -> Result<broker::Choice, Error> {
    Ok(match choice {
        Choice::Allow { account, scopes: words, delivery, duration, only, user_code } => {
            broker::Choice::Allow {
                account: (!account.is_empty()).then(|| AccountId::from_text(account)),
                scopes: scopes(words)?,
                delivery: self::delivery(*delivery),
                duration: self::duration(*duration),
                conditions: held_to(question, only),
                user_code: user_code.clone(),
            }
        }
        Choice::Deny { remember } => broker::Choice::Deny { remember: *remember },
    })
}

/// The places that the question offered, as far as the answer is held to them.
fn held_to(question: &Prompt, only: &[Only]) -> consent::Conditions {
    let Asks::Access(question) = &question.asks else { return consent::Conditions::default() };
    let offered = &question.conditions;
    let kept = |part: &Option<String>, which| part.clone().filter(|_| only.contains(&which));
    consent::Conditions {
        session: kept(&offered.session, Only::Session),
        directory: kept(&offered.directory, Only::Directory),
        host: kept(&offered.host, Only::Host),
        forwarded: offered.forwarded,
    }
}

/// What is changed of a consent.
pub fn edit(edit: ConsentEdit) -> Result<broker::ConsentEdit, Error> {
    let place = |conditions: Conditions| consent::Conditions {
        session: conditions.session,
        directory: conditions.directory,
        host: conditions.host,
        forwarded: conditions.forwarded,
    };
    Ok(broker::ConsentEdit {
        scopes: edit.scopes.map(|words| scopes(&words)).transpose()?,
        duration: edit.duration.map(duration),
        delivery: edit.delivery.map(delivery),
        conditions: edit.conditions.map(place),
        asks_each_time: edit.asks_each_time,
        note: edit.note,
    })
}

/// Which events are looked for. Empty words look for nothing.
pub fn filter(filter: ActivityFilter) -> broker::ActivityFilter {
    let word = |word: Option<String>| word.map(|word| word.trim().to_owned()).filter(|word| !word.is_empty());
    broker::ActivityFilter {
        app: word(filter.app),
        account: word(filter.account),
        scope: word(filter.scope),
        kind: word(filter.kind),
        text: word(filter.text),
        words: filter.words.unwrap_or_default().into_iter().take(MAX_WORDS).map(shown).collect(),
        since: filter.since.map(|at| broker::Timestamp(at.0)),
        until: filter.until.map(|at| broker::Timestamp(at.0)),
    }
}

/// A word stands in the words of so many scopes at the most; the rest is not looked for.
const MAX_SCOPES: usize = 1000;
/// A search may have so many words; the rest looks for nothing.
const MAX_WORDS: usize = 20;

fn shown(word: control::Word) -> broker::Word {
    let scopes = word.scopes.into_iter().take(MAX_SCOPES).collect();
    broker::Word { word: word.word, messages: word.messages, scopes }
}

/// What a route looks at.
pub fn when(when: RouteWhen) -> broker::RouteWhen {
    broker::RouteWhen {
        directory: when.directory,
        repository: when.repository,
        host: when.host,
        program: when.program,
    }
}

/// Where a tool is.
pub fn whereabouts(at: Whereabouts) -> broker::Whereabouts {
    broker::Whereabouts {
        directory: at.directory,
        remote: at.remote,
        host: at.host,
        program: at.program.into_iter().collect(),
    }
}

/// A new account.
pub fn sign_in(source: AccountSource) -> Result<SignInWish, Error> {
    let (way, key) = way(source.by.as_ref());
    Ok(SignInWish {
        way,
        key,
        scopes: scopes(&source.scopes)?,
        provider: source.provider,
        label: source.label,
        client_id: source.client_id,
        client_secret: source.client_secret.as_ref().filter(|typed| !typed.expose().is_empty()).map(secret),
        open_browser: source.open_browser,
    })
}

/// The way to sign in, with the key that it takes. Whether a key is a GitHub App's, its form tells.
fn way(by: Option<&SignInBy>) -> (SignInWay, Option<Secret<String>>) {
    match by {
        None | Some(SignInBy::Browser) => (SignInWay::Code, None),
        Some(SignInBy::Device) => (SignInWay::Device, None),
        Some(SignInBy::ClientCredentials) => (SignInWay::ClientCredentials, None),
        Some(SignInBy::ServiceAccount { key }) => {
            // Exposed to look at its form: a GitHub App's key is PEM, a service account's file is JSON.
            let pem = key.expose().trim_start().starts_with("-----BEGIN");
            (if pem { SignInWay::GithubApp } else { SignInWay::JwtBearer }, Some(secret(key)))
        }
    }
}

/// A provider of the person's own. Its addresses may be within their own network: they entered them.
pub fn provider(broker: &Broker, id: &str, name: &str, source: ProviderSource) -> Result<Provider, Error> {
    let name = cleaned(name, MAX_NAME_CHARS);
    if name.is_empty() {
        return Err(Error::InvalidRequest(refusals::PROVIDER_NAME.sentence()));
    }
    let own = Provider {
        mark: mark(&name),
        colour: colour(id),
        group: Group::Own,
        private: true,
        ..Provider::named(id, &name)
    };
    match source {
        ProviderSource::Form { form, inputs } => {
            let filled = broker.filled_form(&form, &inputs)?;
            Ok(Provider { id: own.id, name, group: Group::Own, ..filled })
        }
        ProviderSource::Offered { .. } => {
            Err(Error::Bug("an offer was taken for a provider that was typed in".to_owned()))
        }
        ProviderSource::File { text } => Ok(Provider { group: Group::Own, ..broker.read_provider(&text)? }),
        ProviderSource::Issuer { issuer, api } => {
            Ok(Provider { issuer: Some(issuer), api: routes(api), ..own })
        }
        ProviderSource::ByHand {
            authorization_endpoint,
            token_endpoint,
            revocation_endpoint,
            userinfo_endpoint,
            api,
            scopes: words,
        } => {
            scopes(&words)?;
            let endpoints = Endpoints {
                authorization: authorization_endpoint,
                token: token_endpoint,
                revocation: revocation_endpoint,
                userinfo: userinfo_endpoint,
                scopes_supported: words,
                ..Endpoints::default()
            };
            Ok(Provider { endpoints: Some(endpoints), api: routes(api), ..own })
        }
    }
}

fn routes(api: Option<String>) -> Vec<ApiRoute> {
    let bases = api.into_iter().filter(|base| !base.trim().is_empty());
    bases.map(|base| ApiRoute::plain("/", &format!("{}/", base.trim().trim_end_matches('/')))).collect()
}

fn delivery(delivery: Delivery) -> broker::Delivery {
    match delivery {
        Delivery::Gateway => broker::Delivery::Gateway,
        Delivery::Release => broker::Delivery::Release,
    }
}

fn duration(duration: Duration) -> consent::Duration {
    match duration {
        Duration::Once => consent::Duration::Once,
        Duration::Seconds { seconds } => consent::Duration::Seconds { seconds },
        Duration::UntilLock => consent::Duration::UntilLock,
        Duration::Always => consent::Duration::Always,
    }
}

/// The first letters of the first two words.
fn mark(name: &str) -> String {
    let letters = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    letters.take(2).flat_map(char::to_uppercase).collect()
}

fn colour(id: &str) -> String {
    let sum: usize = id.bytes().map(usize::from).sum();
    COLOURS[sum % COLOURS.len()].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_own_provider_has_a_mark_and_a_colour_of_its_own() {
        assert_eq!(mark("work \u{202e}sso"), "WS");
        assert!(COLOURS.contains(&colour("work-sso").as_str()));
        assert_eq!(routes(Some(" https://api.example/v1".into()))[0].base, "https://api.example/v1/");
    }

    #[test]
    fn malformed_scopes_are_refused_and_not_repaired() {
        assert!(scopes(&["a b".into()]).is_err());
        assert!(scopes(&["a\"".into()]).is_err());
        assert!(scopes(&[]).expect("none").is_empty());
    }
}
