use super::*;
use crate::{AccountId, ClientFacts, GrantId, GrantState, ProviderId, ScopeSet, Upkeep};

const SINCE: Timestamp = Timestamp(1_900_000_000);

fn grant() -> UpstreamGrant {
    UpstreamGrant {
        id: GrantId::from_text("grant_1"),
        account: AccountId::from_text("acc_1"),
        scopes: ScopeSet::default(),
        state: GrantState::Active,
        refreshable: true,
        since: SINCE,
        version: 1,
        separate: false,
        upkeep: Upkeep::default(),
    }
}

fn acme() -> Provider {
    let mut acme = Provider::named("acme", "Acme");
    acme.client.health.testing_days = Some(7);
    acme.client.health.secret_days = Some(180);
    acme.refresh.unused_days = Some(182);
    acme
}

fn told(code: &str, detail: &str, days: i64, skew: Option<i64>) -> Option<Cause> {
    let (provider, grant) = (acme(), grant());
    let now = SINCE.plus(days * DAY + 60);
    let refused = Refused { provider: &provider, grant: &grant, code, detail, now, skew };
    diagnose(&refused).map(|out| {
        assert!(
            out.why.ends_with('.') && out.why.chars().next().is_some_and(char::is_uppercase),
            "{}",
            out.why
        );
        out.cause
    })
}

#[test]
fn each_provider_s_words_become_a_reason() {
    for (code, detail, cause) in [
        (
            "invalid_grant",
            "AADSTS50173: The provided grant has expired due to it being revoked",
            Cause::PasswordChanged,
        ),
        ("invalid_grant", "AADSTS700082: The refresh token has expired due to inactivity", Cause::Unused),
        ("interaction_required", "AADSTS50076: you must use multi-factor authentication", Cause::NeedsMore),
        ("invalid_grant", "AADSTS65001: The user or administrator has not consented", Cause::Withdrawn),
        ("invalid_client", "AADSTS7000222: The provided client secret keys are expired", Cause::SecretEnded),
        ("unauthorized_client", "AADSTS700016: Application was not found", Cause::ClientGone),
        ("invalid_grant", "Token has been expired or revoked.", Cause::Withdrawn),
        ("invalid_grant", "reauth related error (invalid_rapt)", Cause::NeedsMore),
        ("deleted_client", "The OAuth client was deleted.", Cause::ClientGone),
        ("invalid_client", "Unauthorized", Cause::ClientGone),
        (
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (check your iat and exp)",
            Cause::ClockOff,
        ),
        ("invalid_grant", "refresh token already used", Cause::Reused),
        ("invalid_grant", "refresh token is expired", Cause::Expired),
        ("invalid_grant", "user is suspended", Cause::AccountDisabled),
        ("invalid_grant", "", Cause::Ended),
        ("invalid_grant", "password was reset", Cause::PasswordChanged),
    ] {
        assert_eq!(told(code, detail, 1, None), Some(cause), "{code} {detail}");
    }
    assert_eq!(told("invalid_scope", "no", 1, None), None, "says nothing about the sign-in");
    assert_eq!(told("server_error", "oops", 1, None), None);
}

#[test]
fn dates_and_the_clock_tell_where_words_do_not() {
    assert_eq!(told("invalid_grant", "Token has been expired or revoked.", 7, None), Some(Cause::Testing));
    assert_eq!(told("invalid_grant", "Token has been expired or revoked.", 9, None), Some(Cause::Withdrawn));
    assert_eq!(told("invalid_grant", "Bad Request", 200, None), Some(Cause::Unused));
    assert_eq!(told("invalid_client", "assertion refused", 1, Some(900)), Some(Cause::ClockOff));
    assert_eq!(told("invalid_client", "assertion refused", 1, Some(30)), Some(Cause::ClientGone));
}

#[test]
fn what_only_the_client_or_the_clock_is_guilty_of_does_not_end_the_sign_in() {
    for cause in [Cause::ClientGone, Cause::SecretEnded, Cause::ClockOff] {
        assert!(!cause.ends_sign_in() && cause.mend() != Mend::SignInAgain, "{cause:?}");
    }
    assert!(Cause::Testing.ends_sign_in() && Cause::Testing.mend() == Mend::SignInAgain);
    assert_eq!(Cause::AccountDisabled.mend(), Mend::AskAdministrator);
}

#[test]
fn what_will_hurt_is_told_before_it_does() {
    let (provider, grant) = (acme(), grant());
    let client = client(ClientFacts::default());
    let told = |days, skew| foresee(&provider, &grant, Some(&client), SINCE.plus(days * DAY + 60), skew);
    let at = |days| told(days, None).map(|soon| soon.told);
    assert_eq!(at(1), None);
    assert!(at(5).is_some_and(|told| told.contains("testing mode") && told.contains("tomorrow")));
    assert_eq!(at(8), None, "it was not in testing mode");
    assert!(at(170).is_some_and(|told| told.contains("secret")));
    let mend = |days, skew| told(days, skew).and_then(|soon| soon.mend);
    assert_eq!(mend(5, None), Some(Mend::SignInAgain));
    assert_eq!(mend(170, None), Some(Mend::EnterSecret), "signing in again mends no secret");
    assert_eq!(mend(0, Some(-600)), Some(Mend::SetClock));
    assert!(told(0, Some(-600)).is_some_and(|soon| soon.told.contains("10 minutes")));
}

#[test]
fn what_the_person_knows_of_their_client_counts_before_what_the_catalogue_guesses() {
    let (provider, grant) = (acme(), grant());
    let told = |known: ClientFacts, days: i64| {
        foresee(&provider, &grant, Some(&client(known)), SINCE.plus(days * DAY + 60), None)
            .map(|soon| soon.told)
    };
    let testing = |it| ClientFacts { testing: Some(it), ..ClientFacts::default() };
    assert_eq!(told(testing(false), 5), None, "published");
    assert!(told(testing(true), 5).is_some_and(|told| told.starts_with("Your client id is in testing mode")));
    let ends = |days: i64| ClientFacts { secret_ends: Some(SINCE.plus(days * DAY)), ..testing(false) };
    assert_eq!(told(ends(100), 60), None);
    assert!(told(ends(100), 80).is_some_and(|told| told.contains("ends in 19 days")));
    assert!(told(ends(100), 101).is_some_and(|told| told.contains("has ended")));
    assert_eq!(told(ends(1000), 170), None, "the date is known: no guess");
}

fn client(known: ClientFacts) -> ClientRegistration {
    ClientRegistration {
        provider: ProviderId::from_text("acme"),
        issuer: "https://acme.example".into(),
        client_id: "ours".into(),
        has_secret: true,
        dynamic: false,
        redirect_uri: None,
        since: SINCE,
        known,
    }
}
