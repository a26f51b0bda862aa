//! Why an account was signed out, as far as the provider's answer tells, and what mends it.

use serde::{Deserialize, Serialize};

use crate::{ClientRegistration, Provider, Said, Sentence, Timestamp, UpstreamGrant, messages::health};

/// A clock that is off by more than this many seconds is worth telling.
pub(crate) const BIG_SKEW_SECONDS: i64 = 120;
const DAY: i64 = 24 * 3600;

/// What ended a sign-in.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The provider does not say.
    #[default]
    Ended,
    /// Its time was over, used or not.
    Expired,
    /// Nobody used it for too long.
    Unused,
    /// The password was changed.
    PasswordChanged,
    /// The person, or an administrator, took our access back at the provider.
    Withdrawn,
    /// The client is in testing mode, where sign-ins end after some days.
    Testing,
    /// A refresh token was used twice, which the provider takes for theft.
    Reused,
    /// Keylodge was cut off between a refresh and its answer.
    CutOff,
    /// There was no refresh token.
    NoRefreshToken,
    /// The provider wants more than a token: a second factor, another network, a managed device.
    NeedsMore,
    /// The account itself was disabled or deleted.
    AccountDisabled,
    /// Our client id was deleted or disabled, or its secret is wrong.
    ClientGone,
    /// Our client's secret has ended.
    SecretEnded,
    /// This machine's clock is wrong.
    ClockOff,
    /// The person, or a file that they accepted, changed the provider's addresses.
    AddressesChanged,
    /// The backup that was restored holds no sign-in for the account.
    NotInBackup,
}

/// What mends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mend {
    /// Sign in again.
    SignInAgain,
    /// Enter the client id or its secret again.
    CheckClient,
    /// Make a new client secret there, and enter it.
    EnterSecret,
    /// Set the clock.
    SetClock,
    /// Ask whoever administers the account.
    AskAdministrator,
}

impl Cause {
    /// The one thing to do.
    #[must_use]
    pub const fn mend(self) -> Mend {
        match self {
            Self::ClientGone => Mend::CheckClient,
            Self::SecretEnded => Mend::EnterSecret,
            Self::ClockOff => Mend::SetClock,
            Self::AccountDisabled => Mend::AskAdministrator,
            _ => Mend::SignInAgain,
        }
    }

    /// The name of the sentence `why`, where it is the one that stands for this cause: some reasons are told in words of
    /// their own.
    #[must_use]
    pub fn said(self, provider: &Provider, why: &str) -> Option<Said> {
        if !why.starts_with(&clause(self, provider, None)) {
            return None;
        }
        let days = provider.client.health.testing_days.unwrap_or_default().to_string();
        let message = match self {
            Self::Ended => "cause.ended",
            Self::Expired => "cause.expired",
            Self::Unused => "cause.unused",
            Self::PasswordChanged => "cause.password_changed",
            Self::Withdrawn => "cause.withdrawn",
            Self::Testing => "cause.testing",
            Self::Reused => "cause.reused",
            Self::CutOff => "cause.cut_off",
            Self::NoRefreshToken => "cause.no_refresh_token",
            Self::NeedsMore => "cause.needs_more",
            Self::AccountDisabled => "cause.account_disabled",
            Self::ClientGone => "cause.client_gone",
            Self::SecretEnded => "cause.secret_ended",
            Self::ClockOff => "cause.clock_off",
            Self::AddressesChanged => "cause.addresses_changed",
            Self::NotInBackup => "cause.not_in_backup",
        };
        Some(Said::new(message, [("provider", &provider.name), ("days", &days)]))
    }

    /// Whether the sign-in itself is over, so that asking again with the same token is in vain. Where only our client or
    /// the clock is at fault, it lives on.
    #[must_use]
    pub const fn ends_sign_in(self) -> bool {
        !matches!(self, Self::ClientGone | Self::SecretEnded | Self::ClockOff)
    }
}

/// A reason, for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedOut {
    /// What it is.
    pub cause: Cause,
    /// In a sentence.
    pub why: String,
}

/// What the provider said, and what is known beside it.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'a> {
    /// Who said it.
    pub provider: &'a Provider,
    /// Of which sign-in, as it was before.
    pub grant: &'a UpstreamGrant,
    /// The RFC's word.
    pub code: &'a str,
    /// Its description, cleaned.
    pub detail: &'a str,
    /// When.
    pub now: Timestamp,
    /// How many seconds this machine's clock is ahead of the provider's, if that was seen.
    pub skew: Option<i64>,
}

/// The reason in a refusal. `None`: a refusal that says nothing about the sign-in.
#[must_use]
pub fn diagnose(refused: &Refused<'_>) -> Option<SignedOut> {
    let cause = cause(refused)?;
    Some(SignedOut { cause, why: sentence(cause, refused) })
}

