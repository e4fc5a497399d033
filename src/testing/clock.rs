use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::grant::Timestamp;
use crate::host::Clock;

/// A clock that moves only when the test moves it. Clones are the same clock.
///
/// ```
/// use std::time::Duration;
/// use device_grant::host::Clock;
/// use device_grant::testing::ManualClock;
///
/// let clock = ManualClock::new();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(5));
/// assert_eq!(clock.now(), before + Duration::from_secs(5));
/// clock.set_back(Duration::from_secs(5));
/// assert_eq!(clock.now(), before);
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// The time of a new clock: 2026-01-01, 00:00 UTC.
    pub const START: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    /// A clock at [`START`](Self::START).
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(Self::START.as_micros())))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.shift(|now| now + by);
    }

    /// Moves the clock backward, as an administrator or a time server may.
    pub fn set_back(&self, by: Duration) {
        self.shift(|now| now - by);
    }

    /// Sets the clock to an earlier or a later time.
    pub fn set(&self, to: Timestamp) {
        self.0.store(to.as_micros(), Ordering::SeqCst);
    }

    fn shift(&self, by: impl Fn(Timestamp) -> Timestamp) {
        let shifted = |now| Some(by(Timestamp::from_micros(now)).as_micros());
        // The closure always returns a time, so this cannot fail.
        let _ = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, shifted);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}
