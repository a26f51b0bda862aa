//! Route: which account a tool gets when it names none: by directory, repository, host or program.

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, Caller, Error, Message, RouteId, Sentence,
    messages::{refusals, rules},
    text::cleaned,
};

const MAX_PATTERN_CHARS: usize = 400;

/// One rule. Every part that is given must fit; the rule with most parts wins, then the longest directory, then the
/// oldest rule.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Route {
    /// Its id.
    pub id: RouteId,
    /// The account it leads to.
    pub account: AccountId,
    /// What must fit.
    pub when: RouteWhen,
    /// The person's own words.
    #[serde(default)]
    pub note: String,
}

/// What a rule looks at. `None`: whatever.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(default)]
pub struct RouteWhen {
    /// The tool works in this directory, or below it.
    pub directory: Option<String>,
    /// The repository it works on: `host/owner/name`, with `*` for any part.
    pub repository: Option<String>,
    /// The host it speaks to; a leading `*.` stands for any name below.
    pub host: Option<String>,
    /// The program: its file, its script, or the last part of either.
    pub program: Option<String>,
}

/// Where a tool is. What it says of itself steers the choice of an account and opens nothing: the person decides on
/// each account apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whereabouts {
    /// The directory it works in.
    pub directory: Option<String>,
    /// The repository's remote address, as git writes it.
    pub remote: Option<String>,
    /// The host it speaks to.
    pub host: Option<String>,
    /// Its file and its script.
    pub program: Vec<String>,
}

impl Whereabouts {
    /// What can be seen of the caller itself, where nothing else is said.
    #[must_use]
    pub fn or_seen(mut self, caller: &Caller) -> Self {
        self.directory = self.directory.or_else(|| caller.directory.clone());
        if self.program.is_empty() {
            self.program = [Some(&caller.file), caller.script.as_ref()]
                .into_iter()
                .flatten()
                .filter(|path| !path.is_empty())
                .cloned()
                .collect();
        }
        self
    }
}

impl RouteWhen {
    /// The same with white space and invisible characters gone, or why it cannot be a rule.
    pub fn checked(self) -> Result<Self, Error> {
        let part = |text: Option<String>| {
            text.map(|text| cleaned(&text, MAX_PATTERN_CHARS)).filter(|text| !text.is_empty())
        };
        let tidy = |text: Option<String>| part(text).map(|text| text.to_lowercase());
        let when = Self {
            directory: part(self.directory).map(|path| trimmed(&path)),
            repository: tidy(self.repository).map(|text| repository(&text).unwrap_or(text)),
            host: tidy(self.host),
            program: part(self.program),
        };
        if when.parts() == 0 {
            return Err(Error::InvalidRequest(refusals::ROUTE_EMPTY.sentence()));
        }
        if when.directory.as_ref().is_some_and(|path| !path.starts_with('/')) {
            return Err(Error::InvalidRequest(refusals::ROUTE_DIRECTORY.sentence()));
        }
        Ok(when)
    }

    /// What it looks at, in words.
    #[must_use]
    pub fn words(&self) -> Sentence {
        let parts = [
            (&self.directory, rules::WHEN_DIRECTORY),
            (&self.repository, rules::WHEN_REPOSITORY),
            (&self.host, rules::WHEN_HOST),
            (&self.program, rules::WHEN_PROGRAM),
        ];
        let part = |(value, what): (&Option<String>, Message)| Some(what.with([("value", value.as_ref()?)]));
        Sentence::list(parts.into_iter().filter_map(part))
    }

    /// Why it fits, in words; `None` if it does not.
    #[must_use]
    pub fn fits(&self, at: &Whereabouts) -> Option<Sentence> {
        let mut why = Vec::new();
        if let Some(wanted) = &self.directory {
            let there = at.directory.as_ref().filter(|there| is_below(there, wanted))?;
            why.push(rules::IN_DIRECTORY.with([("there", there), ("wanted", wanted)]));
        }
        if let Some(wanted) = &self.repository {
            let there =
                at.remote.as_deref().and_then(repository).filter(|there| repository_fits(there, wanted))?;
            why.push(rules::REPOSITORY.with([("there", &there), ("wanted", wanted)]));
        }
        if let Some(wanted) = &self.host {
            let there = at.host.as_ref().filter(|there| host_fits(&there.to_lowercase(), wanted))?;
            why.push(rules::HOST.with([("there", there), ("wanted", wanted)]));
        }
        if let Some(wanted) = &self.program {
            let is = |path: &&String| *path == wanted || path.rsplit('/').next() == Some(wanted);
            let there = at.program.iter().find(is)?;
            why.push(rules::PROGRAM.with([("there", there), ("wanted", wanted)]));
        }
        (!why.is_empty()).then(|| Sentence::list(why))
    }

    fn parts(&self) -> usize {
        [&self.directory, &self.repository, &self.host, &self.program]
            .iter()
            .filter(|part| part.is_some())
            .count()
    }

    fn rank(&self) -> (usize, usize) {
        (self.parts(), self.directory.as_ref().map_or(0, String::len))
    }
}

