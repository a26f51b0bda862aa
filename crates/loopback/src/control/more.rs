//! What a consent that is changed by a command would come to allow, line by line: the person agrees to that, and to nothing
//! that they were not shown (AS-16, UI-08).

use broker::{Consent, Delivery, Provider, Sentence, consent::Duration, messages::questions, spanned};

use super::presence::scope_lines;

/// Everything by which `new` allows more than `old`, or otherwise.
pub fn lines(old: &Consent, new: &Consent, provider: &Provider) -> Vec<Sentence> {
    let mut lines: Vec<Sentence> = scope_lines(provider, &new.scopes.beyond(&old.scopes))
        .into_iter()
        .map(|scope| questions::MORE_SCOPE.with([("scope", &scope)]))
        .collect();
    if (old.duration, old.until) != (new.duration, new.until) {
        lines.push(questions::MORE_TIME.with([("span", &lasting(new.duration))]));
    }
    if old.delivery != new.delivery && new.delivery == Delivery::Release {
        lines.push(questions::MORE_RELEASE.sentence());
    }
    if old.conditions != new.conditions {
        lines.push(place(new));
    }
    if old.asks_each_time && !new.asks_each_time {
        lines.push(questions::MORE_UNASKED.sentence());
    }
    lines
}

fn lasting(duration: Duration) -> Sentence {
    match duration {
        Duration::Once => questions::ONCE.sentence(),
        Duration::Seconds { seconds } => questions::FOR_SPAN.with([("span", &spanned(seconds.into()))]),
        Duration::UntilLock => questions::UNTIL_LOCK.sentence(),
        Duration::Always => questions::UNTIL_WITHDRAWN.sentence(),
    }
}

fn place(new: &Consent) -> Sentence {
    let held = &new.conditions;
    let parts = [
        held.session.as_ref().map(|_| questions::IN_TERMINAL.sentence()),
        held.directory.as_ref().map(|directory| questions::IN_PLACE.with([("directory", directory)])),
        held.host.as_ref().map(|host| questions::FOR_HOST.with([("host", host)])),
    ];
    let places = Sentence::list(parts.into_iter().flatten());
    if places.is_empty() {
        questions::ANYWHERE.sentence()
    } else {
        questions::ONLY_THERE.with([("where", &places)])
    }
}

#[cfg(test)]
mod tests {
    use broker::{AccountId, AppId, ConsentId, ScopeSet, Timestamp, consent::Conditions};

    use super::*;

    fn consent(scopes: &str) -> Consent {
        Consent {
            id: ConsentId::from_text("con_1"),
            app: AppId::from_text("app_1"),
            account: AccountId::from_text("acc_1"),
            scopes: ScopeSet::parse(scopes).expect("legal"),
            delivery: Delivery::Gateway,
            duration: Duration::Seconds { seconds: 900 },
            allows: true,
            fingerprint: None,
            since: Timestamp(0),
            until: Some(Timestamp(900)),
            last_used: None,
            uses: 0,
            note: String::new(),
            conditions: Conditions { directory: Some("/a".to_owned()), ..Conditions::default() },
            asks_each_time: true,
            by_policy: false,
        }
    }

    #[test]
    fn as_16_whatever_a_consent_would_allow_besides_is_shown() {
        let (old, provider) = (consent("read"), Provider::named("acme", "Acme"));
        let new = Consent {
            delivery: Delivery::Release,
            duration: Duration::Always,
            until: None,
            conditions: Conditions::default(),
            asks_each_time: false,
            ..consent("read write")
        };
        assert_eq!(
            lines(&old, &new, &provider),
            [
                "It would also: write",
                "From now on: until you withdraw it",
                "It would get the provider's own token",
                "Anywhere",
                "You would not be asked each time any more",
            ]
        );
        assert!(lines(&old, &old, &provider).is_empty());
    }
}
