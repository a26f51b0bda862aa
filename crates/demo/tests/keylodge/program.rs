//! The demo program and the malicious program against a stand-in for Keylodge.

use crate::fake::{Fake, Manner};
use demo::{
    Report, Step, Tone,
    program::{Options, run},
};

async fn play(manner: Manner, malice: bool) -> (Result<Report, String>, Vec<Step>, usize) {
    let fake = Fake::start(manner).await;
    let mut options = Options::new(&fake.base, "demo", "acc-1");
    options.malice = malice;
    let mut steps = Vec::new();
    let report = run(options, |step| steps.push(step)).await;
    (report, steps, fake.live_tokens())
}

fn tones(steps: &[Step], number: u32) -> Vec<Tone> {
    steps.iter().filter(|step| step.number == number).map(|step| step.tone).collect()
}

#[tokio::test]
async fn seven_steps_deliver_the_resource_and_eight_attempts_are_refused() {
    let (report, steps, tokens) = play(Manner::default(), true).await;
    assert_eq!(report, Ok(Report { passed: true }), "{steps:#?}");
    assert_eq!(tokens, 0, "the demo gives every token back");
    for number in 3..=7 {
        assert!(tones(&steps, number).iter().all(|tone| *tone == Tone::Done), "{number}");
        assert!(!tones(&steps, number).is_empty(), "{number}");
    }
    for number in 8..=15 {
        assert_eq!(tones(&steps, number).last(), Some(&Tone::Refused), "{number}");
    }
    let waits: Vec<u32> =
        steps.iter().filter(|step| step.tone == Tone::Waiting).map(|step| step.number).collect();
    assert_eq!(waits, [1, 1, 11]);
}

#[tokio::test]
async fn only_the_last_step_is_the_last() {
    for malice in [true, false] {
        let (_, steps, _) = play(Manner::default(), malice).await;
        let lasts: Vec<bool> = steps.iter().map(|step| step.last).collect();
        assert_eq!(lasts.iter().filter(|last| **last).count(), 1);
        assert_eq!(lasts.last(), Some(&true));
    }
}

#[tokio::test]
async fn lek_01_no_step_shows_a_whole_secret() {
    let (_, steps, _) = play(Manner::default(), true).await;
    let shown: Vec<&str> = steps.iter().flat_map(|step| &step.wire).map(String::as_str).collect();
    let shown = shown.join("\n");
    for secret in ["the-code", "refresh-1", "a secret: %", "eyJhbGc"] {
        assert!(!shown.contains(secret), "{secret}");
    }
    assert!(shown.contains("the-co…"));
}

#[tokio::test]
async fn whoever_says_no_ends_it_without_an_error() {
    let (report, steps, tokens) = play(Manner { says_no: true, ..Manner::default() }, true).await;
    assert_eq!((report, tokens), (Ok(Report { passed: false }), 0));
    let last = steps.last().expect("a step");
    assert_eq!((last.number, last.tone, last.last), (2, Tone::Refused, true));
}

#[tokio::test]
async fn partial_grant_is_told_and_used() {
    let (report, steps, _) = play(Manner { grants: Some("photos.read"), ..Manner::default() }, true).await;
    assert_eq!(report, Ok(Report { passed: true }), "{steps:#?}");
    let decision = steps.iter().find(|step| step.number == 2).expect("a decision");
    assert_eq!(decision.wire, ["not granted: profile", "granted: photos.read", "not granted: photos.write"]);
}

#[tokio::test]
async fn careless_server_fails_every_attempt() {
    let (report, steps, _) = play(Manner { careless: true, ..Manner::default() }, true).await;
    assert_eq!(report, Ok(Report { passed: false }));
    for number in 8..=15 {
        assert_eq!(tones(&steps, number).last(), Some(&Tone::Failed), "{number}");
    }
}

#[tokio::test]
async fn where_nobody_listens_there_is_a_sentence() {
    let mut steps = Vec::new();
    let report = run(Options::new("http://127.0.0.1:9", "demo", "acc-1"), |step| steps.push(step)).await;
    assert!(report.expect_err("nobody listens").contains("does not answer"));
    assert_eq!(steps.iter().map(|step| (step.tone, step.last)).collect::<Vec<_>>(), [(Tone::Failed, true)]);
}
