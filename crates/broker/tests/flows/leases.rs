//! Whatever the person, the programs, the provider and time do: no lease is wider or longer than its consent, and no token
//! that the provider still honours is out beyond it.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
};

use broker::{
    Choice, ConsentEdit, Delivery, GatewayRequest, HandOut, Lease, LeaseId, Narrowing, Presence, Records,
    ScopeSet, Secret, SecretOf, Timestamp, UpstreamError, consent::Duration, provider::AccessRevocation,
};
use proptest::prelude::*;

use crate::{
    fakes::{FakeUpstream, House, program, scopes},
    request, restarted, settle,
};

const WORDS: [&str; 3] = ["read", "write", "admin"];
const TOOLS: [&str; 2] = ["tool", "other"];
const DAY: i64 = 24 * 3600;

/// Scopes by their bits; the rules never see the same order twice.
fn chosen(bits: u8) -> String {
    let words = WORDS.iter().enumerate().filter(|(place, _)| bits & (1 << place) != 0);
    words.map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
}

/// What may happen.
#[derive(Clone, Debug)]
enum Step {
    /// A tool asks; the person allows these of the scopes (none: says no), for one of the durations offered.
    Ask {
        tool: usize,
        asked: u8,
        allowed: u8,
        release: bool,
        duration: usize,
    },
    Withdraw(usize),
    WithdrawScope(usize, usize),
    Edit {
        consent: usize,
        scopes: u8,
        duration: usize,
        gateway: bool,
    },
    EndLease(usize),
    RevokeTool(usize),
    /// A tool uses the gateway, which may renew the provider's token.
    UseGateway,
    Lock,
    Panic,
    /// The broker is killed and started again.
    Restart,
    SignInAgain(u8),
    /// Time goes by.
    Pass(i64),
    Away(bool),
    /// From now on refreshes answer with these scopes, whatever is asked; none: as asked.
    Answers(u8),
    /// From now on tokens last so long; negative: they do not say.
    Life(i64),
}

/// Some of the scopes, and often all: a provider that does not narrow releases nothing less.
fn bits(least: u8) -> impl Strategy<Value = u8> {
    prop_oneof![3 => Just(7), 2 => least..8]
}

fn step() -> impl Strategy<Value = Step> {
    let ask = (0..2_usize, bits(1), bits(0), any::<bool>(), 0..6_usize).prop_map(
        |(tool, asked, allowed, release, duration)| Step::Ask { tool, asked, allowed, release, duration },
    );
    let edit = (0..4_usize, bits(1), 0..5_usize, prop::bool::weighted(0.2))
        .prop_map(|(consent, scopes, duration, gateway)| Step::Edit { consent, scopes, duration, gateway });
    prop_oneof![
        8 => ask,
        2 => edit,
        1 => (0..4_usize).prop_map(Step::Withdraw),
        1 => (0..4_usize, 0..3_usize).prop_map(|(consent, scope)| Step::WithdrawScope(consent, scope)),
        1 => (0..4_usize).prop_map(Step::EndLease),
        1 => (0..2_usize).prop_map(Step::RevokeTool),
        2 => Just(Step::UseGateway),
        1 => Just(Step::Lock),
        1 => Just(Step::Panic),
        1 => Just(Step::Restart),
        1 => bits(1).prop_map(Step::SignInAgain),
        4 => prop_oneof![0..300_i64, 0..5000_i64].prop_map(Step::Pass),
        1 => any::<bool>().prop_map(Step::Away),
        1 => (0..8_u8).prop_map(Step::Answers),
        1 => prop_oneof![Just(600_i64), Just(3600), Just(7200), Just(10 * DAY), Just(-1)].prop_map(Step::Life),
    ]
}

/// A token that left, as the world sees it.
struct Out {
    token: String,
    lease: LeaseId,
}

struct World {
    house: House,
    revocation: AccessRevocation,
    away: bool,
    panicked: bool,
    out: Vec<Out>,
    /// Tokens of ours that were handed out.
    ours: HashMap<LeaseId, Secret<String>>,
    /// When each token that the provider gave runs out there.
    ends: Vec<(String, ScopeSet, Option<Timestamp>)>,
}

impl World {
    async fn new(revocation: AccessRevocation, narrows: bool) -> Self {
        let upstream = FakeUpstream::revoking(revocation);
        if narrows {
            upstream.narrowing.lock().expect("lock").push(Narrowing::Refresh);
        }
        let house = House::at(upstream).await;
        let (out, ours, ends) = (Vec::new(), HashMap::new(), Vec::new());
        let mut world = Self { house, revocation, away: false, panicked: false, out, ours, ends };
        world.see_issued();
        world
    }

