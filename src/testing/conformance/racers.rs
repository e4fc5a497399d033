use std::fmt;
use std::future::Future;
use std::panic::resume_unwind;
use std::sync::Barrier;
use std::thread;

use super::{BlockOn, block_on};

/// Threads that call one port at the same moment.
///
/// Each waits at a barrier, and then runs its future with your `block_on`. They test races within one
/// process. They cannot test what happens between machines: different clocks,
/// a lagging replica, a failover or a broken connection; nor a race that is lost once in a million times.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use device_grant::testing::conformance::Racers;
///
/// let racers = Racers::default();
/// let sum = AtomicU64::new(0);
/// let before = racers.race(async |racer| sum.fetch_add(racer, Ordering::SeqCst));
/// assert_eq!((before.len(), sum.into_inner()), (8, 28));
/// ```
#[derive(Clone, Copy)]
pub struct Racers<'a>(&'a BlockOn<'a>);

impl<'a> Racers<'a> {
    /// The number of racers.
    pub const COUNT: u64 = 8;

    /// Racers that run their futures with this function: `|work| RUNTIME.block_on(work)`.
    #[must_use]
    pub fn new(block_on: &'a BlockOn<'a>) -> Self {
        Self(block_on)
    }

    /// Runs a future to its end on this thread.
    ///
    /// # Panics
    ///
    /// If `block_on` returns before the future has ended.
    #[expect(
        clippy::expect_used,
        reason = "this module is for tests, which end by panicking"
    )]
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        let mut output = None;
        (self.0)(Box::pin(async { output = Some(future.await) }));
        output.expect("`block_on` returned before the future had ended")
    }

    /// Runs `act` in all threads at the same moment, with numbers from 0; returns their results in that order.
    ///
    /// # Panics
    ///
    /// If one of them panics.
    pub fn race<T: Send>(&self, act: impl AsyncFn(u64) -> T + Sync) -> Vec<T> {
        let barrier = Barrier::new(usize::try_from(Self::COUNT).unwrap_or_default());
        let ready = |racer| {
            barrier.wait();
            self.wait(act(racer))
        };
        let ready = &ready;
        thread::scope(|scope| {
            let threads: Vec<_> = (0..Self::COUNT)
                .map(|racer| scope.spawn(move || ready(racer)))
                .collect();
            let joined = threads.into_iter().map(|thread| thread.join());
            joined
                // The test fails with the message of the racer, not with that of the join.
                .map(|outcome| outcome.unwrap_or_else(|panic| resume_unwind(panic)))
                .collect()
        })
    }
}

impl Default for Racers<'_> {
    /// Racers that wait for their futures without a runtime, by [`block_on`](fn@block_on).
    fn default() -> Self {
        Self::new(&|work| block_on(work))
    }
}

impl fmt::Debug for Racers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Racers")
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    #[should_panic(expected = "before the future had ended")]
    fn a_block_on_that_does_not_wait_is_found_out() {
        Racers::new(&|_work| {}).wait(async {});
    }

    #[test]
    fn what_one_racer_says_when_it_panics_is_said_by_the_race() {
        let raced = catch_unwind(|| {
            Racers::default().race(async |racer| assert!(racer != 3, "it was the third"));
        });
        let panic = raced.unwrap_err();
        assert_eq!(*panic.downcast::<&str>().unwrap(), "it was the third");
    }

    #[test]
    fn racers_answer_in_their_order() {
        let numbers = Racers::default().race(async |racer| racer);
        assert!(numbers.into_iter().eq(0..Racers::COUNT));
    }
}
