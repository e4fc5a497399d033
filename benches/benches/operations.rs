//! Times the operations of `DeviceGrants` for a device and its user, and those of the peer, at a thousand and a million pending
//! grants. Making the requests is not timed. The time is that of the processor, so that neighbours on the machine
//! count less.

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use device_grant::DeviceTokenRequest;
use device_grant::message::DeviceAuthorizationResponse;
use device_grant::{PollOutcome, ReviewTicket};
use device_grant_benches::SIZES;
use device_grant_benches::ours::{Device, LIFETIME, Ours, RETENTION, SHORTLY, visitor};
use device_grant_benches::peer::{Peer, Polled};
use device_grant_benches::rhythm::{Polls, Rhythm};
use device_grant_benches::timing::{Walk, in_portions, timed};

const OURS: &str = "device-grant";
const PEER: &str = "oauth-as";
const PORTION: usize = 1_000;

fn authorize(criterion: &mut Criterion) {
    let mut group = group(criterion, "authorize");
    for size in SIZES {
        authorize_ours(&mut group, size);
        let (peer, _told) = Peer::filled(true, size);
        group.bench_function(BenchmarkId::new(PEER, size), |bencher| {
            bencher.iter_custom(|iterations| {
                in_portions(iterations, PORTION, |count| {
                    let (taken, issued) = timed(vec![(); count], |()| peer.authorize());
                    issued
                        .iter()
                        .for_each(|told| peer.forget(&told.device_code));
                    taken
                })
            });
        });
    }
}

/// As the peer does it: without an origin, and what is issued is forgotten outside of the time.
fn authorize_ours(group: &mut BenchmarkGroup<'_, WallTime>, size: usize) {
    let (mut ours, _told) = Ours::filled(Device::Scoped, size, LIFETIME / 2);
    ours.live_shortly();
    group.bench_function(BenchmarkId::new(OURS, size), |bencher| {
        bencher.iter_custom(|iterations| {
            in_portions(iterations, PORTION, |count| {
                ours.clock.set(LIFETIME / 2);
                let requests = (0..count).map(|_| ours.request()).collect();
                let (taken, _) = timed(requests, |request| ours.authorize_as(request));
                ours.clock.set(LIFETIME / 2 + SHORTLY + RETENTION);
                assert_eq!(ours.purge(), count);
                taken
            })
        });
    });
}

/// As a server does it all day: the clock goes on as fast as keeps the number of pending grants, and for each grant
/// that is issued, one is forgotten.
fn authorize_and_forget(criterion: &mut Criterion) {
    let mut group = group(criterion, "authorize and forget one");
    for size in SIZES {
        let (mut ours, _told) = Ours::filled(Device::Realistic, size, LIFETIME + RETENTION);
        group.bench_function(BenchmarkId::new(OURS, size), |bencher| {
            bencher.iter_custom(|iterations| {
                in_portions(iterations, PORTION, |count| {
                    let requests = (0..count).map(|_| ours.request()).collect();
                    let (taken, _) = timed(requests, |request| {
                        ours.clock.advance(pause(size));
                        ours.authorize_as(request)
                    });
                    taken
                })
            });
        });
    }
}

fn poll_in_time(criterion: &mut Criterion) {
    let mut group = group(criterion, "poll in time");
    for size in SIZES {
        poll_ours(&mut group, Rhythm::InTime, size, |outcome| {
            matches!(outcome, PollOutcome::Pending)
        });
        poll_peer(&mut group, size, Duration::from_secs(6), Polled::Pending);
    }
}

fn poll_early(criterion: &mut Criterion) {
    let mut group = group(criterion, "poll early");
    for size in SIZES {
        // The first round of all is in time.
        poll_ours(&mut group, Rhythm::Early, size, PollOutcome::is_pending);
        poll_peer(&mut group, size, Duration::ZERO, Polled::SlowDown);
    }
}

fn poll_mixed(criterion: &mut Criterion) {
    let mut group = group(criterion, "poll mixed");
    for size in SIZES {
        poll_ours(&mut group, Rhythm::Mixed, size, PollOutcome::is_pending);
    }
}

fn poll_ours(
    group: &mut BenchmarkGroup<'_, WallTime>,
    rhythm: Rhythm,
    size: usize,
    is_expected: impl Fn(&PollOutcome) -> bool,
) {
    let mut polls = Polls::new(size, rhythm);
    group.bench_function(BenchmarkId::new(OURS, size), |bencher| {
        bencher.iter_custom(|iterations| {
            in_portions(iterations, PORTION, |count| {
                let (taken, outcomes) = timed(polls.next(count), |(at, request)| {
                    polls.ours.clock.set(at);
                    polls.ours.poll(request)
                });
                assert!(outcomes.iter().all(&is_expected));
                taken
            })
        });
    });
}

