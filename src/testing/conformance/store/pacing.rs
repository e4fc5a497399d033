//! Clause 7: polls are judged by [`Pace::poll`], one after the other.

use std::time::Duration;

use super::fixtures::{SECOND, at, at_micros, insert, issuance, issued, polled, stored};
use super::polling::poll;
use crate::grant::{Holder, Pace, Paced, Pacing, Timestamp};
use crate::host::GrantStore;
use crate::testing::conformance::Racers;
use crate::testing::conformance::draws::Draws;

/// The interval is stored with the grant as it was advertised; how strict it is taken comes with each poll.
pub async fn clause_07_the_interval_is_the_grants_and_the_leeway_the_callers(
    store: &dyn GrantStore,
) {
    let mut slow = issuance(1);
    slow.interval = 30;
    insert(store, &issued(slow, 1)).await;
    let (strict, skewed) = (
        Pacing::default(),
        Pacing::default().clock_skew(Duration::from_millis(1_500)),
    );
    for (micros, pacing, expected) in [
        (0, strict, Paced::Accepted),
        (27 * SECOND - 1, strict, Paced::SlowDown { interval: 35 }),
        (25_500_000 - 1, skewed, Paced::SlowDown { interval: 40 }),
        (25_500_000, skewed, Paced::Accepted),
    ] {
        let polled = polled(store, 1, &Holder::new("tv"), at_micros(micros), &pacing).await;
        let paced = polled.and_then(|polled| polled.paced);
        assert_eq!(paced, Some(expected), "at {micros} µs");
    }
}

/// No device slows another one down.
pub async fn clause_07_every_grant_has_a_pace_of_its_own(store: &dyn GrantStore) {
    for number in 0..200 {
        insert(store, &stored(number)).await;
        let polled = poll(store, number, at(0)).await;
        assert_eq!(polled.paced, Some(Paced::Accepted), "grant {number}");
    }
}

/// Two hundred [histories](random_history), the same ones in every run.
pub async fn clause_07_polls_are_judged_like_the_pure_function(store: &dyn GrantStore) {
    for seed in 0..200 {
        random_history(store, seed).await;
    }
}

/// Polls one grant at random times and holds each answer against the pure function.
///
/// The seed says which history it is, and is the number of the grant. For longer runs with seeds of the host's own.
///
/// # Panics
///
/// If an answer is another one.
pub async fn random_history(store: &dyn GrantStore, seed: u64) {
    let history = History::random(seed);
    let mut issuance = issuance(seed);
    issuance.issued_at = history.issued_at;
    issuance.interval = history.interval;
    let new = issued(issuance, seed);
    insert(store, &new).await;
    let (holder, pacing) = (Holder::new("tv"), history.pacing);
    let mut pace = Pace::new(history.interval);
    for now in history.polls.iter().copied() {
        let expected = new.grant.is_paced(&holder, now).then(|| {
            let (next, paced) = pace.poll(history.interval, now, &pacing);
            pace = next;
            paced
        });
        let polled = polled(store, seed, &holder, now, &pacing).await;
        let paced = polled.map(|polled| polled.paced);
        assert_eq!(
            paced,
            Some(expected),
            "at {now} of seed {seed}: {history:?}"
        );
    }
}

/// Each of them counts, as if they had come one after the other.
pub fn clause_07_of_racing_polls_one_is_accepted(store: &dyn GrantStore, racers: &Racers<'_>) {
    for round in 0..50 {
        racers.wait(insert(store, &stored(round)));
        let mut paced = racers.race(async |_| poll(store, round, at(0)).await.paced);
        paced.sort_by_key(|paced| match paced {
            None => 0,
            Some(Paced::Accepted) => 1,
            Some(Paced::Twin) => 2,
            Some(Paced::SlowDown { interval }) => *interval,
        });
        let told = (10..)
            .step_by(5)
            .map(|interval| Paced::SlowDown { interval });
        let expected = [Paced::Accepted, Paced::Twin].into_iter().chain(told);
        let expected: Vec<_> = expected.map(Some).take(paced.len()).collect();
        assert_eq!(paced, expected, "round {round}: each poll counts");
    }
}

#[derive(Debug)]
struct History {
    issued_at: Timestamp,
    interval: u32,
    pacing: Pacing,
    polls: Vec<Timestamp>,
}

impl History {
    fn random(seed: u64) -> Self {
        let draws = Draws::new(seed);
        let issued_at = draws.one_of([
            at(0),
            at(0),
            at_micros(draws.within(0..SECOND)),
            Timestamp::from_micros(-5 * SECOND),
            Timestamp::from_micros((1 << 53) - 5 * SECOND),
            Timestamp::from_micros(-62_135_000_000_000_000),
            Timestamp::from_micros(253_402_000_000_000_000),
            Timestamp::MIN,
            Timestamp::MAX - Duration::from_secs(4_200),
        ]);
        let usual = draws.up_to(60);
        let interval = draws.one_of([usual, usual, usual, 5, 61, 600, u32::MAX]);
        let skew = draws.one_of([0, draws.up_to(3_000)]);
        let mut now = issued_at;
        let polls = (0..=draws.up_to(40)).map(|_| {
            now = shifted(now, later(&draws));
            now
        });
        Self {
            issued_at,
            interval,
            polls: polls.collect(),
            pacing: Pacing::default().clock_skew(Duration::from_millis(skew.into())),
        }
    }
}

/// How many microseconds after the last poll the next one comes: at the edges of what is judged differently more
/// often than not, and sometimes before it.
fn later(draws: &Draws) -> i64 {
    let edge = draws.within(0..15) * (SECOND / 2) + draws.within(-1..2);
    draws.one_of([
        edge,
        edge,
        edge,
        edge,
        draws.within(0..2 * SECOND),
        draws.within(0..2 * SECOND),
        draws.within(0..70 * SECOND),
        draws.within(0..70 * SECOND),
        draws.within(-3 * SECOND..0),
    ])
}

fn shifted(time: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_micros(time.as_micros().saturating_add(micros))
}
