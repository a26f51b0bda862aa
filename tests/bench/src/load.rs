//! Load from one process: so many clients that ask as fast as they are answered, for a bounded time.

use std::{
    io,
    sync::{
        Barrier,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::wire::{Keeping, Target};

/// What one load is.
#[derive(Clone, Debug)]
pub struct Load {
    /// Who is asked.
    pub target: Target,
    /// How connections are used.
    pub keeping: Keeping,
    /// Clients at once.
    pub clients: usize,
    /// Requests in all, at the most.
    pub count: u64,
    /// So long, at the most.
    pub time: Duration,
}

/// How it went.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Half of all answers came within so many microseconds.
    pub p50: f64,
    /// Ninety-nine in a hundred did.
    pub p99: f64,
    /// Answers a second, all clients together.
    pub per_second: f64,
    /// Answers that were not 200, or did not come.
    pub errors: u64,
}

impl Load {
    /// Sends `request` (the bytes for this way of using connections) until count or time is used up.
    ///
    /// # Errors
    /// If a client cannot connect at all.
    pub fn run(&self, request: &[u8]) -> io::Result<Outcome> {
        let (left, start) = (AtomicU64::new(self.count), Barrier::new(self.clients + 1));
        thread::scope(|scope| {
            let one = || self.client(request, &left, &start);
            let clients: Vec<_> = (0..self.clients).map(|_| scope.spawn(one)).collect();
            start.wait();
            let begun = Instant::now();
            let done: io::Result<Vec<_>> = clients
                .into_iter()
                .map(|client| client.join().unwrap_or_else(|_| Ok((Vec::new(), 1))))
                .collect();
            Ok(outcome(done?, begun.elapsed()))
        })
    }

    /// One client: times in nanoseconds, and failures. Its first request is not counted.
    fn client(&self, request: &[u8], left: &AtomicU64, start: &Barrier) -> io::Result<(Vec<u64>, u64)> {
        let (mut times, mut errors, mut answer) = (Vec::new(), 0, Vec::new());
        let warm = self.target.open().and_then(|mut wire| {
            wire.exchange(request, self.keeping, &mut answer)?;
            Ok(wire)
        });
        start.wait();
        let mut kept = warm?;
        let end = Instant::now() + self.time;
        while Instant::now() < end && take(left) {
            let begun = Instant::now();
            let status = match self.keeping {
                Keeping::Kept => kept.exchange(request, self.keeping, &mut answer),
                Keeping::New => {
                    self.target.open().and_then(|mut wire| wire.exchange(request, self.keeping, &mut answer))
                }
            };
            times.push(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
            errors += u64::from(!matches!(status, Ok(200)));
        }
        Ok((times, errors))
    }
}

impl Outcome {
    /// As `bench-load` prints it.
    #[must_use]
    pub fn to_json(self) -> Value {
        json!({ "p50": self.p50, "p99": self.p99, "per_second": self.per_second, "errors": self.errors })
    }

    /// As it was printed.
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        let number = |name: &str| value[name].as_f64();
        let errors = value["errors"].as_u64()?;
        Some(Self { p50: number("p50")?, p99: number("p99")?, per_second: number("per_second")?, errors })
    }
}

fn take(left: &AtomicU64) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}

#[expect(clippy::cast_precision_loss, reason = "times and counts are far below 2^52")]
fn outcome(done: Vec<(Vec<u64>, u64)>, elapsed: Duration) -> Outcome {
    let errors = done.iter().map(|(_, errors)| errors).sum();
    let mut times: Vec<u64> = done.into_iter().flat_map(|(times, _)| times).collect();
    times.sort_unstable();
    let at = |hundredth: usize| {
        let index = (times.len() * hundredth / 100).min(times.len().saturating_sub(1));
        times.get(index).map_or(f64::NAN, |nanoseconds| *nanoseconds as f64 / 1e3)
    };
    Outcome { p50: at(50), p99: at(99), per_second: times.len() as f64 / elapsed.as_secs_f64(), errors }
}
