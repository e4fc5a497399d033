//! One and two threads that poll in time, each other devices, at a million pending grants: the time per poll of them
//! all together. By the wall, two threads should halve it, on two cores that nobody else uses. By the processor, it
//! should stay: what it grows by, the threads lose over each other's locks.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use device_grant_benches::peer::Peer;
use device_grant_benches::rhythm::{Polls, Rhythm};
use device_grant_benches::timing::{Walk, in_portions, now, timed};

const SIZE: usize = 1_000_000;
/// Few milliseconds of work, so that threads that start together mostly run together.
const PORTION: usize = 4_000;

/// The time that is counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Time {
    Wall,
    Processor,
}

const TIMES: [(Time, &str); 2] = [
    (Time::Wall, "poll by threads, wall"),
    (Time::Processor, "poll by threads, processor"),
];

fn ours(criterion: &mut Criterion) {
    let mut polls = Polls::new(SIZE, Rhythm::InTime);
    for (time, name) in TIMES {
        let mut group = group(criterion, name);
        for threads in [1, 2] {
            group.bench_function(BenchmarkId::new("device-grant", threads), |bencher| {
                bencher.iter_custom(|iterations| {
                    in_portions(iterations, PORTION, |count| {
                        race(time, shares(polls.next(count), threads), |(at, request)| {
                            polls.clock().set(at);
                            assert!(polls.ours.poll(request).is_pending());
                        })
                    })
                });
            });
        }
    }
}

fn peer(criterion: &mut Criterion) {
    let (peer, told) = Peer::filled(true, SIZE);
    let mut walk = Walk::new(0, SIZE);
    for (time, name) in TIMES {
        let mut group = group(criterion, name);
        for threads in [1, 2] {
            group.bench_function(BenchmarkId::new("oauth-as", threads), |bencher| {
                bencher.iter_custom(|iterations| {
                    in_portions(iterations, PORTION, |count| {
                        // Much more than an interval for each time that the walk comes round.
                        peer.clock.advance(Duration::from_millis(100));
                        let requests = walk.by_ref().take(count);
                        let requests = requests.map(|index| peer.request(&told[index].device_code));
                        race(time, shares(requests.collect(), threads), |request| {
                            peer.poll(request);
                        })
                    })
                });
            });
        }
    }
}

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(4));
    group
}

/// The inputs, dealt out to so many threads.
fn shares<I>(inputs: Vec<I>, threads: usize) -> Vec<Vec<I>> {
    let mut shares: Vec<Vec<I>> = (0..threads).map(|_| Vec::new()).collect();
    for (index, input) in inputs.into_iter().enumerate() {
        shares[index % threads].push(input);
    }
    shares
}

/// Returns the time from the first thread's start to the last one's end, or the processor time of all.
fn race<I: Send>(time: Time, shares: Vec<Vec<I>>, work: impl Fn(I) + Sync) -> Duration {
    let barrier = Barrier::new(shares.len());
    let run = |share: Vec<I>| -> (Instant, Instant, Duration) {
        barrier.wait();
        let start = now();
        let (used, _) = timed(share, &work);
        (start, now(), used)
    };
    let runs: Vec<_> = std::thread::scope(|scope| {
        let runners: Vec<_> = shares
            .into_iter()
            .map(|share| scope.spawn(|| run(share)))
            .collect();
        runners
            .into_iter()
            .map(|runner| runner.join().expect("no thread panics"))
            .collect()
    });
    let start = runs.iter().map(|(start, _, _)| *start).min();
    let end = runs.iter().map(|(_, end, _)| *end).max();
    match time {
        Time::Wall => end.expect("a thread") - start.expect("a thread"),
        Time::Processor => runs.iter().map(|(_, _, used)| *used).sum(),
    }
}

criterion_group!(benches, ours, peer);
criterion_main!(benches);