    async fn take(&mut self, step: Step) {
        let broker = self.house.broker.clone();
        let consents = broker.consents().expect("open");
        let nth = |n: usize| consents.get(n % consents.len().max(1)).map(|consent| consent.id.to_string());
        let present = Presence::of_native_window();
        match step {
            Step::Ask { tool, asked, allowed, release, duration } => {
                self.ask(TOOLS[tool], asked, allowed, release, duration).await;
            }
            Step::Withdraw(n) => {
                if let Some(id) = nth(n) {
                    let _ = broker.revoke_consent(&id, None, Some(&present)).await;
                }
            }
            Step::WithdrawScope(n, scope) => {
                if let Some(id) = nth(n) {
                    let scope = broker::Scope::parse(WORDS[scope]).expect("legal");
                    let _ = broker.revoke_consent(&id, Some(&scope), Some(&present)).await;
                }
            }
            Step::Edit { consent, scopes: bits, duration, gateway } => {
                let durations = [900, 3600, 7200].map(|seconds| Duration::Seconds { seconds });
                let duration = durations.get(duration).copied().unwrap_or(Duration::Once);
                let delivery = gateway.then_some(Delivery::Gateway);
                let scopes = Some(scopes(&chosen(bits)));
                let edit =
                    ConsentEdit { scopes, duration: Some(duration), delivery, ..ConsentEdit::default() };
                if let Some(id) = nth(consent) {
                    let _ = broker.edit_consent(&id, edit, Some(&present)).await;
                }
            }
            Step::EndLease(n) => {
                let leases = broker.leases().expect("open");
                if let Some(lease) = leases.get(n % leases.len().max(1)) {
                    broker.revoke_lease(lease.id.as_str()).await.expect("ended");
                }
            }
            Step::RevokeTool(tool) => {
                let app = request(&self.house, &program(TOOLS[tool]), "read").await.app;
                broker.revoke_app(app.as_str()).await.expect("revoked");
            }
            Step::UseGateway => self.use_gateway().await,
            Step::Lock => {
                broker.lock().await.expect("locked");
                self.open_again().await;
            }
            Step::Panic => {
                broker.panic().await.expect("panicked");
                self.panicked = true;
                self.open_again().await;
            }
            Step::Restart => {
                let upstream = Arc::clone(&self.house.upstream);
                self.house = restarted(&self.house, &upstream).await;
            }
            Step::SignInAgain(bits) => self.house.sign_in_for(&chosen(bits)).await,
            Step::Pass(seconds) => {
                self.see_issued();
                self.house.clock.turn(seconds);
            }
            Step::Away(away) => {
                self.away = away;
                let (provider, detail) = ("Acme".to_owned(), "503".to_owned());
                let error = UpstreamError::Away { provider, detail, retry_after: None };
                self.house.upstream.fail(away.then_some(error));
            }
            Step::Answers(bits) => {
                let fixed = (bits != 0).then(|| scopes(&chosen(bits)));
                *self.house.upstream.answers_scopes.lock().expect("lock") = fixed;
            }
            Step::Life(seconds) => self.house.upstream.expires_in.store(seconds, Ordering::SeqCst),
        }
        self.house.broker.tick().await;
        settle().await;
    }

    /// What the provider was told while the vault was closed is seen before it opens.
    async fn open_again(&mut self) {
        settle().await;
        self.check();
        assert!(self.house.vault.records().leases.is_empty(), "the lock ends every lease");
        self.house.broker.unlock(Some("correct horse".into()), None).await.expect("opens");
        settle().await;
    }

    async fn ask(&mut self, tool: &str, asked: u8, allowed: u8, release: bool, duration: usize) {
        let delivery = if release { Delivery::Release } else { Delivery::Gateway };
        let mut wanted = request(&self.house, &program(tool), &chosen(asked)).await;
        wanted.delivery = delivery;
        let kept = chosen(asked & allowed);
        let answer = async {
            for _ in 0..50 {
                tokio::task::yield_now().await;
                let Some(prompt) = self.house.broker.prompts().into_iter().next() else { continue };
                let broker::Asks::Access(question) = prompt.asks else { panic!("another question") };
                let duration = question.durations[duration % question.durations.len()];
                let yes = self.house.allow(&kept, delivery, duration);
                self.house.answer(if kept.is_empty() { Choice::Deny { remember: false } } else { yes }).await;
                return;
            }
        };
        let (outcome, ()) = tokio::join!(self.house.broker.access(wanted), answer);
        self.see_issued();
        match outcome {
            Ok(HandOut { lease, token, delivery: Delivery::Release, .. }) => {
                self.out.push(Out { token: token.expose().clone(), lease });
            }
            Ok(HandOut { lease, token, .. }) => drop(self.ours.insert(lease, token)),
            Err(_) => {}
        }
    }

