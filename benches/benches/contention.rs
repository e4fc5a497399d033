//! One and two threads that poll in time, each other devices, at a million pending grants. The figure is the time
//! per poll of them all together: on two free cores, two threads should halve it.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use device_grant_benches::peer::Peer;
use device_grant_benches::rhythm::{Polls, Rhythm};
use device_grant_benches::timing::{Walk, in_portions, now};

const SIZE: usize = 1_000_000;
const PORTION: usize = 40_000;

fn contention(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("poll by threads");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(4));
    let mut polls = Polls::new(SIZE, Rhythm::InTime);
    for threads in [1, 2] {
        group.bench_function(BenchmarkId::new("device-grant", threads), |bencher| {
            bencher.iter_custom(|iterations| {
                in_portions(iterations, PORTION, |count| {
                    let shares = shares(polls.next(count), threads);
                    race(shares, |(at, request)| {
                        polls.clock().set(at);
                        assert!(polls.ours.poll(request).is_pending());
                    })
                })
            });
        });
    }
    drop(polls);
    let (peer, told) = Peer::filled(true, SIZE);
    let mut walk = Walk::new(0, SIZE);
    for threads in [1, 2] {
        group.bench_function(BenchmarkId::new("oauth-as", threads), |bencher| {
            bencher.iter_custom(|iterations| {
                in_portions(iterations, PORTION, |count| {
                    // More than an interval for each time that the walk comes round.
                    peer.clock.advance(Duration::from_secs(1));
                    let requests = walk.by_ref().take(count);
                    let requests = requests.map(|index| peer.request(&told[index].device_code));
                    race(shares(requests.collect(), threads), |request| {
                        peer.poll(request);
                    })
                })
            });
        });
    }
}

/// The inputs, dealt out to so many threads.
fn shares<I>(inputs: Vec<I>, threads: usize) -> Vec<Vec<I>> {
    let mut shares: Vec<Vec<I>> = (0..threads).map(|_| Vec::new()).collect();
    for (index, input) in inputs.into_iter().enumerate() {
        shares[index % threads].push(input);
    }
    shares
}

/// How long it takes from the first thread's start to the last one's end.
fn race<I: Send>(shares: Vec<Vec<I>>, work: impl Fn(I) + Sync) -> Duration {
    let barrier = Barrier::new(shares.len());
    let run = |share: Vec<I>| -> (Instant, Instant) {
        barrier.wait();
        let start = now();
        share.into_iter().for_each(&work);
        (start, now())
    };
    let times: Vec<(Instant, Instant)> = std::thread::scope(|scope| {
        let runners: Vec<_> = shares
            .into_iter()
            .map(|share| scope.spawn(|| run(share)))
            .collect();
        runners
            .into_iter()
            .map(|runner| runner.join().expect("no thread panics"))
            .collect()
    });
    let start = times
        .iter()
        .map(|(start, _)| *start)
        .min()
        .expect("a thread");
    let end = times.iter().map(|(_, end)| *end).max().expect("a thread");
    end - start
}

criterion_group!(benches, contention);
criterion_main!(benches);
