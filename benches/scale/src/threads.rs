//! Timing work on several threads.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// Nanoseconds that each of `inputs` takes by the wall, if as many threads share them, and what becomes of them.
pub(crate) fn timed<I: Send, O: Send>(
    mut inputs: Vec<I>,
    threads: usize,
    work: impl Fn(I) -> O + Sync,
) -> (f64, Vec<O>) {
    let count = inputs.len();
    if threads == 1 {
        let (took, outputs) = run(inputs, &work);
        return (nanoseconds(took, count), outputs);
    }
    let share = count.div_ceil(threads);
    let mut shares = Vec::with_capacity(threads);
    while inputs.len() > share {
        shares.push(inputs.split_off(inputs.len() - share));
    }
    shares.push(inputs);
    let start = Barrier::new(shares.len());
    let ends = thread::scope(|scope| {
        let begin = |inputs| {
            scope.spawn(|| {
                start.wait();
                run(inputs, &work)
            })
        };
        let running: Vec<_> = shares.into_iter().map(begin).collect();
        let ends = running.into_iter();
        ends.map(|thread| thread.join().expect("no thread panics"))
            .collect::<Vec<_>>()
    });
    // They begin together, so that the last one to end tells how long it took.
    let longest = ends.iter().map(|(took, _)| *took).max();
    let outputs = ends.into_iter().flat_map(|(_, outputs)| outputs);
    (
        nanoseconds(longest.unwrap_or_default(), count),
        outputs.collect(),
    )
}

fn run<I, O>(inputs: Vec<I>, work: &impl Fn(I) -> O) -> (Duration, Vec<O>) {
    let mut outputs = Vec::with_capacity(inputs.len());
    let start = now();
    for input in inputs {
        outputs.push(work(input));
    }
    (start.elapsed(), outputs)
}

fn nanoseconds(took: Duration, count: usize) -> f64 {
    let count = u32::try_from(count).expect("fewer than four thousand million");
    took.as_secs_f64() * 1e9 / f64::from(count)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark times the machine")]
fn now() -> Instant {
    Instant::now()
}