    async fn use_gateway(&self) {
        let leases = self.house.broker.leases().expect("open");
        let Some(token) = leases.iter().find_map(|lease| self.ours.get(&lease.id)) else { return };
        let account = self.house.account();
        let request = GatewayRequest { account: &account, method: "GET", path: "/things", key: None };
        let _ = self.house.broker.gateway_pass(token, request).await;
    }

    /// Notes the end of each token that the provider has given since.
    fn see_issued(&mut self) {
        let now = self.house.broker.now();
        for (token, can, life) in self.house.upstream.issued.lock().expect("lock").drain(..) {
            self.ends.push((token, can, life.map(|life| now.plus(life.into()))));
        }
    }

    fn check(&mut self) {
        self.see_issued();
        let records = self.house.vault.records();
        let now = self.house.broker.now();
        let live: Vec<&Lease> = records.leases.iter().filter(|lease| lease.until > now).collect();
        for lease in &live {
            check_lease(lease, &records);
        }
        let revoked = self.house.upstream.revoked();
        for (token, can, end) in &self.ends {
            let honoured = !revoked.contains(token) && end.is_none_or(|end| end > now);
            for out in self.out.iter().filter(|out| out.token == *token && honoured) {
                match live.iter().find(|lease| lease.id == out.lease) {
                    Some(lease) => {
                        assert!(can.is_subset(&lease.scopes), "more than is said: {can} {lease:?}");
                    }
                    None => self.check_out(out, *end, &records, now),
                }
            }
        }
        let left = |token: &String| self.out.iter().any(|out| out.token == *token);
        assert!(revoked.iter().all(left), "the gateway's own token is never ended: {revoked:?}");
        let pays = self.revocation == AccessRevocation::Alone || self.panicked;
        assert!(pays || revoked.is_empty(), "no sign-in ends for one token but in a panic");
    }

    /// A token that is honoured and has no lease any more: only where the documented decision allows it.
    fn check_out(&self, out: &Out, end: Option<Timestamp>, records: &Records, now: Timestamp) {
        let kept = records.released.iter().find(|released| released.lease == out.lease);
        let sealed = self.house.vault.secret_now(&SecretOf::Released(out.lease.clone()));
        assert_eq!(sealed.as_ref(), Some(&out.token), "nobody could end it any more");
        let kept = kept.expect("what is sealed has its record");
        let waits = self.away || kept.attempts.is_some();
        let cannot = self.revocation != AccessRevocation::Alone && !kept.alone;
        let told_before = cannot && end.is_some_and(|end| end.since(now) <= DAY);
        assert!(waits || told_before, "out beyond its consent: {kept:?}");
    }
}

fn check_lease(lease: &Lease, records: &Records) {
    let consent = records.consents.iter().find(|c| c.id == lease.consent).expect("its consent stands");
    assert!(lease.scopes.is_subset(&consent.scopes), "wider: {lease:?} {consent:?}");
    assert!(consent.delivery.covers(lease.delivery), "handed over in a wider way: {lease:?} {consent:?}");
    let longer = consent.until.is_some_and(|until| lease.until > until);
    assert!(!longer, "longer: {lease:?} {consent:?}");
}

async fn leases_stay_within(revocation: AccessRevocation, narrows: bool, steps: Vec<Step>) {
    let mut world = World::new(revocation, narrows).await;
    for step in steps {
        world.take(step).await;
        world.check();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn tk_01_tk_16_no_token_is_ever_wider_or_longer_than_its_consent(
        revocation in prop_oneof![
            3 => Just(AccessRevocation::Alone),
            1 => Just(AccessRevocation::WithSignIn),
            1 => Just(AccessRevocation::Unknown),
        ],
        narrows in any::<bool>(),
        steps in proptest::collection::vec(step(), 1..16),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(leases_stay_within(revocation, narrows, steps));
    }
}
