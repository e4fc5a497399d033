//! Measuring two classes of input, in an order that nothing on the machine can follow.

use std::hint::black_box;
use std::time::Instant;

/// The times of both classes, in nanoseconds.
pub(crate) struct Times {
    pub(crate) first: Vec<u64>,
    pub(crate) second: Vec<u64>,
}

/// A generator that is good enough for an order (xorshift64).
pub(crate) struct Order(u64);

impl Order {
    pub(crate) fn new(run: usize) -> Self {
        Self(0x9e37_79b9_7f4a_7c15 ^ (run as u64 + 1))
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }
}

/// Measures `work` on what `prepare` makes for a class, `true` being the first one, and a number. What is not to be measured
/// belongs into `prepare`; the results are dropped outside as well.
pub(crate) fn measure<I, O>(
    samples: usize,
    run: usize,
    mut prepare: impl FnMut(bool, usize) -> I,
    mut work: impl FnMut(I) -> O,
) -> Times {
    let mut order = Order::new(run);
    let mut times = Times {
        first: Vec::with_capacity(samples),
        second: Vec::with_capacity(samples),
    };
    // The first thousand find cold caches.
    for sample in 0..samples + 1_000 {
        let is_first = order.below(2) == 0;
        let input = black_box(prepare(is_first, order.below(usize::MAX)));
        let began = Instant::now();
        let output = black_box(work(input));
        let took = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        drop(output);
        if sample >= 1_000 {
            let times = if is_first {
                &mut times.first
            } else {
                &mut times.second
            };
            times.push(took);
        }
    }
    times
}
