//! The demo program and the malicious program against a stand-in for Keylodge.

use crate::fake::{Fake, Manner};
use demo::{
    Report, Step, Tone, malice,
    program::{Options, run, run_alone},
};

async fn play(manner: Manner) -> (Result<Report, String>, Vec<Step>, usize) {
    let fake = Fake::start(manner).await;
    let options = Options::new(&fake.base, "demo", "acc-1");
    let mut steps = Vec::new();
    let report = run(options, |step| steps.push(step)).await;
    (report, steps, fake.live_tokens())
}

fn tones(steps: &[Step], number: u32) -> Vec<Tone> {
    steps.iter().filter(|step| step.number == number).map(|step| step.tone).collect()
}

#[tokio::test]
async fn seven_steps_deliver_the_resource_and_eight_attempts_are_refused() {
    let (report, steps, tokens) = play(Manner::default()).await;
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
    assert_eq!(waits, [1, 0, 11]);
}

#[tokio::test]
async fn only_the_last_step_is_the_last() {
    let (_, steps, _) = play(Manner::default()).await;
    assert_eq!(steps.iter().position(|step| step.last), Some(steps.len() - 1));
}

#[tokio::test]
async fn programs_can_be_played_one_by_one() {
    let fake = Fake::start(Manner::default()).await;
    let options = Options::new(&fake.base, "demo", "acc-1");
    let (mut honest, mut dishonest) = (Vec::new(), Vec::new());
    let (report, haul) = run_alone(&options, |step| honest.push(step)).await.expect("played");
    assert_eq!((report.passed, honest.iter().position(|step| step.last)), (true, Some(honest.len() - 1)));
    let report = malice::run(&options, haul.expect("tokens"), |step| dishonest.push(step)).await;
    assert_eq!(
        (report.passed, dishonest.iter().position(|step| step.last)),
        (true, Some(dishonest.len() - 1))
    );
    assert_eq!((dishonest.first().map(|step| step.number), fake.live_tokens()), (Some(8), 0));
    let (_, haul) = run_alone(&options, |_| {}).await.expect("played");
    assert!(fake.live_tokens() > 0);
    haul.expect("tokens").give_back().await;
    assert_eq!(fake.live_tokens(), 0);
}

#[tokio::test]
async fn lek_01_no_step_shows_a_whole_secret() {
    let (_, steps, _) = play(Manner::default()).await;
    let shown: Vec<&str> = steps.iter().flat_map(|step| &step.wire).map(String::as_str).collect();
    let shown = shown.join("\n");
    for secret in ["the-code", "refresh-1", "a secret: %", "eyJhbGc"] {
        assert!(!shown.contains(secret), "{secret}");
    }
    assert!(shown.contains("the-co…"));
}

#[tokio::test]
async fn whoever_says_no_ends_it_without_an_error() {
    let (report, steps, tokens) = play(Manner { says_no: true, ..Manner::default() }).await;
    assert_eq!((report, tokens), (Ok(Report { passed: false }), 0));
    let last = steps.last().expect("a step");
    assert_eq!((last.number, last.tone, last.last), (2, Tone::Refused, true));
}

#[tokio::test]
async fn partial_grant_is_told_and_used() {
    let (report, steps, _) = play(Manner { grants: Some("photos.read"), ..Manner::default() }).await;
    assert_eq!(report, Ok(Report { passed: true }), "{steps:#?}");
    let decision = steps.iter().find(|step| step.number == 2).expect("a decision");
    assert_eq!(decision.wire, ["not granted: profile", "granted: photos.read", "not granted: photos.write"]);
}

#[tokio::test]
async fn careless_server_fails_every_attempt() {
    let (report, steps, _) = play(Manner { careless: true, ..Manner::default() }).await;
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

#[test]
fn runs_can_be_spawned_as_tasks() {
    fn can_be_spawned(_: &(impl Future + Send)) {}
    let options = Options::new("http://127.0.0.1:9", "demo", "acc-1");
    can_be_spawned(&run(options.clone(), |_| {}));
    can_be_spawned(&run_alone(&options, |_| {}));
    can_be_spawned(&demo::person::sign_in("http://127.0.0.1:9/"));
}
