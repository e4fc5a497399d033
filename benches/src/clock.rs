//! Time that moves only when a benchmark moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use device_grant::grant::Timestamp;

/// One time for whoever holds a clone.
#[derive(Clone, Debug)]
pub struct Clock(Arc<AtomicI64>);

/// When every clock starts, in microseconds after 1970.
const START: i64 = 1_700_000_000_000_000;

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(START)))
    }
}

impl Clock {
    /// Moves on by `duration`.
    pub fn advance(&self, duration: Duration) {
        self.0.fetch_add(micros(duration), Ordering::Relaxed);
    }

    /// Sets the time to `duration` after the start.
    pub fn set(&self, duration: Duration) {
        self.0.store(START + micros(duration), Ordering::Relaxed);
    }

    fn micros(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl device_grant::host::Clock for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros())
    }
}

impl oauth_as::Clock for Clock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_micros(self.micros().unsigned_abs())
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).expect("benchmarks are short")
}
