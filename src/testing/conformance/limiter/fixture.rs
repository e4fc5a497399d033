use std::fmt;
use std::future::Future;

use super::take;
use crate::grant::Timestamp;
use crate::host::{Charge, Charged, Limiter};
use crate::testing::conformance::Factory;
use crate::testing::{ManualClock, must};

/// A limiter under test and its clock.
pub struct Fixture {
    pub(super) limiter: Box<dyn Limiter>,
    pub(super) clock: ManualClock,
}

/// Makes a [`Factory`] from a function that creates a limiter with a given clock.
///
/// ```
/// use device_grant::limiter::MemoryLimiter;
/// use device_grant::testing::ManualClock;
/// use device_grant::testing::conformance::limiter::timed;
/// use device_grant::testing::conformance::{Factory, block_on};
///
/// let factory = timed(|clock| async { ((), MemoryLimiter::new().with_clock(clock)) });
/// let ((), fixture) = block_on(factory.fresh(ManualClock::new()));
/// ```
pub fn timed<F, Fut, G, L>(make: F) -> impl Factory<Guard = G, Made = Fixture>
where
    F: Fn(ManualClock) -> Fut,
    Fut: Future<Output = (G, L)>,
    L: Limiter + 'static,
{
    move |clock: ManualClock| {
        let made = make(clock.clone());
        async {
            let (guard, limiter) = made.await;
            (guard, Fixture::new(limiter, clock))
        }
    }
}

impl Fixture {
    /// A fixture of this limiter, which uses this clock.
    pub fn new(limiter: impl Limiter + 'static, clock: ManualClock) -> Self {
        Self {
            limiter: Box::new(limiter),
            clock,
        }
    }

    /// The limiter, so many seconds after (or before) a time that the clauses share.
    pub(super) fn at(&self, seconds: i64) -> &dyn Limiter {
        let at = (1_700_000_000 + seconds) * 1_000_000;
        self.clock.set(Timestamp::from_micros(at));
        &*self.limiter
    }

    pub(super) async fn is_allowed(&self, charges: &[Charge], seconds: i64) -> bool {
        must(self.at(seconds).charge(charges).await) == Charged::Allowed
    }

    /// The number of units that this key still has at this time. They are taken.
    pub(super) async fn left(&self, whose: &str, burst: u32, seconds: i64) -> u32 {
        for left in 0..=burst {
            if !self.is_allowed(&[take(whose, burst)], seconds).await {
                return left;
            }
        }
        // More than the quota: the caller's comparison fails.
        u32::MAX
    }
}

impl fmt::Debug for Fixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fixture")
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
