//! Answers that the person carries over from the browser: addresses and codes, pasted.

use broker::{ByHand, Provider, Upstream, UpstreamError, provider::RedirectWay};

use crate::provider::{Hostile, back, begin, finish, good, is_misbehaved, parameter, paste, plan};

const OWN: &str = "https://example.org/keylodge";

fn pasted(hostile: &Hostile) -> Provider {
    let mut provider = hostile.plain();
    provider.redirect.way = RedirectWay::Pasted;
    provider.redirect.address = Some(OWN.to_owned());
    provider
}

fn shown(hostile: &Hostile) -> Provider {
    let mut provider = hostile.plain();
    provider.redirect.way = RedirectWay::Shown;
    provider.redirect.address = Some("oob".to_owned());
    provider
}

fn refused(outcome: Result<(), UpstreamError>) -> String {
    match outcome {
        Err(UpstreamError::Unusable(sentence)) => sentence.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn uc_13_a_pasted_address_signs_in_and_its_place_is_repeated_byte_for_byte() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let under_way = begin(&hostile.upstreams(), pasted(&hostile), "read").await;
    assert_eq!(under_way.by_hand, Some(ByHand::Address));
    assert_eq!(parameter(&under_way.authorize_url, "redirect_uri"), OWN);
    // As one copies it: blanks around it, without its scheme, with a fragment that a page adds.
    let address = format!("  example.org/keylodge?{}#_=_\n", good(&under_way));
    paste(&under_way, &address).expect("taken");
    assert!(paste(&under_way, &address).is_err(), "only the first answer counts");
    let signed_in = under_way.outcome.await.expect("signed in");
    assert_eq!(signed_in.subject, "user-1");
    let seen = &hostile.seen("/token")[0];
    assert_eq!(seen.form("redirect_uri").as_deref(), Some(OWN));
    assert_eq!(seen.form("code").as_deref(), Some("code-1"));
    assert_eq!(seen.form("code_verifier").expect("a verifier").len(), 43);
}

#[tokio::test]
async fn uc_04_uc_09_what_is_not_this_sign_ins_answer_is_refused_and_the_sign_in_goes_on() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let upstreams = hostile.upstreams();
    let (under_way, other) = (
        begin(&upstreams, pasted(&hostile), "read").await,
        begin(&upstreams, pasted(&hostile), "read").await,
    );
    let query = good(&under_way);
    for (wrong, says) in [
        (String::new(), OWN),
        ("hello there".to_owned(), OWN),
        (format!("https://evil.example/keylodge?{query}"), OWN),
        (format!("http://example.org/keylodge?{query}"), OWN),
        (format!("https://example.org/other?{query}"), OWN),
        (format!("https://example.org:8443/keylodge?{query}"), OWN),
        (under_way.authorize_url.to_string(), OWN),
        (OWN.to_owned(), "another sign-in"),
        (format!("{OWN}?{}", good(&other)), "another sign-in"),
        (format!("{OWN}?code=code-1"), "another sign-in"),
        (format!("{OWN}?{query}&state=again"), "another sign-in"),
        (format!("{OWN}?{query}&x={}", "x".repeat(20_000)), "too long"),
    ] {
        let sentence = refused(paste(&under_way, &wrong));
        assert!(sentence.contains(says) && !sentence.contains("code-1"), "{wrong}: {sentence}");
    }
    assert!(hostile.seen("/token").is_empty());
    finish(under_way, &query).await.expect("signed in after all");
}

#[tokio::test]
async fn uc_08_uc_10_a_pasted_address_is_held_to_issuer_and_refusals_as_a_redirect_is() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let provider = Provider { issuer: Some(hostile.base.clone()), ..pasted(&hostile) };
    let under_way = begin(&hostile.upstreams(), provider.clone(), "read").await;
    let foreign = format!("{}&iss=https%3A%2F%2Fevil.example", good(&under_way));
    assert!(is_misbehaved(&finish(under_way, &foreign).await.expect_err("another issuer")));
    let under_way = begin(&hostile.upstreams(), provider.clone(), "read").await;
    let twice = format!("{}&code=code-2", good(&under_way));
    assert!(is_misbehaved(&finish(under_way, &twice).await.expect_err("two codes")));
    let under_way = begin(&hostile.upstreams(), provider, "read").await;
    let no = format!("error=access_denied&state={}", parameter(&under_way.authorize_url, "state"));
    let error = finish(under_way, &no).await.expect_err("refused");
    assert!(matches!(error, UpstreamError::Refused { ref code, .. } if code == "access_denied"), "{error}");
    assert!(hostile.seen("/token").is_empty());
}

#[tokio::test]
async fn uc_02_a_shown_code_is_taken_with_the_verifier_that_ties_it_to_this_sign_in() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let under_way = begin(&hostile.upstreams(), shown(&hostile), "read").await;
    assert_eq!((under_way.by_hand, under_way.redirect_uri.clone()), (Some(ByHand::Code), None));
    assert_eq!(parameter(&under_way.authorize_url, "redirect_uri"), "oob");
    for wrong in ["", "two words", "https://provider.example/done", "c\u{f6}de", &"x".repeat(3000)] {
        assert!(refused(paste(&under_way, wrong)).contains("code"), "{wrong}");
    }
    // Some pages show more than the code; then its state counts.
    assert!(refused(paste(&under_way, "code=code-1&state=another")).contains("another sign-in"));
    paste(&under_way, " code-1 ").expect("taken");
    under_way.outcome.await.expect("signed in");
    let seen = &hostile.seen("/token")[0];
    assert_eq!(seen.form("redirect_uri").as_deref(), Some("oob"));
    assert!(seen.form("code_verifier").is_some());
}

#[tokio::test]
async fn uc_04_a_shown_code_that_nothing_ties_to_its_sign_in_is_not_asked_for() {
    let hostile = Hostile::start().await;
    let mut provider = shown(&hostile);
    provider.endpoints.as_mut().expect("endpoints").pkce_s256 = false;
    let begun = hostile.upstreams().begin_sign_in(plan(provider, "read")).await;
    assert!(matches!(begun.err(), Some(UpstreamError::Unusable(why)) if why.contains("PKCE")));
}

#[tokio::test]
async fn an_address_that_a_browser_elsewhere_could_not_open_is_taken_too() {
    let hostile = Hostile::start().await;
    hostile.give_plain();
    let under_way = begin(&hostile.upstreams(), hostile.plain(), "read").await;
    assert_eq!(under_way.by_hand, None);
    let address = format!("{}?{}", back(&under_way), good(&under_way));
    refused(paste(&under_way, &address.replace("/mock", "/other")));
    paste(&under_way, &address).expect("taken");
    under_way.outcome.await.expect("signed in");
}

#[tokio::test]
async fn codes_are_sent_to_no_address_without_tls_and_to_no_scheme_of_an_applications_own() {
    let hostile = Hostile::start().await;
    for (way, address) in [
        (RedirectWay::Pasted, Some("http://example.org/keylodge")),
        (RedirectWay::Pasted, Some("oob")),
        (RedirectWay::Pasted, None),
        (RedirectWay::Scheme, Some("org.example.keylodge:/back")),
    ] {
        let mut provider = hostile.plain();
        (provider.redirect.way, provider.redirect.address) = (way, address.map(str::to_owned));
        let begun = hostile.upstreams().begin_sign_in(plan(provider, "read")).await;
        assert!(matches!(begun.err(), Some(UpstreamError::Unusable(_))), "{way:?} {address:?}");
    }
}
