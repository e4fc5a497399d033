//! Clause 7: polls are judged by [`Pace::poll`], one after the other.

use std::time::Duration;

use super::fixtures::{SECOND, at, at_micros, id, insert, new_row, pace, poll, recorded, row};
use crate::grant::{Pacing, Timestamp};
use crate::host::{GrantStore, NewRow, Pace, Paced};
use crate::testing::ManualClock;
use crate::testing::conformance::Racers;
use crate::testing::conformance::draws::Draws;

/// Checks that a poll is judged by the `due_after` of the row and the other numbers of the poll.
pub async fn clause_07_due_after_is_the_rows_and_the_other_numbers_the_callers(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    let mut slow = new_row(1);
    slow.pace = pace(30);
    insert(store, &slow).await;
    let strict = Pacing::default();
    let skewed = strict.clock_skew(Duration::from_millis(1_500));
    for (micros, pacing, expected) in [
        (30 * SECOND, strict, Paced::Accepted),
        (57 * SECOND - 1, strict, Paced::SlowDown { interval: 35 }),
        (57 * SECOND, skewed, Paced::Accepted),
        (54_500_000, skewed, Paced::SlowDown { interval: 40 }),
        (54_500_000 - 1, skewed, Paced::Accepted),
        (53_500_000 - 2, strict, Paced::Accepted),
    ] {
        clock.set(at_micros(micros));
        let paced = recorded(store, &pacing.poll_of(id(1)))
            .await
            .and_then(|polled| polled.paced);
        assert_eq!(paced, Some(expected), "at {micros} µs");
    }
}

/// Checks that polls of one grant do not change the pace of another.
pub async fn clause_07_every_grant_has_a_pace_of_its_own(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    for number in 0..200 {
        insert(store, &new_row(number)).await;
        let polled = poll(store, clock, number, at(0)).await;
        assert_eq!(polled.paced, Some(Paced::Accepted), "grant {number}");
    }
}

/// Checks two hundred [histories](random_history), the same ones in every run.
pub async fn clause_07_polls_are_judged_like_the_pure_function(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    for seed in 0..200 {
        random_history(store, clock, seed).await;
    }
}

/// Polls one grant at random times, and compares each answer with [`Pace::poll`].
///
/// The seed determines the history, and is the number of the grant. Call it with seeds of your own for longer runs.
///
/// # Panics
///
/// If an answer differs.
pub async fn random_history(store: &dyn GrantStore, clock: &ManualClock, seed: u64) {
    let history = History::random(seed);
    clock.set(history.issued_at);
    let new = insert(store, &history.new).await;
    let mut pace: Pace = history.new.pace;
    let poll = history.pacing.poll_of(id(seed));
    for now in history.polls.iter().copied() {
        let expected = new.is_paced(now).then(|| {
            let (next, paced) = pace.poll(now, &poll);
            pace = next;
            paced
        });
        clock.set(now);
        let polled = recorded(store, &poll).await;
        let paced = polled.map(|polled| polled.paced);
        let at = format!("at {now} of seed {seed}: {history:?}");
        assert_eq!(paced, Some(expected), "{at}");
    }
}

/// Checks that simultaneous polls are judged as if they had come one after the other.
pub fn clause_07_of_racing_polls_one_is_accepted(
    store: &dyn GrantStore,
    clock: &ManualClock,
    racers: &Racers<'_>,
) {
    clock.set(at(0));
    for round in 0..50 {
        racers.wait(insert(store, &new_row(round)));
        let mut paced =
            racers.race(async |_| poll(store, clock, round, row(round).issued_at).await.paced);
        // Racers are judged in any order, so only the outcomes together are known.
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
    new: NewRow,
    pacing: Pacing,
    polls: Vec<Timestamp>,
}

impl History {
    fn random(seed: u64) -> Self {
        let draws = Draws::new(seed);
        // Also across 1970, beyond the whole numbers of a double, and in the years 1 and 9999.
        let issued_at = draws.one_of([
            at(0),
            at(0),
            at_micros(draws.within(0..SECOND)),
            Timestamp::from_micros(-5 * SECOND),
            Timestamp::from_micros((1 << 53) - 5 * SECOND),
            Timestamp::from_micros(-62_135_000_000_000_000),
            Timestamp::from_micros(253_402_000_000_000_000),
        ]);
        let usual = draws.up_to(60);
        let interval = draws.one_of([usual, usual, usual, 5, 61, 600]);
        let skew = draws.one_of([0, draws.up_to(3_000)]);
        let pacing = Pacing::default().clock_skew(Duration::from_millis(skew.into()));
        let mut new = new_row(seed);
        new.pace = Pace::new(interval, pacing.due_after(interval));
        let mut now = issued_at;
        let polls = (0..=draws.up_to(40)).map(|_| {
            now = shifted(now, later(&draws));
            now
        });
        Self {
            issued_at,
            polls: polls.collect(),
            new,
            pacing,
        }
    }
}

/// The microseconds from the last poll to the next one: mostly at the edges between two judgements, and sometimes
/// negative.
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
