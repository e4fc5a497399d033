//! Clause 1: insertions, and their refusal.

use super::fixtures::{FORGET, Shape, at, by_code, by_id, code, id, insert, new_row, replace, row};
use crate::host::{GrantStore, NewRow};
use crate::testing::conformance::Racers;
use crate::testing::{ManualClock, must};

/// Checks that an inserted grant is found by its id and by its user code.
pub async fn clause_01_a_new_grant_is_found_by_its_id_and_by_its_user_code(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    insert(store, &new_row(1)).await;
    assert_eq!(by_id(store, 1).await, Some(row(1)));
    assert_eq!(by_code(store, 1).await, Some(row(1)));
}

/// Checks that inserting a taken id changes nothing, and does not take the user code.
pub async fn clause_01_a_taken_id_is_refused_and_nothing_is_written(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    insert(store, &new_row(1)).await;
    let second = with_code(1, 2);
    assert_eq!(must(store.insert(&second).await), None);
    assert_eq!(by_id(store, 1).await, Some(row(1)));
    assert_eq!(by_code(store, 2).await, None);
    insert(store, &new_row(2)).await;
}

/// Checks that inserting a taken user code changes nothing, and does not take the id.
pub async fn clause_01_a_taken_user_code_is_refused_and_nothing_is_written(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    insert(store, &new_row(1)).await;
    let second = with_code(2, 1);
    assert_eq!(must(store.insert(&second).await), None);
    assert_eq!(by_id(store, 2).await, None);
    assert_eq!(by_code(store, 1).await, Some(row(1)));
    insert(store, &new_row(2)).await;
}

/// Checks that inserting the same grant again is refused, because the caller could not distinguish it from another one.
pub async fn clause_01_inserting_the_same_grant_twice_is_refused(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    insert(store, &new_row(1)).await;
    assert_eq!(must(store.insert(&new_row(1)).await), None);
    assert_eq!(by_id(store, 1).await, Some(row(1)));
}

/// Checks that a used or expired user code is taken until its grant is deleted.
pub async fn clause_01_a_user_code_is_taken_in_every_state_and_after_expiry(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    for (number, shape) in (0..).step_by(2).zip(Shape::all()) {
        clock.set(at(0));
        let first = insert(store, &new_row(number)).await;
        replace(store, &first, &shape, 1_000).await;
        clock.set(at(FORGET - 1));
        let inserted = must(store.insert(&with_code(number + 1, number)).await);
        assert_eq!(inserted, None, "{shape:?}");
    }
}

/// Checks that any number of grants can have no user code.
pub async fn clause_01_grants_without_a_user_code_do_not_get_in_each_others_way(
    store: &dyn GrantStore,
    clock: &ManualClock,
) {
    clock.set(at(0));
    for number in 1..4 {
        let mut unnamed = new_row(number);
        unnamed.user_code = None;
        insert(store, &unnamed).await;
        assert!(by_id(store, number).await.is_some(), "grant {number}");
    }
}

/// Checks that of simultaneous insertions with one user code one succeeds, and the others leave nothing behind.
pub fn clause_01_of_racing_insertions_under_one_user_code_one_wins(
    store: &dyn GrantStore,
    clock: &ManualClock,
    racers: &Racers<'_>,
) {
    clock.set(at(0));
    for round in 0..50 {
        let number = |racer| round * Racers::COUNT + racer;
        let inserted =
            racers.race(async |racer| must(store.insert(&with_code(number(racer), round)).await));
        let winners: Vec<u64> = (0..)
            .zip(inserted)
            .filter_map(|(racer, inserted)| inserted.map(|_| racer))
            .collect();
        assert_eq!(winners.len(), 1, "round {round}: {winners:?} won");
        racers.wait(async {
            let found = by_code(store, round).await.map(|found| found.id);
            let is_found = |winner: &u64| found == Some(id(number(*winner)));
            assert!(winners.iter().all(is_found));
            for loser in (0..Racers::COUNT).filter(|racer| !winners.contains(racer)) {
                assert_eq!(by_id(store, number(loser)).await, None);
            }
        });
    }
}

/// Checks that of simultaneous insertions with one id one succeeds, and the user codes of the others stay free.
pub fn clause_01_of_racing_insertions_under_one_id_one_wins(
    store: &dyn GrantStore,
    clock: &ManualClock,
    racers: &Racers<'_>,
) {
    clock.set(at(0));
    for round in 0..50 {
        let own_code = |racer| 1_000 + round * Racers::COUNT + racer;
        let inserted = racers.race(async |racer| {
            let own = with_code(round, own_code(racer));
            must(store.insert(&own).await).is_some()
        });
        let won = inserted.iter().filter(|is_inserted| **is_inserted);
        assert_eq!(won.count(), 1, "round {round}");
        racers.wait(async {
            for (racer, is_inserted) in (0..).zip(inserted) {
                let is_found = by_code(store, own_code(racer)).await.is_some();
                assert_eq!(is_found, is_inserted);
            }
            assert!(by_id(store, round).await.is_some());
        });
    }
}

/// The row of this number with the user code of another.
fn with_code(number: u64, other: u64) -> NewRow {
    let mut new = new_row(number);
    new.user_code = Some(code(other));
    new
}