/// The route that leads from there, and why; of several the most particular one.
pub fn choose<'a>(
    routes: impl IntoIterator<Item = &'a Route>,
    at: &Whereabouts,
) -> Option<(&'a Route, Sentence)> {
    let mut best: Option<(&Route, Sentence)> = None;
    for route in routes {
        let Some(why) = route.when.fits(at) else { continue };
        if best.as_ref().is_none_or(|(other, _)| other.when.rank() < route.when.rank()) {
            best = Some((route, why));
        }
    }
    best
}

/// `host/owner/name` of a remote address in any of git's spellings: an URL, or `user@host:path`.
#[must_use]
pub fn repository(remote: &str) -> Option<String> {
    let remote = remote.trim();
    let (host, path) = match url::Url::parse(remote) {
        Ok(url) if url.host_str().is_some() => (url.host_str()?.to_owned(), url.path().to_owned()),
        _ => {
            let (host, path) = remote.split_once(':').or_else(|| remote.split_once('/'))?;
            (host.rsplit('@').next()?.to_owned(), path.to_owned())
        }
    };
    let path = path.trim_matches('/').trim_end_matches(".git");
    (!host.is_empty() && !path.is_empty()).then(|| format!("{host}/{path}").to_lowercase())
}

fn repository_fits(there: &str, wanted: &str) -> bool {
    let (mut there, mut wanted) = (there.split('/'), wanted.split('/'));
    loop {
        match (there.next(), wanted.next()) {
            (None, None) => return true,
            // A star at the end stands for everything below.
            (Some(_), Some("*")) if wanted.clone().next().is_none() => return true,
            (Some(_), Some("*")) => {}
            (Some(one), Some(other)) if one == other => {}
            _ => return false,
        }
    }
}

fn host_fits(there: &str, wanted: &str) -> bool {
    match wanted.strip_prefix("*.") {
        Some(parent) => there.strip_suffix(parent).is_some_and(|name| name.ends_with('.')),
        None => there == wanted,
    }
}

/// Whether `path` is `directory` or within it, part by part.
#[must_use]
pub fn is_below(path: &str, directory: &str) -> bool {
    let directory = directory.trim_end_matches('/');
    // `..` could lead out again.
    !path.split('/').any(|part| part == "..")
        && path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn trimmed(path: &str) -> String {
    match path.trim_end_matches('/') {
        "" if path.starts_with('/') => "/".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(id: &str, when: RouteWhen) -> Route {
        let account = AccountId::from_text(format!("acc_{id}"));
        Route {
            id: RouteId::from_text(id),
            account,
            when: when.checked().expect("a rule"),
            note: String::new(),
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "the fields it fills are optional")]
    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn directories_are_compared_part_by_part() {
        assert!(
            is_below("/home/ada/work", "/home/ada/work") && is_below("/home/ada/work/x", "/home/ada/work/")
        );
        assert!(!is_below("/home/ada/workshop", "/home/ada/work"));
        assert!(!is_below("/home/ada/work/../private", "/home/ada/work"));
        assert!(is_below("/anything", "/"));
    }

    #[test]
    fn a_repository_is_the_same_in_every_spelling() {
        for remote in [
            "https://github.com/Acme/tool.git",
            "git@github.com:acme/tool.git",
            "ssh://git@github.com:22/acme/tool",
            "github.com/acme/tool",
        ] {
            assert_eq!(repository(remote).as_deref(), Some("github.com/acme/tool"), "{remote}");
        }
        assert!(repository_fits("github.com/acme/tool", "github.com/acme/*"));
        assert!(repository_fits("gitlab.com/acme/group/tool", "gitlab.com/acme/*"));
        assert!(repository_fits("github.com/acme/tool", "*/acme/tool"));
        assert!(!repository_fits("github.com/acme-evil/tool", "github.com/acme/*"));
        assert!(!repository_fits("github.com", "github.com/acme"));
    }

    #[test]
    fn hosts_fit_whole_names_only() {
        assert!(host_fits("api.example.org", "*.example.org") && host_fits("example.org", "example.org"));
        assert!(!host_fits("example.org", "*.example.org") && !host_fits("evilexample.org", "*.example.org"));
    }

    #[test]
    fn the_most_particular_route_wins_and_says_why() {
        let home = route("1", RouteWhen { directory: text("/home/ada"), ..RouteWhen::default() });
        let work = route("2", RouteWhen { directory: text("/home/ada/work"), ..RouteWhen::default() });
        let git = route(
            "3",
            RouteWhen { directory: text("/home/ada"), program: text("git"), ..RouteWhen::default() },
        );
        let mut at = Whereabouts { directory: text("/home/ada/work/x"), ..Whereabouts::default() };
        let routes = [home, work, git];
        let (chosen, why) = choose(&routes, &at).expect("one fits");
        assert_eq!((chosen.id.as_str(), why.text()), ("2", "/home/ada/work/x is in /home/ada/work"));
        at.program = vec!["/usr/bin/git".into()];
        assert_eq!(choose(&routes, &at).expect("one fits").0.id.as_str(), "3");
        at.directory = text("/srv");
        assert!(choose(&routes, &at).is_none());
    }

    #[test]
    fn a_route_that_says_nothing_is_refused() {
        assert!(RouteWhen::default().checked().is_err());
        assert!(RouteWhen { directory: text("work"), ..RouteWhen::default() }.checked().is_err());
    }
}