fn cause(refused: &Refused<'_>) -> Option<Cause> {
    let about_client = matches!(
        refused.code,
        "invalid_client" | "unauthorized_client" | "deleted_client" | "disabled_client"
    );
    let about_sign_in = matches!(
        refused.code,
        "invalid_grant" | "interaction_required" | "login_required" | "consent_required"
    );
    if !about_client && !about_sign_in {
        return None;
    }
    let told = entra(refused.detail).or_else(|| by_words(refused.detail, about_client));
    let skewed = refused.skew.is_some_and(|skew| skew.abs() > BIG_SKEW_SECONDS);
    Some(match told {
        Some(Cause::Reused | Cause::Withdrawn) | None
            if refused.grant.upkeep.in_doubt_since.is_some() && !about_client =>
        {
            Cause::CutOff
        }
        // A vague word: what is known of the provider may tell more.
        Some(Cause::Expired | Cause::Withdrawn) if !about_client => {
            by_dates(refused).or(told).unwrap_or_default()
        }
        Some(told) => told,
        None if about_client && skewed => Cause::ClockOff,
        None if about_client => Cause::ClientGone,
        None if refused.code != "invalid_grant" => Cause::NeedsMore,
        None => by_dates(refused).unwrap_or_default(),
    })
}

/// Microsoft's numbers, which its documents explain one by one.
fn entra(detail: &str) -> Option<Cause> {
    let number: String = detail.split_once("AADSTS")?.1.chars().take_while(char::is_ascii_digit).collect();
    Some(match number.as_str() {
        "50173" => Cause::PasswordChanged,
        "700082" | "70008" => Cause::Unused,
        "70043" | "700084" => Cause::Expired,
        "50074" | "50076" | "50079" | "50158" | "53000" | "53001" | "53002" | "53003" | "53004" => {
            Cause::NeedsMore
        }
        "50034" | "50057" | "500571" => Cause::AccountDisabled,
        "65001" | "50105" => Cause::Withdrawn,
        "7000222" => Cause::SecretEnded,
        "700016" | "7000112" | "7000215" | "7000218" => Cause::ClientGone,
        "700024" | "500131" | "500133" => Cause::ClockOff,
        _ => return None,
    })
}

fn by_words(detail: &str, about_client: bool) -> Option<Cause> {
    let detail = detail.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| detail.contains(word));
    if has(&["iat", "too early", "in the future", "time skew", "clock"]) {
        return Some(Cause::ClockOff);
    }
    if about_client {
        return (has(&["secret"]) && has(&["expired"])).then_some(Cause::SecretEnded);
    }
    if has(&["rapt", "multi-factor", "mfa", "second factor", "policy"]) {
        return Some(Cause::NeedsMore);
    }
    if has(&["password"]) {
        return Some(Cause::PasswordChanged);
    }
    if has(&["already used", "already been used", "reuse", "replay", "used more than once"]) {
        return Some(Cause::Reused);
    }
    if has(&["inactiv", "unused", "not been used"]) {
        return Some(Cause::Unused);
    }
    if has(&["disabled", "suspended", "deactivated", "user not found", "blocked"]) {
        return Some(Cause::AccountDisabled);
    }
    if has(&["revoked", "withdrawn"]) {
        return Some(Cause::Withdrawn);
    }
    has(&["expired"]).then_some(Cause::Expired)
}

/// What the catalogue knows of the provider's habits, where its answer leaves the reason open.
fn by_dates(refused: &Refused<'_>) -> Option<Cause> {
    let (provider, grant) = (refused.provider, refused.grant);
    let age = refused.now.since(grant.since);
    let last_used = grant.upkeep.access.as_ref().map_or(grant.since, |access| access.since);
    let idle = refused.now.since(last_used);
    let over = |days: Option<u32>, seconds: i64| days.is_some_and(|days| seconds >= i64::from(days) * DAY);
    if over(provider.refresh.unused_days, idle) {
        return Some(Cause::Unused);
    }
    if over(provider.refresh.days, age) {
        return Some(Cause::Expired);
    }
    let testing = provider.client.health.testing_days;
    let just_over = testing.is_some_and(|days| age < (i64::from(days) + 1) * DAY);
    (over(testing, age) && just_over).then_some(Cause::Testing)
}

fn sentence(cause: Cause, refused: &Refused<'_>) -> String {
    let what = clause(cause, refused.provider, refused.skew);
    let said = if refused.detail.is_empty() {
        String::new()
    } else {
        format!(" ({})", refused.detail.trim_end_matches('.'))
    };
    format!("{what}{said}.")
}

