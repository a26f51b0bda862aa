//! What a consent that is changed by a command would come to allow, line by line: the person agrees to that, and to nothing
//! that they were not shown (AS-16, UI-08).

use broker::{Consent, Delivery, Provider, consent::Duration, span};

use super::presence::scope_lines;

/// Everything by which `new` allows more than `old`, or otherwise.
pub fn lines(old: &Consent, new: &Consent, provider: &Provider) -> Vec<String> {
    let mut lines: Vec<String> = scope_lines(provider, &new.scopes.beyond(&old.scopes))
        .into_iter()
        .map(|scope| format!("It would also: {scope}"))
        .collect();
    if (old.duration, old.until) != (new.duration, new.until) {
        lines.push(format!("From now on: {}", lasting(new.duration)));
    }
    if old.delivery != new.delivery && new.delivery == Delivery::Release {
        lines.push("It would get the provider's own token".to_owned());
    }
    if old.conditions != new.conditions {
        lines.push(place(new));
    }
    if old.asks_each_time && !new.asks_each_time {
        lines.push("You would not be asked each time any more".to_owned());
    }
    lines
}

fn lasting(duration: Duration) -> String {
    match duration {
        Duration::Once => "once".to_owned(),
        Duration::Seconds { seconds } => format!("for {}", span(seconds.into())),
        Duration::UntilLock => "until Keylodge is locked".to_owned(),
        Duration::Always => "until you withdraw it".to_owned(),
    }
}

fn place(new: &Consent) -> String {
    let held = &new.conditions;
    let parts: Vec<String> = [
        held.session.as_ref().map(|_| "in its terminal".to_owned()),
        held.directory.as_ref().map(|directory| format!("in {directory}")),
        held.host.as_ref().map(|host| format!("for {host}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { "Anywhere".to_owned() } else { format!("Only {}", parts.join(", ")) }
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
