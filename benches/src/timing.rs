//! Running futures and timing them without a runtime.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// Returns the output of a future that never waits, such as one over memory.
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("memory does not wait"),
    }
}

/// Returns the processor time that `work` takes for all of `inputs`, and its outputs.
///
/// Not the time by the wall: on a machine that others use too, that says more about them.
pub fn timed<I, O>(inputs: Vec<I>, mut work: impl FnMut(I) -> O) -> (Duration, Vec<O>) {
    let mut outputs = Vec::with_capacity(inputs.len());
    let start = used();
    for input in inputs {
        outputs.push(work(input));
    }
    (used() - start, outputs)
}

/// Returns the processor time of this number of runs of `work`, including drops.
pub fn repeated<T>(iterations: u64, mut work: impl FnMut() -> T) -> Duration {
    let start = used();
    for _ in 0..iterations {
        std::hint::black_box(work());
    }
    used() - start
}

/// The processor's time that this thread has used.
fn used() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    used.try_into().expect("no thread runs backwards")
}

/// The sum over portions of at most `most` that make up `iterations`.
pub fn in_portions(
    iterations: u64,
    most: usize,
    mut portion: impl FnMut(usize) -> Duration,
) -> Duration {
    let mut left = usize::try_from(iterations).expect("fewer than there are addresses");
    let mut sum = Duration::ZERO;
    while left > 0 {
        let count = left.min(most);
        sum += portion(count);
        left -= count;
    }
    sum
}

/// The time by the wall.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "a benchmark times the machine")]
pub fn now() -> Instant {
    Instant::now()
}

/// Indices below `length` in an order that no prefetcher guesses, each once in `length` steps.
#[derive(Clone, Debug)]
pub struct Walk {
    at: usize,
    length: usize,
}

/// Prime, and no divisor of any length in use.
const STRIDE: usize = 611_953;

impl Walk {
    /// A walk over `length` indices that begins at `at`.
    #[must_use]
    pub fn new(at: usize, length: usize) -> Self {
        assert!(
            !length.is_multiple_of(STRIDE),
            "the walk has to reach every index"
        );
        Self { at, length }
    }
}

impl Iterator for Walk {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.at = (self.at + STRIDE) % self.length;
        Some(self.at)
    }
}
