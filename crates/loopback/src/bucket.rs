//! A token bucket: so many at once, then so many a second (AS-25).

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// Fills by the monotonic clock.
pub struct Bucket {
    size: f64,
    per_second: f64,
    level: Mutex<(f64, Instant)>,
}

impl Bucket {
    /// A full bucket.
    pub fn new(size: u32, per_second: f64) -> Self {
        let size = f64::from(size);
        Self { size, per_second, level: Mutex::new((size, Instant::now())) }
    }

    /// Takes one out; `false` if it is empty.
    pub fn take(&self) -> bool {
        self.take_at(Instant::now())
    }

    fn take_at(&self, now: Instant) -> bool {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let filled = now.saturating_duration_since(level.1).as_secs_f64() * self.per_second;
        *level = ((level.0 + filled).min(self.size), now);
        let enough = level.0 >= 1.0;
        if enough {
            level.0 -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn as_25_a_bucket_empties_and_fills() {
        let (bucket, start) = (Bucket::new(2, 0.5), Instant::now());
        assert!(bucket.take_at(start) && bucket.take_at(start));
        assert!(!bucket.take_at(start + Duration::from_secs(1)));
        assert!(bucket.take_at(start + Duration::from_secs(2)));
        assert!(!bucket.take_at(start + Duration::from_secs(2)));
    }
}