/// The sentence without what the provider itself said, and without its full stop.
fn clause(cause: Cause, provider: &Provider, skew: Option<i64>) -> String {
    let name = &provider.name;
    let what = match cause {
        Cause::Ended => format!("{name} no longer accepts the sign-in"),
        Cause::Expired => format!("the sign-in at {name} has run out"),
        Cause::Unused => format!("the sign-in at {name} was not used for too long"),
        Cause::PasswordChanged => format!("the password at {name} was changed, which ended the sign-in"),
        Cause::Withdrawn => format!("Keylodge's access was withdrawn at {name}"),
        Cause::Testing => {
            let days = provider.client.health.testing_days.unwrap_or_default();
            format!(
                "the client id is in testing mode at {name}, where a sign-in ends after {days} days: publish it there"
            )
        }
        Cause::Reused => format!("{name} saw the sign-in used twice and ended it, as it would for a thief"),
        Cause::CutOff => format!(
            "Keylodge was cut off while it renewed the sign-in, and {name} does not take the old one a second time"
        ),
        Cause::NoRefreshToken => {
            format!("{name} gave no refresh token, and its access token has run out")
        }
        Cause::NeedsMore => {
            format!("{name} wants to see you again: a second factor, or a rule of your organisation")
        }
        Cause::AccountDisabled => format!("the account was disabled or deleted at {name}"),
        Cause::ClientGone => format!("{name} does not accept the client id or its secret any more"),
        Cause::SecretEnded => format!("the client secret at {name} has ended: make a new one there"),
        Cause::ClockOff => {
            format!("this computer's clock is wrong{}, and {name} refuses what it signs", off_by(skew))
        }
        Cause::AddressesChanged => format!("the addresses of {name} were changed"),
        Cause::NotInBackup => "the backup holds no sign-in for it".to_owned(),
    };
    let mut letters = what.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

const fn minutes(seconds: i64) -> i64 {
    (seconds.abs() + 30) / 60
}

fn off_by(skew: Option<i64>) -> String {
    skew.map(|skew| format!(" by {} minutes", minutes(skew))).unwrap_or_default()
}

/// What will hurt soon.
#[derive(Clone, Debug, PartialEq)]
pub struct Foreseen {
    /// In a sentence.
    pub told: Sentence,
    /// What keeps it from hurting, where Keylodge can help with that.
    pub mend: Option<Mend>,
}

impl Foreseen {
    const fn by(told: Sentence, mend: Mend) -> Self {
        Self { told, mend: Some(mend) }
    }
}

/// What will hurt soon, so that it can be told before: the nearest thing.
#[must_use]
pub fn foresee(
    provider: &Provider,
    grant: &UpstreamGrant,
    client: Option<&ClientRegistration>,
    now: Timestamp,
    skew: Option<i64>,
) -> Option<Foreseen> {
    let name = &provider.name;
    let left = |since: Timestamp, days: Option<u32>, ahead: i64| {
        let end = since.plus(i64::from(days?) * DAY);
        let left = end.since(now);
        (0..=ahead * DAY).contains(&left).then(|| in_days(left))
    };
    let clock = skew
        .filter(|skew| skew.abs() > BIG_SKEW_SECONDS)
        .map(|skew| health::CLOCK_OFF.with([("minutes", &minutes(skew))]))
        .map(|told| Foreseen::by(told, Mend::SetClock));
    let testing = || {
        let when = left(grant.since, provider.client.health.testing_days, 2)?;
        let message = match client.and_then(|client| client.known.testing) {
            Some(false) => return None,
            Some(true) => health::TESTING,
            None => health::MAYBE_TESTING,
        };
        let told = message.with([("provider", name), ("when", &when)]);
        Some(Foreseen::by(told, Mend::SignInAgain))
    };
    let sign_in = || {
        let when = left(grant.since, provider.refresh.days, 3)?;
        let told = health::SIGN_IN_ENDS.with([("provider", name), ("when", &when)]);
        Some(Foreseen::by(told, Mend::SignInAgain))
    };
    let secret = || {
        let client = client.filter(|client| client.has_secret)?;
        if let Some(end) = client.known.secret_ends {
            return ending_secret(name, end.since(now));
        }
        let when = left(client.since, provider.client.health.secret_days, 14)?;
        Some(health::SECRETS_END.with([("provider", name), ("when", &when)]))
    };
    let secret = || secret().map(|told| Foreseen::by(told, Mend::EnterSecret));
    clock.or_else(testing).or_else(sign_in).or_else(secret)
}

/// The person knows the date: told a month ahead, and when it is past.
fn ending_secret(provider: &str, left: i64) -> Option<Sentence> {
    match left {
        ..0 => Some(health::SECRET_ENDED.with([("provider", &provider)])),
        _ if left <= 30 * DAY => {
            Some(health::SECRET_ENDS.with([("provider", &provider), ("when", &in_days(left))]))
        }
        _ => None,
    }
}

fn in_days(seconds: i64) -> Sentence {
    match seconds / DAY {
        0 => health::WITHIN_A_DAY.sentence(),
        1 => health::TOMORROW.sentence(),
        days => health::IN_DAYS.with([("days", &days)]),
    }
}

#[cfg(test)]
mod tests;
