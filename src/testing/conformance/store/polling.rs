//! Clauses 5 and 6: a poll writes only the pace, and only of a pending grant that is not expired.

use super::fixtures::{
    EXPIRES, FORGET, SECOND, Shape, at, at_micros, by_id, insert, new_row, pace, poll, polled,
    replace, row, unpaced,
};
use crate::host::{GrantStore, Paced};
use crate::testing::conformance::Racers;
use crate::testing::{ManualClock, must};

/// Checks that a poll does not change the row or its revision.
pub async fn clause_05_a_poll_changes_neither_the_row_nor_its_revision(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    insert(store, &new_row(1)).await;
    for micros in [0, 1, 2, 3 * SECOND, 5 * SECOND] {
        let polled = poll(store, clock, 1, at_micros(micros)).await;
        assert_eq!(unpaced(polled), row(1));
        assert_eq!(by_id(store, 1).await, Some(row(1)));
    }
}

/// Checks that a decision during polls succeeds at the first try, and stays.
pub fn clause_05_polls_never_make_a_decision_lose(
    store: &dyn GrantStore,
    clock: &ManualClock,
    racers: &Racers<'_>,
) {
    for round in 0..50 {
        clock.set(at(0));
        let new = racers.wait(insert(store, &new_row(round)));
        let next = Shape::approved().over(&new, 1_000);
        let decided = racers.race(async |racer| {
            if racer == 0 {
                return must(store.replace(&next).await);
            }
            for step in 0..20 {
                poll(store, clock, round, at(30 + step)).await;
            }
            true
        });
        assert!(decided.iter().all(|won| *won), "round {round}");
        let found = racers.wait(by_id(store, round)).map(|found| found.revision);
        assert_eq!(found, Some(next.revision));
    }
}

/// Checks that a replacement does not change the pace.
pub async fn clause_05_a_replacement_leaves_the_pace_as_it_is(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    let new = insert(store, &new_row(1)).await;
    let first = poll(store, clock, 1, at(0)).await;
    assert_eq!(first.paced, Some(Paced::Accepted));
    replace(store, &new, &Shape::reviewed(), 2).await;
    let again = poll(store, clock, 1, at(2)).await;
    assert_eq!(again.paced, Some(Paced::SlowDown { interval: 10 }));
}

/// Checks that a poll of a decided grant is not paced.
pub async fn clause_06_only_undecided_grants_are_paced(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    let mut current = insert(store, &new_row(1)).await;
    for (number, shape) in (2..).zip(Shape::all()) {
        current = replace(store, &current, &shape, number).await;
        let polled = poll(store, clock, 1, at(30)).await;
        assert_eq!(polled.paced.is_some(), shape.is_pending, "{shape:?}");
        assert_eq!(unpaced(polled), current);
    }
}

/// Checks that a poll is paced until one microsecond before `expires_at`.
pub async fn clause_06_a_grant_is_paced_until_the_last_microsecond_before_its_expiry(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    insert(store, &new_row(1)).await;
    // The late poll first: if it was written, the next one is a twin.
    let late = poll(store, clock, 1, at(EXPIRES)).await;
    assert_eq!(late, row(1));
    let in_time = poll(store, clock, 1, at_micros(EXPIRES * SECOND - 1)).await;
    assert_eq!(in_time.paced, Some(Paced::Accepted));
}

/// Checks that a poll after the expiry returns the row in any state, unpaced, and writes nothing.
pub async fn clause_06_a_poll_after_the_expiry_finds_the_grant_unpaced(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    let mut current = insert(store, &new_row(1)).await;
    for (number, shape) in (2..).zip(Shape::all()) {
        current = replace(store, &current, &shape, number).await;
        for now in [at(EXPIRES), at_micros(FORGET * SECOND - 1)] {
            let polled = poll(store, clock, 1, now).await;
            assert_eq!(polled, current);
        }
    }
}

/// Checks that a poll of an unknown grant returns nothing and inserts nothing.
pub async fn clause_06_a_poll_of_an_unknown_grant_finds_nothing(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    insert(store, &new_row(2)).await;
    assert_eq!(polled(store, 1).await, None);
    assert_eq!(by_id(store, 1).await, None);
}

/// A device that ignores `slow_down`, and costs the store as little as it can, hears of a decision and of the end at once.
pub async fn clause_06_the_longest_interval_hides_no_decision(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    let slow = |number| {
        let mut slow = new_row(number);
        slow.pace = pace(60);
        slow
    };
    let undecided = insert(store, &slow(1)).await;
    let ending = insert(store, &slow(2)).await;
    for number in [1, 2] {
        let first = poll(store, clock, number, at(EXPIRES - 10)).await;
        assert_eq!(first.paced, Some(Paced::Accepted));
        for second in 5..8 {
            let early = poll(store, clock, number, at(EXPIRES - second)).await;
            assert_eq!(early.paced, Some(Paced::SlowDown { interval: 60 }));
        }
    }
    let decided = replace(store, &undecided, &Shape::approved(), 9).await;
    assert_eq!(poll(store, clock, 1, at(EXPIRES - 1)).await, decided);
    assert_eq!(poll(store, clock, 2, at(EXPIRES)).await, ending);
}