fn poll_peer(
    group: &mut BenchmarkGroup<'_, WallTime>,
    size: usize,
    pause: Duration,
    expected: Polled,
) {
    let (peer, told) = Peer::filled(true, size);
    for told in &told {
        peer.poll(peer.request(&told.device_code));
    }
    let mut walk = Walk::new(0, size);
    group.bench_function(BenchmarkId::new(PEER, size), |bencher| {
        bencher.iter_custom(|iterations| {
            // No grant twice in a portion, so a pause between portions is one between polls.
            in_portions(iterations, PORTION.min(size), |count| {
                peer.clock.advance(pause);
                let requests = walk.by_ref().take(count);
                let requests = requests
                    .map(|index| peer.request(&told[index].device_code))
                    .collect();
                let (taken, outcomes) = timed(requests, |request| peer.poll(request));
                assert!(outcomes.iter().all(|outcome| *outcome == expected));
                taken
            })
        });
    });
}

/// The steps of a device's user, and the poll that brings the tokens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    Review,
    Approve,
    Redeem,
}

fn review(criterion: &mut Criterion) {
    let mut group = group(criterion, "review");
    for size in SIZES {
        step_of_ours(&mut group, Step::Review, size);
    }
}

fn approve(criterion: &mut Criterion) {
    let mut group = group(criterion, "approve");
    for size in SIZES {
        step_of_ours(&mut group, Step::Approve, size);
        step_of_peer(&mut group, Step::Approve, size);
    }
}

fn redeem(criterion: &mut Criterion) {
    let mut group = group(criterion, "redeem");
    for size in SIZES {
        step_of_ours(&mut group, Step::Redeem, size);
        step_of_peer(&mut group, Step::Redeem, size);
    }
}

fn step_of_ours(group: &mut BenchmarkGroup<'_, WallTime>, step: Step, size: usize) {
    let (mut ours, _told) = Ours::filled(Device::Realistic, size, LIFETIME);
    group.bench_function(BenchmarkId::new(OURS, size), |bencher| {
        bencher.iter_custom(|iterations| {
            // A tenth of all live in a tenth of the lifetime, so none expires.
            in_portions(iterations, PORTION.min(size / 10), |count| {
                let told = (0..count).map(|_| {
                    ours.clock.advance(pause(size));
                    ours.authorize()
                });
                let told = told.collect();
                step_by_step(&ours, step, told)
            })
        });
    });
}

/// All the way for each of these devices; returns what the one step took.
fn step_by_step(ours: &Ours, step: Step, told: Vec<DeviceAuthorizationResponse>) -> Duration {
    let visitor = visitor();
    let typed = told.iter().map(|told| told.user_code.as_str()).collect();
    let (reviewing, tickets) = timed(typed, |code| ours.review(code, &visitor));
    let tickets: Vec<&ReviewTicket> = tickets.iter().collect();
    let (approving, _) = timed(tickets, |ticket| ours.approve(ticket, &visitor));
    let polls = told
        .iter()
        .map(|told| DeviceTokenRequest::new(&*told.device_code));
    let (redeeming, outcomes) = timed(polls.collect(), |request| ours.poll(request));
    let is_redeemed = |outcome: &PollOutcome| matches!(outcome, PollOutcome::Tokens(_));
    assert!(outcomes.iter().all(is_redeemed));
    match step {
        Step::Review => reviewing,
        Step::Approve => approving,
        Step::Redeem => redeeming,
    }
}

fn step_of_peer(group: &mut BenchmarkGroup<'_, WallTime>, step: Step, size: usize) {
    let (peer, _told) = Peer::filled(true, size);
    group.bench_function(BenchmarkId::new(PEER, size), |bencher| {
        bencher.iter_custom(|iterations| {
            in_portions(iterations, PORTION, |count| {
                let told: Vec<_> = (0..count).map(|_| peer.authorize()).collect();
                let typed = told.iter().map(|told| told.user_code.as_str()).collect();
                let (approving, _) = timed(typed, |code| peer.approve(code));
                let requests = told
                    .iter()
                    .map(|told| peer.request(&told.device_code))
                    .collect();
                let (redeeming, outcomes) = timed(requests, |request| peer.poll(request));
                assert!(outcomes.iter().all(|outcome| *outcome == Polled::Tokens));
                match step {
                    Step::Review => panic!("the peer does not review"),
                    Step::Approve => approving,
                    Step::Redeem => redeeming,
                }
            })
        });
    });
}

/// The time between two authorizations at which so many are live.
fn pause(size: usize) -> Duration {
    LIFETIME / u32::try_from(size).expect("a few millions")
}

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group
        .sample_size(30)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    group
}

criterion_group!(
    benches,
    authorize,
    authorize_and_forget,
    poll_in_time,
    poll_early,
    poll_mixed,
    review,
    approve,
    redeem
);
criterion_main!(benches);
